"""The replies in docs/metrics.md are the service's own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

GUIDE = Path(__file__).parents[3] / "docs" / "metrics.md"
EXCHANGE = re.compile(
    r"localhost:8003(?P<path>/v1/\S+) -H 'content-type: application/json' \\\n"
    r"\s+-d '(?P<body>[^']+)'\n```.*?```json\n(?P<reply>.*?)```",
    re.DOTALL,
)


def holds(whole: Any, part: Any) -> bool:
    """Whether the shortened reply is found in the whole one."""
    if isinstance(part, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return all(any(holds(w, p) for w in whole) for p in part)
    if isinstance(part, float):
        return bool(whole == pytest.approx(part, rel=1e-12))
    return bool(whole == part)


EXCHANGES = [m.groupdict() for m in EXCHANGE.finditer(GUIDE.read_text(encoding="utf-8"))]


def test_the_guide_has_exchanges() -> None:
    assert len(EXCHANGES) == 5


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_reply_of_the_guide_is_the_real_one(client: TestClient, exchange: dict[str, str]) -> None:
    response = client.post(exchange["path"], json=json.loads(exchange["body"]))

    assert response.status_code == 200
    assert holds(response.json(), json.loads(exchange["reply"])), response.text
