"""Gabarito as a user starts it: `make up` in a fresh copy of the project."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from xdist.scheduler import LoadFileScheduling

from tests.support import ROOT, free_port

BOTH_SERVED_SECONDS = 420.0
STOPPED_SECONDS = 20.0
MAKE_S_OWN = {"MAKEFLAGS", "MAKELEVEL"}  # it tells a make below it
# Their tests share one first start.
OF_THE_SYSTEM = {"test_first_start.py", "test_inference_page.py", "test_pages.py", "test_readme.py"}
SCREENSHOTS = Path(__file__).parent / "screenshots"
CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),  # a camera
)


class OneSystemScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Each file in one process, and in one of them all the files that need the system."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "system" if Path(file).name in OF_THE_SYSTEM else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneSystemScheduling:
    """Groups by mark are lost where pytest has a `nodeid` that cannot be changed."""
    return OneSystemScheduling(config, log)


@dataclass(frozen=True, slots=True)
class Gabarito:
    """The running system.

    Attributes:
        folder: The copy of the project that it was started in.
        process: `make up`.
        log: Where its output goes.
    """

    folder: Path
    process: subprocess.Popen[bytes]
    log: Path
    trainer: str
    inference: str
    metrics: str

    def served(self) -> dict[str, int]:
        """The models that answer, each with its version."""
        try:
            models = httpx.get(f"{self.inference}/models").json()["models"]
        except httpx.TransportError:
            return {}
        return {model["name"]: model["serving"] for model in models if model["serving"]}

    def all_live(self) -> bool:
        """Whether each of the three services answers; they start side by side."""
        try:
            for url in (self.trainer, self.inference, self.metrics):
                httpx.get(f"{url}/livez").raise_for_status()
        except httpx.TransportError:
            return False
        return True

    def wait_for(self, condition: Callable[["Gabarito"], Any], seconds: float) -> Any:
        """The first true answer of the condition; fails with the log if there is none."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if answer := condition(self):
                return answer
            time.sleep(0.25)
        raise AssertionError(f"not in {seconds} s:\n{self.log.read_text()[-8000:]}")

    def stop(self) -> int:
        """Press Ctrl-C; gives the exit status of `make`."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOPPED_SECONDS)


@contextmanager
def make_up(folder: Path, dotenv: str = "", **settings: str) -> Iterator[Gabarito]:
    """`make up` in a copy of the project, with the virtual environment of these tests.

    Args:
        folder: Where the copy is made.
        dotenv: The content of `.env`.
        settings: Variables of the environment.
    """
    copy_project(folder)
    (folder / ".env").write_text(dotenv)
    ports = {name: str(free_port()) for name in ("TRAINER", "INFERENCE", "METRICS")}
    env = {
        **{name: value for name, value in os.environ.items() if name not in MAKE_S_OWN},
        **{f"{name}_PORT": port for name, port in ports.items()},
        "VENV": str(Path(sys.prefix)),
        **settings,
    }
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "up"],
            cwd=folder,
            env=env,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    urls = {name.lower(): f"http://127.0.0.1:{port}" for name, port in ports.items()}
    try:
        yield Gabarito(folder, process, log, **urls)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(STOPPED_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def copy_project(folder: Path) -> None:
    """The files that git tracks or would track, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@pytest.fixture(scope="session")
def gabarito(tmp_path_factory: pytest.TempPathFactory, real_data_dir: Path) -> Iterator[Gabarito]:
    """The system after a first start with MNIST, both models served."""
    folder = tmp_path_factory.mktemp("first-start")
    settings = {"DATA_DIR": str(real_data_dir), "INFERENCE_URL_ALLOW_LOOPBACK": "true"}
    with make_up(folder, **settings) as system:
        system.wait_for(lambda it: len(it.served()) == 2, BOTH_SERVED_SECONDS)
        yield system


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; tests of pages are skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser) -> Iterator[OpenContext]:
    """Opens browser contexts; takes what `Browser.new_context` takes.

    The test fails when a page in one of them asks another host, throws, or breaks its policy.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1":
            faults.append(request.url)

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        context.on("request", note)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on(
            "console",
            lambda it: faults.append(it.text) if "Content Security Policy" in it.text else None,
        )
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    """A page of a desktop, with the guards of `open_context`."""
    return open_context().new_page()


def serious_faults(page: Page) -> dict[str, list[str]]:
    """What axe finds serious or critical on a page: the elements, by the rule that they break."""
    violations = Axe().run(page).response["violations"]
    return {
        fault["id"]: [node["html"] for node in fault["nodes"]]
        for fault in violations
        if fault["impact"] in {"serious", "critical"}
    }


def shot(page: Page, name: str) -> None:
    """Leave a screenshot of the whole page in `tests/e2e/screenshots`."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
