"""Takes an upload to disk, beside where it will be kept: memory never holds it."""

import shutil
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from uuid import uuid4

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from services.trainer.errors import DatasetUnusable
from services.trainer.forms import FormReader
from services.trainer.settings import Settings
from services.trainer.storage import writing
from shared.errors import PayloadTooLarge

FILE_FIELD = "file"
INCOMING_PREFIX = ".incoming-"
NAME_IN_MESSAGES = "the upload"  # what reads the file says what it is called

Texts = Mapping[str, str]
Check = Callable[[Texts, str], None]


@dataclass(frozen=True, slots=True)
class Received:
    """What a request brought.

    Attributes:
        path: The file; several are an archive.
        file_name: What the first was called where it comes from; empty if that was not told.
        texts: The other fields of the form.
    """

    path: Path
    file_name: str = ""
    texts: Texts = field(default_factory=dict)


@asynccontextmanager
async def received(
    request: Request, settings: Settings, check: Check = lambda *_: None
) -> AsyncIterator[Received]:
    """The file that a request brings; it is gone after the block.

    Args:
        request: Its body is the file, or a form with it.
        settings: Where it goes, and how much that may be.
        check: Called before the first file of a form is taken, with the texts that came before
            it and its name; what it raises refuses the upload.

    Raises:
        DatasetUnusable: The form holds no file, or cannot be read, or not all of it came.
        PayloadTooLarge: It is larger than allowed.
        VolumeUnusable: It cannot be written.
    """
    directory = settings.download_dir / f"{INCOMING_PREFIX}{uuid4().hex}"
    path = directory / NAME_IN_MESSAGES
    try:
        with writing(settings.download_dir):
            directory.mkdir(parents=True)
            content_type = request.headers.get("content-type", "")
            if content_type.startswith("multipart/form-data"):
                files = _Files(path, settings.max_dataset_files, check)
                got = await _receive_form(request, content_type, files)
            else:
                got = Received(path)
                with path.open("wb") as file:
                    async for chunk in request.stream():
                        await run_in_threadpool(file.write, chunk)
        yield got
    except ClientDisconnect as error:  # nobody reads the answer; the log need not call it a fault
        raise DatasetUnusable("The upload was given up before it had all come") from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep_incoming(directory: Path, before: float) -> None:
    """Remove what uploads that were broken off by a crash have left.

    Args:
        directory: Where uploads arrive.
        before: Seconds since the epoch; what began since then still arrives.
    """
    for path in directory.glob(f"{INCOMING_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                shutil.rmtree(path)


async def _receive_form(request: Request, content_type: str, files: "_Files") -> Received:
    form = FormReader(content_type, FILE_FIELD, files)
    files.texts = form.texts
    try:
        async for chunk in request.stream():
            await run_in_threadpool(form.feed, chunk)  # it writes to disk
        form.finish()
    finally:
        files.close()
    if not files.count:
        raise DatasetUnusable(
            f"The form has no file. Received: {', '.join(form.names) or 'no field'}. "
            f"Expected: a file in the field {FILE_FIELD!r}"
        )
    return Received(files.path, files.first_name, form.texts)


class _Files:
    """Keeps one file as it is; several, a folder that a browser sent, as an archive of it."""

    def __init__(self, path: Path, max_count: int, check: Check) -> None:
        self.path = path
        self.count = 0
        self.first_name = ""
        self.texts: Texts = {}
        self._max_count = max_count
        self._check = check
        self._archive: zipfile.ZipFile | None = None
        self._file: IO[bytes] | None = None

    def begin(self, name: str) -> None:
        self.count += 1
        if self.count > self._max_count:
            raise PayloadTooLarge(
                f"A data set may have at most {self._max_count} files. Received: more",
                limit=self._max_count,
            )
        if self.count == 1:
            self._check(self.texts, name)
            self.first_name = name
            self._file = self.path.open("wb")
            return
        archive = self._archive or self._archived()
        if name in archive.NameToInfo:
            raise DatasetUnusable(f"Two files of the form are called {name!r}")
        self._file = archive.open(name, "w", force_zip64=True)

    def write(self, data: bytes) -> None:
        if self._file:
            self._file.write(data)

    def end(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Leave nothing open, however far it came."""
        self.end()
        if self._archive:
            self._archive.close()

    def _archived(self) -> zipfile.ZipFile:
        """An archive that holds the first file, in its place."""
        first = self.path.with_name("first")
        self.path.rename(first)
        try:
            self._archive = zipfile.ZipFile(self.path, "w", zipfile.ZIP_STORED)
            # As the others are; `write` would make another name of this one.
            with (
                first.open("rb") as source,
                self._archive.open(self.first_name, "w", force_zip64=True) as target,
            ):
                shutil.copyfileobj(source, target)
        finally:
            first.unlink()
        return self._archive
