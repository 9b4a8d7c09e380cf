"""What the trainer does at the moment, asked over HTTP."""

import logging
from functools import cached_property
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict

logger = logging.getLogger(__name__)

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
    """Whether the trainer works, and on what; `unknown` if it does not say."""

    state: Literal["running", "idle", "unknown"]
    run: TrainingRun | None = None


class TrainerService:
    """The trainer as a service.

    Args:
        url: Its address, as this service reaches it.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def training(self) -> Training:
        """What the trainer does now."""
        try:
            response = await self._client.get(
                f"{self._url}/v1/runs", params={"state": "running", "limit": 1}
            )
            response.raise_for_status()
            runs: list[Any] = response.json()["runs"]
            run = TrainingRun.model_validate(runs[0]) if runs else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            logger.debug("trainer_unknown", extra={"reason": repr(error)})
            return Training(state="unknown")
        return Training(state="running" if run else "idle", run=run)

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made when it is needed, and once: reading the certificates takes a tenth of a second."""
        return httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, limits=httpx.Limits(max_keepalive_connections=0)
        )
