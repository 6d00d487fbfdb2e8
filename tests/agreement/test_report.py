from __future__ import annotations

import dataclasses
import json

import pytest

from review_app.agreement.estimate import Estimate
from review_app.agreement.report import METRIC_TEXT, METRICS, AgreementReport, as_dict
from review_app.agreement.sentence import missed_note, percent, sentence
from review_app.agreement.text import NAIVE, WIDTH, as_markdown, as_text

from .test_judge_vs_people import report, worked


@pytest.fixture(scope="module")
def made() -> AgreementReport:
    return report(*worked())


def rate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=10, method="by hand")


@pytest.mark.parametrize(
    ("tpr", "tnr", "expected"),
    [
        pytest.param(
            rate(0.8, 0.66, 0.91), rate(0.95, 0.93, 0.96),
            "misses 1 in 5 bad answers (95 %: 9–34 %); flags 5 % of good ones (95 %: 4–7 %)", id="usual",
        ),
        pytest.param(
            rate(1.0, 0.58, 1.0), rate(1.0, 0.9, 1.0),
            "missed none of the bad answers people saw (95 %: 0–42 %); flags 0 % of good ones (95 %: 0–10 %)",
            id="none missed",
        ),
        pytest.param(
            rate(0.4, 0.3, 0.5), rate(0.995, 0.9, 1.0),
            "misses 60 % of bad answers (95 %: 50–70 %); flags under 1 % of good ones (95 %: 0–10 %)", id="many missed",
        ),
        pytest.param(
            rate(None), rate(0.9, 0.8, 0.95),
            "no bad answer among the labelled traces, so what it misses is unknown; "
            "flags 10 % of good ones (95 %: 5–20 %)", id="no failure",
        ),
    ],
)  # fmt: skip
def test_sentence(tpr: Estimate, tnr: Estimate, expected: str) -> None:
    assert sentence({"tpr": tpr, "tnr": tnr}, "") == expected


def test_a_share_is_only_0_or_100_when_it_is() -> None:
    assert [percent(x) for x in (0, 0.004, 0.5, 0.996, 1)] == ["0 %", "under 1 %", "50 %", "over 99 %", "100 %"]


def test_few_expected_misses_are_named() -> None:
    assert missed_note(5) == ""
    assert missed_note(2.5) == "about 2.5 missed failures in the sample: too few to bound recall"


def test_json_has_every_figure_unrounded(made: AgreementReport) -> None:
    plain = json.loads(json.dumps(as_dict(made), allow_nan=False))
    assert plain["generated_at"] == "2026-03-01T12:00:00+00:00"
    assert plain["seed"] == 3
    judge = plain["judges"][0]
    assert set(judge["metrics"]) == set(METRICS) == set(METRIC_TEXT)
    assert judge["metrics"]["tpr"]["value"] == made.judges[0].metrics["tpr"].value
    assert judge["metrics"]["kappa"]["n_eff"] is None
    assert len(judge["disagreements"]) == 41


def test_terminal_text_fits_and_marks_what_is_naive(made: AgreementReport) -> None:
    text = as_text(made)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert NAIVE in text
    tpr = next(line for line in text.splitlines() if METRIC_TEXT["tpr"] in line)
    weighted, naive = tpr.split("0.950")
    assert "0.791" in weighted
    assert naive.startswith(" (0.9")
    assert made.judges[0].sentence[:40] in text
    assert "Frame: 20,000 flagged, 80,000 passed." in text


def test_markdown_keeps_foreign_names_out_of_its_tables(made: AgreementReport) -> None:
    judge = dataclasses.replace(made.judges[0], judge="a|b <img>")
    text = as_markdown(dataclasses.replace(made, judges=(judge,)))
    assert "## a\\|b &lt;img>" in text
    assert f"| bad answers it flags (TPR) | 0.791 | {''}" in text


def test_a_refusal_shows_in_words_and_without_weighted_figures() -> None:
    labelled, said = worked()
    few = dataclasses.replace(labelled, labels=labelled.labels.head(20))
    text = as_text(report(few, said))
    assert "cannot be measured yet: 0 labelled traces that the judge passed; 5 are needed" in " ".join(text.split())
