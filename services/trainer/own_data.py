"""Data sets that people uploaded in a few figures each, as the page lists them."""

from datetime import datetime

from pydantic import BaseModel

from services.trainer.datasets.uploaded import UploadedDataset, UploadedDatasets
from services.trainer.errors import DatasetBroken, DatasetNotFound


class OwnDataLine(BaseModel):
    """A data set in a list.

    Attributes:
        image_shape: Height and width in pixels, and channels.
        examples: How many pictures each split has.
        skipped: How many files were left out.
    """

    name: str
    title: str
    classes: int
    image_shape: tuple[int, int, int]
    examples: dict[str, int]
    skipped: int
    created_at: datetime


class DamagedData(BaseModel):
    """A data set whose description cannot be read, and why."""

    name: str
    reason: str


class OwnData(BaseModel):
    """All of them; the newest first."""

    datasets: list[OwnDataLine]
    damaged: list[DamagedData]


def read_descriptions(
    uploaded: UploadedDatasets,
) -> tuple[list[UploadedDataset], list[DamagedData]]:
    """What each data set is, the newest first, and those of which that cannot be read."""
    known: list[UploadedDataset] = []
    damaged: list[DamagedData] = []
    for name in uploaded.names():
        try:
            known.append(uploaded.about(name))
        except DatasetBroken as error:
            damaged.append(DamagedData(name=name, reason=error.detail))
        except DatasetNotFound:  # deleted meanwhile
            continue
    known.sort(key=lambda about: about.created_at, reverse=True)
    return known, damaged


def listed_data(known: list[UploadedDataset], damaged: list[DamagedData]) -> OwnData:
    """The same in a few figures each."""
    return OwnData(datasets=[_line(about) for about in known], damaged=damaged)


def _line(about: UploadedDataset) -> OwnDataLine:
    return OwnDataLine(
        name=about.name,
        title=about.title,
        classes=len(about.class_names),
        image_shape=about.image_shape,
        examples={split: sum(counts.values()) for split, counts in about.splits.items()},
        skipped=about.n_skipped,
        created_at=about.created_at,
    )
