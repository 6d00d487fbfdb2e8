from __future__ import annotations

import dataclasses
import json

import pytest

from review_app.agreement.estimate import Estimate
from review_app.agreement.figures import METRIC_TEXT, METRICS
from review_app.agreement.judges.judge_sections import NAIVE
from review_app.agreement.judges.pass_rate import PassRate
from review_app.agreement.report import AgreementReport, as_dict
from review_app.agreement.section import WIDTH
from review_app.agreement.sentence import missed_note, pass_rate_sentence, percent, sentence, trust
from review_app.agreement.text import as_markdown, as_text

from .judges.test_judge_vs_people import report, worked


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


@pytest.mark.parametrize(
    ("tnr", "tpr", "expected"),
    [
        # Trusted: .90 or more, and .80 sure. Not trusted: not even the upper end reaches .90. Otherwise too few.
        pytest.param(rate(0.95, 0.9, 0.97), rate(0.7, 0.6, 0.8), "trust its *fail*, not its *pass*", id="fail only"),
        pytest.param(rate(0.7, 0.6, 0.8), rate(0.9, 0.8, 0.95), "trust its *pass*, not its *fail*", id="pass, at both"),
        pytest.param(rate(0.99, 0.9, 1), rate(0.95, 0.85, 1), "trust its *fail* and its *pass*", id="both"),
        pytest.param(
            rate(0.5, 0.4, 0.6), rate(0.85, 0.8, 0.899), "trust neither its *fail* nor its *pass*", id="neither"
        ),
        pytest.param(
            rate(0.95, 0.79, 0.99), rate(0.85, 0.8, 0.9),
            "too few labels to say whether to trust its *fail* or its *pass*", id="too few for both",
        ),
        pytest.param(
            rate(0.95, 0.85, 0.99), rate(0.85, 0.6, 0.95),
            "trust its *fail*; too few labels to say so of its *pass*", id="too few for pass",
        ),
        pytest.param(
            rate(None), rate(0.7, 0.6, 0.8), "do not trust its *pass*; too few labels to say so of its *fail*",
            id="undefined",
        ),
    ],
)  # fmt: skip
def test_what_to_trust(tnr: Estimate, tpr: Estimate, expected: str) -> None:
    right = rate(0.8, 0.7, 0.9)
    assert trust(tpr, tnr, right) == expected
    assert sentence({"tpr": tpr, "tnr": tnr, "ppv": right}, "").endswith(f"; {expected}")


def test_flags_that_are_mostly_wrong_are_not_trusted_however_few() -> None:
    """1 % are bad; TPR .95 and TNR .96 make PPV .0095 / (.0095 + .0396) = .19."""
    found = trust(rate(0.95, 0.9, 0.98), rate(0.96, 0.95, 0.97), rate(0.19, 0.1, 0.3))
    assert found == "trust its *pass*, not its *fail*"


def test_a_flag_seen_too_rarely_is_not_trusted_yet() -> None:
    """One flag, and it was right: of the next ones nothing is known."""
    found = trust(rate(0.01, 0.0, 0.02), rate(0.995, 0.99, 1), rate(1.0, 0.25, 1))
    assert found == "do not trust its *pass*; too few labels to say so of its *fail*"


def test_a_judge_that_passes_everything_is_not_trusted() -> None:
    """5 % are bad: .95 of its passes are right, and it finds none."""
    found = trust(rate(0.0, 0.0, 0.1), rate(1.0, 0.99, 1.0), rate(None))
    assert found == "do not trust its *pass*; too few labels to say so of its *fail*"


@pytest.mark.parametrize(
    ("tpr", "tnr", "ppv", "npv", "expected"),
    [
        pytest.param(
            0.0, 1.0, None, 0.8, "flags nothing, so it misses every bad answer; do not trust its *pass*", id="none"
        ),
        pytest.param(1.0, 0.0, 0.2, None, "flags everything, good answers too; do not trust its *fail*", id="all"),
        pytest.param(
            None, 1.0, None, 1.0,
            "no bad answer among the labelled traces, so what it misses is unknown; "
            "flags 0 % of good ones (no interval); too few labels to say whether to trust its *fail* or its *pass*",
            id="nothing to flag",
        ),
    ],
)  # fmt: skip
def test_one_verdict_only(tpr: float | None, tnr: float, ppv: float | None, npv: float | None, expected: str) -> None:
    given = {"tpr": tpr, "tnr": tnr, "ppv": ppv, "npv": npv}
    assert sentence({name: rate(value) for name, value in given.items()}, "") == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(None, "", id="refused"),
        pytest.param(
            (0.818, rate(0.822, 0.79, 0.842)), "judge says 81.8 % pass; corrected 82.2 % (95 %: 79–84 %)", id="usual"
        ),
        pytest.param(
            (1.0, rate(0.99, 0.0, 1.0)), "judge says 100.0 % pass; corrected 99.0 % (95 %: 0–100 %)", id="low is 0"
        ),
        pytest.param((0.8, rate(None)), "", id="undefined"),
    ],
)  # fmt: skip
def test_corrected_pass_rate(found: tuple[float, Estimate] | None, expected: str) -> None:
    made = found and PassRate(judge_says=found[0], corrected=found[1], sharpened=None, leading=found[1])
    assert pass_rate_sentence(made) == expected


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
    # 300 labels between them; .790923 weighted, 133 of 140 naive
    weighted, naive = tpr.split("  300  ")
    assert "0.791 (0.6" in weighted
    assert naive.strip().startswith("0.950 (0.9")
    assert made.judges[0].sentence[:40] in text
    assert "Frame: 20,000 flagged, 80,000 passed." in text


def test_markdown_keeps_foreign_names_out_of_its_tables(made: AgreementReport) -> None:
    judge = dataclasses.replace(made.judges[0], judge="a|b <img>")
    text = as_markdown(dataclasses.replace(made, judges=(judge,)))
    assert "## a\\|b &lt;img>" in text
    assert "| bad answers it flags (TPR) | 0.791 (0.6" in text


def test_a_refusal_shows_in_words_and_without_weighted_figures() -> None:
    labelled, said = worked()
    few = dataclasses.replace(labelled, labels=labelled.labels.head(20))
    text = as_text(report(few, said))
    assert "cannot be measured yet: 0 labelled traces that the judge passed; 5 are needed" in " ".join(text.split())
