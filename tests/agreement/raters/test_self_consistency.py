"""A person against themselves: only true pairs count."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from review_app import tables
from review_app.agreement.raters.self_consistency import COLUMNS, self_consistency


def reviews(*rows: dict[str, Any]) -> pd.DataFrame:
    every = dict.fromkeys(tables.REVIEWS) | {"criterion": "ok", "rubric_version": "v1", "reviewer": "ana"}
    return pd.DataFrame([every | row for row in rows], columns=list(tables.REVIEWS)).astype(object)


def pairs(n: int, same: int, **changes: Any) -> list[dict[str, Any]]:
    """n reviews and their repeats, of which `same` have the same label."""
    first = [{"review_id": f"a{i}", "label": "pass"} for i in range(n)]
    again = [{"review_id": f"b{i}", "repeat_of": f"a{i}", "label": "pass" if i < same else "fail"} for i in range(n)]
    return first + [row | changes for row in again]


def test_share_and_interval() -> None:
    found = self_consistency(reviews(*pairs(10, 8))).iloc[0]
    assert found[["reviewer", "criterion", "n", "same", "share"]].tolist() == ["ana", "ok", 10, 8, 0.8]
    # Wilson at 8/10, z = 1.959964: middle = (.8 + 3.841459/20) / (1 + .3841459) = .716740;
    # reach = 1.959964 / 1.3841459 x sqrt(.8 x .2/10 + 3.841459/400) = 1.416010 x .160011 = .226578
    assert (found["low"], found["high"]) == pytest.approx((0.490162, 0.943318), abs=1e-5)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="no review"),
        pytest.param([{"review_id": "a", "label": "pass"}], id="no repeat"),
        pytest.param(pairs(2, 2, label=None), id="the repeat could not be judged"),
        pytest.param(pairs(2, 2, rubric_version="v2"), id="another rubric: another question"),
        pytest.param(pairs(2, 2, repeat_of="gone"), id="the first one is not there"),
    ],
)
def test_what_is_no_pair_says_nothing(rows: list[dict[str, Any]]) -> None:
    found = self_consistency(reviews(*rows))
    assert found.empty
    assert tuple(found.columns) == COLUMNS


def test_the_order_of_picked_labels_says_nothing() -> None:
    rows = [{"review_id": "a", "label": "tone,fact"}, {"review_id": "b", "repeat_of": "a", "label": "fact,tone"}]
    assert self_consistency(reviews(*rows))["same"].tolist() == [1]


def test_each_person_and_criterion_by_itself() -> None:
    bens = [row | {"reviewer": "ben", "criterion": "tone", "review_id": row["review_id"] + "x"} for row in pairs(3, 0)]
    bens = [row | ({"repeat_of": row["repeat_of"] + "x"} if "repeat_of" in row else {}) for row in bens]
    found = self_consistency(reviews(*pairs(4, 4), *bens))
    assert found[["reviewer", "criterion", "n", "share"]].values.tolist() == [
        ["ana", "ok", 4, 1.0],
        ["ben", "tone", 3, 0.0],
    ]
