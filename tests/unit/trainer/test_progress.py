"""Events survive their way through a pipe, and people can read them."""

import io
import json

import pytest

from services.trainer.progress import (
    Downloading,
    EpochEnded,
    Event,
    Failed,
    Notice,
    Published,
    Started,
    StateChanged,
    Stepped,
    from_record,
    to_record,
)
from services.trainer.terminal import Terminal, json_lines

EVENTS: list[Event] = [
    Notice("no internet"),
    Downloading("train-images-idx3-ubyte.gz", 512, 1024),
    Started("mnist-cnn", "fast", 5, 55_000),
    Stepped("mnist-cnn", 1, 5, 40, 430, 0.51, 0.84, 0.001, 900.0, 61.2),
    EpochEnded("mnist-cnn", 1, 5, 0.3, 0.91, 0.1, 0.97, 0.004, 48.6),
    Published("mnist-cnn", 1, 62.5, 0.993, 0.9942),
    Published("mnist-linear", 3, 8.1, 0.93, None),
    StateChanged("failed", "the disk is full"),
    Failed("the disk is full"),
]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_events_come_back_from_their_json_as_they_were() -> None:
    stream = io.StringIO()
    write = json_lines(stream)
    for event in EVENTS:
        write(event)

    assert [from_record(json.loads(line)) for line in stream.getvalue().splitlines()] == EVENTS
    assert to_record(EVENTS[0]) == {"event": "Notice", "message": "no internet"}


@pytest.mark.parametrize(
    "record",
    [{}, {"event": "Party"}, {"event": "Notice"}, {"event": "Notice", "text": "x"}, 0, None, []],
)
def test_what_is_no_event_is_refused(record: object) -> None:
    with pytest.raises(ValueError, match="No "):
        from_record(record)


def test_without_a_terminal_each_thing_done_is_one_line() -> None:
    stream = io.StringIO()
    show = Terminal(stream)
    for event in EVENTS:
        show(event)

    assert stream.getvalue().splitlines() == [
        "no internet",
        "mnist-cnn: recipe fast, 5 epochs of 55000 examples",
        "mnist-cnn epoch 1/5: loss 0.3000, accuracy 91.00%, 49 s left, validation accuracy 97.00%",
        "mnist-cnn/1 published: trained in 62 s, validation accuracy 99.30%, test accuracy 99.42%",
        (
            "mnist-linear/3 published: trained in 8 s, validation accuracy 93.00%, "
            "test accuracy not evaluated"
        ),
        "failed: the disk is full",
        "failed: the disk is full",
    ]


def test_a_terminal_shows_epoch_loss_accuracy_and_time_left_while_it_trains() -> None:
    screen = Screen()
    show = Terminal(screen)
    for event in EVENTS:
        show(event)

    shown = screen.getvalue()
    assert "mnist-cnn epoch 1/5" in shown
    assert "40/430" in shown
    assert "loss 0.5100, accuracy 84.00%, 61 s left" in shown
    assert "train-images-idx3-ubyte.gz" in shown
