"""What a batch of labels changed, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from review_app.review.batch import BatchSummary, JudgeShift, summary
from review_app.tables import REVIEWS, VERDICTS

from ..builders import RUBRIC

SHIFT = JudgeShift(judge="", judge_version="1", criterion="good_enough", compared=0, missed=0, false_alarms=0)


def reviews(*rows: tuple[str, str | None, dict[str, Any]]) -> pd.DataFrame:
    base = {"reviewer": "ida", "criterion": "good_enough", "outcome": "judged", "assisted": False, "correction": None}
    made = [
        {**base, "review_id": f"r{n}", "trace_id": trace, "label": label, **more}
        for n, (trace, label, more) in enumerate(rows)
    ]
    return pd.DataFrame(made, columns=[*REVIEWS, "correction"])


def verdicts(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    made = [
        {"trace_id": trace, "judge": judge, "judge_version": "1", "criterion": "good_enough", "label": label}
        for trace, judge, label in rows
    ]
    return pd.DataFrame(made, columns=list(VERDICTS))


GIVEN = reviews(
    ("a", "fail", {"correction": "better"}),
    ("b", "pass", {}),
    ("c", "fail", {}),
    ("d", None, {"outcome": "cannot_judge"}),
    ("elsewhere", "fail", {}),
    ("a", "pass", {"assisted": True}),
)
SAID = verdicts(("a", "lax", "pass"), ("b", "lax", "pass"), ("c", "lax", "pass"), ("c", "strict", "fail"),
                ("b", "strict", "fail"), ("a", "strict", None), ("elsewhere", "lax", "pass"))  # fmt: skip


def test_a_batch_is_counted() -> None:
    found = summary(GIVEN, SAID, ["a", "elsewhere"], RUBRIC, ["a", "b", "c", "d", "never reviewed"])
    assert found == BatchSummary(
        reviews=4, bad=2, undecided=1, corrected=1, proposals=1,
        judges=(
            # lax passed a and c, which ida failed; strict said nothing readable on a and failed b, which she passed.
            replace(SHIFT, judge="lax", compared=3, missed=2),
            replace(SHIFT, judge="strict", compared=2, false_alarms=1),
        ),
    )  # fmt: skip


def test_nothing_answered_is_nothing() -> None:
    assert summary(GIVEN, SAID, [], RUBRIC, []) == BatchSummary()
