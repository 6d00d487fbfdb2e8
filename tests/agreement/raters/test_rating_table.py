from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.raters.counts import of_codes, of_pairs, of_table
from review_app.agreement.raters.rating_table import read
from review_app.errors import BadInput


def ratings(*rows: tuple, **more) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["unit", "rater", "value"]).assign(**more)


def test_numbers_units_raters_and_categories() -> None:
    table = read(ratings(("b", "zoe", "good"), ("a", "ana", "bad"), ("b", "ana", "good")), "nominal")
    assert list(table.units) == ["b", "a"]
    assert table.raters == ("ana", "zoe")
    assert table.categories == ("bad", "good")
    assert (table.unit.tolist(), table.rater.tolist(), table.value.tolist()) == ([0, 1, 0], [1, 0, 0], [1, 0, 1])


@pytest.mark.parametrize(
    ("values", "categories"),
    [(["10", "9", "10"], ("9", "10")), ([10, 9.5, 10], (9.5, 10)), (["x", "2", "x"], ("2", "x"))],
)
def test_categories_stand_in_the_order_of_their_numbers(values, categories) -> None:
    frame = ratings(*((f"u{i}", "ana", value) for i, value in enumerate(values)))
    assert read(frame, "nominal").categories == categories


def test_what_is_left_out_is_counted_once_with_its_first_reason() -> None:
    frame = ratings(
        ("a", "ana", "good"),
        ("a", "ana", "bad"),  # again
        ("a", "ben", None),
        ("b", "ben", "purple"),
        ("c", None, "bad"),
        ("d", "ana", "bad"),  # weight 0
        weight=[1, 1, 1, 1, 1, 0],
    )
    table = read(frame, "ordinal", ("bad", "good"))
    assert table.excluded == {
        "no value": 1,
        "a value that is not on the scale": 1,
        "no unit or no rater": 1,
        "no weight above 0": 1,
        "the same rater rated the unit before": 1,
    }
    assert (table.row.tolist(), table.value.tolist(), list(table.units)) == ([0], [1], ["a"])


@pytest.mark.parametrize("level", ["ordinal", "interval", "ratio"])
def test_words_need_a_declared_order(level: str) -> None:
    with pytest.raises(BadInput, match="'good' is no number"):
        read(ratings(("a", "ana", "good")), level)


def test_a_ratio_scale_starts_at_zero() -> None:
    with pytest.raises(BadInput, match="below 0"):
        read(ratings(("a", "ana", -1)), "ratio")


def test_a_unit_has_one_weight() -> None:
    with pytest.raises(BadInput, match="two weights"):
        read(ratings(("a", "ana", 1), ("a", "ben", 1), weight=[1, 2]), "nominal")


def test_columns_are_named_when_missing() -> None:
    with pytest.raises(BadInput, match="rater, value"):
        read(pd.DataFrame({"unit": [1]}), "nominal")


def test_nullable_weights_are_weights() -> None:
    frame = ratings(("a", "ana", 1), ("b", "ana", 2), weight=pd.array([2, None], dtype="Int64"))
    table = read(frame, "nominal")
    assert (table.weight.tolist(), table.excluded) == ([2.0], {"no weight above 0": 1})


def test_an_empty_table_is_a_table() -> None:
    assert read(ratings(), "nominal").raters == ()


def test_grid_has_gaps() -> None:
    grid = read(ratings(("a", "ana", 3), ("a", "ben", 5), ("b", "ben", 4)), "interval").grid()
    np.testing.assert_equal(grid, [[3, 5], [np.nan, 4]])


def test_units_that_look_alike_are_kept_once() -> None:
    # units (0, 1), (1, 0), (1, 1), (0, 0, 1), and (0, 1) with twice the weight
    unit = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4])
    value = np.array([0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1])
    found = of_codes(unit, value, ("a", "b"), np.array([1.0, 1, 1, 1, 2]))
    rows = zip(found.rows.toarray().tolist(), found.units, found.weight, strict=True)
    assert sorted(rows) == [([0, 2], 1, 1), ([1, 1], 1, 2), ([1, 1], 2, 1), ([2, 1], 1, 1)]
    assert (found.n_units, found.n_pairs) == (5, 4 + 3)


def test_long_rows_of_many_categories_collapse_too() -> None:
    # 30 ratings on 1,000 categories do not fit into one integer
    value = np.random.default_rng(0).integers(0, 1000, 30)
    found = of_codes(np.repeat([0, 1], 30), np.tile(value, 2), range(1000))
    assert found.units.tolist() == [2]
    assert found.ratings.tolist() == [30]


def test_tables_become_counts() -> None:
    assert sorted(of_table([[2, 0], [1, 1], [2, 0]]).units) == [1, 2]
    pairs = of_pairs([[3, 1], [0, 2]])
    assert (pairs.n_units, pairs.n_pairs) == (6, 6)
