"""What a draw would cost and tell: nothing is written, and nothing says which traces it would choose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from review_app.actions.drawing import Prepared, prepared, with_budget
from review_app.actions.weighing import frame_of
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.report import AgreementReport
from review_app.sampling.draw import Rates, inclusion, patterns, rates
from review_app.sampling.plan import SamplePlan
from review_app.sampling.planning import (
    Anticipated,
    Forecast,
    Part,
    assumed,
    expected_size,
    forecast_judge,
)
from review_app.store import candidates
from review_app.store import draws as draw_table


class _Group(NamedTuple):
    """Traces of the frame that are alike: what may choose them, and whether the last draw saw them."""

    eligible: str
    seen: bool


Counted = Mapping[_Group, int]


class _Judged(NamedTuple):
    """A judge of the frame: what is expected of it, and the traces it flagged and passed, counted by group."""

    name: tuple[str, str, str]
    expected: Anticipated
    flagged: Counted
    passed: Counted


@dataclass(frozen=True, kw_only=True)
class _Basis:
    """All of a forecast that does not depend on the budget. held: traces the queue holds."""

    ready: Prepared
    groups: Counted
    held: int
    judges: tuple[_Judged, ...]

    @property
    def earlier(self) -> Rates:
        return self.ready.before[-1].rates if self.ready.before else {}


def plan_sample(project: Path, reviews: int | None = None, report: AgreementReport | None = None) -> Forecast:
    """What `sample` would do now, with the budget of sampling.yaml or another one of `reviews`.

    report: what labels said so far; of judges it has no figures for, and without it, the forecast names what it
    assumes. Raises what `sample` would raise."""
    return plan_budgets(project, (reviews,), report)[0]


def plan_budgets(
    project: Path, budgets: Sequence[int | None], report: AgreementReport | None = None
) -> tuple[Forecast, ...]:
    """`plan_sample` with each of these budgets, everything read once."""
    workspace = opened(project)
    plan = workspace.settings.plan
    ready = prepared(workspace, plan)
    groups = _groups(workspace, ready)
    basis = _Basis(
        ready=ready,
        groups=Counter(groups.values()),
        held=len(draw_table.drawn(workspace.store, plan.queue)),
        judges=_judges(workspace, ready, groups, _anticipated(report)),
    )
    return tuple(_forecast(basis, with_budget(plan, reviews)) for reviews in budgets)


def _forecast(basis: _Basis, plan: SamplePlan) -> Forecast:
    draw, held = basis.ready.draw, basis.held
    found = rates(plan, draw.eligible, basis.earlier)
    expected, sd = expected_size(_parts(basis.groups, found))
    waiting = expected_size(_parts({group: n for group, n in basis.groups.items() if group.seen}, basis.earlier))[0]
    added = max(0.0, expected - waiting)
    more = plan.reviews_of(held + added) - plan.reviews_of(held)
    return Forecast(
        queue=plan.queue,
        frame_size=draw.frame_size,
        traces=expected,
        sd=0.0 if plan.exact else sd,
        held=held,
        added=added,
        reviews=more,
        minutes=more * plan.minutes_per_review,
        unreachable=draw.unreachable,
        rates={name: float(rate) for name, rate in found.items()},
        eligible=draw.eligible,
        judges=tuple(
            forecast_judge(judge.name, judge.expected, _parts(judge.flagged, found), _parts(judge.passed, found))
            for judge in basis.judges
        ),
    )


def _groups(workspace: Workspace, ready: Prepared) -> dict[str, _Group]:
    """Each trace of the frame -> its group. A group is one object, however many traces are in it."""
    seen = set(frame_of(workspace, ready.before[-1])["trace_id"]) if ready.before else set()
    trace_ids = ready.frame["trace_id"].tolist()
    groups: dict[tuple[str, bool], _Group] = {}
    found = {}
    for trace_id, names in zip(trace_ids, patterns(ready.frame, ready.draw.rates), strict=True):
        key = names, trace_id in seen
        found[trace_id] = groups.setdefault(key, _Group(*key))
    return found


def _judges(
    workspace: Workspace,
    ready: Prepared,
    groups: Mapping[str, _Group],
    known: Mapping[tuple[str, str, str], Anticipated],
) -> tuple[_Judged, ...]:
    found = []
    for row in ready.draw.verdict_counts["judges"]:
        criteria = {criterion.name: criterion for criterion in workspace.settings.rubric.criteria}
        told = row["n_flagged"] + row["n_passed"]
        if row["criterion"] not in criteria or not told:
            continue
        name = (row["judge"], row["judge_version"], row["criterion"])
        bad = criteria[row["criterion"]].bad
        good = [label for label in criteria[row["criterion"]].values() if label not in bad]
        flagged, passed = (
            Counter(groups[one] for one in candidates.said_by(workspace.store, name, labels) if one in groups)
            for labels in (bad, good)
        )
        found.append(_Judged(name, known.get(name) or assumed(row["n_flagged"] / told), flagged, passed))
    return tuple(found)


def _anticipated(report: AgreementReport | None) -> dict[tuple[str, str, str], Anticipated]:
    """(judge, judge_version, criterion) -> what labels say of it, where they say enough."""
    found = {}
    for judge in report.judges if report else ():
        rates = {name: judge.metrics[name].value for name in ("prevalence", "tpr", "tnr") if name in judge.metrics}
        values = {name: value for name, value in rates.items() if value is not None}
        if len(values) == 3:
            source = f"from {judge.n} labelled traces under rubric {judge.rubric_version}"
            found[judge.judge, judge.judge_version, judge.criterion] = Anticipated(**values, source=source)
    return found


def _parts(counted: Counted, found: Rates) -> list[Part]:
    return [Part(n, float(inclusion(group.eligible, found))) for group, n in counted.items()]
