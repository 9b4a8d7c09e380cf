"""Runs a sweep: trials are learnt wherever the executor says, the best is published from here."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.trainer.checkpoint import History
from services.trainer.datasets.dataset import Dataset
from services.trainer.fit import Fit
from services.trainer.learning import restored
from services.trainer.progress import Notice, Published
from services.trainer.sweeps.trials import (
    Trial,
    TrialExecutor,
    TrialResult,
    best_of_each_kind,
    ranked,
    without_test,
)
from services.trainer.training import Trainer


@dataclass(frozen=True, slots=True)
class SweepReport:
    """How a sweep ended.

    Attributes:
        results: Best first, those that failed last.
        published: The best of each kind.
    """

    results: tuple[TrialResult, ...]
    published: tuple[Published, ...]


def sweep(
    trials: Sequence[Trial], dataset: Dataset, executor: TrialExecutor, trainer: Trainer
) -> SweepReport:
    """Try everything, and publish the best of each kind of model by its validation split.

    The test split stays here, and only what is published is tested on it.

    Raises:
        ModelRejected: The exported form of the best differs.
        VolumeUnusable: It cannot be written.
    """
    results: list[TrialResult] = []
    for result in executor.run(trials, without_test(dataset)):
        results.append(result)
        trainer.tell(Notice(f"{len(results)}/{len(trials)} {_sentence(result)}"))
    published = []
    for best in best_of_each_kind(results):
        if best.learned is not None:
            history = History(best.learned.epochs, best.learned.best_epoch)
            fitted = Fit(history, best.learned.training_seconds)
            trial = best.trial
            trained = restored(dataset, trial.recipe, trial.seed, best.learned.weights, fitted)
            published.append(trainer.publish(trained))
    return SweepReport(tuple(ranked(results)), tuple(published))


def as_text(report: SweepReport) -> str:
    """The trials as a table, best first, and the reasons of those that failed."""
    lines = ["validation  seconds  trial"]
    for result in report.results:
        if (learned := result.learned) is not None:
            figures = f"{learned.validation_accuracy:>10.2%}  {learned.training_seconds:>7.1f}"
            lines.append(f"{figures}  {result.trial.name}")
    failed = [result for result in report.results if result.learned is None]
    lines += [f"{'failed':>10}  {'':>7}  {each.trial.name}: {each.reason}" for each in failed]
    return "\n".join(lines)


def _sentence(result: TrialResult) -> str:
    if result.learned is None:
        return f"{result.trial.name}: failed: {result.reason}"
    accuracy = f"validation accuracy {result.learned.validation_accuracy:.2%}"
    return f"{result.trial.name}: {accuracy}, {result.learned.training_seconds:.0f} s"
