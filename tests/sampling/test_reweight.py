"""Weights of a queue that was topped up after labels were seen, and of one that is half done."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.sampling.reweight import Step, weighted

BASE = Step(draw_id="main-1", rates={"random": Fraction(1, 100)})


def sampled(rows: list[tuple[str, str, float, str]]) -> pd.DataFrame:
    """eligible, added_by, q and slices of traces t0, t1, ..."""
    found = pd.DataFrame(rows, columns=["eligible", "added_by", "q", "slices"])
    return found.assign(trace_id=[f"t{place}" for place in range(len(found))], hit_by=found["added_by"])


def test_the_worked_example() -> None:
    # Base: y 1 0 0 1 0 at .01. Wave: y 1 1 0 1 at .03 .03 .002 .03. N = 1000.
    # T1 = 2 / .01 = 200; T2 = 2 + 1/.03 + 1/.03 + 1/.03 = 102; 5:4 -> (5 x .2 + 4 x .102) / 9 = .156444
    y = np.array([1, 0, 0, 1, 0, 1, 1, 0, 1])
    wave = Step(draw_id="main-2", combination=4 / 9)
    rows = [("random", "main-1", 1.0, "main-2")] * 5
    rows += [("random", "main-2", q, "main-2") for q in (0.03, 0.03, 0.002, 0.03)]
    done = {"main-1": 1.0, "main-2": 1.0}
    for b, expected in ((4 / 9, 0.156444), (1e-12, 0.2), (1 - 1e-12, 0.102)):
        series = [BASE, Step(draw_id="main-2", combination=b)]
        assert (weighted(sampled(rows), series, done)["weight"] * y).sum() / 1000 == pytest.approx(expected, abs=5e-7)
    found = weighted(sampled(rows), [BASE, wave], done)
    # Base: a^2 (1 - p) / p^2 with a = 5/9; wave: b^2 (1 - q) / q^2
    assert found["variance_factor"].iloc[0] == pytest.approx((5 / 9) ** 2 * 0.99 / 0.01**2)
    assert found["variance_factor"].iloc[7] == pytest.approx((4 / 9) ** 2 * 0.998 / 0.002**2)


def test_outside_the_slice_a_wave_changes_nothing() -> None:
    rows = sampled([("random", "main-1", 1.0, ""), ("random", "main-1", 1.0, "main-2")])
    series = [BASE, Step(draw_id="main-2", combination=0.25)]
    found = weighted(rows, series, {"main-1": 1.0, "main-2": 1.0})
    # 1 / .01; and .75 / .01 + .25
    assert found["weight"].tolist() == pytest.approx([100, 75.25])
    assert found["inclusion_probability"].tolist() == pytest.approx([0.01, 0.01])


def test_without_a_wave_the_weight_is_one_over_the_probability() -> None:
    steps = [
        Step(draw_id="main-1", rates={"random": Fraction(1, 10)}),
        Step(draw_id="main-2", rates={"random": Fraction(1, 5)}),
    ]
    # .1 + (.2 - .1) x .25 = .125
    found = weighted(sampled([("random", "main-1", 1.0, "")]), steps, {"main-1": 1.0, "main-2": 0.25})
    assert found.iloc[0, 1:].tolist() == pytest.approx([0.125, 8, 0.875 / 0.125**2])


def test_two_waves() -> None:
    # b2 = .5, then b3 = .2 against all before: a = .5 x .8 = .4, b2 = .4, b3 = .2
    series = [BASE, Step(draw_id="main-2", combination=0.5), Step(draw_id="main-3", combination=0.2)]
    both = "main-2,main-3"
    rows = [("random", "main-1", 1.0, both), ("random", "main-2", 0.1, both), ("random", "main-3", 0.2, both)]
    found = weighted(sampled(rows), series, {"main-1": 1.0, "main-2": 1.0, "main-3": 1.0})
    # .4 / .01 + .4 + .2;  .4 / .1 + .2;  .2 / .2
    assert found["weight"].tolist() == pytest.approx([40.6, 4.2, 1.0])


def test_a_wave_of_which_nothing_is_done_does_not_count() -> None:
    series = [BASE, Step(draw_id="main-2", combination=0.5)]
    rows = [("random", "main-1", 1.0, "main-2"), ("random", "main-2", 0.1, "main-2")]
    found = weighted(sampled(rows), series, {"main-1": 0.5, "main-2": 0.0})
    assert found["trace_id"].tolist() == ["t0"]
    assert found["weight"].tolist() == pytest.approx([200])


def test_a_trace_of_a_wave_that_a_later_draw_chose_as_well() -> None:
    series = [BASE, Step(draw_id="main-2", combination=0.5), Step(draw_id="main-3", rates={"random": Fraction(1, 50)})]
    rows = sampled([("random", "main-2", 0.1, "main-2"), ("random", "main-3", 1.0, "main-2")]).assign(trace_id="t")
    found = weighted(rows, series, dict.fromkeys(("main-1", "main-2", "main-3"), 1.0))
    # .5 / .1 of the wave, and .5 / .02 of the draw; what the wave saw in the base was not this trace
    assert found["weight"].tolist() == pytest.approx([30])


@settings(deadline=None)
@given(
    p=st.integers(1, 99),
    later=st.integers(0, 50),
    q=st.floats(0.01, 1),
    b=st.floats(0.01, 0.99),
    done=st.tuples(*[st.floats(0.05, 1)] * 3),
)
def test_every_weight_is_unbiased(p: int, later: int, q: float, b: float, done: tuple[float, ...]) -> None:
    """Over all that may happen to a trace of the slice, its weight is 1 on average: exactly, by enumeration."""
    first, second = Fraction(p, 100), Fraction(min(99, p + later), 100)
    series = [
        Step(draw_id="1", rates={"random": first}),
        Step(draw_id="2", combination=b),
        Step(draw_id="3", rates={"random": second}),
    ]
    parts = dict(zip("123", done, strict=True))
    rows = sampled([("random", "1", 1.0, "2"), ("random", "2", q, "2"), ("random", "3", 1.0, "2")])
    by_first, by_wave, by_third = weighted(rows, series, parts)["weight"]
    # first draw and reached; else the wave and reached; and, apart from that, the third draw and reached
    mean = float(first) * done[0] * by_first + (1 - float(first)) * q * done[1] * by_wave
    mean += float(second - first) * done[2] * by_third
    assert mean == pytest.approx(1)


def test_a_trace_that_came_later() -> None:
    # 1/10 both times; the first draw done, of the second a quarter. Who was there from the start: 1 / (.1 x 1) = 10;
    # who came for the second and would have been in the first: 10 x 1 / .25 = 40, variance 40 x 39.
    steps = [Step(draw_id=name, rates={"random": Fraction(1, 10)}) for name in "12"]
    rows = sampled([("random", "1", 1.0, ""), ("random", "2", 1.0, "")]).assign(hit_by="1")
    found = weighted(rows, steps, {"1": 1.0, "2": 0.25})
    assert found["weight"].tolist() == pytest.approx([10, 40])
    assert found["variance_factor"].tolist() == pytest.approx([90, 1560])


@settings(deadline=None)
@given(
    random=st.tuples(st.integers(1, 99), st.integers(0, 50)),
    flagged=st.tuples(st.integers(0, 99), st.integers(0, 50)),
    there=st.sampled_from([0, 1]),
    flagged_since=st.sampled_from([0, 1, 2]),
    done=st.tuples(*[st.floats(0.05, 1)] * 2),
)
def test_weights_are_unbiased_whenever_a_trace_came_and_was_flagged(
    random: tuple[int, int], flagged: tuple[int, int], there: int, flagged_since: int, done: tuple[float, float]
) -> None:
    """By enumeration: between which rates its two hashes fall, then whether it is reached. there, flagged_since: the
    first draw that saw it, and saw it flagged (2: none did)."""
    open_to = "random,flagged" if flagged_since < 2 else "random"
    cuts = {"random": _growing(*random), "flagged": _growing(*flagged)}
    series = [Step(draw_id=str(k), rates={name: cut[k] for name, cut in cuts.items()}) for k in (0, 1)]
    parts = {"0": done[0], "1": done[1]}
    mean = square = variance = 0.0
    for by_random in range(3):
        for by_flag in range(3) if flagged_since < 2 else [2]:
            chance = _between(cuts["random"], by_random) * (
                _between(cuts["flagged"], by_flag) if flagged_since < 2 else 1
            )
            added = min(max(by_random, there), max(by_flag, there, flagged_since))
            if added == 2 or not chance:
                continue
            row = sampled([(open_to, str(added), 1.0, "")]).assign(hit_by=str(min(by_random, by_flag)))
            found = weighted(row, series, parts).iloc[0]
            reached = float(chance) * parts[str(added)]
            mean += reached * found["weight"]
            square += reached * found["weight"] ** 2
            variance += reached * found["variance_factor"]
    assert mean == pytest.approx(1)
    # Above its due only where a weight below 1 was not let take away.
    assert variance >= square - 1 - 1e-9 * square
    if done[0] >= done[1]:
        assert variance == pytest.approx(square - 1, abs=1e-9 * square)


def _growing(first: int, more: int) -> tuple[Fraction, Fraction]:
    return Fraction(first, 100), Fraction(min(99, first + more), 100)


def _between(cuts: tuple[Fraction, Fraction], place: int) -> Fraction:
    """The chance that a hash is first below the cut at this place; 2: below neither."""
    return (cuts[0], cuts[1] - cuts[0], 1 - cuts[1])[place]


def test_an_answer_to_labels_is_estimated_without_bias() -> None:
    """A wave whose q follows the base's labels. Taken as if drawn evenly: far above; as if its rates had been fixed:
    below; Des Raj with a b fixed before: neither."""
    rng, n, cells, p1, b = np.random.default_rng(7), 4_000, 20, 0.02, 0.4
    cell = np.arange(n) % cells
    y = rng.random(n) < np.where(cell < 4, 0.6, 0.08)
    errors: dict[str, list[float]] = {"naive": [], "as if fixed": [], "des raj": []}
    series = [Step(draw_id="1", rates={"random": Fraction(1, 50)}), Step(draw_id="2", combination=b)]
    rows = sampled([("random", "1", 1.0, "2"), ("random", "2", 0.12, "2"), ("random", "2", 0.01, "2")])
    by_base, by_high, by_low = weighted(rows, series, {"1": 1.0, "2": 1.0})["weight"]
    for _ in range(2_000):
        base = rng.random(n) < p1
        failures = np.bincount(cell[base & y], minlength=cells)
        q = np.where(failures[cell] > 0, 0.12, 0.01)
        wave = ~base & (rng.random(n) < q)
        both, either = p1 + (1 - p1) * q, base | wave
        errors["naive"].append(y[either].mean() - y.mean())
        errors["as if fixed"].append((y / both)[either].sum() / n - y.mean())
        weight = np.where(base, by_base, np.where(q == 0.12, by_high, by_low))
        errors["des raj"].append((weight * y)[either].sum() / n - y.mean())
    off = {name: (np.mean(all_), np.std(all_) / np.sqrt(len(all_))) for name, all_ in errors.items()}
    assert off["naive"][0] > 8 * off["naive"][1]
    assert off["as if fixed"][0] < -8 * off["as if fixed"][1]
    assert abs(off["des raj"][0]) < 4 * off["des raj"][1]


def test_the_variance_is_that_of_the_estimator() -> None:
    """Base, wave, both half done, every y = 1: the mean of sum v is the variance of sum w."""
    rng, n = np.random.default_rng(5), 500
    series = [Step(draw_id="1", rates={"random": Fraction(1, 5)}), Step(draw_id="2", combination=0.4)]
    totals, variances = [], []
    rows = sampled([("random", "1", 1.0, "2"), ("random", "2", 0.25, "2")])
    found = weighted(rows, series, {"1": 0.5, "2": 0.8})
    for _ in range(4_000):
        base = rng.random(n) < 0.2
        wave = ~base & (rng.random(n) < 0.25)
        counts = np.array([(base & (rng.random(n) < 0.5)).sum(), (wave & (rng.random(n) < 0.8)).sum()])
        totals.append((found["weight"] * counts).sum())
        variances.append((found["variance_factor"] * counts).sum())
    assert np.mean(totals) == pytest.approx(n, rel=0.01)
    assert np.mean(variances) == pytest.approx(np.var(totals), rel=0.08)


def test_probabilities_follow_the_draws() -> None:
    series = [
        Step(draw_id="1", rates={"random": Fraction(1, 10), "flagged": Fraction(1, 2)}),
        Step(draw_id="2", rates={"random": Fraction(2, 10), "flagged": Fraction(1, 2)}),
    ]
    # a: .1 x 1 + (.2 - .1) x .25;  b: pi1 = 1 - .9 x .5 = .55, pi2 = 1 - .8 x .5 = .6: .55 x 1 + .05 x .25
    rows = sampled([("random", "1", 1.0, ""), ("random,flagged", "2", 1.0, "")])
    found = weighted(rows, series, {"1": 1.0, "2": 0.25})
    assert found["inclusion_probability"].tolist() == pytest.approx([0.125, 0.5625])
    assert found["weight"].tolist() == pytest.approx([1 / 0.125, 1 / 0.5625])
