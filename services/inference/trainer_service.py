"""What the trainer does at the moment, asked over HTTP."""

from typing import Any, Literal, Protocol

import httpx
from pydantic import BaseModel, ConfigDict

from shared.errors import UpstreamFailed

TIMEOUT_SECONDS = 2.0


class TrainingStep(BaseModel):
    """How far a training is; members that a step lacks are `None`."""

    model_config = ConfigDict(extra="ignore")

    model: str | None = None
    epoch: int | None = None
    epochs: int | None = None
    step: int | None = None
    steps: int | None = None


class TrainingRun(BaseModel):
    """A run that works."""

    model_config = ConfigDict(extra="ignore")

    models: tuple[str, ...]
    progress: TrainingStep | None = None


class Training(BaseModel):
    """Whether the trainer works, and on what."""

    state: Literal["running", "idle"]
    run: TrainingRun | None = None


class Trainer(Protocol):
    """Knows what is being trained."""

    async def training(self) -> Training:
        """What the trainer does now.

        Raises:
            UpstreamFailed: It does not say.
        """
        ...


class TrainerService:
    """The trainer as a service.

    Args:
        url: Its address, as this service reaches it.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def training(self) -> Training:
        """What the trainer does now.

        Raises:
            UpstreamFailed: It cannot be reached, or answers something else.
        """
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                response = await client.get(
                    f"{self._url}/v1/runs", params={"state": "running", "limit": 1}
                )
            response.raise_for_status()
            runs: list[Any] = response.json()["runs"]
            run = TrainingRun.model_validate(runs[0]) if runs else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise UpstreamFailed(f"The trainer does not say what it does: {error!r}") from error
        return Training(state="running" if run else "idle", run=run)
