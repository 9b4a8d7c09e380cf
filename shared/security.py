"""Who may ask for what changes something: whoever has the key, and no page of another web site."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from shared.errors import OtherSite, Unauthorized

KEY_HEADER = "X-API-Key"
_OWN_SITE = {"same-origin", "none"}  # none: a person's own doing, as an address typed in


def check_key(expected: SecretStr | None, given: str | bytes) -> None:
    """Let a request through if no key is set, or if it brings the right one.

    Raises:
        Unauthorized: The key is missing or wrong.
    """
    if expected is None or not expected.get_secret_value():
        return
    given = given.encode() if isinstance(given, str) else given
    if not hmac.compare_digest(expected.get_secret_value().encode(), given):
        raise Unauthorized(f"This request changes something; it takes the key in {KEY_HEADER}.")


def refuse_other_sites(headers: Mapping[str, str]) -> None:
    """Let a request through unless a browser sent it for a page of another web site.

    A browser sends simple requests for any page, to addresses of this machine too, and says so:
    `Sec-Fetch-Site` to https and to localhost, `Origin` everywhere. Programs send neither.

    Args:
        headers: Those of the request; names in lower case, or in any case.

    Raises:
        OtherSite: It comes from another site.

    References:
        W3C, Fetch Metadata Request Headers. RFC 6454, The Web Origin Concept.
    """
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site:
        if site in _OWN_SITE:
            return
    elif not origin or _host(origin) in _own_hosts(headers):
        return
    raise OtherSite(
        "This request changes something, so a page of another web site may not make it. "
        f"Received: Sec-Fetch-Site {site!r}, Origin {origin[:200]!r}"
    )


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _own_hosts(headers: Mapping[str, str]) -> set[str]:
    """What a client calls this service; a proxy says that by a header that no page can set."""
    names = (headers.get("host", ""), *headers.get("x-forwarded-host", "").split(","))
    return {name.strip().lower() for name in names} - {""}
