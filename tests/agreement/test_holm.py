from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.holm import holm
from review_app.agreement.slicing.benjamini_hochberg import benjamini_hochberg

CHANCES = st.lists(st.floats(0, 1), max_size=12)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        # 4 x .001; 3 x .02; 2 x .03 = .06 and 1 x .4
        pytest.param([0.001, 0.03, 0.02, 0.4], [0.004, 0.06, 0.06, 0.4], id="the k-th of m times m - k + 1"),
        # 3 x .01; 2 x .011 = .022 may not fall below .03
        pytest.param([0.01, 0.011, 0.5], [0.03, 0.03, 0.5], id="never falls"),
        pytest.param([0.6, 0.7], [1.0, 1.0], id="at most 1"),
        pytest.param([], [], id="none"),
    ],
)
def test_holm(p: list[float], expected: list[float]) -> None:
    assert holm(p) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        # 4 x .001 / 1; 4 x .02 / 2 = .04 and 4 x .03 / 3 = .04; .4
        pytest.param([0.001, 0.03, 0.02, 0.4], [0.004, 0.04, 0.04, 0.4], id="the k-th of m times m / k"),
        # the second, .05 x 3 / 2 = .075, may not be above the third, .06
        pytest.param([0.01, 0.05, 0.06], [0.03, 0.06, 0.06], id="a smaller p is never adjusted above a larger one"),
        pytest.param([], [], id="none"),
    ],
)
def test_benjamini_hochberg(p: list[float], expected: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(expected)


@given(CHANCES)
def test_corrections_keep_the_order_and_holm_is_the_stricter(p: list[float]) -> None:
    strict, loose = holm(p), benjamini_hochberg(p)
    for raw, one, other in zip(p, strict, loose, strict=True):
        assert raw <= other * (1 + 1e-12)
        assert other <= one * (1 + 1e-12)
        assert one <= 1
    ranked = sorted(range(len(p)), key=lambda i: p[i])
    assert sorted(strict) == [strict[i] for i in ranked]


@given(CHANCES, st.randoms())
def test_corrections_do_not_depend_on_the_order_of_the_tests(p: list[float], luck) -> None:
    order = list(range(len(p)))
    luck.shuffle(order)
    assert holm([p[i] for i in order]) == pytest.approx([holm(p)[i] for i in order])
