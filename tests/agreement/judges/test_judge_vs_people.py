from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.frame import FrameInfo, VerdictCounts
from review_app.agreement.judges.judge_vs_people import Setup, measure
from review_app.agreement.raters.people import PeopleLabels, settle
from review_app.agreement.report import AgreementReport
from review_app.errors import BadInput

from ..builders import NOW, RUBRIC, counts, labels_of, reviews, sample, verdicts

RUBRICS = {RUBRIC.version: RUBRIC}
SETUP = Setup(generated_at=NOW, seed=3, slices=("language",))
FRAME = FrameInfo(size=100_000, verdicts=(counts(20_000, 80_000),), frame_id="main")


def worked() -> tuple[PeopleLabels, pd.DataFrame]:
    """The 300 labels of test_estimates as labels and verdicts; every tenth trace is German."""
    rows = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)
    said = verdicts(
        [
            {"trace_id": trace_id, "label": "fail" if flagged else "pass"}
            for trace_id, flagged in zip(rows["trace_id"], rows["flagged"], strict=True)
        ]
    )
    language = np.where(np.arange(len(rows)) % 10 == 0, "de", "en")
    return labels_of(rows.drop(columns="flagged").assign(language=language)), said


def report(labelled: PeopleLabels, said: pd.DataFrame, frame: FrameInfo = FRAME) -> AgreementReport:
    return measure(said, labelled, frame, RUBRICS, SETUP)


def test_the_worked_case_from_labels_and_verdicts() -> None:
    (judge,) = report(*worked()).judges
    assert (judge.judge, judge.judge_version, judge.criterion, judge.n) == ("j", "1", "good_enough", 300)
    assert judge.metrics["tpr"].value == pytest.approx(0.790923, abs=5e-7)
    assert judge.naive is not None
    assert judge.naive.metrics["tpr"].value == pytest.approx(0.95)
    assert judge.expected_missed == 7
    assert judge.missed_note == ""
    # 1 - .790923 and 1 - .949013; the ends are those of the published intervals
    assert judge.sentence.startswith("misses 1 in 5 bad answers (95 %: 1")
    assert "; flags 5 % of good ones (95 %: 4–7 %)" in judge.sentence
    assert [d.kind for d in judge.disagreements] == ["missed"] * 7 + ["false_alarm"] * 34
    assert judge.blind_spots.universe == 140


def test_traffic_since_the_draw_is_read_by_its_flags_alone() -> None:
    # As often flagged as the frame: STATISTICS' worked case has .200949 with a standard error of .020099.
    later = dataclasses.replace(counts(20, 80), judge="j")
    (judge,) = report(*worked(), frame=dataclasses.replace(FRAME, later=(later,))).judges
    assert judge.since_draw is not None
    assert judge.since_draw.prevalence.value == pytest.approx(0.200949, abs=5e-7)
    assert judge.since_draw.se == pytest.approx(0.020099, abs=5e-7)
    assert "100,000 traces the last draw chose from" in judge.since_draw.source
    assert report(*worked()).judges[0].since_draw is None
    # 100 of 150 were judged: .2 x .8 / 100 joins the variance, over (TPR + TNR - 1)^2
    part = dataclasses.replace(later, n_without_verdict=50)
    (judge,) = report(*worked(), frame=dataclasses.replace(FRAME, later=(part,))).judges
    assert judge.since_draw is not None
    more = 0.2 * 0.8 / 100 / (judge.since_draw.tpr + judge.since_draw.tnr - 1) ** 2
    assert judge.since_draw.se**2 == pytest.approx(0.020099**2 + more, rel=1e-4)


@pytest.mark.parametrize(("missed", "sharpened"), [(5, True), (4, False)])
def test_another_judge_sharpens_the_pass_rate_once_enough_missed_failures_were_seen(
    missed: int, sharpened: bool
) -> None:
    rows = sample(133, 34, missed, 126, pi_flagged=1 / 120, pi_passed=1 / 600)
    flags = {"j": rows["flagged"], "k": rows["y"] == 1}
    said = verdicts(
        [
            {"trace_id": trace_id, "judge": judge, "label": "fail" if flagged else "pass"}
            for judge, told in flags.items()
            for trace_id, flagged in zip(rows["trace_id"], told, strict=True)
        ]
    )
    both = (counts(20_000, 80_000), dataclasses.replace(counts(20_000, 80_000), judge="k"))
    labelled = labels_of(rows.drop(columns="flagged").assign(language="en"))
    first = report(labelled, said, frame=dataclasses.replace(FRAME, verdicts=both)).judges[0]
    assert first.pass_rate is not None
    assert first.expected_missed == missed
    assert (first.pass_rate.sharpened is not None) is sharpened
    # The other judge is never wrong, so that GREG's interval has no width and leads where it may.
    leads = first.pass_rate.sharpened if sharpened else first.pass_rate.corrected
    assert first.pass_rate.leading == leads


@pytest.mark.parametrize(
    ("families", "looked_at"),
    [
        pytest.param({"j": "aster", "m1": "aster", "m2": "birch"}, True, id="two families"),
        pytest.param({"j": "aster", "m1": "aster", "m2": "aster"}, False, id="one family"),
        pytest.param({"j": "aster", "m1": "aster"}, False, id="not all known"),
    ],
)
def test_own_family_is_looked_at_where_it_can_be_told(families: dict[str, str], looked_at: bool) -> None:
    labelled, said = worked()
    model = np.where(np.arange(len(labelled.labels)) % 2, "m1", "m2")
    labelled = dataclasses.replace(labelled, labels=labelled.labels.assign(model=model))
    (judge,) = measure(said, labelled, FRAME, RUBRICS, dataclasses.replace(SETUP, families=families)).judges
    assert judge.biases is not None
    assert any("family" in effect.name for effect in judge.biases.effects) is looked_at


def test_the_same_seed_gives_the_same_report_whoever_else_is_in_it() -> None:
    labelled, said = worked()
    alone = report(labelled, said)
    both = report(labelled, pd.concat([said.assign(judge="a"), said], ignore_index=True))
    assert report(labelled, said) == alone
    assert both.judges[1] == alone.judges[0]
    other = measure(said, labelled, FRAME, RUBRICS, dataclasses.replace(SETUP, seed=4))
    assert other.judges[0].metrics["tpr"].low != alone.judges[0].metrics["tpr"].low


def test_versions_are_never_mixed() -> None:
    labelled, said = worked()
    half = said["trace_id"] < "t0150"
    said = said.assign(judge_version=np.where(half, "1", "2"))
    found = report(labelled, said).judges
    assert [(j.judge_version, j.n) for j in found] == [("1", 150), ("2", 150)]
    assert [{e.reason: e.count for e in j.excluded} for j in found] == [{"the judge gave no verdict": 150}] * 2
    assert "does not say" in found[1].refusal


def test_rubric_versions_are_never_mixed() -> None:
    labelled, said = worked()
    older = labelled.labels.assign(rubric_version="older").head(20)
    both = dataclasses.replace(labelled, labels=pd.concat([labelled.labels, older], ignore_index=True))
    found = measure(said, both, FRAME, {**RUBRICS, "older": RUBRIC}, SETUP).judges
    assert {j.rubric_version: j.n for j in found} == {RUBRIC.version: 300, "older": 20}
    with pytest.raises(BadInput, match="rubric version older"):
        measure(said, both, FRAME, RUBRICS, SETUP)


def test_each_excluded_trace_is_counted_once_under_its_first_reason() -> None:
    rows = [
        ("ok", {"label": "fail"}, 0.5, 1.0),
        ("silent", None, 0.5, 1.0),
        ("broken", {"status": "unparsable", "label": None}, 0.5, 1.0),
        ("empty", {"label": None}, 0.5, 1.0),
        ("odd", {"label": "meh"}, 0.5, 1.0),
        ("picked", {"label": "fail"}, np.nan, 0.0),
        ("tied", {"label": "pass"}, 0.5, 0.5),
    ]
    labels = pd.DataFrame({"trace_id": t, "inclusion_probability": pi, "y": y} for t, _, pi, y in rows)
    said = verdicts([{"trace_id": t, **v} for t, v, _, _ in rows if v])
    (judge,) = report(labels_of(labels.assign(language="en")), said).judges
    assert {e.reason: e.count for e in judge.excluded} == {
        "the judge gave no verdict": 1,
        "verdict: unparsable": 1,
        "verdict: no label": 1,
        "verdict: label 'meh' is none of the criterion's": 1,
        "not from a draw (hand-picked or imported): naive figures only": 1,
    }
    assert judge.n == 2
    assert judge.naive is not None
    assert judge.naive.n == 3
    # a tie is half missed in the sum, and no disagreement
    assert judge.expected_missed == 0.5
    assert [(d.trace_id, d.kind) for d in judge.disagreements] == [("picked", "false_alarm")]
    assert judge.refusal == "1 labelled trace that the judge flagged; 5 are needed"
    assert judge.sentence == f"cannot be measured yet: {judge.refusal}"


def test_left_out_reviews_are_told_in_the_report_they_belong_to() -> None:
    rows = [
        {"trace_id": "a", "reviewer": "ann", "label": "pass"},
        {"trace_id": "b", "reviewer": "ann", "label": "fail", "assisted": True},
        {"trace_id": "c", "reviewer": "ann", "label": "fail", "rubric_version": "gone"},
        {"trace_id": "a", "reviewer": "ann", "criterion": "tone", "label": "1"},
    ]
    found = measure(verdicts([{"trace_id": "a", "label": "pass"}]), settle(reviews(rows), RUBRICS), FRAME, RUBRICS,
                    dataclasses.replace(SETUP, slices=()))  # fmt: skip
    (judge,) = found.judges
    assert [(e.reason, e.count, e.unit) for e in judge.excluded] == [
        ("assisted: the reviewer had seen another opinion", 1, "reviews"),
        ("not from a draw (hand-picked or imported): naive figures only", 1, "traces"),
    ]
    assert [(e.count, e.unit) for e in found.excluded] == [(1, "traces"), (1, "reviews")]
    assert "no judge was asked 'tone'" in found.excluded[0].reason
    assert "rubric gone" in found.excluded[1].reason


def test_a_judge_nobody_has_reviewed_is_named_all_the_same() -> None:
    labelled, said = worked()
    tone = verdicts([{"trace_id": "t0000", "criterion": "tone", "label": "3"}])
    found = report(labelled, pd.concat([said, tone], ignore_index=True)).judges
    assert [j.sentence for j in found][1] == "cannot be measured yet: nobody has reviewed 'tone' yet"
    assert (found[1].naive, found[1].n, found[1].ordinal) == (None, 0, ())


def test_before_the_first_review_and_before_the_first_verdict_there_is_a_report() -> None:
    about = pd.DataFrame({"trace_id": ["a"], "inclusion_probability": [0.5], "language": ["en"]})
    nobody = settle(reviews([]), RUBRICS, about)
    (judge,) = report(nobody, verdicts([{"trace_id": "a", "label": "pass"}])).judges
    assert judge.refusal == "nobody has reviewed 'good_enough' yet"
    somebody = settle(reviews([{"trace_id": "a", "reviewer": "ann", "label": "pass"}]), RUBRICS, about)
    (elsewhere,) = report(somebody, verdicts([])).judges
    assert elsewhere.refusal == "no labelled trace with a verdict comes from a draw"
    found = report(somebody, verdicts([]), frame=FrameInfo(size=1, verdicts=()))
    assert found.judges == ()
    assert [(e.reason, e.count) for e in found.excluded] == [("no judge was asked 'good_enough'", 1)]


def test_labels_of_another_frame_are_refused() -> None:
    small = FrameInfo(size=200, verdicts=(counts(100, 100),))
    (judge,) = report(*worked(), frame=small).judges
    assert "167 labelled traces were flagged, but the frame holds 100" in judge.refusal


def test_two_verdicts_of_one_judge_on_one_trace_are_an_error() -> None:
    labelled, said = worked()
    with pytest.raises(BadInput, match="1 verdicts are there twice, first j 1 on good_enough of trace t0000"):
        report(labelled, pd.concat([said, said.head(1)], ignore_index=True))


def test_an_ordinal_criterion_has_rates_and_panels() -> None:
    rng = np.random.default_rng(5)
    people = rng.integers(1, 5, 60)
    judge = np.clip(people + rng.integers(-1, 2, 60), 1, 4)
    ids = [f"t{i}" for i in range(60)]
    labels = pd.DataFrame(
        {"trace_id": ids, "y": (people <= 2).astype(float), "score": people.astype(float), "inclusion_probability": 0.1}
    )
    said = verdicts(
        [
            {"trace_id": trace_id, "criterion": "tone", "label": str(value), "score": value - 0.1}
            for trace_id, value in zip(ids, judge, strict=True)
        ]
    )
    frame = FrameInfo(
        size=600,
        verdicts=(VerdictCounts(judge="j", judge_version="1", criterion="tone", n_flagged=300, n_passed=300),),
    )
    found = measure(said, labels_of(labels, "tone"), frame, RUBRICS, dataclasses.replace(SETUP, slices=()))
    (one,) = found.judges
    assert not one.refusal
    assert [(p.judge_value, p.n) for p in one.ordinal] == [("expectation", 60), ("label", 60)]
    assert one.ordinal[0].mean_gap == pytest.approx(one.ordinal[1].mean_gap - 0.1)
