"""Which text clusters count as new."""

from __future__ import annotations

import pytest

from review_app.sampling.plan import NewCluster

RULE = NewCluster(factor=2.0, at_least=20)


@pytest.mark.parametrize(
    ("newest", "earlier", "expected"),
    [
        pytest.param({"a": 50, "b": 50}, {"b": 400}, ["a"], id="nobody asked of it before"),
        pytest.param({"a": 50, "b": 50}, {"a": 100, "b": 300}, [], id=".5 is not above twice .25"),
        pytest.param({"a": 51, "b": 49}, {"a": 100, "b": 300}, ["a"], id=".51 is"),
        pytest.param({"a": 19, "b": 81}, {"b": 400}, [], id="too few to be a theme"),
        pytest.param({"b": 30, "a": 30}, {"c": 9}, ["a", "b"], id="sorted"),
        pytest.param({"a": 50}, {}, [], id="nothing earlier: nothing to compare"),
        pytest.param({}, {"a": 50}, [], id="nothing new"),
    ],
)
def test_chosen(newest: dict[str, int], earlier: dict[str, int], expected: list[str]) -> None:
    assert RULE.chosen(newest, earlier) == expected
