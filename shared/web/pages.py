"""Renders the pages of a service and serves their files; how to use it: `docs/pages.md`."""

import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared import __version__
from shared.web.assets import Assets
from shared.web.catalogue import Catalogue
from shared.web.languages import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Language,
    choose_language,
    find_language,
)
from shared.web.settings import PageSettings

SHARED = Path(__file__).parent
LANGUAGE_COOKIE = "gabarito_language"
THEME_COOKIE = "gabarito_theme"
THEMES = ("light", "dark")
COOKIE_SECONDS = 365 * 24 * 3600
SERVICES = ("inference", "trainer", "metrics")

SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a form would hide its origin
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Language, Cookie",
}


class Pages:
    """The pages of one service.

    Args:
        service: Its name: `trainer`, `inference` or `metrics`.
        folder: Holds its `templates/`, `static/` and `text/`.
        settings: Where the pages of the other services are.
    """

    def __init__(self, service: str, folder: Path, settings: PageSettings) -> None:
        self._service = service
        self._settings = settings
        self._catalogue = Catalogue([SHARED / "text", folder / "text"])
        self._assets = {
            "shared": Assets(SHARED / "static"),
            service: Assets(folder / "static"),
        }
        self._environment = Environment(
            loader=FileSystemLoader([folder / "templates", SHARED / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def sentences(self, beginning: str) -> dict[str, str]:
        """The English words of the keys with a beginning, as services write them."""
        return {
            key: entry
            for key, entry in self._catalogue.entries(DEFAULT_LANGUAGE).items()
            if key.startswith(beginning) and isinstance(entry, str)
        }

    def router(self) -> APIRouter:
        """Serves the static files: `/web/shared/...` and `/web/<service>/...`."""
        router = APIRouter(include_in_schema=False)

        def serve(owner: str, assets: Assets) -> None:
            @router.get(f"/web/{owner}/{{path:path}}", name=f"web_{owner}")
            async def asset(path: str, request: Request) -> Response:
                return assets.response(path, request)

        for owner, assets in self._assets.items():
            serve(owner, assets)
        return router

    def respond(
        self, request: Request, template: str, status: int = 200, /, **context: Any
    ) -> HTMLResponse:
        """A page, in the language and theme that the request wants.

        Args:
            request: What was asked.
            template: Its file in `templates/`; it extends `base.html`.
            status: Of the answer.
            context: What the template shows. `page_data`, if given, reaches the scripts as
                JSON beside the words of the language.
        """
        query, cookies = request.query_params, request.cookies
        language = choose_language(
            query.get("lang"), cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language")
        )
        theme = query.get("theme") or cookies.get(THEME_COOKIE, "")
        theme = theme if theme in THEMES else ""
        html = self._environment.get_template(template).render(
            **self._frame(request, language, theme, context.get("page_data", {})), **context
        )
        headers = {**SECURITY_HEADERS, "Content-Language": language.tag}
        response = HTMLResponse(html, status, headers=headers)
        if find_language(query.get("lang")):
            _remember(response, LANGUAGE_COOKIE, language.code)
        if "theme" in query:
            _remember(response, THEME_COOKIE, theme)
        return response

    def _frame(
        self, request: Request, language: Language, theme: str, page_data: Any
    ) -> dict[str, Any]:
        """What every template can use; the names are explained in `docs/pages.md`."""
        services = {name: self._page_address(request, name) for name in SERVICES}
        data = {
            "language": language.tag,
            "words": self._catalogue.entries(language),
            "services": services,
            "data": page_data,
        }
        return {
            "t": partial(self._catalogue.text, language),
            "class_name": partial(self._class_name, language),
            "has_words": self._catalogue.entries(language).__contains__,
            "number": language.number,
            "percentage": language.percentage,
            "language": language,
            "languages": LANGUAGES.values(),
            "theme": theme,
            "service": self._service,
            "version": __version__,
            "address": str(request.base_url).rstrip("/"),
            "services": services,
            "here_with": partial(_here_with, request),
            "script_data": _json_for_html(data),
        }

    def _class_name(self, language: Language, name: str) -> str:
        """The name of a class in a language, where it is one that is known."""
        known = f"class.{name}" in self._catalogue.entries(language)
        return self._catalogue.text(language, f"class.{name}") if known else name

    def _page_address(self, request: Request, service: str) -> str:
        if service == self._service:
            return "/"
        url = request.url
        return self._settings.page_address(service, url.scheme, url.hostname or "127.0.0.1")


def _remember(response: Response, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=COOKIE_SECONDS if value else 0, samesite="lax")


def _here_with(request: Request, **changes: str) -> str:
    """The address of this page with other values of some query parameters."""
    return "?" + urlencode({**request.query_params, **changes})


def _json_for_html(value: Any) -> Markup:
    """JSON that can stand in a `<script type="application/json">`: nothing in it ends that."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  every character that means something in HTML is gone
