"""Every route of the three services, called as its OpenAPI document says and as it does not."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

import services.inference.main
import services.inference.settings
import services.metrics.main
import services.trainer.main
import services.trainer.settings
from services.trainer.progress import Event
from services.trainer.runs import Run
from services.trainer.scheduler import Outcome
from shared.model_store import ModelStore
from tests.support import free_port, listening

# For each route: right requests are cheap to make, wrong ones are not.
EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 3}
TIMEOUT_SECONDS = 20


class IdleExecutor:
    """Trains nothing, and says that it did."""

    async def execute(self, run: Run, on_event: Callable[[Event], None]) -> Outcome:
        del run, on_event
        await asyncio.sleep(0)
        return Outcome("succeeded")

    def forget(self, run: Run) -> None:
        pass


def inference(root: Path) -> FastAPI:
    chosen = services.inference.settings.Settings(models_dir=root, log_format="text")
    return services.inference.main.create_app(chosen)


def trainer(root: Path) -> FastAPI:
    chosen = services.trainer.settings.Settings(
        models_dir=root,
        auto_dataset="",
        log_format="text",
        metrics_url=f"http://127.0.0.1:{free_port()}",
        metrics_timeout_seconds=1,
    )
    return services.trainer.main.create_app(chosen, IdleExecutor())


def metrics(root: Path) -> FastAPI:
    del root
    return services.metrics.main.create_app()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("make", [inference, trainer, metrics])
def test_no_request_makes_a_service_fail(
    trained_store: ModelStore, tmp_path: Path, make: Callable[[Path], FastAPI], mode: GenerationMode
) -> None:
    root = tmp_path / "models"
    shutil.copytree(trained_store.root, root)
    failures: list[str] = []
    called = 0
    with listening(make(root)) as url:
        for found in schemathesis.openapi.from_url(f"{url}/openapi.json").get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()

            @seed(1)
            @settings(
                max_examples=EXAMPLES[mode],
                deadline=None,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def call(case: Any) -> None:
                nonlocal called
                called += 1
                answer = case.call(base_url=url, timeout=TIMEOUT_SECONDS)
                if answer.status_code >= 500:
                    failures.append(f"{case.as_curl_command()}\n{answer.status_code} {answer.text}")

            try:
                call()
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, operation.label  # nothing can be wrong
    assert failures == []
    assert called > EXAMPLES[mode]
