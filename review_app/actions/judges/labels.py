"""What people said, beside what a judge said, and which part of it may be used for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from review_app.actions.weighing import design_weights
from review_app.actions.workspace import Workspace
from review_app.agreement.raters.people import settle
from review_app.errors import BadConfig, NotEnoughData
from review_app.golden import similarity
from review_app.grading.judges.spec import JudgeSpec, Shot
from review_app.sampling.draw import digest
from review_app.store import adjudications, judge_findings, new_slots, verdicts
from review_app.store import reviews as review_table
from review_app.store import traces as trace_table
from review_app.store.judge_findings import Parted

NEAR = 0.8
"""Questions as alike as this, by Jaccard similarity of their word shingles, are near-duplicates."""
SHARES = (("train", 0.2), ("dev", 0.6), ("test", 1.0))
"""Part -> the hash below which a group falls into it: 20, 40 and 40 %."""


def human_labels(workspace: Workspace, criterion: str) -> pd.DataFrame:
    """One row per trace people labelled under the current rubric: `trace_id`, `y` (1 failure, 0 good, .5 a tie),
    `inclusion_probability`, `weight`, `variance_factor`; NA where no draw chose it."""
    store, rubric = workspace.store, workspace.settings.rubric
    reviews = review_table.frame(store)
    mine = (reviews["rubric_version"] == rubric.version) & ~reviews["trace_id"].isin(trace_table.outside(store))
    reviews = reviews[mine]
    by_hand = reviews["review_id"].isin(new_slots.by_hand_alone(store, workspace.settings.plan.queue))
    design = _design(workspace, reviews[~by_hand])
    # On a trace that a draw chose, only what the draw asked for speaks.
    reviews = reviews[~(by_hand & reviews["trace_id"].isin(design["trace_id"]))]
    found = settle(reviews, {rubric.version: rubric}, design, adjudications.settled(store)).labels
    found = found[(found["criterion"] == criterion) & found["y"].notna()].reset_index(drop=True)
    for column in ("weight", "variance_factor"):
        found[column] = found.get(column, np.nan)
    return found[["trace_id", "y", "inclusion_probability", "weight", "variance_factor"]]


def _design(workspace: Workspace, reviews: pd.DataFrame) -> pd.DataFrame:
    """trace_id, inclusion_probability, weight, variance_factor: from our draws, else from what an imported file states.

    reviews: without the hand-picked ones."""
    own = ~reviews["assisted"] & reviews["repeat_of"].isna() & (reviews["outcome"] != "skipped")
    ours = design_weights(workspace, set(reviews.loc[own, "trace_id"]))
    stated = reviews.dropna(subset=["inclusion_probability"]).groupby("trace_id")["inclusion_probability"].max()
    given = stated.rename_axis("trace_id").reset_index()
    return ours if len(ours) else given.assign(weight=np.nan, variance_factor=np.nan)


def flags(
    workspace: Workspace, judge: str, version: str, criterion: str, after: datetime | None = None
) -> pd.DataFrame:
    """trace_id, flagged: of the traces that one judge, in one version, gave a label to. after: later than that."""
    said = verdicts.labels_of(workspace.store, judge, version, criterion, after)
    bad = workspace.settings.rubric.criterion(criterion).bad
    return pd.DataFrame(
        {
            "trace_id": pd.Series([trace_id for trace_id, _ in said], dtype=object),
            "flagged": pd.Series([label in bad for _, label in said], dtype=bool),
        }
    )


def panel_flags(workspace: Workspace, spec: JudgeSpec) -> pd.DataFrame:
    """trace_id, flagged: what most of a judge's models say, on the traces that all gave a label to; a tie flags."""
    tables = [flags(workspace, one.judge, one.version, spec.criterion).set_index("trace_id") for one in spec.members]
    votes = pd.concat([one["flagged"].rename(str(place)) for place, one in enumerate(tables)], axis=1, join="inner")
    return (votes.mean(axis=1) >= 0.5).rename("flagged").rename_axis("trace_id").reset_index()


def part_of(workspace: Workspace, criterion: str, part: str) -> set[str]:
    """The traces of one part. Raises NotEnoughData where the labels were never split."""
    parts = judge_findings.parts(workspace.store, criterion)
    if not parts:
        raise NotEnoughData(f"The labels of {criterion} are in one heap.", do="Part them: review-app judge split")
    return {one.trace_id for one in parts if one.part == part}


def check_examples(workspace: Workspace, spec: JudgeSpec) -> None:
    """Raises BadConfig where a worked example is from labels that the judge is to be measured on, or from a session or
    a question as one of them."""
    parts = {one.trace_id: one.part for one in judge_findings.parts(workspace.store, spec.criterion)}
    outside = [shot for shot in spec.examples if parts and shot.trace_id not in parts]
    like = _kin_of(workspace, outside, [one for one, part in parts.items() if part != "train"])
    for shot in spec.examples:
        near = shot.trace_id if shot.trace_id in parts else like.get(id(shot))
        if near is not None and parts[near] != "train":
            what = f"The example from trace {near} is" if near == shot.trace_id else f"An example is like trace {near},"
            raise BadConfig(
                f"{what} in the {parts[near]} part.",
                where=f"judge {spec.name}: examples",
                do="Take examples from the train part alone; review-app judge improve drafts some.",
            )


def _kin_of(workspace: Workspace, shots: Sequence[Shot], trace_ids: Sequence[str]) -> dict[int, str]:
    """Of examples that have no part: id of the example -> one of `trace_ids` of its session, or nearly its question."""
    known = trace_table.ids(workspace.store, [shot.trace_id for shot in shots if shot.trace_id])
    sources = [trace_table.body(workspace.store, shot.trace_id) if shot.trace_id in known else None for shot in shots]
    asked = [
        similarity.shingles(_asked(shot.given) if source is None else similarity.question(source))
        for shot, source in zip(shots, sources, strict=True)
    ]
    sessions = [None if source is None else source.session_id for source in sources]
    found: dict[int, str] = {}
    for one in trace_ids if any(asked) or any(sessions) else ():
        trace = trace_table.body(workspace.store, one)
        question = similarity.shingles(similarity.question(trace))
        for shot, said, session in zip(shots, asked, sessions, strict=True):
            together = session is not None and session == trace.session_id
            if together or similarity.jaccard(said, question) >= NEAR:
                found[id(shot)] = one
    return found


def _asked(given: Mapping[str, Any]) -> str:
    """What was asked in an example that was written by hand."""
    messages = given.get("messages")
    rows = [one for one in messages if isinstance(one, Mapping)] if isinstance(messages, list | tuple) else []
    return "\n".join(str(one.get("content", "")) for one in rows if one.get("role") != "system")


def parted(workspace: Workspace, trace_ids: Sequence[str], before: Sequence[Parted]) -> list[Parted]:
    """The part of every labelled trace that has none yet, and `none` for those of groups that grew together across
    parts. A group is of one session, or of nearly the same question; it stands on one side."""
    known = {one.trace_id: one for one in before}
    found: list[Parted] = []
    for group in _groups(workspace, sorted({*trace_ids, *known})):
        had = {known[one].part for one in group if one in known} - {"none"}
        if len(had) > 1:
            found += [Parted(trace_id=one, part="none", group=group[0]) for one in group]
            continue
        name = min((known[one].group for one in group if one in known), default=group[0])
        part = had.pop() if had else _part(name)
        found += [Parted(trace_id=one, part=part, group=name) for one in group if one not in known]
    return found


def _part(group: str) -> str:
    place = int(digest("judge", "split", group)[:8], 16) / 16**8
    return next(part for part, end in SHARES if place < end)


def _groups(workspace: Workspace, trace_ids: Sequence[str]) -> list[list[str]]:
    """The traces in groups, each sorted."""
    leader = {one: one for one in trace_ids}

    def find(one: str) -> str:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for one, other in _kin(workspace, trace_ids):
        first, last = sorted((find(one), find(other)))
        leader[last] = first
    groups: dict[str, list[str]] = {}
    for one in trace_ids:
        groups.setdefault(find(one), []).append(one)
    return list(groups.values())


def _kin(workspace: Workspace, trace_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of one session, and of nearly the same question."""
    pairs, first_of = [], dict[str, str]()
    shingles = []
    for one in trace_ids:
        trace = trace_table.body(workspace.store, one)
        shingles.append(similarity.shingles(similarity.question(trace)))
        if trace.session_id is not None:
            pairs.append((first_of.setdefault(trace.session_id, one), one))
    marks = np.array([similarity.signature(found) for found in shingles]).reshape(-1, similarity.HASHES)
    for place in range(1, len(marks)):
        likely = similarity.estimated(marks[place], marks[:place]) >= NEAR - 4 * similarity.SPREAD
        for other in np.flatnonzero(likely).tolist():
            if similarity.jaccard(shingles[place], shingles[other]) >= NEAR:
                pairs.append((trace_ids[other], trace_ids[place]))
    return pairs
