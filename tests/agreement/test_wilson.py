from __future__ import annotations

import pytest

from review_app.agreement.wilson import wilson


@pytest.mark.parametrize(
    ("events", "n", "expected"),
    [
        # z^2 = 3.8415: middle (.95 + 3.8415/80) / (1 + 3.8415/40) = .91063, reach .07561
        pytest.param(38, 40, (0.8350, 0.9862), id="38 of 40"),
        # 0 to z^2 / (n + z^2) = 3.8415 / 13.8415
        pytest.param(0, 10, (0.0, 0.2775), id="none of 10"),
        pytest.param(10, 10, (0.7225, 1.0), id="all of 10"),
    ],
)
def test_wilson(events: int, n: int, expected: tuple[float, float]) -> None:
    assert wilson(events, n) == pytest.approx(expected, abs=5e-5)
