"""The catalogues of sentences, and the program that brings them up to date."""
