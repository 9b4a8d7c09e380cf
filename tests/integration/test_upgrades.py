"""Clients that offer another protocol with their request are answered as if they had not."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.inference.whole_answers import WholeAnswers
from services.metrics.server import DirectReading
from shared.upgrades import IgnoringUpgrades
from tests.support import listening

OFFER = b"connection: keep-alive, Upgrade\r\nupgrade: "


async def app(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Tells what it was asked, and how long the body was."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    told = json.dumps([scope["type"], scope["method"], scope["path"], len(body)]).encode()
    length = str(len(told)).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]}
    )
    await send({"type": "http.response.body", "body": told})


@pytest.fixture(params=[IgnoringUpgrades, WholeAnswers, DirectReading], ids=lambda it: it.__name__)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server of loopback with the protocol of a service."""
    with listening(app, http=request.param, lifespan="off") as url:
        yield int(url.rpartition(":")[2])


def answers(port: int, *pieces: bytes) -> list[Any]:
    """What the server says to these bytes, each piece sent a little later."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        for piece in pieces:
            client.sendall(piece)
            time.sleep(0.05)
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))
    documents = [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")]
    return [json.loads(document) for document in documents[1:]]


@pytest.mark.parametrize("offer", [b"h2c\r\nhttp2-settings: AAMAAABkAAQ", b"websocket"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_is_read_and_the_connection_goes_on(
    port: int, offer: bytes, chunked: bool
) -> None:
    body = b"x" * 70_000
    how = b"transfer-encoding: chunked" if chunked else b"content-length: 70000"
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    head = b"POST /a HTTP/1.1\r\nhost: here\r\n%s%s\r\n%s\r\n\r\n" % (OFFER, offer, how)
    behind = b"GET /b HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"

    expected = [["http", "POST", "/a", 70_000], ["http", "GET", "/b", 0]]
    assert answers(port, head + sent + behind) == expected
    assert answers(port, head, sent[:100], sent[100:] + behind) == expected


def test_a_request_without_a_body_is_answered(port: int) -> None:
    head = b"GET /a HTTP/1.1\r\nhost: here\r\n%sh2c\r\n\r\n" % OFFER
    behind = b"GET /b HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"

    expected = [["http", "GET", "/a", 0], ["http", "GET", "/b", 0]]
    assert answers(port, head + behind) == expected
    assert answers(port, head, behind) == expected
