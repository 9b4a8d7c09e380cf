"""Takes an upload to disk, beside where it will be kept: memory never holds it."""

import shutil
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from services.trainer.errors import DatasetUnusable
from services.trainer.settings import Settings
from services.trainer.storage import writing

FILE_FIELD = "file"
INCOMING_PREFIX = ".incoming-"
MAX_FORM_FILES = 1000  # each takes memory up to 1 MiB, or else an open file


@asynccontextmanager
async def received(request: Request, settings: Settings) -> AsyncIterator[Path]:
    """The file that a request brings; it is gone after the block.

    Raises:
        DatasetUnusable: The form holds no file.
        PayloadTooLarge: It is larger than allowed.
        VolumeUnusable: It cannot be written.
    """
    directory = settings.download_dir
    path = directory / f"{INCOMING_PREFIX}{uuid4().hex}"
    try:
        with writing(directory):
            directory.mkdir(parents=True, exist_ok=True)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            await _receive_form(request, path, settings.max_dataset_files)
        else:
            with writing(directory), path.open("wb") as file:
                async for chunk in request.stream():
                    file.write(chunk)
        yield path
    finally:
        path.unlink(missing_ok=True)


def sweep_incoming(directory: Path, before: float) -> None:
    """Remove what uploads that were broken off by a crash have left.

    Args:
        directory: Where uploads arrive.
        before: Seconds since the epoch; what was written to since then still arrives.
    """
    for path in directory.glob(f"{INCOMING_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()


async def _receive_form(request: Request, path: Path, max_files: int) -> None:
    max_files = min(max_files, MAX_FORM_FILES)
    try:
        # Parts are spooled to disk while the form is read.
        with writing(path.parent):
            async with request.form(max_files=max_files, max_fields=16) as form:
                await run_in_threadpool(_write, _files(form), path)
    except HTTPException as error:  # what Starlette makes of a form that it refuses
        raise DatasetUnusable(
            f"The form cannot be read: {error.detail} "
            f"(A folder of more than {max_files} files is sent as a zip archive.)"
        ) from error


def _files(form: FormData) -> list[UploadFile]:
    files = [file for file in form.getlist(FILE_FIELD) if isinstance(file, UploadFile)]
    if not files:
        raise DatasetUnusable(
            f"The form has no file. Received: {', '.join(form) or 'no field'}. "
            f"Expected: a file in the field {FILE_FIELD!r}"
        )
    return files


def _write(files: Sequence[UploadFile], path: Path) -> None:
    """One file as it is; several, a folder that a browser sent, as an archive of it."""
    if len(files) == 1:
        with path.open("wb") as target:
            shutil.copyfileobj(files[0].file, target)
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, upload in enumerate(files):
            with archive.open(upload.filename or str(number), "w") as member:
                shutil.copyfileobj(upload.file, member)
