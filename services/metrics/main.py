"""Builds the metrics service: `uvicorn --factory services.metrics.main:create_app`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.metrics import distributions
from services.metrics.page_routes import page_router
from services.metrics.plot_routes import plot_router
from services.metrics.routes import router
from services.metrics.settings import Settings
from services.metrics.uploads import Intake
from services.metrics.work import Work
from shared import log
from shared.service import ServiceDescription, build_service
from shared.web.pages import Pages

# Late enough not to slow the first answer, early enough for the second.
WARM_AFTER_SECONDS = 1.0

_DESCRIPTION = """\
Marks the answers of classifiers: send true and predicted labels, get the confusion matrix and
every statistic that follows from it, with its uncertainty.

```
curl -s localhost:8003/v1/evaluate -H 'content-type: application/json' \\
    -d '{"y_true": ["cat", "dog", "cat"], "y_pred": ["cat", "cat", "cat"]}'
curl -s 'localhost:8003/v1/evaluate?true_column=label&include=all' -H 'content-type: text/csv' \\
    --data-binary @predictions.csv
```

- **Labels** are integers, strings or booleans, all of one kind: `1`, `"1"` and `true` are three
  different labels. Rows of the confusion matrix are the truth.
- **Formats**: JSON, NumPy, Arrow, Parquet, CSV and forms, each also with `Content-Encoding: gzip`
  or `zstd`. Choose one beside a request body to see what it holds.
- **How much** is answered: the headline by default, more with `include`, whose groups
  `GET /v1/catalogue` lists with every statistic's formula and reference.
- **A number that has no value is null**; `undefined` says where, why, and where its formula tends.
  Averages `macro` and `weighted` are over the classes where a statistic is defined, those called
  `..._zero_filled` count the undefined as 0, as scikit-learn does.
- **Errors** are problem documents (RFC 9457): `errors` says which member is wrong, at which index,
  and what came in.
- A [page](/) does the same for a pasted table or a file.
"""

ABOUT = ServiceDescription(
    title="Gabarito metrics",
    description=_DESCRIPTION,
    tags=[
        ("evaluate", "Mark the predictions of one model."),
        ("plots", "Draw what is evaluated, as SVG or PNG."),
        ("compare", "Compare models on the same samples."),
        ("catalogue", "What every statistic is."),
    ],
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, ready to be served.

    Args:
        settings: Read from the environment if not given.
    """
    settings = settings or Settings()
    log.configure("metrics", settings.log_format)
    app = build_service(
        ABOUT, missing=_nothing, max_body_bytes=settings.max_body_bytes, lifespan=_warming
    )
    work = Work(settings)
    # A body of the largest size is always taken if there is no other.
    max_held_bytes = max(settings.max_held_bytes, settings.max_body_bytes)
    intake = Intake(max_held_bytes, settings.body_timeout_seconds)
    app.include_router(router(work, intake))
    app.include_router(plot_router(work, intake))
    pages = Pages("metrics", Path(__file__).parent / "web", settings)
    app.include_router(pages.router())
    app.include_router(page_router(pages))
    return app


@asynccontextmanager
async def _warming(_app: FastAPI) -> AsyncIterator[None]:
    """Load what is slow to load once the service has started, before somebody waits for it."""
    task = asyncio.create_task(_warm())
    try:
        yield
    finally:
        task.cancel()


async def _warm() -> None:
    await asyncio.sleep(WARM_AFTER_SECONDS)
    await asyncio.to_thread(distributions.warm)


def _nothing() -> Sequence[str]:
    return ()
