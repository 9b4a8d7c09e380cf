"""Every statistic that the service computes, in the order in which it answers."""

from services.metrics.statistics.agreement import AGREEMENT
from services.metrics.statistics.association import ASSOCIATION
from services.metrics.statistics.calibration import CALIBRATION
from services.metrics.statistics.chance import CHANCE, ENTROPIES
from services.metrics.statistics.clustering import CLUSTERING
from services.metrics.statistics.decisions import DECISIONS
from services.metrics.statistics.definition import (
    ClassStatistic,
    Description,
    LineStatistic,
    OverallStatistic,
    ScoreStatistic,
)
from services.metrics.statistics.distances import DISTANCES
from services.metrics.statistics.indices import INDICES
from services.metrics.statistics.label_sets import LABEL_RANKINGS, LABEL_SETS
from services.metrics.statistics.ordinal import ORDINAL
from services.metrics.statistics.overall import OVERALL
from services.metrics.statistics.probabilities import PROBABILITIES
from services.metrics.statistics.ranking import RANKING
from services.metrics.statistics.rankings import RANKINGS
from services.metrics.statistics.rates import COUNTS, RATES

PER_CLASS: tuple[ClassStatistic | LineStatistic, ...] = (
    *COUNTS,
    *RATES,
    *INDICES,
    *CHANCE,
    *ENTROPIES,
    *DISTANCES,
)
WHOLE_TABLE: tuple[OverallStatistic, ...] = (
    *OVERALL,
    *AGREEMENT,
    *ASSOCIATION,
    *CLUSTERING,
    *ORDINAL,
)
SCORES: tuple[ScoreStatistic, ...] = (
    *RANKINGS,
    *RANKING,
    *PROBABILITIES,
    *CALIBRATION,
    *DECISIONS,
    *LABEL_SETS,
    *LABEL_RANKINGS,
)


def every() -> tuple[Description, ...]:
    """All descriptions."""
    return (*PER_CLASS, *WHOLE_TABLE, *SCORES)


CLASS_BY_ID: dict[str, ClassStatistic | LineStatistic] = {s.id: s for s in PER_CLASS}
BY_ID: dict[str, OverallStatistic] = {s.id: s for s in WHOLE_TABLE}
