"""The replies in docs/metrics.md and in `/docs` are the service's own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.metrics.schemas.examples import (
    COMPARISON_EXAMPLES,
    EVALUATION_EXAMPLES,
    MULTILABEL_EXAMPLES,
)
from services.metrics.schemas.replies import (
    COMPARISON_REPLY,
    EVALUATION_REPLY,
    MULTILABEL_REPLY,
)

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


@pytest.mark.parametrize(
    ("path", "examples", "reply"),
    [
        ("/v1/evaluate", EVALUATION_EXAMPLES, EVALUATION_REPLY),
        ("/v1/compare", COMPARISON_EXAMPLES, COMPARISON_REPLY),
        ("/v1/multilabel", MULTILABEL_EXAMPLES, MULTILABEL_REPLY),
    ],
)
def test_the_reply_in_docs_is_that_to_the_first_example(
    client: TestClient, path: str, examples: dict[str, Any], reply: dict[str, Any]
) -> None:
    response = client.post(path, json=next(iter(examples.values()))["value"])

    assert holds(response.json(), reply), response.text


def test_docs_say_what_every_route_parameter_and_format_is(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    for path, methods in document["paths"].items():
        for route in methods.values():
            assert route["description"], path
            for parameter in route.get("parameters", []):
                assert parameter["description"], (path, parameter["name"])
            for media, body in route.get("requestBody", {}).get("content", {}).items():
                fields = body["schema"].get("properties", {"": body["schema"]})
                for name, field in fields.items():
                    assert field.get("description"), (path, media, name)


def test_the_csv_of_docs_is_taken_as_it_stands(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    csv = paths["/v1/evaluate"]["post"]["requestBody"]["content"]["text/csv"]["example"]

    response = client.post("/v1/evaluate", content=csv, headers={"content-type": "text/csv"})

    assert response.json()["n_samples"] == 3
