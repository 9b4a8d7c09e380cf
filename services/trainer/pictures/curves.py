"""The curves of a training, as SVG: the same bytes for the same history."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

PANELS = (("loss", "loss"), ("accuracy", "accuracy"))
# Okabe and Ito's palette, which colour-blind people can tell apart.
TRAINING_COLOUR, VALIDATION_COLOUR, KEPT_COLOUR = "#0072b2", "#d55e00", "#666666"
SIZE_INCHES = (9.0, 3.6)
FEW_EPOCHS = 20


def history_svg(epochs: Sequence[Mapping[str, float]], best_epoch: int, title: str) -> bytes:
    """Loss and accuracy of every epoch, on the training and on the validation split.

    Args:
        epochs: The figures of each, first epoch first: `loss`, `accuracy`, and the same with
            `validation_` before.
        best_epoch: Whose weights were kept, from 1.
        title: Above all.
    """
    # Imported here: it takes a second, and nothing else needs it.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    buffer = io.BytesIO()
    # Ids come from a salt, and text stays text, so that nothing depends on the machine's fonts.
    with mpl.rc_context({"svg.hashsalt": "gabarito", "svg.fonttype": "none"}):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        figure.suptitle(title)
        axes = figure.subplots(1, len(PANELS))
        for panel, (key, name) in zip(axes, PANELS, strict=True):
            _draw(panel, epochs, key, name)
            panel.axvline(best_epoch, color=KEPT_COLOUR, linestyle=":", label="weights kept")
        axes[0].legend(frameon=False)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _draw(panel: Any, epochs: Sequence[Mapping[str, float]], key: str, name: str) -> None:
    numbers = range(1, len(epochs) + 1)
    marker = "o" if len(epochs) <= FEW_EPOCHS else ""
    for prefix, split, colour in (
        ("", "training", TRAINING_COLOUR),
        ("validation_", "validation", VALIDATION_COLOUR),
    ):
        values = [epoch[prefix + key] for epoch in epochs]
        panel.plot(numbers, values, color=colour, marker=marker, markersize=3, label=split)
    panel.set_xlabel("epoch")
    panel.set_ylabel(name)
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.grid(visible=True, alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
