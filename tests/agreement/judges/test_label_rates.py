"""A judge's rates over labelled traces alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from review_app.agreement.judges.label_rates import UNWEIGHTED, WEIGHTED, label_rates


def rows(counts: dict[tuple[float, bool, float | None], int]) -> pd.DataFrame:
    """(y, flagged, probability) -> how many."""
    found = [key for key, n in counts.items() for _ in range(n)]
    return pd.DataFrame(found, columns=["y", "flagged", "inclusion_probability"])


def test_equal_weights_are_jeffreys() -> None:
    tpr, tnr = label_rates(rows({(1, True, None): 18, (1, False, None): 2, (0, False, None): 57, (0, True, None): 3}))
    assert (tpr.value, tnr.value, tpr.n, tnr.n, tpr.method) == (0.9, 0.95, 20, 60, UNWEIGHTED)
    # Jeffreys: Beta(18 + 1/2, 2 + 1/2), Beta(57 + 1/2, 3 + 1/2)
    assert (tpr.low, tpr.high) == pytest.approx(beta.ppf([0.025, 0.975], 18.5, 2.5))
    assert (tnr.low, tnr.high) == pytest.approx(beta.ppf([0.025, 0.975], 57.5, 3.5))


def test_a_trace_counts_for_those_it_stands_for() -> None:
    tpr, _ = label_rates(rows({(1, True, 1.0): 30, (1, False, 0.1): 3, (0, False, 0.5): 5}))
    # 30 flagged failures stand for 30, 3 missed ones for 30
    assert (tpr.value, tpr.n, tpr.method) == (pytest.approx(0.5), 33, WEIGHTED)
    assert tpr.low is not None
    assert tpr.high is not None
    assert tpr.low < 0.3 < 0.7 < tpr.high


def test_labels_without_a_probability_stay_out_where_others_have_one() -> None:
    tpr, _ = label_rates(rows({(1, True, 0.5): 8, (1, False, None): 8}))
    assert (tpr.value, tpr.n) == (1.0, 8)


def test_a_tie_counts_half_on_either_side() -> None:
    tpr, tnr = label_rates(rows({(1, True, None): 4, (0.5, False, None): 2, (0, False, None): 4}))
    # failures: 4 flagged, 2 halves not; good: 4 and 2 halves, all passed
    assert (tpr.value, tnr.value) == (pytest.approx(0.8), 1.0)


def test_without_failures_there_is_no_rate_but_a_reason() -> None:
    tpr, tnr = label_rates(rows({(0, False, None): 6}))
    assert (tpr.value, tpr.reason) == (None, "people found no failure in these traces")
    assert tnr.value == 1.0


def test_the_lower_end_holds_under_unequal_drawing() -> None:
    rng, true, inside = np.random.default_rng(4), 0.9, 0
    for _ in range(400):
        # 2,000 failures; the judge flags 90 %; flagged ones drawn at .1, missed ones at .05
        flagged = rng.random(2_000) < true
        pi = np.where(flagged, 0.1, 0.05)
        drawn = rng.random(2_000) < pi
        sample = pd.DataFrame({"y": 1.0, "flagged": flagged[drawn], "inclusion_probability": pi[drawn]})
        low = label_rates(sample)[0].low
        inside += low is not None and low <= flagged.mean()
    # 97.5 % promised; 400 runs, three standard errors: 2.3 %
    assert inside / 400 > 0.952
