"""The metrics page in a real browser: what is pasted or dropped is marked, shown and saved."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenContext, shot
from tests.support import serving

PASTED = "truth\tguess\n4\t4\n4\t9\n9\t9\n9\t9\n9\t4\n7\t7\n"
Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with serving("services.metrics.main:create_app") as started:
        yield started.url


@pytest.fixture
def open_page(open_context: OpenContext, service: str) -> Opens:
    """Opens the page."""

    def opened(query: str = "", *, width: int = 1200, dark: bool = False) -> Page:
        page = open_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        ).new_page()
        page.goto(f"{service}/{query}")
        return page

    return opened


def mark(page: Page, text: str) -> None:
    page.locator("#pasted").fill(text)
    page.get_by_role("button", name="Mark").click()
    expect(page.locator("#headline")).to_be_visible()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [
        (it["id"], [node["target"] for node in it["nodes"]])
        for it in found
        if it["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_pasted_columns_are_marked(open_page: Opens) -> None:
    page = open_page()
    mark(page, PASTED)

    expect(page.locator("#figure-accuracy")).to_contain_text("66.67%")
    page.get_by_text("The same as a table").click()
    cells = page.locator("#matrix-table tbody tr")
    assert [row.split("\t") for row in cells.all_inner_texts()] == [
        ["4", "1", "0", "1"],
        ["7", "0", "1", "0"],
        ["9", "1", "0", "2"],
    ]
    expect(page.locator("#worst li").first).to_contain_text("4 read as 9: 1 of 2 (50.0%)")


@pytest.mark.parametrize(
    ("text", "samples", "has_header"),
    [
        ("cat cat\ndog cat\ndog dog\n", "3 samples", False),
        ("a;b\n1;1\n0;1\n", "2 samples", True),
        ("first,second\nx,x\ny,y\nx,y\ny,x\n", "4 samples", True),
        ("x,y\nz,x\n", "2 samples", False),
        ('"a, b"\tc\nc\t"a, b"\n', "2 samples", False),
    ],
)
def test_what_separates_and_whether_names_stand_above_is_seen(
    open_page: Opens, text: str, samples: str, has_header: bool
) -> None:
    page = open_page()
    mark(page, text)

    assert page.locator("#has-header").is_checked() == has_header
    expect(page.locator("#summary")).to_contain_text(samples)
    if has_header:
        page.locator("#has-header").uncheck()
        expect(page.locator("#column-true")).to_have_value("column_1")


def test_the_matrix_is_walked_with_the_keyboard_and_told_in_words(open_page: Opens) -> None:
    page = open_page()
    mark(page, PASTED)

    page.locator("#heat").focus()
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#cell")).to_have_text("4 read as 9: 1 of 2 (50.0%)")
    page.get_by_text("% of column").click()
    expect(page.locator("#cell")).to_contain_text("33.3% of what was read as 9")
    page.get_by_text("Errors only").click()
    expect(page.locator("#cell")).to_contain_text("more than if errors were spread evenly")


def test_a_dropped_table_with_scores_has_curves(open_page: Opens, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    p = 1 / (1 + np.exp(-(rng.normal(size=200) + 3 * truth - 1.5)))
    lines = [f"{t};{x:.4f}" for t, x in zip(truth, p, strict=True)]
    table = tmp_path / "scores.csv"
    table.write_text("\n".join(["truth;probability", *lines]))
    page = open_page()
    page.set_input_files("#file", table)
    expect(page.locator("#column-true")).to_have_value("truth")
    page.get_by_role("button", name="Mark").click()

    expect(page.locator("#figure-roc_auc_ovr_macro dd")).to_contain_text("0.9")
    for kind, name in (
        ("roc", "ROC"),
        ("precision-recall", "Precision and recall"),
        ("calibration", "Calibration"),
    ):
        page.get_by_role("tab", name=name).click()
        picture = page.locator(f"#panel-{kind} img")
        expect(picture).to_be_visible(timeout=20_000)
        assert "200 samples, 2 classes" in (picture.get_attribute("alt") or "")
    shot(page, "metrics-scores")


def test_the_classes_are_sorted_and_what_is_undefined_says_why(open_page: Opens) -> None:
    page = open_page()
    mark(page, "a,a\nb,a\nb,b\nc,a\n")
    names = page.locator("#classes tbody th")
    assert names.all_inner_texts() == ["a", "b", "c"]

    page.locator("#classes").get_by_role("button", name="Samples").click()
    assert names.all_inner_texts() == ["b", "a", "c"]
    expect(page.locator("#classes th[aria-sort=descending]")).to_contain_text("Samples")
    dash = page.locator("#classes .undefined").first
    expect(dash).to_have_text("—")
    assert "TP + FP = 0" in (dash.get_attribute("aria-label") or "")


def test_every_statistic_is_searched_with_its_formula(open_page: Opens) -> None:
    page = open_page()
    mark(page, PASTED)

    page.locator("#search").fill("kappa")
    entry = page.locator("#statistics details").filter(has_text="Cohen's kappa").first
    entry.locator("summary").click()
    expect(entry).to_contain_text("Cohen 1960")
    expect(entry.locator("code").first).to_contain_text("p_o")


def test_what_is_shown_can_be_saved(open_page: Opens) -> None:
    page = open_page()
    mark(page, PASTED)
    begins = {
        "matrix-svg": b"<svg ",
        "matrix-png": b"\x89PNG",
        "matrix-csv": b"true \\ predicted,4,7,9\r\n4,1,0,1\r\n",
        "classes-csv": b"label,support,",
    }
    for name, beginning in begins.items():
        with page.expect_download(timeout=20_000) as saved:
            page.locator(f"[data-download={name}]").click()
        content = saved.value.path().read_bytes()
        assert content.startswith(beginning), content[:80]
    with page.expect_download() as saved:
        page.locator("[data-download=json]").click()
    assert json.loads(saved.value.path().read_bytes())["n_samples"] == 6


def test_a_fault_is_shown_where_it_is(open_page: Opens) -> None:
    page = open_page()
    page.locator("#pasted").fill("truth,weight\n1,2\n0,\n")
    page.locator("#column-pred").select_option("truth")
    page.locator("#more-columns summary").click()
    page.locator("#column-weight").select_option("weight")
    page.get_by_role("button", name="Mark").click()

    expect(page.get_by_role("alert")).to_contain_text("row 1")
    expect(page.locator("#column-weight")).to_have_attribute("aria-invalid", "true")
    assert page.evaluate("() => window.getSelection().toString()") == "0,"
    expect(page.locator("#results")).to_be_hidden()


def test_the_example_is_marked_and_accessible_light_and_dark(open_page: Opens) -> None:
    page = open_page()
    page.locator("#example").click()

    expect(page.locator("#panel-per-class img")).to_be_visible(timeout=20_000)
    expect(page.locator("#statistics details").first).to_be_visible()
    shot(page, "metrics-example-light")
    page.locator("[data-theme-to=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert_accessible(page)
    shot(page, "metrics-example-dark")


def test_words_and_numbers_are_those_of_the_language(open_page: Opens) -> None:
    page = open_page("?lang=pt")
    page.locator("#pasted").fill(PASTED)
    page.get_by_role("button", name="Avaliar").click()

    expect(page.locator("#figure-accuracy")).to_contain_text("66,67%")
    expect(page.locator("#worst li").first).to_contain_text("4 lido como 9: 1 de 2 (50,0%)")
    alt = page.locator("#panel-per-class img")
    expect(alt).to_have_attribute("alt", re.compile("6 amostras, 3 classes, acurácia 66,7"))


def test_a_hundred_classes_on_a_phone(open_page: Opens) -> None:
    page = open_page(width=390)
    labels = [f"class {i}" for i in range(100)]
    mark(page, "\n".join(f"{a}\t{b}" for a, b in zip(labels, labels[1:] + labels[:1], strict=True)))

    expect(page.locator("#summary")).to_contain_text("100 samples · 100 classes")
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width == 390
    shot(page, "metrics-hundred-phone")


def test_a_file_is_drawn_without_scripts(open_context: OpenContext, service: str) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(service)
    page.set_input_files(
        "#plain-file",
        {"name": "p.csv", "mimeType": "text/csv", "buffer": b"y_true,y_pred\na,a\nb,a\n"},
    )
    page.get_by_role("button", name="Draw the confusion matrix").click()

    assert page.locator("svg title").first.text_content() == "Confusion matrix"
