"""Draw the review queue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import orjson
import pandas as pd

from review_app.actions.eligibility import Asked, eligibility_rules, with_strategies
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.review.rubric import Rubric
from review_app.sampling.draw import Rates, draw, inclusion, patterns, rates
from review_app.sampling.exact import draw_exactly
from review_app.sampling.overlap import reviews_needed, skill_needed
from review_app.sampling.plan import Frame, SamplePlan
from review_app.store import candidates, new_slots
from review_app.store import draws as draw_table
from review_app.store.draws import Draw
from review_app.store.engine import Store

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What a draw did. added: traces that were not in the queue before; held: traces in the queue now.
    topped_up: reviews that traces drawn before were found to need as well. urgent: traces put before everything."""

    draw: Draw
    added: int
    held: int
    topped_up: int = 0
    urgent: int = 0


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A draw before it is made. frame: trace_id, stratum, and a boolean column per strategy. before: the draws of the
    queue with fixed rates; every: with its waves."""

    draw: Draw
    frame: pd.DataFrame
    before: tuple[Draw, ...]
    every: tuple[Draw, ...]


def sample(project: Path, reviews: int | None = None, progress: Progress = lambda traces: None) -> Sampled:
    """Draw the queue of sampling.yaml, or with another budget of `reviews`.

    The same draw again adds nothing; a larger budget, more overlap, another rubric (the first traces under it get the
    overlap), or new traces in the frame, only add. Raises WrongUsage when no trace is eligible, or when the rule of a
    strategy is another one than in the draws before."""
    workspace = opened(project)
    plan = with_budget(workspace.settings.plan, reviews)
    ready = prepared(workspace, plan, progress)
    held = draw_table.drawn(workspace.store, plan.queue)
    choose = draw_exactly if plan.exact else draw
    chosen = choose(ready.frame, ready.draw.rates, plan.salt)
    another = not ready.before or _differs(ready.before[-1], ready.draw) or len(chosen) > len(held)
    if another:
        _refuse_a_second(plan, ready.before)
    drawn = with_needs(workspace, plan, chosen, held, ready.draw.number)
    topped_up = draw_table.top_up(workspace.store, plan.queue, drawn[drawn["trace_id"].isin(held["trace_id"])])
    added = draw_table.save(workspace.store, ready.draw, drawn) if another else 0
    urgent = _send_urgent(workspace, plan)
    return Sampled(draw=ready.draw, added=added, held=len(drawn), topped_up=topped_up, urgent=urgent)


def prepared(workspace: Workspace, plan: SamplePlan, progress: Progress = lambda traces: None) -> Prepared:
    """Everything of a draw but the drawing: what is eligible for what, and with which rates.

    Writes nothing but what it had to read texts for (tools, text clusters), so that nobody reads them again."""
    # Before anything is read: what is stored meanwhile came after this draw.
    at = datetime.now(UTC)
    frame, said = _read(workspace.store, plan.frame)
    if frame.empty:
        raise WrongUsage("No trace is eligible.", do="Ingest traces, or widen `frame` in sampling.yaml.")
    every = draw_table.every(workspace.store, plan.queue)
    before = tuple(one for one in every if one.kind == "fixed")
    rule, filters = _flag_rule(workspace, said), orjson.dumps(plan.frame).decode()
    if before:
        _refuse_another(before[-1], plan, rule, filters)
    asked = Asked(workspace=workspace, plan=plan, trace_ids=frame["trace_id"].tolist(), progress=progress)
    rules = eligibility_rules(asked, before[-1] if before else None)
    earlier = before[-1].rates if before else {}
    frame = with_strategies(asked, frame, {*plan.shares, *earlier}, rules)
    eligible = {"random": len(frame)} | {name: int(frame[name].sum()) for name in frame.columns[2:]}
    found = rates(plan, eligible, earlier)
    inside = said if plan.frame == Frame() else candidates.said(workspace.store, plan.frame)
    number = every[-1].number + 1 if every else 1
    made = Draw(
        draw_id=f"{plan.queue}-{number}",
        queue=plan.queue,
        number=number,
        salt=plan.salt,
        rates=found,
        frame_size=len(frame),
        eligible=eligible,
        verdict_counts={"judges": counted(inside, len(frame), workspace.settings.rubric).to_dict("records")},
        flag_rule=rule,
        frame=filters,
        at=at,
        eligibility=rules,
        strata=frame["stratum"].value_counts().to_dict(),
        frame_id=frame_id(filters, asked.trace_ids),
        unreachable=_unreachable(frame, found),
    )
    return Prepared(draw=made, frame=frame, before=before, every=every)


def _read(store: Store, frame: Frame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The traces of a frame, and what was said of everything there is; at once, as the engine counts without Python."""

    def said() -> pd.DataFrame:
        try:
            return candidates.said(store, Frame())
        finally:
            store.close()  # this thread's connection

    with ThreadPoolExecutor(1) as other:
        coming = other.submit(said)
        return candidates.candidates(store, frame), coming.result()


def with_budget(plan: SamplePlan, reviews: int | None) -> SamplePlan:
    """The plan, with another budget of reviews where there is one."""
    return plan if reviews is None else replace(plan, reviews=reviews, reviewer_minutes=None)


def with_needs(
    workspace: Workspace, plan: SamplePlan, drawn: pd.DataFrame, held: pd.DataFrame, number: int
) -> pd.DataFrame:
    """What was drawn, with what each trace needs: `reviews` and `skill`. number: that of the draw in the making."""
    since = dict(zip(held["trace_id"], held["number"], strict=True))
    tags = candidates.about(workspace.store, drawn["trace_id"].tolist()).set_index("trace_id")["tags"]
    drawn = drawn.assign(number=[since.get(trace_id, number) for trace_id in drawn["trace_id"]])
    asked_otherwise = new_slots.asked_otherwise(workspace.store, workspace.settings.rubric.version)
    known = zip(drawn["stratum"], drawn["trace_id"].map(tags), strict=True)
    skills = [skill_needed(stratum, tags.split(","), plan) for stratum, tags in known]
    needed = reviews_needed(drawn, plan, asked_otherwise)
    return drawn.assign(reviews=needed, skill=pd.Series(skills, index=drawn.index, dtype=object))


def frame_id(filters: str, trace_ids: Sequence[str]) -> str:
    """Names a frame by what it is: its filters, and every trace in it. The order of the traces does not matter."""
    return md5("\n".join([filters, *sorted(trace_ids)]).encode(), usedforsecurity=False).hexdigest()[:16]


def counted(said: pd.DataFrame, size: int, rubric: Rubric) -> pd.DataFrame:
    """One row per judge, judge_version and criterion: n_flagged, n_passed and n_without_verdict traces of a frame.

    said: how often each judge gave each label there (store.candidates.said). size: how many traces it has."""
    told = said[_labelled(said, {c.name: c.values() for c in rubric.criteria})]
    bad = _labelled(told, {c.name: c.bad for c in rubric.criteria})
    judges = ["judge", "judge_version", "criterion"]
    known = said[judges].drop_duplicates().set_index(judges)
    counts = told.assign(n_flagged=told["n"].where(bad, 0), n_passed=told["n"].where(~bad, 0))
    summed = known.join(counts.groupby(judges)[["n_flagged", "n_passed"]].sum()).fillna(0).astype(int)
    return summed.assign(n_without_verdict=size - summed.sum(axis=1)).reset_index()


def _unreachable(frame: pd.DataFrame, found: Rates) -> int:
    if found["random"]:
        return 0
    counts = pd.Series(patterns(frame, found)).value_counts()
    return int(sum(n for eligible, n in counts.items() if not inclusion(str(eligible), found)))


def _send_urgent(workspace: Workspace, plan: SamplePlan) -> int:
    if plan.urgent is None:
        return 0
    versions = {spec.name: spec.version for spec in workspace.settings.checks}
    found = candidates.urgent(workspace.store, plan.urgent, versions)
    return draw_table.send_urgent(workspace.store, plan.queue, found, datetime.now(UTC))


def _refuse_a_second(plan: SamplePlan, before: tuple[Draw, ...]) -> None:
    if plan.exact and before:
        raise WrongUsage(
            f"Queue {plan.queue!r} was drawn with `exact: true`, and its budget or its frame has changed since.",
            where="sampling.yaml",
            do="Name a new `queue` with a new `salt`; or leave `exact` out next time: such a queue can grow.",
        )


def _refuse_another(last: Draw, plan: SamplePlan, rule: str, filters: str) -> None:
    # A trace's probability is only known if it could be drawn by the same rule at every draw of the series.
    now = {"salt": plan.salt, "what counts as flagged": rule, "frame": filters}
    before = {"salt": last.salt, "what counts as flagged": last.flag_rule, "frame": last.frame}
    for what, value in now.items():
        if value != before[what]:
            differs = f"{what} was {before[what]}, now it is {value}"
            if value == rule:
                differs = f"of {what}, {_changes(before[what], value)}"
            raise WrongUsage(
                f"Queue {plan.queue!r} was drawn with another rule: {differs}.",
                where="sampling.yaml",
                do="Name a new `queue` with a new `salt`: a changed rule makes another sample, with its own weights.",
            )


def _flag_rule(workspace: Workspace, said: pd.DataFrame) -> str:
    checks = sorted(f"{spec.name} {spec.version}" for spec in workspace.settings.checks)
    bad = {criterion.name: ",".join(criterion.bad) for criterion in workspace.settings.rubric.criteria}
    judges = sorted(
        f"{judge} {version} {criterion} {bad[criterion]}"
        for judge, version, criterion in said[["judge", "judge_version", "criterion"]]
        .drop_duplicates()
        .itertuples(index=False)
        if criterion in bad
    )
    return f"checks: {'; '.join(checks) or 'none'} | judges: {'; '.join(judges) or 'none'}"


def _changes(before: str, now: str) -> str:
    """Of two flag rules, what only one of them has."""
    old, new = (re.split("(?:checks: | [|] judges: |; )", rule) for rule in (before, now))
    gone, came = ([part for part in a if part not in (*b, "", "none")] for a, b in ((old, new), (new, old)))
    told = [f"{', '.join(parts)} {word}" for parts, word in ((gone, "is gone"), (came, "is new")) if parts]
    return " and ".join(told)


def _labelled(said: pd.DataFrame, labels: Mapping[str, tuple[str, ...]]) -> pd.Series[bool]:
    """Which rows are usable verdicts that gave one of these labels. labels: criterion -> labels."""
    found = pd.Series(False, index=said.index)
    for criterion, wanted in labels.items():
        found |= (said["criterion"] == criterion) & said["label"].isin(wanted)
    return found & (said["status"] == "ok")


def _differs(last: Draw, now: Draw) -> bool:
    return (last.rates, last.frame_size, last.eligible) != (now.rates, now.frame_size, now.eligible)
