"""Carries trials out on the machines of a Ray cluster.

Ray is the optional group `sweep`. Its workers need what the trainer's image holds; the code
of this checkout is sent to them. A cluster that Ray starts by itself listens on every
interface of the machine and asks for no password.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from services.trainer.datasets.dataset import Dataset
from services.trainer.sweeps.learning import learn_trial
from services.trainer.sweeps.trials import Trial, TrialResult
from shared.errors import InvalidInput, UpstreamFailed

PACKAGES = ("services", "shared")
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class RayTrials:
    """A `TrialExecutor`: each trial is a task of a cluster.

    Attributes:
        address: Of the cluster, `HOST:PORT` or `auto`; empty: one is started on this machine.
        cpus: That each trial takes.
    """

    address: str = ""
    cpus: int = 1

    def run(self, trials: Sequence[Trial], dataset: Dataset) -> Iterator[TrialResult]:
        """See `TrialExecutor`.

        Raises:
            InvalidInput: Ray is not installed.
            UpstreamFailed: The cluster cannot be reached.
        """
        ray = _imported()
        self._connect(ray)
        try:
            task = ray.remote(num_cpus=self.cpus, max_retries=0)(learn_trial)
            shared_dataset = ray.put(dataset)
            trial_of = {task.remote(trial, shared_dataset): trial for trial in trials}
            waiting = list(trial_of)
            while waiting:
                (done, *_), waiting = ray.wait(waiting, num_returns=1)
                yield _result(ray, trial_of[done], done)
        finally:
            ray.shutdown()

    def _connect(self, ray: Any) -> None:
        packages = [str(_ROOT / package) for package in PACKAGES]
        try:
            ray.init(
                address=self.address or "local",
                runtime_env={"py_modules": packages},
                include_dashboard=None if self.address else False,
                log_to_driver=False,
                logging_level="error",
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            where = self.address or "a cluster of this machine"
            raise UpstreamFailed(f"Ray: {where} cannot be reached: {error}") from error


def _imported() -> Any:
    try:
        return import_module("ray")
    except ImportError as error:
        raise InvalidInput(
            "Ray is not installed: pip install --require-hashes -r requirements/sweep.txt, "
            "or --executor local"
        ) from error


def _result(ray: Any, trial: Trial, reference: Any) -> TrialResult:
    try:
        return TrialResult(trial, ray.get(reference))
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        return TrialResult(trial, None, f"{type(cause).__name__}: {cause}")
    except ray.exceptions.RayError as error:  # the worker, or its machine, died
        first_line = str(error).strip().partition("\n")[0]
        return TrialResult(trial, None, f"{type(error).__name__}: {first_line}")
