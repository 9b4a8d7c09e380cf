"""What an upload goes through, however it came: a free name, reading and checking, keeping."""

import asyncio
from pathlib import Path

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, ValidationError

from services.trainer.datasets.examples import About, safe_name
from services.trainer.datasets.loading import DATASET_NAMES
from services.trainer.datasets.own import load_own
from services.trainer.datasets.uploaded import NAME, UploadedDataset
from services.trainer.errors import DatasetInUse
from services.trainer.receiving import Texts
from services.trainer.settings import Settings
from shared.errors import InvalidInput
from shared.manifest import Preprocessing


class UploadOptions(BaseModel, extra="forbid"):
    """What is told of an upload beside its name."""

    title: str = Field("", max_length=200, description="For people; the name by default.")
    preprocessing: Preprocessing = Field(
        "none",
        description="How pictures to be recognised are prepared: `mnist-digit` and `fashion` "
        "look for ink on a plain ground, `none` only resizes.",
    )
    image_size: str = Field(
        "",
        pattern=r"^([0-9]{1,3}x[0-9]{1,3})?$",
        description="Height and width that every picture gets, as `32x32`; by default they decide.",
    )

    def about(self, name: str) -> About:
        """The same of a data set of that name.

        Raises:
            DatasetUnusable: The size is not one that can be learnt from.
        """
        height, _, width = self.image_size.partition("x")
        size = (int(height), int(width)) if width else None
        return About(name, self.title or name, self.preprocessing, size)


def about_form(texts: Texts, file_name: str) -> About:
    """What the page's form says of an upload; without a name, that of the file gives one.

    A side of the pictures that is left empty is as long as the other.

    Raises:
        DatasetUnusable: The size is not one that can be learnt from.
        InvalidInput: A field cannot be used.
    """
    given = {name: text.strip() for name, text in texts.items()}
    name = given.get("name") or safe_name(Path(file_name).stem)
    if not NAME.fullmatch(name):
        raise InvalidInput(
            "A name has letters of the English alphabet, digits, `.`, `_` and `-`, at most 64, "
            f"and begins with a letter or digit. Received: {name[:200]!r}"
        )
    height, width = given.get("height", ""), given.get("width", "")
    fields = {
        "title": given.get("title", ""),
        "preprocessing": given.get("preprocessing") or "none",
        "image_size": f"{height or width}x{width or height}" if height or width else "",
    }
    try:
        return UploadOptions.model_validate(fields).about(name)
    except ValidationError as error:
        wrong = [f"{it['loc'][0]}: {it['msg']}. Received: {it['input']!r}" for it in error.errors()]
        raise InvalidInput("; ".join(wrong)) from error


def refuse_built_in(name: str) -> None:
    """Refuse the name of a data set that comes with Gabarito.

    Raises:
        DatasetInUse: It is one.
    """
    if name in DATASET_NAMES:
        raise DatasetInUse(f"{name!r} comes with Gabarito; an upload takes another name")


def refuse_taken(name: str, settings: Settings) -> None:
    """Refuse a name that a data set has.

    Raises:
        DatasetInUse: One has.
    """
    refuse_built_in(name)
    settings.data_places.uploaded.refuse_known(name)


async def read_and_kept(
    path: Path, about: About, settings: Settings, lock: asyncio.Lock
) -> UploadedDataset:
    """The data set of a file, read, checked and kept.

    Args:
        path: The file.
        about: What was told of it.
        settings: Where it is kept, and how much it may hold.
        lock: Pictures of one upload at a time fill memory.

    Raises:
        DatasetUnusable: It is of no form that is read here, or nothing can be learnt from it.
        DatasetInUse: Its name was taken meanwhile.
        VolumeUnusable: It cannot be written.
    """
    async with lock:
        own = await run_in_threadpool(load_own, path, about, settings.data_limits)
        return await run_in_threadpool(settings.data_places.uploaded.add, own)
