"""What one version has answered: counts and durations, cheap to record, read on demand."""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

NANOSECONDS = 1e9
DURATION_BOUNDS_SECONDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)


@dataclass(slots=True)
class Total:
    """How often something was done, and how long that took together."""

    count: int = 0
    ns: int = 0

    def add(self, ns: int) -> None:
        """Count one more."""
        self.count += 1
        self.ns += ns


@dataclass(slots=True, eq=False)
class Statistics:
    """The running totals of one version.

    Attributes:
        examples: Number of examples answered; a request may hold many.
        success: Requests answered.
        fail: Requests refused or failed, once a version was found for them.
        queue_ns, input_ns, infer_ns, output_ns: What the stages of answered requests took:
            waiting, reading, computing and writing, together `success.ns`.
        duration_counts: Requests by duration, for each bound and beyond the last.
        batches: Time in the model by the number of examples in a request.
        last_ms: When the last request was answered, in milliseconds of Unix time.
    """

    examples: int = 0
    success: Total = field(default_factory=Total)
    fail: Total = field(default_factory=Total)
    queue_ns: int = 0
    input_ns: int = 0
    infer_ns: int = 0
    output_ns: int = 0
    duration_counts: list[int] = field(
        default_factory=lambda: [0] * (len(DURATION_BOUNDS_SECONDS) + 1)
    )
    batches: dict[int, Total] = field(default_factory=lambda: defaultdict(Total))
    last_ms: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record_success(
        self, examples: int, *, queue_ns: int, input_ns: int, infer_ns: int, output_ns: int
    ) -> None:
        """Count a request that was answered, with its number of examples and its stages."""
        total_ns = queue_ns + input_ns + infer_ns + output_ns
        bucket = bisect_left(DURATION_BOUNDS_SECONDS, total_ns / NANOSECONDS)
        with self._lock:
            self.examples += examples
            self.success.add(total_ns)
            self.queue_ns += queue_ns
            self.input_ns += input_ns
            self.infer_ns += infer_ns
            self.output_ns += output_ns
            self.duration_counts[bucket] += 1
            self.batches[examples].add(infer_ns)
            self.last_ms = time.time_ns() // 1_000_000

    def stage(self, ns: int) -> Total:
        """The total of one stage, which each answered request went through once."""
        return Total(self.success.count, ns)

    def record_failure(self, total_ns: int) -> None:
        """Count a request that was refused or failed."""
        with self._lock:
            self.fail.add(total_ns)
