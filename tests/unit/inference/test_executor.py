"""Bounds, deadlines and hand-over of work off the event loop."""

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.inference.executor import Executor
from shared.errors import DeadlineExceeded, InvalidInput, Saturated, Unavailable


@asynccontextmanager
async def running(
    threads: int = 2, max_queued: int = 8, deadline_seconds: float = 5.0
) -> AsyncIterator[Executor]:
    executor = Executor(threads, max_queued, deadline_seconds)
    executor.start()
    try:
        yield executor
    finally:
        await executor.stop()


def test_each_caller_gets_the_result_of_its_own_work() -> None:
    async def scenario() -> list[int]:
        async with running(threads=4, max_queued=1000) as executor:
            return await asyncio.gather(*(executor.run(lambda n=n: n * n) for n in range(1000)))  # type: ignore[misc]

    assert asyncio.run(scenario()) == [n * n for n in range(1000)]


def test_an_error_of_the_work_is_raised_where_it_is_awaited() -> None:
    def work() -> None:
        raise InvalidInput("no")

    async def scenario() -> None:
        async with running() as executor:
            await executor.run(work)

    with pytest.raises(InvalidInput):
        asyncio.run(scenario())


def test_a_full_queue_refuses_at_once_and_takes_work_again_later() -> None:
    gate = threading.Event()

    async def scenario() -> None:
        async with running(threads=1, max_queued=2) as executor:
            waiting = [asyncio.create_task(executor.run(gate.wait)) for _ in range(3)]
            await asyncio.sleep(0.01)
            with pytest.raises(Saturated):
                await executor.run(lambda: None)
            gate.set()
            assert await asyncio.gather(*waiting) == [True] * 3
            assert await executor.run(lambda: 1) == 1
            assert executor.unfinished == 0

    asyncio.run(scenario())


def test_work_that_is_late_is_answered_in_time_and_never_begun_if_it_still_waits() -> None:
    gate = threading.Event()
    begun: list[int] = []

    def begin() -> bool:
        begun.append(1)
        return True

    async def scenario() -> None:
        async with running(threads=1, deadline_seconds=0.05) as executor:
            late = [asyncio.create_task(executor.run(gate.wait))]
            late.append(asyncio.create_task(executor.run(begin)))
            for task in late:
                with pytest.raises(DeadlineExceeded):
                    await task
            gate.set()

    asyncio.run(scenario())
    assert begun == []


def test_answers_are_not_kept_until_the_deadline_they_met() -> None:
    class Answer:
        pass

    async def scenario() -> int:
        answers: weakref.WeakSet[Answer] = weakref.WeakSet()

        def work() -> Answer:
            answers.add(answer := Answer())
            return answer

        async with running(deadline_seconds=60) as executor:
            for _ in range(300):
                await executor.run(work)
            return len(answers)

    assert asyncio.run(scenario()) < 100


def test_a_caller_that_goes_away_disturbs_nobody() -> None:
    gate = threading.Event()

    async def scenario() -> int:
        async with running(threads=1) as executor:
            gone = asyncio.create_task(executor.run(gate.wait))
            await asyncio.sleep(0.01)
            gone.cancel()
            gate.set()
            return await executor.run(lambda: 7)

    assert asyncio.run(scenario()) == 7


def test_stopping_finishes_what_was_taken_in() -> None:
    async def scenario() -> list[int]:
        executor = Executor(1, 100, 5.0)
        executor.start()
        tasks = [asyncio.create_task(executor.run(lambda n=n: n)) for n in range(50)]  # type: ignore[misc]
        await asyncio.sleep(0)
        await executor.stop()
        results: list[int] = await asyncio.gather(*tasks)
        return results

    assert asyncio.run(scenario()) == list(range(50))


def test_work_is_refused_before_the_start_and_after_the_stop() -> None:
    async def scenario() -> None:
        executor = Executor(1, 1, 1.0)
        with pytest.raises(Unavailable):
            await executor.run(lambda: 1)
        executor.start()
        await executor.stop()
        with pytest.raises(Unavailable):
            await executor.run(lambda: 1)

    asyncio.run(scenario())


def test_brief_work_of_a_request_that_is_alone_is_done_where_it_came_in() -> None:
    async def scenario() -> str:
        async with running() as executor:
            return await executor.run(lambda: threading.current_thread().name, brief=True)

    assert asyncio.run(scenario()) == "MainThread"


def test_brief_work_of_requests_that_came_together_is_done_on_the_threads() -> None:
    async def scenario() -> set[str]:
        async with running() as executor:
            names = (
                executor.run(lambda: threading.current_thread().name, brief=True) for _ in range(8)
            )
            return set(await asyncio.gather(*names))

    assert all(name.startswith("predict-") for name in asyncio.run(scenario()))


def test_brief_work_waits_for_a_thread_while_other_work_runs() -> None:
    gate = threading.Event()

    async def scenario() -> str:
        async with running() as executor:
            slow = asyncio.create_task(executor.run(gate.wait))
            await asyncio.sleep(0)
            name = await executor.run(lambda: threading.current_thread().name, brief=True)
            gate.set()
            await slow
            return name

    assert asyncio.run(scenario()).startswith("predict-")
