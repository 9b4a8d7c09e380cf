"""The trainer page as people use it: they start runs, watch them, look at versions, compare."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from shared.web.languages import LANGUAGES
from tests.e2e.conftest import OpenContext, serious_faults, shot
from tests.support import serving
from tests.unit.trainer.test_own_data import two_classes, unpacked

KEY = "open sesame"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATIENCE_MS = 120_000.0  # a training process starts, on whatever machine this is
PARTS = ("#run=", "#version=digits-cnn/1", "#compare=")


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a trainer with an empty volume, beside a metrics service."""
    folder: Path = tmp_path_factory.mktemp("trainer")
    with serving("services.metrics.main:create_app") as metrics:
        settings = {
            "MODELS_DIR": str(folder / "models"),
            "DOWNLOAD_DIR": str(folder / "downloads"),
            "TRAINER_METRICS_URL": metrics.url,
            "TRAINER_AUTO_DATASET": "",
            "API_KEY": KEY,
        }
        with serving("services.trainer.main:create_app", settings) as service:
            yield service.url


@pytest.fixture
def sheet(trainer: str, page: Page) -> Page:
    """The page, and the key known to it."""
    page.goto(trainer)
    page.locator("#key").fill(KEY)
    return page


def start(page: Page, kinds: tuple[str, ...], **changes: str) -> None:
    """Fill the form and send it."""
    page.get_by_role("button", name="Start a run").first.click()
    page.get_by_label("Data set", exact=True).select_option("digits")
    for kind in ("Linear model", "Convolutional network"):
        page.locator("#start-kinds").get_by_label(kind).set_checked(kind in kinds)
    changed = page.locator("#start details")
    changed.evaluate("(it) => { it.open = true; }")
    for label, value in changes.items():
        changed.get_by_label(label.replace("_", " ").capitalize()).fill(value)
    page.get_by_role("button", name="Start", exact=True).click()


@contextmanager
def slowed(page: Page, address: str) -> Iterator[None]:
    """What is asked for there is answered only after the block."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address, hold)
    yield
    for route in held:
        route.continue_()
    page.unroute(address)


def line(page: Page, number: int = 0) -> Locator:
    """A run in the list, newest first."""
    return page.locator("#runs button").nth(number)


def test_without_the_key_nothing_starts_and_the_page_says_so(trainer: str, page: Page) -> None:
    page.goto(trainer)
    expect(page.locator("#run")).to_contain_text("Nothing has been trained yet")
    start(page, ("Linear model",))
    expect(page.get_by_role("alert").filter(has_text="A key is needed")).to_be_visible()
    expect(page.locator("#key")).to_be_focused()
    assert page.locator("#runs button").count() == 0


def test_a_run_is_started_and_watched_to_its_end(sheet: Page) -> None:
    start(sheet, ("Linear model", "Convolutional network"), epochs="2")
    expect(line(sheet)).to_contain_text("trains")
    linear = sheet.get_by_role("article", name="digits-linear")
    cnn = sheet.get_by_role("article", name="digits-cnn")
    accuracy = linear.get_by_role("img", name=re.compile("Accuracy"))

    expect(accuracy).to_have_attribute(
        "aria-label", re.compile("after epoch 2: .*% in training"), timeout=PATIENCE_MS
    )
    expect(linear.locator("path.line").first).to_have_attribute("d", re.compile("^M.*L"))
    expect(linear).to_contain_text("published as version 1", timeout=PATIENCE_MS)
    expect(cnn).to_contain_text("published as version 1", timeout=PATIENCE_MS)
    expect(cnn).to_contain_text("Test accuracy")
    expect(line(sheet)).to_contain_text("done", timeout=PATIENCE_MS)
    linear.get_by_text("Figures of each epoch").click()
    expect(linear.locator("tbody tr")).to_have_count(2)
    shot(sheet, "trainer-run")

    sheet.reload()
    assert sheet.locator("#key").input_value() == KEY  # kept by the tab of the browser
    sheet.get_by_role("tab", name="Runs").click()
    expect(cnn.get_by_role("img", name=re.compile("Loss after epoch 2"))).to_be_visible()


def test_a_run_that_fails_says_why_and_one_that_waits_is_cancelled(sheet: Page) -> None:
    start(sheet, ("Linear model",), epochs="3", highest_learning_rate="1000000")
    expect(line(sheet)).to_contain_text("trains")
    start(sheet, ("Convolutional network",), epochs="900")
    expect(line(sheet)).to_contain_text("place 1 in the queue")
    expect(sheet.locator("#run")).to_contain_text("next in the queue")
    line(sheet, 1).click()
    expect(sheet.locator("#run")).to_contain_text("The run failed", timeout=PATIENCE_MS)
    expect(sheet.locator("#run")).to_contain_text("the learning rate may be too high")

    line(sheet, 0).click()
    expect(line(sheet)).to_contain_text("trains", timeout=PATIENCE_MS)
    sheet.get_by_role("button", name="Cancel this run").click()
    sheet.get_by_role("button", name="No, go back").click()
    expect(line(sheet)).to_contain_text("trains")
    sheet.get_by_role("button", name="Cancel this run").click()
    sheet.get_by_role("button", name="Yes, cancel it").click()
    expect(line(sheet)).to_contain_text("cancelled", timeout=30_000)
    expect(sheet.get_by_role("button", name="Cancel this run")).to_have_count(0)


def test_the_card_of_a_version_says_what_it_is_and_how_good(sheet: Page) -> None:
    sheet.get_by_role("tab", name="Models").click()
    sheet.locator("#models button", has_text="version 1").first.click()
    card = sheet.locator("#card")
    expect(card.get_by_role("heading", name="digits-cnn/1")).to_be_visible()
    accuracy = card.locator(".scores div", has_text="Accuracy").first
    expect(accuracy).to_contain_text(re.compile(r"\d\d\.\d\d%\d\d?\.\d\d% to \d\d"))
    for text in ("3 convolutions", "seed", "tensorflow 2", "SHA-256", "LiteRT", "epochs"):
        expect(card).to_contain_text(re.compile(text, re.IGNORECASE))
    curves = card.get_by_role("img", name=re.compile("Loss and accuracy of each epoch"))
    curves.scroll_into_view_if_needed()
    wait_for_picture = "(it) => it.decode().then(() => it.naturalWidth)"
    assert curves.evaluate(wait_for_picture) > 100
    with sheet.expect_download() as download:
        card.get_by_role("link", name="pesos.h5").click()
    assert download.value.path().read_bytes()[:4] == b"\x89HDF"


def test_a_label_is_given_shown_and_undone(sheet: Page, trainer: str) -> None:
    sheet.goto(f"{trainer}/#version=digits-linear/1")
    card = sheet.locator("#card")
    card.get_by_label("Label").fill("champion")
    card.get_by_role("button", name="Give to this version").click()
    expect(card.locator(".labels .badge")).to_have_text("champion")
    expect(sheet.locator("#models .badge")).to_have_text("champion")
    card.get_by_role("button", name="Undo last move").click()
    sheet.get_by_role("dialog").get_by_role("button", name="Undo last move").click()
    expect(card.locator(".labels")).to_contain_text("No version of digits-linear has a label")
    expect(sheet.locator("#models .badge")).to_have_count(0)


def test_the_two_models_are_compared(sheet: Page, trainer: str) -> None:
    compared = sheet.request.get(
        f"{trainer}/v1/comparisons", params={"models": "digits-cnn/1,digits-linear/1"}
    ).json()
    pair = compared["significance"]["pairs"][0]
    sheet.get_by_role("tab", name="Comparison").click()

    more = max(pair["only_first_right"], pair["only_second_right"])
    expect(sheet.locator(".claim")).to_contain_text(f"On {more} test picture")
    expect(sheet.locator(".verdict")).to_contain_text(re.compile("McNemar.s test: p"))
    accuracy = sheet.get_by_role("row", name=re.compile("^Accuracy"))
    for model in compared["models"]:
        low, _ = model["intervals"]["accuracy"]
        expect(accuracy).to_contain_text(f"{model['statistics']['accuracy']:.2%}")
        expect(accuracy).to_contain_text(f"{low:.2%} to")
    expect(accuracy.locator("svg .whisker")).to_have_count(2)
    for row in ("Training time", "Recall (sensitivity), macro", "LiteRT, 1 picture"):
        expect(sheet.get_by_role("row", name=re.compile(f"^{re.escape(row)}"))).to_be_visible()
    expect(sheet.get_by_role("row", name=re.compile("^Parameters"))).to_contain_text("7,850")
    shown = sheet.locator(".examples li")
    assert shown.count() > 0
    assert shown.first.locator("img").evaluate("(it) => it.naturalWidth") == 28
    shot(sheet, "trainer-comparison")


def test_the_metrics_service_out_of_reach_is_told_with_the_comparison(
    trainer: str, page: Page
) -> None:
    page.route(
        "**/v1/comparisons?*",
        lambda route: route.fulfill(
            json={
                **route.fetch().json(),
                "significance": None,
                "reason": "http://metrics could not be asked",
            }
        ),
    )
    page.goto(f"{trainer}/#compare=digits-cnn/1,digits-linear/1")
    expect(page.locator(".verdict")).to_contain_text("was not tested")
    expect(page.locator(".verdict")).to_contain_text("could not be asked")
    expect(page.get_by_role("row", name=re.compile("^Parameters"))).to_be_visible()


def test_data_of_ones_own_are_uploaded_looked_at_chosen_for_a_run_and_deleted(
    sheet: Page, tmp_path: Path
) -> None:
    sheet.get_by_role("tab", name="Data").click()
    expect(sheet.locator("#dataset")).to_contain_text("No data of your own yet")
    form = sheet.locator("#upload")
    go = form.get_by_role("button", name="Upload")

    useless: FilePayload = {"name": "useless.zip", "mimeType": "", "buffer": b"PK, and no more"}
    form.locator("#upload-file").set_input_files(useless)
    go.click()
    refused = form.get_by_role("alert").filter(has_text="cannot be used as a data set")
    expect(refused).to_contain_text("the upload is damaged, or cut short")

    pets = unpacked(tmp_path / "My pets", two_classes() | {"cat/torn.png": b"\x89PNG"})
    form.locator("#upload-folder").set_input_files(pets)
    expect(form).to_contain_text("My pets, 13 files")
    expect(form.get_by_label("Name", exact=True)).to_have_value("my-pets")
    with slowed(sheet, "**/v1/datasets/my-pets*"):
        go.click()
        expect(form.get_by_role("progressbar")).to_have_accessible_name("Sending")
        shot(sheet, "trainer-upload")
    shown = sheet.locator("#dataset")
    expect(shown.get_by_role("heading", name="my-pets")).to_be_focused()
    expect(shown.get_by_role("row", name=re.compile("^dog"))).to_have_text("dog51")
    expect(shown.locator(".skipped")).to_contain_text(re.compile("cat/torn.png.*damaged or cut"))

    for theme in THEMES:
        sheet.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colours between
        assert serious_faults(sheet) == {}, theme
        shot(sheet, f"trainer-data-{theme}")
    shown.get_by_role("button", name="Train on it").click()
    expect(sheet.get_by_label("Data set", exact=True)).to_have_value("my-pets")

    sheet.get_by_role("tab", name="Data").click()
    shown.get_by_role("button", name="Delete").click()
    sheet.get_by_role("dialog").get_by_role("button", name="Yes, delete it").click()
    expect(sheet.locator("#data")).to_have_text("None yet")


def test_where_events_do_not_come_through_the_page_asks(
    open_context: OpenContext, trainer: str
) -> None:
    context = open_context()
    page = context.new_page()
    page.route("**/events", lambda route: route.abort())
    page.goto(f"{trainer}/#run=")
    expect(page.locator("#run")).to_contain_text("asks every two seconds")
    expect(page.locator("#run .badge").first).to_have_text(re.compile("cancelled|done|failed"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_any_part(
    trainer: str, open_context: OpenContext, theme: str
) -> None:
    page = open_context(color_scheme=theme, reduced_motion="reduce").new_page()
    for part in PARTS:
        page.goto("about:blank")  # a change of the fragment alone loads nothing
        page.goto(f"{trainer}/{part}", wait_until="networkidle")
        page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
        assert serious_faults(page) == {}, part
        shot(page, f"trainer-{part.strip('#=').partition('=')[0]}-{theme}")


def test_no_part_scrolls_sideways_on_the_narrowest_screen_in_any_language(
    trainer: str, open_context: OpenContext
) -> None:
    page = open_context(viewport={"width": 320, "height": 640}, is_mobile=True).new_page()
    for language in LANGUAGES:
        for part in (*PARTS, "#data="):
            page.goto("about:blank")  # a change of the fragment alone loads nothing
            page.goto(f"{trainer}/?lang={language}{part}", wait_until="networkidle")
            page.evaluate(
                "document.querySelectorAll('details').forEach((it) => { it.open = true; })"
            )
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (language, part)
            if language == "pt":
                shot(page, f"trainer-narrow-{part.strip('#=').partition('=')[0]}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrenar y comparar")


def test_runs_and_versions_are_readable_without_scripts(
    trainer: str, open_context: OpenContext
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(trainer)
    models = page.get_by_role("region", name="Models")
    expect(models.get_by_role("heading", name="digits-cnn")).to_be_visible()
    expect(models.get_by_role("link", name="pesos.h5")).to_have_count(2)
    expect(page.get_by_role("region", name="All runs")).to_contain_text("learning rate may be")
    expect(page.get_by_role("tablist")).not_to_be_visible()
