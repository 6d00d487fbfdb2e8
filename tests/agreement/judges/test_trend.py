from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.judges.estimates import estimate
from review_app.agreement.judges.trend import METRICS, trend

from ..builders import counts, sample

FRAME = counts(1_000, 4_000)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def two_weeks() -> pd.DataFrame:
    first = sample(30, 10, 6, 60, pi_flagged=0.1, pi_passed=0.05).assign(week="2026-W09")
    second = sample(20, 20, 12, 60, pi_flagged=0.1, pi_passed=0.05).assign(week="2026-W10")
    return pd.concat([first, second], ignore_index=True)


def test_every_part_is_a_frame_of_its_own() -> None:
    found = trend(two_weeks(), "week", {"2026-W09": FRAME, "2026-W10": FRAME}, rng())
    assert [(point.part, point.n, point.refusal) for point in found] == [("2026-W09", 106, ""), ("2026-W10", 112, "")]
    # 1,000 x 30/40 = 750 and 4,000 x 6/66 = 363.6; 1,000 x 20/40 = 500 and 4,000 x 12/72 = 666.7
    assert found[0].metrics["tpr"].value == pytest.approx(750 / (750 + 4_000 / 11))
    assert found[1].metrics["tpr"].value == pytest.approx(500 / (500 + 4_000 / 6))
    assert tuple(found[0].metrics) == METRICS


def test_one_part_is_the_whole() -> None:
    case = two_weeks().assign(judge_version="1")
    (point,) = trend(case, "judge_version", {"1": FRAME}, rng())
    whole = estimate(case, FRAME, rng()).metrics
    assert point.metrics == {name: whole[name] for name in METRICS}


def test_thin_and_uncounted_parts_are_refused_not_hidden() -> None:
    case = two_weeks()
    thin = case[(case["week"] == "2026-W09") | (case.index % 12 == 0)]
    found = trend(thin, "week", {"2026-W09": FRAME, "2026-W10": FRAME, "2026-W11": FRAME}, rng())
    assert [bool(point.refusal) for point in found] == [False, True, True]
    assert "are needed" in found[1].refusal
    assert (found[2].n, found[2].metrics) == (0, {})
    (_, uncounted) = trend(case, "week", {"2026-W09": FRAME}, rng())
    assert "does not say" in uncounted.refusal
