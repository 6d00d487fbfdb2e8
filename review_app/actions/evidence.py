"""What people and judges said about the traces of a frame, as every figure of agreement is counted from it."""

from __future__ import annotations

from typing import NamedTuple

import orjson
import pandas as pd

from review_app.actions.topics import Topics
from review_app.actions.traffic_counts import scope, week_name
from review_app.actions.weighing import design_weights
from review_app.actions.workspace import Workspace
from review_app.agreement.biases.text_format import FEATURES
from review_app.agreement.figures import Exclusion
from review_app.agreement.raters.people import PeopleLabels, settle
from review_app.review.rubric import Rubric
from review_app.store import adjudications, known_answers, new_slots, traffic
from review_app.store import reviews as review_table
from review_app.store import verdicts as verdict_table

SLICES = (
    "route", "language", "model", "prompt_version", "retrieval_version", "n_turns", "n_documents", "n_tools",
    "output_chars", "tools",
)  # fmt: skip
"""Metadata in which blind spots are looked for, alone and in pairs."""

_BY_HAND = "hand-picked, on traces that a draw chose as well"
_ELSEWHERE = (
    "drawn for another queue: they speak of its frame; name it as `queue` in sampling.yaml to measure them there"
)
_STATED = "imported with a probability of another frame; measure them in a project where nothing else was drawn"


class Evidence(NamedTuple):
    """Of the traces the last draw could choose from and somebody reviewed. traces: traffic.reviewed. verdicts, reviews:
    tables.VERDICTS and tables.REVIEWS. settled, known: what people.settle asks for. Text stands in them as objects: it
    is looked up and walked through again and again, which the string type makes slow."""

    traces: pd.DataFrame
    verdicts: pd.DataFrame
    reviews: pd.DataFrame
    settled: pd.DataFrame
    known: pd.DataFrame


class Labelled(NamedTuple):
    """people: what people settled on under one rubric. set_apart: their reviews that are of another draw or none."""

    people: PeopleLabels
    set_apart: tuple[Exclusion, ...]


def evidence(workspace: Workspace) -> Evidence:
    """Read it from the store."""
    store = workspace.store
    traces = _as_objects(traffic.reviewed(store, scope(workspace)))
    inside = set(traces["trace_id"])
    verdicts, reviews = (_as_objects(table) for table in (_verdicts(workspace), review_table.frame(store)))
    return Evidence(
        traces=traces,
        verdicts=verdicts[verdicts["trace_id"].isin(inside)],
        reviews=reviews[reviews["trace_id"].isin(inside)],
        settled=adjudications.settled(store),
        known=known_answers.known_answers(store),
    )


def labels_under(workspace: Workspace, rubric: Rubric, given: Evidence, topics: Topics | None = None) -> Labelled:
    """What people settled on under one rubric, each trace with its design and what slices are cut by.

    How far the queue was done is asked of each rubric version by itself: a second round begins at nought."""
    mine = given.reviews[given.reviews["rubric_version"] == rubric.version]
    by_hand = mine["review_id"].isin(new_slots.by_hand_alone(workspace.store, workspace.settings.plan.queue))
    design = _design(workspace, mine, by_hand)
    mine, set_apart = _apart(workspace, mine, design, by_hand)
    about = _about(given.traces, design, topics)
    return Labelled(settle(mine, {rubric.version: rubric}, about, given.settled, given.known), set_apart)


def _as_objects(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(dict.fromkeys(table.select_dtypes("str"), object))


def _verdicts(workspace: Workspace) -> pd.DataFrame:
    found = verdict_table.frame(workspace.store, reviewed_only=True)
    chances = [orjson.loads(text) if isinstance(text, str) else None for text in found["label_probabilities"]]
    return found.assign(label_probabilities=pd.Series(chances, index=found.index, dtype=object))


def _about(traces: pd.DataFrame, design: pd.DataFrame, topics: Topics | None) -> pd.DataFrame:
    weeks = [None if pd.isna(week) else week_name(week) for week in traces["week"]]
    # As a slice that is sent to the queue has it: a trace that called no tool has the tools `none`.
    known = traces[[name for name in ("trace_id", "session_id", *SLICES, *FEATURES) if name in traces]].assign(
        week=pd.Series(weeks, index=traces.index, dtype=object), tools=traces["tools"].replace("", "none")
    )
    if topics and topics.names:
        known = known.assign(topic=known["trace_id"].map(topics.names))
    return known.merge(design, on="trace_id", how="left")


def _design(workspace: Workspace, reviews: pd.DataFrame, by_hand: pd.Series[bool]) -> pd.DataFrame:
    """trace_id, inclusion_probability, weight, variance_factor: from our draws; without a draw, from what an imported
    file states."""
    stated = reviews.dropna(subset=["inclusion_probability"]).groupby("trace_id")["inclusion_probability"].max()
    ours = design_weights(workspace, _given(reviews[~by_hand]))
    # Two samples can only be joined where each one's probability is known for the other's traces: a census always is.
    used = stated[stated == 1] if len(ours) else stated
    given = used.rename("inclusion_probability").rename_axis("trace_id").reset_index()
    return pd.concat([given, ours[~ours["trace_id"].isin(used.index)]], ignore_index=True)


def _given(reviews: pd.DataFrame) -> set[str]:
    """Traces somebody answered because a queue, or a file, put them next; a skipped one still waits."""
    own = ~reviews["assisted"] & reviews["repeat_of"].isna() & (reviews["outcome"] != "skipped")
    return set(reviews.loc[own, "trace_id"])


def _apart(
    workspace: Workspace, reviews: pd.DataFrame, design: pd.DataFrame, by_hand: pd.Series[bool]
) -> tuple[pd.DataFrame, tuple[Exclusion, ...]]:
    """The reviews without those that somebody's hand asked for on traces a draw chose as well; and, counted, these and
    those that have a probability, but of another frame."""
    store, queue, drawn = workspace.store, workspace.settings.plan.queue, reviews["trace_id"].isin(design["trace_id"])
    by_hand = by_hand & drawn
    elsewhere = reviews["review_id"].isin(new_slots.reviews_for_others(store, queue)) & ~drawn
    found = {_BY_HAND: by_hand, _ELSEWHERE: elsewhere, _STATED: reviews["inclusion_probability"].notna() & ~drawn}
    counted = {why: reviews.loc[these, "review_id"].nunique() for why, these in found.items()}
    told = tuple(Exclusion(reason=why, count=n, unit="reviews") for why, n in counted.items() if n)
    return reviews[~by_hand], told
