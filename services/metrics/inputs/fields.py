"""The arrays of a request by name, whatever format they came in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import labels as label_arrays
from services.metrics.comparison import Contest
from services.metrics.faults import one_fault
from services.metrics.labels import LabelArray
from services.metrics.multilabel import MultilabelSamples
from services.metrics.ready_matrix import ReadyMatrix, ready_matrix
from services.metrics.samples import Samples, checked_scores, checked_weights
from shared.errors import InvalidInput

Column = LabelArray | NDArray[Any]


@dataclass(frozen=True, slots=True)
class Fields:
    """Which arrays a route takes.

    An array in a map, such as `groups`, is called by both names: `groups.sex`.

    Attributes:
        labels: Arrays of labels.
        numbers: Arrays of one number for each sample.
        scores: Arrays of one number for each sample, or for each sample and class.
        label_maps: Named arrays of labels.
        score_maps: Named arrays of scores.
    """

    labels: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    label_maps: tuple[str, ...] = ()
    score_maps: tuple[str, ...] = ()

    @property
    def maps(self) -> tuple[str, ...]:
        """Members that hold arrays by name."""
        return self.label_maps + self.score_maps

    @property
    def arrays(self) -> tuple[str, ...]:
        """Members that are arrays or hold arrays."""
        return self.labels + self.numbers + self.scores + self.maps

    def holds_labels(self, name: str) -> bool:
        """Whether an array of this name holds labels."""
        return name in self.labels or name.partition(".")[0] in self.label_maps

    def holds_scores(self, name: str) -> bool:
        """Whether an array of this name holds scores."""
        return name in self.scores or name.partition(".")[0] in self.score_maps

    def check(self, name: str) -> None:
        """Raise InvalidInput if no array is called so."""
        head, dot, rest = name.partition(".")
        known = self.labels + self.numbers + self.scores
        if name in known or (head in self.maps and (bool(rest) or not dot)):
            return
        names = ", ".join((*known, *(f"{m}.<name>" for m in self.maps)))
        detail = f"No such field. Received: {name}; known are: {names}."
        raise one_fault(InvalidInput, pointer_to(name), detail)


EVALUATE = Fields(
    labels=("y_true", "y_pred", "labels"),
    numbers=("sample_weight",),
    scores=("y_score", "cost_matrix", "confusion_matrix"),
    label_maps=("groups",),
)
# What may be said of a confusion matrix that is given instead of samples.
BESIDE_MATRIX = {"confusion_matrix", "labels", "cost_matrix"}
MULTILABEL = Fields(
    labels=("labels",), numbers=("sample_weight",), scores=("y_true", "y_pred", "y_score")
)
COMPARE = Fields(labels=("y_true", "labels"), label_maps=("predictions",), score_maps=("scores",))


def evaluated_from(arrays: Mapping[str, Column]) -> Samples | ReadyMatrix:
    """The samples of an evaluation, or the confusion matrix in their place, checked.

    Raises:
        InvalidInput: As `samples_from`; or the matrix stands beside arrays of samples.
    """
    if "confusion_matrix" not in arrays:
        return samples_from(arrays)
    for name in arrays:
        EVALUATE.check(name)
        if name not in BESIDE_MATRIX:
            detail = (
                "A confusion_matrix stands in the place of samples; beside it may stand labels "
                f"and cost_matrix. Received: {name} too."
            )
            raise one_fault(InvalidInput, pointer_to(name), detail)
    ready = dict(_converted(arrays, EVALUATE))
    return ready_matrix(ready["confusion_matrix"], ready.get("labels"), ready.get("cost_matrix"))


def samples_from(arrays: Mapping[str, Column]) -> Samples:
    """The samples of an evaluation, checked.

    Raises:
        InvalidInput: A name is unknown, an array is missing, or its contents cannot be used.
    """
    ready = dict(_checked(arrays, EVALUATE))
    groups = {
        name.partition(".")[2] or "group": ready.pop(name)
        for name in list(ready)
        if name.partition(".")[0] == "groups"
    }
    return Samples(groups=groups, **ready)


def contest_from(arrays: Mapping[str, Column]) -> Contest:
    """The models of a comparison, checked.

    Raises:
        InvalidInput: A name is unknown, an array is missing, or its contents cannot be used.
    """
    ready = dict(_checked(arrays, COMPARE))
    maps: dict[str, dict[str, Any]] = {"predictions": {}, "scores": {}}
    for name in list(ready):
        head, _, rest = name.partition(".")
        if head in maps:
            maps[head][rest] = ready.pop(name)
    return Contest(predictions=maps["predictions"], scores=maps["scores"], **ready)


def multilabel_from(arrays: Mapping[str, Column]) -> MultilabelSamples:
    """The samples of a multilabel evaluation, checked.

    Raises:
        InvalidInput: A name is unknown, an array is missing, or its contents cannot be used.
    """
    return MultilabelSamples(**dict(_checked(arrays, MULTILABEL)))


def pointer_to(name: str) -> str:
    """Where an array stands in a JSON body."""
    return "#/" + "/".join(escaped(step) for step in name.split(".", 1))


def escaped(name: str) -> str:
    """A member's name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _checked(arrays: Mapping[str, Column], fields: Fields) -> Iterator[tuple[str, Any]]:
    if "y_true" not in arrays:
        raise one_fault(InvalidInput, "#/y_true", "y_true is needed. Received: nothing.")
    yield from _converted(arrays, fields)


def _converted(arrays: Mapping[str, Column], fields: Fields) -> Iterator[tuple[str, Any]]:
    for name, values in arrays.items():
        fields.check(name)
        pointer = pointer_to(name)
        if fields.holds_labels(name):
            ready = isinstance(values, LabelArray)
            yield name, values if ready else label_arrays.from_array(np.asarray(values), pointer)
        elif fields.holds_scores(name):
            yield name, checked_scores(_array(values), pointer)
        else:
            yield name, checked_weights(_array(values), pointer)


def _array(values: Column) -> NDArray[Any]:
    array = values.codes if isinstance(values, LabelArray) else np.asarray(values)
    return array.view(np.uint8) if array.dtype == np.bool_ else array
