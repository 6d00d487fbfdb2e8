"""A browser and a page that remembers what it loaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ..ui.projects import needs_installed

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium of this machine. Where there is none the tests are skipped; in CI that is a failure."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found and os.environ.get("CI"):
        pytest.fail("there is no Chromium on this machine: install the package `chromium`")
    if not found:
        pytest.skip(f"no Chromium here (looked for {', '.join(NAMES)}): install it to run the browser tests")
    needs_installed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page and what went over its wire."""

    page: Page
    requests: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

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


def watch(context: BrowserContext) -> Watched:
    """Open another page under watch."""
    found = Watched(context.new_page())
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    found.page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    found.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: _keep(found, frame)))
    return found


def _keep(found: Watched, frame: str | bytes) -> None:
    found.frames.append(frame.encode() if isinstance(frame, str) else frame)
