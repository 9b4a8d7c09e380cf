"""Bodies are taken in under bounds on their bytes, declared or not, and on their time."""

import asyncio

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.types import Message

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
