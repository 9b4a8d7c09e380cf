"""The loads of the serving benchmarks: bodies in each server's dialect, and `wrk` to send them.

picture   one 28x28 PNG a request
rows      32 images a request, nested lists of numbers in JSON
binary    32 images a request, a binary tensor of the Open Inference Protocol
"""

import base64
import json
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

IMAGES_A_REQUEST = 32
SCRIPT = Path(__file__).resolve().parent / "load.lua"
_BOUNDARY = "benchmark-boundary-7f3a9c"


@dataclass(frozen=True)
class Body:
    """A request body and the headers that go with it."""

    content: bytes
    content_type: str
    head_bytes: str = "-"


@dataclass(frozen=True)
class Cell:
    """What one run of the load generator saw."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def png(image: NDArray[np.float32]) -> bytes:
    """A grey picture in [0, 1] as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        )

    pixels = np.rint(image[..., 0] * 255).astype(np.uint8)
    height, width = pixels.shape
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def bodies(dialect: str, images: NDArray[np.float32]) -> list[Body]:
    """The bodies of a load in a server's dialect.

    Args:
        dialect: `png`, `form:FIELD` or `v2-png` for pictures, `instances`, `v2` or `v2-binary`
            for 32 images.
        images: float32, shape `(n, height, width, 1)`, in [0, 1].
    """
    kind, _, field = dialect.partition(":")
    if kind == "png":
        return [Body(png(image), "image/png") for image in images]
    if kind == "form":
        return [_form(field, png(image)) for image in images]
    if kind == "v2-png":
        return [_v2_picture(png(image)) for image in images]
    many = np.resize(images, (IMAGES_A_REQUEST, *images.shape[1:]))
    if kind == "instances":
        return [Body(_json({"instances": many.tolist()}), "application/json")]
    tensor: dict[str, Any] = {"name": "image", "shape": list(many.shape), "datatype": "FP32"}
    if kind == "v2":
        tensor |= {"name": field or "image", "data": many.tolist()}
        return [Body(_json({"inputs": [tensor]}), "application/json")]
    tensor["parameters"] = {"binary_data_size": many.nbytes}
    head = _json({"inputs": [tensor], "parameters": {"binary_data_output": True}})
    return [Body(head + many.tobytes(), "application/octet-stream", str(len(head)))]


def _form(field: str, content: bytes) -> Body:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="digit.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    return Body(
        head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode(),
        f"multipart/form-data; boundary={_BOUNDARY}",
    )


def _v2_picture(content: bytes) -> Body:
    tensor = {
        "name": "image",
        "shape": [1],
        "datatype": "BYTES",
        "parameters": {"content_type": "base64"},
        "data": [base64.b64encode(content).decode()],
    }
    return Body(_json({"inputs": [tensor]}), "application/json")


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def run(port: int, path: str, folder: Path, connections: int, seconds: int) -> Cell:
    """Send the bodies in a folder, which `save` wrote, without pause."""
    count, content_type, head_bytes = (folder / "about").read_text().splitlines()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--"]
    command += [str(folder), count, path, content_type, head_bytes]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    requests, micros, p50, p99, failed = (int(word) for word in line.split()[1:])
    return Cell(requests / micros * 1e6, p50 / 1e3, p99 / 1e3, failed)


def save(prepared: list[Body], folder: Path) -> None:
    """Write bodies where the load generator finds them."""
    folder.mkdir(parents=True)
    for number, body in enumerate(prepared):
        (folder / str(number)).write_bytes(body.content)
    about = (str(len(prepared)), prepared[0].content_type, prepared[0].head_bytes)
    (folder / "about").write_text("\n".join(about))
