"""Similarities and distances of two sets, the true and the predicted members of a class.

With a = TP, b = FP, c = FN, d = TN, n their sum. Each is found, under these names, in the
surveys of Choi, Cha & Tappert 2010 and Hubálek 1982.
"""

from collections.abc import Callable
from typing import Any

from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.definition import UNBOUNDED, Best, ClassStatistic

SURVEYS = (
    "Choi, Cha & Tappert 2010, Journal of Systemics, Cybernetics and Informatics 8; "
    "Hubálek 1982, Biological Reviews 57"
)


def distance(
    name: str, title: str, formula: str, compute: Callable[[BinaryCounts], Any], best: Best
) -> ClassStatistic:
    """The description of one, with what all have alike."""
    return ClassStatistic(
        id=name,
        title=title,
        formula=formula,
        group="distances",
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=best,
        undefined="its denominator is zero for these counts",
        reference=SURVEYS,
        compute=compute,
        averaged=False,
    )


UP, DOWN = Best.HIGHER, Best.LOWER
