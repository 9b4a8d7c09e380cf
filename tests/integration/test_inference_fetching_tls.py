"""Pictures over https: a server on loopback with a certificate of an authority made for it."""

import asyncio
import shutil
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.inference.errors import UrlNotFetched
from services.inference.pictures.fetching import FetchLimits, PictureFetcher

PICTURE = b"\x89PNG the bytes of a picture"
LIMITS = FetchLimits(timeout_seconds=10, max_bytes=10_000, max_redirects=1, max_fetches=1)
NAME = "pictures.example"


def openssl(where: Path, *arguments: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl on this machine")
    subprocess.run([program, *arguments], cwd=where, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an authority, and a server's certificate for `NAME` and no address."""
    where = tmp_path_factory.mktemp("certificates")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(where, "req", "-x509", *new_key, "-keyout", "authority.key", "-out", "authority.pem",
            "-subj", "/CN=An authority for a test", "-days", "2",
            "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl(where, "req", *new_key, "-keyout", "server.key", "-out", "server.csr",
            "-subj", "/CN=a server")  # fmt: skip
    (where / "names").write_text(f"subjectAltName=DNS:{NAME}\n")
    openssl(where, "x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-days", "2",
            "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "names",
            "-out", "server.pem")  # fmt: skip
    return where


@dataclass
class Seen:
    """What reached the server, and what was looked up."""

    server_names: list[str | None] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)


def fetched(certificates: Path, host: str, *, authority: Path | None) -> tuple[bytes, Seen]:
    """What a fetcher that trusts this authority gets from the server under a name."""
    return asyncio.run(_fetched(certificates, host, authority, seen := Seen())), seen


async def _fetched(certificates: Path, host: str, authority: Path | None, seen: Seen) -> bytes:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.hosts += [line[6:] for line in head.split("\r\n") if line.startswith("Host: ")]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE)
        await writer.drain()
        writer.close()

    async def resolve(name: str, _port: int) -> list[str]:
        seen.looked_up.append(name)
        # Whoever looks it up again gets an address at which nothing answers.
        return ["127.0.0.1"] if len(seen.looked_up) == 1 else ["127.0.0.2"]

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.sni_callback = lambda _, name, __: seen.server_names.append(name)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    try:
        port = server.sockets[0].getsockname()[1]
        fetcher = PictureFetcher(
            LIMITS, allow_loopback=True, resolve=resolve, trusted_authority=authority
        )
        content = await fetcher.fetch(f"https://{host}:{port}/7.png")
        assert seen.hosts == [f"{host}:{port}"]
        return content
    finally:
        server.close()


def test_the_certificate_is_checked_for_the_name_at_the_address_that_was_checked(
    certificates: Path,
) -> None:
    content, seen = fetched(certificates, NAME, authority=certificates / "authority.pem")
    assert content == PICTURE
    assert seen.server_names == [NAME]
    assert seen.looked_up == [NAME]


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(certificates: Path, host: str) -> None:
    with pytest.raises(UrlNotFetched, match="certificate is not valid for"):
        fetched(certificates, host, authority=certificates / "authority.pem")


def test_a_certificate_of_an_unknown_authority_is_refused(certificates: Path) -> None:
    with pytest.raises(UrlNotFetched, match="unable to get local issuer certificate"):
        fetched(certificates, NAME, authority=None)
