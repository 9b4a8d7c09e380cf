"""Pictures from URLs: a real server on loopback, names looked up in a table.

Nothing here leaves the machine: every address that is not loopback is refused before a
connection is made, or is one that the test expects to be refused.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from services.inference.errors import UrlNotFetched, UrlRefused
from services.inference.pictures.fetching import (
    MAX_URL_CHARACTERS,
    FetchLimits,
    PictureFetcher,
    Resolve,
)
from shared.errors import PayloadTooLarge, Saturated, ServiceError, UpstreamTimedOut

PICTURE = b"\x89PNG the bytes of a picture"
MAX_BYTES = 100_000
LIMITS = FetchLimits(timeout_seconds=5, max_bytes=MAX_BYTES, max_redirects=2, max_fetches=2)
OK = b"HTTP/1.1 200 OK\r\n"
FOUND = b"HTTP/1.1 302 Found\r\n"
ANSWERS = {
    "picture": OK + b"Content-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE,
    "to": FOUND + b"Location: {target}\r\n\r\n",
    "loop": FOUND + b"Location: /loop\r\n\r\n",
    "cookie": FOUND + b"Set-Cookie: a=b\r\nLocation: /picture\r\n\r\n",
    "missing": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "declares-10-gigabytes": OK + b"Content-Length: 10000000000\r\n\r\n",
    "cut": OK + b"Content-Length: 500\r\n\r\nonly this",
    "nonsense": b"SSH-2.0-OpenSSH_9.2\r\n",
    "sends-without-end": OK + b"\r\n",
    "drips": OK + b"\r\n",
    "to-half-an-address": FOUND + b"Location: http://[\r\n\r\n",
    "to-half-a-name": FOUND + b"Location: http://xn--/\r\n\r\n",
    "to-a-script": FOUND + b"Location: javascript:1\r\n\r\n",
}
ENDLESS = {"sends-without-end": (bytes(65536), 0.0), "drips": (b".", 0.01)}


@dataclass
class Server:
    """Answers by path, and remembers what it was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    received: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        self.received.set()
        path = head.split()[1]
        try:
            await self._answer(path, writer)
        except ConnectionError:  # the client has had enough
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        kind, _, rest = path[1:].partition("/")
        if kind == "silent":
            await asyncio.sleep(60)
        writer.write(ANSWERS[kind].replace(b"{target}", rest.encode()))
        await writer.drain()
        while kind in ENDLESS:
            chunk, pause_seconds = ENDLESS[kind]
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause_seconds)


def table(**names: Sequence[str]) -> Resolve:
    async def resolve(host: str, _port: int) -> Sequence[str]:
        if host.replace(".", "").isdigit():
            return [host]
        if host not in names:
            raise socket.gaierror(-2, "Name or service not known")
        return names[host]

    return resolve


def with_server(
    use: Callable[[Server], Awaitable[object]],
) -> object:
    """What `use` gives while a server runs on loopback."""

    async def run() -> object:
        server = Server()
        listener = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        server.port = listener.sockets[0].getsockname()[1]
        try:
            return await use(server)
        finally:
            listener.close()

    return asyncio.run(run())


def fetched(
    path: str, *, limits: FetchLimits = LIMITS, resolve: Resolve | None = None, host: str = ""
) -> tuple[object, Server]:
    servers = []

    async def use(server: Server) -> object:
        servers.append(server)
        fetcher = PictureFetcher(limits, allow_loopback=True, resolve=resolve)
        where = host or "127.0.0.1"
        return await fetcher.fetch(f"http://{where}:{server.port}/{path}")

    return with_server(use), servers[0]


def test_a_url_gives_its_bytes() -> None:
    content, server = fetched("picture")
    assert content == PICTURE
    assert len(server.asked) == 1


def test_redirects_are_followed_and_carry_nothing_along() -> None:
    content, server = fetched("cookie")
    assert content == PICTURE
    assert "cookie" not in server.asked[1].lower()
    assert "authorization" not in server.asked[1].lower()


@pytest.mark.parametrize("path", ["to-half-an-address", "to-half-a-name", "to-a-script"])
def test_a_redirect_to_what_is_no_url_is_the_server_s_fault(path: str) -> None:
    with pytest.raises((UrlRefused, UrlNotFetched), match=path):
        fetched(path)


def test_tls_that_breaks_after_the_handshake_is_the_server_s_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def send(*_: object, **__: object) -> httpx.Response:
        raise ssl.SSLError(1, "bad record mac")  # as httpx lets it through

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    with pytest.raises(UrlNotFetched, match="bad record mac"):
        fetched("picture")


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_s_own_name() -> None:
    calls = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        calls.append(host)
        return ["127.0.0.1"] if len(calls) == 1 else ["169.254.169.254"]

    content, server = fetched("picture", resolve=resolve, host="pictures.example")
    assert content == PICTURE
    assert calls == ["pictures.example"]  # a second look-up could have said something else
    assert f"host: pictures.example:{server.port}\r\n" in server.asked[0].lower()


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetched("picture")[0] == PICTURE


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.png",
        "http://[::1]/x.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:127.0.0.1]/x.png",
        "http://[64:ff9b::7f00:1]/",
        "http://0.0.0.0/",
        "http://2130706433/",  # 127.0.0.1, as some resolvers read it
        "http://0x7f.1/",
        "http://127.1/",
        "http://localhost/x.png",
        "http://LOCALHOST:8002/",
    ],
)
def test_this_machine_and_its_network_are_refused(url: str) -> None:
    """With the system's own resolver."""
    with pytest.raises((UrlRefused, UrlNotFetched), match=r"public|resolve"):
        asyncio.run(PictureFetcher(LIMITS).fetch(url))


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["169.254.169.254"], ["1.1.1.1", "10.0.0.7"], ["fe80::1%eth0"]],
)
def test_a_name_is_refused_if_any_of_its_addresses_is_not_public(addresses: list[str]) -> None:
    fetcher = PictureFetcher(LIMITS, resolve=table(**{"evil.example": addresses}))
    with pytest.raises(UrlRefused, match=r"evil\.example.*which is"):
        asyncio.run(fetcher.fetch("https://evil.example/x.png"))


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/", "http://internal.example/", "file:///etc/passwd", "gopher://x/"],
)
def test_a_redirect_to_what_is_refused_is_refused(target: str) -> None:
    names = table(**{"good.example": ["127.0.0.1"], "internal.example": ["10.0.0.1"]})
    with pytest.raises(UrlRefused):
        fetched(f"to/{target}", resolve=names, host="good.example")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "Only http and https"),
        ("ftp://example.com/x.png", "Only http and https"),
        ("data:image/png;base64,AAAA", "Only http and https"),
        ("example.com/x.png", "Only http and https"),
        ("//example.com/x.png", "Only http and https"),
        ("", "Only http and https"),
        ("http:///x.png", "no host"),
        ("http://user:secret@example.com/", "user name or a password"),
        ("http://[::1/", "no URL"),
        ("http://exa mple.com/", "no URL|resolve"),
        ("http://example.com:99999/", "no URL"),
        ("http://xn--/", "no URL"),
        ("https://xn--ls8h.la/", "no URL"),
        ("http://e.com/" + "a" * MAX_URL_CHARACTERS, "at most"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str, words: str) -> None:
    with pytest.raises((UrlRefused, UrlNotFetched), match=words) as caught:
        asyncio.run(PictureFetcher(LIMITS, resolve=table()).fetch(url))
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("missing", UrlNotFetched, "answers 404"),
        ("loop", UrlRefused, "more than 2 times"),
        ("declares-10-gigabytes", PayloadTooLarge, "10000000000 bytes"),
        ("sends-without-end", PayloadTooLarge, f"more than {MAX_BYTES} bytes"),
        ("cut", UrlNotFetched, "closed|incomplete"),
        ("nonsense", UrlNotFetched, "/nonsense"),
    ],
)
def test_a_server_that_gives_no_picture_is_named_with_what_it_did(
    path: str, error: type[ServiceError], words: str
) -> None:
    with pytest.raises(error, match=words):
        fetched(path)


@pytest.mark.parametrize("path", ["silent", "drips"])
def test_the_time_limit_is_for_all_of_it_and_not_for_each_read(path: str) -> None:
    limits = FetchLimits(timeout_seconds=0.3, max_bytes=MAX_BYTES, max_redirects=2, max_fetches=2)
    with pytest.raises(UpstreamTimedOut, match=r"0\.3 seconds"):
        fetched(path, limits=limits)


def test_a_name_server_that_keeps_silent_counts_too() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    limits = FetchLimits(timeout_seconds=0.2, max_bytes=MAX_BYTES, max_redirects=2, max_fetches=2)
    with pytest.raises(UpstreamTimedOut):
        asyncio.run(PictureFetcher(limits, resolve=never).fetch("http://slow.example/"))


def test_an_unknown_name_and_a_closed_port_are_told_apart() -> None:
    with pytest.raises(UrlNotFetched, match="does not resolve"):
        asyncio.run(PictureFetcher(LIMITS, resolve=table()).fetch("http://nowhere.example/"))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        with pytest.raises(UrlNotFetched, match="no connection"):
            asyncio.run(PictureFetcher(LIMITS, allow_loopback=True).fetch(url))


def test_only_so_many_are_fetched_at_once() -> None:
    async def use(server: Server) -> object:
        fetcher = PictureFetcher(LIMITS, allow_loopback=True)
        url = f"http://127.0.0.1:{server.port}/silent"
        held = [asyncio.create_task(fetcher.fetch(url)) for _ in range(2)]
        await server.received.wait()
        with pytest.raises(Saturated):
            await fetcher.fetch(url)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return await fetcher.fetch(f"http://127.0.0.1:{server.port}/picture")

    assert with_server(use) == PICTURE


def test_where_it_is_switched_off_nothing_is_fetched() -> None:
    with pytest.raises(UrlRefused, match="does not fetch"):
        asyncio.run(PictureFetcher(LIMITS, is_on=False).fetch("http://1.1.1.1/x.png"))
