"""Numbers about a service's own work, as Prometheus reads them at `/telemetry`.

Each service makes one `Telemetry`, with a registry of its own: nothing is global, so
several applications can live in one test process.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BOUNDS_SECONDS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
_BOUND_LABELS = (*map(str, _BOUNDS_SECONDS), "+Inf")


@dataclass(slots=True)
class _Durations:
    """How long requests took together, and how many took how long."""

    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS_SECONDS) + 1))


class _Requests(Collector):
    """Requests by route and status; counted here, because the library takes three times as long."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._durations: defaultdict[tuple[str, str], _Durations] = defaultdict(_Durations)

    def record(self, method: str, route: str, status: int, seconds: float) -> None:
        self._counts[method, route, status] += 1
        durations = self._durations[method, route]
        durations.seconds += seconds
        durations.counts[bisect_left(_BOUNDS_SECONDS, seconds)] += 1

    def collect(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "http_requests",
            "Requests answered, by route and status.",
            labels=("method", "route", "status"),
        )
        for (method, route, status), count in list(self._counts.items()):
            requests.add_metric((method, route, str(status)), count)
        yield requests
        durations = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Time from the first byte of a request's head to the end of its answer.",
            labels=("method", "route"),
        )
        for labels, seen in list(self._durations.items()):
            so_far = accumulate(seen.counts)
            buckets = list(zip(_BOUND_LABELS, so_far, strict=True))
            durations.add_metric(labels, buckets, seen.seconds)
        yield durations


class Telemetry:
    """The request counters of one service, and the registry for its own further ones."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._requests = _Requests()
        self.registry.register(self._requests)

    def record_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; all of them on one thread, that of the event loop."""
        self._requests.record(method, route, status, seconds)

    def install(self, app: FastAPI) -> None:
        """Serve the numbers at `/telemetry`."""

        @app.get("/telemetry", tags=["service"], response_class=Response)
        def telemetry() -> Response:
            """Numbers about this process, in Prometheus text form."""
            return Response(self.text(), media_type=CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """The numbers, as Prometheus reads them."""
        return generate_latest(self.registry)
