from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.design import drawn_with
from review_app.agreement.figures import METRICS
from review_app.agreement.judges import vsj
from review_app.agreement.judges.estimates import estimate
from review_app.agreement.judges.naive import naive

from ..builders import counts, sample

# 133 and 34 of 20,000 flagged traces at 1/120; 7 and 126 of 80,000 passed ones at 1/600.
WORKED = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)
FRAME = counts(20_000, 80_000)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # flagged and bad: 20,000 x 133/167 = 15,928.14; passed and bad: 80,000 x 7/133 = 4,210.53
        pytest.param("prevalence", 0.201387, id="prevalence: 20,138.67 / 100,000"),
        pytest.param("tpr", 0.790923, id="TPR: 15,928.14 / 20,138.67"),
        pytest.param("tnr", 0.949013, id="TNR: 75,789.47 / 79,861.33"),
        pytest.param("kappa", 0.741847, id="kappa"),
        pytest.param("f1", 0.793656, id="F1: 2 x 15,928.14 / (20,000 + 20,138.67)"),
        pytest.param("ppv", 133 / 167, id="PPV is the share inside the flagged"),
        pytest.param("npv", 126 / 133, id="NPV is the share inside the passed"),
        # (15,928.14 + 75,789.47) / 100,000
        pytest.param("accuracy", 0.917176, id="accuracy"),
    ],
)
def test_post_stratified_points(metric: str, expected: float) -> None:
    assert estimate(WORKED, FRAME, rng()).metrics[metric].value == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    ("metric", "low", "high", "off"),
    # As published, from 20,000 draws of one seed. off: twice the standard error that leaves in the looser end, and half
    # a unit of the last digit.
    [
        ("prevalence", 0.1747, 0.2411, 0.0011),
        ("tpr", 0.663, 0.893, 0.004),
        ("tnr", 0.9332, 0.9623, 0.0004),
        ("kappa", 0.636, 0.817, 0.003),
    ],
)
def test_vsj_intervals_of_the_worked_case(metric: str, low: float, high: float, off: float) -> None:
    ends = [estimate(WORKED, FRAME, np.random.default_rng(seed)).metrics[metric] for seed in range(20)]
    assert np.mean([one.low for one in ends]) == pytest.approx(low, abs=off)
    assert np.mean([one.high for one in ends]) == pytest.approx(high, abs=off)


@pytest.mark.parametrize(
    ("bad", "good", "pi", "expected"),
    [
        pytest.param(133, 34, 1 / 120, (134.608, 34.786), id="flagged"),
        pytest.param(7, 126, 1 / 600, (7.5117, 126.698), id="passed"),
        # a frame without end: Jeffreys' Beta(x + 1/2, n - x + 1/2)
        pytest.param(3, 17, 1e-12, (3.5, 17.5), id="Jeffreys"),
        pytest.param(0, 8, 1e-12, (0.5, 8.5), id="Jeffreys, none seen"),
    ],
)
def test_beta_parameters(bad: int, good: int, pi: float, expected: tuple[float, float]) -> None:
    y = np.repeat([1.0, 0.0], [bad, good])
    assert vsj.beta_parameters(y, drawn_with(np.full(len(y), pi))) == pytest.approx(expected, rel=1e-4)


def test_a_judge_that_ran_on_a_random_part_is_less_certain() -> None:
    # 1,000 of 100,000 judged, .2 flagged: the share adds .2 x .8 / 1,000 x .99, times (PPV + NPV - 1)^2
    whole = counts(200, 800)
    part = dataclasses.replace(whole, n_without_verdict=99_000)
    known, unsure = (estimate(WORKED, of, rng()).metrics for of in (whole, part))
    assert unsure["prevalence"].value == known["prevalence"].value
    known_var, unsure_var = (
        of["prevalence"].value * (1 - of["prevalence"].value) / of["prevalence"].n_eff for of in (known, unsure)
    )
    added = 0.2 * 0.8 / 1_000 * 0.99 * (133 / 167 + 126 / 133 - 1) ** 2
    assert unsure_var - known_var == pytest.approx(added, rel=0.1)
    # What is right inside a verdict does not depend on how many there are of it.
    assert unsure["ppv"].low == pytest.approx(known["ppv"].low)


def test_no_missed_failure_seen_does_not_read_as_none_there() -> None:
    # N 90,000, of which 2,500 flagged; published (.577, 1.000); four million draws give .5753
    zero = sample(40, 10, 0, 150, pi_flagged=0.02, pi_passed=0.002)
    found = [estimate(zero, counts(2_500, 87_500), np.random.default_rng(n)).metrics["tpr"] for n in range(20)]
    assert {tpr.value for tpr in found} == {1.0}
    assert np.mean([tpr.low for tpr in found]) == pytest.approx(0.577, abs=0.004)
    assert np.mean([tpr.high for tpr in found]) == pytest.approx(1.0, abs=0.0005)


def test_naive_rates_are_beside_and_elsewhere() -> None:
    found = naive(WORKED)
    assert found is not None
    # 133/140; 126/160; 140/300
    expected = {"tpr": 0.95, "tnr": 0.7875, "prevalence": 0.4667, "kappa": 0.7287}
    assert {name: found.metrics[name].value for name in expected} == pytest.approx(expected, abs=5e-5)
    assert found.metrics["kappa"].low is None


@pytest.mark.parametrize(
    ("case", "frame", "words"),
    [
        pytest.param(sample(9, 9, 0, 4, pi_flagged=0.1, pi_passed=0.1), FRAME, "4 labelled .* passed; 5", id="few"),
        pytest.param(sample(2, 2, 9, 9, pi_flagged=0.1, pi_passed=0.1), FRAME, "4 labelled .* flagged; 5", id="few 2"),
        pytest.param(WORKED.head(0), FRAME, "comes from a draw", id="none drawn"),
        pytest.param(WORKED, None, "does not say", id="no frame"),
        pytest.param(WORKED, counts(100, 900), "another frame", id="167 flagged labels of 100 flagged traces"),
    ],
)
def test_refusal_is_an_answer(case, frame, words: str) -> None:
    found = estimate(case, frame, rng())
    assert re.search(words, found.refusal)
    assert found.metrics == {}
    assert found.cells is None


def test_undefined_stays_undefined_with_its_reason() -> None:
    clean = sample(0, 20, 0, 80, pi_flagged=0.1, pi_passed=0.01)
    tpr = estimate(clean, FRAME, rng()).metrics["tpr"]
    assert (tpr.value, tpr.low, tpr.high) == (None, None, None)
    assert tpr.reason == "people found no failure in these traces"


COUNT = st.integers(min_value=5, max_value=40)


@settings(deadline=None)
@given(COUNT, COUNT, COUNT, COUNT, st.floats(0.01, 0.9))
def test_points_do_not_know_the_scale_of_the_weights(tp: int, fp: int, fn: int, tn: int, scale: float) -> None:
    one = estimate(sample(tp, fp, fn, tn, pi_flagged=0.5, pi_passed=0.1), FRAME, rng())
    two = estimate(sample(tp, fp, fn, tn, pi_flagged=0.5 * scale, pi_passed=0.1 * scale), FRAME, rng())
    assert _values(one) == pytest.approx(_values(two))


@settings(deadline=None)
@given(COUNT, COUNT, COUNT, COUNT, st.integers(2, 9))
def test_a_frame_that_is_k_times_as_large_has_the_same_rates(tp: int, fp: int, fn: int, tn: int, k: int) -> None:
    case = sample(tp, fp, fn, tn, pi_flagged=0.5, pi_passed=0.1)
    one, two = estimate(case, FRAME, rng()), estimate(case, counts(20_000 * k, 80_000 * k), rng())
    assert _values(one) == pytest.approx(_values(two))
    assert one.metrics["kappa"].low == pytest.approx(two.metrics["kappa"].low)


@settings(deadline=None)
@given(COUNT, COUNT, COUNT, COUNT, st.randoms(use_true_random=False))
def test_the_order_and_names_of_traces_do_not_matter(tp: int, fp: int, fn: int, tn: int, random) -> None:
    case = sample(tp, fp, fn, tn, pi_flagged=0.5, pi_passed=0.1)
    order = list(range(len(case)))
    random.shuffle(order)
    shuffled = case.iloc[order].assign(trace_id=[f"other {i}" for i in order])
    one, two = estimate(case, FRAME, rng()), estimate(shuffled, FRAME, rng())
    for name in METRICS:
        assert one.metrics[name].low == pytest.approx(two.metrics[name].low)
        assert one.metrics[name].value == pytest.approx(two.metrics[name].value)


@settings(deadline=None)
@given(COUNT, COUNT, COUNT, COUNT)
def test_swapping_the_classes_swaps_the_rates(tp: int, fp: int, fn: int, tn: int) -> None:
    one = _values(estimate(sample(tp, fp, fn, tn, pi_flagged=0.5, pi_passed=0.1), FRAME, rng()))
    swapped = sample(tn, fn, fp, tp, pi_flagged=0.1, pi_passed=0.5)
    two = _values(estimate(swapped, counts(80_000, 20_000), rng()))
    assert (two["tpr"], two["ppv"], two["kappa"]) == pytest.approx((one["tnr"], one["npv"], one["kappa"]))
    assert two["prevalence"] == pytest.approx(1 - one["prevalence"])
    assert two["accuracy"] == pytest.approx(one["accuracy"])


def _values(found) -> dict[str, float]:
    return {name: found.metrics[name].value for name in METRICS}


@pytest.mark.parametrize(
    ("prevalence", "tpr", "tnr", "width_of_prevalence"),
    [
        # published widths at 300 labels: .064 at 20 % failures, .027 at 3 %
        pytest.param(0.2, 0.8, 0.95, 0.066, id="20 % failures"),
        pytest.param(0.03, 0.7, 0.97, 0.029, id="3 % failures"),
    ],
)
def test_intervals_cover_and_are_not_endless(
    prevalence: float, tpr: float, tnr: float, width_of_prevalence: float
) -> None:
    dice = np.random.default_rng(20260301)
    size = 100_000
    bad_flagged, bad_passed = prevalence * tpr, prevalence * (1 - tpr)
    n_flagged = round(size * (bad_flagged + (1 - prevalence) * (1 - tnr)))
    n_passed = size - n_flagged
    # 300 labels on average, a flagged trace five times as likely as a passed one
    rate = 300 / (5 * n_flagged + n_passed)
    pi = (5 * rate, rate)
    truth = {"prevalence": prevalence, "tpr": tpr, "tnr": tnr}
    covered, widths, runs = dict.fromkeys(truth, 0), [], 300
    for _ in range(runs):
        tp = dice.binomial(round(size * bad_flagged), pi[0])
        fp = dice.binomial(n_flagged - round(size * bad_flagged), pi[0])
        fn = dice.binomial(round(size * bad_passed), pi[1])
        tn = dice.binomial(n_passed - round(size * bad_passed), pi[1])
        case = sample(tp, fp, fn, tn, pi_flagged=pi[0], pi_passed=pi[1])
        found = estimate(case, counts(n_flagged, n_passed), dice).metrics
        for name, value in truth.items():
            covered[name] += found[name].low <= value <= found[name].high
        widths.append(found["prevalence"].high - found["prevalence"].low)
    # 95 % nominal; 300 runs leave a standard error of 1.3 points.
    assert all(0.92 <= hits / runs <= 0.995 for hits in covered.values()), covered
    assert np.mean(widths) < width_of_prevalence


def test_a_judge_that_never_flags_is_measured() -> None:
    """All 40 traces labelled, 8 of them bad: it finds none, and passes all 32 good ones."""
    found = estimate(sample(0, 0, 8, 32, pi_flagged=1, pi_passed=1), counts(0, 40), rng())
    assert found.refusal == ""
    told = {name: found.metrics[name] for name in ("tpr", "tnr", "prevalence", "kappa")}
    assert {name: one.value for name, one in told.items()} == {"tpr": 0, "tnr": 1, "prevalence": 0.2, "kappa": 0}
    assert (told["tpr"].low, told["tpr"].high, told["tnr"].low) == (0, 0, 1)
    assert found.metrics["ppv"].reason == "the judge flagged none of these traces"


@pytest.mark.parametrize(
    ("flagged", "labelled", "without", "refusal"),
    [
        pytest.param(3, 3, 0, "", id="all three it flagged"),
        pytest.param(
            3, 2, 0, "2 labelled traces that the judge flagged; 3 are needed, all there are", id="two of three"
        ),
        pytest.param(9, 4, 0, "4 labelled traces that the judge flagged; 5 are needed", id="four of nine"),
        # It judged a part of the frame: in the rest it may have flagged some.
        pytest.param(0, 0, 60, "0 labelled traces that the judge flagged; 5 are needed", id="a part"),
        pytest.param(1, 1, 60, "1 labelled trace that the judge flagged; 5 are needed", id="one in a part"),
    ],
)
def test_labels_needed_of_a_verdict_that_is_rarely_given(
    flagged: int, labelled: int, without: int, refusal: str
) -> None:
    frame = dataclasses.replace(counts(flagged, 50), n_without_verdict=without)
    assert estimate(sample(labelled, 0, 5, 20, pi_flagged=1, pi_passed=0.5), frame, rng()).refusal == refusal
