"""What a JSON document makes of memory is bounded before anything is made of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.protocols.json_limits import JsonLimits
from shared.errors import InvalidInput, PayloadTooLarge

LEAVES = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text('[]{}",:\\ a', max_size=8)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}\\"'), inner)
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def size(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + sum(map(size, value)) if isinstance(value, list) else 1


def refused(text: str, limits: JsonLimits) -> bool:
    try:
        limits.check(text.encode())
    except (InvalidInput, PayloadTooLarge):
        return True
    return False


@settings(deadline=None, max_examples=60)
@given(DOCUMENTS)
def test_nesting_is_what_a_parser_finds(document: object) -> None:
    text, deep = json.dumps(document, ensure_ascii=False), depth(document)
    assert not refused(text, JsonLimits(max_nesting=deep))
    assert deep == 0 or refused(text, JsonLimits(max_nesting=deep - 1))


@settings(deadline=None, max_examples=60)
@given(DOCUMENTS)
def test_no_document_of_more_values_than_allowed_passes(document: object) -> None:
    text, values = json.dumps(document), size(document)
    assert not refused(text, JsonLimits(max_nesting=100, max_values=4 * values))
    assert values < 4 or refused(text, JsonLimits(max_nesting=100, max_values=values // 2 - 1))


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 1_000_000,
        b"[]," * 300_000,
        b'{"a":[' * 100_000,
        b'"' * 1_000_000,
        b'"\\' * 500_000,
        b'"\\"' * 300_000,
        b"[" * 20 + b'"' + b"\\\\" * 500_000 + b'"' + b"[" * 100,
        b"}" * 100 + b"[" * 1_000_000,
    ],
)
@pytest.mark.timeout(60)  # a second pass over the text for each quote takes hours
def test_no_text_takes_long(text: bytes) -> None:
    assert refused(text.decode(), JsonLimits(max_values=1000))


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidInput, match="nested too deeply"):
        JsonLimits().check(b"[" * 33 + b"]" * 33)
    with pytest.raises(PayloadTooLarge, match="at most 1000000 values"):
        JsonLimits().check(b"[" + b"[]," * 600_000 + b"[]]")
