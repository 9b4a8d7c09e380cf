"""What a sweep tries, and how its trials are ranked; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.dataset import Dataset
from services.trainer.hyperparameters import Changes, Recipe
from services.trainer.recipes import recipe_for


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of a sweep: a recipe with its changes applied, and a seed."""

    recipe: Recipe
    seed: int

    @property
    def name(self) -> str:
        """What tells it from the others."""
        fitting = self.recipe.fitting
        return (
            f"{self.recipe.kind} {self.recipe.name} seed={self.seed} epochs={fitting.epochs} "
            f"batch_size={fitting.batch_size} learning_rate={fitting.peak_learning_rate:g}"
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """What is combined, each with each.

    Attributes:
        kinds: Kinds of model.
        recipes: Names of recipes.
        seeds: Seeds.
        epochs, batch_sizes, learning_rates: In place of the recipe's; `None` leaves its own.
    """

    kinds: Sequence[str]
    recipes: Sequence[str]
    seeds: Sequence[int]
    epochs: Sequence[int | None] = (None,)
    batch_sizes: Sequence[int | None] = (None,)
    learning_rates: Sequence[float | None] = (None,)

    def trials(self, dataset: str) -> list[Trial]:
        """Every combination once.

        Raises:
            UnknownName: A kind or a recipe is unknown.
            InvalidInput: A value is out of bounds.
        """
        combinations = product(
            self.kinds, self.recipes, self.epochs, self.batch_sizes, self.learning_rates, self.seeds
        )
        trials = (
            Trial(Changes(epochs, batch, rate).applied(recipe_for(kind, recipe, dataset)), seed)
            for kind, recipe, epochs, batch, rate, seed in combinations
        )
        return list(dict.fromkeys(trials))


@dataclass(frozen=True, slots=True)
class Learned:
    """What a worker gives back: weights, and how they did on the validation split.

    Attributes:
        weights: Of the network, in their order.
        epochs: The figures of each epoch.
        best_epoch: Whose weights these are, from 1.
        training_seconds: How long it took there.
    """

    weights: list[NDArray[Any]]
    epochs: list[dict[str, float]]
    best_epoch: int
    training_seconds: float

    @property
    def validation_accuracy(self) -> float:
        """Of the epoch whose weights were kept."""
        return self.epochs[self.best_epoch - 1]["validation_accuracy"]

    @property
    def validation_loss(self) -> float:
        """Of the epoch whose weights were kept."""
        return self.epochs[self.best_epoch - 1]["validation_loss"]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """A trial at its end: what it learned, or why it learned nothing."""

    trial: Trial
    learned: Learned | None
    reason: str = ""


class TrialExecutor(Protocol):
    """Carries trials out somewhere: in processes here, or on the machines of a cluster."""

    def run(self, trials: Sequence[Trial], dataset: Dataset) -> Iterator[TrialResult]:
        """The result of each trial as soon as it is over, in any order.

        A trial that fails, or whose process dies, is a result with a reason, and does not end
        the others. When the iteration is given up, what still works is stopped.

        Args:
            trials: What is tried.
            dataset: What is learnt from; its test split is empty.
        """


def without_test(dataset: Dataset) -> Dataset:
    """The data set as workers get it: nobody can choose by a test split that is not there."""
    return Dataset(
        name=dataset.name,
        title=dataset.title,
        class_names=dataset.class_names,
        preprocessing=dataset.preprocessing,
        train=dataset.train,
        test=dataset.test.take(np.array([], np.intp)),
        sha256=dataset.sha256,
    )


def ranked(results: Sequence[TrialResult]) -> list[TrialResult]:
    """Best first: by accuracy on the validation split, then by loss; those that failed last."""

    def rank(result: TrialResult) -> tuple[float, float]:
        learned = result.learned
        return (-learned.validation_accuracy, learned.validation_loss) if learned else (1.0, 0.0)

    return sorted(results, key=rank)


def best_of_each_kind(results: Sequence[TrialResult]) -> list[TrialResult]:
    """The best trial of every kind of model that has one."""
    best: dict[str, TrialResult] = {}
    for result in ranked(results):
        if result.learned is not None:
            best.setdefault(result.trial.recipe.kind, result)
    return list(best.values())
