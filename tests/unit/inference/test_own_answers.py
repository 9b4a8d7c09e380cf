"""No request is ever given another's answer, whatever comes at once and whoever goes away."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.inference.executor import Executor
from services.inference.main import create_app
from services.inference.servables import Servable
from services.inference.settings import Settings
from tests.unit.inference.fakes import FakeVolume, png

SIDE = 28


class Asked(NamedTuple):
    """A request for these digits; `leaves` is when its client goes away, if it does."""

    form: str
    digits: tuple[int, ...]
    leaves: bool


ASKED = st.builds(
    Asked,
    st.sampled_from(["picture", "rows", "json", "binary"]),
    st.lists(st.integers(1, 9), min_size=1, max_size=12).map(tuple),
    st.integers(0, 4).map(lambda n: n == 0),
)


def request_of(asked: Asked) -> tuple[str, list[tuple[bytes, bytes]], bytes]:
    """Path, headers and body; the fake engine reads a digit from the brightest pixel."""
    images = np.zeros((len(asked.digits), SIDE, SIDE, 1), np.float32)
    images[:, 14, 14, 0] = np.array(asked.digits) / 10
    tensor: dict[str, Any] = {"name": "image", "datatype": "FP32", "shape": list(images.shape)}
    match asked.form:
        case "picture":
            pixels = np.rint(images[0, ..., 0] * 255).astype(np.uint8)
            return "/predict/mnist-cnn", [], png(pixels)
        case "rows":
            body = json.dumps({"instances": images.tolist()}).encode()
            return "/v1/models/mnist-cnn:predict", [], body
        case "json":
            document = {"inputs": [{**tensor, "data": images.ravel().tolist()}]}
            return "/v2/models/mnist-cnn/infer", [], json.dumps(document).encode()
        case _:
            tensor["parameters"] = {"binary_data_size": images.nbytes}
            head = json.dumps({"inputs": [tensor]}).encode()
            header = (b"inference-header-content-length", str(len(head)).encode())
            return "/v2/models/mnist-cnn/infer", [header], head + images.tobytes()


def digits_in(asked: Asked, answer: dict[str, Any]) -> tuple[int, ...]:
    """The digits that an answer says."""
    if asked.form == "picture":
        return (answer["label"],)
    if asked.form == "rows":
        rows = np.array(answer["predictions"])
    else:
        rows = np.array(answer["outputs"][0]["data"]).reshape(-1, 10)
    return tuple(int(label) for label in rows.argmax(axis=1))


async def ask(app: FastAPI, asked: Asked) -> tuple[int, ...] | None:
    """The digits of the answer; `None` for a client that went away."""
    path, headers, body = request_of(asked)
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [*headers, (b"content-length", str(len(body)).encode())],
        "root_path": "",
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    task = asyncio.create_task(app(scope, receive, send))
    if asked.leaves:
        await asyncio.sleep(random.random() / 1000)  # noqa: S311  no secret
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return None
    await task
    assert sent[0]["status"] == 200, sent
    return digits_in(asked, json.loads(sent[1]["body"]))


def all_answers(
    all_asked: list[Asked], root: Path, example_seconds: float
) -> list[tuple[int, ...] | None]:
    """The answers to requests that come at once."""
    volume = FakeVolume({"mnist-cnn": [1]})

    def load(model: str, version: int) -> Servable:
        return replace(volume.load(model, version), example_seconds=example_seconds)

    app = create_app(Settings(models_dir=root, log_format="text", threads=3), volume, load)

    async def scenario() -> list[tuple[int, ...] | None]:
        async with app.router.lifespan_context(app):
            return await asyncio.gather(*(ask(app, asked) for asked in all_asked))

    return asyncio.run(scenario())


def expected(asked: Asked) -> tuple[int, ...] | None:
    """What its client must be told."""
    if asked.leaves:
        return None
    return asked.digits[:1] if asked.form == "picture" else asked.digits


@pytest.mark.parametrize("example_seconds", [1e-5, 1.0], ids=["brief", "long"])
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(all_asked=st.lists(ASKED, min_size=2, max_size=60))
def test_every_request_gets_the_answer_to_its_own_digits(
    tmp_path: Path, example_seconds: float, all_asked: list[Asked]
) -> None:
    answers = all_answers(all_asked, tmp_path, example_seconds)
    assert answers == [expected(asked) for asked in all_asked]


def test_a_service_that_mixes_answers_up_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Executor.run
    first: list[Any] = []

    async def give_the_first_one_s(
        self: Executor, work: Callable[[], Any], *options: Any, **named: Any
    ) -> Any:
        first.append(await run(self, work, *options, **named))
        return first[0]

    monkeypatch.setattr(Executor, "run", give_the_first_one_s)
    all_asked = [Asked("rows", (digit,), leaves=False) for digit in (3, 4)]
    answers = all_answers(all_asked, tmp_path, 1e-5)
    assert answers != [expected(asked) for asked in all_asked]
