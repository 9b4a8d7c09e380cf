"""The bytes of all bodies that are held at once are bounded, and given back."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.inference.asgi import read_body
from services.inference.intake import UNCOUNTED_BYTES, BoundIntake
from shared.errors import Saturated

LARGE = 2 * UNCOUNTED_BYTES


class Scene:
    """Requests that hold their bodies until the gate opens."""

    def __init__(self, max_bytes: int) -> None:
        self.gate = asyncio.Event()
        self.intake = BoundIntake(self._serve, max_bytes)
        self.served = 0

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        await read_body(receive, 5)
        await self.gate.wait()
        self.served += 1

    async def ask(self, size: int, *, declared: bool = True) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"x" * size, "more_body": False}

        async def send(_: Message) -> None:
            raise AssertionError

        chunked = (b"transfer-encoding", b"chunked")
        header = (b"content-length", b"%d" % size) if declared else chunked
        scope: dict[str, Any] = {"type": "http", "headers": [header]}
        await self.intake(scope, receive, send)


@pytest.mark.parametrize("declared", [True, False])
def test_one_body_more_than_the_bound_is_refused_and_later_taken(declared: bool) -> None:
    async def scenario() -> None:
        scene = Scene(3 * LARGE)
        held = [asyncio.create_task(scene.ask(LARGE, declared=declared)) for _ in range(3)]
        await asyncio.sleep(0)
        assert scene.intake.held_bytes == 3 * LARGE
        with pytest.raises(Saturated, match=f"of at most {3 * LARGE}"):
            await scene.ask(LARGE, declared=declared)
        small = asyncio.create_task(scene.ask(100))
        await asyncio.sleep(0)
        scene.gate.set()
        await asyncio.gather(*held, small)
        assert scene.intake.held_bytes == 0
        await scene.ask(LARGE, declared=declared)
        assert scene.served == 5

    asyncio.run(scenario())


def test_a_request_that_fails_or_goes_away_gives_its_bytes_back() -> None:
    async def scenario() -> None:
        scene = Scene(3 * LARGE)
        gone = asyncio.create_task(scene.ask(LARGE))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert scene.intake.held_bytes == 0

    asyncio.run(scenario())
