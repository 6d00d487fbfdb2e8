"""What a screen reader, a keyboard or a magnifier finds: axe's WCAG 2 A and AA rules on every page in both themes, and
everything within reach at 200 % zoom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions
from review_app.review.adjudication import Settlement
from review_app.traces.trace import Trace

from ..actions.desks import answer_all, shared_project
from ..builders import NOON
from ..ui.projects import make_project, review, rich_trace
from ..waiting import eventually
from .desk import press, sit_down
from .serving import PATIENCE, go_to, serving

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
# 1280 by 800 at 200 %.
ZOOMED = {"width": 640, "height": 400}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = make_project(tmp_path_factory.mktemp("access"), every=everything(), reviews_per_trace=9)
    review(project, "ida", "pass")
    review(project, "bert", "fail", "Wrong.")
    proposed = review(project, "ida", "fail", "It promises too much.")
    actions.propose_golden(project, "ida", proposed, "known_failure", "It keeps coming back.")
    return project


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a lead's pages can show: a dispute, coded notes, a held trace, what was settled, approved, released."""
    made = shared_project(tmp_path_factory.mktemp("team") / "project", n=4)
    answer_all(made, "ana", bad=("t-001", "t-002", "t-003"))
    answer_all(made, "ben", bad=("t-002",))
    notes = actions.coding_board(made, "lea").notes
    actions.code_notes(made, "lea", list(notes["review_id"][:2]), "rude")
    actions.note_failing_step(made, "lea", notes["review_id"].iloc[0], "answer")
    version = actions.to_adjudicate(made, "lea")["rubric_version"].iloc[0]
    settled = [Settlement(criterion="good_enough", label="fail", note="Rude.")]
    actions.adjudicate(made, "lea", "t-003", version, settled)
    for trace_id in ("t-001", "t-002"):
        actions.propose_golden(made, "ana", trace_id, "edge_case", "rare")
    actions.approve_golden(
        made, "lea", [actions.golden_board(made, "lea").proposals["example_id"].iloc[0]], "asked alike"
    )
    actions.release_golden(made, "lea", "first")
    actions.send_to_queue(made, "lea", ["t-000"])
    assert actions.desk(made, "lea").items
    with serving(made) as found:
        yield found


def everything() -> tuple[Trace, ...]:
    """Three turns of a session that hold all a trace view can show."""
    table = "| a | b |\n|-|-|\n| 1 | 2 |\n\n> quoted\n\n1. `code`\n\n```\nblock\n```\n\n# Title\n\n![x](https://a.example/x.png)"
    one = replace(rich_trace("t-000"), output='{"total": 12, "lines": [{"item": "kettle"}, {"item": "lid"}]}')
    two = replace(rich_trace("t-001"), output=f"{table} [kb-1] \u202e hidden\n\n" + "long " * 6000)
    three = replace(rich_trace("t-002"), error="model overloaded", correction="Yes, within 14 days [kb-1].")
    return tuple(
        replace(trace, session_id="s", at=NOON + timedelta(minutes=n)) for n, trace in enumerate((one, two, three))
    )


@pytest.fixture(params=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": 1280, "height": 800}
    with chromium.new_context(viewport=size, color_scheme=request.param, reduced_motion="reduce") as context:
        yield context.new_page()


def violations(page: Page, within: str | None = None) -> list[str]:
    """Each violation as "rule: element"."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found: list[dict[str, Any]] = axe.run(page, within, RULES).response["violations"]
    return [
        f"{one['id']}: {node['html'][:150]} {node.get('failureSummary', '')[:250]}"
        for one in found
        for node in one["nodes"]
    ]


def test_the_desk(page: Page, address: str) -> None:
    sit_down(page, address, "ida")
    assert violations(page) == []
    page.locator(".rv details:not([open])").evaluate_all("all => all.forEach((fold) => (fold.open = true))")
    press(page, "e")
    page.keyboard.type("changed ")
    expect(page.locator(".rv-diff ins")).to_be_visible()
    press(page, "Escape", "f", "g", "Enter", "Escape", "/")
    page.keyboard.type("long")
    assert violations(page) == []
    press(page, "Escape", "?")
    assert violations(page) == []


def test_the_trace_page_after_a_review(page: Page, address: str) -> None:
    page.goto(f"{address}/trace?reviewer=ida&trace_id=t-000")
    page.locator(".rv-judge").first.wait_for(timeout=PATIENCE)
    assert violations(page) == []


@pytest.mark.parametrize("path", ["agreement", "golden"])
def test_the_other_pages(page: Page, address: str, path: str) -> None:
    go_to(page, f"{address}/{path}?reviewer=ida")
    assert violations(page) == []


@pytest.mark.parametrize(
    "path", ["adjudicate", "agreement", "golden", "notes", "team", "trace?trace_id=t-001", "traces"]
)
def test_the_pages_of_those_who_lead(page: Page, team: str, path: str) -> None:
    go_to(page, f"{team}/{path}{'&' if '?' in path else '?'}reviewer=lea")
    page.locator("[data-testid=stMain] :is(.rv-answer, canvas, .ra table)").first.wait_for(timeout=PATIENCE)
    assert violations(page) == []


def test_everything_is_within_reach_at_200_percent(chromium: Browser, address: str) -> None:
    with chromium.new_context(viewport=ZOOMED) as context:
        page = context.new_page()
        sit_down(page, address, "ida")
        page.locator(".rv details:not([open])").evaluate_all("all => all.forEach((fold) => (fold.open = true))")
        press(page, "e", "Escape", "f", "g", "/")
        controls = page.locator(".rv :is(button, textarea, input, summary):visible")
        assert controls.count() > 30
        for control in controls.all():
            # While the page is drawn anew a control may be covered for a moment.
            eventually(
                partial(control.evaluate, ON_SCREEN),
                PATIENCE / 1000,
                partial(control.evaluate, "control => control.outerHTML.slice(0, 200)"),
            )
        assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"]


# After scrolling as the Tab key would, a point of the control is the control: no bar lies over it.
ON_SCREEN = """control => {
  control.scrollIntoView({ block: "nearest" });
  const box = control.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), box.top + Math.min(box.height / 2, 12));
  return control === at || control.contains(at);
}"""
