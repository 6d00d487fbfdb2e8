from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.confidence.calibration import bad_probability, calibration

from ..builders import RUBRIC
from .test_corp import SCORES, Y


@pytest.mark.parametrize(
    ("criterion", "verdict", "expected"),
    [
        pytest.param("good_enough", {"label": "fail", "confidence": 0.8}, 0.8, id="sure it is bad"),
        pytest.param("good_enough", {"label": "pass", "confidence": 0.8}, 0.2, id="sure it is good"),
        pytest.param("good_enough", {"label": "fail", "confidence": None}, np.nan, id="no confidence"),
        pytest.param("good_enough", {"label": None, "confidence": 0.8}, np.nan, id="no label"),
        pytest.param(
            "tone", {"label": "3", "confidence": 0.9, "label_probabilities": {"1": 0.1, "2": 0.25, "3": 0.65}}, 0.35,
            id="label probabilities win: .1 + .25",
        ),
        pytest.param("minutes", {"label": "4", "confidence": 0.9}, np.nan, id="no bad label"),
    ],
)  # fmt: skip
def test_probability_that_a_trace_is_bad(criterion: str, verdict: dict, expected: float) -> None:
    row = pd.DataFrame([{"label_probabilities": None, **verdict}])
    found = bad_probability(row, RUBRIC.criterion(criterion))
    assert found == pytest.approx([expected], nan_ok=True)


def table(times: int) -> pd.DataFrame:
    scores, y = np.tile(SCORES, times), np.tile(Y, times)
    return pd.DataFrame(
        {
            "trace_id": [f"t{i}" for i in range(len(y))],
            "y": y,
            "bad_probability": scores,
            "inclusion_probability": 0.01,
        }
    )


def test_all_of_it_together() -> None:
    silent = table(1).assign(bad_probability=np.nan, trace_id="s")
    found = calibration(pd.concat([table(5), silent]), np.random.default_rng(1))
    assert (found.refusal, found.n, found.excluded) == ("", 100, 20)
    assert found.corp.brier == pytest.approx(0.185)
    assert len(found.diagram.bins) == 2
    assert found.recalibration.before == pytest.approx(0.185)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param(table(2), "40 labelled traces .*; 50 are needed", id="few"),
        pytest.param(table(5).assign(y=1.0), "one answer", id="all bad"),
        pytest.param(table(5).assign(bad_probability=np.nan), "0 labelled", id="a judge without confidence"),
    ],
)
def test_refusals(rows: pd.DataFrame, words: str) -> None:
    found = calibration(rows, np.random.default_rng(1))
    assert found.corp is None
    assert pd.Series([found.refusal]).str.contains(words).all()
