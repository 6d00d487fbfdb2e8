"""The queue between people: who may do what, who gets what, and how far everybody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.actions.workspace import Workspace, opened
from review_app.agreement.raters.self_consistency import self_consistency
from review_app.errors import BadInput, NotAllowed, WrongUsage
from review_app.sampling.overlap import skill_needed
from review_app.settings import Role
from review_app.store import new_slots, slots
from review_app.store import reviews as review_table
from review_app.store import traces as trace_table
from review_app.store.clock import instant
from review_app.store.slots import Rules

REVIEWING: tuple[Role, ...] = ("reviewer", "lead", "admin")
LEADING: tuple[Role, ...] = ("lead", "admin")


@dataclass(frozen=True, kw_only=True)
class Team:
    """How far a queue is; for those who lead it. Never a ranking.

    people: reviewer, done (slots closed), left (they could still take), minutes (timed at the desk, NA without a time),
        per_hour (reviews per timed hour), last_at, repeats (own reviews given twice with a label each time),
        self_consistency (share of those with the same label on the first criterion; NA without one) and its interval
        self_low, self_high (Wilson, 95 %).
    leases: slot_id, trace_id, reviewer, lease_until (UTC), stale (ran out, and anybody's to take).
    queues: queue, total (reviews needed), how many slots are done, open, leased, deferred, assigned; skipped (and
        replaced, so not in the total), due (UTC, NA for none).
    """

    people: pd.DataFrame
    leases: pd.DataFrame
    queues: pd.DataFrame


def role(project: Path, person: str) -> Role:
    """What this person is here. Nobody listed in project.yaml: everybody is lead. Raises NotAllowed for a stranger."""
    people = opened(project).settings.project.people
    if not people:
        return "lead"
    if person not in people:
        raise NotAllowed(
            f"{person!r} is not one of the people of this project.",
            where="project.yaml",
            do="Check the spelling, or ask whoever leads the project to add the name under `people`.",
        )
    return people[person].role


def require_role(project: Path, person: str, *roles: Role) -> None:
    """Raises NotAllowed where this person is a stranger or has none of these roles; none named: any will do."""
    found = role(project, person)
    if roles and found not in roles:
        raise NotAllowed(
            f"{person} has the role {found} here; this is for {' and '.join(roles)}.",
            do="Ask somebody who has such a role, or whoever leads the project to change yours in project.yaml.",
        )


def rules(workspace: Workspace, person: str) -> Rules:
    """What this person may be given from the queue."""
    people, plan = workspace.settings.project.people, workspace.settings.plan
    return Rules(
        skills=people[person].skills if person in people else None,
        repeats=plan.repeats,
        known=plan.known_answers,
        rubric_version=workspace.settings.rubric.version,
    )


def defer(project: Path, reviewer: str, slot_id: str, token: str) -> None:
    """Put an item on the desk off: it comes back to the same person, after everything else. Raises LeaseLost."""
    require_role(project, reviewer, *REVIEWING)
    slots.defer(opened(project).store, slot_id, reviewer, token, datetime.now(UTC))


def heartbeat(project: Path, reviewer: str) -> None:
    """The page is still open: renew the leases of this person that have not run out."""
    require_role(project, reviewer, *REVIEWING)
    workspace = opened(project)
    slots.renew(workspace.store, workspace.settings.plan.queue, reviewer, datetime.now(UTC))


def release_lease(project: Path, person: str, slot_id: str) -> None:
    """Give what somebody holds, or has put off, back to the others. An answer that comes later is refused."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    if not slots.release(workspace.store, workspace.settings.plan.queue, slot_id):
        raise WrongUsage(f"Nobody holds {slot_id!r} now.", do="Reload the page: it was finished or released meanwhile.")


def assign(project: Path, person: str, trace_ids: list[str], to: str | None) -> int:
    """Keep a slot of each trace for one person, or with None give assigned ones back to anyone; how many traces.

    Traces without a free slot, and those the person reviewed or has, are left as they are. Raises NotAllowed where
    the person may not review, or lacks a skill that one of the traces needs."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    if to is not None:
        require_role(project, to, *REVIEWING)
        _check_skills(workspace, trace_ids, to)
    return slots.assign(workspace.store, workspace.settings.plan.queue, trace_ids, to)


def send_to_queue(project: Path, person: str, trace_ids: list[str]) -> int:
    """Put traces somebody chose into the queue, after those that were drawn; how many were not waiting there already.

    Nobody can say what hand-picked traces stand for: their reviews are counted apart and stay out of estimates.
    Raises BadInput where a trace is not stored; none is sent then."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    known = trace_table.ids(workspace.store, trace_ids)
    unknown = [trace_id for trace_id in trace_ids if trace_id not in known]
    if unknown:
        raise BadInput(
            f"{len(unknown)} of {len(trace_ids)} traces are not stored: {', '.join(unknown[:5])}.",
            do="Check the ids, or ingest these traces first.",
        )
    plan = workspace.settings.plan
    traces = trace_table.frame(workspace.store).set_index("trace_id").loc[list(dict.fromkeys(trace_ids))]
    skills = [
        skill_needed(route, tags.split(","), plan)
        for route, tags in zip(traces["route"].fillna("none"), traces["tags"], strict=True)
    ]
    chosen = dict(zip(traces.index, skills, strict=True))
    return new_slots.by_hand(workspace.store, plan.queue, chosen, person, datetime.now(UTC))


def team(project: Path, person: str) -> Team:
    """How far the queue and everybody in it are. For leads and admins: what it says of a person is theirs alone."""
    require_role(project, person, *LEADING)
    workspace, now = opened(project), datetime.now(UTC)
    found = slots.states(workspace.store, workspace.settings.plan.queue)
    return Team(
        people=_people(workspace, found, now),
        leases=_leases(found, now),
        queues=pd.DataFrame([_queue_row(workspace, found)]),
    )


def _check_skills(workspace: Workspace, trace_ids: list[str], to: str) -> None:
    theirs = rules(workspace, to).skills
    needed = new_slots.skill_of(workspace.store, workspace.settings.plan.queue)
    lacking = {needed[trace_id] for trace_id in trace_ids if trace_id in needed} - set(theirs or ())
    if theirs is not None and lacking:
        raise NotAllowed(
            f"{to} lacks {', '.join(sorted(lacking))}, which some of these traces need.",
            do="Choose somebody who has it, or list the skill under their name in project.yaml.",
        )


def _people(workspace: Workspace, found: pd.DataFrame, now: datetime) -> pd.DataFrame:
    store, queue = workspace.store, workspace.settings.plan.queue
    timed = slots.pace(store, queue)
    names = sorted({*timed, *found["person"].dropna(), *_reviewers(workspace)})
    rows = []
    for name in names:
        progress = slots.progress(store, queue, name, now, rules(workspace, name))
        pace = timed.get(name, slots.Timed())
        rows.append({"reviewer": name, "done": progress.done, "left": progress.left} | _pace(pace))
    columns = ["reviewer", "done", "left", "minutes", "per_hour", "last_at"]
    people = pd.DataFrame(rows, columns=columns)
    return people.merge(_consistency(workspace), how="left", on="reviewer").fillna({"repeats": 0})


def _reviewers(workspace: Workspace) -> list[str]:
    return [name for name, listed in workspace.settings.project.people.items() if listed.role in REVIEWING]


def _pace(pace: slots.Timed) -> dict[str, Any]:
    minutes = pace.seconds / 60 if pace.timed else None
    per_hour = 3600 * pace.timed / pace.seconds if pace.seconds else None
    return {"minutes": minutes, "per_hour": per_hour, "last_at": instant(pace.last_at)}


def _consistency(workspace: Workspace) -> pd.DataFrame:
    first = workspace.settings.rubric.criteria[0].name
    found = self_consistency(review_table.frame(workspace.store))
    mine = found[found["criterion"] == first][["reviewer", "n", "share", "low", "high"]]
    return mine.rename(columns={"n": "repeats", "share": "self_consistency", "low": "self_low", "high": "self_high"})


def _leases(found: pd.DataFrame, now: datetime) -> pd.DataFrame:
    held = found.loc[found["state"] == "leased", ["slot_id", "trace_id", "person", "lease_until"]]
    until = pd.to_datetime(held["lease_until"], unit="us", utc=True)
    return held.rename(columns={"person": "reviewer"}).assign(lease_until=until, stale=until < now)


def _queue_row(workspace: Workspace, found: pd.DataFrame) -> dict[str, Any]:
    plan = workspace.settings.plan
    counted = found["state"].value_counts()
    by_state = {state: int(counted.get(state, 0)) for state in slots.STATES}
    due = None if plan.due is None else pd.Timestamp(plan.due)
    if due is not None:
        due = due.tz_localize(UTC) if due.tzinfo is None else due.tz_convert(UTC)
    return {"queue": plan.queue, "total": len(found) - by_state["skipped"], **by_state, "due": due}
