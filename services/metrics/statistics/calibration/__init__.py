"""Whether probabilities mean what they say: the bins, the errors and the tests."""

from services.metrics.statistics.calibration.errors import ERRORS
from services.metrics.statistics.calibration.fit import FIT
from services.metrics.statistics.calibration.smooth import SMOOTH

CALIBRATION = (*ERRORS, *SMOOTH, *FIT)
