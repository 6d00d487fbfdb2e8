"""What agreement has to say, as data. Pages, the terminal and files all draw these same objects.

Positive class is FAILURE everywhere: a trace fails when people gave a bad label, and is flagged when the judge did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from review_app.agreement.figures import Exclusion
from review_app.agreement.frame import FrameInfo
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.panel import JudgePanel
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.slicing.uncaught import Uncaught


@dataclass(frozen=True, kw_only=True)
class PanelReport:
    """All judges of one criterion together, against people under one rubric version."""

    criterion: str
    rubric_version: str
    panel: JudgePanel


@dataclass(frozen=True, kw_only=True)
class AgreementReport:
    """Every judge against people, people against each other, over one frame. The same seed and data give the same
    report. uncaught: notes that no criterion caught; None where notes were not given."""

    generated_at: datetime
    frame: FrameInfo
    seed: int
    judges: tuple[JudgeReport, ...]
    excluded: tuple[Exclusion, ...] = ()
    panels: tuple[PanelReport, ...] = ()
    people: tuple[PeopleReport, ...] = ()
    uncaught: Uncaught | None = None


def as_dict(report: AgreementReport) -> dict[str, Any]:
    """The report for JSON: None where undefined, times as ISO text, floats unrounded, tuples as lists."""
    plain: dict[str, Any] = _plain(asdict(report))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, datetime) else value


def _key(key: object) -> str:
    # Who of a panel flagged, in the order of its judges.
    return ",".join("flagged" if one else "passed" for one in key) if isinstance(key, tuple) else str(key)
