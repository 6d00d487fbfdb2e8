from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.frame import VerdictCounts
from review_app.agreement.judges.coverage import refusal

FRAME = 10_000


def counts(judged: int) -> VerdictCounts:
    flagged = judged // 5
    return VerdictCounts(
        judge="j", judge_version="1", criterion="c", n_flagged=flagged, n_passed=judged - flagged,
        n_without_verdict=FRAME - judged,
    )  # fmt: skip


def labelled(told: list[bool], pi: float | list[float] = 0.03) -> pd.DataFrame:
    return pd.DataFrame({"told": told, "inclusion_probability": pi})


@pytest.mark.parametrize(
    ("told", "judged", "words"),
    [
        pytest.param([True] * 300, FRAME, "", id="everything"),
        pytest.param([False] * 300, FRAME, "", id="counted as everything: missing verdicts are another matter"),
        pytest.param([True] * 290 + [False] * 10, 9_700, "", id="a few failed everywhere"),
        pytest.param([True] * 150 + [False] * 150, 5_000, "", id="a random half"),
        pytest.param([True] * 165 + [False] * 135, 5_000, "", id="a random half, as chance has it"),
        pytest.param([True] * 300, 300, "3.0 % of the frame, but 100.0 %", id="only what was drawn"),
        pytest.param([True] * 300, 5_000, "asked more often", id="half, and all that was drawn"),
        pytest.param([False] * 300, 5_000, "asked less often", id="all but what was drawn"),
        pytest.param([], 300, "", id="no label"),
    ],
)
def test_where_its_verdicts_stand_for_the_frame(told: list[bool], judged: int, words: str) -> None:
    said = refusal(labelled(told), counts(judged))
    assert words in said
    assert bool(said) == bool(words)
    assert not said or "the whole frame, or a random part" in said


def test_a_random_part_is_hardly_ever_refused() -> None:
    dice = np.random.default_rng(7)
    flagged = dice.random(FRAME) < 0.2
    pi = np.where(flagged, 0.08, 0.015)
    refused = 0
    for _ in range(300):
        judged = dice.random(FRAME) < 0.4
        drawn = dice.random(FRAME) < pi
        found = labelled(judged[drawn].tolist(), pi[drawn].tolist())
        refused += bool(refusal(found, counts(int(judged.sum()))))
    assert refused <= 3
