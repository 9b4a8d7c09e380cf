"""Times of runs, and the table that they are printed in."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Timing:
    """Milliseconds of some runs."""

    runs: list[float]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.runs)

    def __str__(self) -> str:
        return f"{self.middle:.1f} [{min(self.runs):.1f}, {max(self.runs):.1f}]"


def timed(work: Callable[[], Any], repeats: int) -> Timing:
    """Run once to warm up, then time each run."""
    work()
    runs = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        runs.append(1e3 * (time.perf_counter() - start))
    return Timing(runs)


class Table:
    """Collects the lines, tells how far it is, and prints them as Markdown."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def line(self, what: str, timing: Timing, base: Timing | None = None, goal: str = "") -> None:
        """One timing, and how many times faster than a peer's."""
        times = None if base is None else base.middle / timing.middle
        self._add(what, f"{timing} ms", "" if times is None else f"{times:.1f}x", goal)
        self.rows[-1] |= {"median_ms": timing.middle, "runs_ms": timing.runs, "times": times}

    def fact(self, what: str, values: Sequence[float], unit: str, goal: str = "") -> None:
        """A number that is no time of ours against a peer's, from one or more runs."""
        spread = f" [{min(values):.4g}, {max(values):.4g}]" if len(values) > 1 else ""
        self._add(what, f"{median(values):.4g}{spread} {unit}", "", goal)
        self.rows[-1] |= {"values": list(values), "unit": unit}

    def _add(self, what: str, value: str, times: str, goal: str) -> None:
        print(f"{what}: {value} {times}", file=sys.stderr, flush=True)
        self.rows.append({"what": what, "value": value, "against": times, "goal": goal})

    def markdown(self) -> Iterator[str]:
        """The lines of the table."""
        yield "| what | median [least, greatest] | against the peer | goal |"
        yield "| --- | --: | --: | --: |"
        for row in self.rows:
            yield f"| {row['what']} | {row['value']} | {row['against']} | {row['goal']} |"
