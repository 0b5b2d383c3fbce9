"""hctui: back up and restore company databases from a terminal."""

__version__ = "0.1.0"
