from __future__ import annotations

import pytest

from review_app.gate.pass_k import pass_k


def test_by_hand() -> None:
    # 3 of 4 and 1 of 4: pass^2 = (C(3,2) + C(1,2)) / C(4,2) / 2 = 3 / 6 / 2; pass@2 = 1 - (0 + 3) / 6 / 2
    found = {row.k: (row.all_of_k.value, row.any_of_k.value) for row in pass_k([(3, 4), (1, 4)])}
    assert found[1] == pytest.approx((0.5, 0.5))
    assert found[2] == pytest.approx((0.25, 0.75))
    assert found[4] == pytest.approx((0.0, 1.0))


def test_as_many_k_as_every_case_has_runs() -> None:
    assert [row.k for row in pass_k([(2, 2), (1, 3)])] == [1, 2]
    assert pass_k([]) == ()


def test_one_case_has_a_reason_and_no_interval() -> None:
    (row,) = pass_k([(1, 1)])
    assert row.all_of_k.value is None
    assert row.all_of_k.reason == "one case has no spread"
