from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.design import Design, drawn_with
from review_app.agreement.judges import vsj

LABELS = st.lists(st.tuples(st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=40)


def unpack(labels) -> tuple[np.ndarray, Design]:
    y, pi = np.array(labels, dtype=float).T
    return y, drawn_with(pi)


@settings(deadline=None)
@given(LABELS, st.floats(0.01, 100))
def test_the_scale_of_the_weights_does_not_matter(labels, scale: float) -> None:
    y, design = unpack(labels)
    scaled = Design(design.w * scale, design.v * scale**2)
    assert vsj.beta_parameters(y, scaled) == pytest.approx(vsj.beta_parameters(y, design))


@settings(deadline=None)
@given(LABELS)
def test_swapping_the_classes_swaps_the_parameters(labels) -> None:
    y, design = unpack(labels)
    bad, good = vsj.beta_parameters(y, design)
    assert vsj.beta_parameters(1 - y, design) == pytest.approx((good, bad))


@settings(deadline=None)
@given(LABELS, st.floats(0.5, 0.9), st.floats(0.91, 0.999))
def test_intervals_of_rising_level_lie_in_each_other(labels, narrow: float, wide: float) -> None:
    parameters = vsj.beta_parameters(*unpack(labels))
    inner, outer = vsj.interval(parameters, narrow), vsj.interval(parameters, wide)
    assert 0 <= outer[0] <= inner[0] <= inner[1] <= outer[1] <= 1


@settings(deadline=None)
@given(LABELS, st.integers(2, 5))
def test_the_same_labels_k_times_leave_the_point_and_tell_more(labels, k: int) -> None:
    y, design = unpack(labels)
    often = Design(np.tile(design.w, k), np.tile(design.v, k))
    assert vsj.weighted_share(np.tile(y, k), often) == pytest.approx(vsj.weighted_share(y, design))
    assert sum(vsj.beta_parameters(np.tile(y, k), often)) > sum(vsj.beta_parameters(y, design))


@settings(deadline=None)
@given(LABELS)
def test_a_larger_variance_factor_tells_less(labels) -> None:
    y, design = unpack(labels)
    looser = Design(design.w, design.v + design.w**2)
    assert sum(vsj.beta_parameters(y, looser)) <= sum(vsj.beta_parameters(y, design)) * (1 + 1e-9)


@settings(deadline=None)
@given(LABELS, st.randoms(use_true_random=False))
def test_the_order_of_traces_does_not_matter(labels, random) -> None:
    y, design = unpack(labels)
    order = list(range(len(y)))
    random.shuffle(order)
    assert vsj.beta_parameters(y[order], design.at(np.array(order))) == pytest.approx(vsj.beta_parameters(y, design))


@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0.5, 0.98))
def test_intervals_are_nested(bad: float, good: float, level: float) -> None:
    """What is surer is wider."""
    narrow, wide = (vsj.interval(vsj.BetaParameters(bad, good), one) for one in (level, level + 0.01))
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
