"""A number that leads to the traces it counts. Its conditions stand in the address, for a colleague to be sent."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from review_app.agreement.judges.judge_report import JudgeReport
from review_app.ui.widgets import sheet

Figure = Mapping[str, str]
_ABOUT = ("judge", "judge_version", "criterion", "rubric_version")


def of_judge(judge: JudgeReport, **conditions: str) -> dict[str, str]:
    """A figure of one judge; conditions: as `actions.traces_behind` has them."""
    return {name: getattr(judge, name) for name in _ABOUT} | conditions


def anchor(text: str, figure: Figure, person: str) -> str:
    """The text as a link, everything foreign escaped; the text alone where nobody has answered anything.

    person: who reads it."""
    if not {"draw", "uncaught"} & set(figure) and not figure.get("rubric_version"):
        return html.escape(text)
    address = f"/figure?{urlencode({'reviewer': person, **figure})}"
    return f'<a href="{html.escape(address)}" target="_self">{html.escape(text)}</a>'


def cell(text: str, figure: Figure, person: str) -> sheet.Cell:
    """A cell of a table that leads there."""
    return ("num", anchor(text, figure, person))


def note(before: str, links: Iterable[tuple[str, Figure]], person: str, after: str = "") -> str:
    """A remark for `sheet.show` whose numbers lead to their traces; "" without any."""
    found = ", ".join(anchor(text, figure, person) for text, figure in links)
    return f'<p class="note">{html.escape(before)} {found}{html.escape(after)}</p>' if found else ""


def count(traces: float) -> str:
    """As a count is written: a tie between people is half a trace, and is not rounded away."""
    return f"{traces:,.1f}" if traces % 1 else f"{traces:,.0f}"
