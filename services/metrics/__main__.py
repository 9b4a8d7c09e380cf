"""The command line: `python -m services.metrics`."""

import sys

from services.metrics.catalogue_text import markdown

if __name__ == "__main__":
    if sys.argv[1:] == ["catalogue"]:
        print(markdown(), end="")
