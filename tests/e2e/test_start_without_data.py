"""From a fresh copy of the project on a machine that has no data and no internet."""

from pathlib import Path

import httpx

from tests.e2e.conftest import make_up

DIGITS_SERVED_SECONDS = 180.0


def test_without_files_and_internet_the_page_still_works_with_other_digits(
    tmp_path: Path,
) -> None:
    settings = {"DATA_DIR": str(tmp_path / "none"), "TRAINER_MIRRORS": "http://127.0.0.1:9"}
    with make_up(tmp_path / "project", **settings) as system:
        system.wait_for(
            lambda it: set(it.served()) == {"digits-linear", "digits-cnn"}, DIGITS_SERVED_SECONDS
        )
        seven = (system.folder / "docs" / "seven.png").read_bytes()
        answer = httpx.post(f"{system.inference}/predict", files={"file": ("7.png", seven)})
        log = system.log.read_text()

    assert "Training instead on the real handwritten digits" in log
    labels = {item["model"]: item["label"] for item in answer.json()["predictions"]}
    assert labels["digits-cnn"] == 7
