"""What people ask of late and did not before: text clusters as something to draw from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from hashlib import md5
from typing import Any

import orjson

from review_app.actions.workspace import Workspace
from review_app.errors import WrongUsage
from review_app.sampling.draw import below
from review_app.sampling.plan import SamplePlan
from review_app.store import clusters
from review_app.traces.text_clusters import Cluster, ClusterModel, assign, fit

Progress = Callable[[int], None]


def settled(workspace: Workspace, plan: SamplePlan, trace_ids: Sequence[str], progress: Progress) -> dict[str, Any]:
    """The model, its id, and which of its clusters are new in this frame, as plain data. trace_ids: the frame's.

    Reads each text of the frame once, and keeps its cluster. Raises WrongUsage without scikit-learn, or where nothing
    is earlier than anything else; NotEnoughData where the texts are too few."""
    rule, store = plan.new_cluster, workspace.store
    rate = min(Fraction(1), Fraction(rule.texts, len(trace_ids)))
    hit = below(trace_ids, plan.salt, "texts of new_cluster", rate)
    model = fit(clusters.texts(store, [one for one, chosen in zip(trace_ids, hit, strict=True) if chosen]))
    written = orjson.dumps(model, option=orjson.OPT_SORT_KEYS)
    name = md5(written, usedforsecurity=False).hexdigest()[:16]
    # As it will be read again: what assigns now is to be what assigns later.
    found = {"model": name, "fitted": orjson.loads(written)}
    _assign(workspace, plan, found, progress)
    newest, earlier = clusters.counts(store, plan.frame, name, rule)
    if not newest or not earlier:
        raise WrongUsage(
            f"{sum(newest.values()):,} traces are new and {sum(earlier.values()):,} are earlier: nothing to compare.",
            where="sampling.yaml, `new_cluster`",
            do="Change `newest` or `days`, or leave `new_cluster` out of `shares` where traces have no time.",
        )
    return found | {"clusters": rule.chosen(newest, earlier)}


def members(workspace: Workspace, plan: SamplePlan, rule: Mapping[str, Any], progress: Progress) -> set[str]:
    """The traces of the clusters that were new when the rule was settled; those that came since are assigned first."""
    _assign(workspace, plan, rule, progress)
    return clusters.members(workspace.store, rule["model"], rule["clusters"])


def _assign(workspace: Workspace, plan: SamplePlan, rule: Mapping[str, Any], progress: Progress) -> None:
    fitted = rule["fitted"]
    model = ClusterModel(idf=fitted["idf"], clusters=tuple(Cluster(**one) for one in fitted["clusters"]))
    clusters.fill(workspace.store, plan.frame, rule["model"], lambda texts: assign(model, texts), progress)
