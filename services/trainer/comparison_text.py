"""A comparison as a table for people: in the terminal, and as Markdown."""

from collections.abc import Callable

from services.trainer.comparison import Comparison, Entrant

Cell = Callable[[Entrant], str]


def comparison_rows(comparison: Comparison) -> list[list[str]]:
    """A heading row, and a row for each figure: its name, then one cell for each version."""
    statistics = dict.fromkeys(name for e in comparison.entrants for name in e.overall)
    rows: list[tuple[str, Cell]] = [
        ("training", lambda e: f"{e.manifest.training_seconds:.1f} s"),
        *((_spoken(name), _statistic(name)) for name in statistics),
        *(
            (f"{_ENGINES[engine]}, {_images(size)}", _time(engine, size))
            for engine in _ENGINES
            for size in (1, 32)
        ),
        ("parameters", lambda e: f"{e.manifest.parameters:,}"),
        ("SavedModel", lambda e: _kilobytes(e.size_bytes("savedmodel"))),
        ("LiteRT file", lambda e: _kilobytes(e.size_bytes("litert"))),
        ("pesos.h5", lambda e: _kilobytes(e.size_bytes("h5"))),
    ]
    heading = ["", *(entrant.name for entrant in comparison.entrants)]
    return [heading, *([name, *map(cell, comparison.entrants)] for name, cell in rows)]


def significance_sentences(comparison: Comparison) -> list[str]:
    """For each pair, by how much it differs, and whether that is more than chance."""
    if comparison.significance is None:
        return [f"Whether they differ was not tested: {comparison.reason}."]
    level = comparison.significance["confidence_level"]
    sentences = []
    for pair in comparison.significance["pairs"]:
        low, high = pair["accuracy_difference_interval"]
        p_value = pair["mcnemar"]["mid_p_value_holm"]
        sentences.append(
            f"{pair['first']} is right on {pair['only_first_right']} examples that "
            f"{pair['second']} has wrong, and wrong on {pair['only_second_right']} that it has "
            f"right. Difference of accuracy {pair['accuracy_difference']:+.2%} "
            f"({level:.0%} interval {low:+.2%} to {high:+.2%}); McNemar mid-p "
            f"{_p_value(p_value)}: {_more_than_chance(p_value, 1 - level)}."
        )
    return sentences


def differing_sentence(comparison: Comparison) -> str:
    """On how many test examples they do not all say the same."""
    count, total = len(comparison.differing()), len(comparison.y_true)
    return f"They do not all say the same on {count} of {total} test examples."


def as_text(comparison: Comparison) -> str:
    """The table with aligned columns, and whether the differences are significant."""
    rows = comparison_rows(comparison)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    sentences = [*significance_sentences(comparison), differing_sentence(comparison)]
    return "\n".join([*lines, "", *sentences])


def as_markdown(comparison: Comparison) -> str:
    """The same as a Markdown page."""
    heading, *rows = comparison_rows(comparison)
    rule = ["---", *["--:"] * (len(heading) - 1)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in (heading, rule, *rows))
    title = " and ".join(heading[1:])
    sentences = [*significance_sentences(comparison), differing_sentence(comparison)]
    significance = "\n\n".join(sentences)
    return f"# {title}\n\n{table}\n\n{significance}\n"


_ENGINES = {"litert": "LiteRT", "savedmodel": "TensorFlow"}


def _statistic(name: str) -> Cell:
    def cell(entrant: Entrant) -> str:
        value = entrant.overall.get(name)
        if value is None:
            return "undefined" if entrant.overall else "not evaluated"
        if name not in entrant.intervals:
            return f"{value:.4f}"
        low, high = entrant.intervals[name]
        return f"{value:.4f} ({low:.4f} to {high:.4f})"

    return cell


def _time(engine: str, batch_size: int) -> Cell:
    def cell(entrant: Entrant) -> str:
        measured = entrant.inference_time(engine, batch_size)
        return f"{measured.median_ms:.3f} ms" if measured else "not measured"

    return cell


def _images(batch_size: int) -> str:
    return "1 image" if batch_size == 1 else f"{batch_size} images"


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _kilobytes(size_bytes: int) -> str:
    return f"{size_bytes / 1000:,.0f} kB"


def _p_value(value: float) -> str:
    return "below 0.0001" if value < 1e-4 else f"{value:.4f}"  # noqa: PLR2004  four decimals are shown


def _more_than_chance(p_value: float, alpha: float) -> str:
    return "they differ by more than chance" if p_value < alpha else "that may be chance"
