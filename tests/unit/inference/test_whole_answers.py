"""What a client gets, and in how many writes."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from services.inference.whole_answers import MAX_JOINED_BYTES, JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire:
    """Stands for the socket."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return name


def written(use: Callable[[JoiningTransport, Wire], None]) -> list[bytes]:
    async def scenario() -> list[bytes]:
        wire = Wire()
        transport = JoiningTransport(cast(asyncio.Transport, wire), asyncio.get_running_loop())
        use(transport, wire)
        await asyncio.sleep(0)
        return wire.writes

    return asyncio.run(scenario())


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_head_and_body_leave_in_one_write(body: bytes) -> None:
    def use(to: JoiningTransport, _: Wire) -> None:
        to.write(HEAD)
        to.write(body)

    assert written(use) == [HEAD + body]


def test_a_head_that_is_written_alone_waits_for_nobody() -> None:
    assert written(lambda to, _: to.write(HEAD)) == [HEAD]


def test_large_bodies_are_not_copied_and_keep_their_place() -> None:
    body = bytes(MAX_JOINED_BYTES + 1)

    def use(to: JoiningTransport, _: Wire) -> None:
        to.write(HEAD)
        to.write(body)
        to.write(b"end")

    writes = written(use)
    assert writes == [HEAD, body, b"end"]
    assert writes[1] is body


def test_everything_is_written_before_the_connection_closes() -> None:
    def use(to: JoiningTransport, _: Wire) -> None:
        to.write(HEAD)
        to.close()

    assert written(use) == [HEAD]


def test_nothing_is_written_to_a_connection_that_is_gone() -> None:
    def use(to: JoiningTransport, wire: Wire) -> None:
        to.write(HEAD)
        wire.close()

    assert written(use) == []


def test_all_else_is_the_transport_s() -> None:
    transport = JoiningTransport(cast(asyncio.Transport, Wire()), asyncio.new_event_loop())
    assert transport.get_extra_info("peername") == "peername"
    transport._loop.close()
