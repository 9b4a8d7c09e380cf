"""Association of truth and prediction: chi-square and its kin, entropies, reduction of error."""

import numpy as np

from services.metrics import distributions
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Floats, Table, remembered, xlogx

NO_VARIATION = "every sample is of one class, or is predicted as one class"
LN2 = np.log(2.0)


@remembered
def chi_square(table: Table) -> Floats:
    """Pearson's statistic over the cells whose row and column are not empty."""
    expected = table.actual_shares[..., :, None] * table.predicted[..., None, :]
    terms = table.matrix - expected
    np.square(terms, out=terms)
    np.divide(terms, expected, out=terms, where=expected > 0)
    return terms.sum((-2, -1))


@remembered
def lines(table: Table) -> tuple[Floats, Floats]:
    """How many rows and how many columns are not empty."""
    return (table.actual > 0).sum(-1) * 1.0, (table.predicted > 0).sum(-1) * 1.0


@remembered
def freedom(table: Table) -> Floats:
    """Degrees of freedom of the table without its empty lines."""
    rows, columns = lines(table)
    return (rows - 1) * (columns - 1)


def _tail(statistic: Floats, table: Table) -> Floats:
    return distributions.chi_square_tail(
        statistic, np.where(freedom(table) > 0, freedom(table), np.nan)
    )


def cramer_v(table: Table) -> Floats:
    """sqrt(phi^2 / min(r - 1, c - 1)) without empty lines."""
    rows, columns = lines(table)
    return np.sqrt(chi_square(table) / table.n / (np.minimum(rows, columns) - 1))


def cramer_v_corrected(table: Table) -> Floats:
    """Bergsma's bias-corrected V."""
    rows, columns = lines(table)
    n = table.n
    phi = np.maximum(0.0, chi_square(table) / n - (rows - 1) * (columns - 1) / (n - 1))
    few_rows = rows - np.square(rows - 1) / (n - 1)
    few_columns = columns - np.square(columns - 1) / (n - 1)
    return np.sqrt(phi / (np.minimum(few_rows, few_columns) - 1))


def entropy(shares: Floats) -> Floats:
    """Entropy of shares along the last axis, in nats."""
    return -xlogx(shares).sum(-1)


@remembered
def truth_entropy(table: Table) -> Floats:
    """Entropy of the true classes, in nats."""
    return entropy(table.actual_shares)


@remembered
def prediction_entropy(table: Table) -> Floats:
    """Entropy of the predicted classes, in nats."""
    return entropy(table.predicted_shares)


@remembered
def joint_entropy(table: Table) -> Floats:
    """Entropy of the cells, in nats."""
    return np.log(table.n) - table.logs[0].sum(-1) / table.n


@remembered
def mutual_information(table: Table) -> Floats:
    """In nats; rounding below zero is cut off."""
    margins = truth_entropy(table) + prediction_entropy(table)
    return np.maximum(margins - joint_entropy(table), 0.0)


@remembered
def _cross_entropy(table: Table) -> Floats:
    actual, predicted = table.actual_shares, table.predicted_shares
    return -np.where(actual > 0, actual * np.log(predicted), 0.0).sum(-1)


def _lambda(best: Floats, largest: Floats, n: Floats) -> Floats:
    return (best - largest) / (n - largest)


def goodman_kruskal_tau(squares: Floats, given: Floats, target: Floats) -> Floats:
    """Proportional reduction of error in guessing the target's class.

    Args:
        squares: Sums of the squared cells of each given class, `(..., K)`.
        given: The weight of each given class.
        target: The weight of each class that is guessed.
    """
    n = given.sum(-1)
    conditional = (squares / np.where(given > 0, given, 1.0)).sum(-1) / n
    chance = np.square(target).sum(-1) / n**2
    return (conditional - chance) / (1 - chance)


ASSOCIATION = (
    OverallStatistic(
        id="chi_square",
        title="Pearson's chi-square",
        formula="sum (C - E)^2 / E over lines that are not empty, E = P TOP / n",
        group="association",
        compute=chi_square,
        high=UNBOUNDED,
        aliases=("Chi-Squared", "chi2_contingency"),
        reference="Pearson 1900, Philosophical Magazine 50",
    ),
    OverallStatistic(
        id="chi_square_degrees_of_freedom",
        title="Degrees of freedom",
        formula="(rows - 1)(columns - 1), counting lines that are not empty",
        group="association",
        compute=freedom,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Chi-Squared DF",),
    ),
    OverallStatistic(
        id="chi_square_p_value",
        title="p value of the chi-square test of independence",
        formula="P(X > chi-square)",
        group="association",
        compute=lambda t: _tail(chi_square(t), t),
        best=Best.LOWER,
        undefined=NO_VARIATION,
    ),
    OverallStatistic(
        id="g_statistic",
        title="Likelihood-ratio statistic G",
        formula="2 n MI (nats)",
        group="association",
        compute=lambda t: 2 * t.n * mutual_information(t),
        high=UNBOUNDED,
        aliases=("G-test",),
        reference="Woolf 1957, Annals of Human Genetics 21",
    ),
    OverallStatistic(
        id="g_p_value",
        title="p value of the G test",
        formula="P(X > G)",
        group="association",
        compute=lambda t: _tail(2 * t.n * mutual_information(t), t),
        best=Best.LOWER,
        undefined=NO_VARIATION,
    ),
    OverallStatistic(
        id="phi_square",
        title="Phi-square",
        formula="chi-square / n",
        group="association",
        compute=lambda t: chi_square(t) / t.n,
        high=UNBOUNDED,
        aliases=("Phi-Squared",),
    ),
    OverallStatistic(
        id="cramer_v",
        title="Cramér's V",
        formula="sqrt(phi^2 / (min(rows, columns) - 1)), lines that are not empty",
        group="association",
        compute=cramer_v,
        undefined=NO_VARIATION,
        aliases=("Cramer V", "cramers_v(bias_correction=False)"),
        reference="Cramér 1946, Mathematical Methods of Statistics",
    ),
    OverallStatistic(
        id="cramer_v_bias_corrected",
        title="Cramér's V, bias-corrected",
        formula="as V, with phi^2, rows and columns corrected for n",
        group="association",
        compute=cramer_v_corrected,
        undefined=NO_VARIATION,
        aliases=("cramers_v",),
        reference="Bergsma 2013, Journal of the Korean Statistical Society 42",
    ),
    OverallStatistic(
        id="pearson_contingency",
        title="Pearson's contingency coefficient",
        formula="sqrt(chi-square / (n + chi-square))",
        group="association",
        compute=lambda t: np.sqrt(chi_square(t) / (t.n + chi_square(t))),
        aliases=("Pearson C",),
        reference="Pearson 1904, Drapers' Company Research Memoirs",
    ),
    OverallStatistic(
        id="tschuprow_t",
        title="Tschuprow's T",
        formula="sqrt(phi^2 / sqrt((rows - 1)(columns - 1)))",
        group="association",
        compute=lambda t: np.sqrt(chi_square(t) / t.n / np.sqrt(freedom(t))),
        undefined=NO_VARIATION,
        reference="Tschuprow 1925, Grundbegriffe der Korrelationstheorie",
    ),
    OverallStatistic(
        id="lambda_truth_from_prediction",
        title="Goodman and Kruskal's lambda, truth from prediction",
        formula="(sum over columns of max C - max P) / (n - max P)",
        group="association",
        compute=lambda t: _lambda(t.matrix.max(-2).sum(-1), t.actual.max(-1), t.n),
        undefined="the truth has one class",
        aliases=("Lambda A",),
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="lambda_prediction_from_truth",
        title="Goodman and Kruskal's lambda, prediction from truth",
        formula="(sum over rows of max C - max TOP) / (n - max TOP)",
        group="association",
        compute=lambda t: _lambda(t.matrix.max(-1).sum(-1), t.predicted.max(-1), t.n),
        undefined="one class is predicted for every sample",
        aliases=("Lambda B",),
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="tau_truth_from_prediction",
        title="Goodman and Kruskal's tau, truth from prediction",
        formula="(sum C^2 / (n TOP) - sum (P / n)^2) / (1 - sum (P / n)^2)",
        group="association",
        compute=lambda t: goodman_kruskal_tau(t.squares[1], t.predicted, t.actual),
        undefined="the truth has one class",
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="tau_prediction_from_truth",
        title="Goodman and Kruskal's tau, prediction from truth",
        formula="(sum C^2 / (n P) - sum (TOP / n)^2) / (1 - sum (TOP / n)^2)",
        group="association",
        compute=lambda t: goodman_kruskal_tau(t.squares[0], t.actual, t.predicted),
        undefined="one class is predicted for every sample",
        reference="Goodman & Kruskal 1954, JASA 49",
    ),
    OverallStatistic(
        id="reference_entropy_bits",
        title="Entropy of the truth",
        formula="H(T) = -sum P/n log2 P/n",
        group="association",
        compute=lambda t: truth_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Reference Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="response_entropy_bits",
        title="Entropy of the predictions",
        formula="H(R) = -sum TOP/n log2 TOP/n",
        group="association",
        compute=lambda t: prediction_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Response Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="joint_entropy_bits",
        title="Joint entropy",
        formula="H(T, R) = -sum C/n log2 C/n",
        group="association",
        compute=lambda t: joint_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.NEITHER,
        aliases=("Joint Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="conditional_entropy_bits",
        title="Entropy of the predictions given the truth",
        formula="H(R | T) = H(T, R) - H(T)",
        group="association",
        compute=lambda t: np.maximum(joint_entropy(t) - truth_entropy(t), 0.0) / LN2,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("Conditional Entropy",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="marginal_cross_entropy_bits",
        title="Cross entropy of the class frequencies",
        formula="-sum P/n log2 TOP/n",
        group="association",
        compute=lambda t: _cross_entropy(t) / LN2,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="a class that occurs is never predicted",
        aliases=("Cross Entropy",),
    ),
    OverallStatistic(
        id="marginal_kl_divergence_bits",
        title="Kullback-Leibler divergence of the class frequencies",
        formula="sum P/n log2 (P / TOP)",
        group="association",
        compute=lambda t: (_cross_entropy(t) - truth_entropy(t)) / LN2,
        high=UNBOUNDED,
        best=Best.LOWER,
        undefined="a class that occurs is never predicted",
        aliases=("KL Divergence",),
        reference="Kullback & Leibler 1951, Annals of Mathematical Statistics 22",
    ),
    OverallStatistic(
        id="mutual_information_bits",
        title="Mutual information, bits",
        formula="H(T) + H(R) - H(T, R)",
        group="association",
        compute=lambda t: mutual_information(t) / LN2,
        high=UNBOUNDED,
        aliases=("Mutual Information",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="mutual_information_nats",
        title="Mutual information, nats",
        formula="the same with natural logarithms",
        group="association",
        compute=mutual_information,
        high=UNBOUNDED,
        aliases=("mutual_info_score",),
        reference="Shannon 1948, Bell System Technical Journal 27",
    ),
    OverallStatistic(
        id="uncertainty_coefficient_truth",
        title="Theil's U of the truth given the predictions",
        formula="MI / H(T)",
        group="association",
        compute=lambda t: mutual_information(t) / truth_entropy(t),
        undefined="the truth has one class",
        aliases=("RCI", "relative classifier information", "proficiency", "theils_u"),
        reference="Theil 1970, American Journal of Sociology 76; Sindhwani et al. 2001",
    ),
    OverallStatistic(
        id="uncertainty_coefficient_prediction",
        title="Theil's U of the predictions given the truth",
        formula="MI / H(R)",
        group="association",
        compute=lambda t: mutual_information(t) / prediction_entropy(t),
        undefined="one class is predicted for every sample",
        reference="Theil 1970, American Journal of Sociology 76",
    ),
)
