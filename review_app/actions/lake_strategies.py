"""Which strategies of sampling.yaml can be decided on flat columns of a lake, and how; the rest is said in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from review_app.errors import BadConfig
from review_app.review.rubric import Rubric
from review_app.sampling.plan import RareColumn, SamplePlan
from review_app.traces.columns import Place
from review_app.traces.lake_conditions import AllOf, AnyOf, Below, Condition, In, IsTrue
from review_app.traces.lake_mapping import JudgeColumns, LakeMapping

_NO_JUDGE = "lake.yaml names no judge's columns"
_NO_CHECK = "lake.yaml names no `check_failed` column, and checks of ours cannot run in a lake"
_WHY_NOT = {
    "judge_flagged": _NO_JUDGE,
    "check_failed": _NO_CHECK,
    "flagged": f"{_NO_JUDGE} and no `check_failed`",
    "disagreement": "lake.yaml does not name two judges of one criterion",
    "uncertain": "lake.yaml names no judge with a `confidence` column",
    "rare": "none of its columns is mapped, or no value is rare",
    "complaint": "lake.yaml does not say where the rating of `user_feedback` stands",
    "new_cluster": "it reads every text, and texts stay in the lake",
}
EVERYTHING = AllOf(parts=())


@dataclass(frozen=True, kw_only=True)
class Decided:
    """strategies: name -> whom it may choose, in the order of a draw's rates. notes: what is not decided there, in
    sentences."""

    strategies: Mapping[str, Condition]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What strategies are made of. rare: column -> the values that count as rare."""

    mapping: LakeMapping
    rubric: Rubric
    rare: Mapping[str, Sequence[str]]
    has_checks: bool


def decided(plan: SamplePlan, names: Collection[str], known: Known) -> Decided:
    """A condition for each of these strategies that the columns can decide. Raises BadConfig where lake.yaml names a
    criterion the rubric does not have."""
    found: dict[str, Condition] = {}
    notes = []
    for name in sorted(set(names) - {"random"}):
        condition = _condition(name, plan, known)
        if condition is None:
            notes.append(f"{name} is not decided in the lake, and its share goes to random: {_WHY_NOT[name]}")
        else:
            found[name] = condition
    if "flagged" in found and known.has_checks and known.mapping.check_failed is None:
        notes.append(f"flagged means flagged by a judge: {_NO_CHECK}")
    if plan.urgent:
        notes.append("urgent traces are not looked for: what a lake holds is drawn, not watched")
    if "rare" in names:
        missing = [column for column in plan.rare.columns if rare_place(column, known.mapping) is None]
        notes += [f"rare does not look at {', '.join(sorted(missing))}: no flat column is mapped"] if missing else []
    return Decided(strategies=found | {"random": EVERYTHING}, notes=tuple(notes))


def rare_place(column: RareColumn, mapping: LakeMapping) -> Place | None:
    """Where a column of `rare` stands in the lake; None where it is not mapped, and for tools, which are inside."""
    place: Place | None = None if column == "tool" else getattr(mapping.trace, column)
    return place if place and place.column is not None else None


def labels_of(judge: JudgeColumns, rubric: Rubric) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(labels, bad labels) of the criterion a judge was asked. Raises BadConfig where the rubric has no such one."""
    criteria = {criterion.name: criterion for criterion in rubric.criteria}
    if judge.criterion not in criteria:
        raise BadConfig(
            f"The judge {judge.judge!r} answers {judge.criterion!r}, which the rubric does not ask.",
            where="lake.yaml",
            do=f"Use one of {', '.join(criteria)}, or add the criterion to rubric.yaml.",
        )
    return tuple(criteria[judge.criterion].values()), tuple(criteria[judge.criterion].bad)


def _condition(name: str, plan: SamplePlan, known: Known) -> Condition | None:
    if name == "judge_flagged":
        return _judge_flagged(known)
    if name == "check_failed":
        return _check_failed(known)
    if name == "flagged":
        return _any_of([_check_failed(known), _judge_flagged(known)])
    if name == "disagreement":
        return _any_of(_disputes(known))
    if name == "uncertain":
        return _any_of([_unsure(judge, known, plan.uncertain.below) for judge in known.mapping.judges])
    if name == "rare":
        places = {column: rare_place(column, known.mapping) for column in plan.rare.columns}
        values = {column: tuple(known.rare.get(column, ())) for column in places}
        return _any_of([In(column=at, values=values[name]) for name, at in places.items() if at and values[name]])
    return _complaint(known.mapping) if name == "complaint" else None


def _any_of(parts: Sequence[Condition | None]) -> Condition | None:
    there = tuple(part for part in parts if part is not None)
    return AnyOf(parts=there) if there else None


def _judge_flagged(known: Known) -> Condition | None:
    return _any_of([_said(judge, labels_of(judge, known.rubric)[1]) for judge in known.mapping.judges])


def _check_failed(known: Known) -> Condition | None:
    return IsTrue(column=known.mapping.check_failed) if known.mapping.check_failed else None


def _said(judge: JudgeColumns, labels: tuple[str, ...]) -> Condition | None:
    spelled = judge.spellings(labels)
    return In(column=judge.label, values=spelled) if spelled else None


def _disputes(known: Known) -> list[Condition | None]:
    """Of each criterion with several judges: one says bad, and one does not."""
    found: list[Condition | None] = []
    for criterion in sorted({judge.criterion for judge in known.mapping.judges}):
        mine = [judge for judge in known.mapping.judges if judge.criterion == criterion]
        labels, bad = labels_of(mine[0], known.rubric)
        good = tuple(label for label in labels if label not in bad)
        some_bad, some_good = (_any_of([_said(judge, said) for judge in mine]) for said in (bad, good))
        if len(mine) > 1 and some_bad and some_good:
            found.append(AllOf(parts=(some_bad, some_good)))
    return found


def _unsure(judge: JudgeColumns, known: Known, below: float) -> Condition | None:
    said = _said(judge, labels_of(judge, known.rubric)[0])
    if judge.confidence is None or said is None:
        return None
    return AllOf(parts=(said, Below(column=judge.confidence, bound=below)))


def _complaint(mapping: LakeMapping) -> Condition | None:
    feedback = mapping.trace.user_feedback
    if feedback is None or feedback.rating is None:
        return None
    if feedback.values:
        return In(column=feedback.rating, values=tuple(sorted(said for said, n in feedback.values.items() if n < 0)))
    return Below(column=feedback.rating, bound=0)
