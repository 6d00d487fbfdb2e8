"""What all traffic holds, as the reports of agreement need it: counted in the store, read by the rubric."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import pandas as pd

from review_app.actions.drawing import counted
from review_app.actions.weighing import frame_facts, spoken_of
from review_app.actions.workspace import Workspace
from review_app.agreement.frame import FrameInfo, PanelCounts, PartCounts, VerdictCounts
from review_app.review.rubric import Rubric
from review_app.sampling.frame_facts import FrameFacts
from review_app.store import traffic
from review_app.store.draws import Draw
from review_app.store.traffic import Panel, Scope, Size, Traffic

_JUDGE = ["judge", "judge_version", "criterion"]
_SAID = [*_JUDGE, "status", "label"]


def scope(workspace: Workspace) -> Scope:
    """The traces figures speak of: what the last answered draw of the queue could choose from; without a draw, all."""
    draw = spoken_of(workspace)
    return Scope(frame=workspace.settings.plan.frame, until=draw.at if draw else None)


class KnownFrame(NamedTuple):
    """What is known of the frame under any rubric. draw: whose it is, None without. said: verdicts by judge, status
    and label with `n`; later: the same with all there is by now, None where nothing came after the draw."""

    draw: Draw | None
    facts: FrameFacts | None
    size: Size
    counts: Traffic
    labels: pd.DataFrame
    said: pd.DataFrame
    later: pd.DataFrame | None


def known_frame(workspace: Workspace) -> KnownFrame:
    """Read and count the frame, once for all rubric versions."""
    here, store = scope(workspace), workspace.store
    facts = frame_facts(workspace)
    counts = Traffic(store, here)
    labels = counts.labels()
    late = facts and facts.late and Traffic(store, replace(here, until=None)).labels()
    return KnownFrame(
        draw=spoken_of(workspace),
        facts=facts,
        size=traffic.size(store, here),
        counts=counts,
        labels=labels,
        said=_summed(labels),
        later=_summed(late) if isinstance(late, pd.DataFrame) else None,
    )


def frame_info(workspace: Workspace, rubric: Rubric, known: KnownFrame | None = None) -> FrameInfo:
    """Everything counted about the frame, its labels read by this rubric. known: where it was read before."""
    known = known or known_frame(workspace)
    facts, queue = known.facts, workspace.settings.plan.queue
    note, refusal = (facts.refuses_whole_frame() or "", facts.refuses_labels() or "") if facts else ("", "")
    if known.draw and facts and facts.in_lake:
        verdicts, unknown = _in_lake(known.draw, facts, known.said)
        return FrameInfo(
            size=facts.size, verdicts=verdicts, frame_id=queue, note=note, refusal=refusal, unknown=unknown
        )
    return FrameInfo(
        size=known.size.traces,
        verdicts=_verdict_counts(known.said, known.size.traces, rubric),
        frame_id=queue,
        since=known.size.since,
        until=known.size.last,
        note=note,
        refusal=refusal,
        parts=tuple(part for kind in ("week", "prompt_version") for part in _parts(known.labels, kind, rubric)),
        panels=tuple(_panels(known.counts, known.said, rubric, workspace.settings.project.exchanged_judges)),
        later=() if known.later is None else _later(known, rubric),
    )


def _in_lake(
    draw: Draw, facts: FrameFacts, said: pd.DataFrame
) -> tuple[tuple[VerdictCounts, ...], dict[tuple[str, str, str], str]]:
    """What the draw counted there; and of the judges only the drawn traces know, why not."""
    found = tuple(VerdictCounts(**row) for row in draw.verdict_counts.get("judges", ()))
    here = said[_JUDGE].drop_duplicates().itertuples(index=False, name=None)
    refused = {(judge, version, asked): facts.refuses_judge(judge, version, asked) for judge, version, asked in here}
    return found, {judge: why for judge, why in refused.items() if why}


def _summed(labels: pd.DataFrame) -> pd.DataFrame:
    return labels.groupby(_SAID, dropna=False)["n"].sum().reset_index()


def _later(known: KnownFrame, rubric: Rubric) -> tuple[VerdictCounts, ...]:
    """What judges said of the traces that came after the last draw: all there is by now, less what that draw saw."""
    assert known.later is not None
    assert known.facts is not None
    seen = {tuple(row[name] for name in _JUDGE): row for row in counted(known.said, 0, rubric).to_dict("records")}
    found = []
    for row in counted(known.later, 0, rubric).to_dict("records"):
        before = seen.get(tuple(row[name] for name in _JUDGE), {})
        flagged, passed = (int(row[name]) - int(before.get(name, 0)) for name in ("n_flagged", "n_passed"))
        judge = {name: row[name] for name in _JUDGE}
        untold = max(known.facts.late - flagged - passed, 0)
        found.append(VerdictCounts(**judge, n_flagged=flagged, n_passed=passed, n_without_verdict=untold))
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


def _panels(counts: Traffic, said: pd.DataFrame, rubric: Rubric, exchanged: Collection[str]) -> Iterable[PanelCounts]:
    """One per criterion with several judges, each in the version that judged most of the frame. exchanged: names that
    are another judge's, in the other order."""
    usual = (
        said[(said["status"] == "ok") & ~said["judge"].isin(list(exchanged))]
        .groupby(_JUDGE)["n"]
        .sum()
        .sort_values(kind="stable")
        .reset_index()
    )
    latest = usual.drop_duplicates(["judge", "criterion"], keep="last").sort_values("judge")
    for criterion in rubric.criteria:
        mine = latest[latest["criterion"] == criterion.name]
        judges = tuple(zip(mine["judge"], mine["judge_version"], strict=True))
        if len(judges) > 1 and criterion.bad:
            panel = Panel(criterion=criterion.name, judges=judges, labels=criterion.values(), bad=criterion.bad)
            yield PanelCounts(criterion=criterion.name, judges=judges, patterns=counts.patterns(panel))
