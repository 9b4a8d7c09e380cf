"""The command line and the settings."""

import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.inference.__main__ import main
from services.inference.settings import Settings
from shared.label_store import LabelStore


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for published in "12":
        (tmp_path / "mnist-cnn" / published).mkdir(parents=True)
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    return tmp_path


def test_labels_are_moved_shown_and_rolled_back(
    models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["label", "mnist-cnn", "champion", "1"]) == 0
    assert main(["label", "mnist-cnn", "champion", "2", "better"]) == 0
    assert LabelStore(models_dir).read("mnist-cnn").labels == {"champion": 2}
    assert main(["rollback", "mnist-cnn", "champion"]) == 0
    assert main(["labels", "mnist-cnn"]) == 0
    assert '"champion": 1' in capsys.readouterr().out


@pytest.mark.usefixtures("models_dir")
def test_what_is_wrong_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["label", "nope", "champion", "1"]) == 1
    assert main(["label", "mnist-cnn", "champion", "3"]) == 1
    assert main(["label", "mnist-cnn", "no label", "1"]) == 1
    assert main(["rollback", "mnist-cnn", "champion"]) == 1
    assert "No model is called so" in capsys.readouterr().err


@pytest.mark.usefixtures("models_dir")
def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"127.0.0.1:{port} cannot be had" in capsys.readouterr().err


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_DIR", "/volume")
    monkeypatch.setenv("INFERENCE_VERSION_POLICY", "latest:2")
    monkeypatch.setenv("INFERENCE_VERSION_POLICIES", '{"mnist-cnn": "all"}')
    settings = Settings()
    assert settings.models_dir == Path("/volume")
    assert settings.policy_of("mnist-cnn").choose({1, 2, 3}) == {1, 2, 3}
    assert settings.policy_of("mnist-linear").choose({1, 2, 3}) == {2, 3}
    monkeypatch.setenv("INFERENCE_VERSION_POLICY", "newest")
    with pytest.raises(ValidationError, match="No version policy"):
        Settings()
