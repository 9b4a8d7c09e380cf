"""Pictures of evaluations: what they say is what the statistics are, whatever the names."""

import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from numpy.typing import NDArray
from PIL import Image

from services.metrics.__main__ import main
from services.metrics.main import create_app
from services.metrics.plots import precision_recall, roc
from services.metrics.plots.names import cut_apart, width_of, wrapped
from services.metrics.plots.options import KINDS, PlotOptions
from services.metrics.plots.subject import Subject
from services.metrics.plots.words import TEXTS, Words
from services.metrics.settings import Settings
from tests.support import assert_fault

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ("confusion-matrix", "per-class")
DIGITS = {"y_true": [4, 4, 9, 9, 9, 7], "y_pred": [4, 9, 9, 9, 4, 7]}


def scored(k: int, n: int, strength: float = 3.0) -> dict[str, Any]:
    """Samples of k classes with probabilities."""
    rng = np.random.default_rng(k)
    y_true = np.arange(n) % k
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), y_true] += strength
    p: NDArray[np.float64] = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    return {"y_true": y_true.tolist(), "y_score": p.tolist(), "score_type": "probability"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(max_classes=50, max_body_bytes=1_000_000))) as client:
        yield client


@pytest.fixture(scope="module")
def plot(client: TestClient) -> Callable[..., Response]:
    """Posts members as JSON to a kind of plot, with the query beside."""

    def post(kind: str, members: dict[str, Any], **query: Any) -> Response:
        return client.post(f"/v1/plots/{kind}", json=members, params=query)

    return post


@pytest.fixture(scope="module")
def svg(plot: Callable[..., Response]) -> Callable[..., ET.Element]:
    """The same, parsed; fails unless it is an SVG."""

    def parsed(kind: str, members: dict[str, Any], **query: Any) -> ET.Element:
        response = plot(kind, members, **query)
        assert response.status_code == 200, response.text[:500]
        assert response.headers["content-type"] == "image/svg+xml"
        return ET.fromstring(response.content)  # noqa: S314  our own

    return parsed


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def titles(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}title")]


@pytest.mark.parametrize("k", [2, 50])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_and_described_for_few_and_many_classes(
    svg: Callable[..., ET.Element], kind: str, k: int
) -> None:
    root = svg(kind, scored(k, 10 * k))

    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {width:.0f} {height:.0f}"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    assert f"{10 * k} samples, {k} classes" in (description.text or "")
    assert len(texts(root)) > 3


def test_the_numbers_of_the_matrix_are_its_counts(
    svg: Callable[..., ET.Element], evaluate: Callable[..., dict[str, Any]]
) -> None:
    root = svg("confusion-matrix", DIGITS)

    answer = evaluate(**DIGITS)
    told = [title for title in titles(root) if " read as " in title]
    names = [str(label) for label in answer["labels"]]
    expected = {
        f"{names[i]} read as {names[j]}: {count} of {sum(row)} "
        f"({100 * count / sum(row):.1f}\N{NO-BREAK SPACE}%)"
        for i, row in enumerate(answer["confusion_matrix"])
        for j, count in enumerate(row)
        if count
    }
    assert set(told) == expected
    drawn = texts(root)
    for row in answer["per_class"]:
        assert f"{100 * row['recall']:.1f}" in drawn
        assert f"{100 * row['precision']:.1f}" in drawn


@pytest.mark.parametrize(
    ("normalize", "form"),
    [
        ("true", "normalized_by_true"),
        ("predicted", "normalized_by_predicted"),
        ("all", "normalized_by_all"),
    ],
)
def test_shares_are_those_of_the_statistics(
    svg: Callable[..., ET.Element],
    evaluate: Callable[..., dict[str, Any]],
    normalize: str,
    form: str,
) -> None:
    drawn = texts(svg("confusion-matrix", DIGITS, normalize=normalize))

    for row in evaluate(**DIGITS, include=["matrices"])["matrices"][form]:
        for share in filter(None, row):
            assert f"{100 * share:.1f}" in drawn


def test_the_errors_leave_the_diagonal_out(svg: Callable[..., ET.Element]) -> None:
    told = [
        title for title in titles(svg("confusion-matrix", DIGITS, errors_only=True)) if ":" in title
    ]

    assert any(title.startswith("4 read as 9: 1 of 2") for title in told)
    assert not any(title.startswith("4 read as 4") for title in told)


def test_the_areas_and_errors_are_those_of_the_statistics(
    svg: Callable[..., ET.Element], evaluate: Callable[..., dict[str, Any]]
) -> None:
    samples = scored(3, 90, strength=1.0)
    scores = evaluate(**samples)["scores"]

    areas = [row["roc_auc"] for row in scores["per_class"]]
    areas += [scores["overall"]["roc_auc_ovr_micro"], scores["overall"]["roc_auc_ovr_macro"]]
    assert {f"{area:.3f}" for area in areas} <= set(texts(svg("roc", samples)))
    areas = [row["average_precision"] for row in scores["per_class"]]
    areas += [scores["overall"][f"average_precision_{rule}"] for rule in ("micro", "macro")]
    assert {f"{area:.3f}" for area in areas} <= set(texts(svg("precision-recall", samples)))
    errors = scores["calibration"]["highest_probability"]
    named = ("expected", "maximum", "adaptive")
    drawn = texts(svg("calibration", samples))
    assert {f"{errors[f'{name}_calibration_error']:.4f}" for name in named} <= set(drawn)
    assert f"{scores['overall']['log_loss']:.4f}" in drawn


def test_the_dots_say_values_and_intervals(
    svg: Callable[..., ET.Element], evaluate: Callable[..., dict[str, Any]]
) -> None:
    told = titles(svg("per-class", DIGITS))

    answer = evaluate(**DIGITS)
    for row, bounds in zip(answer["per_class"], answer["intervals"]["per_class"], strict=True):
        low, high = (f"{100 * bound:.1f}\N{NO-BREAK SPACE}%" for bound in bounds["recall"])
        said = f"{100 * row['recall']:.1f}\N{NO-BREAK SPACE}% ({low} to {high})"
        assert f"{row['label']}: recall {said}" in told


def test_what_is_undefined_is_said_and_not_drawn(svg: Callable[..., ET.Element]) -> None:
    samples = {**scored(3, 30), "labels": [0, 1, 2, 3]}
    samples["y_score"] = [[*row, 0.0] for row in samples["y_score"]]

    for kind in ("roc", "precision-recall"):
        root = svg(kind, samples)
        assert "No curve, because no sample is of the class: 3." in texts(root)
        assert not any(title.startswith("3:") for title in titles(root))
    assert "No precision, because no sample is predicted as it: 3." in texts(
        svg("per-class", samples)
    )
    notes = texts(svg("confusion-matrix", samples, normalize="true"))
    assert "True for no sample, so that there are no shares of the row: 3." in notes


NAMES = [
    "$x_1$ & <b>",
    "猫",
    "قطة",
    "חתול",
    "😀",
    "a\nb\tc",
    "\x00\ud800",
    "T-shirt/top {0}",
    "'\"&amp;",
    "a very long name of a class indeed, number one",
    "a very long name of a class indeed, number 2",
]


@pytest.mark.parametrize("format_", ["svg", "png"])
@pytest.mark.parametrize("kind", KINDS)
def test_any_name_is_drawn(plot: Callable[..., Response], kind: str, format_: str) -> None:
    samples = scored(len(NAMES), 5 * len(NAMES))
    names = [name.encode("utf-8", "replace").decode() for name in NAMES]

    response = plot(kind, samples, class_names=names, format=format_, title="$\\alpha_$ % 猫")

    assert response.status_code == 200
    if format_ == "png":
        assert Image.open(io.BytesIO(response.content)).format == "PNG"
        return
    root = ET.fromstring(response.content)  # noqa: S314  our own
    said = " ".join(texts(root) + titles(root))
    assert "$\\alpha_$ % 猫" in said
    if kind != "calibration":  # which shows no class
        assert "$x_1$ & <b>" in said
        assert "חתול" in said
        assert "a very long name of a class indeed, number 2" in said


def test_names_that_begin_alike_are_cut_so_that_they_differ() -> None:
    short = cut_apart(NAMES[-2:], 120, 11)

    assert short[0] != short[1]
    assert all(len(name) < 30 for name in short)


def test_the_same_request_gives_the_same_bytes(plot: Callable[..., Response]) -> None:
    samples = scored(10, 100)

    for kind in KINDS:
        for format_ in ("svg", "png"):
            first, second = (plot(kind, samples, format=format_, dpi=48) for _ in range(2))
            assert first.content == second.content


def test_requests_at_the_same_time_do_not_mix(plot: Callable[..., Response]) -> None:
    kinds = [(kind, theme) for kind in KINDS[:4] for theme in ("light", "dark")]
    samples = scored(4, 60)
    alone = [plot(kind, samples, theme=theme).content for kind, theme in kinds]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda k: plot(k[0], samples, theme=k[1]).content, kinds))

    assert together == alone


@pytest.mark.parametrize(("dpi", "pixels"), [(96, 500), (192, 1000)])
def test_a_png_has_the_pixels_asked_for(
    plot: Callable[..., Response], dpi: int, pixels: int
) -> None:
    response = plot("confusion-matrix", DIGITS, format="png", width=500, dpi=dpi)

    assert response.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(response.content)).width == pixels


def test_themes_and_languages_change_the_picture(svg: Callable[..., ET.Element]) -> None:
    dark = ET.tostring(svg("confusion-matrix", DIGITS, theme="dark"), "unicode")
    light = ET.tostring(svg("confusion-matrix", DIGITS), "unicode")

    assert "fill: #ffffff" in light
    assert "fill: #ffffff" not in re.sub("<[^>]*text[^>]*>", "", dark)
    drawn = texts(svg("confusion-matrix", DIGITS, lang="pt", normalize="true"))
    assert "Matriz de confusão" in drawn
    assert "66,7" in drawn


def test_archives_and_tables_are_drawn_as_well(client: TestClient) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, y_true=DIGITS["y_true"], y_pred=DIGITS["y_pred"])
    rows = zip(DIGITS["y_true"], DIGITS["y_pred"], strict=True)
    table = "truth,guess\n" + "".join(f"{t},{p}\n" for t, p in rows)
    expected = client.post("/v1/plots/confusion-matrix", json=DIGITS).content

    for content, media, query in (
        (buffer.getvalue(), "application/x-npz", ""),
        (table.encode(), "text/csv", "?true_column=truth&pred_column=guess"),
    ):
        response = client.post(
            f"/v1/plots/confusion-matrix{query}", content=content, headers={"content-type": media}
        )
        assert response.content == expected


@pytest.mark.parametrize(
    ("kind", "members", "slug", "pointer"),
    [
        ("roc", DIGITS, "invalid-option", "#/y_score"),
        (
            "calibration",
            {**scored(3, 9), "score_type": "decision"},
            "invalid-option",
            "#/score_type",
        ),
        (
            "confusion-matrix",
            {"y_true": list(range(51)), "y_pred": list(range(51))},
            "too-many-classes",
            "#/y_true",
        ),
        (
            "confusion-matrix",
            {"confusion_matrix": np.eye(51).tolist()},
            "too-many-classes",
            "#/confusion_matrix",
        ),
        ("roc", {"confusion_matrix": [[3, 1], [2, 4]]}, "invalid-option", "#/y_score"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    request: pytest.FixtureRequest, kind: str, members: dict[str, Any], slug: str, pointer: str
) -> None:
    plot = request.getfixturevalue("plot")

    assert_fault(plot(kind, members), slug, pointer)


def test_names_that_are_not_one_for_each_class_are_refused(
    plot: Callable[..., Response],
) -> None:
    response = plot("confusion-matrix", DIGITS, class_names="four,nine")

    assert_fault(response, "invalid-option", "#/query/class_names")


def test_a_picture_of_too_many_pixels_is_refused(plot: Callable[..., Response]) -> None:
    response = plot("per-class", scored(50, 100), format="png", width=2400, dpi=600)

    assert response.status_code == 422
    assert "METRICS_MAX_PLOT_PIXELS" in response.json()["detail"]


def test_an_unknown_kind_is_answered_with_those_there_are(plot: Callable[..., Response]) -> None:
    response = plot("pie", DIGITS)

    assert response.status_code == 404
    for kind in KINDS:
        assert kind in response.json()["detail"]


def test_every_language_has_the_same_words_with_the_same_parts() -> None:
    for key, text in TEXTS["en"].items():
        for language in ("pt", "es"):
            assert re.findall(r"{\w+}", TEXTS[language][key]) == re.findall(r"{\w+}", text), key
    assert {frozenset(words) for words in TEXTS.values()} == {frozenset(TEXTS["en"])}


def test_shares_and_areas_never_read_as_certain_unless_they_are() -> None:
    words = Words("en")

    assert words.share(1.0) == "100.0\N{NO-BREAK SPACE}%"
    assert words.share(0.99999) == ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"
    assert words.share(0.00001) == "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"
    assert words.share(None) == "—"
    assert words.area(0.99999, 3) == ">\N{NO-BREAK SPACE}0.999"


def test_text_is_wrapped_within_its_width() -> None:
    lines = wrapped("one two three four five six seven eight nine ten", 100, 10)

    assert len(lines) > 2
    assert all(width_of(line, 10) <= 100 for line in lines)


def area(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Under a line through points, by trapezoids."""
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())


@pytest.mark.parametrize("strength", [0.5, 3.0])
def test_the_area_under_each_drawn_curve_is_the_one_that_is_written(
    evaluate: Callable[..., dict[str, Any]], strength: float
) -> None:
    answer = evaluate(**scored(4, 120, strength), include=["curves"])
    answer["confusion_matrix"] = np.array(answer["confusion_matrix"])
    subject = Subject(answer, PlotOptions())

    for classes, means in (
        (roc._classes(subject)[0], roc._means),
        (precision_recall._classes(subject)[0], precision_recall._means),
    ):
        for curve in (*classes, *means(subject, classes)):
            # The mean precision is drawn at a thousand recalls.
            assert area(curve.x, curve.y) == pytest.approx(curve.area, abs=2e-3), curve.name


def test_the_errors_of_weighted_samples_are_shaded_by_their_weight(
    svg: Callable[..., ET.Element],
) -> None:
    weighted = {**DIGITS, "sample_weight": [0.5] * len(DIGITS["y_true"])}
    drawn = texts(svg("confusion-matrix", weighted, errors_only=True))

    assert not any("spread evenly" in text for text in drawn)
    assert any(
        "spread evenly" in text for text in texts(svg("confusion-matrix", DIGITS, errors_only=True))
    )


def test_the_command_line_writes_them(tmp_path: Path) -> None:
    table = tmp_path / "predictions.csv"
    table.write_text("label,p\ncat,0.9\ndog,0.6\ndog,0.2\ncat,0.7\n", encoding="utf-8")
    folder = tmp_path / "plots"
    arguments = ["evaluate", str(table), "--true", "label", "--score", "p"]

    main([*arguments, "--score-type", "probability", "--positive", "cat", "--plots", str(folder)])

    names = {path.name for path in folder.iterdir()}
    kinds = {"confusion_matrix", "roc", "precision_recall", "calibration", "per_class"}
    assert names == {f"{kind}.svg" for kind in kinds}
    for path in folder.iterdir():
        assert path.read_text(encoding="utf-8").startswith("<svg xmlns=")


def test_a_ready_matrix_is_drawn_as_its_samples_are(plot: Callable[..., Response]) -> None:
    samples = {"y_true": [0, 0, 1, 1, 1], "y_pred": [0, 1, 1, 1, 0]}

    for kind in ("confusion-matrix", "per-class"):
        drawn = plot(kind, {"confusion_matrix": [[1, 1], [1, 2]]})
        assert drawn.content == plot(kind, samples).content
        weights = plot(kind, {"confusion_matrix": [[1.5, 1], [1, 2]]})
        assert "weights, 2 classes" in weights.text


def test_ignored_samples_are_not_drawn(plot: Callable[..., Response]) -> None:
    members: dict[str, Any] = {
        "y_true": [0, 1, 1, 0],
        "y_score": [0.1, 0.9, 0.6, 0.7],
        "score_type": "probability",
    }
    void = {"y_true": [*members["y_true"], 255], "y_score": [*members["y_score"], 0.2]}

    drawn = plot("roc", members).content
    assert plot("roc", members | void | {"ignore": [255]}).content == drawn
