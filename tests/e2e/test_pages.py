"""The pages in a real browser, with no request to another host."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright

from services.trainer.datasets.idx import read_idx
from tests.e2e.conftest import Gabarito
from tests.support import ROOT, png_of

SCREENSHOTS = Path(__file__).parent / "screenshots"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when it asks another host, or throws an error."""
    elsewhere: list[str] = []
    faults: list[str] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1":
            elsewhere.append(request.url)

    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.on("request", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert elsewhere == []
    assert faults == []


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory, real_data_dir: Path) -> Path:
    """A digit of the test split as a file: number 61, an 8."""
    images = read_idx(real_data_dir / "mnist" / "t10k-images-idx3-ubyte.gz", 3).array
    labels = read_idx(real_data_dir / "mnist" / "t10k-labels-idx1-ubyte.gz", 1).array
    assert labels[61] == 8
    path = tmp_path_factory.mktemp("pictures") / "eight.png"
    path.write_bytes(png_of(images[61]))
    return path


def test_a_digit_of_the_test_set_is_recognised_through_the_page(
    gabarito: Gabarito, page: Page, eight: Path
) -> None:
    page.goto(gabarito.inference)
    page.set_input_files("input[type=file]", eight)
    page.get_by_role("button", name="Recognise").click()

    for model in ("mnist-cnn", "mnist-linear"):
        expect(_verdict(page, model)).to_have_text("8")
    page.screenshot(path=_shot("inference-eight.png"), full_page=True)


def test_a_file_that_is_no_picture_is_said_so_on_the_page(
    gabarito: Gabarito, page: Page, tmp_path: Path
) -> None:
    (tmp_path / "digit.png").write_text("not a picture")
    page.goto(gabarito.inference)
    page.set_input_files("input[type=file]", tmp_path / "digit.png")
    page.get_by_role("button", name="Recognise").click()

    expect(page.get_by_role("alert")).to_contain_text("picture")
    page.screenshot(path=_shot("inference-no-picture.png"), full_page=True)


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


def _verdict(page: Page, model: str) -> Locator:
    """What a model's card on the page says."""
    return page.get_by_role("article").filter(has_text=model).locator("strong")


def _shot(name: str) -> Path:
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / name


def test_the_example_picture_of_the_readme_is_a_seven(gabarito: Gabarito, page: Page) -> None:
    page.goto(gabarito.inference)
    page.set_input_files("input[type=file]", ROOT / "docs" / "seven.png")
    page.get_by_role("button", name="Recognise").click()

    expect(_verdict(page, "mnist-cnn")).to_have_text("7")
