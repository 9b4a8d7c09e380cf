"""Which confusions are more frequent than if errors fell anywhere."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.tables import Table, if_counted


def expected_errors(table: Table) -> Floats:
    """The errors to expect if they were spread evenly.

    Every sample is then wrong as often as the whole is, and each wrong class as likely:
    E[i, j] = support[i] x error rate / (n_classes - 1).

    Args:
        table: One table.

    Returns:
        float64, shape `(n_classes, n_classes)`, zero on the diagonal.
    """
    wrong = table.actual * (1 - table.accuracy) / max(table.n_classes - 1, 1)
    expected = np.repeat(wrong[:, None], table.n_classes, axis=1)
    np.fill_diagonal(expected, 0.0)
    return expected


def error_deviates(table: Table, expected: Floats) -> Floats:
    """How far each error lies from what is expected, in about standard deviations.

    Freeman and Tukey's deviate, sqrt(O) + sqrt(O + 1) - sqrt(4 E + 1), which stays tame for
    the small counts that errors are; NaN on the diagonal, and for weights, which are no counts.

    References:
        Freeman & Tukey 1950, Annals of Mathematical Statistics 21.
    """
    observed = table.matrix
    deviates: Floats = np.sqrt(observed) + np.sqrt(observed + 1) - np.sqrt(4 * expected + 1)
    np.fill_diagonal(deviates, np.nan)
    return if_counted(table, deviates)
