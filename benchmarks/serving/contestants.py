"""Who is measured: this service, the bare limit of a Python process, and peers.

The peers' programs, `serve_NAME.py`, are in a folder of their own, and each has a virtual
environment of its own, so that no package of one changes another.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Contestant:
    """A server, how it is started, and how it is spoken to.

    Attributes:
        command: `{bin}` is the folder of programs of its environment, `{port}` its port.
        speaks: For each load its path and dialect; `{model}` is the model's name.
        packages: What its table of versions names.
        is_peer: Whether it is another project's.
    """

    name: str
    command: str
    speaks: dict[str, tuple[str, str]]
    packages: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    is_peer: bool = True


_OURS = {
    "picture": ("/predict/{model}", "png"),
    "rows": ("/v1/models/{model}:predict", "instances"),
    "binary": ("/v2/models/{model}/infer", "v2-binary"),
}
_TENSORFLOW = "tensorflow_cpu"


def _peer(
    name: str, command: str, picture: str, *packages: str, rows: str = "/predict_batch"
) -> Contestant:
    speaks = {"picture": ("/predict", picture), "rows": (rows, "instances")}
    return Contestant(name, command, speaks, (*packages, _TENSORFLOW))


CONTESTANTS = (
    Contestant(
        "limit",
        "{bin}/python -m uvicorn limit:app --no-access-log --port {port}",
        {"picture": ("/predict", "png"), "rows": ("/predict_batch", "instances")},
        ("uvicorn", "ai_edge_litert", "pysimdjson", "pillow"),
        is_peer=False,
    ),
    *(
        Contestant(
            f"gabarito, {workers} process{'es' * (workers > 1)}",
            "{bin}/python -m services.inference --port {port}",
            _OURS,
            ("uvicorn", "uvloop", "ai_edge_litert", "orjson"),
            {"INFERENCE_WORKERS": str(workers)},
            is_peer=False,
        )
        for workers in (1, 2)
    ),
    Contestant(
        "mlserver",
        "{bin}/python serve_mlserver.py",
        {
            "picture": ("/v2/models/mnist-image/infer", "v2-png"),
            "rows": ("/v2/models/mnist-tensor/infer", "v2:instances"),
        },
        ("mlserver", _TENSORFLOW),
    ),
    _peer("litserve", "{bin}/python serve_litserve.py", "form:file", "litserve", rows="/predict"),
    _peer(
        "bentoml",
        "{bin}/bentoml serve serve_bentoml:Mnist --host 127.0.0.1 --port {port}",
        "form:images",
        "bentoml",
    ),
    _peer(
        "fastapi_tf",
        "{bin}/uvicorn serve_fastapi_tf:app --host 127.0.0.1 --port {port}",
        "form:file",
        "fastapi",
    ),
    _peer("ray", "{bin}/python serve_ray.py", "png", "ray"),
)


@dataclass(frozen=True)
class Places:
    """Where things are.

    Attributes:
        models: The volume that this service serves.
        version: The directory of the version that all serve.
        peers: The folder of the peers' programs.
        environments: The folder of their virtual environments, each under its peer's name.
        scratch: A folder that they may write to.
    """

    models: Path
    version: Path
    peers: Path
    environments: Path
    scratch: Path

    def programs(self, contestant: Contestant) -> Path:
        """The folder of programs of a contestant's environment."""
        if contestant.is_peer:
            return self.environments / contestant.name / "bin"
        return Path(sys.executable).parent


def start(contestant: Contestant, places: Places, port: int) -> "subprocess.Popen[bytes]":
    """Start a contestant; it may take long to answer."""
    ours = contestant.name.startswith("gabarito")
    command = contestant.command.format(bin=places.programs(contestant), port=port).split()
    return subprocess.Popen(
        command,
        cwd=ROOT if ours else places.peers if contestant.is_peer else HERE,
        env={
            **os.environ,
            "PORT": str(port),
            "PYTHONPATH": str(places.peers if contestant.is_peer else ROOT),
            "SAVEDMODEL": str(places.version),
            "TFLITE": str(places.version / "model.tflite"),
            "MODELS_DIR": str(places.models),
            "BENTOML_HOME": str(places.scratch),
            "BENTOML_DO_NOT_TRACK": "True",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            **contestant.environment,
        },
        stdout=subprocess.DEVNULL,
        stderr=(places.scratch / f"{contestant.name}.log").open("wb"),
        start_new_session=True,
    )


def versions(contestant: Contestant, places: Places) -> str:
    """The versions of what a contestant consists of, in words."""
    script = (
        "import importlib.metadata as m, json, sys\n"
        "print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    )
    python = places.programs(contestant) / "python"
    command = [str(python), "-c", script, *contestant.packages]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return ", ".join(f"{name} {version}" for name, version in found.items())
