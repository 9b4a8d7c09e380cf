"""How many disguised digits a trained network reads, and what looking at a picture costs.

    python benchmarks/pictures/run.py --model models/mnist-cnn/1 --data-dir data

Makes disguises of digits of the MNIST test split (`tests/disguises.py`) from a seed, reads
them as the service does, and prints a table: accuracy, distance to the digit that was
disguised, time. Ends with 1 if fewer than 97 in 100 are read, or fewer than 92 of any kind.
Times are of the process's own CPU clock, so that others on the machine disturb them less.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from services.inference.engines.litert import LiteRtEngine  # noqa: E402
from services.inference.pictures.preprocessing import WORKING_SIDE_PIXELS, prepare  # noqa: E402
from services.inference.servables import signature_of  # noqa: E402
from services.trainer.datasets.idx import read_idx  # noqa: E402
from shared.manifest import Manifest  # noqa: E402
from shared.pictures.decoding import decode  # noqa: E402
from tests.disguises import DISGUISES, bytes_of, enlarged, several  # noqa: E402

MAX_PIXELS = 25_000_000
LEAST_OF_ALL, LEAST_OF_EACH = 0.97, 0.92
# Shown, and not among those that must be met: shadows as sharp as the strokes, several of them.
HARDER = ("hard_shadows",)
PHOTO_MS, PHOTO_MEGABYTES, CANVAS_MS = 150, 150, 3


class Reader:
    """What a network reads on pictures, as the service reads them."""

    def __init__(self, version: Path) -> None:
        self.card = Manifest.model_validate_json((version / "manifest.json").read_bytes())
        twin = (version / "model.tflite").read_bytes()
        self._engine = LiteRtEngine(twin, signature_of(self.card))

    def prepared(self, data):
        """The tensors of a picture file."""
        picture = decode(data, max_pixels=MAX_PIXELS, max_side=WORKING_SIDE_PIXELS)
        return prepare(picture, self.card.preprocessing, self.card.input.shape)

    def read(self, data):
        """The labels on a picture, and which of them stands for it."""
        prepared = self.prepared(data)
        labels = self._engine.predict(prepared.images).argmax(axis=1)
        return labels[: len(prepared.boxes)].tolist(), prepared


def distance(image, digit):
    """The mean absolute difference, after the shift by at most 2 pixels that makes it least."""
    shifts = [(down, across) for down in range(-2, 3) for across in range(-2, 3)]
    return min(np.abs(np.roll(image, shift, (0, 1)) - digit / 255).mean() for shift in shifts)


def accuracy_of(reader, kind, count, seed, images, labels):
    """The fraction that is read, the mean distance, and milliseconds for each picture."""
    rng = np.random.default_rng([seed, *kind.encode()])
    right, distances, seconds = 0, [], []
    for _ in range(count):
        index = int(rng.integers(0, len(images)))
        data = DISGUISES[kind](rng, images[index])
        started = time.process_time()
        read, prepared = reader.read(data)
        seconds.append(time.process_time() - started)
        right += bool(read) and read[prepared.prominent] == labels[index]
        distances.append(distance(prepared.images[prepared.prominent, ..., 0], images[index]))
    return right / count, float(np.mean(distances)), 1000 * float(np.median(seconds))


def accuracy_of_numbers(reader, count, seed, images, labels):
    """The fraction of pictures with two to five digits on which all are read in order."""
    rng, right = np.random.default_rng([seed, 0]), 0
    for _ in range(count):
        indices = rng.integers(0, len(images), int(rng.integers(2, 6)))
        read, _ = reader.read(several(rng, list(images[indices])))
        right += read == labels[indices].tolist()
    return right / count


def median_ms(call, repeats):
    """Milliseconds of CPU time, the median of some calls."""
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return 1000 * float(np.median(seconds))


def photo_megabytes(photo):
    """What reading a photo adds to the memory of a process that has read a small picture."""
    code = (
        f"import re, sys; sys.path.insert(0, {str(ROOT)!r});"
        "from services.inference.pictures.preprocessing import *;"
        "from shared.pictures.decoding import decode;"
        "from shared.pictures.picture import to_png;"
        "import numpy as np;"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]);"
        "see = lambda data: prepare(decode(data, max_pixels=10**8, max_side=WORKING_SIDE_PIXELS),"
        " 'mnist-digit', (28, 28, 1));"
        "photo = sys.stdin.buffer.read();"
        "see(to_png(np.eye(100, dtype='float32')[..., None])); before = peak();"
        "see(photo); print((peak() - before) / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=photo, capture_output=True, check=True
    )
    return float(done.stdout)


def print_costs(reader, images):
    """Time and memory of the two pictures that have a bound."""
    canvas = np.zeros((280, 280), np.float32)
    digit = enlarged(images[0], 180)
    canvas[50 : 50 + digit.shape[0], 90 : 90 + digit.shape[1]] = digit
    png = bytes_of(255 - 255 * canvas)
    colour = bytes_of(np.repeat((255 - 255 * canvas)[..., None], 3, axis=2))
    photo = DISGUISES["huge_photo"](np.random.default_rng(1), images[0])
    print(f"\n280x280 PNG, grey:    {median_ms(lambda: reader.prepared(png), 200):7.2f} ms")
    print(f"280x280 PNG, colour:  {median_ms(lambda: reader.prepared(colour), 200):7.2f} ms")
    print(f"                      at most {CANVAS_MS} ms is the aim")
    print(f"12-megapixel JPEG:    {median_ms(lambda: reader.prepared(photo), 9):7.1f} ms")
    print(f"                      {photo_megabytes(photo):7.0f} MB more than before")
    print(f"                      at most {PHOTO_MS} ms and {PHOTO_MEGABYTES} MB are the aim")


def main():
    """Print the table; the exit status says whether the aims are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "models/mnist-cnn/1")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "data")
    parser.add_argument("--count", type=int, default=40, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    images = read_idx(options.data_dir / "mnist/t10k-images-idx3-ubyte.gz", 3).array
    labels = read_idx(options.data_dir / "mnist/t10k-labels-idx1-ubyte.gz", 1).array
    reader = Reader(options.model)
    print(
        f"{reader.card.model}/{reader.card.version}, {options.count} of each, seed {options.seed}"
    )
    print(f"{'disguise':18s} {'read':>6s} {'distance':>9s} {'ms':>7s}")
    fractions = []
    for kind in DISGUISES:
        read, apart, ms = accuracy_of(reader, kind, options.count, options.seed, images, labels)
        if kind not in HARDER:
            fractions.append(read)
        note = "  (not counted)" if kind in HARDER else ""
        print(f"{kind:18s} {read:6.1%} {apart:9.3f} {ms:7.1f}{note}", flush=True)
    numbers = accuracy_of_numbers(reader, options.count, options.seed, images, labels)
    print(f"{'all':18s} {np.mean(fractions):6.1%}")
    print(f"{'whole numbers':18s} {numbers:6.1%}")
    print_costs(reader, images)
    good = np.mean(fractions) >= LEAST_OF_ALL and min(fractions) >= LEAST_OF_EACH
    print(
        f"\n{'met' if good else 'NOT met'}: {LEAST_OF_ALL:.0%} of all, {LEAST_OF_EACH:.0%} of each"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
