"""What is sent to exhaust memory or patience: the error of the protocol, and bounded memory."""

import gzip
import json
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.model_store import ModelStore
from tests.integration.test_inference_serving import MODELS, send, served
from tests.support import png_of

MEBIBYTE = 2**20
# Above what the service holds when it is idle. The largest body is 32 MiB; the worst that is
# answered holds it, unpacked, and the values that are made of it, a few times over.
MOST_MORE_MEBIBYTES = 320
PREDICT, V1, V2 = (
    f"/predict/{MODELS[0]}",
    f"/v1/models/{MODELS[0]}:predict",
    f"/v2/models/{MODELS[0]}/infer",
)
JSON = {"Content-Type": "application/json"}
GZIP = {"Content-Encoding": "gzip"}
FULL = 32 * MEBIBYTE - 1024


def repeated(start: bytes, unit: bytes, end: bytes) -> bytes:
    return start + unit * ((FULL - len(start) - len(end)) // len(unit)) + end


def examples_of_zeros(start: bytes, most: int = FULL) -> bytes:
    """Examples of 28x28 pixels in the fewest bytes, as nested lists."""
    row = b"[" + b",".join([b"[0]"] * 28) + b"]"
    example = b"[" + b",".join([row] * 28) + b"]"
    return start + b",".join([example] * min(most, FULL // (len(example) + 1))) + b"]}"


def zeros_in_gzip() -> bytes:
    """A gigabyte of zeros, a megabyte long."""
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(16 * MEBIBYTE)
    return b"".join([*(packer.compress(block) for _ in range(64)), packer.flush()])


def picture_of(width: int, height: int, colours: int) -> bytes:
    """A black picture of a few kilobytes that is large once it is decoded."""
    shape = (height, width) if colours == 1 else (height, width, colours)
    return png_of(np.zeros(shape, np.uint8))


ATTACKS: dict[str, tuple[str, Callable[[], bytes], dict[str, str], int]] = {
    "zeros in gzip, v1": (V1, zeros_in_gzip, GZIP, 413),
    "zeros in gzip, v2": (V2, zeros_in_gzip, GZIP, 413),
    "empty lists, v1": (V1, lambda: repeated(b'{"instances":[', b"[],", b"[]]}"), {}, 413),
    "empty lists, v2": (
        V2,
        lambda: repeated(b'{"inputs":[{"data":[', b"[],", b"[]]}]}"),
        {},
        413,
    ),
    "empty lists in gzip": (
        V1,
        lambda: gzip.compress(repeated(b'{"instances":[', b"[],", b"[]]}"), 1),
        GZIP,
        413,
    ),
    "objects": (V1, lambda: repeated(b'{"instances":[', b'{"a":0},', b"{}]}"), {}, 413),
    "names": (V2, lambda: repeated(b'{"inputs":[],"p":{', b'"":0,', b'"":0}}'), {}, 413),
    "numbers in one list": (V1, lambda: repeated(b'{"instances":[', b"0,", b"0]}"), {}, 413),
    "numbers, flat": (
        V2,
        lambda: repeated(
            b'{"inputs":[{"name":"image","shape":[9,28,28,1],"datatype":"FP32","data":[',
            b"0,",
            b"0]}]}",
        ),
        {},
        413,
    ),
    "zeros in nested lists": (V1, lambda: examples_of_zeros(b'{"instances":['), {}, 413),
    "as many zeros as are taken": (V1, lambda: examples_of_zeros(b'{"inputs":[', 4096), {}, 200),
    "nesting": (V1, lambda: b"[" * FULL, {}, 413),
    "a little nesting": (V2, lambda: b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", {}, 400),
    "quotes": (V1, lambda: b'"' * FULL, {}, 413),
    "escapes": (V1, lambda: b'"' + b"\\" * FULL, {}, 400),
    "a JSON picture of lists": (PREDICT, lambda: repeated(b"[", b"[],", b"[]]"), JSON, 413),
    "a label of lists": (
        f"/models/{MODELS[0]}/labels/champion",
        lambda: b"[" + b"[]," * 7000 + b"[]]",
        JSON,
        413,
    ),
    "a form of nothing": (
        PREDICT,
        lambda: repeated(b"", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n', b""),
        {"Content-Type": "multipart/form-data; boundary=x"},
        422,
    ),
    "almost the end of a form": (
        PREDICT,
        lambda: repeated(
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', b"\r\n--", b""
        ),
        {"Content-Type": "multipart/form-data; boundary=x"},
        422,
    ),
    "headers in a form": (
        PREDICT,
        lambda: repeated(b"--x\r\n", b"a: b\r\n", b""),
        {"Content-Type": "multipart/form-data; boundary=x"},
        422,
    ),
    "pixels beyond the limit": (PREDICT, lambda: picture_of(20_000, 20_000, 1), {}, 413),
    "colours at the limit": (PREDICT, lambda: picture_of(5_000, 5_000, 4), {}, 200),
}


def resident_mebibytes(process: int, name: str) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return float(status.partition(f"{name}:")[2].split()[0]) / 1024


@pytest.fixture(scope="module")
def service(trained_store: ModelStore) -> Iterator[tuple[str, int]]:
    with served(trained_store.root, INFERENCE_THREADS="2") as (url, process):
        yield url, process.pid


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_bounded_memory(service: tuple[str, int], attack: str) -> None:
    (url, process), (path, make, headers, expected) = service, ATTACKS[attack]
    body = make()
    method = "PUT" if "label" in path else "POST"
    idle = resident_mebibytes(process, "VmRSS")
    Path(f"/proc/{process}/clear_refs").write_text("5")  # the peak begins anew

    status, answer = send(
        urllib.request.Request(url + path, body, headers, method=method), timeout=60
    )

    assert status == expected, answer
    assert status == 200 or "error" in answer or answer["type"].startswith("/problems/")
    assert resident_mebibytes(process, "VmHWM") - idle < MOST_MORE_MEBIBYTES


def test_many_large_bodies_at_once_are_bounded_together(trained_store: ModelStore) -> None:
    body = b"\x89PNG" + bytes(4 * MEBIBYTE)

    def ask(url: str) -> int:
        try:
            return send(urllib.request.Request(url + PREDICT, body), timeout=60)[0]
        except urllib.error.URLError:  # refused while it still sent, so it never saw the answer
            return 503

    limits = {
        "INFERENCE_MAX_HELD_BYTES": str(16 * MEBIBYTE),
        "INFERENCE_MAX_BODY_BYTES": str(8 * MEBIBYTE),
    }
    with served(trained_store.root, **limits) as (url, process):
        idle = resident_mebibytes(process.pid, "VmRSS")
        with ThreadPoolExecutor(48) as pool:
            statuses = set(pool.map(ask, [url] * 96))
        assert statuses <= {422, 503}  # no picture, or one body too many
        assert 422 in statuses
        assert resident_mebibytes(process.pid, "VmHWM") - idle < 128
        assert ask(url) == 422


def test_numbers_that_no_machine_can_read_are_refused(service: tuple[str, int]) -> None:
    url, many = service[0], "9" * 5000
    asked: list[tuple[str, dict[str, str], bytes]] = [
        (f"/v1/models/{MODELS[0]}/versions/{many}:predict", {}, b"{}"),
        (f"/v2/models/{MODELS[0]}/versions/{many}/infer", {}, b"{}"),
        (V2, {"Inference-Header-Content-Length": many}, b"{}"),
        (V1, {}, b'{"instances": [' + many.encode() + b"]}"),
        (V2, {}, json.dumps({"inputs": [{"shape": [10**400, 8, 8, 1]}]}).encode()),
    ]
    for path, headers, body in asked:
        status, answer = send(urllib.request.Request(url + path, body, headers), timeout=20)
        assert (status, "error" in answer) == (400, True), (path[:60], answer)


@pytest.mark.parametrize(
    "name", ["..", "../x", "a%2Fb", "..%2F..%2Fetc", "%00", "a%0Ab", "x" * 5000, "%C3%28", "a:b"]
)
def test_names_that_could_lead_elsewhere_are_unknown_models(
    service: tuple[str, int], name: str
) -> None:
    encoded = name.replace("..", "%2E%2E")
    for path in (f"/predict/{encoded}", f"/v1/models/{encoded}:predict", f"/models/{encoded}"):
        method = "GET" if path.startswith("/models") else "POST"
        body: Any = None if method == "GET" else b"x"
        request = urllib.request.Request(service[0] + path, body, method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        refused.value.close()
        assert refused.value.code in {307, 400, 404, 405}
