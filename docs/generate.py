"""Writes docs/settings.md and docs/errors.md from the code: `make docs`; a test compares them."""

import inspect
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import services.inference.main
import services.inference.settings
import services.metrics.main
import services.metrics.settings
import services.trainer.errors
import services.trainer.main
import services.trainer.settings
from shared import problems
from shared.web.settings import PageSettings

DOCS = Path(__file__).parent
SETTINGS: dict[str, type[BaseSettings]] = {
    "trainer": services.trainer.settings.Settings,
    "inference": services.inference.settings.Settings,
    "metrics": services.metrics.settings.Settings,
}


def settings_page() -> str:
    """Every setting of every service, as a Markdown page."""
    lines = [
        "# Settings",
        "",
        "From the environment; `make up` also reads them from a file `.env`, as Compose does.",
        "Paths are relative to the folder that the service is started in.",
    ]
    for service, settings in SETTINGS.items():
        lines += ["", f"## {service}", "", "| variable | default | meaning |", "|---|---|---|"]
        prefix = settings.model_config.get("env_prefix", "")
        own_first = sorted(
            settings.model_fields.items(), key=lambda it: it[0] in PageSettings.model_fields
        )
        for name, field in own_first:
            variable = field.validation_alias or f"{prefix}{name}".upper()
            bounds = _bounds(field.metadata)
            text = f"{field.description} {bounds}".rstrip()
            lines.append(f"| `{variable}` | {_default(field)} | {text} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Every error that a caller can meet, as a Markdown page."""
    lines = [
        "# Errors",
        "",
        "Every error is a problem document (RFC 9457, `application/problem+json`): `type` is",
        "`/problems/` and the slug below, `detail` says what came in and what was expected,",
        "`instance` holds the request id, under which the log has more. `errors` lists each",
        "fault of an input with a JSON pointer. A status of 503 comes with `Retry-After`.",
        "Each service explains its slugs at `/problems/<slug>`.",
        "",
        "| slug | status | title | meaning |",
        "|---|--:|---|---|",
    ]
    kinds = {
        kind.slug: kind
        for kind in problems.every_error()
        if kind.__module__.startswith(("shared", "services"))
    }
    for slug, kind in sorted(kinds.items()):
        status = next(problems.STATUS_OF[k] for k in kind.__mro__ if k in problems.STATUS_OF)
        meaning = " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())
        lines.append(f"| `{slug}` | {status} | {kind.title} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(field: Any) -> str:
    if field.default is PydanticUndefined:
        return "see there" if field.default_factory else "none"
    value = field.default
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "empty"


def _bounds(metadata: list[Any]) -> str:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    parts = [
        f"{sign} {getattr(item, name)}"
        for item in metadata
        for name, sign in signs.items()
        if getattr(item, name, None) is not None
    ]
    return f"({', '.join(parts)})" if parts else ""


PAGES = {"settings.md": settings_page, "errors.md": errors_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (DOCS / file).write_text(page(), encoding="utf-8")
