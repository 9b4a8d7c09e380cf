"""Tells an MLflow tracking server about trainings, where `MLFLOW_TRACKING_URI` names one.

MLflow is no dependency: whoever sets the variable installs `mlflow-skinny` beside us. What
goes wrong with it never ends a training.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from services.trainer.progress import (
    EpochEnded,
    Event,
    Failed,
    Notice,
    Published,
    Started,
    StateChanged,
)
from services.trainer.runs import RunState

EXPERIMENT = "gabarito"


def mlflow_log(
    uri: str, tell: Callable[[Event], None], connect: Callable[[str], Any] | None = None
) -> Callable[[Event], None]:
    """A listener that records every training as an MLflow run; one that does nothing without `uri`.

    Args:
        uri: Where the tracking server is; empty for none.
        tell: Receives a notice when it cannot be told any more.
        connect: From the address to an `mlflow.MlflowClient`; that of the package by default.
    """
    if not uri:
        return lambda _: None
    try:
        client = (connect or _connect)(uri)
    except ImportError:
        tell(Notice(f"MLFLOW_TRACKING_URI is {uri}, and the package mlflow-skinny is missing."))
    except Exception as error:  # noqa: BLE001  whatever MLflow raises, training goes on
        tell(Notice(f"MLflow cannot be told: {error}"))
    else:
        return _MlflowLog(client, tell)
    return lambda _: None


def _connect(uri: str) -> Any:
    return import_module("mlflow").MlflowClient(tracking_uri=uri)


class _MlflowLog:
    def __init__(self, client: Any, tell: Callable[[Event], None]) -> None:
        self._client = client
        self._tell = tell
        self._runs: dict[str, str] = {}
        self._is_well = True

    def __call__(self, event: Event) -> None:
        """Take one event; the first failure is told, and is the last that is tried."""
        if not self._is_well:
            return
        try:
            self._record(event)
        except Exception as error:  # noqa: BLE001  whatever MLflow raises, training goes on
            self._is_well = False
            self._tell(Notice(f"MLflow cannot be told any more: {error}"))

    def _record(self, event: Event) -> None:
        match event:
            case Started():
                self._runs[event.model] = self._begin(event)
            case EpochEnded():
                run = self._runs[event.model]
                for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
                    self._client.log_metric(run, name, getattr(event, name), step=event.epoch)
            case Published():
                run = self._runs.pop(event.model)
                self._client.set_tag(run, "version", str(event.version))
                if event.test_accuracy is not None:
                    self._client.log_metric(run, "test_accuracy", event.test_accuracy)
                self._client.set_terminated(run)
            case Failed(reason=reason):
                self._end_all("FAILED", reason)
            case StateChanged(state=RunState.CANCELLED, reason=reason):
                self._end_all("KILLED", reason)
            case _:
                pass

    def _end_all(self, status: str, reason: str) -> None:
        while self._runs:
            _, run = self._runs.popitem()
            # First of all what counts: whoever stops a training waits only so long.
            self._client.set_terminated(run, status)
            self._client.set_tag(run, "reason", reason)

    def _begin(self, event: Started) -> str:
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        number = experiment.experiment_id if experiment else None
        run = self._client.create_run(
            number or self._client.create_experiment(EXPERIMENT), run_name=event.model
        )
        run_id = str(run.info.run_id)
        for name, value in (("recipe", event.recipe), ("epochs", event.epochs)):
            self._client.log_param(run_id, name, value)
        return run_id
