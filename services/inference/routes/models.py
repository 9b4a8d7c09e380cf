"""`GET /models` and `/models/{model}`: what is served, what failed and why."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path

from services.inference.live_models import LiveModels
from services.inference.schemas import ModelCard, Models, ModelSummary, VersionCard
from shared.errors import ModelNotFound

ModelName = Annotated[
    str, Path(description="A model's name.", openapi_examples={"cnn": {"value": "mnist-cnn"}})
]


def model_router(live: LiveModels, problem: Callable[[], str]) -> APIRouter:
    """The routes of the model cards.

    Args:
        live: What is served.
        problem: What is wrong with the volume, in words; empty if nothing is.
    """
    router = APIRouter(tags=["models"])

    @router.get("/models")
    def list_models() -> Models:
        """Every model, the version of it that answers, and what became of the others."""
        return Models(models=summaries(live), problem=problem())

    @router.get("/models/{model}")
    def show_model(model: ModelName) -> ModelCard:
        """One model with the card of the version that answers: data, recipe, scores, files."""
        if model not in live.names():
            listed = ", ".join(live.names()) or "none"
            raise ModelNotFound(f"No model is called so. Received: {model!r}; there are: {listed}")
        current = live.current(model)
        return ModelCard(
            **dict(_summary(live, model)),
            engine=current.engine.name if current else None,
            load_seconds=round(current.load_seconds, 4) if current else None,
            card=current.manifest if current else None,
        )

    return router


def summaries(live: LiveModels) -> list[ModelSummary]:
    """Every model in short, by name."""
    return [_summary(live, name) for name in live.names()]


def _summary(live: LiveModels, name: str) -> ModelSummary:
    current = live.current(name)
    card = current.manifest if current else None
    return ModelSummary(
        name=name,
        dataset=card.dataset.name if card else None,
        kind=card.kind if card else None,
        serving=current.version if current else None,
        labels=live.labels(name),
        versions=[
            VersionCard(version=s.version, state=s.state, reason=s.reason)
            for s in live.statuses(name)
        ],
    )
