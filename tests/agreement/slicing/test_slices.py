from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.slicing.slices import MISSING, OTHER, family, terms


def sizes(rows: pd.DataFrame, *columns: str) -> dict[tuple[str, str], int]:
    return {(c, term.value): int(term.holds(rows[c]).sum()) for c in columns for term in terms(rows[c])}


def test_terms_are_named_for_a_person() -> None:
    rows = pd.DataFrame(
        {
            "chars": [0, 10, 20, 30, 40, 50, 60, 70, np.nan, 80],
            "tool": [True, False] * 5,
            "route": ["a"] * 5 + ["b"] * 4 + [None],
        }
    )
    # quartiles of 0, 10, ..., 80 cut at 20, 40 and 60
    assert sizes(rows, "chars", "tool", "route") == {
        ("chars", "up to 20"): 3,
        ("chars", "above 20 up to 40"): 2,
        ("chars", "above 40 up to 60"): 2,
        ("chars", "above 60"): 2,
        ("chars", MISSING): 1,
        ("tool", "False"): 5,
        ("tool", "True"): 5,
        ("route", MISSING): 1,
        ("route", "a"): 5,
        ("route", "b"): 4,
    }
    assert [str(term) for term in terms(rows["chars"])][1] == "chars above 20 up to 40"
    assert [str(term) for term in terms(rows["tool"])] == ["tool = False", "tool = True"]


def test_rare_values_are_put_together() -> None:
    rows = pd.DataFrame({"route": ["a"] * 98 + ["b", "c"]})
    assert sizes(rows, "route") == {("route", "a"): 98, ("route", OTHER): 2}


def test_a_term_can_be_asked_of_fresh_traces() -> None:
    low, *_, high = terms(pd.Series([0, 10, 20, 30, 40, 50, 60, 70, 80], name="chars"))
    *_, other = terms(pd.Series(["a"] * 98 + ["b", "c"], name="route"))
    fresh = pd.DataFrame({"chars": [-5.0, 900.0, np.nan], "route": ["new", "a", None]})
    assert low.holds(fresh["chars"]).tolist() == [True, False, False]
    assert high.holds(fresh["chars"]).tolist() == [False, True, False]
    assert other.holds(fresh["route"]).tolist() == [True, False, True]


def test_pairs_are_of_two_columns_and_large_enough() -> None:
    rows = pd.DataFrame({"a": ["x"] * 6 + ["y"] * 6, "b": ["u", "v"] * 6})
    found = family(rows, ["a", "b"], depth=2, smallest=3)
    assert [tuple(map(str, one)) for one in found.terms] == [
        ("a = x",), ("a = y",), ("b = u",), ("b = v",),
        ("a = x", "b = u"), ("a = x", "b = v"), ("a = y", "b = u"), ("a = y", "b = v"),
    ]  # fmt: skip
    assert found.inside.sum(axis=1).tolist() == [6, 6, 6, 6, 3, 3, 3, 3]
    assert len(family(rows, ["a", "b"], depth=2, smallest=4).terms) == 4
    assert len(family(rows, ["a", "b"], depth=1, smallest=3).terms) == 4


def test_the_same_rows_under_two_names_are_one_slice() -> None:
    rows = pd.DataFrame({"a": ["x"] * 6 + ["y"] * 6, "copy": ["X"] * 6 + ["Y"] * 6})
    found = family(rows, ["a", "copy"], depth=2, smallest=3)
    assert [tuple(map(str, one)) for one in found.terms] == [("a = x",), ("a = y",)]
    # the pair of both columns holds them as well
    assert [len(same) for same in found.same] == [2, 2]


def test_a_column_without_variety_gives_nothing() -> None:
    found = family(pd.DataFrame({"a": ["x"] * 12, "b": np.ones(12)}), ["a", "b"], depth=2, smallest=1)
    assert found.terms == []
    assert found.inside.shape == (0, 12)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), st.integers(0, 3).map(float)), min_size=1, max_size=60))
def test_the_terms_of_a_column_divide_the_rows(values: list[float | None]) -> None:
    column = pd.Series(values, name="x", dtype=float)
    assert sum(term.holds(column).astype(int) for term in terms(column)).tolist() == [1] * len(column)


@given(st.lists(st.one_of(st.none(), st.sampled_from([*"abcdefgh", MISSING, OTHER])), min_size=1, max_size=120))
def test_so_do_those_of_a_category(values: list[str | None]) -> None:
    column = pd.Series(values, name="x", dtype=object)
    assert sum(term.holds(column).astype(int) for term in terms(column)).tolist() == [1] * len(column)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=8, max_size=60))
def test_slices_are_nested(values: list[tuple[str, str]]) -> None:
    """A pair holds the rows that both its conditions hold; what is found alone is found among pairs as well."""
    rows = pd.DataFrame(values, columns=["one", "two"])
    alone, paired = (family(rows, ["one", "two"], depth, smallest=2) for depth in (1, 2))
    assert paired.terms[: len(alone.terms)] == alone.terms
    for conditions, inside in zip(paired.terms, paired.inside, strict=True):
        assert inside.tolist() == [
            all(held) for held in zip(*(t.holds(rows[t.column]) for t in conditions), strict=True)
        ]
        assert 2 <= inside.sum() < len(rows)
