"""Truth and prediction as two partitions of the samples, whatever their labels are called."""

import numpy as np

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.association.information import (
    mutual_information,
    prediction_entropy,
    truth_entropy,
)
from services.metrics.statistics.definition import NO_COUNT, OverallStatistic
from services.metrics.tables import Table

# Terms of the expected mutual information further from a cell's mean than this many standard
# deviations, and this many counts besides, weigh less than 1e-15 of it.
REACH_DEVIATIONS = 8.5
REACH_COUNTS = 14
POINTS_PER_DEVIATION = 4


@remembered
def pair_counts(table: Table) -> tuple[Floats, Floats, Floats, Floats]:
    """Ordered pairs of samples: together in both, in prediction only, in truth only, apart."""
    together = table.squares[0].sum(-1) - table.n
    truth = np.square(table.actual).sum(-1) - table.n
    prediction = np.square(table.predicted).sum(-1) - table.n
    everything = table.n * (table.n - 1)
    return (
        together,
        prediction - together,
        truth - together,
        everything - truth - prediction + together,
    )


def adjusted_rand(table: Table) -> Floats:
    """Hubert and Arabie's index; 1 if both partitions are the same trivial one."""
    both, prediction_only, truth_only, apart = pair_counts(table)
    above = 2 * (both * apart - prediction_only * truth_only)
    below = (both + truth_only) * (truth_only + apart) + (both + prediction_only) * (
        prediction_only + apart
    )
    return np.where((prediction_only == 0) & (truth_only == 0), 1.0, above / below)


def expected_mutual_information(table: Table) -> Floats:
    """Expectation of MI, in nats, over all tables with the same margins.

    Each cell is hypergeometric given the margins; its terms are summed where they weigh
    anything.

    References:
        Vinh, Epps & Bailey 2010, Journal of Machine Learning Research 11, theorem 1.
    """
    n = float(table.n)
    # A cell's part depends on its margins alone, so classes of the same size share it.
    rows, times = np.unique(table.actual[table.actual > 0], return_counts=True)
    columns, weights = np.unique(table.predicted[table.predicted > 0], return_counts=True)
    parts = (_expected_row(float(row), columns, n) @ weights for row in rows)
    return np.asarray(sum(part * count for part, count in zip(parts, times, strict=True)))


def _expected_row(row: float, columns: Floats, n: float) -> Floats:
    """Each cell's part of the expectation, for one row and all columns.

    Probabilities are built up from the ratios of neighbours and scaled to sum to one, which
    needs no factorial.
    """
    mean = row * columns / n
    deviation = np.sqrt(mean * (1 - row / n) * (n - columns) / max(n - 1, 1))
    reach = deviation * REACH_DEVIATIONS + REACH_COUNTS
    least, most = np.maximum(0, row + columns - n), np.minimum(row, columns)
    first = np.maximum(least, np.floor(mean - reach))
    last = np.minimum(most, np.ceil(mean + reach))
    width = int((last - first).max()) + 1
    x = first[:, None] + np.arange(width)
    column = columns[:, None]
    ratios = (row - x) * (column - x) / ((x + 1) * (n - row - column + x + 1))
    # A tail starts so few deviations out that the products stay far from overflow.
    chance = np.ones_like(x)
    np.maximum(ratios[:, :-1], 0.0, out=chance[:, 1:])
    np.cumprod(chance, axis=-1, out=chance)
    if ((first > least) & (last < most)).all():
        # A smooth bell sums up alike at every few points: by Poisson's formula the difference
        # is of the order of exp(-2 (pi POINTS_PER_DEVIATION)^2).
        step = max(1, int(deviation.min() / POINTS_PER_DEVIATION))
        x, chance = x[:, ::step], chance[:, ::step]
    terms = x * np.log(np.where(x > 0, x, 1.0) * (n / (row * column)))
    return (terms * chance).sum(-1) / chance.sum(-1) / n


def adjusted_mutual_information(table: Table) -> Floats:
    """(MI - E) / (mean(H(T), H(R)) - E); 1 if both partitions are the same trivial one."""
    if not table.whole:
        return np.full_like(table.n, np.nan)
    return table.each(_adjusted_mutual_information)


def _adjusted_mutual_information(table: Table) -> Floats:
    if table.n == 0:
        return np.full_like(table.n, np.nan)
    truth, prediction = truth_entropy(table), prediction_entropy(table)
    if truth == prediction == 0:
        return np.ones_like(table.n)
    expected = expected_mutual_information(table)
    return (mutual_information(table) - expected) / ((truth + prediction) / 2 - expected)


def best_assignment(table: Table) -> float:
    """The greatest weight on the diagonal if predicted classes are renamed one to one.

    Args:
        table: One table.

    References:
        Kuhn 1955, Naval Research Logistics Quarterly 2; Crouse 2016, IEEE TAES 52.
    """
    greatest = table.matrix.argmax(-1)
    if len(np.unique(greatest)) == table.n_classes:  # nothing is greater than all rows' greatest
        return float(table.matrix.max(-1).sum())
    # Loaded here because it is large, and a classifier that is any good does without.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    rows, columns = linear_sum_assignment(table.matrix, maximize=True)
    return float(table.matrix[rows, columns].sum())


def _shared(table: Table, whole: Floats) -> Floats:
    """MI over an entropy; 1 where nothing is left to know."""
    return np.where(whole > 0, mutual_information(table) / whole, 1.0)


def _shared_with_greatest(table: Table) -> Floats:
    return _shared(table, np.maximum(truth_entropy(table), prediction_entropy(table)))


def _shared_with_least(table: Table) -> Floats:
    """MI is 0 where one partition alone is trivial, as MI over any other mean is."""
    truth, prediction = truth_entropy(table), prediction_entropy(table)
    one_alone = (truth == 0) != (prediction == 0)
    return np.where(one_alone, 0.0, _shared(table, np.minimum(truth, prediction)))


CLUSTERING = (
    OverallStatistic(
        id="rand_index",
        title="Rand index",
        formula="pairs together in both or apart in both, over all pairs",
        group="clustering",
        compute=lambda t: np.where(
            t.n > 1, (pair_counts(t)[0] + pair_counts(t)[3]) / (t.n * (t.n - 1)), 1.0
        ),
        aliases=("rand_score",),
        reference="Rand 1971, JASA 66",
    ),
    OverallStatistic(
        id="adjusted_rand_index",
        title="Adjusted Rand index",
        formula="(RI - E(RI)) / (1 - E(RI))",
        group="clustering",
        compute=adjusted_rand,
        low=-0.5,
        aliases=("ARI", "adjusted_rand_score"),
        reference="Hubert & Arabie 1985, Journal of Classification 2",
    ),
    OverallStatistic(
        id="pair_fowlkes_mallows",
        title="Fowlkes-Mallows index of the pairs",
        formula="pairs together in both / sqrt(together in truth x together in prediction)",
        group="clustering",
        compute=lambda t: (
            pair_counts(t)[0]
            / np.sqrt(
                (pair_counts(t)[0] + pair_counts(t)[1]) * (pair_counts(t)[0] + pair_counts(t)[2])
            )
        ),
        undefined="no two samples are together in the truth, or none in the prediction",
        aliases=("fowlkes_mallows_score",),
        reference="Fowlkes & Mallows 1983, JASA 78",
    ),
    OverallStatistic(
        id="homogeneity",
        title="Homogeneity",
        formula="MI / H(T); 1 if H(T) = 0",
        group="clustering",
        compute=lambda t: _shared(t, truth_entropy(t)),
        aliases=("homogeneity_score",),
        reference="Rosenberg & Hirschberg 2007, EMNLP",
    ),
    OverallStatistic(
        id="completeness",
        title="Completeness",
        formula="MI / H(R); 1 if H(R) = 0",
        group="clustering",
        compute=lambda t: _shared(t, prediction_entropy(t)),
        aliases=("completeness_score",),
        reference="Rosenberg & Hirschberg 2007, EMNLP",
    ),
    OverallStatistic(
        id="v_measure",
        title="V-measure",
        formula="2 MI / (H(T) + H(R)); 1 if both are 0",
        group="clustering",
        compute=lambda t: _shared(t, (truth_entropy(t) + prediction_entropy(t)) / 2),
        aliases=("v_measure_score", "normalized_mutual_info_score"),
        reference="Rosenberg & Hirschberg 2007, EMNLP",
    ),
    OverallStatistic(
        id="normalized_mutual_information_geometric",
        title="Mutual information over the geometric mean of the entropies",
        formula="MI / sqrt(H(T) H(R)); 1 if both are 0",
        group="clustering",
        compute=lambda t: np.where(
            (truth_entropy(t) == 0) & (prediction_entropy(t) == 0),
            1.0,
            mutual_information(t) / np.sqrt(truth_entropy(t) * prediction_entropy(t)),
        ),
        undefined="truth or prediction has one class, and the other more",
        reference="Strehl & Ghosh 2002, Journal of Machine Learning Research 3",
    ),
    *(
        OverallStatistic(
            id=f"normalized_mutual_information_{name}",
            title=f"Mutual information over the {words} of the entropies",
            formula=f"MI / {name}(H(T), H(R)); {where_zero}",
            group="clustering",
            compute=compute,
            aliases=(f"normalized_mutual_info_score(average_method='{name}')",),
            reference="Vinh, Epps & Bailey 2010, Journal of Machine Learning Research 11",
        )
        for name, words, where_zero, compute in (
            ("min", "least", "1 if both are 0, 0 if one is", _shared_with_least),
            ("max", "greatest", "1 if both are 0", _shared_with_greatest),
        )
    ),
    OverallStatistic(
        id="cluster_accuracy",
        title="Accuracy under the best renaming of the predicted classes",
        formula="max over one-to-one assignments of sum C[i, a(i)] / n",
        group="clustering",
        compute=lambda t: t.each(best_assignment) / t.n,
        aliases=("cluster_accuracy", "unsupervised clustering accuracy"),
        reference="Kuhn 1955, Naval Research Logistics Quarterly 2; Yang et al. 2010",
        replicable=False,
    ),
    OverallStatistic(
        id="adjusted_mutual_information",
        title="Adjusted mutual information",
        formula="(MI - E(MI)) / ((H(T) + H(R)) / 2 - E(MI))",
        group="clustering",
        compute=adjusted_mutual_information,
        low=-1.0,
        undefined=NO_COUNT,
        aliases=("adjusted_mutual_info_score",),
        reference="Vinh, Epps & Bailey 2010, Journal of Machine Learning Research 11",
        replicable=False,
    ),
)
