"""A module for each command of `hctui`; light to import, because `hctui --help` imports them all."""
