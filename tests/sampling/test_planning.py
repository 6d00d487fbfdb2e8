"""What a draw will tell, predicted: against the published table of designs and against a simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.sampling.forecast_text import as_text
from review_app.sampling.plan import Overlap, SamplePlan
from review_app.sampling.planning import (
    Anticipated,
    Forecast,
    Part,
    StandardErrors,
    advice,
    assumed,
    expected_size,
    forecast_judge,
    standard_errors,
)

FIFTH = Anticipated(prevalence=0.2, tpr=0.8, tnr=0.95, source="the table")
RARE = Anticipated(prevalence=0.03, tpr=0.7, tnr=0.97, source="the table")
N = 10**12


def designed(expected: Anticipated, ratio: float, n: float = 300) -> tuple[list[Part], list[Part]]:
    """n traces of a very large frame, a flagged one `ratio` times as likely as a passed one."""
    flagged = round(N * expected.flagged)
    chance = n / (ratio * flagged + N - flagged)
    return [Part(flagged, ratio * chance)], [Part(N - flagged, chance)]


# 300 labels. For instance 20 % failures, TPR .8, TNR .95: 20 % are flagged, 80 % of them rightly; of the rest 5 % are
# bad. At 2:1 that makes 100 flagged and 200 passed: var = .2^2 x .8 x .2 / 100 + .8^2 x .05 x .95 / 200 = .0147^2.
TABLE = [
    # ratio, SE prevalence, SE TPR, SE kappa, and SE TPR at 3 % failures, TPR .7, TNR .97
    (0.5, 0.0175, 0.0449, 0.0573, 0.154),
    (1, 0.0153, 0.0462, 0.0477, 0.142),
    (2, 0.0147, 0.0500, 0.0436, 0.138),
    (3, 0.0151, 0.0537, 0.0435, 0.139),
    (5, 0.0163, 0.0607, 0.0459, 0.143),
    (10, 0.0196, 0.0755, 0.0537, 0.155),
    (20, 0.0252, 0.0988, 0.0680, 0.179),
]


@pytest.mark.parametrize(("ratio", "prevalence", "tpr", "kappa", "rare_tpr"), TABLE)
def test_the_table_of_designs(ratio: float, prevalence: float, tpr: float, kappa: float, rare_tpr: float) -> None:
    found = standard_errors(FIFTH, *designed(FIFTH, ratio))
    assert found.prevalence == pytest.approx(prevalence, abs=0.00005)
    assert found.tpr == pytest.approx(tpr, abs=0.00005)
    assert found.kappa == pytest.approx(kappa, abs=0.00005)
    assert standard_errors(RARE, *designed(RARE, ratio)).tpr == pytest.approx(rare_tpr, abs=0.0005)


def test_the_errors_are_those_of_a_simulation() -> None:
    """4,000 draws from cells of 4,000 flagged and 16,000 passed traces, by stratified weights, TNR included."""
    rng, flagged, passed = np.random.default_rng(3), 4_000, 16_000
    chances = 0.05, 0.0125
    drawn = rng.binomial(flagged, chances[0], 4_000), rng.binomial(passed, chances[1], 4_000)
    caught = rng.binomial(drawn[0], FIFTH.ppv) / drawn[0] * flagged
    missed = rng.binomial(drawn[1], FIFTH.missed) / drawn[1] * passed
    predicted = standard_errors(FIFTH, [Part(flagged, chances[0])], [Part(passed, chances[1])])
    # Labels are drawn anew each time, so no trace is ever known for certain: 1 - pi, at most 5 % here, is lost.
    assert np.std(caught / (caught + missed)) == pytest.approx(predicted.tpr, rel=0.06)
    tnr = (passed - missed) / (flagged + passed - caught - missed)
    assert np.std(tnr) == pytest.approx(predicted.tnr, rel=0.06)


def test_what_cannot_be_drawn_has_no_error() -> None:
    nothing = StandardErrors(tpr=None, tnr=None, prevalence=None, kappa=None)
    assert standard_errors(FIFTH, [Part(100, 0.5)], [Part(100, 0.0)]) == nothing
    assert standard_errors(FIFTH, [], []) == nothing


def test_a_census_has_no_error() -> None:
    found = standard_errors(FIFTH, [Part(20, 1.0)], [Part(80, 1.0)])
    assert (found.tpr, found.tnr, found.prevalence, found.kappa) == (0, 0, 0, 0)


@given(times=st.integers(2, 9))
def test_more_labels_of_the_same_kind_err_less_by_the_root(times: int) -> None:
    once, more = (standard_errors(FIFTH, *designed(FIFTH, 2, n)) for n in (300, 300 * times))
    assert once.tpr is not None
    assert more.tpr == pytest.approx(once.tpr / math.sqrt(times), rel=1e-4)


def test_expected_size() -> None:
    # 100 x .5 + 200 x .1 = 70; 100 x .25 + 200 x .09 = 43
    assert expected_size([Part(100, 0.5), Part(200, 0.1)]) == (70, pytest.approx(math.sqrt(43)))
    # 300 of many: sqrt(300), the 17 that everybody meets
    assert expected_size([Part(30_000, 0.01)])[1] == pytest.approx(17.2, abs=0.05)


def test_what_is_assumed_of_an_unknown_judge() -> None:
    # (.2 - .05) / (.8 + .95 - 1) = .2
    assert assumed(0.2).prevalence == pytest.approx(0.2)
    assert assumed(0.2).flagged == pytest.approx(0.2)
    assert assumed(0.01).prevalence == 0.01  # fewer flags than its false alarms would be: never below 1 %
    assert "assumed" in assumed(0.2).source


@pytest.mark.parametrize(
    ("ratio", "missed", "words"),
    [
        pytest.param(2.0, 5.0, [], id="fine"),
        pytest.param(2.0, 4.9, ["too few to bound recall"], id="few missed failures"),
        pytest.param(3.1, 9.0, ["above 3"], id="too many flagged"),
        pytest.param(3.0, 9.0, [], id="three is still fine"),
        pytest.param(0.9, 9.0, ["about 2"], id="too few flagged"),
        pytest.param(None, 0.0, ["too few to bound recall"], id="nothing passed"),
    ],
)
def test_advice(ratio: float | None, missed: float, words: list[str]) -> None:
    found = advice(ratio, missed)
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


def test_a_judge_foreseen() -> None:
    # 2:1 in a frame where a fifth is flagged: 100 flagged, 200 passed, of which 5 % are missed failures.
    found = forecast_judge(("j", "1", "ok"), FIFTH, *designed(FIFTH, 2))
    assert (found.n_flagged, found.n_passed) == (pytest.approx(100), pytest.approx(200))
    assert found.missed_failures == pytest.approx(10)
    assert found.ratio == pytest.approx(2)
    # Neyman: .2 sqrt(.16) = .08 to .8 sqrt(.0475) = .17436, of 300 traces
    assert found.neyman == {"flagged": pytest.approx(94.35, abs=0.01), "passed": pytest.approx(205.65, abs=0.01)}
    assert found.advice == ()


@given(
    traces=st.integers(0, 200),
    each=st.integers(1, 3),
    first=st.integers(0, 40),
    share=st.sampled_from([0, 0.2, 0.5, 1]),
    overlap=st.booleans(),
)
def test_reviews_are_the_inverse_of_traces(traces: int, each: int, first: int, share: float, overlap: bool) -> None:
    plan = SamplePlan(
        salt="s",
        reviews=1,
        reviews_per_trace=each,
        overlap=Overlap(first=first, share=share, reviews=2) if overlap else None,
    )
    reviews = plan.reviews_of(traces)
    if reviews == int(reviews) and reviews > 0:
        again = SamplePlan(salt="s", reviews=int(reviews), reviews_per_trace=each, overlap=plan.overlap)
        assert float(again.traces()) == pytest.approx(traces)


def test_the_text_says_what_counts() -> None:
    forecast = Forecast(
        queue="main", frame_size=1000, traces=60.2, sd=7.1, held=20, added=40.2, reviews=40.2, minutes=60.3,
        unreachable=3, rates={"random": 0.06}, eligible={"random": 1000},
        judges=(forecast_judge(("j", "1", "ok"), RARE, [Part(50, 0.0)], [Part(950, 0.05)]),),
    )  # fmt: skip
    text = as_text(forecast)
    expected = (
        "60 traces expected, give or take 7",
        "about 60 reviewer-minutes",
        "3 traces cannot",
        "TPR undefined",
        "too few to bound recall",
    )
    assert [words for words in expected if words not in text] == []
