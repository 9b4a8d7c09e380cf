"""What errors are compared with: the same error rate everywhere, each wrong class as likely."""

import numpy as np
import pytest

from services.metrics.error_spread import error_deviates, expected_errors
from services.metrics.tables import Table


def test_expected_errors_of_a_hand_worked_table() -> None:
    # 20 samples, 4 errors: a fifth of each row is spread over two wrong classes.
    table = Table(np.array([[8, 2, 0], [1, 4, 0], [0, 1, 4]]))

    expected = expected_errors(table)

    assert expected == pytest.approx(np.array([[0, 1, 1], [0.5, 0, 0.5], [0.5, 0.5, 0]]))


def test_expected_errors_add_up_to_the_errors_there_are() -> None:
    table = Table(np.random.default_rng(0).integers(0, 50, (7, 7)))

    assert expected_errors(table).sum() == pytest.approx(table.matrix.sum() - table.hits.sum())


def test_deviates_are_about_standard_normal_where_errors_are_spread_evenly() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.poisson(6.0, (60, 60))
    np.fill_diagonal(matrix, 300)
    table = Table(matrix)

    deviates = error_deviates(table, expected_errors(table))

    assert np.isnan(np.diagonal(deviates)).all()
    assert np.nanmean(deviates) == pytest.approx(0, abs=0.1)
    assert np.nanstd(deviates) == pytest.approx(1, abs=0.1)


def test_more_than_expected_is_positive_and_less_is_negative() -> None:
    table = Table(np.array([[90, 10, 0], [0, 100, 0], [0, 0, 100]]))

    deviates = error_deviates(table, expected_errors(table))

    assert deviates[0, 1] > 2
    assert deviates[1, 0] < 0


@pytest.mark.parametrize("matrix", [[[5]], [[3, 0], [0, 4]]])
def test_tables_without_errors_expect_none(matrix: list[list[int]]) -> None:
    assert (expected_errors(Table(np.array(matrix))) == 0).all()
