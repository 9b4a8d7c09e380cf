"""What errors cost, where the caller says what each of them costs."""

import numpy as np

from services.metrics.arrays import Floats, remembered
from services.metrics.statistics.definition import UNBOUNDED, Best, OverallStatistic
from services.metrics.tables import Table


def _costs(table: Table) -> Floats:
    """Shape `(K, K)`; without a matrix every error costs 1."""
    given = table.parameters.cost_matrix
    return 1 - np.eye(table.n_classes) if given is None else given


@remembered
def expected_cost(table: Table) -> Floats:
    """The mean cost of a sample."""
    return np.einsum("...ij,ij->...", table.matrix, _costs(table)) / table.n


@remembered
def least_constant_cost(table: Table) -> Floats:
    """The mean cost of predicting the one class that costs least."""
    return (table.actual_shares @ _costs(table)).min(-1)


def cost_weighted_kappa(table: Table) -> Floats:
    """Cohen's kappa with the costs as weights of disagreement."""
    columns = table.predicted_shares @ _costs(table).T
    chance = (table.actual_shares * columns).sum(-1)
    return 1 - expected_cost(table) / positive(chance)


def cost_skill(table: Table) -> Floats:
    """The share saved of what the cheapest constant prediction costs."""
    return 1 - expected_cost(table) / positive(least_constant_cost(table))


def positive(cost: Floats) -> Floats:
    """The cost, NaN if there is none of which a share could be saved."""
    return np.where(cost > 0, cost, np.nan)


COSTS = (
    OverallStatistic(
        id="expected_cost",
        title="Expected cost",
        formula="sum C cost / n",
        group="costs",
        compute=expected_cost,
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.LOWER,
        aliases=("classification_cost",),
        reference="Elkan 2001, IJCAI",
    ),
    OverallStatistic(
        id="least_constant_cost",
        title="Expected cost of the cheapest constant prediction",
        formula="min over j of sum over i of P_i cost[i, j] / n",
        group="costs",
        compute=least_constant_cost,
        low=-UNBOUNDED,
        high=UNBOUNDED,
        best=Best.NEITHER,
        reference="Elkan 2001, IJCAI",
    ),
    OverallStatistic(
        id="cost_skill",
        title="Share of the cost that is saved",
        formula="1 - expected cost / that of the cheapest constant prediction",
        group="costs",
        compute=cost_skill,
        low=-UNBOUNDED,
        undefined="the cheapest constant prediction costs nothing, or less",
    ),
    OverallStatistic(
        id="cost_weighted_kappa",
        title="Cohen's kappa, weighted by the costs",
        formula="1 - sum cost C / sum cost E",
        group="costs",
        compute=cost_weighted_kappa,
        low=-UNBOUNDED,
        undefined="predictions by chance cost nothing, or less",
        aliases=("weighted_kappa",),
        reference="Cohen 1968, Psychological Bulletin 70",
    ),
)
