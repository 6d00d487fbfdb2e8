"""One case with two runs' answers, as the pane shows them side by side; every text is set as text by the browser."""

from __future__ import annotations

from typing import Any

import pandas as pd

from review_app.actions import CaseAnswer, ComparedCase
from review_app.ui.review_pane import payload
from review_app.ui.review_pane.safe_markdown import LONGEST_TEXT

Json = dict[str, Any]
_NAMES = ("Baseline", "Candidate")


def of_case(case: ComparedCase, back: str) -> Json:
    """The data of the pane. back: the address of the list of cases."""
    both = (case.baseline, case.candidate)
    return {
        "mode": "compare",
        "case": case.example_id,
        "back": back,
        "trace": payload.of_trace(case.trace),
        "expected": case.expected,
        "sides": [_side(name, answer) for name, answer in zip(_NAMES, both, strict=True)],
        "metrics": _metrics(both),
    }


def _side(name: str, answer: CaseAnswer) -> Json:
    cost = "cost not known" if answer.cost_usd is None else f"${answer.cost_usd:.4f}"
    time = "time not known" if answer.latency_s is None else f"{answer.latency_s:.2f} s"
    text = None if answer.output is None else answer.output[:LONGEST_TEXT]
    return {"name": name, "run": answer.run_id, "text": text, "error": answer.error, "facts": f"{cost}, {time}"}


def _metrics(both: tuple[CaseAnswer, CaseAnswer]) -> list[Json]:
    found = [answer.metrics.set_index("metric") for answer in both]
    names = sorted({*found[0].index, *found[1].index})
    return [
        {
            "metric": name,
            "values": [_value(rows, name) for rows in found],
            "details": [
                {"side": side, "text": str(rows.loc[name, "detail"])}
                for side, rows in zip(_NAMES, found, strict=True)
                if name in rows.index and rows.loc[name, ["value", "detail"]].notna().all()
            ],
        }
        for name in names
    ]


def _value(rows: pd.DataFrame, name: str) -> str:
    if name not in rows.index:
        return "not measured"
    value = rows.loc[name, "value"]
    return "does not apply" if pd.isna(value) else f"{value:.3g}"
