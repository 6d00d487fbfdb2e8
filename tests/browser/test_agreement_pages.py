"""Agreement and Blind spots in a real browser: charts, files, fresh traces, who may see which example, axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions

from ..actions.test_auditing import SPOT, spotted_project
from .conftest import Watched
from .serving import go_to, open_all, picture
from .test_access import violations

pytestmark = pytest.mark.browser
SETTLED = {"timeout": 30_000}
SEND = "Send 20 fresh traces of this slice to the queue"
BOTH = ("agreement", "blind-spots")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 of 480 traces are reviewed; the judge misses every bad answer of one route."""
    return spotted_project(tmp_path_factory.mktemp("spotted"))


@pytest.fixture(params=["light", "dark"])
def themed(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": 1280, "height": 800}
    with chromium.new_context(viewport=size, color_scheme=request.param, reduced_motion="reduce") as context:
        yield context.new_page()


def test_a_lead_reads_the_sentence_the_charts_and_keeps_the_figures(address: str, page: Page) -> None:
    go_to(page, f"{address}/agreement?reviewer=lea")
    expect(page.get_by_text("Misses 1 in 3 bad answers (95 %:")).to_be_visible(**SETTLED)
    open_all(page)
    # Figures with intervals, and the reliability diagram.
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(2, **SETTLED)
    expect(page.get_by_role("table", name="Figures of judge-a")).to_be_visible()
    picture(page, "agreement")
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="CSV").first.click()
    head, first, *_ = downloaded.value.path().read_text().splitlines()
    assert head.startswith('"judge","judge_version","criterion","rubric_version","rate","weighted, 95 %"')
    assert first.startswith('"judge-a","1","good_enough",')
    page.get_by_role("link", name="Blind spots").last.click()
    expect(page.get_by_role("heading", name="Where does a judge err most?")).to_be_visible(**SETTLED)


def test_fresh_traces_of_a_slice_reach_the_queue(project: Path, address: str, page: Page) -> None:
    before = actions.draw_history(project, "lea").draws
    go_to(page, f"{address}/blind-spots?reviewer=lea")
    expect(page.get_by_text(f"route = {SPOT}").first).to_be_visible(**SETTLED)
    open_all(page)
    picture(page, "blind-spots")
    page.get_by_role("button", name=SEND).first.click()
    expect(page.get_by_text("fresh traces of this slice were added to the queue")).to_be_visible(**SETTLED)
    after = actions.draw_history(project, "lea").draws
    assert len(after) == len(before) + 1
    assert after[-1].progress.traces > 0


def test_no_example_reaches_who_may_still_be_asked(project: Path, address: str, watched: Watched) -> None:
    spots = actions.audit(project, "ana").judges[0].blind_spots
    assert spots
    example = spots.found[0].examples[0]
    actions.send_to_queue(project, "lea", [example])
    for person, may in (("ben", False), ("ana", True)):
        for path in BOTH:
            go_to(watched.page, f"{address}/{path}?reviewer={person}")
            open_all(watched.page)
            if path == "blind-spots":
                expect(watched.page.get_by_role("button", name=SEND)).to_have_count(0)
                expect(watched.page.get_by_role("link", name=example)).to_have_count(int(may))
        assert (example.encode() in watched.received()) is may


@pytest.mark.parametrize("path", BOTH)
def test_both_pages_meet_wcag_a_and_aa(themed: Page, address: str, path: str) -> None:
    go_to(themed, f"{address}/{path}?reviewer=lea")
    open_all(themed)
    assert violations(themed) == []
