"""Statistics of rankings by scores: how well they tell a class from the rest."""

from services.metrics.statistics.ranking.areas import AREAS
from services.metrics.statistics.ranking.operating_points import OPERATING_POINTS

RANKING = (*AREAS, *OPERATING_POINTS)
