"""A bounded number of requests is computed, a bounded number waits."""

import asyncio
import threading

import pytest

from services.metrics.inputs.bodies import Body
from services.metrics.settings import Settings
from services.metrics.work import Work
from shared.errors import Saturated


def test_more_requests_than_may_wait_are_turned_away() -> None:
    work = Work(Settings(max_concurrent_evaluations=1, max_waiting_evaluations=1))
    gate = threading.Event()

    async def crowd() -> list[object]:
        tasks = [asyncio.ensure_future(work._run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(Saturated):
            await work._run(gate.wait)
        gate.set()
        return list(await asyncio.gather(*tasks))

    assert asyncio.run(crowd()) == [True, True]


def test_the_loop_stays_free_while_a_request_is_computed() -> None:
    work = Work(Settings())
    body = Body(bytearray(b'{"y_true": [1, 2], "y_pred": [1, 1]}'), "application/json")

    async def both() -> dict[str, object]:
        evaluation = asyncio.ensure_future(work.evaluate(body, {}))
        await asyncio.sleep(0)
        assert not evaluation.done()
        return await evaluation

    assert asyncio.run(both())["n_samples"] == 2
