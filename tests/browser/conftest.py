"""A browser, the server of a test file's `project`, and a page that remembers what it loaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ..ui.projects import needs_installed
from .hostile import collecting, payloads
from .serving import PATIENCE, serving

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The shell first: Chromium without windows, menus and tabs of its own, for half of the computing.
NAMES = ("chromium-headless-shell", *BROWSERS)
expect.set_options(timeout=PATIENCE)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium of this machine. Where there is none the tests are skipped; in CI that is a failure.

    One for each file: while Playwright is open, no other test of its process could run an event loop."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found and os.environ.get("CI"):
        pytest.fail("there is no Chromium on this machine: install the package `chromium-headless-shell`")
    if not found:
        pytest.skip(f"no Chromium here (looked for {', '.join(NAMES)}): install it to run the browser tests")
    needs_installed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """Where the server of the test file's own `project` answers."""
    with serving(project) as found:
        yield found


@dataclass
class Watched:
    """A page and what went over its wire."""

    page: Page
    requests: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def received(self) -> bytes:
        """Everything that came over the websocket so far."""
        return b"".join(self.frames)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own, at the size the desk is designed for."""
    made = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext) -> Watched:
    """A page under watch."""
    return watch(context)


@pytest.fixture
def page(watched: Watched) -> Page:
    """A page, for tests that do not ask what went over its wire."""
    return watched.page


def watch(context: BrowserContext) -> Watched:
    """Open another page under watch."""
    found = Watched(context.new_page())
    found.page.set_default_timeout(PATIENCE)
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    found.page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    found.page.on("dialog", lambda dialog: (found.alarms.append(dialog.message), dialog.dismiss()))
    found.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: _keep(found, frame)))
    return found


def _keep(found: Watched, frame: str | bytes) -> None:
    found.frames.append(frame.encode() if isinstance(frame, str) else frame)


@pytest.fixture(scope="module")
def collector() -> Iterator[tuple[str, list[str]]]:
    """An address outside the server's origin, and what arrived there."""
    with collecting() as found:
        yield found


@pytest.fixture(scope="module")
def corpus(collector: tuple[str, list[str]]) -> dict[str, str]:
    """Every hostile text by a word that stands before it."""
    found = payloads(collector[0])
    assert len(found) >= 150
    return found


@pytest.fixture(params=[False, True], ids=["with our policy", "policy ignored"])
def visitor(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A page under watch, once with our content policy and once in a browser that ignores it."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=request.param) as context:
        yield watch(context)
