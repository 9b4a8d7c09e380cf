"""Numbers about models, versions and the queue, gathered when somebody asks for them."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from services.inference.live_models import LiveModels, VersionState
from services.inference.servables import Servable
from services.inference.statistics import DURATION_BOUNDS_SECONDS, NANOSECONDS, Statistics

LABELS = ("model", "version")


class ModelCollector(Collector):
    """What the process serves and has served, for Prometheus.

    Args:
        live: The models.
        unfinished: Requests that run or wait now.
        failed_loads: Loads that failed so far.
        last_poll_seconds: When the volume was last looked at, in seconds of Unix time.
    """

    def __init__(
        self,
        live: LiveModels,
        *,
        unfinished: Callable[[], int],
        failed_loads: Callable[[], int],
        last_poll_seconds: Callable[[], float],
    ) -> None:
        self._live = live
        self._unfinished = unfinished
        self._failed_loads = failed_loads
        self._last_poll_seconds = last_poll_seconds

    def collect(self) -> Iterable[Metric]:
        """The families, all of them even while no model is served."""
        yield GaugeMetricFamily(
            "inference_unfinished_requests",
            "Requests that run or wait for a thread.",
            value=self._unfinished(),
        )
        yield CounterMetricFamily(
            "model_load_failures", "Loads of a version that failed.", value=self._failed_loads()
        )
        yield GaugeMetricFamily(
            "model_volume_last_poll_timestamp_seconds",
            "When the volume was last looked at.",
            value=self._last_poll_seconds(),
        )
        yield self._versions()
        servables = list(self._servables())
        yield self._serving(servables)
        yield _load_durations(servables)
        yield from _requests(servables)

    def _servables(self) -> Iterator[Servable]:
        for model in self._live.names():
            for version in self._live.serving_versions(model):
                if servable := self._live.servable(model, version):
                    yield servable

    def _versions(self) -> Metric:
        family = GaugeMetricFamily(
            "model_versions", "Known versions by state.", labels=("model", "state")
        )
        for model in self._live.names():
            states = [status.state for status in self._live.statuses(model)]
            for state in VersionState:
                family.add_metric((model, state), states.count(state))
        return family

    def _serving(self, servables: list[Servable]) -> Metric:
        family = GaugeMetricFamily(
            "model_version_serving",
            "1 for a version that answers requests which name none, 0 for others that are loaded.",
            labels=LABELS,
        )
        for servable in servables:
            default = self._live.current(servable.model) is servable
            family.add_metric(_labels(servable), int(default))
        return family


def _load_durations(servables: list[Servable]) -> Metric:
    family = GaugeMetricFamily(
        "model_load_duration_seconds",
        "From the first look at a version's files to its last golden input.",
        labels=LABELS,
    )
    for servable in servables:
        family.add_metric(_labels(servable), servable.load_seconds)
    return family


def _requests(servables: list[Servable]) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "inference_requests", "Requests that met a version.", labels=(*LABELS, "outcome")
    )
    examples = CounterMetricFamily("inference_examples", "Examples answered.", labels=LABELS)
    stages = CounterMetricFamily(
        "inference_stage_seconds",
        "Time of answered requests by stage.",
        labels=(*LABELS, "stage"),
    )
    durations = HistogramMetricFamily(
        "inference_duration_seconds",
        "From the arrival of a request's body to its answer, for requests answered.",
        labels=LABELS,
    )
    for servable in servables:
        labels, statistics = _labels(servable), servable.statistics
        requests.add_metric((*labels, "success"), statistics.success.count)
        requests.add_metric((*labels, "failure"), statistics.fail.count)
        examples.add_metric(labels, statistics.examples)
        for stage, ns in (
            ("queue", statistics.queue_ns),
            ("input", statistics.input_ns),
            ("infer", statistics.infer_ns),
            ("output", statistics.output_ns),
        ):
            stages.add_metric((*labels, stage), ns / NANOSECONDS)
        durations.add_metric(labels, _buckets(statistics), statistics.success.ns / NANOSECONDS)
    yield from (requests, examples, stages, durations)


def _buckets(statistics: Statistics) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in DURATION_BOUNDS_SECONDS), "+Inf"]
    so_far = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip(bounds, statistics.duration_counts, strict=True):
        so_far += count
        buckets.append((bound, so_far))
    return buckets


def _labels(servable: Servable) -> tuple[str, str]:
    return servable.model, str(servable.version)
