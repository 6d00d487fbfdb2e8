"""Which traces each strategy may choose, by a rule that stays the same for a whole series of draws."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from review_app.actions import new_clusters
from review_app.actions.workspace import Workspace
from review_app.errors import WrongUsage
from review_app.sampling.plan import SamplePlan
from review_app.store import candidates, traces
from review_app.store.draws import Draw


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a rule is asked of. trace_ids: the frame's; progress: told how many texts were read."""

    workspace: Workspace
    plan: SamplePlan
    trace_ids: Sequence[str]
    progress: Callable[[int], None] = lambda traces: None


def eligibility_rules(asked: Asked, last: Draw | None) -> dict[str, Any]:
    """strategy -> what decides whom it may choose, for the strategies of the plan and of the draws before that need
    more than the flag rule. What an earlier draw settled stays; raises WrongUsage where the plan now says otherwise."""
    plan, settled = asked.plan, dict(last.eligibility) if last else {}
    if last and ("exact" in settled) != plan.exact:
        _refuse_another(plan, "exact", "exact" in settled, plan.exact)
    if plan.exact:
        settled["exact"] = {"declared": True}
    for name, declared in _declared(plan).items():
        if name in settled:
            _refuse_another(plan, name, settled[name]["declared"], declared)
        elif name in plan.shares:
            settled[name] = {"declared": declared} | _found_out(asked, name)
    return settled


def with_strategies(
    asked: Asked, frame: pd.DataFrame, strategies: Collection[str], rules: Mapping[str, Any]
) -> pd.DataFrame:
    """The frame with a boolean column for each of these strategies but `random`. rules: of `eligibility_rules`."""
    found, columns = _Found(asked, rules), {}
    for name in sorted(set(strategies) - {"random"}):
        chosen = found.by(name)
        columns[name] = np.fromiter(map(chosen.__contains__, asked.trace_ids), dtype=bool, count=len(frame))
    return frame.assign(**columns)


class _Found:
    """The traces each strategy may choose, anywhere in the store."""

    def __init__(self, asked: Asked, rules: Mapping[str, Any]) -> None:
        workspace = asked.workspace
        self._asked, self._store, self._settings, self._rules = asked, workspace.store, workspace.settings, rules
        criteria = workspace.settings.rubric.criteria
        self._bad = {criterion.name: criterion.bad for criterion in criteria}
        self._labels = {criterion.name: criterion.values() for criterion in criteria}

    def by(self, strategy: str) -> set[str]:
        """Those that this strategy may choose."""
        if strategy == "flagged":
            return self.by("check_failed") | self.by("judge_flagged")
        if strategy == "check_failed":
            return candidates.failed(self._store, {spec.name: spec.version for spec in self._settings.checks})
        if strategy == "judge_flagged":
            return candidates.labelled(self._store, self._bad)
        if strategy == "disagreement":
            return candidates.disputed(self._store, self._bad, self._labels)
        if strategy == "uncertain":
            return candidates.unsure(self._store, self._bad, self._rules[strategy]["declared"]["below"])
        if strategy == "rare":
            return candidates.having(self._store, self._rules[strategy]["values"])
        if strategy == "new_cluster":
            asked = self._asked
            return new_clusters.members(asked.workspace, asked.plan, self._rules[strategy], asked.progress)
        assert strategy == "complaint", strategy
        return candidates.complained(self._store)


def _found_out(asked: Asked, name: str) -> dict[str, Any]:
    """What the data say of a rule when it is settled."""
    if name == "rare":
        plan, store = asked.plan, asked.workspace.store
        if candidates.TOOL in plan.rare.columns:
            traces.fill_tools(store, asked.progress)
        return {"values": candidates.rare_values(store, plan.frame, plan.rare.columns, plan.rare.below)}
    if name == "new_cluster":
        return new_clusters.settled(asked.workspace, asked.plan, asked.trace_ids, asked.progress)
    return {}


def _declared(plan: SamplePlan) -> dict[str, Any]:
    rare = asdict(plan.rare) | {"columns": sorted(plan.rare.columns)}
    return {"uncertain": asdict(plan.uncertain), "rare": rare, "new_cluster": asdict(plan.new_cluster)}


def _refuse_another(plan: SamplePlan, name: str, before: Any, now: Any) -> None:
    if before != now:
        raise WrongUsage(
            f"Queue {plan.queue!r} was drawn with another rule for {name!r}: it was {before}, now it is {now}.",
            where="sampling.yaml",
            do="Put it back, or name a new `queue` with a new `salt`: a changed rule makes another sample.",
        )
