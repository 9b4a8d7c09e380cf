"""Every statistic that the service computes, in the order in which it answers."""

from services.metrics.statistics.agreement import AGREEMENT
from services.metrics.statistics.association import ASSOCIATION
from services.metrics.statistics.baselines import BASELINES
from services.metrics.statistics.calibration import CALIBRATION
from services.metrics.statistics.chance import CHANCE
from services.metrics.statistics.clustering import CLUSTERING
from services.metrics.statistics.costs import COSTS
from services.metrics.statistics.counts import COUNTS
from services.metrics.statistics.decisions import DECISIONS
from services.metrics.statistics.definition import (
    ClassStatistic,
    Description,
    LineStatistic,
    OverallStatistic,
    ScoreStatistic,
)
from services.metrics.statistics.distances import DISTANCES
from services.metrics.statistics.entropies import ENTROPIES, OVERALL_ENTROPIES
from services.metrics.statistics.forecasts import FORECASTS
from services.metrics.statistics.indices import INDICES
from services.metrics.statistics.label_rankings import LABEL_RANKINGS
from services.metrics.statistics.label_sets import LABEL_SETS
from services.metrics.statistics.ordinal import ORDINAL
from services.metrics.statistics.overall import OVERALL
from services.metrics.statistics.probabilities import PROBABILITIES
from services.metrics.statistics.ranking import RANKING
from services.metrics.statistics.ranking.multiclass import RANKINGS
from services.metrics.statistics.ranking.polytomous import POLYTOMOUS
from services.metrics.statistics.rates import RATES
from services.metrics.statistics.similarities import SIMILARITIES

PER_CLASS: tuple[ClassStatistic | LineStatistic, ...] = (
    *COUNTS,
    *RATES,
    *INDICES,
    *SIMILARITIES,
    *CHANCE,
    *FORECASTS,
    *ENTROPIES,
    *DISTANCES,
)
WHOLE_TABLE: tuple[OverallStatistic, ...] = (
    *OVERALL,
    *BASELINES,
    *AGREEMENT,
    *OVERALL_ENTROPIES,
    *ASSOCIATION,
    *CLUSTERING,
    *ORDINAL,
    *COSTS,
)
SCORES: tuple[ScoreStatistic, ...] = (
    *RANKINGS,
    *POLYTOMOUS,
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
