"""Where reviews differ, and when a settlement is complete."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from review_app import tables
from review_app.review.adjudication import DIFFERING, Settlement, differing, faults, independent, opinions
from review_app.review.rubric import Criterion, Label, Rubric

from ..builders import NOON, after

SEND = Criterion(name="send", question="Send?", labels=(Label(value="pass"), Label(value="fail")), bad=("fail",))
REASONS = Criterion(
    name="why",
    question="Why?",
    kind="categorical",
    multiple=True,
    labels=tuple(Label(value=one) for one in ("tone", "fact", "policy")),
)
POINTS = Criterion(name="points", question="How many?", kind="numeric")
BETTER = Criterion(name="better", question="Which is better?", kind="pairwise")
WORDS = Criterion(name="words", question="In your words?", kind="text")
RUBRIC = Rubric(name="r", criteria=(SEND, REASONS, POINTS, WORDS))


def reviews(*rows: dict[str, Any]) -> pd.DataFrame:
    usual: dict[str, Any] = dict.fromkeys(tables.REVIEWS) | {
        "trace_id": "t", "rubric_version": RUBRIC.version, "criterion": "send", "label": "pass", "note": "",
        "outcome": "judged", "assisted": False, "at": NOON, "correction": None,
    }  # fmt: skip
    return pd.DataFrame([usual | row for row in rows], columns=[*tables.REVIEWS, "correction"])


def by(reviewer: str, label: str, **more: Any) -> dict[str, Any]:
    return {"review_id": f"{reviewer}{more}", "reviewer": reviewer, "label": label} | more


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param([by("ana", "pass"), by("ben", "fail")], ["send"], id="two people, two answers"),
        pytest.param([by("ana", "pass"), by("ben", "pass")], [], id="two people, one answer"),
        pytest.param([by("ana", "pass"), by("ben", "fail", trace_id="u")], [], id="two traces"),
        pytest.param([by("ana", "pass"), by("ben", "fail", rubric_version="old")], [], id="two versions"),
        pytest.param([by("ana", "pass"), by("ben", "fail", assisted=True)], [], id="one saw the verdict"),
        pytest.param([by("ana", "pass"), by("ana", "fail", repeat_of="x")], [], id="a repeat by the same person"),
        pytest.param([by("ana", "pass"), by("ben", "fail", outcome="cannot_judge")], [], id="one could not judge"),
        pytest.param([by("ana", "fail"), by("ana", "pass", at=after(hours=1)), by("ben", "pass")], [], id="the latest"),
        pytest.param(
            [by("ana", "tone,fact", criterion="why"), by("ben", "fact,tone", criterion="why")], [], id="another order"
        ),
        pytest.param([by("ana", "tone", criterion="why"), by("ben", "fact", criterion="why")], ["why"], id="reasons"),
        pytest.param([by("ana", "3", criterion="points"), by("ben", "3.0", criterion="points")], [], id="same number"),
        pytest.param(
            [by("ana", "3", criterion="points"), by("ben", "4", criterion="points")], ["points"], id="numbers"
        ),
        pytest.param([by("ana", "bad", criterion="words"), by("ben", "so so", criterion="words")], [], id="words"),
    ],
)
def test_reviews_differ(rows: list[dict[str, Any]], found: list[str]) -> None:
    differ = differing(reviews(*rows), {RUBRIC.version: RUBRIC})
    assert list(differ.columns) == list(DIFFERING)
    assert list(differ["criterion"]) == found
    assert list(differ["n_reviewers"]) == [2] * len(found)


def test_nothing_differs_in_nothing() -> None:
    assert differing(reviews(), {RUBRIC.version: RUBRIC}).empty
    assert independent(reviews()).empty


def test_opinions_hold_everybody_s_words_by_name() -> None:
    rows = [
        by("ben", "fail", note="rude"),
        by("ana", "pass", correction="Dear Ida"),
        by("ben", "tone", criterion="why"),
    ]
    ana, ben = opinions(reviews(*rows))
    assert (ana.reviewer, ana.labels, ana.note, ana.correction) == ("ana", {"send": "pass"}, "", "Dear Ida")
    assert (ben.reviewer, ben.labels, ben.correction) == ("ben", {"send": "fail", "why": "tone"}, None)


@pytest.mark.parametrize(
    ("criterion", "given", "fault"),
    [
        pytest.param(SEND, {"label": "fail"}, "", id="a label"),
        pytest.param(SEND, {}, "no settled answer", id="no label"),
        pytest.param(SEND, {"label": "perhaps"}, "no label 'perhaps'", id="an unknown label"),
        pytest.param(SEND, {"label": "pass,fail"}, "no label 'pass,fail'", id="two where one is asked"),
        pytest.param(REASONS, {"label": "tone,fact"}, "", id="two where several may be"),
        pytest.param(BETTER, {"label": "equal"}, "", id="a pair"),
        pytest.param(BETTER, {"label": "A"}, "no label 'A'", id="a pair, by the side it stood on"),
        pytest.param(POINTS, {"label": "nan"}, "no label 'nan'", id="no number"),
        pytest.param(POINTS, {"label": "2.5"}, "", id="a number"),
        pytest.param(SEND, {"outcome": "fix_rubric"}, "what must be mended", id="mend what?"),
        pytest.param(SEND, {"outcome": "fix_context", "note": "a page is missing"}, "", id="mend this"),
        pytest.param(SEND, {"outcome": "shrug", "label": "pass"}, "'shrug' is none of", id="no such outcome"),
    ],
)
def test_a_settlement_is_complete(criterion: Criterion, given: dict[str, Any], fault: str) -> None:
    found = faults(Settlement(criterion=criterion.name, **given), criterion)
    assert (fault in found[0]) if fault else found == []
