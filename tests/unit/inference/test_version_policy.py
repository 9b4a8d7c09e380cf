"""Which of the good versions serve."""

import pytest

from services.inference.version_policy import parse_policy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latest", {9}),
        ("latest:2", {5, 9}),
        ("latest:99", {1, 5, 9}),
        ("all", {1, 5, 9}),
        ("specific:1,5,7", {1, 5}),
        ("specific: 9", {9}),
    ],
)
def test_a_policy_chooses_among_the_good_versions(text: str, expected: set[int]) -> None:
    assert parse_policy(text).choose({1, 5, 9}) == expected
    assert parse_policy(text).choose(set()) == set()


@pytest.mark.parametrize(
    "text",
    ["", "newest", "latest:0", "latest:-1", "latest:x", "all:2", "specific", "specific:1,,2"],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Expected: `latest`"):
        parse_policy(text)
