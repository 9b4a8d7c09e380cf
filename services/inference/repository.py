"""Loading and unloading by hand, as Triton's repository extension has it."""

import asyncio

from services.inference.live_models import LiveModels
from services.inference.watcher import Watcher
from shared.errors import Conflict, ModelNotFound


class Repository:
    """The models of this process, under the hand of an operator.

    Args:
        live: What is served.
        watcher: What loads.
        workers: How many processes serve; only one can be reached by a request.
    """

    def __init__(self, live: LiveModels, watcher: Watcher, workers: int) -> None:
        self._live = live
        self._watcher = watcher
        self._workers = workers

    async def load(self, model: str) -> None:
        """Look at a model at once, and serve it if it was unloaded.

        Raises:
            ModelNotFound: There is no such model.
            ModelNotReady: It cannot be served, with the reason.
            Conflict: Several processes serve.
        """
        self._check_alone()
        await asyncio.to_thread(self._watcher.resume, model)
        if model not in self._live.names():
            raise ModelNotFound(f"failed to load '{model}': there is no such model")
        with self._live.lease(model):  # raises why it cannot be served
            return

    async def unload(self, model: str) -> None:
        """Let no version of a model answer until it is loaded again.

        Raises:
            ModelNotFound: There is no such model.
            Conflict: Several processes serve.
        """
        self._check_alone()
        if model not in self._live.names():
            raise ModelNotFound(f"failed to unload '{model}': there is no such model")
        await asyncio.to_thread(self._watcher.suspend, model)

    def _check_alone(self) -> None:
        if self._workers > 1:
            raise Conflict(
                f"{self._workers} processes serve, and this request reached one of them. Change "
                "labels or the version policy, which all of them follow."
            )
