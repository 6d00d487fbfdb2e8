"""The trace as a person reads it: folds, search, what changed, and the turns before and after."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from review_app.traces.trace import Feedback, ToolCall, Trace

from ..builders import NOON
from ..ui.projects import RATIONALE, make_project, review, rich_trace
from .conftest import Watched, watch
from .desk import answer, press, sit_down
from .serving import go_to

pytestmark = pytest.mark.browser
REFERENCE = "the-correction-nobody-may-see-early"
SECRETS = (RATIONALE, "judge-a", "judge-b", REFERENCE, "the-thumb", "the-tag")


def session() -> tuple[Trace, ...]:
    """Three turns; the second has a long tool result and a person's correction."""
    told = tuple(
        replace(
            rich_trace(f"t-{n:03d}"),
            session_id="s",
            at=NOON + timedelta(minutes=n),
            correction=f"Yes, within 14 days [kb-1]. Answer for t-{n:03d}. {REFERENCE}",
            user_feedback=Feedback(rating=-1.0, comment="the-thumb"),
            tags=("the-tag",),
        )
        for n in range(3)
    )
    call = ToolCall(name="find_order", id="c1", arguments={"order": {"id": "A-17"}}, result={"log": "line. " * 2000})
    return told[0], replace(told[1], tool_calls=(call,)), told[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("traces"), every=session(), reviews_per_trace=30)


def test_a_tool_call_opens_to_a_tree_and_a_long_value_to_its_end(page: Page, address: str, project: Path) -> None:
    review(project, "abel")
    sit_down(page, address, "abel")
    assert "t-001" in answer(page)
    page.locator(".rv-turn > .rv-call > summary").click()
    tree = page.locator(".rv-call .rv-tree").first
    expect(tree.locator("summary")).to_contain_text("order")
    expect(tree.locator("li li")).to_contain_text("A-17")
    more = page.get_by_role("button", name="Show all 12,000 characters")
    more.click()
    expect(page.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")


def test_search_finds_counts_and_opens_what_is_folded(page: Page, address: str) -> None:
    sit_down(page, address, "bea")
    press(page, "/")
    box = page.get_by_role("searchbox", name="Search in this trace")
    expect(box).to_be_focused()
    page.keyboard.type("never PROMISE")
    count = page.locator(".rv-search [role=status]")
    # Once in this turn; the later ones repeat nothing of it.
    expect(count).to_have_text("1 of 1")
    expect(page.locator(".rv-system").first).to_have_attribute("open", "")
    box.fill("days")
    expect(count).to_contain_text("1 of ")
    total = int(count.inner_text().split()[-1])
    press(page, "Enter")
    expect(count).to_have_text(f"2 of {total}")
    press(page, "Shift+Enter", "Shift+Enter")
    expect(count).to_have_text(f"{total} of {total}")
    assert page.evaluate("CSS.highlights.get('rv-hit').size") == total
    page.keyboard.type("pfx")
    expect(count).to_have_text("not found")
    press(page, "Escape")
    assert page.locator('.rv-search, [aria-checked="true"], [aria-pressed="true"]').count() == 0
    press(page, "p")
    assert page.locator('[aria-checked="true"]').count() == 1


def test_a_correction_shows_what_changed_while_it_is_typed(page: Page, address: str) -> None:
    sit_down(page, address, "cleo")
    press(page, "e")
    expect(page.locator(".rv-diff")).to_have_text("No change so far.")
    page.keyboard.type("No. ")
    expect(page.locator(".rv-diff ins")).to_have_text("No. ")
    assert page.locator(".rv-diff del").count() == 0


def test_the_turns_around_the_one_to_judge_are_there_and_marked(page: Page, address: str, project: Path) -> None:
    review(project, "dora")
    sit_down(page, address, "dora")
    earlier, later = page.locator(".rv-session").all()
    expect(page.locator(".rv-mark")).to_have_text("Turn 2 of 3 in this session: the one to judge")
    assert "Earlier in this session" in earlier.inner_text()
    assert "Answer for t-000" in earlier.inner_text()
    assert later.get_attribute("open") is None
    later.locator("> summary").click()
    expect(later).to_contain_text("Answer for t-002")


def test_the_trace_page_compares_the_answer_with_a_persons_after_the_review(
    page: Page, address: str, project: Path
) -> None:
    review(project, "emma")
    page.goto(f"{address}/trace?reviewer=emma&trace_id=t-000")
    expect(page.locator(".rv-diff del").first).to_have_text("30")
    expect(page.locator(".rv-diff ins").first).to_have_text("14")
    press(page, "/")
    page.keyboard.type("kettle")
    expect(page.locator(".rv-search [role=status]")).to_contain_text("1 of")


def test_no_page_tells_what_was_thought_before_the_review(context: BrowserContext, address: str, project: Path) -> None:
    seen = watch(context)
    sit_down(seen.page, address, "finn")
    for path in ("trace?trace_id=t-000&", "trace?trace_id=t-001&", "trace?trace_id=t-002&"):
        seen.page.goto(f"{address}/{path}reviewer=finn")
        answer(seen.page)
        silent(seen)
    go_to(seen.page, f"{address}/golden?reviewer=finn")
    seen.page.wait_for_timeout(500)
    silent(seen)


def test_a_review_of_one_turn_tells_nothing_of_the_others(context: BrowserContext, address: str, project: Path) -> None:
    review(project, "gil")
    seen = watch(context)
    sit_down(seen.page, address, "gil")
    silent(seen)
    seen.page.goto(f"{address}/trace?reviewer=gil&trace_id=t-001")
    answer(seen.page)
    silent(seen)


def silent(seen: Watched) -> None:
    """Nothing of it is on the page or came over the wire."""
    for secret in SECRETS:
        assert secret not in seen.page.content()
        assert secret.encode() not in seen.received()


def test_a_diff_gives_both_texts_back(page: Page, address: str) -> None:
    sit_down(page, address, "hugo")
    where = next(url for url in page.evaluate(LOADED) if url.split("?")[0].endswith("/diff.js"))
    rng = random.Random(7)
    texts = [" ".join(rng.choices(["a", "b", "c", "d,", "e.", "f\n"], k=rng.randrange(30))) for _ in range(120)]
    pairs = [
        ("", ""),
        ("a", ""),
        ("", "a"),
        ("a b", "a b"),
        ("x " * 900, "y " * 900),
        *itertools.pairwise(texts),
    ]
    found = page.evaluate(DIFFED, [where, pairs])
    for (before, after), steps in zip(pairs, found, strict=True):
        assert "".join(text for kind, text in steps if kind != "new") == before
        assert "".join(text for kind, text in steps if kind != "gone") == after


LOADED = "performance.getEntriesByType('resource').map((one) => one.name)"
DIFFED = """async ([where, pairs]) => {
  const { changes } = await import(where);
  return pairs.map(([before, after]) => changes(before, after));
}"""
