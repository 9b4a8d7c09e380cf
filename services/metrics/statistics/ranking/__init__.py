"""Statistics of rankings by scores: how well they tell a class from the rest."""

from services.metrics.statistics.ranking.areas import AREAS
from services.metrics.statistics.ranking.at_levels import AT_LEVELS
from services.metrics.statistics.ranking.costs import COSTS
from services.metrics.statistics.ranking.operating_points import OPERATING_POINTS

RANKING = (*AREAS, *COSTS, *OPERATING_POINTS, *AT_LEVELS)
