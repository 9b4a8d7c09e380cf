"""The labels of a model over HTTP: read, move, remove, roll back.

Two services offer them: the one that serves versions, and the one that can always write the
volume.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from shared.label_store import LabelStore
from shared.limits import ShortBodyRoute
from shared.security import KEY_HEADER, check_key, refuse_other_sites
from shared.version_labels import Label, LabelBook, Reason, Version


class LabelTarget(BaseModel):
    """What a label is to stand for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 1}})

    version: Version
    reason: Reason = Field("", description="Kept in the history.")


ModelName = Annotated[
    str, Path(description="A model's name.", openapi_examples={"cnn": {"value": "mnist-cnn"}})
]
LabelName = Annotated[Label, Path(openapi_examples={"champion": {"value": "champion"}})]


def label_router(store: LabelStore, api_key: SecretStr | None, *, models: str) -> APIRouter:
    """The routes of labels; those that change one take the key.

    Args:
        store: The volume.
        api_key: The key, if one is set.
        models: The address of models in this service, as `/models`.
    """

    def keyed(request: Request, x_api_key: Annotated[str, Header(alias=KEY_HEADER)] = "") -> None:
        refuse_other_sites(request.headers)
        check_key(api_key, x_api_key)

    router = APIRouter(
        prefix=models + "/{model}/labels", tags=["models"], route_class=ShortBodyRoute
    )
    changing = [Depends(keyed)]

    @router.get("")
    def list_labels(model: ModelName) -> LabelBook:
        """The labels of a model, and every move of them, oldest first."""
        return store.read_published(model)

    @router.put("/{label}", dependencies=changing)
    def move_label(model: ModelName, label: LabelName, target: LabelTarget) -> LabelBook:
        """Let a label stand for a version; `default` decides what answers by default."""
        return store.move(model, label, target.version, target.reason)

    @router.delete("/{label}", dependencies=changing)
    def remove_label(model: ModelName, label: LabelName) -> LabelBook:
        """Let a label stand for nothing."""
        return store.remove(model, label)

    @router.post("/{label}/rollback", dependencies=changing)
    def roll_back_label(model: ModelName, label: LabelName) -> LabelBook:
        """Undo the last move of a label."""
        return store.roll_back(model, label)

    return router
