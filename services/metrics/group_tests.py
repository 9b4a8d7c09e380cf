"""Whether groups differ by more than chance: tests of independent samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import silent
from services.metrics.binary_counts import BinaryCounts
from services.metrics.count_intervals import PROPORTIONS
from services.metrics.labels import Label
from services.metrics.statistics.ranking.areas import roc_auc, roc_auc_variance
from services.metrics.statistics.ranking.ranked import Ranked
from services.metrics.statistics.strata import mantel_haenszel
from services.metrics.statistics.two_samples import two_proportions, unpaired_areas
from services.metrics.tables import Table

# Of more groups than this every two are too many to read.
MAX_GROUPS = 20

# Criteria that are a share of successes in trials.
SHARES = {
    "demographic_parity": PROPORTIONS["predicted_positive_rate"],
    "equal_opportunity": PROPORTIONS["recall"],
    "false_positive_rate_parity": PROPORTIONS["false_positive_rate"],
    "predictive_parity": PROPORTIONS["precision"],
    "negative_predictive_parity": PROPORTIONS["negative_predictive_value"],
    "accuracy_equality": PROPORTIONS["one_vs_rest_accuracy"],
}


@dataclass(frozen=True, slots=True)
class Strata:
    """How many samples of each group are in each stratum.

    Attributes:
        name: What the strata are: `y_true`, or the grouping that says them.
        right: Samples predicted right, shape `(n_groups, n_strata)`.
        total: All samples, the same shape.
    """

    name: str
    right: NDArray[np.int64]
    total: NDArray[np.int64]


def pairs(
    table: Table,
    names: Sequence[Label],
    labels: Sequence[Label],
    rankings: Sequence[Sequence[Ranked]],
    strata: Strata,
    level: float,
) -> list[dict[str, Any]] | None:
    """Every two groups: their accuracies and, with scores, their ROC areas.

    Args:
        table: The matrix of each group, shape `(n_groups, K, K)`.
        names: The groups.
        labels: The classes.
        rankings: Of each group and class; empty without scores.
        strata: Within which they are compared too.
        level: Coverage of the intervals.

    Returns:
        None with weights, which are no counts, or with more than MAX_GROUPS groups.
    """
    if not table.whole or len(names) > MAX_GROUPS:
        return None
    right, sizes = table.hits.sum(-1).astype(int).tolist(), table.n.astype(int).tolist()
    rows = []
    for a, b in combinations(range(len(names)), 2):
        row: dict[str, Any] = {
            "first": names[a],
            "second": names[b],
            "accuracy": two_proportions(right[a], sizes[a], right[b], sizes[b], level),
        }
        right_in, all_in = strata.right, strata.total
        row["accuracy_within_strata"] = {
            "strata_of": strata.name,
            **mantel_haenszel(right_in[a], all_in[a], right_in[b], all_in[b], level),
        }
        if rankings:
            row["roc_auc"] = [
                {"label": label, "delong": _areas(one, other, level)}
                for label, one, other in zip(labels, rankings[a], rankings[b], strict=True)
            ]
        rows.append(row)
    return rows


def _areas(one: Ranked, other: Ranked, level: float) -> dict[str, Any] | None:
    with silent():
        first, second = ((roc_auc(r), roc_auc_variance(r)) for r in (one, other))
        return unpaired_areas(first, second, level)


def gap_tests(
    counts: BinaryCounts, line: int, whole: bool, level: float, ends: dict[str, tuple[int, int]]
) -> dict[str, Any]:
    """For each criterion: the greatest group's share against the least's.

    The two groups are the extremes of the data, so a small p value is weaker evidence than
    that of two groups chosen beforehand.

    Args:
        counts: Of shape `(n_groups, K)`.
        line: The class.
        whole: Whether these are counts, not weights.
        level: Coverage of the intervals.
        ends: By criterion, the places of its least and its greatest group.
    """
    if not whole:
        return {}
    answer = {}
    for name, (least, greatest) in ends.items():
        if name not in SHARES or least == greatest:
            continue
        parts = SHARES[name](counts)
        x, n = (part[least, line] for part in parts)
        y, m = (part[greatest, line] for part in parts)
        test = two_proportions(int(y), int(m), int(x), int(n), level, exact=False)
        inverse = two_proportions(int(x), int(n), int(y), int(m), level, exact=False)
        answer[name] = {
            "difference_interval": test["difference_interval"],
            "ratio_interval": inverse["ratio_interval"],
            "p_value": test["chi_square_p_value"],
        }
    return answer
