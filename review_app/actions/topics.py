"""What traces are about: text clusters in which judges are audited, and of which fresh traces can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from hashlib import md5
from typing import NamedTuple

import orjson

from review_app.actions.workspace import Workspace
from review_app.errors import NotEnoughData, WrongUsage
from review_app.sampling.draw import below
from review_app.store import candidates, clusters, traffic
from review_app.traces.text_clusters import NOT_INSTALLED, ClusterModel, assign, available, fit

TOPIC = "topic"
"""The column of text clusters."""

_UNLABELLED = 3_000
"""Besides those people answered, so that groups are those of the traffic: about so many, chosen by hash."""


class Topics(NamedTuple):
    """names: trace_id -> what its text is about. unseen: why that is not known, "" where it is."""

    names: Mapping[str, str]
    unseen: str = ""


def topics_of(workspace: Workspace) -> Topics:
    """The cluster of what people asked, for the labelled traces."""
    if not available():
        return Topics({}, NOT_INSTALLED)
    names = _labelled(workspace)
    try:
        found = assign(_model(workspace), clusters.texts(workspace.store, names))
    except NotEnoughData as error:
        return Topics({}, f"text clusters were not looked at: {error.message}")
    return Topics(dict(zip(names, found, strict=True)), "")


def with_model(workspace: Workspace, condition: Mapping[str, str]) -> dict[str, str]:
    """The condition of a slice, a topic in it told with the model it is of; every trace of the frame is then assigned
    by that. Raises WrongUsage where there is no such topic now, or no scikit-learn."""
    name = condition.get(TOPIC, "")
    if TOPIC not in condition or _parts(name)[1]:
        return dict(condition)
    model = _model(workspace)
    known = [one.name for one in model.clusters]
    if name not in known:
        raise WrongUsage(
            f"There is no topic {name!r} by now.", do=f"Open the page again, or use one of: {'; '.join(known)}."
        )
    written = orjson.dumps(model, option=orjson.OPT_SORT_KEYS)
    called = md5(written, usedforsecurity=False).hexdigest()[:16]
    clusters.fill(workspace.store, workspace.settings.plan.frame, called, lambda texts: assign(model, texts))
    return {**condition, TOPIC: f"{name} [{called}]"}


def members(workspace: Workspace, topic: str) -> set[str]:
    """The traces of a topic that `with_model` has told the model of."""
    name, model = _parts(topic)
    return clusters.members(workspace.store, model, [name])


def _parts(topic: str) -> tuple[str, str]:
    """Name and model; the model is "" where it is not told."""
    name, _, model = topic.removesuffix("]").rpartition(" [")
    return (name, model) if topic.endswith("]") and name else (topic, "")


def _labelled(workspace: Workspace) -> list[str]:
    return sorted(traffic.reviewed(workspace.store, traffic.Scope())["trace_id"])


def _model(workspace: Workspace) -> ClusterModel:
    plan = workspace.settings.plan
    every = candidates.candidates(workspace.store, plan.frame)["trace_id"].tolist()
    rate = min(Fraction(1), Fraction(_UNLABELLED, max(1, len(every))))
    hit = below(every, plan.salt, "texts of topics", rate)
    chosen = {one for one, is_hit in zip(every, hit, strict=True) if is_hit}
    return fit(clusters.texts(workspace.store, sorted(chosen | set(_labelled(workspace)))))
