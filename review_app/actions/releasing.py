"""Golden releases: make one, verify, compare two, see what the set covers, write it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from review_app.actions.queueing import LEADING, require_role
from review_app.actions.workspace import opened
from review_app.errors import WrongUsage
from review_app.golden import release
from review_app.golden.coverage import Covered, Placed, coverage
from review_app.golden.diff import Diff, diff
from review_app.golden.formats.registry import FORMATS, by_suffix
from review_app.golden.release import Release, Since, Verified
from review_app.store import golden as golden_table
from review_app.store import trace_kinds
from review_app.watch.metadata_drift import Drift, metadata_drift


@dataclass(frozen=True, kw_only=True)
class GoldenDrift:
    """The traffic before a release beside the traffic since. columns: one row per column a trace is filtered by."""

    release: int
    columns: tuple[Drift, ...]


def release_golden(project: Path, person: str, notes: str = "") -> Release:
    """Freeze all approved cases into the next release. Raises WrongUsage where nothing changed since the last one."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    examples = golden_table.approved(workspace.store)
    made = golden_table.releases(workspace.store)
    since = Since(notes=notes.strip())
    if made:
        last = verify_golden(project, made[-1]["number"])
        if set(last.example_ids()) == {example.example_id for example in examples}:
            raise WrongUsage(
                f"Release {last.number} already holds these {len(examples)} cases.",
                do="Approve a new case or retire one first.",
            )
        gone = set(last.example_ids()) - {example.example_id for example in examples}
        since = Since(previous=last.content_hash, retired=_retired(project, gone), notes=notes.strip())
    folder, number, now = workspace.settings.releases, len(made) + 1, datetime.now(UTC)
    # Written while the store is held: of two who release at once, the later must not overwrite the earlier one's file.
    return golden_table.record_release(
        workspace.store, number, lambda: release.write(folder, number, examples, person, now, since)
    )


def verify_golden(project: Path, number: int | None = None) -> Verified:
    """A release (the latest, unless one is named), read and checked against its hash and the release before it.

    Raises ReleaseChanged."""
    workspace = opened(project)
    made = {row["number"]: row for row in golden_table.releases(workspace.store)}
    if not made or (number is not None and number not in made):
        have = f"there are {', '.join(map(str, made))}" if made else "none was made yet"
        wanted = "golden release" if number is None else f"golden release {number}"
        raise WrongUsage(f"There is no {wanted}: {have}.", do="Make one: review-app golden release.")
    row = made[number if number is not None else max(made)]
    found = release.verify(workspace.settings.releases / row["file"], row["content_hash"])
    before = made.get(found.number - 1)
    release.check_chain(found, before["content_hash"] if before else None)
    return found


def diff_golden(project: Path, old: int, new: int) -> Diff:
    """What changed from one release to another, both verified."""
    return diff(verify_golden(project, old), verify_golden(project, new))


def golden_coverage(project: Path, number: int | None = None) -> tuple[Covered, ...]:
    """What the approved cases, or those of release `number`, cover by layer, task and language, beside the stored
    traffic."""
    store = opened(project).store
    if number is None:
        found = [(one.layer, one.split, orjson.loads(one.snapshot)["trace"]) for one in golden_table.approved(store)]
    else:
        frozen = verify_golden(project, number).examples
        found = [(one["layer"], one.get("split", ""), one["trace"]) for one in frozen]
    cases = [
        Placed(layer=layer, route=trace.get("route"), language=trace.get("language"), split=split)
        for layer, split, trace in found
    ]
    return coverage(cases, {by: trace_kinds.traffic(store, by) for by in ("route", "language")})


def golden_drift(project: Path) -> GoldenDrift | None:
    """Whether the traffic since the last release is still made up as it was when that was frozen; None without one."""
    store = opened(project).store
    made = golden_table.releases(store)
    if not made:
        return None
    number = made[-1]["number"]
    sides = {by: golden_table.traffic_since(store, number, by) for by in trace_kinds.FILTERS}
    before, since = ({by: pair[side] for by, pair in sides.items()} for side in (0, 1))
    return GoldenDrift(release=number, columns=metadata_drift(before, since))


def export_golden(project: Path, to: Path, number: int | None = None, form: str | None = None) -> int:
    """Write a release for another tool; the number of cases.

    form: one of golden.formats.registry.FORMATS; needed where the ending of `to` does not say it. A folder must be new
    or empty. Raises WrongUsage."""
    found = verify_golden(project, number)
    name = form or by_suffix(to.suffix) or ""
    if name not in FORMATS:
        raise WrongUsage(
            f"{form or to.name}: which format that is to be, we do not know.", do=f"Name one: {', '.join(FORMATS)}."
        )
    chosen = FORMATS[name]
    if not chosen.suffix and to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise WrongUsage(f"{to} is there and not an empty folder.", do="Name a new folder.")
    for path, content in chosen.files(found).items():
        target = to / path if path else to
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return len(found.examples)


def _retired(project: Path, gone: set[str]) -> tuple[dict[str, str | None], ...]:
    rows = golden_table.find(opened(project).store, sorted(gone))
    return tuple(
        {"example_id": name, "why": rows[name]["retired_why"], "successor": _or_none(rows[name]["successor"])}
        for name in sorted(rows)
    )


def _or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
