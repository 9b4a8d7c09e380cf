"""Imports TensorFlow as every training of ours has it."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

ONEDNN = "onednn"  # its name on a card, among the packages
ONEDNN_VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
_VALUES = {"on": "1", "off": "0"}
_NOTES = (b"oneDNN custom operations are on", b"before absl::InitializeLog() is called")


def import_tensorflow(onednn: str = "on") -> None:
    """Import it with the convolutions of oneDNN, unless the environment says otherwise.

    By them wide networks train in three quarters of the time and small ones in as much.
    TensorFlow has them and takes them by itself on some processors only; a training gives other
    weights with them than without.

    It takes seconds, so it comes after everything that can fail without it.

    Args:
        onednn: `on`, `off`, or `default`, which leaves TensorFlow to decide; as on a card.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if onednn in _VALUES:
        os.environ.setdefault(ONEDNN_VARIABLE, _VALUES[onednn])
    with without_notes():
        import tensorflow as tf  # noqa: F401, PLC0415


def onednn_state() -> str:
    """`on`, `off`, or `default` where TensorFlow was left to decide, for the model card."""
    value = os.environ.get(ONEDNN_VARIABLE)
    return next((state for state, known in _VALUES.items() if known == value), "default")


@contextmanager
def without_notes() -> Iterator[None]:
    """Keep TensorFlow's notes from standard error; other lines are passed on at the end."""
    # No log level silences what is written before logging is set up.
    sys.stderr.flush()
    outside = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(outside, 2)
            os.close(outside)
            written.seek(0)
            for line in written:
                if not any(note in line for note in _NOTES):
                    os.write(2, line)
