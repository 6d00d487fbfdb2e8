"""What an edited rubric changed, and which earlier answers no longer speak for it.

An edit makes another rubric: old reviews keep the one they answered. Whether they are to be given again is a person's
decision; this says what the decision is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from review_app import tables
from review_app.review.rubric import Criterion, Rubric

AFFECTED = ("review_id", "trace_id", "reviewer", "rubric_version", "criteria")
"""One row per review under an earlier rubric whose author has not answered the new one on that trace. `criteria`: the
questions of the new rubric on which it is silent or speaks of something else, joined by a comma; may be empty."""

ADDED, REMOVED = "added", "removed"
# Changes after which the same label need not mean the same.
_MEANING = {"kind", "wording", "labels", "bad labels"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that differs. criterion: its name, empty for the rubric as a whole. what: added, removed, or one of
    `ASPECTS`. before, after: as text, empty where there is none."""

    criterion: str
    what: str
    before: str
    after: str


def _labels(criterion: Criterion) -> str:
    return "; ".join(f"{one.value}: {one.text}" if one.text else one.value for one in criterion.labels)


def _condition(criterion: Criterion) -> str:
    return "; ".join(f"{name} is {' or '.join(wanted)}" for name, wanted in sorted((criterion.ask_when or {}).items()))


ASPECTS: Mapping[str, Callable[[Criterion], str]] = {
    "kind": lambda criterion: f"{criterion.kind}, several labels" if criterion.multiple else criterion.kind,
    "wording": lambda criterion: " ".join(filter(None, (criterion.question, criterion.help))),
    "labels": _labels,
    "bad labels": lambda criterion: ", ".join(sorted(criterion.bad)),
    "condition": _condition,
    "required": lambda criterion: "yes" if criterion.required else "no",
}
"""What there is to a criterion, each as a text that changes when it does. A label's key is none of it."""

_WHOLE: Mapping[str, Callable[[Rubric], str]] = {
    "introduction": lambda rubric: rubric.introduction.strip(),
    "note on a bad label": lambda rubric: "required" if rubric.note_required_on_bad else "free",
}


def changes(old: Rubric, new: Rubric) -> tuple[Change, ...]:
    """Everything a reviewer could notice, the rubric as a whole first, then criteria in the new order, removed ones
    last. Two rubrics that differ in names and keys alone have none."""
    before, after = ({one.name: one for one in rubric.criteria} for rubric in (old, new))
    found = [Change(criterion="", what=what, before=say(old), after=say(new)) for what, say in _WHOLE.items()]
    for name, criterion in after.items():
        if name not in before:
            found.append(Change(criterion=name, what=ADDED, before="", after=ASPECTS["wording"](criterion)))
            continue
        found += [
            Change(criterion=name, what=what, before=say(before[name]), after=say(criterion))
            for what, say in ASPECTS.items()
        ]
    found += [
        Change(criterion=name, what=REMOVED, before=ASPECTS["wording"](criterion), after="")
        for name, criterion in before.items()
        if name not in after
    ]
    return tuple(change for change in found if change.before != change.after or change.what in (ADDED, REMOVED))


def silent_on(labels: Mapping[str, str], old: Rubric, new: Rubric) -> tuple[str, ...]:
    """Criteria of the new rubric for which these answers under the old one no longer speak.

    labels: criterion -> label. A criterion counts where the new rubric asks it after these answers, and it is new, its
    meaning changed, or the old rubric did not ask it after them."""
    before = {one.name: one for one in old.criteria}
    changed = {change.criterion for change in changes(old, new) if change.what in _MEANING}
    return tuple(
        one.name
        for one in new.criteria
        if one.asked(labels) and (one.name not in before or one.name in changed or not before[one.name].asked(labels))
    )


def affected(reviews: pd.DataFrame, rubrics: Mapping[str, Rubric], current: Rubric) -> pd.DataFrame:
    """Columns AFFECTED, in the order of the reviews.

    reviews: columns tables.REVIEWS. rubrics: version -> rubric; reviews of versions it lacks are left out, and so are
    assisted reviews, repeats and those that are not judged. Of several by one person on a trace only the latest
    counts."""
    tables.require(reviews, tables.REVIEWS, "reviews")
    rows = []
    for review_id, answers in _outdated(reviews, rubrics, current).groupby("review_id", sort=False):
        first, labelled = answers.iloc[0], answers.dropna(subset=["label"])
        labels = dict(zip(labelled["criterion"], labelled["label"], strict=True))
        names = silent_on(labels, rubrics[first["rubric_version"]], current)
        known = {name: first[name] for name in ("trace_id", "reviewer", "rubric_version")}
        rows.append({"review_id": review_id, **known, "criteria": ",".join(names)})
    return pd.DataFrame(rows, columns=list(AFFECTED))


def _outdated(reviews: pd.DataFrame, rubrics: Mapping[str, Rubric], current: Rubric) -> pd.DataFrame:
    """Each person's latest judged review of a trace, where they have not answered the current rubric on it at all."""
    own = reviews[~reviews["assisted"].astype(bool) & reviews["repeat_of"].isna() & (reviews["outcome"] != "skipped")]
    pairs = pd.MultiIndex.from_frame(own[["trace_id", "reviewer"]])
    renewed = pairs.isin(pairs[own["rubric_version"] == current.version])
    judged = (own["outcome"] == "judged") & own["rubric_version"].isin(list(rubrics))
    old = own[judged & ~renewed].sort_values("at", kind="stable")
    latest = old.drop_duplicates(["trace_id", "reviewer"], keep="last")
    return old[old["review_id"].isin(latest["review_id"])]
