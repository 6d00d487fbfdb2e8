"""Two runs' answers to one case, compared by people who do not know which is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.actions.queueing import LEADING, require_role
from review_app.actions.run_labels import TAG, trace_id_of
from review_app.actions.running import release_of
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.preference import Preference, preference
from review_app.errors import ReleaseChanged, WrongUsage
from review_app.review.pairwise import PAIR_TAG, only_pairs, pair_queue
from review_app.review.rubric import PAIR, Criterion
from review_app.sampling.overlap import skill_needed
from review_app.store import new_slots, slots
from review_app.store import reviews as review_table
from review_app.store import runs as run_table
from review_app.store import traces as trace_table
from review_app.store.blindness import unseen
from review_app.store.prepared import prepare
from review_app.store.runs import Run
from review_app.traces.trace import Trace, from_values


@dataclass(frozen=True, kw_only=True)
class Preferred:
    """What people preferred under one pairwise criterion; a win is the candidate's."""

    criterion: str
    question: str
    found: Preference


@dataclass(frozen=True, kw_only=True)
class PairResults:
    """How far the comparison of two runs is. pairs: sent to people; reviewed: with an answer. waiting: those that this
    person may still be asked about: until there are none, `preferred` stays empty."""

    queue: str
    pairs: int
    reviewed: int
    waiting: int
    preferred: tuple[Preferred, ...]


def pair_id(candidate: str, baseline: str, example_id: str) -> str:
    """The id under which people compare two runs' first answers to a case; it says nothing of the runs."""
    return "p-" + sha256(f"{candidate} {baseline} {example_id}".encode()).hexdigest()[:16]


def send_pairs(project: Path, person: str, runs: tuple[str, str], example_ids: Sequence[str], reviews: int = 1) -> int:
    """Put both answers to each of these cases, as a pair, into the queue `ab-<candidate>-<baseline>`; how many reviews
    that asks for. runs: baseline, candidate (ids). reviews: people to compare each pair.

    Cases to which a run gave no answer, or both the same one, leave nothing to compare and are left out. Raises
    WrongUsage where rubric.yaml asks no question about pairs."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    _questions(workspace)
    old, new = (run_table.find(workspace.store, name) for name in runs)
    if old.release_hash != new.release_hash:
        raise ReleaseChanged("The two runs were made over different releases.", do="Compare runs over one release.")
    traces = _pairs(project, workspace, (old, new), set(example_ids))
    trace_table.save(workspace.store, [prepare(one) for one in traces], datetime.now(UTC), outside=True)
    plan = workspace.settings.plan
    chosen = {one.trace_id: skill_needed(one.route or "none", one.tags, plan) for one in traces}
    # In the order of the ids, which are hashes: nothing tells the worst case from the others.
    ordered = dict(sorted(chosen.items()))
    queue = pair_queue(new.run_id, old.run_id)
    return new_slots.by_hand(workspace.store, queue, ordered, person, datetime.now(UTC), max(1, reviews))


def pair_results(project: Path, person: str, runs: tuple[str, str]) -> PairResults | None:
    """What people preferred, for those whose own reviews are in; None where no pair was sent. runs: baseline, candidate
    (ids)."""
    require_role(project, person)
    workspace = opened(project)
    queue = pair_queue(runs[1], runs[0])
    pairs = set(slots.states(workspace.store, queue)["trace_id"])
    if not pairs:
        return None
    said = _said(workspace, pairs)
    waiting = len(pairs & unseen(workspace.store, person))
    told = () if waiting else tuple(_preferred(one, said, pairs) for one in _questions(workspace))
    return PairResults(
        queue=queue, pairs=len(pairs), reviewed=said["trace_id"].nunique(), waiting=waiting, preferred=told
    )


def kept_back(workspace: Workspace, person: str, runs: tuple[str, str], example_ids: Sequence[str]) -> set[str]:
    """Cases whose answers this person may still be asked to judge blind, alone or as a pair: whose answer is whose, and
    what was thought of them, is not to be told before. runs: baseline, candidate (ids)."""
    hidden = unseen(workspace.store, person)
    if not hidden:
        return set()
    old, new = runs
    return {
        name
        for name in example_ids
        if hidden & {trace_id_of(old, name), trace_id_of(new, name), pair_id(new, old, name), pair_id(old, new, name)}
    }


def _questions(workspace: Workspace) -> tuple[Criterion, ...]:
    found = only_pairs(workspace.settings.rubric).criteria
    if not found:
        raise WrongUsage(
            "rubric.yaml asks no question about pairs of answers.",
            where="rubric.yaml",
            do="Add to `criteria`: - {name: better, question: 'Which answer is better?', kind: pairwise}",
        )
    return found


def _pairs(project: Path, workspace: Workspace, runs: tuple[Run, Run], names: set[str]) -> list[Trace]:
    old, new = (_first(workspace, run.run_id) for run in runs)
    return [
        _pair(example, (new[name], old[name]), pair_id(runs[1].run_id, runs[0].run_id, name))
        for example in release_of(project, runs[1]).examples
        for name in [example["example_id"]]
        if name in names and old.get(name) and new.get(name) and old[name] != new[name]
    ]


def _first(workspace: Workspace, run_id: str) -> dict[str, str]:
    """case -> the first answer's text, where there is one."""
    found = {
        one.example_id: one.answer.get("output") for one in run_table.outputs(workspace.store, run_id) if one.trial == 1
    }
    return {name: text for name, text in found.items() if text}


def _pair(example: Mapping[str, Any], answers: tuple[str, str], trace_id: str) -> Trace:
    """The case as it was put to both, and nothing of what one of them alone did, cost or called itself."""
    case = from_values(example["trace"])
    plain = replace(case, trace_id=trace_id, session_id=None, tool_calls=(), metadata={}, tags=(TAG, PAIR_TAG))
    bare = replace(plain, model=None, prompt_version=None, retrieval_version=None, cost_usd=None, latency_s=None)
    untold = replace(bare, correction=None, error=None, user_feedback=None)
    return replace(untold, output=answers[0], alternative=answers[1])


def _said(workspace: Workspace, pairs: set[str]) -> pd.DataFrame:
    """The blind answers about these pairs."""
    found = review_table.frame(workspace.store)
    blind = ~found["assisted"].astype(bool) & found["repeat_of"].isna()
    return found[found["trace_id"].isin(pairs) & blind & found["label"].isin(PAIR)]


def _preferred(question: Criterion, said: pd.DataFrame, pairs: set[str]) -> Preferred:
    mine = said[said["criterion"] == question.name]
    counts = [
        (int((labels == PAIR[0]).sum()), int((labels == PAIR[1]).sum()))
        for _, labels in mine.groupby("trace_id")["label"]
    ]
    return Preferred(criterion=question.name, question=question.question, found=preference(counts))
