"""Looking after the data: `python -m bakery verify`, and `--help` for the other commands."""

import sys

from tenure.maintenance import main

from bakery.resources import opened
from bakery.settings import Settings

if __name__ == "__main__":
    sys.exit(main(lambda: opened(Settings())))
