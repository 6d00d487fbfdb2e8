from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from review_app.errors import BadConfig, BadInput
from review_app.review import review_file
from review_app.review.review_file import ImportedReview
from review_app.review.rubric import Criterion, Label, Rubric
from review_app.tables import Reject
from review_app.traces import yaml_file

from ..shared_data import shared

MAPS = Path(__file__).parent / "maps"


def _labels(*values: str) -> tuple[Label, ...]:
    return tuple(Label(value=value) for value in values)


RUBRIC = Rubric(
    name="send",
    criteria=(
        Criterion(name="good_enough", question="Good enough?", labels=_labels("pass", "fail"), bad=("fail",)),
        Criterion(
            name="reason",
            question="Why not?",
            kind="categorical",
            labels=_labels("tone", "facts"),
            multiple=True,
            ask_when={"good_enough": ("fail",)},
        ),
        Criterion(name="minutes", question="How long would you need?", kind="numeric", required=False),
        Criterion(name="words", question="In your words?", kind="text", required=False),
    ),
)

WIDE = """
trace_id: id
reviewer: who
outcome: outcome
outcomes: {skip: skipped}
criteria: {good_enough: label, reason: reason, minutes: minutes, words: words}
scale: {missing: {"?": did not say}, translate: {"yes": pass}}
note: note
correction: better
at: when
seconds: secs
inclusion_probability: p
external_id: row
timezone: Europe/Berlin
"""
HEADER = "id,who,outcome,label,reason,minutes,words,note,better,when,secs,p,row\n"


def _read(folder: Path, yaml: str, table: str) -> list[ImportedReview | Reject]:
    (folder / "map.yaml").write_text(yaml)
    (folder / "reviews.csv").write_text(table)
    mapping = review_file.load(folder / "map.yaml")
    return list(review_file.read_reviews(folder / "reviews.csv", mapping, RUBRIC))


def test_a_wide_row_is_a_review(tmp_path: Path) -> None:
    row = 't,ana,judged,fail,"tone,facts",2.5,Too cold,rude,Dear Ms Mo,2026-01-05 09:00,31.5,0.25,r7\n'
    (review,) = _read(tmp_path, WIDE, HEADER + row)
    assert isinstance(review, ImportedReview)
    assert review == ImportedReview(
        trace_id="t",
        reviewer="ana",
        answers={"good_enough": "fail", "reason": "tone,facts", "minutes": "2.5", "words": "Too cold"},
        note="rude",
        correction="Dear Ms Mo",
        at=review.at,
        seconds=31.5,
        inclusion_probability=0.25,
        external_id="r7",
        row=2,
    )
    assert review.at
    assert review.at.isoformat() == "2026-01-05T08:00:00+00:00"


@pytest.mark.parametrize(
    ("row", "answers", "missing"),
    [
        pytest.param("t,ana,,pass,,,,", {"good_enough": "pass"}, {}, id="unasked and optional are not missing"),
        pytest.param("t,ana,,yes,,,,", {"good_enough": "pass"}, {}, id="translated"),
        pytest.param("t,ana,,fail,,,,", {"good_enough": "fail"}, {"reason": "empty"}, id="asked and empty"),
        pytest.param("t,ana,,?,,,,", {}, {"good_enough": "did not say"}, id="declared missing"),
        pytest.param("t,ana,,,,,,", {}, {"good_enough": "empty"}, id="empty"),
        pytest.param("t,ana,skip,pass,,,,", {}, {}, id="skipped: no answers"),
        pytest.param("t,ana,cannot_judge,,,,,", {}, {}, id="cannot judge"),
    ],
)
def test_what_is_missing(tmp_path: Path, row: str, answers: dict[str, str], missing: dict[str, str]) -> None:
    (review,) = _read(tmp_path, WIDE, HEADER + row + ",,,,,\n")
    assert isinstance(review, ImportedReview)
    assert review.answers == answers
    assert review.missing == missing


@pytest.mark.parametrize(
    ("row", "place", "reason"),
    [
        pytest.param(",ana,,pass,,,,,,,,,", "trace_id", "is empty", id="no trace"),
        pytest.param("t,,,pass,,,,,,,,,", "reviewer", "is empty", id="no reviewer"),
        pytest.param("t,ana,done,pass,,,,,,,,,", "outcome", "'done' is not among judged, cannot_judge", id="outcome"),
        pytest.param("t,ana,,good,,,,,,,,,", "good_enough", "'good' is not among pass, fail, ?", id="label"),
        pytest.param('t,ana,,fail,"tone,x",,,,,,,,', "reason", "'x' is not among tone, facts", id="one of several"),
        pytest.param("t,ana,,pass,,two,,,,,,,", "minutes", "two", id="number"),
        pytest.param("t,ana,,pass,,inf,,,,,,,", "minutes", "not a finite number", id="infinite"),
        pytest.param("t,ana,,pass,,,,,,,-1,,", "seconds", "not between 0", id="seconds"),
        pytest.param("t,ana,,pass,,,,,,,,0,", "inclusion_probability", "had a chance", id="p of 0"),
        pytest.param("t,ana,,pass,,,,,,,,2,", "inclusion_probability", "not between 0 and 1", id="p of 2"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, place: str, reason: str) -> None:
    fine, fault = _read(tmp_path, WIDE, f"{HEADER}t,ana,,pass,,,,,,,,,\n{row}\n")
    assert isinstance(fine, ImportedReview)
    assert isinstance(fault, Reject)
    assert (fault.line, fault.field) == (3, place)
    assert reason in fault.reason


LONG = "trace_id: id\nreviewer: who\ncriterion: asked\nlabel: said\nnote: note\n"


def test_rows_of_one_trace_and_reviewer_are_one_review(tmp_path: Path) -> None:
    table = (
        "id,who,asked,said,note\n"
        "t,ana,good_enough,fail,rude\n"
        "u,ana,good_enough,pass,\n"
        "t,ben,good_enough,pass,\n"
        "t,ana,reason,tone,\n"
        "t,ana,reason,facts,\n"
        "t,ana,colour,red,\n"
        "u,ben,good_enough,blue,\n"
    )
    items = _read(tmp_path, LONG, table)
    reviews = [item for item in items if isinstance(item, ImportedReview)]
    assert [(r.trace_id, r.reviewer, r.answers, r.note, r.row) for r in reviews] == [
        ("t", "ana", {"good_enough": "fail", "reason": "tone"}, "rude", 2),
        ("u", "ana", {"good_enough": "pass"}, "", 3),
        ("t", "ben", {"good_enough": "pass"}, "", 4),
    ]
    faults = [(item.line, item.field) for item in items if isinstance(item, Reject)]
    assert faults == [(6, "criterion"), (7, "criterion"), (8, "good_enough")]  # twice, unknown, no such label


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        pytest.param("trace_id: t\nreviewer: r\n", "needs either criteria", id="no answers"),
        pytest.param("trace_id: t\nreviewer: r\ncriteria: {a: b}\ncriterion: c\nlabel: d\n", "needs either", id="both"),
        pytest.param("trace_id: t\nreviewer: r\ncriterion: c\n", "needs either", id="half of the long form"),
        pytest.param("trace_id: t\nreviewer: r\ncriteria: {a: b}\noutcomes: {x: done}\n", "'done'", id="outcome"),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path: Path, yaml: str, says: str) -> None:
    with pytest.raises(BadConfig) as caught:
        _read(tmp_path, yaml, "t\n")
    assert says in caught.value.message


def test_a_criterion_the_rubric_has_not_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no criterion 'colour'"):
        _read(tmp_path, "trace_id: id\nreviewer: who\ncriteria: {colour: c}\n", "id,who,c\n")


def test_real_people_come_out_whole() -> None:
    path = shared("llm-rubric") / "data" / "real_data" / "human_judges_real_convs_FIXED_ANON.tsv"
    rubric = yaml_file.load(MAPS / "llm_rubric_rubric.yaml", Rubric)
    mapping = review_file.load(MAPS / "llm_rubric_reviews.yaml")
    reviews = [r for r in review_file.read_reviews(path, mapping, rubric) if isinstance(r, ImportedReview)]
    assert len(reviews) == 223
    assert len({review.reviewer for review in reviews}) == 13
    assert {review.inclusion_probability for review in reviews} == {1.0}
    answered = Counter(name for review in reviews for name in review.answers)
    missing = Counter(name for review in reviews for name in review.missing)
    # 223 - n of expected.json: 0 is "not applicable" there, on the four questions about citations.
    assert missing == {"Q1": 77, "Q3": 75, "Q4": 77, "Q5": 77}
    assert all(answered[f"Q{number}"] + missing[f"Q{number}"] == 223 for number in range(9))
    assert {why for review in reviews for why in review.missing.values()} == {"not applicable"}
