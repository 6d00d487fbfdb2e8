"""Each page of those who lead, once, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_app import actions

from ..actions.desks import answer_all, shared_project
from .serving import go_to, picture, serving, tick

pytestmark = pytest.mark.browser
LEADS = ("Adjudicate", "Notes", "Team")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana and ben differ on t-001 and t-003; lea leads, and holds t-000."""
    made = shared_project(tmp_path_factory.mktemp("team") / "project", n=5)
    answer_all(made, "ana", bad=("t-001", "t-002", "t-003"))
    answer_all(made, "ben", bad=("t-002",))
    notes = actions.coding_board(made, "lea").notes
    actions.code_notes(made, "lea", list(notes["review_id"][:3]), "rude")
    actions.code_notes(made, "lea", list(notes["review_id"][2:]), "promises too much")
    actions.send_to_queue(made, "lea", ["t-000"])
    assert actions.desk(made, "lea").items
    return made


def test_a_dispute_is_settled_by_keyboard(project: Path, address: str, page: Page) -> None:
    go_to(page, f"{address}/adjudicate?reviewer=lea")
    expect(page.get_by_text("Answer to grade").or_(page.locator(".rv-answer")).first).to_be_visible()
    assert "It reads well." not in page.content()
    expect(page.get_by_role("heading", name="Where reviewers differ")).to_be_visible()
    picture(page, "adjudicate")
    page.get_by_label("Answer 1").focus()
    page.keyboard.type("Fail")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Why").focus()
    page.keyboard.type("It is rude.")
    page.get_by_role("button", name="Settle").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is what the judges had said.")).to_be_visible()
    expect(page.get_by_text("It reads well.").first).to_be_visible()
    picture(page, "adjudicate-settled")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Trace (1 to settle)")).to_be_attached()
    assert list(actions.adjudicated(project, "lea")["note"]) == ["It is rude."]


def test_a_lease_is_released(project: Path, address: str, page: Page) -> None:
    go_to(page, f"{address}/team?reviewer=lea")
    expect(page.get_by_text("budgeted reviewer-minutes")).to_be_visible()
    tick(page, 0)
    picture(page, "team")
    page.get_by_role("button", name="Release 1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Released: 1.")).to_be_visible()
    assert actions.team(project, "lea").leases.empty


def test_a_note_gets_a_code(project: Path, address: str, page: Page) -> None:
    go_to(page, f"{address}/notes?reviewer=lea")
    tick(page, 0)
    expect(page.get_by_label("First failing step")).to_be_attached()
    page.get_by_label("Code", exact=True).fill("curt")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Put on ticked notes").click()
    expect(page.get_by_text("Coded: 1.")).to_be_visible()
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    picture(page, "notes")
    assert "curt" in set(actions.coding_board(project, "lea").counts["code"])


def test_a_found_trace_is_sent_to_the_queue(project: Path, address: str, page: Page) -> None:
    go_to(page, f"{address}/traces?reviewer=lea")
    page.get_by_role("textbox", name="Search").fill('"answer 4"')
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 found.")).to_be_visible()
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    # The mouse ticks as well: a list is a canvas, its first column holds the boxes, its head is 35 px high.
    page.locator("[data-testid=stDataFrame] .dvn-scroller").first.click(position={"x": 35, "y": 52})
    page.get_by_role("button", name="Send 1 to the queue").click()
    expect(page.get_by_text("Added to the queue by hand: 1.")).to_be_visible()
    picture(page, "traces")


def test_golden_cases_are_ticked_by_keyboard(project: Path, address: str, page: Page) -> None:
    for trace_id in ("t-001", "t-002", "t-003"):
        actions.propose_golden(project, "ana", trace_id, "edge_case", f"{trace_id} is rare.")
    go_to(page, f"{address}/golden?reviewer=lea")
    tick(page, 0, 2)
    # The ticks are on the server once the button may be pressed.
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_enabled()
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    # All three ask the same: without a reason they are not approved.
    expect(page.get_by_role("cell", name="near duplicate").first).to_be_visible()
    page.get_by_role("textbox", name="Why", exact=True).fill("asked alike")
    approve.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved: 2.")).to_be_visible()
    # A tick does not move to the case that is now where the ticked one was.
    expect(approve).to_be_disabled()
    left = actions.golden_board(project, "lea").proposals.set_index("trace_id")["status"]
    assert dict(left) == {"t-001": "approved", "t-002": "proposed", "t-003": "approved"}


def test_older_and_newer_traces_by_keyboard(tmp_path: Path, page: Page) -> None:
    with serving(shared_project(tmp_path / "project", n=120)) as address:
        go_to(page, f"{address}/traces?reviewer=lea")
        expect(page.get_by_text("1 to 50, newest first.")).to_be_visible()
        for key, place, rows in (("Older", "51 to 100", 51), ("Older", "101 to 120", 21), ("Newer", "51 to 100", 51)):
            page.get_by_role("button", name=key).focus()
            page.keyboard.press("Enter")
            expect(page.get_by_text(f"{place}, newest first.")).to_be_visible()
            expect(page.locator("[data-testid=data-grid-canvas] table")).to_have_attribute("aria-rowcount", str(rows))
        page.get_by_role("button", name="Older").click()
        expect(page.get_by_role("button", name="Older")).to_be_disabled()
        # Another search starts with its newest.
        page.get_by_role("textbox", name="Search").fill('"answer 4"')
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 found.")).to_be_visible()


def test_pages_appear_for_those_who_may_use_them(address: str, page: Page) -> None:
    go_to(page, f"{address}/traces?reviewer=lea")
    for title in LEADS:
        expect(page.get_by_role("link", name=title)).to_be_visible()
    go_to(page, f"{address}/traces?reviewer=ana")
    expect(page.get_by_role("link", name="Golden")).to_be_visible()
    for title in LEADS:
        expect(page.get_by_role("link", name=title)).to_have_count(0)
