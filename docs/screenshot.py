"""Make the README's picture: the demo, one answer given, the next on the desk.

python docs/screenshot.py        needs `pip install -e '.[dev]'` and Chromium
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from review_app import actions

PORT = 8599
PICTURE = Path(__file__).with_name("review.png")


def main() -> None:
    """Make the demo, serve it, give an answer, take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        actions.make_demo(project)
        command = [sys.executable, "-m", "review_app.server", str(project), "127.0.0.1", str(PORT)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server, sync_playwright() as playwright:
            wait()
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            take(browser.new_page(viewport={"width": 1280, "height": 800}))
            browser.close()
            server.terminate()


def take(page: Page) -> None:
    """Pass two answers, then fail the third with a reason: it leaves half of the question open."""
    page.goto(f"http://127.0.0.1:{PORT}/?reviewer=Ana")
    expect(page.get_by_text("Answer to grade")).to_be_visible(timeout=20_000)
    for done in ("1 of", "2 of"):
        page.keyboard.press("p")
        page.keyboard.press("Enter")
        expect(page.locator(".rv-count")).to_contain_text(done)
        expect(page.locator(".rv-status")).to_have_text("saved")
    for key in ("f", "3", "n"):
        page.keyboard.press(key)
    page.keyboard.type("Says when the period starts, not whether a part of the order can go back.")
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURE)


def wait() -> None:
    """Until the server answers."""
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


if __name__ == "__main__":
    main()
