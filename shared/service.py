"""What all three services have alike: docs, health, errors, limits, log and telemetry."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel

from shared import __version__, problems
from shared.errors import Unavailable
from shared.limits import LimitBody
from shared.observation import ObserveRequests
from shared.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """How a service presents itself at `/docs`."""

    title: str
    description: str
    tags: Sequence[tuple[str, str]] = ()


class Alive(BaseModel):
    """The process turns."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """A request would succeed now."""

    status: Literal["ready"] = "ready"


def build_service(
    about: ServiceDescription,
    *,
    missing: Callable[[], Sequence[str]],
    max_body_bytes: int,
    larger_bodies: Mapping[str, int] | None = None,
    telemetry: Telemetry | None = None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[Any]] | None = None,
) -> FastAPI:
    """An application with everything that the three services share, and no route of its own.

    Args:
        about: Title, description and tags for `/docs`.
        missing: What a request would miss at this moment, in words; empty when ready.
        max_body_bytes: The largest request body that is read.
        larger_bodies: The same for the paths that begin so, where it is another.
        telemetry: Where requests are counted; a new one by default.
        lifespan: What runs around serving.
    """
    telemetry = telemetry or Telemetry()
    app: FastAPI = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title=about.title,
        description=about.description,
        version=__version__,
        openapi_tags=[{"name": name, "description": text} for name, text in about.tags]
        + [{"name": "service", "description": "Health and telemetry."}],
        responses=problems.PROBLEM_RESPONSES,
        lifespan=lifespan,
        # Ours is at /telemetry; to ask for providers of OpenTelemetry takes a tenth of a request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        swagger_ui_parameters={"tryItOutEnabled": True, "displayRequestDuration": True},
    )
    app.add_middleware(LimitBody, max_bytes=max_body_bytes, larger=larger_bodies)
    app.add_middleware(ObserveRequests, telemetry=telemetry)  # added last: the outermost
    problems.install(app)
    telemetry.install(app)
    _install_health(app, missing)
    _document_problems(app)
    return app


def _install_health(app: FastAPI, missing: Callable[[], Sequence[str]]) -> None:
    @app.get("/livez", tags=["service"])
    def livez() -> Alive:
        """Whether the process turns. It says nothing of models or other services."""
        return Alive()

    @app.get("/readyz", tags=["service"])
    def readyz() -> Ready:
        """Whether a request would succeed now; 503 with what is missing until then."""
        if reasons := missing():
            raise Unavailable("; ".join(reasons))
        return Ready()


def _document_problems(app: FastAPI) -> None:
    """Put the problem schema, which no route returns by itself, into the OpenAPI document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            problem = problems.Problem.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
            schemas.update(problem.pop("$defs"))
            schemas["Problem"] = problem
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the extension point FastAPI documents
