"""Look for traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.actions.queueing import require_role, role
from review_app.actions.workspace import Workspace, opened
from review_app.errors import NotAllowed, WrongUsage
from review_app.review.rubric import Rubric
from review_app.store import rubrics, search, trace_kinds
from review_app.store.search import Wanted

# The desk hides a model's name from who judges its answers, and so does the list.
_EVERYBODY = ("route", "language", "since", "until")
_LEADS = ("model", "prompt_version", "failed_check", "judge", "label")
_COLUMNS = ["trace_id", "at", "route", "language", "n_turns", "n_documents", "n_tools"]
_LEAD_COLUMNS = [*_COLUMNS, "model", "prompt_version", "failed_checks", "verdicts"]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the traces here can be filtered by. judges: judge -> the labels it gave. Empty where this person may not."""

    metadata: Mapping[str, tuple[str, ...]]
    checks: tuple[str, ...]
    judges: Mapping[str, tuple[str, ...]]


def find_traces(
    project: Path,
    person: str,
    text: str = "",
    filters: Mapping[str, Any] | None = None,
    limit: int = 50,
    before: str | None = None,
) -> pd.DataFrame:
    """Traces, newest first: trace_id, at, route, language, n_turns, n_documents, n_tools; never any text.

    filters: route, language (a value or a sequence of them), since, until (aware datetimes); for leads also model,
    prompt_version, failed_check, and judge with label. Leads get model, prompt_version, failed_checks and verdicts
    too, the last two NA, and never searched, on a trace they may still be asked to review. before: the last trace_id
    of the page before. Raises WrongUsage for a filter there is not, NotAllowed for one that is not this person's."""
    workspace, leads = opened(project), _leads(project, person)
    given = {name: value for name, value in (filters or {}).items() if value}
    _check(given, person, leads)
    if text.strip():
        search.fill(workspace.store)
    found = search.find(workspace.store, _wanted(workspace, person, text, given, limit, before))
    if not leads:
        return found[_COLUMNS]
    seen = found.loc[found["seen"], "trace_id"].tolist()
    opinions = search.opinions(workspace.store, seen, _checks(workspace))
    told = [opinions.get(trace_id, (None, None)) for trace_id in found["trace_id"]]
    found = found.assign(failed_checks=[failed for failed, _ in told], verdicts=[said for _, said in told])
    return found[_LEAD_COLUMNS]


def trace_choices(project: Path, person: str) -> Choices:
    """What this person can filter the traces by."""
    workspace, leads = opened(project), _leads(project, person)
    metadata = trace_kinds.choices(workspace.store)
    if not leads:
        return Choices(metadata={name: metadata[name] for name in _EVERYBODY if name in metadata}, checks=(), judges={})
    judges: dict[str, tuple[str, ...]] = {}
    for judge, label in search.judges(workspace.store):
        judges[judge] = (*judges.get(judge, ()), label)
    return Choices(metadata=metadata, checks=tuple(_checks(workspace)), judges=judges)


def rubric_asked(project: Path, person: str, trace_id: str) -> Rubric:
    """The rubric in whose words this person's answers on a trace are to be read: theirs, or else the one in force."""
    require_role(project, person)
    workspace = opened(project)
    return rubrics.asked(workspace.store, person, trace_id) or workspace.settings.rubric


def index_traces(project: Path, progress: Callable[[int], None] = lambda traces: None) -> int:
    """Bring the text search up to date; how many traces were new to it. A search does so by itself."""
    return search.fill(opened(project).store, progress)


def _leads(project: Path, person: str) -> bool:
    return role(project, person) != "reviewer"


def _checks(workspace: Workspace) -> dict[str, str]:
    return {spec.name: spec.version for spec in workspace.settings.checks}


def _check(given: Mapping[str, Any], person: str, leads: bool) -> None:
    for name in given:
        if name not in (*_EVERYBODY, *_LEADS):
            raise WrongUsage(f"There is no filter {name!r}.", do=f"Use {', '.join((*_EVERYBODY, *_LEADS))}.")
        if name in _LEADS and not leads:
            raise NotAllowed(
                f"{person} may not filter by {name}.", do="Ask a lead: it says what was thought of a trace."
            )
    if ("judge" in given) != ("label" in given):
        raise WrongUsage("A judge and a label are one filter.", do="Give both, or neither.")


def _wanted(
    workspace: Workspace, person: str, text: str, given: Mapping[str, Any], limit: int, before: str | None
) -> Wanted:
    check = given.get("failed_check")
    if check and check not in _checks(workspace):
        raise WrongUsage(f"checks.yaml has no check {check!r}.", do=f"Use one of: {', '.join(_checks(workspace))}.")
    return Wanted(
        person=person,
        text=text,
        metadata={name: _several(given[name]) for name in search.METADATA if name in given},
        since=_moment(given.get("since")),
        until=_moment(given.get("until")),
        failed=(check, _checks(workspace)[check]) if check else None,
        said=(given["judge"], given["label"]) if "judge" in given else None,
        limit=limit,
        before=before,
    )


def _several(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _moment(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise WrongUsage(f"{value} has no time zone.", do="Give an aware datetime, for instance in UTC.")
    return value
