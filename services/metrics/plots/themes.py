"""Colours for light and dark surroundings that colour-blind people can tell apart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture.

    Attributes:
        paper: Behind everything.
        ink: Text and the lines that matter.
        muted: Text that explains.
        faint: Grid and frames.
        quiet: Curves that are not singled out.
        sequential: matplotlib's map from nothing to all, perceptually uniform.
        diverging: From much less over nothing to much more.
        lines: Of singled-out curves, in this order.
    """

    paper: str
    ink: str
    muted: str
    faint: str
    quiet: str
    sequential: str
    diverging: tuple[str, ...]
    lines: tuple[str, ...]


# Paper, ink and lines are those of the pages (shared/web). The curves are Okabe and Ito's
# palette, on dark paper lightened to the same contrast.
LIGHT = Theme(
    paper="#ffffff",
    ink="#1a1f1c",
    muted="#59615c",
    faint="#e4e1d9",
    quiet="#b3b8b4",
    sequential="Blues",
    diverging=("#0b3c6f", "#4a97c9", "#f5f4f0", "#e58a62", "#8c1a1f"),
    lines=("#0072b2", "#d55e00", "#009e73", "#b8578f", "#b07900", "#3a9fdc", "#7a5ccc", "#5f6f00"),
)
DARK = Theme(
    paper="#191d1a",
    ink="#eceeea",
    muted="#a5ada7",
    faint="#2f3531",
    quiet="#565f59",
    sequential="cividis",
    diverging=("#8fd0ff", "#2c6ea6", "#232824", "#a6512b", "#ffb48a"),
    lines=("#4db2ec", "#ff8a4c", "#2fc79a", "#e394c3", "#e9b44c", "#9ad5f7", "#b39df2", "#c3d24f"),
)
THEMES = {"light": LIGHT, "dark": DARK}
