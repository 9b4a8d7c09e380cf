"""`python -m services.metrics` as it is typed."""

import json
from pathlib import Path

import pytest

from services.metrics.__main__ import main

TABLE = "label,predicted,p\ncat,cat,0.9\ndog,cat,0.6\ndog,dog,0.2\ncat,cat,0.7\ndog,dog,0.1\n"


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_report_for_people(predictions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(predictions), "--true", "label", "--pred", "predicted"]) == 0

    printed = capsys.readouterr().out
    assert printed.startswith("5 samples, 2 classes")
    assert "accuracy" in printed
    assert "0.8000" in printed


def test_json_for_programs(predictions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["evaluate", str(predictions), "--true", "label", "--pred", "predicted", "--json"])

    assert json.loads(capsys.readouterr().out)["confusion_matrix"] == [[2, 0], [1, 2]]


def test_models_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "models.csv"
    path.write_text("t,a,b\n1,1,1\n2,2,1\n2,1,2\n", encoding="utf-8")

    assert main(["compare", str(path), "--true", "t", "--pred", "a", "--pred", "b"]) == 0
    assert "a - b" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["evaluate", "missing.csv"], ["evaluate", __file__]],
)
def test_what_cannot_be_used_is_said_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2

    assert capsys.readouterr().err.startswith("error: ")
