"""Every run is seen to its end, whatever happens to the process, the disk or the service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.trainer import scheduler as scheduler_module
from services.trainer.errors import IllegalMove
from services.trainer.progress import EpochEnded, Event, Notice, StateChanged
from services.trainer.run_store import RunStore
from services.trainer.runs import Run, RunRequest, RunState
from services.trainer.scheduler import MAX_DEATHS, Outcome, Scheduler
from shared.errors import VolumeUnusable

REQUEST = RunRequest("mnist", ("linear",), "fast", 0)


@dataclass
class FakeExecutor:
    """Ends each execution with the next of these outcomes; the last stays."""

    outcomes: list[Outcome] = field(default_factory=lambda: [Outcome("succeeded")])
    go: asyncio.Event = field(default_factory=asyncio.Event)
    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        self.started.append(run.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            on_event(Notice("working"))
            await self.go.wait()
        except asyncio.CancelledError:
            self.stopped.append(run.id)
            raise
        finally:
            self.at_once -= 1
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]

    def forget(self, run: Run) -> None:
        self.forgotten.append(run.id)


@dataclass
class SlowToStop(FakeExecutor):
    """Takes its time to stop a training."""

    stops_finished: int = 0

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        try:
            return await super().execute(run, on_event)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            self.stops_finished += 1
            raise


@dataclass
class DiesOnce(FakeExecutor):
    """Its first training dies at once."""

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        if not self.started:
            self.started.append(run.id)
            return Outcome("died", "Killed.")
        return await super().execute(run, on_event)


@dataclass
class DiesAfterAnEpoch(FakeExecutor):
    """Each time one epoch gets done, until there are six."""

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        self.started.append(run.id)
        done = len(self.started)
        on_event(EpochEnded("mnist-cnn", done, 6, 0.1, 0.9, 0.1, 0.9, 0.001, 0.0))
        return Outcome("succeeded") if done == 6 else Outcome("died", "Killed.")


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@asynccontextmanager
async def working(
    store: RunStore, executor: FakeExecutor, max_concurrent: int = 1
) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(store, executor, max_concurrent)
    work = asyncio.create_task(scheduler.serve())
    await asyncio.sleep(0)
    try:
        yield scheduler
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  the condition is in a database
            await asyncio.sleep(0.002)


def state_of(store: RunStore, run: Run) -> RunState:
    return store.get(run.id).state


def test_a_run_is_executed_and_recorded(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: state_of(store, run) is RunState.RUNNING)
            executor.go.set()
            await until(lambda: state_of(store, run) is RunState.SUCCEEDED)
            await until(lambda: executor.forgotten == [run.id])
            assert [stored.event for stored in store.events(run.id)] == [
                StateChanged("running", ""),
                Notice("working"),
                StateChanged("succeeded", ""),
            ]

    asyncio.run(story())


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_run_at_once_than_are_allowed_and_the_others_wait_in_order(
    store: RunStore, most: int
) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        async with working(store, executor, most) as scheduler:
            runs = [scheduler.submit(REQUEST) for _ in range(5)]
            await until(lambda: len(executor.started) == most)
            await asyncio.sleep(0.02)
            executor.go.set()
            await until(lambda: all(state_of(store, run).is_final for run in runs))
            assert executor.started == [run.id for run in runs]
            assert executor.most_at_once == most

    asyncio.run(story())


def test_a_failure_ends_the_run_with_its_reason_and_the_next_goes_on(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor([Outcome("failed", "the disk is full"), Outcome("succeeded")])
        executor.go.set()
        async with working(store, executor) as scheduler:
            first, second = scheduler.submit(REQUEST), scheduler.submit(REQUEST)
            await until(lambda: state_of(store, second).is_final)
            assert state_of(store, second) is RunState.SUCCEEDED
            assert store.get(first.id).reason == "the disk is full"
            assert state_of(store, first) is RunState.FAILED

    asyncio.run(story())


def test_a_process_that_dies_is_started_again_a_few_times(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor([Outcome("died", "Killed."), Outcome("succeeded")])
        executor.go.set()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: state_of(store, run).is_final)
            assert (state_of(store, run), store.get(run.id).attempts) == (RunState.SUCCEEDED, 2)

        executor.outcomes = [Outcome("died", "Killed.")]
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: state_of(store, run).is_final)
            ended = store.get(run.id)
            assert (ended.state, ended.attempts) == (RunState.FAILED, MAX_DEATHS)
            assert ended.reason == (
                f"Killed. The run died {MAX_DEATHS} times in a row and is not tried again."
            )

    asyncio.run(story())


def test_a_running_run_is_cancelled_once_it_has_stopped(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        async with working(store, executor) as scheduler:
            run, waiting = scheduler.submit(REQUEST), scheduler.submit(REQUEST)
            await until(lambda: executor.started == [run.id])

            assert (await scheduler.cancel(waiting.id)).state is RunState.CANCELLED
            assert (await scheduler.cancel(run.id)).state is RunState.CANCELLED
            assert executor.stopped == [run.id]
            assert set(executor.forgotten) == {run.id, waiting.id}
            with pytest.raises(IllegalMove, match="it is over"):
                await scheduler.cancel(run.id)

            third = scheduler.submit(REQUEST)
            await until(lambda: third.id in executor.started)

    asyncio.run(story())


def test_a_run_is_cancelled_before_its_first_step_and_frees_its_place(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            scheduler._start_waiting()  # the task exists, and has not begun
            assert (await scheduler.cancel(run.id)).state is RunState.CANCELLED
            assert executor.started == []

            other = scheduler.submit(REQUEST)
            await until(lambda: executor.started == [other.id])

    asyncio.run(story())


def test_cancelling_twice_waits_for_the_one_stop(store: RunStore) -> None:
    async def story() -> None:
        executor = SlowToStop()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: executor.started)
            ends = await asyncio.gather(scheduler.cancel(run.id), scheduler.cancel(run.id))
            assert [end.state for end in ends] == [RunState.CANCELLED] * 2
            assert executor.stops_finished == 1

    asyncio.run(story())


def test_an_executor_that_breaks_fails_the_run_and_not_the_queue(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        executor.go.set()
        execute = executor.execute

        async def broken(run: Run, on_event: Callable[[Event], None]) -> Outcome:
            if not executor.started:
                executor.started.append(run.id)
                raise TypeError("nobody thought of this")
            return await execute(run, on_event)

        monkeypatch.setattr(executor, "execute", broken)
        async with working(store, executor) as scheduler:
            first, second = scheduler.submit(REQUEST), scheduler.submit(REQUEST)
            await until(lambda: state_of(store, second).is_final)
            assert state_of(store, first) is RunState.FAILED
            assert "nobody thought of this" in store.get(first.id).reason
            assert state_of(store, second) is RunState.SUCCEEDED

    asyncio.run(story())


def test_a_full_disk_holds_the_queue_back_and_does_not_spin(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "RETRY_SECONDS", 0.05)
    move, tries = store.move, list[RunState]()

    def full(run_id: str, state: RunState, reason: str = "", *, died: bool = False) -> Run:
        tries.append(state)
        if len(tries) <= 2:
            raise VolumeUnusable("disk full")
        return move(run_id, state, reason, died=died)

    async def story() -> None:
        executor = FakeExecutor()
        executor.go.set()
        monkeypatch.setattr(store, "move", full)
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: state_of(store, run) is RunState.SUCCEEDED)

    asyncio.run(story())
    assert tries == [RunState.RUNNING] * 3 + [RunState.SUCCEEDED]


def test_a_stopped_service_leaves_its_run_waiting_and_the_next_goes_on(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: executor.started)
        assert state_of(store, run) is RunState.QUEUED
        assert executor.stopped == [run.id]
        assert executor.forgotten == []

        executor.go.set()
        async with working(store, executor):
            await until(lambda: state_of(store, run) is RunState.SUCCEEDED)
        assert store.get(run.id).attempts == 2

    asyncio.run(story())


def test_a_run_that_a_killed_service_left_running_goes_on(store: RunStore) -> None:
    async def story() -> None:
        run = Run(REQUEST)
        store.add(run)
        store.move(run.id, RunState.RUNNING)  # and then the machine stopped

        executor = FakeExecutor()
        executor.go.set()
        async with working(store, executor):
            await until(lambda: state_of(store, run) is RunState.SUCCEEDED)

    asyncio.run(story())


def test_a_run_that_takes_its_service_down_is_tried_a_few_times_in_all(tmp_path: Path) -> None:
    """Its own process dies once; then, each time, the service vanishes without a word."""

    async def story() -> None:
        store, executor = RunStore(tmp_path), DiesOnce()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: executor.started == [run.id] * 2)

        for deaths in range(1, MAX_DEATHS):
            assert store.get(run.id).deaths == deaths  # the stop before was an orderly one
            store.move(run.id, RunState.RUNNING)
            store.close()  # and then the container was killed
            store, executor = RunStore(tmp_path), DiesOnce(started=[""])
            async with working(store, executor):
                await until(lambda: state_of(store, run) is not RunState.QUEUED)  # noqa: B023

        ended = store.get(run.id)
        assert (ended.state, ended.deaths) == (RunState.FAILED, MAX_DEATHS)
        assert ended.reason == (
            "The service was not stopped, and ended while it ran. "
            f"The run died {MAX_DEATHS} times in a row and is not tried again."
        )
        assert (executor.started, executor.forgotten) == ([""], [run.id])

    asyncio.run(story())


def test_a_run_that_gets_on_between_its_deaths_is_seen_to_its_end(store: RunStore) -> None:
    async def story() -> None:
        executor = DiesAfterAnEpoch()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: state_of(store, run).is_final)
        assert (state_of(store, run), store.get(run.id).attempts) == (RunState.SUCCEEDED, 6)

    asyncio.run(story())


def test_stops_of_the_service_are_no_deaths(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        run = Run(REQUEST)
        store.add(run)
        for stops in range(1, MAX_DEATHS + 2):
            async with working(store, executor):
                await until(lambda: len(executor.started) == stops)  # noqa: B023
        assert (state_of(store, run), store.get(run.id).deaths) == (RunState.QUEUED, 0)

        executor.go.set()
        async with working(store, executor):
            await until(lambda: state_of(store, run) is RunState.SUCCEEDED)

    asyncio.run(story())


def test_a_follower_sees_everything_once_and_then_the_end(store: RunStore) -> None:
    async def story() -> None:
        executor = FakeExecutor()
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)

            async def follow(after: int) -> list[int]:
                return [stored.number async for stored in scheduler.follow(run.id, after)]

            early = asyncio.create_task(follow(0))
            await until(lambda: executor.started)
            executor.go.set()
            async with asyncio.timeout(5):
                numbers = await early
            assert numbers == [stored.number for stored in store.events(run.id)]
            assert await follow(numbers[0]) == numbers[1:]

    asyncio.run(story())


def test_a_disk_that_is_full_for_a_while_does_not_lose_the_end_of_a_run(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "RETRY_SECONDS", 0.01)
    move = store.move
    refused: list[RunState] = []

    def sometimes(run_id: str, state: RunState, reason: str = "", *, died: bool = False) -> Run:
        if state is RunState.SUCCEEDED and len(refused) < 3:
            refused.append(state)
            raise VolumeUnusable("disk full")
        return move(run_id, state, reason, died=died)

    async def story() -> None:
        executor = FakeExecutor()
        executor.go.set()
        monkeypatch.setattr(store, "move", sometimes)
        async with working(store, executor) as scheduler:
            run = scheduler.submit(REQUEST)
            await until(lambda: state_of(store, run) is RunState.SUCCEEDED)

    asyncio.run(story())
    assert len(refused) == 3
