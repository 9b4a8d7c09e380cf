"""Numbers about a service's own work, as Prometheus reads them at `/telemetry`.

Each service makes one `Telemetry`, with a registry of its own: nothing is global, so
several applications can live in one test process.
"""

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_DURATION_BUCKETS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)


class Telemetry:
    """The request counters of one service, and the registry for its own further ones."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "http_requests_total",
            "Requests answered, by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "Time from the first byte of a request's head to the end of its answer.",
            ("method", "route"),
            buckets=_DURATION_BUCKETS,
            registry=self.registry,
        )

    def record_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:  # looking a series up by its labels costs three times as much
            requests = self._requests.labels(method, route, status)
            series = self._series[key] = (requests, self._durations.labels(method, route))
        series[0].inc()
        series[1].observe(seconds)

    def install(self, app: FastAPI) -> None:
        """Serve the numbers at `/telemetry`."""

        @app.get("/telemetry", tags=["service"], response_class=Response)
        def telemetry() -> Response:
            """Numbers about this process, in Prometheus text form."""
            return Response(self.text(), media_type=CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """The numbers, as Prometheus reads them."""
        return generate_latest(self.registry)
