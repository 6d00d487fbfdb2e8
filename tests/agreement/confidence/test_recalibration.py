from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from review_app.agreement.confidence.recalibration import isotonic, platt, recalibrate


def world(n: int, seed: int = 1, stretch: float = 3.0):
    """A judge whose log-odds are `stretch` times too sure."""
    dice = np.random.default_rng(seed)
    truth = dice.uniform(0.02, 0.98, n)
    return expit(stretch * logit(truth)), (dice.uniform(size=n) < truth).astype(float)


def run(scores, y, **options):
    return recalibrate(scores, y, np.ones(len(y)), np.arange(len(y)), np.random.default_rng(2), **options)


@pytest.mark.parametrize(
    ("n", "name"),
    [(60, "platt"), (199, "platt"), (200, "better of platt and isotonic"), (499, "better of platt and isotonic"),
     (500, "isotonic")],
)  # fmt: skip
def test_the_recalibrator_depends_on_how_many_labels(n: int, name: str) -> None:
    assert run(*world(n)).recalibrator == name


def test_an_overconfident_judge_is_helped() -> None:
    found = run(*world(400))
    assert found.helps
    assert found.gain.low > 0
    assert found.after < found.before
    assert found.gain.value == pytest.approx(found.before - found.after)


def test_an_honest_judge_is_not() -> None:
    helped = [run(*world(150, seed, stretch=1.0)).helps for seed in range(20)]
    assert sum(helped) <= 1


def test_platt_finds_the_stretch() -> None:
    scores, y = world(20_000)
    assert platt(scores, y, np.ones(len(y)))(np.array([0.9])) == pytest.approx(expit(logit(0.9) / 3), abs=0.02)


def test_platt_stays_finite_when_scores_separate() -> None:
    scores, y = np.repeat([0.1, 0.9], 20), np.repeat([0.0, 1.0], 20)
    low, high = platt(scores, y, np.ones(40))(np.array([0.1, 0.9]))
    # Platt's targets: 1 / 22 and 21 / 22
    assert (low, high) == pytest.approx((1 / 22, 21 / 22), abs=1e-3)


def test_an_ordinal_judge_gets_peoples_mean_at_each_level() -> None:
    levels, people = np.repeat([1.0, 2, 3], 20), np.r_[np.full(20, 1.0), np.tile([1.0, 2], 10), np.full(20, 2.0)]
    found = run(levels, people, ordinal=True)
    assert dict(found.curve)[2.0] == pytest.approx(1.5)
    assert found.helps


def test_the_rows_of_a_trace_are_never_on_both_sides() -> None:
    # every trace twice with its own y: isotonic on copies would be perfect, held out it cannot be
    scores = np.repeat(np.linspace(0.05, 0.95, 300), 2)
    y = np.repeat(np.random.default_rng(1).integers(0, 2, 300).astype(float), 2)
    apart = recalibrate(scores, y, np.ones(600), np.repeat(np.arange(300), 2), np.random.default_rng(2))
    assert apart.after > 0.24


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.floats(0.5, 20))
def test_the_scale_of_the_weights_does_not_matter(seed: int, scale: float) -> None:
    scores, y = world(80, seed)
    for fit in (platt, isotonic):
        one, two = fit(scores, y, np.ones(80))(scores), fit(scores, y, np.full(80, scale))(scores)
        assert two == pytest.approx(one, abs=1e-4)
