"""Changed cases, each one click from its two answers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import pandas as pd

from review_app.ui.widgets import sheet

SHOWN = 200
_HEAD = ("case", "metric", "baseline", "candidate", "change")


def address(person: str, runs: tuple[str, str], case: str = "", page: str = "candidates") -> str:
    """Where two runs stand side by side, or one case of theirs. runs: baseline, candidate (ids)."""
    named = {"reviewer": person, "baseline": runs[0], "candidate": runs[1]} | ({"case": case} if case else {})
    return f"/{page}?{urlencode(named)}"


def show(cases: pd.DataFrame, person: str, runs: tuple[str, str], label: str = "changed cases") -> None:
    """Draw a list of cases, worst first. cases: actions.changed_cases, or the same without `kept_back`."""
    rows = [_row(row, person, runs) for row in cases.head(SHOWN).to_dict("records")]
    left = len(cases) - len(rows)
    more = [sheet.note(f"And {left:,} more, which changed less.")] if left > 0 else []
    sheet.show(sheet.table(_HEAD, rows, label), *more)


def _row(row: Mapping[str, object], person: str, runs: tuple[str, str]) -> tuple[sheet.Cell, ...]:
    name = str(row["example_id"])
    if row.get("kept_back"):
        return name, "kept back until your own review is in", "", "", ""
    link = sheet.link(name, address(person, runs, name))
    if pd.isna(row["metric"]):
        return link, "only the words differ", "", "", ""
    old, new = (sheet.number(f"{row[side]:.3g}") for side in ("baseline", "candidate"))
    return link, str(row["metric"]), old, new, sheet.number(f"{row['change']:+.3g}")
