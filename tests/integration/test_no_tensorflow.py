"""The unit tests, and what they import, get by without TensorFlow."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("service", ["trainer", "inference", "metrics"])
def test_the_services_start_without_tensorflow(service: str) -> None:
    """Training runs in a process of its own, and serving uses the LiteRT twin."""
    code = (
        f"import sys, services.{service}.main as main; main.create_app;"
        "print([m for m in ('tensorflow', 'keras', 'sklearn') if m in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
