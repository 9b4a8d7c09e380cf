"""Brings scores and labels together: which column is which class, and what they predict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.coding import encode, occurring_labels
from services.metrics.faults import InvalidOption, LengthMismatch, one_fault, shown
from services.metrics.labels import (
    Label,
    LabelArray,
)
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.samples import Samples

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores whose columns are known.

    Attributes:
        scores: Shape `(n, n_classes)`, or `(n,)` for the positive of two classes.
        codes: The true class of each sample, integers in `[0, n_classes)`.
        labels: What the columns are, in order.
        y_pred: What the scores predict: the highest, the first of equals; for one score a
            sample the positive class at or above a threshold. None if it was given besides.
        single_positive: The line of the positive class if there is one score a sample.
    """

    scores: NDArray[Any]
    codes: NDArray[np.intp]
    labels: LabelArray
    y_pred: LabelArray | None
    single_positive: int | None

    def part(self, members: NDArray[np.intp]) -> "Scored":
        """The same of some of the samples."""
        return replace(self, scores=self.scores[members], codes=self.codes[members], y_pred=None)

    def probabilities(self) -> NDArray[Any]:
        """One column for each class."""
        return self._columns(1 - self.scores) if self.scores.ndim == 1 else self.scores

    def decisions(self) -> NDArray[Any]:
        """The same order without the rounding of 1 - p: a single score's negative."""
        return self._columns(-self.scores) if self.scores.ndim == 1 else self.scores

    def _columns(self, other: NDArray[Any]) -> NDArray[Any]:
        pair = (other, self.scores) if self.single_positive == 1 else (self.scores, other)
        return np.stack(pair, axis=1)


def scored_samples(samples: Samples, options: EvaluationOptions, max_classes: int) -> Scored:
    """The scores with their classes.

    Args:
        samples: What is marked; has scores.
        options: What the caller chose.
        max_classes: The most classes there may be.

    Raises:
        InvalidOption: Nothing says what the scores are, or where the threshold lies.
        LengthMismatch: There are not as many columns as classes.
    """
    scores = samples.y_score
    if scores is None or options.score_type is None:
        detail = (
            "With y_score, score_type must say what the scores are: probability or decision. "
            "Received: nothing."
        )
        raise one_fault(InvalidOption, "#/score_type", detail)
    labels = samples.labels or occurring_labels(_columns(samples), max_classes)
    columns = 2 if scores.ndim == 1 else scores.shape[1]
    if len(labels) != columns:
        detail = (
            f"y_score is for {columns} classes and there are {len(labels)} labels"
            f"{'' if samples.labels else ' in the samples; labels can say which the columns are'}. "
            f"Received: shape {scores.shape}."
        )
        raise one_fault(LengthMismatch, "#/y_score", detail)
    codes = encode(samples.y_true, labels, max_classes, "#/y_true")
    positive = _single_positive(labels, options) if scores.ndim == 1 else None
    y_pred = None if samples.y_pred else _predicted(scores, labels, options, positive)
    return Scored(scores, codes, labels, y_pred, positive)


def _columns(samples: Samples) -> list[tuple[str, LabelArray]]:
    columns = [("#/y_true", samples.y_true)]
    return columns if samples.y_pred is None else [*columns, ("#/y_pred", samples.y_pred)]


def _single_positive(labels: LabelArray, options: EvaluationOptions) -> int:
    names = [labels.label(index) for index in range(len(labels))]
    index = positive_index(names, options.positive_label)
    return 1 if index is None else index


def _predicted(
    scores: NDArray[Any], labels: LabelArray, options: EvaluationOptions, positive: int | None
) -> LabelArray:
    if positive is None:
        chosen = scores.argmax(axis=1)
    else:
        threshold = options.threshold
        if threshold is None and options.score_type == "probability":
            threshold = DEFAULT_THRESHOLD
        if threshold is None:
            detail = (
                "Without y_pred, threshold must say from which score on the positive class is "
                "predicted. Received: nothing."
            )
            raise one_fault(InvalidOption, "#/threshold", detail)
        chosen = np.where(scores >= threshold, positive, 1 - positive)
    return LabelArray(labels.kind, labels.codes[chosen], labels.categories)


def positive_index(labels: Sequence[Label], chosen: Label | None) -> int | None:
    """The line of the positive class; None if nothing says which it is.

    Raises:
        InvalidOption: The class chosen is not among the labels.
    """
    if chosen is None:
        return 1 if len(labels) == 2 else None  # noqa: PLR2004  two classes
    for index, label in enumerate(labels):
        if type(label) is type(chosen) and label == chosen:
            return index
    detail = (
        "The positive label is not among the labels. "
        f"Received: {shown(chosen)}; there are: "
        f"{', '.join(map(shown, labels[:20]))}."
    )
    raise one_fault(InvalidOption, "#/positive_label", detail)
