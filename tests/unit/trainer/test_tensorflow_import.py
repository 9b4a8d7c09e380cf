"""What TensorFlow writes while it is imported."""

import os

import pytest

from services.trainer.tensorflow_import import ONEDNN_VARIABLE, onednn_state, without_notes

NOTE = b"I0000 port.cc:153] oneDNN custom operations are on. You may see slightly different ..."
WARNING = b"W0000 cpu.cc:1] something that a user should know"


def test_a_known_note_is_left_out_and_everything_else_passed_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with without_notes():
        os.write(2, NOTE + b"\n" + WARNING + b"\n")
    os.write(2, b"afterwards\n")

    assert capfd.readouterr().err == f"{WARNING.decode()}\nafterwards\n"


def test_nothing_is_lost_when_the_import_fails(capfd: pytest.CaptureFixture[str]) -> None:
    def failing_import() -> None:
        os.write(2, WARNING)
        raise ImportError

    with pytest.raises(ImportError), without_notes():
        failing_import()

    assert capfd.readouterr().err == WARNING.decode()


@pytest.mark.parametrize(("value", "told"), [("1", "on"), ("0", "off"), ("", "default")])
def test_the_card_tells_what_the_environment_says_of_onednn(
    monkeypatch: pytest.MonkeyPatch, value: str, told: str
) -> None:
    monkeypatch.setenv(ONEDNN_VARIABLE, value)

    assert onednn_state() == told
