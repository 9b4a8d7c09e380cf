"""Serves the hot routes before the framework, which costs as much as a small prediction.

The same routes are registered with the framework too: what does not match one of them
exactly, a wrong method for example, is answered there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.inference.intake import BoundIntake
from shared import problems
from shared.errors import ServiceError
from shared.limits import LimitBody
from shared.observation import ObserveRequests
from shared.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """How much is read: of one body, and of all bodies that are held at once."""

    max_body_bytes: int
    max_held_bytes: int


def install(
    app: FastAPI, routes: Sequence[Route], *, telemetry: Telemetry, limits: IntakeLimits
) -> None:
    """Register ASGI routes with an application, and let them be served without its layers.

    Requests are observed and limited as all others are; the bodies of all requests together
    are bounded too.
    """
    app.router.routes[:0] = routes
    build_framework = app.build_middleware_stack

    def build() -> ASGIApp:
        observed = ObserveRequests(LimitBody(_serve_matched, limits.max_body_bytes), telemetry)
        served = HotPath(routes, observed, build_framework())
        return BoundIntake(served, max(limits.max_held_bytes, limits.max_body_bytes))

    app.build_middleware_stack = build  # type: ignore[method-assign]  # what Starlette calls once


class HotPath:
    """ASGI application: some routes here, everything else in the framework.

    Args:
        routes: Their parameters are text.
        hot: Serves what matches one of them.
        framework: Serves the rest.
    """

    def __init__(self, routes: Sequence[Route], hot: ASGIApp, framework: ASGIApp) -> None:
        self._hot = hot
        self._framework = framework
        self._routes: dict[str, list[Route]] = {}
        for route in routes:
            self._routes.setdefault(_first_segment(route.path), []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not scope.get("root_path"):
            path = scope["path"]
            for route in self._routes.get(_first_segment(path), ()):
                match = route.path_regex.match(path)
                if match and (not route.methods or scope["method"] in route.methods):
                    scope["path_params"] = match.groupdict()
                    scope["endpoint"] = route.endpoint
                    scope["route"] = route
                    await self._hot(scope, receive, send)
                    return
        await self._framework(scope, receive, send)


async def _serve_matched(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await scope["endpoint"](scope, receive, send)
    except ServiceError as error:
        await problems.response_for(error)(scope, receive, send)


def _first_segment(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""
