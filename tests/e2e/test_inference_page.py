"""The inference page as people use it: they draw, show pictures, choose, and copy commands."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from services.trainer.datasets.idx import read_idx
from tests.e2e.conftest import Gabarito, OpenContext, serious_faults, shot
from tests.e2e.handwriting import DIGITS, draw
from tests.support import ROOT, Service, answering, png_of, serving

SEVEN = ROOT / "docs" / "seven.png"
NOTHING = "\u2013"
COUNT_INK = """() => {
    const sheet = document.getElementById("sketch");
    const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
    return data.filter((value, i) => i % 4 === 3 && value > 127).length;
}"""
CNN, LINEAR = "mnist-cnn", "mnist-linear"


@pytest.fixture
def sheet(gabarito: Gabarito, page: Page) -> Page:
    """The inference page, nothing drawn yet."""
    page.goto(gabarito.inference)
    return page


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory, real_data_dir: Path) -> Path:
    """A digit of the test split as a file: number 61, an 8."""
    images = read_idx(real_data_dir / "mnist" / "t10k-images-idx3-ubyte.gz", 3).array
    labels = read_idx(real_data_dir / "mnist" / "t10k-labels-idx1-ubyte.gz", 1).array
    assert labels[61] == 8
    path = tmp_path_factory.mktemp("pictures") / "eight.png"
    path.write_bytes(png_of(images[61]))
    return path


def card(page: Page, model: str) -> Locator:
    return page.get_by_role("article", name=model)


def verdict(page: Page, model: str) -> Locator:
    return card(page, model).locator("strong")


def test_each_digit_is_read_as_it_is_drawn(sheet: Page) -> None:
    read = {}
    for digit, strokes in DIGITS.items():
        draw(sheet, strokes)
        settle(sheet)
        read[digit] = verdict(sheet, CNN).inner_text()
        if digit == 5:
            shot(sheet, "inference-drawn")
        sheet.get_by_role("button", name="Clear").click()
        expect(verdict(sheet, CNN)).to_have_text(NOTHING)
    assert read == {digit: str(digit) for digit in DIGITS}


def test_both_models_answer_side_by_side(sheet: Page) -> None:
    draw(sheet, DIGITS[7])
    settle(sheet)
    for model in (CNN, LINEAR):
        shown = card(sheet, model)
        expect(shown.get_by_role("row")).to_have_count(10)
        shares = [float(text.rstrip("%")) for text in shown.locator("td.number").all_inner_texts()]
        assert sum(shares) == pytest.approx(100, abs=0.6)
        expect(shown).to_contain_text("version 1")
        expect(shown).to_contain_text(re.compile(r"answered in \d+(\.\d)? ms"))
        image = shown.get_by_role("img", name="as the model saw it")
        assert image.evaluate("(it) => [it.naturalWidth, it.naturalHeight]") == [28, 28]
    expect(sheet.locator("#spoken")).to_contain_text("Convolutional: 7,")
    left, right = (card(sheet, model).bounding_box() for model in (CNN, LINEAR))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    print_latency(sheet)


def test_the_newest_state_is_answered_and_no_old_answer_comes_after_it(
    gabarito: Gabarito, page: Page
) -> None:
    asked: list[int] = []

    def slowly(route: Route) -> None:
        asked.append(len(route.request.post_data_buffer or b""))
        time.sleep(0.3)
        route.continue_()

    page.route("**/predict?**", slowly)
    page.goto(gabarito.inference)
    draw(page, DIGITS[4])
    settle(page)
    assert len(asked) < 12  # of some thirty movements
    assert page.evaluate("performance.getEntriesByName('answered').length") == len(asked)
    expect(verdict(page, CNN)).to_have_text("4")
    draw(page, DIGITS[4][:1])
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(700)
    expect(verdict(page, CNN)).to_have_text(NOTHING)


def test_undo_takes_back_strokes_and_what_was_cleared(sheet: Page) -> None:
    undo, clear = (sheet.get_by_role("button", name=name) for name in ("Undo", "Clear"))
    expect(undo).to_be_disabled()
    draw(sheet, [*DIGITS[1], [(0.1, 0.9), (0.9, 0.9)]])
    undo.click()
    settle(sheet)
    expect(verdict(sheet, CNN)).to_have_text("1")
    clear.click()
    expect(verdict(sheet, CNN)).to_have_text(NOTHING)
    sheet.keyboard.press("Control+z")
    expect(verdict(sheet, CNN)).to_have_text("1")


def test_a_digit_is_drawn_with_the_keys_alone(sheet: Page) -> None:
    for _ in range(30):
        sheet.keyboard.press("Tab")
        if sheet.evaluate("document.activeElement.id") == "sketch":
            break
    sheet.keyboard.press("Space")
    expect(sheet.locator("#sketch-status")).to_have_text("Pen down")
    for _ in range(14):
        sheet.keyboard.press("ArrowDown")
    sheet.keyboard.press("Space")
    expect(sheet.locator("#sketch-status")).to_have_text("Pen up")
    expect(verdict(sheet, CNN)).to_have_text("1")
    shot(sheet, "inference-keys")
    sheet.keyboard.press("Delete")
    expect(verdict(sheet, CNN)).to_have_text(NOTHING)


def test_a_finger_draws_on_a_phone(gabarito: Gabarito, open_context: OpenContext) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    page = open_context(**phone, device_scale_factor=2).new_page()
    page.goto(gabarito.inference)
    box = page.locator("#sketch").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    kind = "touchStart"
    for x, y in DIGITS[7][0]:
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        kind = "touchMove"
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(page)
    expect(verdict(page, CNN)).to_have_text("7")
    assert page.evaluate("scrollY") == 0
    shot(page, "inference-phone")


def test_a_chosen_file_is_read(sheet: Page, eight: Path) -> None:
    sheet.set_input_files("#file", eight)
    for model in (CNN, LINEAR):
        expect(verdict(sheet, model)).to_have_text("8")
    shot(sheet, "inference-file")
    sheet.get_by_role("button", name="Clear").click()
    expect(sheet.locator("#sketch")).to_be_visible()
    expect(verdict(sheet, CNN)).to_have_text(NOTHING)


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped_anywhere(sheet: Page, eight: Path, way: str) -> None:
    sheet.evaluate(
        """async ([way, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "eight.png", {type: "image/png"}));
            const event = way === "paste"
                ? new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true})
                : new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true});
            document.querySelector("h1").dispatchEvent(event);
        }""",
        [way, list(eight.read_bytes())],
    )
    expect(verdict(sheet, CNN)).to_have_text("8")


def test_a_photograph_is_taken_with_the_camera(
    gabarito: Gabarito, open_context: OpenContext
) -> None:
    page = open_context(permissions=["camera"]).new_page()
    page.goto(gabarito.inference)
    page.get_by_role("button", name="Take a photo").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take it").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#shown")).to_be_visible()
    assert page.locator("#shown").evaluate("(it) => it.naturalWidth") > 300
    expect(card(page, CNN)).to_contain_text("answered in")


def test_a_picture_is_fetched_from_its_address(sheet: Page, eight: Path) -> None:
    with answering(200, eight.read_bytes(), "image/png") as host:
        sheet.get_by_label("Or the address of a picture").fill(f"{host}/eight.png")
        sheet.keyboard.press("Enter")
        expect(verdict(sheet, CNN)).to_have_text("8")
        expect(sheet.locator("#elsewhere")).to_contain_text(f"{host}/eight.png")
    shot(sheet, "inference-address")
    for address, said in (
        (f"{host}/eight.png", "could not be fetched"),
        ("http://169.254.169.254/latest", "is not fetched"),
        ("file:///etc/passwd", "is not fetched"),
    ):
        sheet.locator("#url").fill(address)
        sheet.get_by_role("button", name="Fetch").click()
        expect(sheet.get_by_role("alert")).to_contain_text(said)
        expect(verdict(sheet, CNN)).to_have_text(NOTHING)


def test_several_digits_are_shown_with_boxes_and_each_can_be_looked_at(sheet: Page) -> None:
    sheet.get_by_label("Thin pen").check(force=True)
    for place, digit in enumerate((4, 0, 7)):
        draw(sheet, DIGITS[digit], scale=0.4, left=0.33 * place - 0.03)
    settle(sheet)
    expect(verdict(sheet, CNN)).to_have_text("4 0 7")
    expect(sheet.locator("#boxes rect")).to_have_count(3)
    card(sheet, CNN).get_by_role("button", name=re.compile(r"^0\b")).click()
    for model in (CNN, LINEAR):
        first = card(sheet, model).locator("tr.first")
        expect(first.get_by_role("rowheader")).to_have_text("0")
    expect(sheet.locator("#boxes rect").nth(1)).to_have_class("chosen")
    shot(sheet, "inference-several")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_answers_and_refusals(
    gabarito: Gabarito, open_context: OpenContext, tmp_path: Path, theme: str
) -> None:
    page = open_context(color_scheme=theme, reduced_motion="reduce").new_page()
    page.goto(gabarito.inference)
    for place, digit in enumerate((1, 7)):
        draw(page, DIGITS[digit], scale=0.5, left=0.5 * place)
    settle(page)
    expect(page.locator("#boxes rect")).to_have_count(2)
    assert serious_faults(page) == {}
    (tmp_path / "digit.png").write_text("not a picture")
    page.set_input_files("#file", tmp_path / "digit.png")
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")
    assert serious_faults(page) == {}


def test_a_pen_draws_the_thicker_the_harder_it_is_pressed(sheet: Page) -> None:
    box = sheet.locator("#sketch").bounding_box()
    assert box is not None
    devtools = sheet.context.new_cdp_session(sheet)
    ink = []
    for force in (0.1, 0.9):
        with sheet.expect_request("**/predict?**"):
            for kind, down in (("mousePressed", 0.2), ("mouseMoved", 0.5), ("mouseReleased", 0.8)):
                x, y = box["x"] + 0.5 * box["width"], box["y"] + down * box["height"]
                event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1}
                pen = {"pointerType": "pen", "force": force, "clickCount": 1}
                devtools.send("Input.dispatchMouseEvent", {**event, **pen})
        settle(sheet)
        ink.append(sheet.evaluate(COUNT_INK))
        sheet.get_by_role("button", name="Clear").click()
    assert ink[1] > 1.5 * ink[0] > 0


def test_what_makes_an_answer_doubtful_is_said_in_the_language_of_the_page(
    gabarito: Gabarito, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{gabarito.inference}/?lang=pt")
    (tmp_path / "blank.png").write_bytes(png_of(np.full((60, 60), 255, np.uint8)))
    page.set_input_files("#file", tmp_path / "blank.png")
    expect(page.locator("#doubts")).to_have_text(
        "Nada que pareça um dígito foi encontrado na imagem."
    )


def test_what_is_no_picture_is_told_and_the_page_goes_on(sheet: Page, tmp_path: Path) -> None:
    (tmp_path / "digit.png").write_text("<b>not a picture</b>")
    sheet.set_input_files("#file", tmp_path / "digit.png")
    expect(sheet.get_by_role("alert")).to_contain_text("not a picture")
    shot(sheet, "inference-no-picture")
    with (tmp_path / "digit.png").open("ab") as file:
        file.truncate(40_000_000)
    sheet.set_input_files("#file", [])
    sheet.set_input_files("#file", tmp_path / "digit.png")
    expect(sheet.get_by_role("alert")).to_contain_text("40.0 MB; the service takes at most")
    sheet.get_by_role("button", name="Clear").click()
    expect(sheet.get_by_role("alert")).to_be_empty()
    draw(sheet, DIGITS[0])
    expect(verdict(sheet, CNN)).to_have_text("0")


def test_the_service_goes_away_and_comes_back(sheet: Page) -> None:
    sheet.context.set_offline(True)
    draw(sheet, DIGITS[3])
    expect(sheet.get_by_role("alert")).to_contain_text("cannot be reached")
    sheet.context.set_offline(False)
    expect(verdict(sheet, CNN)).to_have_text("3", timeout=15_000)
    expect(sheet.get_by_role("alert")).to_be_empty()


def test_a_drawing_outlives_a_change_of_language(sheet: Page) -> None:
    draw(sheet, DIGITS[2])
    settle(sheet)
    sheet.get_by_role("link", name="Español").click()
    expect(sheet.get_by_role("heading", level=1)).to_have_text("Dibuje un dígito")
    expect(verdict(sheet, CNN)).to_have_text("2")
    expect(card(sheet, CNN)).to_contain_text("de certeza")


@pytest.mark.parametrize("source", ["drawn", "file"])
def test_the_copied_command_asks_the_same(
    gabarito: Gabarito, open_context: OpenContext, tmp_path: Path, source: str
) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(gabarito.inference)
    if source == "drawn":
        draw(page, DIGITS[7])
        settle(page)
    else:  # too large to stand in a command
        shutil.copy(SEVEN, tmp_path / 'my "seven\'s" picture.png')
        with (tmp_path / 'my "seven\'s" picture.png').open("ab") as file:
            file.write(bytes(100_000))
        page.set_input_files("#file", tmp_path / 'my "seven\'s" picture.png')
    page.locator("summary", has_text="curl").click()
    expect(page.locator("#curl")).to_contain_text("curl")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    answered = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    labels = {it["model"]: it["label"] for it in json.loads(answered.stdout)["predictions"]}
    assert labels == {CNN: 7, LINEAR: 7}


def test_the_plain_form_answers_without_scripts(
    gabarito: Gabarito, open_context: OpenContext, eight: Path
) -> None:
    page = open_context(java_script_enabled=False, locale="pt-BR").new_page()
    page.goto(gabarito.inference)
    expect(page.locator("#sketch")).to_be_hidden()
    page.set_input_files("#file", eight)
    page.get_by_role("button", name="Reconhecer").click()
    for model in (CNN, LINEAR):
        expect(verdict(page, model)).to_have_text("8")
    shot(page, "inference-plain")
    page.set_input_files("#file", eight)
    page.get_by_label("Quem responde").select_option(f"{LINEAR}/1")
    page.get_by_role("button", name="Reconhecer").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(verdict(page, LINEAR)).to_have_text("8")
    page.get_by_role("button", name="Reconhecer").click()
    expect(page.get_by_role("alert")).to_contain_text("No picture was chosen")


@pytest.fixture
def young(tmp_path: Path) -> Iterator[Service]:
    """An inference service whose volume, `tmp_path`, is empty yet, and whose trainer works."""
    step = {"model": "mnist-linear", "epoch": 2, "epochs": 4, "step": 5, "steps": 10}
    runs = {"runs": [{"models": ["linear"], "progress": step}]}
    with answering(200, json.dumps(runs).encode()) as trainer:
        env = {
            "MODELS_DIR": str(tmp_path),
            "INFERENCE_VERSION_POLICY": "all",
            "INFERENCE_TRAINER_URL": trainer,
            "INFERENCE_POLL_INTERVAL_SECONDS": "0.1",
        }
        with serving("services.inference.main:create_app", env) as service:
            yield service


def test_the_page_waits_for_models_and_lets_versions_be_chosen(
    gabarito: Gabarito, young: Service, page: Page, tmp_path: Path
) -> None:
    page.goto(young.url)
    expect(page.locator(".empty")).to_contain_text("No model is served yet")
    expect(page.locator(".empty")).to_contain_text("mnist-linear, epoch 2 of 4")
    expect(page.locator(".empty .bar rect")).to_have_attribute("width", "37.50%")
    draw(page, DIGITS[7])
    shot(page, "inference-no-model")
    published(gabarito, tmp_path, 1)
    expect(page.locator(".empty")).to_contain_text("One model so far", timeout=10_000)
    expect(verdict(page, LINEAR)).to_have_text("7")
    shot(page, "inference-one-model")
    published(gabarito, tmp_path, 2)
    expect(card(page, f"{LINEAR} 2")).to_be_visible(timeout=10_000)
    page.get_by_label("Linear v1").check()
    for version in (2, 1):
        expect(verdict(page, f"{LINEAR} {version}")).to_have_text("7")
    page.get_by_label("Linear v2").uncheck()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(verdict(page, f"{LINEAR} 1")).to_have_text("7")
    page.get_by_label("Linear v1").click()  # nobody left: the newest answers again
    expect(page.get_by_label("Linear v2")).to_be_checked()
    expect(verdict(page, f"{LINEAR} 2")).to_have_text("7")


def published(gabarito: Gabarito, volume: Path, version: int) -> None:
    """Put the linear model of the running system on another volume, as this version."""
    staged = volume / f".staged-{version}"
    shutil.copytree(gabarito.folder / "models" / LINEAR / "1", staged)
    manifest = json.loads((staged / "manifest.json").read_text())
    (staged / "manifest.json").write_text(json.dumps({**manifest, "version": version}))
    (volume / LINEAR).mkdir(exist_ok=True)
    staged.rename(volume / LINEAR / str(version))


def settle(page: Page) -> None:
    """Wait until the answers shown are those to the newest state."""
    expect(page.locator("#answers")).to_have_attribute("aria-busy", "false")


def print_latency(page: Page) -> None:
    """Print how long strokes waited for their answer; measured, and not asserted."""
    waits = page.evaluate("performance.getEntriesByName('answered').map((it) => it.duration)")
    waits.sort()
    print(f"answered within {waits[int(0.95 * (len(waits) - 1))]:.0f} ms at p95")  # noqa: T201
