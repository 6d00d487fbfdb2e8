"""The estimator others would use, as benchmarks/coverage.py holds ours against it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are in a checkout, not in the wheel")


def test_the_worked_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """133 TP and 34 FP drawn 1 in 120, 7 FN and 126 TN drawn 1 in 600; 20,000 of 100,000 flagged."""
    monkeypatch.syspath_prepend(str(FOLDER))
    from power_tuned import power_tuned

    y, said = np.repeat([1.0, 0, 1, 0], [133, 34, 7, 126]), np.repeat([1.0, 0], [167, 133])
    found = power_tuned(y, said, np.where(said == 1, 120.0, 600.0), 0.2, 100_000)
    assert found.power == pytest.approx(0.740368, abs=1e-6)
    assert found.value == pytest.approx(0.201389, abs=1e-6)
