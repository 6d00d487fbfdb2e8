"""rubric.yaml is edited, the lead sends reviews back, the same person answers again; nobody is shown anything early."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_app import actions

from ..actions.desks import answer_all, shared_project
from .conftest import Watched
from .desk import answer, note, press, sit_down
from .serving import go_to, picture, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana and ben answered t-000 to t-002 (ana failed t-001, with a note), then the first question was reworded."""
    made = shared_project(tmp_path_factory.mktemp("rubric") / "project")
    answer_all(made, "ana", bad=("t-001",))
    answer_all(made, "ben")
    rubric = made / "rubric.yaml"
    rubric.write_text(rubric.read_text().replace("Good enough to send?", "Would you have sent it?"))
    return made


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with serving(project) as found:
        yield found


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page


def test_an_edited_rubric_is_answered_again(project: Path, address: str, watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    go_to(page, f"{address}/team?reviewer=lea")
    expect(page.get_by_role("heading", name="Rubric changes")).to_be_visible()
    expect(page.get_by_role("cell", name="Would you have sent it?")).to_be_visible()
    button = page.get_by_role("button", name="Send 6 back")
    button.scroll_into_view_if_needed()
    picture(page, "rubric-changes")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent back: 6.")).to_be_visible()
    expect(page.get_by_role("button", name="Send 0 back")).to_be_disabled()

    before = len(watched.frames)
    sit_down(page, address, "ana")
    expect(page.locator(".rv-count")).to_have_text("3 of 6")
    expect(page.get_by_text("Would you have sent it?").first).to_be_visible()
    for number in range(3):
        expect(page.locator(".rv-answer")).to_contain_text(f"Answer {number}.")
        assert note(page) == ""
        assert page.locator('[role=radio][aria-checked="true"]').count() == 0
        if number == 0:
            # The desk has the first three items by now: nothing that was said of them has come with them.
            sent = b"".join(watched.frames[before:])
            assert [word for word in (b"It reads well.", b"ana finds", b"ben finds") if word in sent] == []
        press(page, "p", "Enter")
    expect(page.locator(".rv-count")).to_have_text("6 of 6")
    expect(page.locator(".rv-status")).to_have_text("saved")

    actions.export_reviews(project, tmp_path / "out.csv")
    rows = [row for row in csv.DictReader((tmp_path / "out.csv").read_text().splitlines()) if row["reviewer"] == "ana"]
    sent_back = [row for row in rows if row["trace_id"] == "t-001" and row["criterion"] == "good_enough"]
    assert sorted(row["label"] for row in sent_back) == ["fail", "pass"]
    assert len({row["rubric_version"] for row in sent_back}) == 2


def test_colleagues_are_shown_once_nobody_is_awaited(project: Path, address: str, page: Page) -> None:
    """ana has answered t-000 again; with ben's second answer all are there."""
    sit_down(page, address, "ben")
    assert "Answer 0." in answer(page)
    press(page, "p", "Enter")
    expect(page.locator(".rv-strip")).to_contain_text("judge-a")
    press(page, "v")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Your colleagues said")).to_be_visible()
    expect(dialog.get_by_role("region", name="ana")).to_contain_text("Pass")
    picture(page, "reveal-colleagues")


def test_one_s_own_work_is_for_those_who_review(address: str, page: Page) -> None:
    go_to(page, f"{address}/my-work?reviewer=ana")
    expect(page.get_by_text("6 done, 0 open to you.")).to_be_visible()
    picture(page, "my-work")
    go_to(page, f"{address}/traces?reviewer=odo")
    expect(page.get_by_role("link", name="My work")).to_have_count(0)
