"""The entropy of the errors, of each class and of the whole table."""

import numpy as np

from services.metrics.arrays import Floats, xlogx
from services.metrics.statistics.definition import (
    NO_POSITIVE,
    UNBOUNDED,
    Best,
    LineStatistic,
    OverallStatistic,
)
from services.metrics.tables import Table


def confusion_entropy(table: Table, whole: Floats) -> Floats:
    """Entropy of a class's errors, as shares of `whole`, to the base 2 (K - 1).

    Wei et al. 2010 sum a log a over the errors of row and column, a = count / whole; since
    log a = log count - log whole, one logarithm for each cell serves all classes.
    """
    of_rows, of_columns = table.logs
    logs = of_rows + of_columns - 2 * xlogx(table.hits)
    entropy = -(logs - table.one_vs_rest.wrong * np.log(whole)) / whole
    return entropy / np.log(np.float64(2 * (table.n_classes - 1)))


def overall_confusion_entropy(table: Table) -> Floats:
    """Class entropies weighted by their shares of truth and prediction."""
    share = table.actual + table.predicted
    classes = np.nan_to_num(confusion_entropy(table, share))
    return (share * classes).sum(-1) / (2 * table.n)


def overall_modified_confusion_entropy(table: Table) -> Floats:
    """The same with hits counted once; for two classes Delgado's weights differ."""
    share = table.actual + table.predicted - table.hits
    hits = 0.0 if table.n_classes == 2 else table.hits.sum(-1)  # noqa: PLR2004  as defined
    classes = np.nan_to_num(confusion_entropy(table, share))
    return (share * classes).sum(-1) / (2 * table.n - hits)


ENTROPIES = (
    LineStatistic(
        id="confusion_entropy",
        title="Confusion entropy of the class",
        formula="-sum of a log a over the errors of row and column, a = C / (P + TOP), "
        "base 2 (K - 1)",
        group="chance",
        compute=lambda t: confusion_entropy(t, t.actual + t.predicted),
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=f"{NO_POSITIVE}, or there is one class",
        aliases=("CEN",),
        reference="Wei et al. 2010, Expert Systems with Applications 37",
    ),
    LineStatistic(
        id="modified_confusion_entropy",
        title="Modified confusion entropy of the class",
        formula="as confusion entropy, with a = C / (P + TOP - TP)",
        group="chance",
        compute=lambda t: confusion_entropy(t, t.actual + t.predicted - t.hits),
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined=f"{NO_POSITIVE}, or there is one class",
        aliases=("MCEN",),
        reference="Delgado & Núñez-González 2019, PLOS ONE 14",
    ),
)

OVERALL_ENTROPIES = (
    OverallStatistic(
        id="confusion_entropy",
        title="Confusion entropy",
        formula="sum of (P + TOP) / (2 n) CEN",
        group="agreement",
        compute=overall_confusion_entropy,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="there is one class",
        aliases=("Overall CEN",),
        reference="Wei et al. 2010, Expert Systems with Applications 37",
    ),
    OverallStatistic(
        id="modified_confusion_entropy",
        title="Modified confusion entropy",
        formula="sum of (P + TOP - TP) MCEN / (2 n - a tr C), a = 0 for K = 2, else 1",
        group="agreement",
        compute=overall_modified_confusion_entropy,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="there is one class",
        aliases=("Overall MCEN",),
        reference="Delgado & Núñez-González 2019, PLOS ONE 14",
    ),
)
