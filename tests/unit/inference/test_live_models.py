"""Which version answers, leases and draining."""

import threading

import pytest

from services.inference.live_models import MAX_REMEMBERED_VERSIONS, LiveModels, VersionState
from shared.errors import ModelNotFound, ModelNotReady, VersionNotFound
from tests.unit.inference.fakes import FakeEngine, make_servable


def closed(servable: object) -> bool:
    engine = servable.engine  # type: ignore[attr-defined]
    assert isinstance(engine, FakeEngine)
    return engine.closed


def states(live: LiveModels, model: str = "mnist-cnn") -> dict[int, VersionState]:
    return {s.version: s.state for s in live.statuses(model)}


def test_the_newest_published_version_answers() -> None:
    live = LiveModels()
    for version in (2, 10, 9):
        live.publish(make_servable(version=version))
    with live.lease("mnist-cnn") as servable:
        assert servable.version == 10


def test_a_version_can_be_asked_for_by_number() -> None:
    live = LiveModels()
    for version in (1, 2):
        live.publish(make_servable(version=version))
    with live.lease("mnist-cnn", 1) as servable:
        assert servable.version == 1


def test_a_retired_version_is_closed_only_when_its_last_lease_ends() -> None:
    live, old = LiveModels(), make_servable(version=1)
    live.publish(old)
    with live.lease("mnist-cnn") as first:
        with live.lease("mnist-cnn"):
            live.publish(make_servable(version=2))
            live.retire("mnist-cnn", 1)
            assert first is old
            assert states(live)[1] is VersionState.DRAINING
        assert not closed(old)
    assert closed(old)
    assert states(live) == {1: VersionState.RETIRED, 2: VersionState.SERVING}


def test_a_retired_version_without_leases_is_closed_at_once() -> None:
    live, old = LiveModels(), make_servable(version=1)
    live.publish(old)
    live.retire("mnist-cnn", 1)
    assert closed(old)


def test_a_lease_ends_when_the_request_fails() -> None:
    live, servable = LiveModels(), make_servable()
    live.publish(servable)
    with pytest.raises(ZeroDivisionError), live.lease("mnist-cnn"):
        _ = 1 / 0
    live.retire("mnist-cnn", 1)
    assert closed(servable)


def test_an_unknown_model_is_not_found_and_the_known_ones_are_named() -> None:
    live = LiveModels()
    live.publish(make_servable("mnist-linear"))
    with pytest.raises(ModelNotFound, match="mnist-linear"), live.lease("mnist-cnn"):
        pass


def test_an_unknown_version_is_not_found_and_the_served_ones_are_named() -> None:
    live = LiveModels()
    live.publish(make_servable(version=3))
    with pytest.raises(VersionNotFound, match="it serves: 3"), live.lease("mnist-cnn", 2):
        pass


def test_a_model_whose_only_version_failed_is_not_ready_and_says_why() -> None:
    live = LiveModels()
    live.note("mnist-cnn", 1, VersionState.FAILED, "one byte changed")
    for version in (None, 1):
        with (
            pytest.raises(ModelNotReady, match="one byte changed"),
            live.lease("mnist-cnn", version),
        ):
            pass


def test_a_retired_version_is_not_found() -> None:
    live = LiveModels()
    live.publish(make_servable(version=1))
    live.publish(make_servable(version=2))
    live.retire("mnist-cnn", 1)
    with pytest.raises(VersionNotFound), live.lease("mnist-cnn", 1):
        pass


def test_the_memory_of_retired_versions_is_bounded() -> None:
    live = LiveModels()
    for version in range(1, 3 * MAX_REMEMBERED_VERSIONS):
        live.publish(make_servable(version=version))
        if version > 1:
            live.retire("mnist-cnn", version - 1)
    assert len(live.statuses("mnist-cnn")) <= MAX_REMEMBERED_VERSIONS


def test_no_request_ever_meets_a_closed_version_while_versions_are_exchanged() -> None:
    live = LiveModels()
    live.publish(make_servable(version=1))
    failures: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            with live.lease("mnist-cnn") as servable:
                if closed(servable):
                    failures.append(f"version {servable.version} was closed")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for version in range(2, 200):
        live.publish(make_servable(version=version))
        live.retire("mnist-cnn", version - 1)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
