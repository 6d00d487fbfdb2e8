"""The real server in a process of its own, and the way to its pages."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

PATIENCE = 60_000
"""Milliseconds. Nothing is measured here: on a busy machine a page takes its time."""
PICTURES = Path(os.environ.get("REVIEW_APP_SCREENSHOTS", "screenshots"))


@contextmanager
def serving(project: Path, port: int | None = None) -> Iterator[str]:
    """The address of a server for this project; it is stopped afterwards."""
    port = port or free_port()
    command = [sys.executable, "-m", "review_app.server", str(project), "127.0.0.1", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(address: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Until the address answers. Raises what the process printed when it ended or took too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    process.kill()
    assert process.stdout
    raise AssertionError(f"the server did not answer: {process.stdout.read().decode()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def go_to(page: Page, address: str) -> None:
    """Open a page and wait until it is drawn whole."""
    page.goto(address)
    expect(page.get_by_test_id("stHeader").or_(page.locator("header")).first).to_be_attached()
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    expect(page.get_by_role("heading").first).to_be_visible()


def at_desk(page: Page, address: str, reviewer: str) -> None:
    """Open the review page with an item on it."""
    page.goto(f"{address}/?reviewer={reviewer}")
    expect(page.get_by_text("Answer to grade")).to_be_visible()


def tick(page: Page, *rows: int) -> None:
    """Tick rows of the page's first list, counted from 0 and in order, by keyboard alone."""
    grid = page.get_by_test_id("data-grid-canvas").first
    expect(grid.locator("tbody tr").first).to_be_attached()
    grid.focus()
    for before, row in zip((0, *rows), rows, strict=False):
        for _ in range(row - before):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")


def picture(page: Page, name: str) -> None:
    """A screenshot for a person to look at, in an ignored folder."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def open_all(page: Page) -> None:
    """Wait until the page is drawn to its end, charts too, and unfold everything there is to unfold."""
    chart = page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg)")
    expect(chart.first).to_be_visible()
    # A click while the page is drawn anew is lost.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    shut = page.locator("[data-testid=stExpander] details:not([open]) > summary")
    while left := shut.count():
        shut.first.click()
        expect(shut).to_have_count(left - 1)
