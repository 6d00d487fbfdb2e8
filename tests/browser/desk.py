"""The review desk, as a test's hands and eyes. Our content policy forbids eval, so everything waits with locators."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from review_app.store import reviews
from review_app.store.engine import Store

from ..waiting import eventually
from .serving import PATIENCE


def sit_down(page: Page, address: str, who: str) -> str:
    """Open the desk under a name; the text of the answer on it."""
    page.goto(f"{address}/?reviewer={who}")
    return answer(page)


def answer(page: Page) -> str:
    """The text of the answer to grade."""
    shown = page.locator(".rv-answer")
    shown.wait_for(timeout=PATIENCE)
    return shown.inner_text()


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page, done: int, total: int) -> None:
    """Wait until this many are answered and all of it is on the server."""
    expect(page.locator(".rv-count")).to_have_text(f"{done} of {total}")
    expect(page.locator(".rv-status")).to_have_text("saved")


def chosen(page: Page, label: str) -> bool:
    """Whether this answer is picked."""
    return page.get_by_role("radio", name=label).get_attribute("aria-checked") == "true"


def note(page: Page) -> str:
    """What stands in the note."""
    return page.locator("#rv-note").input_value()


def stored(project: Path, who: str) -> pd.DataFrame:
    """This person's reviews, one row per answer."""
    store = Store(project / "review.db")
    found = reviews.frame(store)
    store.close()
    return found[found["reviewer"] == who]


def on_server(project: Path, who: str, text: str) -> None:
    """Wait until a draft of this person with this text is on the server."""
    store = Store(project / "review.db")
    eventually(lambda: any(text in draft.note for draft in reviews.drafts(store, who).values()), PATIENCE / 1000)
    store.close()
