"""Many images of one request on several threads, against the same on one."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest

from services.inference.servables import Images, Probabilities
from services.inference.spreading import outputs_of
from shared.errors import InvalidInput
from tests.unit.inference.fakes import FakeEngine, make_servable
from tests.unit.inference.test_executor import running


def images_of(n: int) -> Images:
    labels = np.arange(n) % 10 / 10
    return np.broadcast_to(labels[:, None, None, None], (n, 28, 28, 1)).astype(np.float32)


def spread(n: int, engine: FakeEngine, *, threads: int = 3) -> Probabilities:
    """What a request for n images gets while no other is there."""
    servable = replace(make_servable(), engine=engine, example_seconds=1.0)
    images = images_of(n)

    async def scenario() -> Probabilities:
        async with running(threads=threads) as executor:
            return await executor.run(lambda: outputs_of(servable, images, executor))

    return asyncio.run(scenario())


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 31, 32, 33])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_image_gets_its_own_outputs(n: int, threads: int) -> None:
    outputs = spread(n, FakeEngine(), threads=threads)
    assert np.array_equal(outputs, FakeEngine().predict(images_of(n)))


def test_idle_threads_compute_at_the_same_time() -> None:
    together = threading.Barrier(3)  # nobody gets by alone
    spread(6, FakeEngine(before_predict=lambda: together.wait(5)))


def test_an_engine_that_spreads_by_itself_gets_all_images_at_once() -> None:
    calls: list[int] = []
    spread(32, FakeEngine(piece_size=0, before_predict=lambda: calls.append(1)))
    assert calls == [1]


def test_what_fails_on_a_helping_thread_fails_the_request() -> None:
    together = threading.Barrier(2)
    asker: list[int] = []

    def fail_elsewhere() -> None:
        together.wait(5)
        if threading.get_ident() not in asker:
            raise InvalidInput("no")

    servable = replace(
        make_servable(), engine=FakeEngine(before_predict=fail_elsewhere), example_seconds=1.0
    )

    async def scenario() -> None:
        async with running(threads=2) as executor:

            def work() -> Probabilities:
                asker.append(threading.get_ident())
                return outputs_of(servable, images_of(4), executor)

            await executor.run(work)

    with pytest.raises(InvalidInput):
        asyncio.run(scenario())


def test_helpers_that_are_busy_are_not_waited_for() -> None:
    gate = threading.Event()
    done: list[int] = []

    async def scenario() -> None:
        async with running(threads=2) as executor:
            busy = asyncio.create_task(executor.run(gate.wait))
            await asyncio.sleep(0)
            await executor.run(lambda: executor.spread(lambda: done.append(1), helpers=3))
            assert done == [1]
            gate.set()
            await busy

    asyncio.run(scenario())
    assert done == [1]  # called off, they never begin
