"""Every key of the desk in a real browser, and what becomes of the answers when the network or the reviewer wavers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_app.review.pairwise import shown_order
from review_app.store import reviews
from review_app.store.engine import Store

from ..ui.projects import make_project, rich_trace
from ..waiting import eventually
from .conftest import Watched
from .desk import answer, chosen, note, on_server, press, saved, sit_down, stored
from .serving import PATIENCE, free_port, picture, serving

pytestmark = pytest.mark.browser
N = 5
RUBRIC = """
name: everything
criteria:
  - name: good_enough
    question: Good enough to send?
    labels: [{value: pass, text: Pass, key: p}, {value: fail, text: Fail, key: f}]
    bad: [fail]
  - name: tone
    question: How is the tone?
    kind: ordinal
    required: false
    labels: [{value: "1", text: rude}, {value: "2", text: neutral}, {value: "3", text: warm}]
  - {name: better, question: "Which one is better?", kind: pairwise}
  - name: claim
    question: Mark what nothing supports
    kind: span
    required: false
    labels: [{value: unsupported, text: Unsupported}, {value: untrue, text: Untrue}]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five items with the usual rubric, for many names."""
    return make_project(tmp_path_factory.mktemp("keys"), N, reviews_per_trace=30)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Items to compare and to mark, with a rubric of every kind. An emoji stands before what is marked."""
    items = [rich_trace(f"t-{n:03d}") for n in range(3)]
    made = [replace(one, output=f"🫖 {one.output} Ask us.", alternative="No, never.") for one in items]
    project = make_project(tmp_path_factory.mktemp("everything"), reviews_per_trace=9, every=tuple(made))
    (project / "rubric.yaml").write_text(RUBRIC)
    return project


@pytest.fixture(scope="module")
def desk_of_everything(everything: Path) -> Iterator[str]:
    with serving(everything) as found:
        yield found


@pytest.mark.parametrize(("key", "outcome"), [("x", "cannot_judge"), ("w", "wrong_context"), ("k", "skipped")])
def test_an_outcome_has_a_key_and_needs_a_note(page: Page, address: str, project: Path, key: str, outcome: str) -> None:
    who = f"outcome-{key}"
    sit_down(page, address, who)
    press(page, key, "Enter")
    expect(page.locator("#rv-note")).to_be_focused()
    page.keyboard.type("Another order is shown.")
    press(page, "Control+Enter")
    expect(page.locator(".rv-status")).to_have_text("saved")
    assert list(stored(project, who)["outcome"]) == [outcome]


def test_later_puts_an_item_behind_the_others_with_its_draft(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "later")
    press(page, "n")
    page.keyboard.type("Ask the warehouse.")
    press(page, "Escape", "l")
    for number in range(1, N):
        expect(page.locator(".rv-answer")).to_contain_text(f"t-{number:03d}")
        press(page, "p", "Enter")
    expect(page.locator(".rv-answer")).to_contain_text("t-000")
    assert note(page) == "Ask the warehouse."
    press(page, "p", "Enter")
    saved(page, N, N)
    assert len(stored(project, "later")) == N


def test_undo_stores_a_second_answer_beside_the_first(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "undo")
    press(page, "p", "Enter")
    saved(page, 1, N)
    press(page, "n")
    page.keyboard.type("on the next one")
    press(page, "Escape", "u")
    expect(page.locator(".rv-answer")).to_contain_text("t-000")
    expect(page.locator(".rv-cannot")).to_contain_text("Your last answer, once more")
    assert chosen(page, "Pass")
    assert note(page) == ""
    press(page, "f", "1", "n")
    page.keyboard.type("The judge is right.")
    press(page, "Control+Enter")
    expect(page.locator(".rv-answer")).to_contain_text("t-001")
    assert note(page) == "on the next one"
    saved(page, 1, N)
    found = stored(project, "undo")
    said = found[found["criterion"] == "good_enough"]
    assert list(zip(said["label"], said["assisted"], said["note"], strict=True)) == [
        ("pass", False, ""), ("fail", True, "The judge is right."),
    ]  # fmt: skip


def test_an_undo_outlives_a_reload(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "reloads")
    press(page, "p", "Enter")
    saved(page, 1, N)
    press(page, "n")
    page.keyboard.type("on the next one")
    press(page, "Escape", "u", "f", "1", "n")
    page.keyboard.type("On second thoughts")
    page.reload()
    expect(page.locator(".rv-cannot")).to_contain_text("Your last answer, once more")
    expect(page.locator(".rv-answer")).to_contain_text("t-000")
    assert chosen(page, "Fail")
    assert note(page) == "On second thoughts"
    press(page, "Enter")
    expect(page.locator(".rv-answer")).to_contain_text("t-001")
    assert note(page) == "on the next one"
    expect(page.locator(".rv-status")).to_have_text("")
    said = stored(project, "reloads")
    assert list(said.loc[said["criterion"] == "good_enough", "assisted"]) == [False, True]
    # Sent, or left unchanged, it is forgotten; the first answer can be opened again all the same.
    page.reload()
    expect(page.locator(".rv-answer")).to_contain_text("t-001")


def test_an_undo_can_be_left_without_a_change(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "unsure")
    press(page, "u")
    press(page, "p", "Enter")
    saved(page, 1, N)
    press(page, "u", "f", "Escape")
    expect(page.locator(".rv-answer")).to_contain_text("t-001")
    assert not chosen(page, "Pass")
    assert list(stored(project, "unsure")["label"]) == ["pass"]


def test_a_word_on_one_question(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "words")
    press(page, "a")
    page.keyboard.type("only just")
    press(page, "Escape", "p", "Control+Enter", "Enter")
    saved(page, 1, N)
    store = Store(project / "review.db")
    assert "only just" in set(reviews.details(store)["note"])
    store.close()


def test_claims_go_with_a_golden_case(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "claims")
    press(page, "p", "g", "4")
    page.locator('[data-id="must"]').fill("name the 30 days\n\nbe polite")
    page.locator('[data-id="must_not"]').fill("promise a date")
    page.locator('[data-id="layer_reason"]').fill("seen twice")
    press(page, "Control+Enter")
    saved(page, 1, N)
    store = Store(project / "review.db")
    kept = store.rows("SELECT kind, body FROM assertion ORDER BY review_id, number")
    assert [(row["kind"], row["body"]) for row in kept] == [
        ("must", "name the 30 days"), ("must", "be polite"), ("must_not", "promise a date"),
    ]  # fmt: skip
    store.close()


def test_the_sheet_names_every_key(page: Page, address: str) -> None:
    sit_down(page, address, "sheet")
    press(page, "?")
    keys = page.locator("dialog dt").all_inner_texts()
    for key in ("l", "u", "k", "w", "x", "a", "m, M", "n", "e", "g", "d", "v", "?", "/"):
        assert key in keys


def test_a_pair_is_answered_by_side(page: Page, desk_of_everything: str, everything: Path) -> None:
    sit_down(page, desk_of_everything, "pairs")
    expect(page.locator(".rv-side")).to_have_count(2)
    press(page, "p", "ArrowDown", "1", "Enter")
    saved(page, 1, 3)
    found = stored(everything, "pairs").set_index("criterion")["label"]
    assert found["better"] == shown_order("t-000", "pairs")[0]


def test_a_passage_is_marked_by_keyboard_and_stored_exactly(
    page: Page, desk_of_everything: str, everything: Path
) -> None:
    sit_down(page, desk_of_everything, "spans")
    press(page, "p", "m", "m", "2")
    expect(page.locator(".rv-passages li")).to_have_count(1)
    picture(page, "desk-marking")
    expect(page.locator(".rv-exact-text mark")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator(".rv-marking")).to_have_count(0)
    page.get_by_role("radio", name="Equally good").click()
    press(page, "Enter")
    saved(page, 1, 3)
    store = Store(everything / "review.db")
    rows = reviews.spans(store)
    store.close()
    row = rows[rows["label"] == "untrue"].iloc[0]
    text = f"🫖 {rich_trace('t-000').output} Ask us."
    assert row["quote"] == "Answer for t-000."
    assert text[row["start"] : row["stop"]] == row["quote"]


def test_a_passage_of_a_document_is_marked_by_mouse_and_taken_off(page: Page, desk_of_everything: str) -> None:
    sit_down(page, desk_of_everything, "mouse")
    page.get_by_role("button", name="Mark text").click()
    text = page.locator('.rv-exact-text[data-place="document:kb-1"]')
    expect(text).to_be_visible()
    text.dblclick(position={"x": 20, "y": 8})
    page.get_by_role("button", name="Unsupported").click()
    expect(page.locator(".rv-passages li")).to_contain_text("Unsupported, in Returns")
    page.get_by_role("button", name="Take the mark off").click()
    expect(page.locator(".rv-passages li")).to_have_count(0)


def test_three_answers_given_offline_arrive_after_it(watched: Watched, tmp_path: Path) -> None:
    page, port, project = watched.page, free_port(), make_project(tmp_path / "offline", N)
    with serving(project, port) as address:
        sit_down(page, address, "ida")
        # A server that goes while the browser still fetches the pane takes the pane with it.
        expect(page.locator(".rv-answer")).to_have_css("border-top-width", "2px")
    for number in range(3):
        expect(page.locator(".rv-answer")).to_contain_text(f"t-{number:03d}")
        press(page, "p", "Enter")
    expect(page.locator(".rv-status")).to_contain_text("3")
    time.sleep(10)
    assert stored(project, "ida").empty
    with serving(project, port):
        # Streamlit's own pauses between two tries to connect grow with the outage.
        expect(page.locator(".rv-status")).to_have_text("saved", timeout=3 * PATIENCE)
        saved(page, 3, N)
        expect(page.locator(".rv-answer")).to_contain_text("t-003")
    assert list(stored(project, "ida")["trace_id"]) == ["t-000", "t-001", "t-002"]


def test_back_brings_the_draft_back(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "back")
    press(page, "f", "n")
    page.keyboard.type("Half a thought")
    page.goto(f"{address}/golden?reviewer=back")
    page.go_back()
    answer(page)
    expect(page.locator("#rv-note")).to_have_value("Half a thought")
    assert chosen(page, "Fail")
    assert stored(project, "back").empty


def test_the_newer_of_two_drafts_wins(page: Page, address: str, project: Path) -> None:
    sit_down(page, address, "newer")
    press(page, "x", "n")
    page.keyboard.type("first browser")
    on_server(project, "newer", "first browser")
    assert page.context.browser is not None
    with page.context.browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        sit_down(other, address, "newer")
        assert note(other) == "first browser"
        assert other.locator('[data-id="cannot_judge"]').get_attribute("aria-pressed") == "true"
        press(other, "n")
        other.keyboard.type(", then the second")
        on_server(project, "newer", ", then the second")
    page.reload()
    answer(page)
    assert note(page).endswith(", then the second")


def test_after_a_batch_comes_a_pause_that_says_what_changed(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    with serving(make_project(tmp_path / "batch", 22)) as address:
        sit_down(page, address, "ida")
        for number in range(20):
            expect(page.locator(".rv-answer")).to_contain_text(f"t-{number:03d}")
            press(page, "p", "Enter")
        expect(page.locator(".rv-end h2")).to_contain_text("20 items answered")
        expect(page.locator(".rv-changed")).to_contain_text("20 reviews: 20 good, 0 bad")
        expect(page.locator(".rv-changed")).to_contain_text(
            "judge-b on good enough: of 20, it failed 20 that you passed"
        )
        picture(page, "desk-pause")
        press(page, "Enter")
        expect(page.locator(".rv-answer")).to_contain_text("t-020")
        assert watched.errors == []


@pytest.mark.parametrize("awake", [True, False], ids=["somebody reads", "nobody is there"])
def test_a_lease_lives_as_long_as_somebody_reads(page: Page, address: str, project: Path, awake: bool) -> None:
    who = f"awake-{awake}"
    page.clock.install()
    sit_down(page, address, who)
    store = Store(project / "review.db")

    def lease() -> int:
        return int(store.rows("SELECT max(lease_until) AS at FROM slot WHERE reviewer = :who", who=who)[0]["at"])

    # What the page had to say when it was loaded is said by now.
    page.clock.run_for(15_000)
    page.wait_for_timeout(1500)
    before = lease()
    if awake:
        press(page, "PageDown")
    page.clock.run_for(5 * 60_000)
    if awake:
        eventually(lambda: lease() > before, PATIENCE / 1000)
    page.wait_for_timeout(2000)
    assert (lease() > before) == awake
    store.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_for_people(page: Page, desk_of_everything: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    sit_down(page, desk_of_everything, f"picture-{scheme}")
    press(page, "f", "a")
    page.keyboard.type("only just")
    press(page, "Escape", "m", "1", "g")
    picture(page, f"desk-everything-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
