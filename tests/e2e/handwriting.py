"""Digits as a hand draws them: strokes of points in a square of side 1, y downwards."""

import math
from collections.abc import Sequence

from playwright.sync_api import Page

Point = tuple[float, float]
Stroke = Sequence[Point]

POINTS_OF_AN_ARC = 16


def arc(centre: Point, radii: Point, start: float, end: float) -> list[Point]:
    """Points of an ellipse between two angles in degrees: 0 is right, 90 is down."""
    steps = [start + (end - start) * i / POINTS_OF_AN_ARC for i in range(POINTS_OF_AN_ARC + 1)]
    return [
        (
            centre[0] + radii[0] * math.cos(math.radians(angle)),
            centre[1] + radii[1] * math.sin(math.radians(angle)),
        )
        for angle in steps
    ]


DIGITS: dict[int, list[Stroke]] = {
    0: [arc((0.5, 0.5), (0.2, 0.32), -80, 290)],
    1: [[(0.55, 0.18), (0.53, 0.4), (0.5, 0.62), (0.48, 0.84)]],
    2: [
        [
            *arc((0.5, 0.34), (0.19, 0.16), 190, 380),
            *[(0.62, 0.52), (0.48, 0.68), (0.32, 0.82), (0.5, 0.81), (0.72, 0.82)],
        ]
    ],
    3: [
        [*arc((0.48, 0.33), (0.19, 0.16), 200, 430), *arc((0.47, 0.66), (0.22, 0.18), -80, 150)],
    ],
    4: [
        [(0.36, 0.18), (0.33, 0.35), (0.3, 0.54), (0.5, 0.53), (0.72, 0.51)],
        [(0.64, 0.2), (0.61, 0.5), (0.58, 0.86)],
    ],
    5: [
        [
            *[(0.68, 0.19), (0.52, 0.2), (0.38, 0.21), (0.36, 0.34), (0.35, 0.46)],
            *arc((0.48, 0.63), (0.2, 0.2), -125, 150),
        ]
    ],
    6: [
        [
            *[(0.6, 0.16), (0.48, 0.28), (0.38, 0.44), (0.34, 0.6)],
            *arc((0.5, 0.67), (0.16, 0.17), 180, -190),
        ]
    ],
    7: [[(0.28, 0.22), (0.5, 0.21), (0.72, 0.22), (0.64, 0.4), (0.54, 0.62), (0.47, 0.85)]],
    8: [
        [
            *arc((0.5, 0.33), (0.15, 0.15), -60, -270),
            *arc((0.5, 0.66), (0.18, 0.18), -90, 270),
            *arc((0.5, 0.33), (0.15, 0.15), 90, -60),
        ]
    ],
    9: [
        [
            *arc((0.48, 0.35), (0.16, 0.17), -20, -350),
            *[(0.63, 0.4), (0.62, 0.55), (0.59, 0.7), (0.55, 0.86)],
        ]
    ],
}


def draw(page: Page, strokes: Sequence[Stroke], *, scale: float = 1.0, left: float = 0.0) -> None:
    """Draw with the mouse on the sheet of the page.

    Args:
        page: With the inference page.
        strokes: As of `DIGITS`.
        scale: Of the square that they are drawn in, as a share of the sheet.
        left: Where that square begins, as a share of the sheet; it is in the middle of its height.
    """
    sheet = page.locator("#sketch").bounding_box()
    assert sheet is not None
    side, top = sheet["width"], (1 - scale) / 2

    def at(point: Point) -> Point:
        x, y = left + point[0] * scale, top + point[1] * scale
        return sheet["x"] + x * side, sheet["y"] + y * side

    for stroke in strokes:
        page.mouse.move(*at(stroke[0]))
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*at(point))
        page.mouse.up()
