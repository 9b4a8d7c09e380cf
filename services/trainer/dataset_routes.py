"""Data sets over HTTP: which there are, and those that people bring."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from services.trainer.datasets.loading import DATASET_NAMES, built_in
from services.trainer.datasets.own import FORMS
from services.trainer.datasets.uploaded import NAME, UploadedDataset
from services.trainer.dependencies import KEY_NEEDED, DeskDep, SettingsDep
from services.trainer.errors import DatasetBroken, DatasetInUse, DatasetNotFound
from services.trainer.receiving import received
from services.trainer.uploading import (
    UploadOptions,
    read_and_kept,
    refuse_built_in,
    refuse_taken,
)
from shared.manifest import Preprocessing

DATASETS_PATH = "/v1/datasets/"
router = APIRouter(tags=["data sets"])
_BODY = {"schema": {"type": "string", "format": "binary"}}

DatasetName = Annotated[
    str,
    Path(
        pattern=f"^{NAME.pattern}$",
        description="Letters, digits, `.`, `_` and `-`; the models' names begin with it.",
    ),
]


class DatasetSummary(BaseModel):
    """A data set that a run can name."""

    name: str
    title: str
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    is_uploaded: bool


class Datasets(BaseModel):
    """Those that come with Gabarito, and those that were uploaded.

    Attributes:
        damaged: Names of uploaded ones whose description cannot be read.
    """

    datasets: list[DatasetSummary]
    damaged: list[str]


@router.get("/v1/datasets")
def list_datasets(settings: SettingsDep) -> Datasets:
    """What models can be trained on."""
    uploaded = settings.data_places.uploaded
    summaries = [
        DatasetSummary(**known._asdict(), is_uploaded=False)
        for known in map(built_in, DATASET_NAMES)
    ]
    damaged = []
    for name in uploaded.names():
        try:
            about = uploaded.about(name)
        except DatasetBroken:  # its own address says how
            damaged.append(name)
            continue
        except DatasetNotFound:  # deleted meanwhile
            continue
        fields = about.model_dump(include={"name", "title", "class_names", "preprocessing"})
        summaries.append(DatasetSummary(**fields, is_uploaded=True))
    return Datasets(datasets=summaries, damaged=damaged)


@router.get("/v1/datasets/{name}")
def show_dataset(name: DatasetName, settings: SettingsDep) -> UploadedDataset:
    """An uploaded data set: its classes, examples of each, and files that were skipped.

    What is known of one that comes with Gabarito before it is loaded is in the list.
    """
    return settings.data_places.uploaded.about(name)


@router.put(
    "/v1/datasets/{name}",
    status_code=201,
    dependencies=KEY_NEEDED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": _BODY,
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"file": _BODY["schema"]},
                        "required": ["file"],
                    }
                },
            },
        }
    },
    description=f"Upload a data set: {FORMS}, as the body or as the field `file` of a form. "
    "Several `file` fields are a folder; their file names are the paths. It is read and checked "
    "at once, and kept as arrays.",
)
async def upload_dataset(
    name: DatasetName,
    request: Request,
    settings: SettingsDep,
    response: Response,
    options: Annotated[UploadOptions, Query()],
) -> UploadedDataset:
    """Upload a data set."""
    refuse_taken(name, settings)
    about = options.about(name)
    async with received(request, settings) as got:
        kept = await read_and_kept(got.path, about, settings, request.app.state.dataset_lock)
    response.headers["Location"] = f"{DATASETS_PATH}{name}"
    return kept


@router.delete("/v1/datasets/{name}", status_code=204, dependencies=KEY_NEEDED)
async def delete_dataset(name: DatasetName, settings: SettingsDep, desk: DeskDep) -> None:
    """Remove an uploaded data set; what was trained on it stays."""
    if waiting := [run.id for run in desk.store.unfinished(name)]:
        raise DatasetInUse(f"{name!r} is needed by a run that is not over: {', '.join(waiting)}")
    refuse_built_in(name)
    settings.data_places.uploaded.delete(name)
