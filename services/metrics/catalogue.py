"""Every statistic that the service computes from labels, in the order in which it answers."""

from services.metrics.statistics.chance import CHANCE, ENTROPIES
from services.metrics.statistics.definition import (
    ClassStatistic,
    Description,
    LineStatistic,
    OverallStatistic,
)
from services.metrics.statistics.overall import OVERALL
from services.metrics.statistics.rates import COUNTS, RATES
from services.metrics.statistics.scores import SCORES

PER_CLASS: tuple[ClassStatistic | LineStatistic, ...] = (
    *COUNTS,
    *RATES,
    *SCORES,
    *CHANCE,
    *ENTROPIES,
)
WHOLE_TABLE: tuple[OverallStatistic, ...] = (*OVERALL,)


def every() -> tuple[Description, ...]:
    """All descriptions."""
    return (*PER_CLASS, *WHOLE_TABLE)
