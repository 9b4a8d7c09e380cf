"""Turns errors into RFC 9457 problem documents; the only module that maps errors to HTTP.

References:
    RFC 9457, Problem Details for HTTP APIs.
"""

import inspect
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from shared import errors
from shared.log import current_request_id

logger = logging.getLogger(__name__)

MAX_ECHO_CHARACTERS = 200

STATUS_OF: dict[type[errors.ServiceError], int] = {
    errors.InvalidInput: 422,
    errors.UnsupportedMediaType: 415,
    errors.PayloadTooLarge: 413,
    errors.NotFound: 404,
    errors.Unauthorized: 401,
    errors.OtherSite: 403,
    errors.Conflict: 409,
    errors.Unavailable: 503,
    errors.DeadlineExceeded: 504,
    errors.UpstreamFailed: 502,
    errors.UpstreamTimedOut: 504,
    errors.StorageError: 503,
    errors.ServiceError: 500,
}


class InputFault(BaseModel):
    """One thing that is wrong with an input."""

    pointer: str = Field(examples=["#/y_true/3"])
    detail: str


class Problem(BaseModel):
    """An error, as RFC 9457 writes it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/invalid-input"])
    title: str = Field(examples=["The input cannot be used"])
    status: int = Field(examples=[422])
    detail: str = ""
    instance: str = Field(default="", description="`urn:uuid:` and the request id.")
    errors: list[InputFault] | None = None


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document (RFC 9457).",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
}


def status_of(error: errors.ServiceError) -> int:
    """The HTTP status of an error: that of the nearest class in its ancestry."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def problem_response(
    status: int,
    slug: str,
    title: str,
    *,
    detail: str = "",
    extensions: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document as a response; extensions never replace the five members of the RFC."""
    body = {
        **(extensions or {}),
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": _instance(),
    }
    return JSONResponse(
        _encodable(body), status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def response_for(error: errors.ServiceError) -> JSONResponse:
    """The problem document of one of our own errors."""
    extensions: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case errors.InvalidInput(faults=faults) if faults:
            extensions["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in faults]
        case errors.PayloadTooLarge(limit=limit):
            extensions["limit"] = limit
        case errors.Unavailable(retry_after_seconds=seconds):
            headers["Retry-After"] = str(seconds)
    return problem_response(
        status_of(error),
        error.slug,
        error.title,
        detail=error.detail,
        extensions=extensions,
        headers=headers,
    )


def unexpected_response() -> JSONResponse:
    """The answer to a fault of our own: nothing of it leaves the log, which has the same id."""
    return problem_response(500, "internal-error", "The service failed", detail="See its log.")


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document, and serve what each slug means."""
    app.add_exception_handler(errors.ServiceError, _on_service_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_api_route("/problems/{slug}", _describe, include_in_schema=False)


def every_error(
    root: type[errors.ServiceError] = errors.ServiceError,
) -> Iterator[type[errors.ServiceError]]:
    """The class and all its subclasses that are loaded."""
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)


def _encodable(value: Any) -> Any:
    """The same, with half a surrogate pair, which UTF-8 cannot write, as its escape."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_encodable(name): _encodable(each) for name, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list) else value


def _instance() -> str:
    request_id = current_request_id()
    try:
        return f"urn:uuid:{UUID(request_id)}"
    except ValueError:
        return f"urn:request:{request_id}" if request_id else ""


async def _on_service_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.ServiceError):  # the handler's type is Starlette's
        raise error
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(
        error, errors.Unavailable
    ):
        logger.error("request_failed", extra={"path": request.url.path, "detail": error.detail})
    return response_for(error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, errors.ServiceError):  # FastAPI hides what broke its body parser
        return response_for(error.__cause__)
    slug, title = _FRAMEWORK_PROBLEMS.get(error.status_code, ("http-error", "HTTP error"))
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"No such address. Received: {request.url.path}; what there is: /docs"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "none")
        detail = f"Received: {request.method} {request.url.path}; allowed here: {allowed}"
    return problem_response(
        error.status_code, slug, title, detail=detail, headers=error.headers or {}
    )


async def _on_validation_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        {"pointer": _pointer(item["loc"]), "detail": f"{item['msg']}. {_received(item)}"}
        for item in error.errors()[:100]
    ]
    detail = faults[0]["detail"] if len(faults) == 1 else f"{len(faults)} things are wrong."
    return problem_response(
        422,
        errors.InvalidInput.slug,
        errors.InvalidInput.title,
        detail=detail,
        extensions={"errors": faults},
    )


_FRAMEWORK_PROBLEMS = {
    400: ("bad-request", "The request is malformed"),
    401: ("unauthorized", "A key is needed"),
    403: ("forbidden", "Not allowed"),
    404: ("no-such-address", "Nothing lives at this address"),
    405: ("method-not-allowed", "The address does not take this method"),
}


def _pointer(location: tuple[int | str, ...]) -> str:
    source, *path = location
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    start = "#" if source == "body" else f"#/{source}"
    return "/".join([start, *escaped])


def _received(item: Mapping[str, Any]) -> str:
    if item["type"] == "missing":
        return "Received: nothing"
    if isinstance(item.get("input"), bytes):
        return "Received: a body that does not say Content-Type: application/json"
    text = str(jsonable_encoder(item.get("input")))
    shown = text if len(text) <= MAX_ECHO_CHARACTERS else text[:MAX_ECHO_CHARACTERS] + "…"
    return f"Received: {shown}"


def _describe(slug: str) -> PlainTextResponse:
    for kind in every_error():
        if kind.slug == slug:
            return PlainTextResponse(f"{kind.title}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n")
    raise errors.NotFound(f"No problem is called so. Received: {slug}")
