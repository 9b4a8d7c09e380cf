"""Fills the page; everything that comes from outside is escaped here."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any

Answer = dict[str, Any]

_PACKAGE = "services.inference.web"


def style_sheet() -> bytes:
    """The style of the page."""
    return resources.files(_PACKAGE).joinpath("style.css").read_bytes()


class Page:
    """The page with its form, and with answers once something was sent."""

    def __init__(self) -> None:
        text = resources.files(_PACKAGE).joinpath("page.html").read_text("utf-8")
        self._template = Template(text)

    def render(
        self,
        *,
        address: str,
        datasets: Sequence[str],
        chosen: str = "",
        notice: str = "",
        answers: Sequence[Answer] = (),
    ) -> bytes:
        """The page as UTF-8.

        Args:
            address: Where this service is, for the example of a command.
            datasets: The data sets that are served; a choice is shown if there are several.
            chosen: The one that is selected.
            notice: What went wrong, if anything did.
            answers: One for each model.
        """
        cards = "\n".join(_answer_card(answer) for answer in answers)
        heading = '<h2 hidden id="answers">Answers</h2>'
        section = f'<section class="answers" aria-labelledby="answers">{heading}\n{cards}</section>'
        return self._template.substitute(
            address=escape(address),
            dataset_field=_dataset_field(datasets, chosen),
            notice=_notice(notice, alarm=bool(datasets)),
            answers=section if answers else "",
        ).encode()


def _dataset_field(datasets: Sequence[str], chosen: str) -> str:
    if len(datasets) <= 1:
        return ""
    options = "".join(
        f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>"
        for name in datasets
    )
    return (
        '<div class="field small"><label for="dataset">What is on it</label>'
        f'<select id="dataset" name="dataset">{options}</select></div>'
    )


def _notice(text: str, *, alarm: bool) -> str:
    if not text:
        return ""
    kind, role = ("notice alarm", "alert") if alarm else ("notice", "status")
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'


def _answer_card(answer: Answer) -> str:
    name = str(answer["class_name"])
    warnings = "".join(_notice(text, alarm=False) for text in answer["warnings"])
    return f"""<article>
<h2>{escape(answer["model"])} <span class="soft">version {answer["version"]}</span></h2>
<div class="verdict">
<img src="data:image/png;base64,{answer["input_png"]}" width="112" height="112"
 alt="The picture as the model saw it">
<p><strong{' class="word"' if len(name) > 1 else ""}>{escape(name)}</strong>
<span class="soft">{answer["probability"]:.1%} sure, in {answer["duration_ms"]:.1f} ms</span></p>
</div>{warnings}
<table><caption hidden>Probability of each class</caption>
{_rows(answer)}
</table>
</article>"""


def _rows(answer: Answer) -> str:
    return "\n".join(
        _row(escape(name), float(probability), first=name == answer["class_name"])
        for name, probability in answer["probabilities"].items()
    )


def _row(name: str, probability: float, *, first: bool) -> str:
    mark = ' class="first"' if first else ""
    bar = f'<progress max="1" value="{probability:.4f}" aria-label="{name}"></progress>'
    return f"<tr{mark}><th scope='row'>{name}</th><td>{bar}</td><td>{probability:.1%}</td></tr>"
