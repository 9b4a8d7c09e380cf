"""Digits of the MNIST test split as people send them: on paper, photographed, in every format.

Each disguise draws its own parameters widely from the generator that it is given, and gives
the bytes of a picture file. Nothing here knows how pictures are read.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Rng = np.random.Generator
Sheet = NDArray[np.floating]
"""How much ink lies on each pixel, `(height, width)` in [0, 1]."""
Disguise = Callable[[Rng, NDArray[np.uint8]], bytes]

_ORIENTATION = 0x0112
_INVERSE_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


# Strokes and sheets


def enlarged(digit: NDArray[np.uint8], height: int, *, crisp: bool = True) -> Sheet:
    """The digit without its margin, so high; crisp as a pen draws, or soft as it is."""
    rows, columns = np.flatnonzero(digit.any(1)), np.flatnonzero(digit.any(0))
    image = Image.fromarray(digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    width = max(1, round(image.width * height / image.height))
    soft = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255
    if not crisp:
        return soft
    softness = max(0.15, 6 / height)
    return np.clip((soft - 0.5) / softness + 0.5, 0, 1).astype(np.float32)


def with_stroke(ink: Sheet, change: int) -> Sheet:
    """The strokes thicker by so many pixels, or thinner where it is negative."""
    image = Image.fromarray((np.pad(ink, abs(change) + 2) * 255).astype(np.uint8))
    if change:
        pen = ImageFilter.MaxFilter if change > 0 else ImageFilter.MinFilter
        for _ in range(abs(change) // 2):
            image = image.filter(pen(3))
    return np.asarray(image, np.float32) / 255


def skeleton(ink: Sheet) -> NDArray[np.bool_]:
    """The middle lines of the strokes.

    References:
        Zhang, Suen (1984), A fast parallel algorithm for thinning digital patterns.
    """
    shape = np.pad(ink > 0.5, 1)
    while True:
        before = shape.sum()
        for first in (True, False):
            n = [np.roll(shape, s, (0, 1)) for s in _AROUND]
            count = np.sum(n, axis=0)
            steps = np.sum([~n[i] & n[(i + 1) % 8] for i in range(8)], axis=0)
            up, right, down, left = n[0], n[2], n[4], n[6]
            if first:
                free = ~(up & right & down) & ~(right & down & left)
            else:
                free = ~(up & right & left) & ~(up & down & left)
            shape = shape & ~((count >= 2) & (count <= 6) & (steps == 1) & free)
        if shape.sum() == before:
            return shape[1:-1, 1:-1]


_AROUND = [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)]


def on_sheet(
    rng: Rng, ink: Sheet, *, room: tuple[float, float] = (1.3, 2.2), centred: bool = False
) -> Sheet:
    """The drawing on a sheet larger by a factor, near the middle or anywhere on it."""
    height, width = ink.shape
    longest = max(height, width)
    sheet = np.zeros([round(longest * rng.uniform(*room)) for _ in range(2)], np.float32)
    free = np.array(sheet.shape) - ink.shape
    margin = np.minimum(free // 2, max(1, longest // 20))
    place = free // 2 if centred else rng.integers(margin, free - margin + 1)
    top, left = place
    sheet[top : top + height, left : left + width] = ink
    return sheet


def painted(sheet: Sheet, paper: object, pen: object) -> Sheet:
    """Colour, float32 in [0, 255], of a sheet of this paper under this pen."""
    paper, pen = np.asarray(paper, np.float32), np.asarray(pen, np.float32)
    return (paper + (pen - paper) * sheet[..., None]).astype(np.float32)


def smooth_noise(rng: Rng, shape: tuple[int, ...], cells: int) -> Sheet:
    """A soft pattern in about [0, 1] with so many waves along a side."""
    coarse = Image.fromarray(rng.random((cells, cells)).astype(np.float32))
    size = (shape[1], shape[0])
    return np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), np.float32)


def shadow(rng: Rng, shape: tuple[int, ...]) -> Sheet:
    """A factor of light: a soft-edged shadow over a part of the sheet."""
    rows, columns = np.indices(shape[:2], np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    distance = (columns / shape[1] - 0.5) * np.cos(angle) + (rows / shape[0] - 0.5) * np.sin(angle)
    edge = (distance - rng.uniform(-0.3, 0.3)) / rng.uniform(0.01, 0.2)
    return (1 - rng.uniform(0.2, 0.6) / (1 + np.exp(-np.clip(edge, -30, 30)))).astype(np.float32)


def slope(rng: Rng, shape: tuple[int, ...]) -> Sheet:
    """A factor of light that falls across the sheet."""
    rows, columns = np.indices(shape[:2], np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (columns / shape[1] - 0.5) * np.cos(angle) + (rows / shape[0] - 0.5) * np.sin(angle)
    return (1 - rng.uniform(0.1, 0.5) * (along + 0.5)).astype(np.float32)


def grey_pair(rng: Rng, contrast: float = 90) -> tuple[float, float]:
    """A light paper and a darker ink."""
    paper = rng.uniform(170, 255)
    return paper, rng.uniform(0, paper - contrast)


def bytes_of(pixels: Sheet, kind: str = "PNG", **options: object) -> bytes:
    """The file of a picture in [0, 255], grey or colour."""
    image = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def drawn(rng: Rng, digit: NDArray[np.uint8], low: int = 90, high: int = 300) -> Sheet:
    """The digit, at a size drawn between these, on a sheet."""
    ink = enlarged(digit, int(rng.integers(low, high)), crisp=bool(rng.random() < 0.7))
    return on_sheet(rng, ink)


# The disguises


def plain(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng)
    return bytes_of(paper + (pen - paper) * drawn(rng, digit))


def inverted(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    size = int(rng.choice([28, 28, 56, 112, 140, 280]))
    image = Image.fromarray(255 - digit)
    way = rng.choice([Image.Resampling.NEAREST, Image.Resampling.BICUBIC])
    return saved(image.resize((size, size), Image.Resampling(way)), "PNG")


def rotated_by_exif(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng)
    pixels = paper + (pen - paper) * drawn(rng, digit)
    orientation = int(rng.integers(2, 9))
    image = Image.fromarray(pixels.astype(np.uint8)).transpose(_INVERSE_TURNS[orientation])
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    return saved(image, str(rng.choice(["JPEG", "PNG", "WebP"])), exif=exif, quality=90)


def coloured(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    while True:
        paper, pen = rng.uniform(0, 255, (2, 3))
        if np.abs(paper - pen).max() > 110:
            break
    return bytes_of(painted(drawn(rng, digit), paper, pen))


def shadowed_photo(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    sheet = on_sheet(rng, enlarged(digit, int(rng.integers(120, 400))), room=(1.4, 3.0))
    paper, pen = rng.uniform((190, 185, 170), (250, 248, 240)), rng.uniform(15, 80, 3)
    pixels = painted(sheet, paper, pen)
    light = shadow(rng, pixels.shape) * slope(rng, pixels.shape)
    pixels = pixels * light[..., None] + rng.normal(0, rng.uniform(1, 7), pixels.shape)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    blurred = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2)))
    return saved(blurred, "JPEG", quality=int(rng.integers(60, 95)))


def chalk(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    ink = enlarged(digit, int(rng.integers(120, 350)))
    sheet = on_sheet(rng, ink)
    grain = rng.random(sheet.shape) < rng.uniform(0.6, 0.95)
    sheet = sheet * grain * (0.7 + 0.3 * smooth_noise(rng, sheet.shape, 24))
    board = rng.choice([[30, 60, 45], [25, 28, 30], [50, 70, 60], [20, 40, 70]])
    pixels = painted(sheet, board, rng.uniform(200, 245, 3))
    dust = smooth_noise(rng, sheet.shape, 6) * rng.uniform(5, 35)
    pixels = (pixels + dust[..., None]) * slope(rng, pixels.shape)[..., None]
    return bytes_of(pixels + rng.normal(0, 4, pixels.shape), "JPEG", quality=85)


def transparent(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    alpha = np.rint(drawn(rng, digit) * 255).astype(np.uint8)
    way = int(rng.integers(0, 3))
    if way == 0:  # a pen of one colour on nothing
        pixels = np.empty((*alpha.shape, 4), np.uint8)
        pixels[..., :3] = rng.integers(0, 256, 3)
        pixels[..., 3] = alpha
        return saved(Image.fromarray(pixels), str(rng.choice(["PNG", "WebP"])), lossless=True)
    if way == 1:
        pair = np.dstack([np.full_like(alpha, rng.choice([0, 255])), alpha])
        return saved(Image.fromarray(pair, "LA"), "PNG")
    colours = painted(alpha / np.float32(255), (255, 255, 255), rng.uniform(0, 130, 3))
    around = np.where(on_sheet_mask(alpha), 255, 0).astype(np.uint8)
    return saved(Image.fromarray(np.dstack([colours.astype(np.uint8), around])), "PNG")


def on_sheet_mask(alpha: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """A rounded label around what is drawn."""
    image = Image.fromarray(alpha).filter(ImageFilter.MaxFilter(2 * (max(alpha.shape) // 24) + 1))
    return np.asarray(image) > 60


def thin_pen(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    ink = skeleton(np.pad(enlarged(digit, int(rng.integers(100, 400))), 2)).astype(np.float32)
    ink = with_stroke(ink, 2 * int(rng.integers(0, 3)))
    image = Image.fromarray((ink * 255).astype(np.uint8))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(0.6)), np.float32) / 255
    paper, pen = grey_pair(rng, 120)
    return bytes_of(paper + (pen - paper) * np.minimum(1, on_sheet(rng, soft) * 1.8))


def thick_pen(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    height = int(rng.integers(100, 300))
    ink = with_stroke(enlarged(digit, height), round(height * rng.uniform(0.03, 0.08)))
    paper, pen = grey_pair(rng)
    return bytes_of(paper + (pen - paper) * on_sheet(rng, ink))


def poor_jpeg(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng, 130)
    pixels = paper + (pen - paper) * drawn(rng, digit, 40, 200)
    return bytes_of(pixels, "JPEG", quality=int(rng.integers(8, 40)))


def off_centre(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    sheet = on_sheet(rng, enlarged(digit, int(rng.integers(40, 120))), room=(3.0, 9.0))
    paper, pen = grey_pair(rng)
    return bytes_of(paper + (pen - paper) * sheet)


def ruling(
    rng: Rng, shape: tuple[int, ...], spacing: float, *, squared: bool, width: float
) -> Sheet:
    """Printed lines, turned a little as a sheet under a camera is."""
    rows, columns = np.indices(shape[:2], np.float32)
    angle = np.deg2rad(rng.uniform(-3, 3))
    lines = np.zeros(shape[:2], np.float32)
    for across in (rows, columns) if squared else (rows,):
        along = columns if across is rows else -rows
        place = across * np.cos(angle) + along * np.sin(angle) + rng.uniform(0, spacing)
        from_line = np.abs((place + spacing / 2) % spacing - spacing / 2)
        lines = np.maximum(lines, np.clip(width / 2 + 0.5 - from_line, 0, 1))
    return lines


def _on_lines(rng: Rng, digit: NDArray[np.uint8], *, squared: bool) -> bytes:
    height = int(rng.integers(100, 300))
    sheet = on_sheet(rng, enlarged(digit, height), room=(1.5, 3.0))
    spacing = height * rng.uniform(0.25, 0.6) if squared else height * rng.uniform(0.7, 1.3)
    width = max(1.0, height * rng.uniform(0.006, 0.02))
    lines = ruling(rng, sheet.shape, spacing, squared=squared, width=width)
    paper = rng.uniform((225, 225, 220), (255, 255, 255))
    print_colour = rng.uniform((90, 130, 150), (180, 200, 230))
    pixels = painted(lines, paper, print_colour)
    pen = rng.uniform(0, 70, 3)
    pixels = pixels + (pen - pixels) * sheet[..., None]
    pixels = pixels * slope(rng, pixels.shape)[..., None]
    return bytes_of(pixels + rng.normal(0, 2, pixels.shape), "JPEG", quality=88)


def squared_paper(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    return _on_lines(rng, digit, squared=True)


def ruled_paper(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    return _on_lines(rng, digit, squared=False)


def noisy(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng, 140)
    pixels = paper + (pen - paper) * drawn(rng, digit, 100, 300)
    if rng.random() < 0.5:
        pixels = pixels + rng.normal(0, rng.uniform(10, 40), pixels.shape)
    else:
        hit = rng.random(pixels.shape) < rng.uniform(0.01, 0.08)
        pixels = np.where(hit, rng.choice([0.0, 255.0], pixels.shape), pixels)
    return bytes_of(pixels)


def sixteen_bits(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng)
    pixels = paper + (pen - paper) * drawn(rng, digit)
    bits = int(rng.choice([10, 12, 14, 16]))
    deep = np.rint(pixels / 255 * (2**bits - 1)).astype(np.uint16)
    return saved(Image.fromarray(deep), str(rng.choice(["PNG", "TIFF"])))


def palette(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    pixels = painted(drawn(rng, digit), rng.uniform(170, 255, 3), rng.uniform(0, 90, 3))
    image = Image.fromarray(pixels.astype(np.uint8)).quantize(int(rng.integers(4, 64)))
    return saved(image, str(rng.choice(["PNG", "GIF"])))


def tiny(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    ink = enlarged(digit, int(rng.integers(12, 24)), crisp=False)
    paper, pen = grey_pair(rng, 130)
    return bytes_of(paper + (pen - paper) * on_sheet(rng, ink, room=(1.1, 1.8)))


def other_formats(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    pixels = painted(drawn(rng, digit), rng.uniform(170, 255, 3), rng.uniform(0, 90, 3))
    return bytes_of(pixels, str(rng.choice(["WebP", "GIF", "BMP", "TIFF"])))


def huge_photo(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    ink = on_sheet(rng, enlarged(digit, int(rng.integers(60, 300))), room=(1.0, 1.0), centred=True)
    sheet = np.zeros((375, 500), np.float32)
    free = np.maximum(np.array(sheet.shape) - ink.shape, 1)
    top, left = rng.integers(free // 8, free - free // 8 + 1)
    part = sheet[top : top + ink.shape[0], left : left + ink.shape[1]]
    part[:] = ink[: part.shape[0], : part.shape[1]]
    pixels = painted(sheet, rng.uniform(190, 245, 3), rng.uniform(10, 80, 3))
    pixels = pixels * (shadow(rng, pixels.shape) * slope(rng, pixels.shape))[..., None]
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    large = np.asarray(image.resize((4000, 3000), Image.Resampling.BILINEAR), np.int16)
    grain = rng.integers(-12, 13, (3000, 4000, 1), np.int16)
    return saved(
        Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)), "JPEG", quality=88
    )


def turned(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng)
    image = Image.fromarray((paper + (pen - paper) * drawn(rng, digit)).astype(np.uint8))
    way = Image.Resampling.BICUBIC
    return saved(image.rotate(rng.uniform(-12, 12), way, fillcolor=int(paper)), "PNG")


def pencil(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper = rng.uniform(200, 245)
    sheet = drawn(rng, digit, 120, 300)
    sheet = sheet * (0.5 + 0.5 * smooth_noise(rng, sheet.shape, 40))
    pixels = paper - rng.uniform(35, 80) * sheet
    pixels = pixels * slope(rng, pixels.shape) + rng.normal(0, rng.uniform(1, 4), pixels.shape)
    return bytes_of(pixels, "JPEG", quality=88)


def on_a_desk(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    sheet = on_sheet(rng, enlarged(digit, int(rng.integers(100, 250))), room=(1.5, 2.2))
    pixels = painted(sheet, rng.uniform(200, 250, 3), rng.uniform(10, 70, 3))
    height, width = sheet.shape
    around = [int(rng.uniform(0, 0.3) * side) for side in (height, height, width, width)]
    top, bottom, left, right = around
    desk = np.empty((height + top + bottom, width + left + right, 3), np.float32)
    desk[:] = rng.uniform((60, 40, 20), (150, 110, 80))
    desk += 25 * smooth_noise(rng, desk.shape, 20)[..., None]
    desk[top : top + height, left : left + width] = pixels
    desk *= slope(rng, desk.shape)[..., None]
    return bytes_of(desk + rng.normal(0, 3, desk.shape), "JPEG", quality=88)


def hard_shadows(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    sheet = on_sheet(rng, enlarged(digit, int(rng.integers(120, 320))), room=(1.4, 2.4))
    pixels = painted(sheet, rng.uniform(215, 255, 3), rng.uniform(0, 60, 3))
    height, width = sheet.shape
    for _ in range(int(rng.integers(1, 4))):
        corners = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 7)), 2)) * (width, height)
        around = np.arctan2(*(corners - corners.mean(0)).T)
        mask = Image.new("L", (width, height))
        outline = [(float(x), float(y)) for x, y in corners[np.argsort(around)]]
        ImageDraw.Draw(mask).polygon(outline, fill=255)
        soft = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 6)))
        dark = np.asarray(soft, np.float32)[..., None] / 255
        pixels = pixels * (1 - rng.uniform(0.25, 0.5) * dark)
    return bytes_of(pixels + rng.normal(0, 2, pixels.shape), "JPEG", quality=88)


def sticky_note(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    sheet = on_sheet(rng, enlarged(digit, int(rng.integers(90, 200))), room=(1.4, 1.9))
    side = round(max(sheet.shape) * rng.uniform(1.5, 2.4))
    desk = np.empty((side, side, 3), np.float32)
    desk[:] = rng.uniform(0.3, 1.0) * np.array([150, 115, 80])
    desk += 30 * smooth_noise(rng, desk.shape, 40)[..., None]
    colours = painted(sheet, rng.uniform((180, 180, 80), (255, 255, 200)), rng.uniform(0, 60, 3))
    note = Image.fromarray(colours.astype(np.uint8)).convert("RGBA")
    note = note.rotate(rng.uniform(-20, 20), Image.Resampling.BICUBIC, expand=True)
    picture = Image.fromarray(np.clip(desk, 0, 255).astype(np.uint8))
    free = np.array(picture.size) - note.size
    left, top = (int(place) for place in rng.uniform(0.2, 0.8, 2) * free)
    picture.paste(note, (left, top), note)
    return saved(picture.filter(ImageFilter.GaussianBlur(0.8)), "JPEG", quality=88)


def in_a_frame(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    paper, pen = grey_pair(rng)
    pixels = paper + (pen - paper) * drawn(rng, digit, 80, 250)
    if rng.random() < 0.4:
        pixels = 255 - pixels
    widths = [round(min(pixels.shape) * rng.uniform(0.03, 0.25)) for _ in range(4)]
    top, bottom, left, right = widths
    return bytes_of(
        np.pad(pixels, ((top, bottom), (left, right)), constant_values=rng.choice([0, 255]))
    )


def in_a_box(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    sheet = on_sheet(rng, enlarged(digit, int(rng.integers(80, 250))), room=(1.4, 1.9))
    line = max(2, round(min(sheet.shape) * rng.uniform(0.008, 0.02)))
    boxed = np.pad(np.pad(sheet, line, constant_values=1), int(rng.integers(4, 60)))
    paper, pen = grey_pair(rng, 130)
    return bytes_of(paper + (pen - paper) * boxed)


def out_of_focus(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    height = int(rng.integers(100, 300))
    sheet = on_sheet(rng, enlarged(digit, height))
    paper, pen = grey_pair(rng, 110)
    image = Image.fromarray((paper + (pen - paper) * sheet).astype(np.uint8))
    blurred = image.filter(ImageFilter.GaussianBlur(height * rng.uniform(0.01, 0.04)))
    return saved(blurred, "JPEG", quality=85)


def cropped_tight(rng: Rng, digit: NDArray[np.uint8]) -> bytes:
    ink = np.pad(enlarged(digit, int(rng.integers(60, 300))), int(rng.integers(0, 4)))
    paper, pen = grey_pair(rng)
    light_on_dark = rng.random() < 0.3
    first, second = (pen, paper) if light_on_dark else (paper, pen)
    return bytes_of(first + (second - first) * ink)


DISGUISES: dict[str, Disguise] = {
    disguise.__name__: disguise
    for disguise in (
        plain, inverted, rotated_by_exif, coloured, shadowed_photo, chalk, transparent, thin_pen,
        thick_pen, poor_jpeg, off_centre, squared_paper, ruled_paper, noisy, sixteen_bits, palette,
        tiny, other_formats, huge_photo, turned, pencil, on_a_desk, in_a_box, out_of_focus,
        cropped_tight, hard_shadows, sticky_note, in_a_frame,
    )
}  # fmt: skip


def several(rng: Rng, digits: list[NDArray[np.uint8]]) -> bytes:
    """Digits beside each other, of nearly one size, as a number is written."""
    height = int(rng.integers(60, 160))
    inks = [enlarged(digit, round(height * rng.uniform(0.8, 1.15))) for digit in digits]
    gaps = [round(height * rng.uniform(0.12, 0.5)) for _ in inks]
    tallest = max(ink.shape[0] for ink in inks)
    room = round(height * 0.2)
    line = np.zeros((tallest + room, sum(ink.shape[1] for ink in inks) + sum(gaps)), np.float32)
    left = 0
    for ink, gap in zip(inks, gaps, strict=True):
        top = int(rng.integers(0, line.shape[0] - ink.shape[0] + 1))
        line[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        left += ink.shape[1] + gap
    sheet = np.pad(line, round(height * rng.uniform(0.2, 0.8)))
    paper, pen = grey_pair(rng, 120)
    pixels = (paper + (pen - paper) * sheet) * slope(rng, sheet.shape)
    return bytes_of(pixels + rng.normal(0, 2, pixels.shape), "JPEG", quality=88)
