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


@dataclass(frozen=True, slots=True)
class Stages:
    """How long the stages of one request took, in nanoseconds, and its number of examples."""

    examples: int
    queue_ns: int
    input_ns: int
    infer_ns: int
    output_ns: int

    @property
    def total_ns(self) -> int:
        """From the arrival of the request to its answer."""
        return self.queue_ns + self.input_ns + self.infer_ns + self.output_ns


@dataclass(slots=True, eq=False)
class Statistics:
    """The running totals of one version.

    Attributes:
        examples: Number of examples answered; a request may hold many.
        success: Requests answered.
        fail: Requests refused or failed, once a version was found for them.
        duration_counts: Requests by duration, for each bound and beyond the last.
        batches: Time in the model by the number of examples in a request.
        last_ms: When the last request was answered, in milliseconds of Unix time.
    """

    examples: int = 0
    success: Total = field(default_factory=Total)
    fail: Total = field(default_factory=Total)
    queue: Total = field(default_factory=Total)
    compute_input: Total = field(default_factory=Total)
    compute_infer: Total = field(default_factory=Total)
    compute_output: Total = field(default_factory=Total)
    duration_counts: list[int] = field(
        default_factory=lambda: [0] * (len(DURATION_BOUNDS_SECONDS) + 1)
    )
    batches: dict[int, Total] = field(default_factory=lambda: defaultdict(Total))
    last_ms: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record_success(self, stages: Stages) -> None:
        """Count a request that was answered."""
        bucket = bisect_left(DURATION_BOUNDS_SECONDS, stages.total_ns / NANOSECONDS)
        with self._lock:
            self.examples += stages.examples
            self.success.add(stages.total_ns)
            self.queue.add(stages.queue_ns)
            self.compute_input.add(stages.input_ns)
            self.compute_infer.add(stages.infer_ns)
            self.compute_output.add(stages.output_ns)
            self.duration_counts[bucket] += 1
            self.batches[stages.examples].add(stages.infer_ns)
            self.last_ms = time.time_ns() // 1_000_000

    def record_failure(self, total_ns: int) -> None:
        """Count a request that was refused or failed."""
        with self._lock:
            self.fail.add(total_ns)
