"""The review desk in a real browser: what is typed is kept, what is sent is stored once, nothing is shown early."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from review_app.store.engine import Store
from review_app.traces.trace import Document, Message, ToolCall, Trace

from ..ui.projects import RATIONALE, make_project, rich_trace
from ..ui.test_safe_markdown import HOSTILE
from .conftest import Watched, watch
from .desk import answer, chosen, note, on_server, press, saved, sit_down, stored
from .serving import PATIENCE, free_port, serving

pytestmark = pytest.mark.browser
N = 5


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five items, each of which every test may review under a name of its own."""
    return make_project(tmp_path_factory.mktemp("desk"), N, reviews_per_trace=30)


def test_a_submission_shows_the_next_item_and_is_stored(page: Page, address: str, project: Path) -> None:
    first = sit_down(page, address, "abel")
    press(page, "p", "Enter")
    expect(page.locator(".rv-answer")).to_contain_text("t-001")
    assert answer(page) != first
    assert not chosen(page, "Pass")
    saved(page, 1, N)
    assert list(stored(project, "abel")["label"]) == ["pass"]
    assert stored(project, "abel")["seconds"].iloc[0] > 0


def test_keys_are_dead_while_typing(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "berta")
    press(page, "n")
    page.keyboard.type("pfsxgdev? 12 ")
    assert note(page) == "pfsxgdev? 12 "
    assert page.locator('[aria-checked="true"], [aria-pressed="true"], dialog[open]').count() == 0
    press(page, "Enter", "Escape", "p")
    assert chosen(page, "Pass")
    assert stored(project, "berta").empty


def test_combinations_of_the_browser_are_left_alone(page: Page, address: str) -> None:
    sit_down(page, address, "cyr")
    press(page, "Control+p", "Alt+f", "Meta+s")
    assert page.locator('[aria-checked="true"]').count() == 0


def test_a_note_typed_just_before_submitting_is_stored(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "dora")
    press(page, "f", "1", "n")
    page.keyboard.type("Promises a date.")
    press(page, "Control+Enter")
    saved(page, 1, N)
    assert set(stored(project, "dora")["note"]) == {"Promises a date."}
    assert set(stored(project, "dora")["label"]) == {"fail", "wrong_fact"}


def test_a_fail_without_a_note_stays_and_says_what_is_missing(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "emil")
    press(page, "f", "1", "Enter")
    expect(page.locator("#rv-fault-note")).to_have_text("Say in the note what is wrong.")
    expect(page.locator("#rv-note")).to_be_focused()
    assert stored(project, "emil").empty


def test_an_answer_to_a_question_no_longer_asked_is_not_stored(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "fina")
    press(page, "f", "1", "p", "Enter")
    saved(page, 1, N)
    assert list(stored(project, "fina")["criterion"]) == ["good_enough"]


def test_who_cannot_judge_says_why(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "gus")
    press(page, "x", "Enter")
    expect(page.locator("#rv-fault-note")).to_contain_text("why this cannot be judged")
    page.keyboard.type("I cannot read Finnish.")
    press(page, "Escape", "s")
    saved(page, 1, N)
    assert list(stored(project, "gus")["outcome"]) == ["cannot_judge"]


def test_a_correction_and_a_golden_case_travel_with_the_answer(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "hela")
    press(page, "p", "e")
    page.keyboard.type("Hello! ")
    press(page, "Escape", "g", "3", "n")
    page.keyboard.type("Comes back every week.")
    press(page, "Escape", "Enter")
    saved(page, 1, N)
    assert stored(project, "hela")["correction"].iloc[0].startswith("Hello! Yes, within 30 days")
    page.goto(f"{address}/golden?reviewer=hela")
    page.get_by_text("Tick the cases you have read").wait_for(timeout=PATIENCE)


def test_a_reload_brings_the_draft_back(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "ivo")
    press(page, "f", "2", "n")
    page.keyboard.type("Half a thou")
    page.reload()
    answer(page)
    assert note(page) == "Half a thou"
    assert chosen(page, "Fail")
    assert stored(project, "ivo").empty


def test_a_draft_follows_to_another_browser(page: Page, context: BrowserContext, address: str, project: Path) -> None:
    sit_down(page, address, "jana")
    press(page, "n")
    page.keyboard.type("Begun at the office.")
    on_server(project, "jana", "Begun at the office.")
    assert context.browser is not None
    with context.browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        sit_down(other, address, "jana")
        assert note(other) == "Begun at the office."


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("agreement", "How far can each judge be trusted?"),
        ("golden", "Waiting for approval"),
        ("trace", "Who is reviewing?"),
    ],
)
def test_a_deep_link_works_as_the_first_page_of_a_server(page: Page, tmp_path: Path, path: str, shows: str) -> None:
    with serving(make_project(tmp_path / "linked", 1)) as address:
        page.goto(f"{address}/{path}" + ("" if path == "trace" else "?reviewer=ida"))
        expect(page.get_by_text(shows)).to_be_visible()


def test_nothing_of_a_verdict_arrives_before_the_answer(watched: Watched, address: str) -> None:
    page = watched.page
    sit_down(page, address, "karl")
    page.wait_for_timeout(1000)
    for secret in (RATIONALE, "judge-a", "judge-b"):
        assert secret not in page.content()
        assert secret.encode() not in watched.received()
    press(page, "p", "Enter")
    expect(page.locator(".rv-strip")).to_contain_text("judge-b: Fail")
    expect(page.locator(".rv-strip .rv-differs")).to_have_count(1)
    press(page, "v")
    expect(page.locator("dialog[open]")).to_contain_text(RATIONALE)
    # The item on the desk now is as blind as the first one was.
    assert watched.received().count(b"t-000") > 0
    press(page, "Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_two_tabs_make_one_review(context: BrowserContext, address: str, project: Path) -> None:
    first, second = watch(context).page, watch(context).page
    sit_down(first, address, "lea")
    sit_down(second, address, "lea")
    press(first, "p", "Enter")
    saved(first, 1, N)
    press(second, "p", "Enter")
    saved(second, 1, N)
    assert len(stored(project, "lea")) == 1


def test_a_lost_lease_gives_the_text_back(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "max")
    press(page, "n")
    page.keyboard.type("Worth keeping.")
    press(page, "Escape", "p")
    on_server(project, "max", "Worth keeping.")
    store = Store(project / "review.db")
    with store.write() as write:
        write.run("UPDATE slot SET reviewer = 'thief', token = 'stolen' WHERE reviewer = 'max'")
    store.close()
    press(page, "Enter")
    alarm = page.locator(".rv-alarm, .rv-returned").first
    alarm.wait_for(timeout=PATIENCE)
    if page.locator(".rv-alarm").count():
        page.locator(".rv-alarm").click()
    expect(page.locator(".rv-returned")).to_contain_text("not saved")
    assert note(page) == "Worth keeping."
    assert stored(project, "max").empty


def test_the_last_item_ends_in_an_honest_screen(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "nele")
    for number in range(N):
        expect(page.locator(".rv-answer")).to_contain_text(f"t-{number:03d}")
        press(page, "p", "Enter")
    expect(page.locator(".rv-end")).to_contain_text("That was the last one")
    expect(page.locator(".rv-end")).to_contain_text("5 good, 0 bad")
    saved(page, N, N)
    assert len(stored(project, "nele")) == N


def test_a_mouse_and_a_small_window_are_enough(page: Page, address: str, project: Path) -> None:
    # 640 by 400 is what a 1280 by 800 screen has left at 200 % zoom.
    page.set_viewport_size({"width": 640, "height": 400})
    sit_down(page, address, "otto")
    page.get_by_role("radio", name="Pass").click()
    page.get_by_role("button", name="Submit").click()
    saved(page, 1, N)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_every_control_has_a_name_and_the_sheet_of_keys_opens(page: Page, address: str) -> None:
    sit_down(page, address, "pia")
    for control in page.locator(".rv button, .rv textarea, .rv input, .rv [tabindex='0']").all():
        assert control.evaluate("e => e.ariaLabel || e.innerText.trim() || e.labels?.length || e.title")
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("cannot judge")
    press(page, "p", "Escape")
    assert page.locator('[aria-checked="true"]').count() == 0


def test_a_restart_in_mid_item_loses_nothing(watched: Watched, tmp_path: Path) -> None:
    page, port, project = watched.page, free_port(), make_project(tmp_path / "restarted", N)
    with serving(project, port) as address:
        sit_down(page, address, "ida")
        press(page, "p", "Enter")
        saved(page, 1, N)
        press(page, "n")
        page.keyboard.type("Begun before")
    press(page, "Escape", "p", "Enter")
    expect(page.locator(".rv-answer")).to_contain_text("t-002")
    press(page, "n")
    page.keyboard.type("and after the restart")
    with serving(project, port):
        saved(page, 2, N)
        assert note(page) == "and after the restart"
    assert list(stored(project, "ida")["note"]) == ["", "Begun before"]


def test_hostile_traces_run_nothing_and_load_nothing(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    with serving(make_project(tmp_path / "hostile", every=(hostile("t-000"), hostile("t-001")))) as address:
        sit_down(page, address, "ida")
        page.locator(".rv details").evaluate_all("all => all.forEach((fold) => (fold.open = true))")
        page.wait_for_timeout(1500)
        shown = page.locator(".rv").inner_text()
        for _, kept in HOSTILE.values():
            assert " ".join(kept.split()) in " ".join(shown.split())
        assert page.locator(".rv :is(img, svg, iframe, script, style, link, form, object, math)").count() == 0
        assert page.locator(".rv [onerror], .rv [onload], .rv [href], .rv [src]").count() == 0
        assert [url for url in watched.requests if not url.startswith((address, "data:", "blob:"))] == []
        assert watched.alarms == []
        assert watched.errors == []


def hostile(name: str) -> Trace:
    """A trace with every payload in every place a text can stand."""
    every = "\n\n".join(text for text, _ in HOSTILE.values())
    one = HOSTILE["image with handler"][0]
    return replace(
        rich_trace(name),
        messages=(Message(role="system", content=every), Message(role="user", content=every, name=one)),
        documents=(Document(id=one, title=one, source=one, text=every),),
        tool_calls=(ToolCall(name=one, arguments={one: every}, error=one), ToolCall(name="b", result=every)),
        output=every,
        route=one,
    )
