"""How fast the pages are in a browser, over services that run.

    .venv/bin/python benchmarks/pages/run.py [URL ...]

For each page: bytes transferred, first paint (median and worst, with an empty cache). For the
inference page also how long a movement of the pen waits for its answer on the screen, over all
ten digits. Needs Chromium; the default addresses are those of `make up`.
"""

import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.e2e.handwriting import DIGITS, draw

VISITS = 9
ADDRESSES = [f"http://127.0.0.1:{port}/" for port in (8001, 8002, 8003)]
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
WAITS = "performance.getEntriesByName('answered').map((it) => it.duration)"


def main(addresses: list[str]) -> None:
    """Measure and print each page."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        for address in addresses:
            painted, kilobytes = zip(*(visit(browser, address) for _ in range(VISITS)), strict=True)
            median, worst = statistics.median(painted), max(painted)
            print(f"{address}  {kilobytes[0]:.0f} kB, first paint {median:.0f} to {worst:.0f} ms")
        for address in addresses:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.goto(address)
            if page.locator("#sketch").count():
                print_waits(page)
        browser.close()


def visit(browser: Browser, address: str) -> tuple[float, float]:
    """First paint in milliseconds and kilobytes received, with an empty cache."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    received: list[float] = []
    devtools.on("Network.loadingFinished", lambda it: received.append(it["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    painted = float(page.evaluate(FIRST_PAINT))
    context.close()
    return painted, sum(received) / 1000


def print_waits(page: Page) -> None:
    """Draw all digits, and print how long their strokes waited."""
    for strokes in DIGITS.values():
        draw(page, strokes)
        page.wait_for_timeout(300)
        page.get_by_role("button", name="Clear").click()
    waits = sorted(page.evaluate(WAITS))
    p50, p95 = (waits[int(share * (len(waits) - 1))] for share in (0.5, 0.95))
    print(f"answers while drawing: {len(waits)}, p50 {p50:.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1:] or ADDRESSES)
