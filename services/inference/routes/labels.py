"""The labels of a model over HTTP: read, move, remove, roll back."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.inference.label_store import LabelStore
from services.inference.labels import Label, LabelBook, Version
from services.inference.routes.models import ModelName
from shared.security import check_key


class LabelTarget(BaseModel):
    """What a label is to stand for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 1}})

    version: Version
    reason: str = Field("", max_length=500)


LabelName = Annotated[Label, Path(openapi_examples={"champion": {"value": "champion"}})]


def label_router(store: LabelStore, api_key: SecretStr | None) -> APIRouter:
    """The routes of labels; those that change one take the key."""

    def keyed(x_api_key: Annotated[str, Header()] = "") -> None:
        check_key(api_key, x_api_key)

    router = APIRouter(prefix="/models/{model}/labels", tags=["models"])
    changing = [Depends(keyed)]

    @router.get("")
    def list_labels(model: ModelName) -> LabelBook:
        """The labels of a model, and every move of them, oldest first."""
        return store.read(store.checked(model))

    @router.put("/{label}", dependencies=changing)
    def move_label(model: ModelName, label: LabelName, target: LabelTarget) -> LabelBook:
        """Let a label stand for a version; `default` decides what answers by default."""
        return store.change(
            model,
            lambda book: book.moved(
                label, target.version, at=datetime.now(UTC), reason=target.reason
            ),
        )

    @router.delete("/{label}", dependencies=changing)
    def remove_label(model: ModelName, label: LabelName) -> LabelBook:
        """Let a label stand for nothing."""
        return store.change(model, lambda book: book.moved(label, None, at=datetime.now(UTC)))

    @router.post("/{label}/rollback", dependencies=changing)
    def roll_back_label(model: ModelName, label: LabelName) -> LabelBook:
        """Undo the last move of a label."""
        return store.change(model, lambda book: book.rolled_back(label, at=datetime.now(UTC)))

    return router
