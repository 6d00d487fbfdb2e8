"""Two judges beside people, and the two halves of a change."""

from __future__ import annotations

import pandas as pd
import pytest

from review_app.agreement.judges.two_judges import change, independent, two_judges


def test_differences_over_the_same_traces() -> None:
    rows = [(1.0, False, True)] * 6 + [(1.0, True, True)] * 4 + [(0.0, False, True)] * 2 + [(0.0, False, False)] * 8
    found = two_judges(pd.DataFrame([*rows, (0.5, True, False)], columns=["y", "first", "second"]))
    # the second is right on 6 failures more and wrong on 2 good answers more
    assert (found.won, found.lost, found.ties) == (6, 2, 1)
    assert found.accuracy.value == pytest.approx(4 / 20)
    assert (found.tpr.value, found.tpr.n) == (pytest.approx(0.6), 10)
    assert (found.tnr.value, found.tnr.n) == (pytest.approx(-0.2), 10)


def test_nothing_in_common_is_no_difference() -> None:
    found = two_judges(pd.DataFrame(columns=["y", "first", "second"]))
    assert (found.accuracy.value, found.accuracy.reason) == (None, "nobody labelled a trace both judged")


def test_newcombes_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table II, a: 56/70 - 48/80, method 10: .0524 to .3339
    found = independent(56, 70, 48, 80)
    assert (found.value, found.low, found.high) == (
        pytest.approx(0.2), pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5),
    )  # fmt: skip


def test_the_two_halves_add_up() -> None:
    earlier = pd.DataFrame({"old": [True] * 10 + [False] * 40, "new": [True] * 15 + [False] * 35})
    found = change(earlier, pd.Series([True] * 30 + [False] * 70))
    assert (found.judge.value, found.system.value, found.total.value) == (
        pytest.approx(0.1), pytest.approx(0.0), pytest.approx(0.1),
    )  # fmt: skip
