"""JSON as the service writes it."""

import orjson


def to_json(document: object) -> bytes:
    """A document as JSON; float32 values with the fewest digits that tell them apart."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
