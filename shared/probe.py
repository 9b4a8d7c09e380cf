"""Asks an address whether it is well: `python -m shared.probe http://127.0.0.1:8000/livez`.

The images have no curl; this is the health check of their containers.
"""

import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 2.0


def is_well(url: str) -> bool:
    """Whether a GET of `url` (http or https) is answered with a 2xx status in time."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS):  # noqa: S310  the scheme is checked above
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
