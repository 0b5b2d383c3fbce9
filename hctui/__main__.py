"""`python -m hctui` is the `hctui` command."""

from hctui.cli import main

if __name__ == "__main__":
    main()
