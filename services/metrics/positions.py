"""Which samples are in each cell of the confusion matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.labels import Label

DEFAULT_LISTED = 1000


def positions(
    truth: NDArray[np.intp],
    prediction: NDArray[np.intp],
    labels: Sequence[Label],
    most: int,
) -> list[dict[str, Any]]:
    """The samples of every cell that has some, errors first, then by class.

    Args:
        truth: The class of each sample, in `[0, n_classes)`.
        prediction: What was predicted, likewise.
        labels: The classes.
        most: How many samples of a cell are listed, the first ones.
    """
    cell = truth * len(labels) + prediction
    order = np.argsort(cell, kind="stable")
    found, starts = np.unique(cell[order], return_index=True)
    members = np.split(order, starts[1:])
    rows = [
        {
            "true": labels[place // len(labels)],
            "predicted": labels[place % len(labels)],
            "count": len(indices),
            "indices": indices[:most],
        }
        for place, indices in zip(found.tolist(), members, strict=True)
    ]
    return sorted(rows, key=lambda row: row["true"] == row["predicted"])
