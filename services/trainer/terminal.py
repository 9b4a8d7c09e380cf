"""Shows a run's progress: bars and lines for a terminal, JSON lines for a program."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm

from services.trainer import progress
from services.trainer.progress import Event, Failed, StateChanged
from services.trainer.runs import RunState
from shared.errors import ServiceError

Listener = Callable[[Event], None]


def json_lines(stream: TextIO) -> Listener:
    """A listener that writes each event as a line of JSON."""

    def write(event: Event) -> None:
        stream.write(json.dumps(progress.to_record(event)) + "\n")
        stream.flush()

    return write


def told_to_all(*listeners: Listener) -> Listener:
    """A listener that passes each event on to all of these, in their order."""

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell


@contextmanager
def bad_end_told(listener: Listener) -> Iterator[None]:
    """Tells how the block ends, unless it ends well: failed, or stopped from outside."""
    try:
        yield
    except ServiceError as error:
        listener(Failed(error.detail))
        raise
    except Exception as error:
        listener(Failed(f"{type(error).__name__}: {error}"))
        raise
    except BaseException:  # a signal: of somebody who cancels, or of a service that stops
        listener(StateChanged(RunState.CANCELLED, "The training was stopped"))
        raise


class Terminal:
    """A listener that shows a bar for what is under way, and a line for what is done.

    Where the stream is no terminal there are lines alone.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bars_shown = stream.isatty()
        self._bar: tqdm | None = None
        self._bar_of: tuple[object, ...] = ()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case progress.Downloading():
                self._advance((event.file,), event.file, event.done_bytes, event.total_bytes, "B")
            case progress.Stepped():
                title = f"{event.model} epoch {event.epoch}/{event.epochs}"
                self._advance((event.model, event.epoch), title, event.step, event.steps, " steps")
                if self._bar is not None:
                    self._bar.set_postfix_str(_figures(event))
            case _:
                self.close()
                self._stream.write(sentence(event) + "\n")
                self._stream.flush()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._bar_of = None, ()

    def _advance(
        self, key: tuple[object, ...], title: str, done: int, total: int | None, unit: str
    ) -> None:
        if not self._bars_shown:
            return
        if self._bar_of != key:
            self.close()
            self._bar_of = key
            self._bar = tqdm(
                desc=title, total=total, unit=unit, unit_scale=unit == "B",
                file=self._stream, leave=False, dynamic_ncols=True,
            )  # fmt: skip
        if self._bar is not None:
            self._bar.update(done - self._bar.n)


def sentence(event: Event) -> str:
    """The event as a person would say it, once it is over; empty for a step."""
    text = ""
    match event:
        case progress.Notice(message=message):
            text = message
        case progress.Downloading():
            text = f"{event.file} downloaded, {event.done_bytes / 1e6:.1f} MB"
        case progress.Failed(reason=reason):
            text = f"failed: {reason}"
        case progress.StateChanged():
            text = f"{event.state}: {event.reason}" if event.reason else event.state
        case progress.Started():
            text = (
                f"{event.model}: recipe {event.recipe}, {event.epochs} epochs "
                f"of {event.examples} examples"
            )
        case progress.EpochEnded():
            text = (
                f"{event.model} epoch {event.epoch}/{event.epochs}: {_figures(event)}, "
                f"validation accuracy {event.validation_accuracy:.2%}"
            )
        case progress.Published():
            test = "not evaluated" if event.test_accuracy is None else f"{event.test_accuracy:.2%}"
            text = (
                f"{event.model}/{event.version} published: trained in "
                f"{event.training_seconds:.0f} s, validation accuracy "
                f"{event.validation_accuracy:.2%}, test accuracy {test}"
            )
    return text


def _figures(event: progress.Stepped | progress.EpochEnded) -> str:
    return f"loss {event.loss:.4f}, accuracy {event.accuracy:.2%}, {event.seconds_left:.0f} s left"
