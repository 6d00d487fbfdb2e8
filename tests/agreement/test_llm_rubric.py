"""Real people, a real judge that gives a distribution: the published figures come out to the last printed digit."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.frame import FrameInfo
from review_app.agreement.judges.judge_vs_people import Setup, measure
from review_app.agreement.raters.people import settle
from review_app.agreement.report import AgreementReport
from review_app.review.rubric import Criterion, Label, Rubric

from ..shared_data import shared
from .builders import NOW, reviews, verdicts

QUESTIONS = [f"Q{i}" for i in range(9)]
SCALE = tuple(Label(value=value) for value in "1234")
RUBRIC = Rubric(
    name="llm-rubric",
    criteria=tuple(
        Criterion(name=name, question=name, kind="ordinal", labels=SCALE, bad=("1", "2")) for name in QUESTIONS
    ),
)


@pytest.fixture(scope="module")
def report() -> AgreementReport:
    folder = shared("llm-rubric") / "data" / "real_data"
    people = pd.read_csv(folder / "human_judges_real_convs_FIXED_ANON.tsv", sep="\t")
    judge = pd.read_csv(folder / "gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv", sep="\t")
    answers = people.melt(id_vars=["text_id", "annotator_id"], value_vars=QUESTIONS).query("value > 0")
    given = reviews(
        [
            {"trace_id": row.text_id, "reviewer": str(row.annotator_id), "criterion": row.variable,
             "rubric_version": RUBRIC.version, "label": str(row.value)}
            for row in answers.itertuples()
        ]
    )  # fmt: skip
    p = judge[[f"answer{k}_prob" for k in range(1, 5)]].to_numpy()
    said = verdicts(
        [
            {"trace_id": trace_id, "criterion": criterion, "label": str(best + 1), "score": score}
            for trace_id, criterion, best, score in zip(
                judge["text_id"], judge["criterion"], p.argmax(axis=1), p @ np.arange(1, 5), strict=True
            )
        ]
    )
    rubrics = {RUBRIC.version: RUBRIC}
    return measure(said, settle(given, rubrics), FrameInfo(size=223, verdicts=()), rubrics, Setup(generated_at=NOW))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("judge_value", "theirs"), [("expectation", "expected"), ("label", "argmax")])
def test_expected_figures(report: AgreementReport, question: str, judge_value: str, theirs: str) -> None:
    published = json.loads((shared("llm-rubric") / "expected.json").read_text())["judge_vs_human"][question]
    (judge,) = [one for one in report.judges if one.criterion == question]
    (panel,) = [one for one in judge.ordinal if one.judge_value == judge_value]
    assert panel.n == published["n"]
    assert panel.weighting == "unweighted"
    for figure in ("rmse", "pearson", "spearman", "kendall_tau_b"):
        expected = published[theirs][figure]
        found = getattr(panel, figure)
        assert found is None if expected is None else found == pytest.approx(expected, abs=5e-7), figure
    assert judge.refusal == "no labelled trace with a verdict comes from a draw"
