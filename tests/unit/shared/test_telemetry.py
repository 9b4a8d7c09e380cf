"""Counts of requests, against those of the Prometheus client."""

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.telemetry import _BOUNDS_SECONDS, Telemetry

REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST"]),
        st.sampled_from(["/predict/{model}", "unmatched"]),
        st.sampled_from([200, 404]),
        st.sampled_from(_BOUNDS_SECONDS) | st.floats(0, 100),
    ),
    max_size=30,
)


@settings(max_examples=20, deadline=None)
@given(REQUESTS)
def test_requests_are_counted_as_the_client_library_counts_them(
    requests: list[tuple[str, str, int, float]],
) -> None:
    telemetry, judge = Telemetry(), CollectorRegistry()
    counter = Counter("http_requests", "-", ("method", "route", "status"), registry=judge)
    histogram = Histogram(
        "http_request_duration_seconds",
        "-",
        ("method", "route"),
        buckets=_BOUNDS_SECONDS,
        registry=judge,
    )
    for method, route, status, seconds in requests:
        telemetry.record_request(method, route, status, seconds)
        counter.labels(method, route, status).inc()
        histogram.labels(method, route).observe(seconds)
    assert samples(telemetry.registry) == samples(judge)


def samples(registry: CollectorRegistry) -> dict[tuple[object, ...], float]:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name.startswith("http_") and not sample.name.endswith("_created")
    }
