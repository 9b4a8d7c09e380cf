"""Pages and their files as a browser gets them."""

import gzip
import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.testclient import TestClient

from shared import problems
from shared.web.languages import LANGUAGES
from shared.web.pages import SHARED, Pages
from shared.web.settings import PageSettings

HOSTILE = "</script><script>alert(1)</script>\u2028"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("templates", "static", "text"):
        (tmp_path / name).mkdir()
    for code in LANGUAGES:
        (tmp_path / "text" / f"{code}.json").write_text("{}")
    page = '{% extends "base.html" %}{% block main %}<p>{{ said }}</p>{% endblock %}'
    (tmp_path / "templates" / "page.html").write_text(page)
    (tmp_path / "static" / "page.js").write_text("// a script\n" * 100)
    (tmp_path / "static" / "notes.txt").write_text("not for browsers")
    return tmp_path


def client_of(folder: Path, settings: PageSettings | None = None) -> TestClient:
    pages = Pages("metrics", folder, settings or PageSettings())
    app = FastAPI()
    problems.install(app)
    app.include_router(pages.router())

    @app.get("/")
    def show(request: Request) -> Response:
        return pages.respond(request, "page.html", said=HOSTILE, page_data={"said": HOSTILE})

    return TestClient(app, base_url="http://a.example:8003")


def test_what_comes_from_outside_is_escaped_and_reaches_scripts_whole(folder: Path) -> None:
    page = client_of(folder).get("/").text
    assert "<script>alert" not in page
    data = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page)
    assert data is not None
    assert json.loads(data[1])["data"] == {"said": HOSTILE}


def test_nothing_inline_is_needed_and_nothing_inline_is_allowed(folder: Path) -> None:
    answer = client_of(folder).get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! type=)", answer.text)


def test_a_choice_of_language_and_theme_is_remembered(folder: Path) -> None:
    client = client_of(folder)
    assert client.get("/").headers["content-language"] == "en"
    assert client.get("/?lang=xx").cookies == {}
    assert 'lang="pt-BR"' in client.get("/?lang=pt").text
    assert 'data-theme="dark"' in client.get("/?theme=dark").text
    again = client.get("/", headers={"accept-language": "es"})
    assert 'lang="pt-BR" data-theme="dark"' in again.text
    assert "data-theme=" not in client.get("/?theme=auto").text.partition("<body")[0]
    assert 'data-theme="' not in client.get("/").text.partition("<body")[0]


def test_links_keep_the_host_that_was_asked_unless_an_address_is_set(folder: Path) -> None:
    settings = PageSettings(
        TRAINER_PAGE_URL="https://gabarito.example/train", INFERENCE_PAGE_PORT=9002
    )
    page = client_of(folder, settings).get("/").text
    assert 'href="https://gabarito.example/train"' in page
    assert 'href="http://a.example:9002/"' in page
    assert 'href="/" aria-current="page"' in page
    by_six = PageSettings().page_address("metrics", "http", "::1")
    assert by_six == "http://[::1]:8003/"


def test_files_are_compressed_and_asked_for_once(folder: Path) -> None:
    client = client_of(folder)
    script = client.get("/web/metrics/page.js", headers={"accept-encoding": "gzip"})
    assert script.headers["content-encoding"] == "gzip"
    assert int(script.headers["content-length"]) < 100 < len(script.content)
    plain = client.get("/web/metrics/page.js", headers={"accept-encoding": "identity"})
    assert plain.content == script.content == (folder / "static" / "page.js").read_bytes()
    tag = {"if-none-match": script.headers["etag"]}
    assert client.get("/web/metrics/page.js", headers=tag).status_code == 304
    style = client.get("/web/shared/style.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert len(gzip.compress(style.content)) < 12_000


@pytest.mark.parametrize("path", ["notes.txt", "../text/en.json", "%2e%2e/text/en.json", "none.js"])
def test_only_files_of_known_kinds_in_the_folder_are_served(folder: Path, path: str) -> None:
    answer = client_of(folder).get(f"/web/metrics/{path}")
    assert answer.status_code == 404


def test_every_file_that_the_base_template_names_exists(folder: Path) -> None:
    client = client_of(folder)
    named = re.findall(r'(?:href|src)="(/web/[^"]+)"', client.get("/").text)
    assert len(named) >= 3
    modules = [f"/web/shared/{path.name}" for path in (SHARED / "static").glob("*.js")]
    for path in [*named, *modules]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        for imported in re.findall(r'from "\./([\w.]+)"', answer.text):
            assert client.get(f"/web/shared/{imported}").status_code == 200, (path, imported)
