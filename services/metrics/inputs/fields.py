"""The arrays of a request by name, whatever format they came in."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import labels as label_arrays
from services.metrics.faults import one_fault
from services.metrics.labels import LabelArray
from services.metrics.samples import Samples, checked_scores, checked_weights
from shared.errors import InvalidInput

LABEL_FIELDS = ("y_true", "y_pred", "labels")
NUMBER_FIELDS = ("sample_weight", "y_score")
ARRAY_FIELDS = LABEL_FIELDS + NUMBER_FIELDS


def samples_from(arrays: Mapping[str, LabelArray | NDArray[Any]]) -> Samples:
    """Checked samples from arrays under the names of the JSON members.

    Args:
        arrays: Labels ready made, or NumPy arrays of labels or numbers.

    Raises:
        InvalidInput: A name is unknown, an array is missing, or its contents cannot be used.
    """
    for name in arrays:
        if name not in ARRAY_FIELDS:
            detail = f"No such field. Received: {name}; known are: {', '.join(ARRAY_FIELDS)}."
            raise one_fault(InvalidInput, f"#/{escaped(name)}", detail)
    if "y_true" not in arrays:
        raise one_fault(InvalidInput, "#/y_true", "y_true is needed. Received: nothing.")
    ready: dict[str, Any] = {}
    for name, values in arrays.items():
        if name in LABEL_FIELDS:
            ready[name] = _labels(values, f"#/{name}")
        elif name == "sample_weight":
            ready[name] = checked_weights(_array(values))
        else:
            ready[name] = checked_scores(_array(values))
    return Samples(**ready)


def escaped(name: str) -> str:
    """A member's name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _labels(values: LabelArray | NDArray[Any], pointer: str) -> LabelArray:
    if isinstance(values, LabelArray):
        return values
    return label_arrays.from_array(values, pointer)


def _array(values: LabelArray | NDArray[Any]) -> NDArray[Any]:
    return values.codes if isinstance(values, LabelArray) else np.asarray(values)
