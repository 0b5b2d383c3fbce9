"""The terminal under the screens: all that leans on the private parts of Textual."""
