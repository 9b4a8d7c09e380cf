"""Bodies are taken in under bounds on their bytes, declared or not, and on their time."""

import asyncio
import gzip
import io
from dataclasses import replace

import numpy as np
import pytest
from arro3 import core
from arro3 import io as arrow_io
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.types import Message

from services.metrics.inputs.bodies import Body
from services.metrics.inputs.requests import read_evaluation
from services.metrics.uploads import READ_INTO, Intake, ReadInto
from shared.errors import DeadlineExceeded, InvalidInput, Saturated
from tests.support import assert_problem

MEBIBYTE = 2**20


def request(*chunks: bytes, declared: int | None, read_into: ReadInto | None = None) -> Request:
    """A request whose body never ends if it is shorter than declared."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if declared is None:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    headers = [] if declared is None else [(b"content-length", b"%d" % declared)]
    extensions = {READ_INTO: read_into} if read_into else {}
    scope = {"type": "http", "method": "POST", "headers": headers, "extensions": extensions}
    return Request(scope, receive)


async def taken(intake: Intake, one: Request) -> bytes:
    async with intake.body(one) as body:
        return bytes(body.data)


def test_a_length_that_no_machine_has_is_refused_before_memory_is_asked_for(
    client: TestClient,
) -> None:
    headers = {"content-length": "999999999999999", "content-type": "application/json"}
    assert_problem(
        client.post("/v1/evaluate", content=b"{}", headers=headers), 413, "payload-too-large"
    )


def test_a_body_is_put_together_whatever_its_pieces() -> None:
    intake = Intake(MEBIBYTE, 5)
    pieces = (b"a" * 70_000, b"b" * 30_000)
    for declared in (None, 100_000):
        whole = asyncio.run(taken(intake, request(*pieces, declared=declared)))
        assert whole == b"".join(pieces)
    assert intake.held_bytes == 0
    with pytest.raises(InvalidInput, match="longer than its Content-Length"):
        asyncio.run(taken(intake, request(b"abc", declared=2)))


@pytest.mark.parametrize("declared", [None, 800_000])
def test_what_would_exceed_the_bytes_that_are_held_is_refused_until_they_are_given_back(
    declared: int | None,
) -> None:
    def another() -> Request:
        return request(b"x" * 800_000, declared=declared)

    async def use() -> None:
        intake = Intake(MEBIBYTE, 5)
        async with intake.body(another()):
            with pytest.raises(Saturated, match="of at most 1048576"):
                await taken(intake, another())
        assert intake.held_bytes == 0
        assert len(await taken(intake, another())) == 800_000

    asyncio.run(use())


def _packed() -> dict[str, tuple[bytes, str, str]]:
    """Bodies of a few kB that become 800 kB, with content type and encoding."""
    numbers = np.zeros(50_000, np.int64)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, y_true=numbers, y_pred=numbers)
    long = b'{"y_true": [0], "y_pred": [0]}' + b" " * 800_000
    table = core.Table({"y_true": core.Array.from_numpy(numbers),
                        "y_pred": core.Array.from_numpy(numbers)})  # fmt: skip
    parquet = io.BytesIO()
    arrow_io.write_parquet(table, parquet)
    return {
        "gzip": (gzip.compress(long), "application/json", "gzip"),
        "npz": (buffer.getvalue(), "application/x-npz", ""),
        "parquet": (parquet.getvalue(), "application/vnd.apache.parquet", ""),
    }


@pytest.mark.parametrize("kind", ["gzip", "npz", "parquet"])
def test_what_a_body_becomes_is_held_too(kind: str) -> None:
    packed, media, encoding = _packed()[kind]

    def evaluated(body: Body) -> None:
        read_evaluation(replace(body, content_type=media, content_encoding=encoding), {}, MEBIBYTE)

    async def use() -> None:
        intake = Intake(MEBIBYTE // 2, 5)
        async with intake.body(request(packed, declared=None)) as body:
            evaluated(body)  # alone it may become as large as bodies may be
            assert intake.held_bytes >= 800_000
        assert intake.held_bytes == 0
        async with (
            intake.body(request(b"x" * 100_000, declared=None)),
            intake.body(request(packed, declared=None)) as body,
        ):
            with pytest.raises(Saturated, match="of at most 524288"):
                evaluated(body)
        assert intake.held_bytes == 0

    asyncio.run(use())


async def _never(_: memoryview) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("read_into", [None, _never])
@pytest.mark.parametrize("chunks", [(), (b"x",)])
def test_a_body_that_does_not_come_is_given_up_and_its_bytes_are_given_back(
    chunks: tuple[bytes, ...], read_into: ReadInto | None
) -> None:
    intake = Intake(MEBIBYTE, 0.05)
    with pytest.raises(DeadlineExceeded, match=r"within 0\.05 seconds"):
        asyncio.run(taken(intake, request(*chunks, declared=MEBIBYTE, read_into=read_into)))
    assert intake.held_bytes == 0
