"""The desk's verbs: what is stored beside a label, what is refused, what a second thought becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.errors import NotAllowed
from review_app.review.answer import Assertion, Promotion, Submission
from review_app.review.blind import BlindItem, Draft
from review_app.review.pairwise import shown_order
from review_app.review.spans import Span
from review_app.store import reviews
from review_app.store.engine import Store

from ..ui.projects import make_project, rich_trace

RUBRIC = """
name: everything
criteria:
  - name: good_enough
    question: Good enough to send?
    labels: [{value: pass, key: p}, {value: fail, key: f}]
    bad: [fail]
  - {name: better, question: "Which is better?", kind: pairwise}
  - name: claim
    question: Which claims are unsupported?
    kind: span
    required: false
    labels: [{value: unsupported, text: Unsupported}, {value: "false", text: Untrue}]
"""
PAIRS = """
name: pairs
criteria:
  - {name: better, question: "Which is better?", kind: pairwise, bad: [alternative]}
"""
QUOTE = Span(criterion="claim", place="output", start=5, stop=19, quote="within 30 days", label="unsupported")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two traces: the first has another output to compare it with."""
    first, second = rich_trace("t-000"), rich_trace("t-001")
    made = make_project(tmp_path / "p", every=(replace(first, alternative="No, never."), second))
    (made / "rubric.yaml").write_text(RUBRIC)
    return made


def given(item: BlindItem, **changes: object) -> Submission:
    answers = {"good_enough": "pass"} | ({"better": "A"} if item.sides else {})
    base = Submission(slot_id=item.slot_id, token=item.token, answers=answers)
    return replace(base, **changes)  # type: ignore[arg-type]


def one(project: Path, who: str = "ida") -> BlindItem:
    return actions.desk(project, who).items[0]


def opened(project: Path) -> Store:
    return Store(project / "review.db")


def test_a_pair_is_answered_by_side_and_stored_by_output(project: Path) -> None:
    item = one(project)
    order = shown_order("t-000", "ida")
    assert item.sides is not None
    assert item.sides[order.index("alternative")] == "No, never."
    assert actions.submit_review(project, "ida", given(item)).status == "saved"
    store = opened(project)
    stored = reviews.frame(store).set_index("criterion")["label"]
    assert stored["better"] == order[0]
    assert reviews.details(store)[["criterion", "shown"]].to_numpy().tolist() == [["better", ",".join(order)]]


def test_a_trace_without_an_alternative_is_not_compared(project: Path) -> None:
    item = actions.desk(project, "ida").items[1]
    assert item.sides is None
    assert actions.submit_review(project, "ida", given(item)).status == "saved"


def test_where_all_is_comparison_nothing_tells_which_side_is_the_systems(project: Path) -> None:
    (project / "rubric.yaml").write_text(PAIRS)
    item = one(project)
    assert item.trace.output is None
    assert item.trace.cited == frozenset()
    assert item.sides is not None
    assert "No, never." in item.sides


def test_a_pair_not_yet_answered_is_not_told_apart_by_its_page_or_a_search(project: Path) -> None:
    (project / "rubric.yaml").write_text(PAIRS)
    ours, theirs = '"Answer for t-000"', '"No, never."'
    trace, reveal = actions.open_trace(project, "ida", "t-000")
    assert (trace.output, trace.cited, trace.withheld, reveal) == (None, frozenset(), True, None)
    found = [list(actions.find_traces(project, "ida", text)["trace_id"]) for text in (ours, theirs)]
    assert found == [["t-000"], ["t-000"]]
    item = one(project)
    given_now = Submission(slot_id=item.slot_id, token=item.token, answers={"better": "A"}, note="clearer")
    assert actions.submit_review(project, "ida", given_now).status == "saved"
    trace, reveal = actions.open_trace(project, "ida", "t-000")
    assert trace.output is not None
    assert not trace.withheld
    assert reveal is not None
    # Somebody else has not answered; and a trace without a second output has nothing to withhold.
    assert actions.open_trace(project, "noor", "t-000")[0].output is None
    assert actions.open_trace(project, "noor", "t-001")[0].output is not None


def test_answers_are_read_in_the_words_they_were_given_in(project: Path) -> None:
    before = actions.rubric_asked(project, "ida", "t-001")
    item = actions.desk(project, "ida").items[1]
    assert actions.submit_review(project, "ida", given(item)).status == "saved"
    (project / "rubric.yaml").write_text(PAIRS)
    assert actions.rubric_asked(project, "ida", "t-001") == before
    assert actions.rubric_asked(project, "noor", "t-001").name == "pairs"


def test_passages_words_and_claims_are_kept_with_the_review(project: Path) -> None:
    promote = Promotion(layer="edge_case", reason="rare", assertions=(Assertion(kind="must", text="name the 30 days"),))
    sent = given(one(project), spans=(QUOTE,), notes={"good_enough": " barely ", "claim": " "}, promote=promote)
    assert actions.submit_review(project, "ida", sent).status == "saved"
    assert actions.submit_review(project, "ida", sent).status == "duplicate"
    store = opened(project)
    (row,) = reviews.spans(store).to_dict("records")
    assert (row["place"], row["start"], row["stop"], row["quote"], row["label"]) == (
        "output", 5, 19, "within 30 days", "unsupported",
    )  # fmt: skip
    assert reviews.frame(store).set_index("criterion")["label"]["claim"] == "unsupported"
    assert reviews.details(store).set_index("criterion")["note"].to_dict() == {"better": "", "good_enough": "barely"}
    (snapshot,) = store.rows("SELECT snapshot FROM golden")
    assert orjson.loads(snapshot["snapshot"])["review"]["assertions"] == [{"kind": "must", "text": "name the 30 days"}]


def test_a_passage_that_is_not_there_is_refused_with_words(project: Path) -> None:
    done = actions.submit_review(project, "ida", given(one(project), spans=(replace(QUOTE, quote="within 31 days"),)))
    assert done.status == "refused"
    assert "“within 31 days” is not at its place" in done.message
    assert reviews.frame(opened(project)).empty


def test_a_second_thought_is_a_second_assisted_review(project: Path) -> None:
    item = one(project)
    actions.submit_review(project, "ida", given(item))
    changed = given(item, answers={"good_enough": "fail", "better": "B"}, note="I see it now", token="change-1")
    assert actions.amend_review(project, "ida", "t-000", changed).status == "saved"
    assert actions.amend_review(project, "ida", "t-000", changed).status == "duplicate"
    assert actions.amend_review(project, "ida", "t-000", replace(changed, token="change-2")).status == "saved"
    found = reviews.frame(opened(project))
    said = found[found["criterion"] == "good_enough"]
    assert list(zip(said["label"], said["assisted"], strict=True)) == [("pass", False), ("fail", True), ("fail", True)]
    # The judge is measured by the first one.
    assert actions.reveal(project, "ida", "t-000").own["good_enough"] == "pass"


def test_nobody_changes_what_they_have_not_said(project: Path) -> None:
    item = one(project)
    actions.submit_review(project, "ida", given(item))
    refused = actions.amend_review(project, "noor", "t-000", given(item, token="change-1"))
    assert (refused.status, "noor has not reviewed" in refused.message) == ("refused", True)


def test_an_incomplete_second_thought_is_refused(project: Path) -> None:
    item = one(project)
    actions.submit_review(project, "ida", given(item))
    unexplained = given(item, answers={"good_enough": "fail", "better": "B"}, token="change-1")
    assert actions.amend_review(project, "ida", "t-000", unexplained).status == "refused"


def test_a_batch_says_what_it_changed_and_tells_nothing_early(project: Path) -> None:
    first, second = actions.desk(project, "ida").items
    actions.submit_review(project, "ida", given(first))
    found = actions.sitting(project, "ida", [first.trace.trace_id, second.trace.trace_id])
    # judge-a said pass on both, judge-b fail; only the first is answered, with a pass.
    assert found.reviews == 1
    assert {one.judge: (one.compared, one.missed, one.false_alarms) for one in found.judges} == {
        "judge-a": (1, 0, 0), "judge-b": (1, 0, 1),
    }  # fmt: skip
    assert actions.sitting(project, "noor", [first.trace.trace_id]).judges == ()


def test_a_repeat_on_the_desk_hides_what_was_revealed(project: Path) -> None:
    item = one(project)
    actions.submit_review(project, "ida", given(item))
    assert actions.reveal(project, "ida", "t-000").verdicts
    store = opened(project)
    with store.write() as write:
        write.run("UPDATE slot SET state = 'leased' WHERE trace_id = 't-000' AND reviewer = 'ida'")
    with pytest.raises(NotAllowed):
        actions.reveal(project, "ida", "t-000")
    assert actions.sitting(project, "ida", ["t-000"]).reviews == 0


def test_a_draft_keeps_everything_on_the_form(project: Path) -> None:
    item = one(project)
    draft = Draft(
        outcome="wrong_context", answers={"better": "B"}, notes={"better": "hm"}, spans=(QUOTE,), note="half",
        correction="", layer="", must="say it", must_not="sell", written_at=1_790_000_000_123,
    )  # fmt: skip
    actions.save_draft(project, "ida", item.slot_id, item.token, draft)
    assert one(project).draft == draft


def test_a_skip_and_a_wrong_context_need_a_note_and_no_answers(project: Path) -> None:
    first, second = actions.desk(project, "ida").items
    assert actions.submit_review(project, "ida", given(first, outcome="skipped")).status == "refused"
    assert actions.submit_review(project, "ida", given(first, outcome="skipped", note="French")).status == "saved"
    wrong = given(second, outcome="wrong_context", note="another order", spans=(QUOTE,))
    assert actions.submit_review(project, "ida", wrong).status == "saved"
    store = opened(project)
    assert set(reviews.frame(store)["outcome"]) == {"skipped", "wrong_context"}
    assert reviews.spans(store).empty
    with pytest.raises(NotAllowed):
        actions.reveal(project, "ida", "t-000")
    # The skipped one waits for others, not for ida.
    assert [one.trace.trace_id for one in actions.desk(project, "noor").items] == ["t-000"]
    assert actions.desk(project, "ida").items == ()
