"""Runs the command line as `python -m atelier`."""

from atelier.cli import main

if __name__ == "__main__":
    main()
