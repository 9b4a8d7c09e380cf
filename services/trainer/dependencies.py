"""What the trainer's routes ask for: the parts that `main` put together, the key, the run."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request
from fastapi.openapi.models import Example

from services.trainer.comparison import SignificanceTester
from services.trainer.datasets.test_images import TestImages
from services.trainer.desk import Desk
from services.trainer.runs import Run
from services.trainer.settings import Settings
from shared.model_store import ModelStore
from shared.security import KEY_HEADER, check_key, refuse_other_sites
from shared.version_locks import held


def example(value: str | int) -> dict[str, Example]:
    """What `/docs` fills in, so that trying it out succeeds as it stands."""
    return {"example": {"value": value}}


def _store(request: Request) -> ModelStore:
    store: ModelStore = request.app.state.store
    return store


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.open_desk()
    return desk


RunId = Annotated[str, Path(description="As `GET /v1/runs` lists it.", max_length=64)]
ModelName = Annotated[str, Path(openapi_examples=example("mnist-linear"))]
Version = Annotated[int, Path(openapi_examples=example(1), ge=1, lt=10**18)]
FilePath = Annotated[str, Path(openapi_examples=example("history.json"))]

ComparedModels = Annotated[
    str,
    Query(
        description="Two or more, comma-separated: a model stands for its newest version.",
        openapi_examples=example("mnist-cnn,mnist-linear"),
    ),
]


def listed_names(models: str) -> list[str]:
    """The names in a comma-separated list."""
    return [name.strip() for name in models.split(",") if name.strip()]


def _held_version(model: ModelName, version: Version, store: "StoreDep") -> Iterator[None]:
    """The version is not removed before the answer is sent."""
    with held(store.path(model, version)):
        yield


async def _run(run_id: RunId, desk: "DeskDep") -> Run:
    return desk.store.get(run_id)


async def _with_key(
    request: Request, settings: "SettingsDep", key: Annotated[str, Header(alias=KEY_HEADER)] = ""
) -> None:
    refuse_other_sites(request.headers)
    check_key(settings.api_key, key)


def _tester(request: Request) -> SignificanceTester:
    tester: SignificanceTester = request.app.state.tester
    return tester


def _test_images(request: Request) -> TestImages:
    images: TestImages = request.app.state.test_images
    return images


TestImagesDep = Annotated[TestImages, Depends(_test_images)]
TesterDep = Annotated[SignificanceTester, Depends(_tester)]
StoreDep = Annotated[ModelStore, Depends(_store)]
SettingsDep = Annotated[Settings, Depends(_settings)]
DeskDep = Annotated[Desk, Depends(_desk)]
RunDep = Annotated[Run, Depends(_run)]
KEY_NEEDED = [Depends(_with_key)]
VERSION_HELD = [Depends(_held_version)]
