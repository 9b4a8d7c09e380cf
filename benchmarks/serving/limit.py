"""The floor for a Python process: bare ASGI on uvicorn, LiteRT, no framework, no checks."""

import io
import os
from typing import Any

import numpy as np
import orjson
import simdjson
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

SIDE = 28
interpreters: dict[int, tuple[Any, int, int]] = {}
parser = simdjson.Parser()


def predict(images: Any) -> Any:
    """Probabilities of float32 `(n, 28, 28, 1)`."""
    if len(images) not in interpreters:
        interpreter = Interpreter(os.environ["TFLITE"], num_threads=1)
        source = interpreter.get_input_details()[0]["index"]
        target = interpreter.get_output_details()[0]["index"]
        interpreter.resize_tensor_input(source, [len(images), SIDE, SIDE, 1])
        interpreter.allocate_tensors()
        interpreters[len(images)] = interpreter, source, target
    interpreter, source, target = interpreters[len(images)]
    interpreter.set_tensor(source, images)
    interpreter.invoke()
    return interpreter.get_tensor(target)


def picture(body: bytes) -> Any:
    """One PNG of 28x28 grey pixels."""
    pixels = np.asarray(Image.open(io.BytesIO(body)), np.float32)
    probabilities = predict(pixels.reshape(1, SIDE, SIDE, 1) / 255)[0]
    return {"label": int(probabilities.argmax()), "probabilities": probabilities}


def rows(body: bytes) -> Any:
    """Images as nested lists of numbers."""
    document = parser.parse(body)
    numbers = np.frombuffer(document["instances"].as_buffer(of_type="d")).astype(np.float32)
    del document
    return {"predictions": predict(numbers.reshape(-1, SIDE, SIDE, 1))}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer one request."""
    if scope["type"] != "http":
        return
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    answer = (picture if scope["path"] == "/predict" else rows)(b"".join(chunks))
    body = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
