"""Pictures from the web: the only module that goes out to addresses that strangers name.

What a stranger may make this service do is bounded: only http and https; every address
that a name stands for must be public; the connection is made to the address that was
checked, not to the name, so that the name cannot mean another a moment later; each redirect
is a new URL under the same rules; and time, bytes and redirects have limits.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin

import httpx

from services.inference.errors import UrlNotFetched, UrlRefused
from services.inference.pictures.addresses import is_loopback, is_public
from shared.errors import PayloadTooLarge, Saturated, UpstreamTimedOut

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses that a host name stands for, as text; the port is a hint."""

MAX_URL_CHARACTERS = 2048
_MAX_ADDRESSES = 4  # that are tried, one after the other
_RESOLVER_THREADS = 8
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_REDIRECTS = {301, 302, 303, 307, 308}
_OK = 200
_HEADERS = {
    "User-Agent": "gabarito",
    "Accept": "image/*",
    "Accept-Encoding": "identity",  # pictures are compressed already, and bytes are counted
}


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What fetching one picture may cost.

    Attributes:
        timeout_seconds: For all of it: names, redirects, every byte.
        max_bytes: Of the picture.
        max_redirects: That are followed.
        max_fetches: Pictures that are fetched at the same time.
    """

    timeout_seconds: float
    max_bytes: int
    max_redirects: int
    max_fetches: int


class PictureFetcher:
    """Gets what a URL leads to.

    Args:
        limits: What one picture may cost.
        is_on: Whether anything is fetched.
        allow_loopback: Whether this machine itself may be asked; for tests.
        resolve: Looks host names up; the system's resolver by default.
        trusted_authority: The only one whose certificates are trusted, a PEM file; the usual
            authorities by default.
    """

    def __init__(
        self,
        limits: FetchLimits,
        *,
        is_on: bool = True,
        allow_loopback: bool = False,
        resolve: Resolve | None = None,
        trusted_authority: Path | None = None,
    ) -> None:
        self._limits = limits
        self._is_on = is_on
        self._allow_loopback = allow_loopback
        self._resolve = resolve or _resolved_by_system
        self._trusted_authority = trusted_authority
        self._in_flight = 0

    async def fetch(self, url: str) -> bytes:
        """The bytes that a URL leads to; whether they are a picture is not looked at.

        Raises:
            UrlRefused: It is not fetched, or redirects to what is not.
            UrlNotFetched: Nothing answers, or not with 200.
            UpstreamTimedOut: It takes longer than allowed.
            PayloadTooLarge: It gives more bytes than allowed.
            Saturated: So many are being fetched already.
        """
        if not self._is_on:
            raise UrlRefused("This service does not fetch pictures from URLs. Send the file.")
        if self._in_flight >= self._limits.max_fetches:
            raise Saturated(f"{self._in_flight} pictures are being fetched; try again.")
        self._in_flight += 1
        try:
            async with asyncio.timeout(self._limits.timeout_seconds):
                return await self._follow(url)
        except TimeoutError as error:
            raise UpstreamTimedOut(
                f"The picture did not arrive within {self._limits.timeout_seconds:g} seconds. "
                f"Received: {_shown(url)}"
            ) from error
        finally:
            self._in_flight -= 1

    async def _follow(self, text: str) -> bytes:
        for _ in range(self._limits.max_redirects + 1):
            url = _checked(text)
            content, location = await self._get(url)
            if location is None:
                return content
            text = _target(url, location)
        raise UrlRefused(
            f"The URL redirects more than {self._limits.max_redirects} times. Last: {_shown(text)}"
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The certificates that are trusted, read from disk once."""
        if self._trusted_authority is not None:
            return ssl.create_default_context(cafile=self._trusted_authority)
        return httpx.create_ssl_context(trust_env=False)

    @property
    def _timeout(self) -> httpx.Timeout:
        """Of single steps: all have the whole time, but an address that keeps silent has half."""
        seconds = self._limits.timeout_seconds
        return httpx.Timeout(seconds, connect=seconds / 2)

    async def _get(self, url: httpx.URL) -> tuple[bytes, str | None]:
        """What a URL gives, or where it redirects to."""
        tls = await asyncio.to_thread(lambda: self._tls)
        failure: httpx.HTTPError | None = None
        for address in await self._addresses(url):
            # Of one request alone: nothing that a server sets is carried on to the next.
            client = httpx.AsyncClient(verify=tls, trust_env=False, timeout=self._timeout)
            try:
                async with client:
                    return await self._get_from(client, url, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
            # After the handshake TLS fails under its own name; a redirect may be no URL.
            except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError) as error:
                raise UrlNotFetched(f"{_shown(str(url))}: {_reason(error)}") from error
        raise UrlNotFetched(f"{_shown(str(url))}: no connection: {_reason(failure)}") from failure

    async def _addresses(self, url: httpx.URL) -> Sequence[str]:
        """The addresses of a URL's host, all of which may be asked."""
        try:
            addresses = await self._resolve(
                url.raw_host.decode("ascii"), url.port or _DEFAULT_PORTS[url.scheme]
            )
        except (OSError, UnicodeError) as error:
            raise UrlNotFetched(f"{_shown(url.host)}: the name does not resolve.") from error
        if not addresses:
            raise UrlNotFetched(f"{_shown(url.host)}: the name does not resolve.")
        for address in addresses:
            if not (is_public(address) or (self._allow_loopback and is_loopback(address))):
                raise UrlRefused(
                    "Pictures are fetched from public addresses only. "
                    f"Received: {_shown(url.host)}, which is {address}"
                )
        return addresses[:_MAX_ADDRESSES]

    async def _get_from(
        self, client: httpx.AsyncClient, url: httpx.URL, address: str
    ) -> tuple[bytes, str | None]:
        """Ask one address, under the name of the URL's host."""
        request = client.build_request(
            "GET",
            url.copy_with(host=address, fragment=None),
            headers={**_HEADERS, "Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await client.send(request, stream=True)
        try:
            location = response.headers.get("Location")
            if response.status_code in _REDIRECTS and location:
                return b"", location
            if response.status_code != _OK:
                raise UrlNotFetched(f"{_shown(str(url))}: answers {response.status_code}.")
            return await self._content(response, url), None
        finally:
            await response.aclose()

    async def _content(self, response: httpx.Response, url: httpx.URL) -> bytes:
        limit = self._limits.max_bytes
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > limit:
            raise self._too_large(url, f"{int(declared)} bytes")
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > limit:
                raise self._too_large(url, f"more than {limit} bytes")
        return bytes(content)

    def _too_large(self, url: httpx.URL, received: str) -> PayloadTooLarge:
        limit = self._limits.max_bytes
        return PayloadTooLarge(
            f"A fetched picture may have at most {limit} bytes. "
            f"Received: {received} from {_shown(str(url))}",
            limit=limit,
        )


def _checked(text: str) -> httpx.URL:
    """The URL, if it is one that is fetched at all."""
    if len(text) > MAX_URL_CHARACTERS:
        raise UrlRefused(
            f"A URL may have at most {MAX_URL_CHARACTERS} characters. Received: {len(text)}"
        )
    try:
        url = httpx.URL(text)
        host = url.host  # decoded from its international form here
    except (httpx.InvalidURL, ValueError) as error:
        raise UrlRefused(f"That is no URL: {error}. Received: {_shown(text)}") from error
    if url.scheme not in _DEFAULT_PORTS:
        raise UrlRefused(f"Only http and https are fetched. Received: {_shown(text)}")
    if not host:
        raise UrlRefused(f"The URL names no host. Received: {_shown(text)}")
    if url.port is not None and not 0 < url.port <= _HIGHEST_PORT:
        raise UrlRefused(f"That is no URL: there is no such port. Received: {_shown(text)}")
    if url.userinfo:
        raise UrlRefused("A URL with a user name or a password is not fetched.")
    return url


def _target(url: httpx.URL, location: str) -> str:
    """Where a URL redirects to; whether that is fetched is not looked at."""
    try:
        return urljoin(str(url), location)
    except ValueError as error:
        raise UrlRefused(
            f"{_shown(str(url))} redirects to what is no URL: {error}. Received: {_shown(location)}"
        ) from error


def _reason(error: BaseException | None) -> str:
    text = str(error) if error is not None else ""
    return text or type(error).__name__


def _shown(text: str) -> str:
    longest = 200
    return repr(text if len(text) <= longest else text[:longest] + "…")


_RESOLVERS = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolve")


async def _resolved_by_system(host: str, port: int) -> Sequence[str]:
    """The addresses of a name; threads of its own, which a slow name server may hold."""
    found = await asyncio.get_running_loop().run_in_executor(
        _RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(item[4][0]) for item in found))
