"""An edited rubric: what changed, which reviews were given under an earlier one, and giving them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from review_app.actions.queueing import LEADING, REVIEWING, require_role
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.review.rubric_change import Change, affected, changes
from review_app.store import asked_again, rubrics
from review_app.store import reviews as review_table

CHANGES = ("rubric_version", *Change.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True)
class RubricChanges:
    """How the rubric in force differs from those that reviews were given under. For those who lead.

    version: the rubric in force. versions: rubric_version, reviews (people's own, blind), current; the current one
    last, also where nobody has answered it.
    changes: rubric_version (the earlier one), criterion, what, before, after (see review.rubric_change.Change).
    affected: review.rubric_change.AFFECTED; sent_back, True while its author is to answer anew; may_answer, False where
    they do not review here any more, as the authors of imported reviews."""

    version: str
    versions: pd.DataFrame
    changes: pd.DataFrame
    affected: pd.DataFrame


def rubric_changes(project: Path, person: str) -> RubricChanges:
    """What editing rubric.yaml changed, and which reviews that affects. Reads the stored rubrics and reviews."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    current, known = workspace.settings.rubric, rubrics.every(workspace.store)
    reviews = review_table.frame(workspace.store)
    own = reviews[~reviews["assisted"] & reviews["repeat_of"].isna()].drop_duplicates("review_id")
    counted = own["rubric_version"].value_counts()
    earlier = [version for version in known if version in counted.index and version != current.version]
    rows = [
        {"rubric_version": version, "reviews": int(counted.get(version, 0)), "current": version == current.version}
        for version in (*earlier, current.version)
    ]
    found = [
        {"rubric_version": version, **asdict(change)}
        for version in earlier
        for change in changes(known[version], current)
    ]
    return RubricChanges(
        version=current.version,
        versions=pd.DataFrame(rows, columns=["rubric_version", "reviews", "current"]),
        changes=pd.DataFrame(found, columns=list(CHANGES)),
        affected=_affected(workspace, reviews),
    )


def send_back(project: Path, person: str, review_ids: Sequence[str]) -> int:
    """Have these reviews given again, each by its own author, blind, under the rubric in force; how many were not to be
    given again already. The old reviews stay, and keep their rubric.

    Raises WrongUsage, and sends nothing, where one of them is not affected by a change of the rubric, or its author
    may not review here any more."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    found = _affected(workspace, review_table.frame(workspace.store))
    wanted = found[found["review_id"].isin(review_ids)]
    unknown = sorted(set(review_ids) - set(wanted["review_id"]))
    if unknown:
        raise WrongUsage(
            f"{len(unknown)} of {len(set(review_ids))} reviews were not given under an earlier rubric: {unknown[0]}.",
            do="Reload the page: they were given again meanwhile.",
        )
    for reviewer in sorted(set(wanted["reviewer"])):
        require_role(project, reviewer, *REVIEWING)
    chosen = list(zip(wanted["trace_id"], wanted["reviewer"], strict=True))
    return asked_again.send_back(workspace.store, workspace.settings.plan.queue, chosen, person)


def _affected(workspace: Workspace, reviews: pd.DataFrame) -> pd.DataFrame:
    found = affected(reviews, rubrics.every(workspace.store), workspace.settings.rubric)
    open_ = asked_again.waiting(workspace.store, workspace.settings.plan.queue)
    keys = zip(found["trace_id"], found["reviewer"], strict=True)
    people = workspace.settings.project.people
    may = [not people or (name in people and people[name].role in REVIEWING) for name in found["reviewer"]]
    return found.assign(sent_back=[key in open_ for key in keys], may_answer=may)
