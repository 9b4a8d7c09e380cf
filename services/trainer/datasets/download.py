"""Downloads a data file: resumed where it broke off, tried again, kept only if its hash fits."""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx
from filelock import FileLock
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from services.trainer.datasets.idx import read_content
from services.trainer.errors import DatasetBroken, DatasetUnreachable
from services.trainer.storage import writing

CHUNK_BYTES = 2**16
TELL_EVERY_SECONDS = 0.5

ProgressSink = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes so far and the bytes in all, if the mirror told them."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a mirror is waited for, and how often it is asked."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    attempts: int = 3
    first_wait_seconds: float = 0.5


class _BrokenOff(Exception):
    """The mirror stopped answering; what came is kept, so the next attempt goes on there."""


def download(
    file: str,
    sha256: str,
    mirrors: Sequence[str],
    directory: Path,
    on_progress: ProgressSink,
    patience: Patience = Patience(),
) -> Path:
    """The path of `<file>.gz` in `directory`, complete and with the right content.

    Args:
        file: The name without `.gz`.
        sha256: The digest of the content uncompressed.
        mirrors: Base addresses, tried in order.
        directory: Where the file is kept; made if needed.
        on_progress: Told how far it is.
        patience: Timeouts and number of attempts for each mirror.

    Raises:
        DatasetUnreachable: No mirror gave the file; the message says why for each.
        VolumeUnusable: The directory cannot be written.
    """
    target = directory / f"{file}.gz"
    part = directory / f"{file}.gz.part"
    failures: list[str] = []
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with writing(directory), FileLock(directory / f".{file}.lock"):
        if target.is_file():
            return target  # another process fetched it while this one waited
        # An earlier try may have left a part of another mirror's file: then once more, afresh.
        rounds = [*mirrors, *mirrors] if part.exists() else list(mirrors)
        for mirror in rounds:
            try:
                _fetch(f"{mirror.rstrip('/')}/{file}.gz", part, on_progress, patience)
                _check(part, sha256)
            except (httpx.HTTPError, _BrokenOff, DatasetBroken) as error:
                failures.append(f"{mirror}: {str(error) or type(error).__name__}")
                continue
            part.replace(target)
            return target
    raise DatasetUnreachable(f"{file}.gz could not be downloaded: " + "; ".join(failures))


def _fetch(url: str, part: Path, on_progress: ProgressSink, patience: Patience) -> None:
    timeout = httpx.Timeout(patience.read_seconds, connect=patience.connect_seconds)
    attempts = Retrying(
        stop=stop_after_attempt(patience.attempts),
        wait=wait_exponential(multiplier=patience.first_wait_seconds, max=10),
        retry=retry_if_exception_type((httpx.TransportError, _BrokenOff)),
        reraise=True,
    )
    with httpx.Client(timeout=timeout, follow_redirects=True) as client:
        attempts(_fetch_rest, client, url, part, on_progress)


def _fetch_rest(client: httpx.Client, url: str, part: Path, on_progress: ProgressSink) -> None:
    """Fetch what the part file lacks; all of it if the mirror knows no ranges."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    # Identity: the file is compressed already, and a range counts its own bytes.
    with client.stream("GET", url, headers={"Accept-Encoding": "identity", **headers}) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # the part file is whole, or wrong: its hash decides
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _BrokenOff(f"status {response.status_code}")
        response.raise_for_status()
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        done = have if resumed else 0
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        with part.open("ab" if resumed else "wb") as stream:
            last_told = -math.inf
            for chunk in response.iter_bytes(CHUNK_BYTES):
                stream.write(chunk)
                done += len(chunk)
                if (now := time.monotonic()) - last_told >= TELL_EVERY_SECONDS or done == total:
                    on_progress(part.stem, done, total)
                    last_told = now
        if total is not None and done < total:
            raise _BrokenOff(f"{done} of {total} bytes came")


def _check(part: Path, sha256: str) -> None:
    try:
        received = hashlib.sha256(read_content(part)).hexdigest()
    except DatasetBroken:
        part.unlink(missing_ok=True)
        raise
    if received != sha256:
        part.unlink()
        raise DatasetBroken(f"the content has SHA-256 {received}; expected {sha256}")
