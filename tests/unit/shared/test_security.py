"""Pages of other web sites change nothing; programs and the own pages do."""

import pytest

from shared.errors import OtherSite
from shared.security import refuse_other_sites

HOST = {"host": "127.0.0.1:8001"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8001"},
        {"sec-fetch-site": "same-origin", "origin": "https://gabarito.example"},  # through a proxy
        {"sec-fetch-site": "none"},
        {"origin": "http://127.0.0.1:8001"},
        {"host": "Gabarito.example", "origin": "https://gabarito.example"},
        {"x-forwarded-host": "a.example, b.example", "origin": "https://a.example"},
    ],
)
def test_programs_and_the_own_pages_are_let_through(headers: dict[str, str]) -> None:
    refuse_other_sites(HOST | headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8001"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "nonsense"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1"},
        {"origin": "null"},
        {"origin": "http://["},
        {"host": "", "origin": "null"},
    ],
)
def test_pages_of_other_sites_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(OtherSite, match="another web site"):
        refuse_other_sites(HOST | headers)
