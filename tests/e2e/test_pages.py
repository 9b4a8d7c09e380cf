"""What holds for the page of every service, in a real browser; and their `/docs`."""

import re

import pytest
from playwright.sync_api import Page, expect

from shared.web.languages import LANGUAGES
from tests.e2e.conftest import Gabarito, OpenContext, serious_faults, shot
from tests.support import ROOT

SERVICES = sorted(path.parents[2].name for path in ROOT.glob("services/*/web/templates/page.html"))
MAX_TRANSFER_BYTES = 300_000
HEADINGS = {"en": "Draw a digit", "pt": "Desenhe um dígito", "es": "Dibuje un dígito"}

of_every_service = pytest.mark.parametrize("service", SERVICES)


def address(gabarito: Gabarito, service: str) -> str:
    url: str = getattr(gabarito, service)
    return f"{url}/"


@of_every_service
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(
    gabarito: Gabarito, open_context: OpenContext, service: str, theme: str
) -> None:
    page = open_context(color_scheme=theme, reduced_motion="reduce").new_page()
    for language in LANGUAGES:
        page.goto(f"{address(gabarito, service)}?lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
        assert serious_faults(page) == {}, language
    shot(page, f"{service}-{theme}")


@of_every_service
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_scrolls_sideways_on_the_narrowest_screen(
    gabarito: Gabarito, open_context: OpenContext, service: str, language: str
) -> None:
    page = open_context(
        viewport={"width": 320, "height": 640}, is_mobile=True, has_touch=True
    ).new_page()
    page.goto(f"{address(gabarito, service)}?lang={language}")
    page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    shot(page, f"{service}-narrow-{language}")


@of_every_service
def test_a_page_is_small_and_painted_at_once(
    gabarito: Gabarito, open_context: OpenContext, service: str
) -> None:
    page = open_context().new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    received: list[float] = []
    devtools.on("Network.loadingFinished", lambda it: received.append(it["encodedDataLength"]))
    page.goto(address(gabarito, service), wait_until="networkidle")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    kilobytes = sum(received) / 1000
    print(f"{service}: {kilobytes:.0f} kB, first paint after {painted:.0f} ms")  # noqa: T201
    assert 0 < sum(received) < MAX_TRANSFER_BYTES


@of_every_service
def test_the_theme_is_chosen_remembered_and_shared(
    gabarito: Gabarito, open_context: OpenContext, service: str
) -> None:
    page = open_context(color_scheme="light").new_page()
    page.goto(address(gabarito, service))
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.locator("[data-theme-to=dark]").click()
    dark = page.evaluate(background)
    assert dark != light
    page.goto(address(gabarito, SERVICES[0]))
    assert page.evaluate(background) == dark
    page.locator("[data-theme-to=light]").click()
    assert page.evaluate(background) == light
    page.reload()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))


def test_the_language_is_that_of_the_browser_until_one_is_chosen(
    gabarito: Gabarito, open_context: OpenContext
) -> None:
    page = open_context(locale="es-MX").new_page()
    page.goto(gabarito.inference)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(HEADINGS["es"])
    page.get_by_role("link", name="Português").click()
    expect(heading).to_have_text(HEADINGS["pt"])
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    page.goto(gabarito.inference)
    expect(heading).to_have_text(HEADINGS["pt"])


def test_the_pages_lead_to_each_other(gabarito: Gabarito, page: Page) -> None:
    for service in SERVICES:
        page.goto(address(gabarito, service))
        links = page.get_by_role("navigation").first.get_by_role("link")
        hrefs = [link.get_attribute("href") for link in links.all()]
        expected = [
            "/" if name == service else address(gabarito, name)
            for name in ("inference", "trainer", "metrics")
        ]
        assert hrefs == [*expected, "/docs"]


def test_try_it_out_succeeds_as_it_stands_in_every_service(gabarito: Gabarito, page: Page) -> None:
    for service, operation in (
        (gabarito.metrics, "POST /v1/evaluate"),
        (gabarito.inference, "POST /predict/{model}"),
        (gabarito.inference, "POST /predict"),
        (gabarito.inference, "POST /v1/models/{model}:predict"),
        (gabarito.trainer, "GET /v1/models"),
        (gabarito.trainer, "GET /v1/models/{model}/versions/{version}"),
        (gabarito.trainer, "GET /v1/models/{model}/versions/{version}/files/{path}"),
        (gabarito.trainer, "GET /v1/comparisons"),
        (gabarito.metrics, "POST /v1/compare"),
    ):
        method, path = operation.split(" ")
        page.goto(f"{service}/docs")
        block = page.locator(f".opblock-{method.lower()}").filter(
            has=page.locator(f'[data-path="{path}"]')
        )
        block.locator(".opblock-summary").click()
        block.get_by_role("button", name="Execute").click()
        status = block.locator(".live-responses-table .response-col_status").last
        expect(status).to_contain_text("200", timeout=15_000)
