"""What a report says of each of its parts, and what it keeps to itself."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.biases.bias_effect import BiasEffect, unknown
from review_app.agreement.confidence.calibration import Calibration, calibration
from review_app.agreement.discreet import without_reviewers
from review_app.agreement.figures import Exclusion
from review_app.agreement.frame import PanelCounts, PartCounts
from review_app.agreement.judges.anchoring import Anchoring
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.judge_vs_people import measure
from review_app.agreement.judges.same_label import same_label
from review_app.agreement.raters.people import settle
from review_app.agreement.report import AgreementReport, as_dict
from review_app.agreement.section import WIDTH, P, Section, said
from review_app.agreement.section import as_markdown as section_markdown
from review_app.agreement.section import as_text as section_text
from review_app.agreement.slicing.uncaught import Uncaught, UncaughtCode
from review_app.agreement.text import as_markdown, as_tables, as_text
from review_app.review.rubric import Criterion, Label

from .builders import counts, reviews, verdicts
from .judges.test_judge_vs_people import FRAME, RUBRICS, SETUP, report, worked
from .test_report import rate


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def made() -> AgreementReport:
    return report(*worked())


@pytest.fixture(scope="module")
def crowded() -> AgreementReport:
    """Two judges on 100 traces that three people rated, with weeks; ana is the one who says fail most."""
    names = [f"t-{n:03d}" for n in range(100)]
    said = verdicts(
        [
            {"trace_id": name, "judge": judge, "label": "fail" if n % step == 0 else "pass", "confidence": 0.9}
            for judge, step in (("a", 4), ("b", 5))
            for n, name in enumerate(names)
        ]
    )
    people = reviews(
        [
            {"trace_id": name, "reviewer": who, "label": "fail" if n % 4 == 0 or n % step == 0 else "pass"}
            for who, step in (("ana", 3), ("ben", 50), ("eve", 100))
            for n, name in enumerate(names)
        ]
    )
    weeks = [f"2026-W{10 + n % 2}" for n in range(100)]
    about = pd.DataFrame({"trace_id": names, "inclusion_probability": 1.0, "week": weeks, "language": "en"})
    both = tuple(replace(counts(flagged, 100 - flagged), judge=judge) for judge, flagged in (("a", 25), ("b", 20)))
    # Multiples of 4 in even and odd places: all 25 in the first week; of 5: ten in each.
    parts = [PartCounts(kind="week", part="2026-W10", counts=replace(counts(10, 40), judge="b"))]
    parts += [PartCounts(kind="week", part="2026-W11", counts=replace(counts(10, 40), judge="b"))]
    patterns: dict[tuple[bool, ...], int] = {(True, True): 5, (True, False): 20, (False, True): 15, (False, False): 60}
    panel = PanelCounts(criterion="good_enough", judges=(("a", "1"), ("b", "1")), patterns=patterns)
    frame = replace(FRAME, size=100, verdicts=both, parts=tuple(parts), panels=(panel,), note="3 traces came <late>")
    return measure(said, settle(people, RUBRICS, about), frame, RUBRICS, SETUP)


def test_the_first_screen(crowded: AgreementReport) -> None:
    text = as_text(crowded, brief=True)
    told = one_line(text)
    assert "Mind: 3 traces came <late>" in told
    # a flags exactly what all three fail, 25; ana fails 25 more of the others: a majority passes these.
    assert "missed none of the bad answers people saw (95 %: 0–" in told
    assert "judge says 75.0 % pass; corrected 75.0 % (95 %: " in told
    assert "trust its *fail* and its *pass*" in told
    assert "ceiling: two reviewers agree on" in told
    assert "kappa" not in text
    assert len(text.splitlines()) < 25
    markdown = as_markdown(crowded, brief=True)
    assert "**Mind:** 3 traces came &lt;late>" in markdown
    assert "|" not in markdown


def test_everything_has_its_place(crowded: AgreementReport) -> None:
    text = as_text(crowded)
    told = one_line(text)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "By week part n TPR TNR bad 2026-W10 50 " in told
    assert "All judges of good_enough, rubric" in told
    # Of the 25 failures b alone sees none that a does not: no trace is failed that both pass.
    assert "Joint failures, all judges pass and people fail: 0 labelled traces; 0.000 (0.000 to 0." in told
    assert "Krippendorff's alpha" in told
    assert "100 traces with two ratings or more, 300 pairs." in told
    assert "Cohen's kappa: undefined: 3 raters: Cohen's kappa is for two" in told
    assert "False alarms: " in told
    assert "by_prompt" not in as_tables(crowded)


def test_two_reviewers_beside_each_other_are_named_only_where_that_was_asked(crowded: AgreementReport) -> None:
    discreet, named = as_text(crowded), as_text(crowded, reviewers=True)
    assert "3 pairs of reviewers: kappa 0." in discreet
    assert not any(name in discreet for name in ("ana", "ben", "eve "))
    # ana and ben: both fail the 25 multiples of 4; of the other 75, ana fails 25, and ben the one that is 50.
    # po = 1 - 26/100; pe = .50 * .26 + .50 * .74 = .5; kappa = .24/.5
    row = next(line.split() for line in named.splitlines() if line.split()[:2] == ["ana", "ben"])
    assert row[2:4] == ["100", "0.740"]
    assert "0.480" in row
    assert re.search(r"^  ana +100 +0\.", named, re.MULTILINE)
    assert "rater_pairs" in as_tables(crowded, reviewers=True)
    assert not {"rater_pairs", "reviewers"} & set(as_tables(crowded))


def test_json_without_reviewers_names_nobody(crowded: AgreementReport) -> None:
    named, discreet = as_dict(crowded)["people"][0], as_dict(without_reviewers(crowded))["people"][0]
    assert {one["rater"] for one in named["reviewers"]["reviewers"]} == {"ana", "ben", "eve"}
    assert not any(name in str(discreet) for name in ("ana", "ben", "'eve'"))
    kappas = [sorted(pair["kappa"]["value"] for pair in one["pairs"]) for one in (named, discreet)]
    assert kappas[0] == kappas[1]


def test_csv_tables_are_unrounded(crowded: AgreementReport) -> None:
    rates = as_tables(crowded)["rates"]
    row = rates[(rates["judge"] == "b") & (rates["rate"] == "flags that are right (PPV)")].iloc[0]
    # Of the 20 that b flags, 5 are multiples of 4
    assert row["weighted, 95 %"] == pytest.approx(0.25)
    assert row["weighted, 95 % low"] < 0.25 < row["weighted, 95 % high"]
    assert row["weighted, 95 % method"].startswith("post-stratified")


def test_the_square_and_the_answers_are_tables_too(crowded: AgreementReport) -> None:
    """b flags 20 of 100, 5 of them among the 25 that all three people fail."""
    tables = as_tables(crowded)
    square = tables["confusion"]
    labelled = square[(square["judge"] == "b") & (square["traces"] == "labelled, drawn")]
    assert labelled[["people bad", "people good"]].to_numpy().tolist() == [[5, 15], [20, 60]]
    answers = tables["answers"].set_index("answer")
    assert answers["share"].sum() == pytest.approx(1)
    assert f"Answers: pass {100 * answers.loc['pass', 'share']:.0f} %, fail" in one_line(as_text(crowded))


def test_the_second_opinion(crowded: AgreementReport) -> None:
    """Three answers each on 100 traces are enough for it; names only where they were asked for."""
    told = one_line(as_text(crowded))
    assert "Second opinion, true answers: pass " in told
    assert "300 answers on 100 traces. Dawid-Skene" in told
    assert "second_opinion" not in as_tables(crowded)
    rows = as_tables(crowded, reviewers=True)["second_opinion"]
    assert rows["reviewer"].tolist() == ["ana", "ben", "eve"]
    assert rows["answers"].tolist() == [100, 100, 100]


def test_every_row_of_a_file_says_its_frame_and_seed_and_what_was_left_out_is_a_file(crowded: AgreementReport) -> None:
    left = (Exclusion(reason="verdict: refused", count=2, unit="traces"),)
    changed = replace(crowded, judges=(replace(crowded.judges[0], excluded=left), *crowded.judges[1:]), excluded=left)
    tables = as_tables(changed)
    for name, rows in tables.items():
        assert set(rows["seed"]) == {crowded.seed}, name
        assert set(rows["frame"]) == {crowded.frame.frame_id}, name
    told = tables["left_out"].query("reason == 'verdict: refused'")
    assert told[["count", "unit"]].to_numpy().tolist() == [[2, "traces"]] * 2
    assert told["judge"].tolist()[0] == "a"
    assert "In no report: 2 traces, verdict: refused." in one_line(as_text(changed))


def test_small_numbers_are_never_written_as_less_than_nought_or_as_nought() -> None:
    assert [said(-0.0001), said(rate(-0.0, -0.0004, 0.1)), said(P(0.00001)), said(P(0.0105))] == [
        "0.000", "0.000 (0.000 to 0.100)", "< 0.001", "0.011",
    ]  # fmt: skip


def judge(made: AgreementReport, **changes: object) -> str:
    """What is said of the one judge when these parts of it are changed."""
    changed: JudgeReport = replace(made.judges[0], **changes)  # type: ignore[arg-type]
    return one_line(as_text(replace(made, judges=(changed,)), reviewers=True))


def test_anchoring(made: AgreementReport) -> None:
    rows = tuple(
        Anchoring(
            reviewer=who, n=20, n_changed=4, n_towards=3, n_away=0, changed=rate(0.2, 0.1, 0.4), towards=rate(0.5),
            away=rate(None),
        )
        for who in ("", "ana")
    )  # fmt: skip
    told = judge(made, anchoring=rows)
    assert "everybody 20 0.200 (0.100 to 0.400) 0.500 undefined" in told
    assert "ana 20 0.200" in told
    discreet = as_text(replace(made, judges=(replace(made.judges[0], anchoring=rows),)))
    assert "everybody" in discreet
    assert "ana " not in discreet
    assert [
        one.reviewer
        for one in without_reviewers(replace(made, judges=(replace(made.judges[0], anchoring=rows),)))
        .judges[0]
        .anchoring
    ] == [""]


def test_biases(made: AgreementReport) -> None:
    battery = made.judges[0].biases
    assert battery is not None
    effects = (
        BiasEffect(name="length", contrast="one longer", effect=rate(0.1, 0.05, 0.15), p=0.01, p_adjusted=0.02),
        unknown("own family", "x or y", "answers of two generator families are needed", 10, "m"),
    )
    told = judge(made, biases=replace(battery, effects=effects))
    assert "length 0.100 (0.050 to 0.150) 0.020 one longer" in told
    assert "Biases not measured: own family: answers of two generator families are needed." in told


def test_calibration_is_told_or_refused(made: AgreementReport) -> None:
    # The worked example, three times: .1 with 1 failure in 10, .8 with 6 in 10: Brier .185 = .02 - .0625 + .2275
    rows = pd.DataFrame(
        {"bad_probability": [0.1] * 30 + [0.8] * 30, "y": ([1.0] * 3 + [0.0] * 27) + [1.0] * 18 + [0.0] * 12}
    )
    rows = rows.assign(trace_id=[f"t{n}" for n in range(60)], inclusion_probability=1.0)
    told = judge(made, calibration=calibration(rows, np.random.default_rng(1)))
    assert re.search(
        r"Brier score 0.185 = 0.020 miscalibration - 0.06[23] discrimination \+ 0.22[78] uncertainty", told
    )
    assert "0.80 to 0.80 0.800 0.600 (0." in told
    assert "Calibration: 12 labels" in judge(made, calibration=Calibration(refusal="12 labels", n=12, excluded=0))
    assert "Calibration" not in judge(made, calibration=Calibration(refusal="none", n=0, excluded=12))


def test_without_an_audit_nothing_is_said_of_blind_spots(made: AgreementReport) -> None:
    assert "Blind spots: " in judge(made)
    told = judge(made, blind_spots=None, false_alarms=None, biases=None)
    assert not any(word in told for word in ("Blind spots", "False alarms", "Biases", "besides quality"))


def test_an_unaudited_report_has_none() -> None:
    labelled, said = worked()
    found = measure(said, labelled, FRAME, RUBRICS, replace(SETUP, audit=False)).judges[0]
    assert (found.blind_spots, found.false_alarms, found.biases) == (None, None, None)
    assert found.metrics["tpr"].value == pytest.approx(0.790923, abs=5e-7)


def test_notes_and_exclusions_come_last(made: AgreementReport) -> None:
    code = UncaughtCode(code="=HYPERLINK(1)", notes=3, traces=2, examples=("t-1", "t-2"), note="too long")
    changed = replace(
        made,
        uncaught=Uncaught(codes=(code,), traces=2, of=40),
        excluded=(Exclusion(reason="no judge was asked 'tone'", count=1, unit="traces"),),
    )
    told = one_line(as_text(changed))
    assert "Notes no criterion caught: on 2 of 40 traces without a bad answer" in told
    assert "=HYPERLINK(1) 3 2 t-1, t-2" in told
    assert told.endswith("In no report: 1 trace, no judge was asked 'tone'.")
    assert "Besides" not in as_text(made)


def test_the_minimum_of_evidence_can_be_raised() -> None:
    labelled, said = worked()
    asked = replace(SETUP, minimum=replace(SETUP.minimum, labels_per_verdict=140, blind_spots=141))
    found = measure(said, labelled, FRAME, RUBRICS, asked).judges[0]
    assert found.refusal == "133 labelled traces that the judge passed; 140 are needed"
    assert found.blind_spots is not None
    assert found.blind_spots.refusal.startswith("Nothing could be tested: 141 bad answers")


def test_same_label_as_most_people() -> None:
    criterion = Criterion(name="c", question="?", kind="categorical", labels=tuple(Label(value=one) for one in "xyz"))
    votes = pd.DataFrame(
        [
            (trace, label)
            for trace, labels in {"1": "xx", "2": "xyy", "3": "xy", "4": "z", "5": "z"}.items()
            for label in labels
        ],
        columns=["trace_id", "label"],
    )
    said = verdicts([{"trace_id": trace, "label": label} for trace, label in zip("12345", "xxyz", strict=False)])
    found = same_label(said, votes, criterion)
    assert found is not None
    # 3 is a tie; 5 has no verdict; 1 and 4 agree, 2 was y and the judge said x
    assert (found.n, found.no_majority, found.no_label) == (3, 1, 1)
    assert found.same.value == pytest.approx(2 / 3)
    assert found.table == ((1, 0, 0), (1, 0, 0), (0, 0, 1))
    # po 2/3, pe 1/3 * 2/3 + 0 + 1/3 * 1/3 = 1/3: kappa 1/2
    assert found.kappa.value == pytest.approx(0.5)
    assert same_label(said, votes, replace(criterion, labels=tuple(Label(value=one) for one in "xy"))) is None
    assert same_label(said, votes, replace(criterion, multiple=True)) is None


@pytest.mark.parametrize("cell", ["a|b", "<img src=x>", "`x`", "[x](y)"])
def test_foreign_text_makes_no_markup(cell: str) -> None:
    (_, _, row, _) = section_markdown(Section(name="x", head=("a", "b"), rows=((cell, 1),)))
    assert row.count(" | ") == 1
    assert "<" not in row
    assert "[" not in row.replace("\\[", "")


def test_a_table_that_is_too_wide_puts_its_last_cell_below() -> None:
    lines = section_text(Section(name="x", head=("a", "b", "c"), rows=(("one", 0.5, "word " * 40),)))
    assert max(map(len, lines)) <= WIDTH
    assert lines[:2] == ["  a        b", "  one  0.500"]
    assert one_line(" ".join(lines[2:])) == one_line("word " * 40)
