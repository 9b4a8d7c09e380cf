"""Chi-square and its kin."""

import numpy as np

from services.metrics import distributions
from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.association.information import mutual_information
from services.metrics.statistics.definition import NO_COUNT, UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table, if_counted

NO_VARIATION = "every sample is of one class, or is predicted as one class"


@remembered
def chi_square(table: Table) -> Floats:
    """Pearson's statistic over the cells whose row and column are not empty."""
    if table.sparse:
        row, column, weight = table.cells
        shares = weight / table.actual[row] * weight / table.predicted[column]
        return table.n * (shares.sum() - 1)
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
    found = distributions.chi_square_tail(
        statistic, np.where(freedom(table) > 0, freedom(table), np.nan)
    )
    return if_counted(table, found)


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


CHI_SQUARE = (
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
        undefined=f"{NO_VARIATION}, or {NO_COUNT}",
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
        undefined=f"{NO_VARIATION}, or {NO_COUNT}",
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
)
