"""Makes matplotlib's SVG small, readable by screen readers and independent of its fonts."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
# Metrics like DejaVu Sans's or narrower, so that what fitted when it was laid out still fits.
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_START = re.compile(r"^.*?<svg [^>]*>", re.DOTALL)
_FONT_FAMILY = re.compile(r"(<text [^>]*?style=\"[^\"]*?);? ?font-family: 'DejaVu Sans'")
_GROUP = re.compile(r'<g id="(told-\d+)">')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def finished(
    drawn: str, size: tuple[int, int], title: str, description: str, told: Mapping[str, str]
) -> bytes:
    """The SVG with title and description, in CSS pixels, its text in the reader's fonts.

    Text in it is escaped, so that what looks like a tag is one, and patterns may be used.

    Args:
        drawn: As matplotlib writes it.
        size: Width and height.
        title: What it is called.
        description: What it shows, in words.
        told: By the id of a group, what it says of itself.
    """
    width, height = size
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="{FONTS}">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>"
    )
    drawn = _START.sub(lambda _: start, drawn, count=1)
    drawn = _METADATA.sub("", drawn, count=1)
    drawn = _FONT_FAMILY.sub(r"\1", drawn)
    drawn = _GROUP.sub(
        lambda found: (
            f"{found[0]}<title>{escape(told[found[1]])}</title>" if found[1] in told else found[0]
        ),
        drawn,
    )
    return drawn.encode()
