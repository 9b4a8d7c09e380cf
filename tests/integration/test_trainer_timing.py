"""How often an engine is called to tell how fast it is."""

import math

import pytest

from services.trainer import timing


@pytest.mark.parametrize(("seconds", "calls"), [(0.0, 10), (math.inf, 50)])
def test_a_slow_engine_is_called_less_often_and_the_card_says_how_often(
    seconds: float, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "LONGEST_SECONDS", seconds)
    called: list[None] = []

    measured = timing._measured("litert", 32, lambda: called.append(None))

    assert measured.calls == calls
    assert len(called) == timing.WARMUP_CALLS + calls
    assert 0 < measured.median_ms <= measured.p95_ms
