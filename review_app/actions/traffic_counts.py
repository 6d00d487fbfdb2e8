"""What all traffic holds, as the reports of agreement need it: counted in the store, read by the rubric."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from review_app.actions.drawing import counted
from review_app.actions.weighing import frame_facts
from review_app.actions.workspace import Workspace
from review_app.agreement.frame import FrameInfo, PanelCounts, PartCounts, VerdictCounts
from review_app.review.rubric import Rubric
from review_app.store import draws as draw_table
from review_app.store import traffic
from review_app.store.traffic import Panel, Scope, Traffic

_JUDGE = ["judge", "judge_version", "criterion"]
_SAID = [*_JUDGE, "status", "label"]


def scope(workspace: Workspace) -> Scope:
    """The traces figures speak of: what the last draw of the queue could choose from; without a draw, all."""
    plan = workspace.settings.plan
    series = draw_table.series(workspace.store, plan.queue)
    return Scope(frame=plan.frame, until=series[-1].at if series else None)


def frame_info(workspace: Workspace, rubric: Rubric) -> FrameInfo:
    """Everything counted about the frame, its labels read by this rubric."""
    here = scope(workspace)
    size, counts = traffic.size(workspace.store, here), Traffic(workspace.store, here)
    labels, facts = counts.labels(), frame_facts(workspace)
    said = labels.groupby(_SAID, dropna=False)["n"].sum().reset_index()
    return FrameInfo(
        size=size.traces,
        verdicts=_verdict_counts(said, size.traces, rubric),
        frame_id=workspace.settings.plan.queue,
        since=size.since,
        until=size.last,
        note=(facts.refuses_whole_frame() or "") if facts else "",
        unreachable=facts.unreachable if facts else 0,
        parts=tuple(part for kind in ("week", "prompt_version") for part in _parts(labels, kind, rubric)),
        panels=tuple(_panels(counts, said, rubric)),
        later=_later(workspace, here, said, rubric) if facts and facts.late else (),
    )


def _later(workspace: Workspace, here: Scope, said: pd.DataFrame, rubric: Rubric) -> tuple[VerdictCounts, ...]:
    """What judges said of the traces that came after the last draw: all there is by now, less what that draw saw."""
    every = Traffic(workspace.store, replace(here, until=None)).labels()
    seen = {tuple(row[name] for name in _JUDGE): row for row in counted(said, 0, rubric).to_dict("records")}
    found = []
    for row in counted(every.groupby(_SAID, dropna=False)["n"].sum().reset_index(), 0, rubric).to_dict("records"):
        before = seen.get(tuple(row[name] for name in _JUDGE), {})
        flagged, passed = (int(row[name]) - int(before.get(name, 0)) for name in ("n_flagged", "n_passed"))
        judge = {name: row[name] for name in _JUDGE}
        found.append(VerdictCounts(**judge, n_flagged=flagged, n_passed=passed))
    return tuple(found)


def week_name(week: float) -> str:
    """The ISO 8601 week, "2026-W09", of a week counted from 1970 as traffic.WEEK counts it."""
    year, number, _ = (date(1969, 12, 29) + timedelta(weeks=int(week))).isocalendar()
    return f"{year}-W{number:02d}"


def _verdict_counts(said: pd.DataFrame, size: int, rubric: Rubric) -> tuple[VerdictCounts, ...]:
    told = said[said["status"] == "ok"]
    levels = {key: dict(zip(rows["label"], rows["n"], strict=True)) for key, rows in told.groupby(_JUDGE)}
    known = {criterion.name: set(criterion.values()) for criterion in rubric.criteria}
    return tuple(
        VerdictCounts(
            **row,
            levels={
                str(label): int(n)
                for label, n in levels.get((row["judge"], row["judge_version"], row["criterion"]), {}).items()
                if label in known.get(row["criterion"], ())
            },
        )
        for row in counted(said, size, rubric).to_dict("records")
    )


def _parts(labels: pd.DataFrame, kind: str, rubric: Rubric) -> Iterable[PartCounts]:
    bad = {(c.name, label): label in c.bad for c in rubric.criteria for label in c.values()}
    rows = labels.dropna(subset=[kind]).groupby([kind, *_SAID], dropna=False)["n"].sum().reset_index()
    found: dict[tuple[Any, ...], list[int]] = {}
    for part, *judge, status, label, n in rows.to_numpy(dtype=object).tolist():
        passed_and_flagged = found.setdefault((part, *judge), [0, 0])
        flagged = bad.get((judge[-1], label)) if status == "ok" else None
        if flagged is not None:
            passed_and_flagged[flagged] += n
    for (part, judge, version, criterion), (n_passed, n_flagged) in sorted(found.items()):
        counts = VerdictCounts(
            judge=judge, judge_version=version, criterion=criterion, n_flagged=n_flagged, n_passed=n_passed
        )
        yield PartCounts(kind=kind, part=week_name(part) if kind == "week" else str(part), counts=counts)


def _panels(counts: Traffic, said: pd.DataFrame, rubric: Rubric) -> Iterable[PanelCounts]:
    """One per criterion with several judges, each in the version that judged most of the frame."""
    usual = said[said["status"] == "ok"].groupby(_JUDGE)["n"].sum().sort_values(kind="stable").reset_index()
    latest = usual.drop_duplicates(["judge", "criterion"], keep="last").sort_values("judge")
    for criterion in rubric.criteria:
        mine = latest[latest["criterion"] == criterion.name]
        judges = tuple(zip(mine["judge"], mine["judge_version"], strict=True))
        if len(judges) > 1 and criterion.bad:
            panel = Panel(criterion=criterion.name, judges=judges, labels=criterion.values(), bad=criterion.bad)
            yield PanelCounts(criterion=criterion.name, judges=judges, patterns=counts.patterns(panel))
