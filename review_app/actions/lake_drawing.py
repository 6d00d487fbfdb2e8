"""Draw the review queue where the traces are, and copy only what was drawn.

The plan, the rates, the hashes and the stored draw are those of `sample`; only the questions are put to a lake instead
of our store. First its strata are counted, which gives the rates; then one query keeps the rows that a hash hits, under
the same prefix and threshold text as ours, so that the same ids come out with the same probabilities on every engine.
What decides is written down with the draw. Traces are stored first and the draw last, in one transaction: a run that
was interrupted leaves no draw, and the next one ends as if it had been the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from review_app.actions.drawing import Sampled, with_budget, with_needs
from review_app.actions.lake_fetching import Fetched, Fetching
from review_app.actions.lake_strategies import EVERYTHING, Decided, Known, decided, labels_of, rare_place
from review_app.actions.workspace import Workspace, opened
from review_app.errors import BadInput, WrongUsage
from review_app.review.rubric import Rubric
from review_app.sampling.draw import Rates, inclusion, queued, rates, threshold
from review_app.sampling.plan import SamplePlan
from review_app.store import draws as draw_table
from review_app.store.draws import Draw
from review_app.traces import lake, lake_mapping
from review_app.traces.lake import Frame, Hit, Lake, Size, Stratum
from review_app.traces.lake_conditions import Hash, Within, written
from review_app.traces.lake_mapping import LakeMapping

Progress = Callable[[str], None]
FILE = "lake.yaml"
IN_LAKE = "lake"
"""The entry of a draw's `eligibility` that says it was drawn in a lake: its address, what each strategy may choose, and
how many rows had no id or a repeated one."""

_NAMED = 5  # repeated ids that are shown
_MOST_RARE = 1_000


@dataclass(frozen=True, kw_only=True)
class LakeSampled:
    """What a draw in a lake did. notes: what was left out or could not be decided there, in sentences."""

    sampled: Sampled
    fetched: Fetched
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One draw in the making. before: the queue's draws with fixed rates; every: with its waves."""

    workspace: Workspace
    plan: SamplePlan
    mapping: LakeMapping
    source: Lake
    before: tuple[Draw, ...]
    every: tuple[Draw, ...]

    @property
    def earlier(self) -> Rates:
        return self.before[-1].rates if self.before else {}

    @property
    def settled(self) -> Mapping[str, Any]:
        return self.before[-1].eligibility if self.before else {}


def sample_lake(
    project: Path, url: str, reviews: int | None = None, progress: Progress = lambda doing: None
) -> LakeSampled:
    """Draw the queue of sampling.yaml from the lake at `url` (traces.lake_address), mapped by the project's lake.yaml.

    As `sample`: the same draw adds nothing, a larger budget or a grown lake only add. Raises WrongUsage where no trace
    is eligible, where traces drawn before have left the lake, or where another rule was used before; BadInput where the
    lake cannot be read; BadConfig where lake.yaml or sampling.yaml ask what it cannot decide."""
    workspace = opened(project)
    plan = with_budget(workspace.settings.plan, reviews)
    _refuse_exact(plan)
    mapping = lake_mapping.load(workspace.settings.folder / FILE)
    progress("opening the lake")
    with lake.opened(url) as source:
        every = draw_table.every(workspace.store, plan.queue)
        before = tuple(one for one in every if one.kind == "fixed")
        _refuse_store_queue(before)
        asked = _Asked(workspace=workspace, plan=plan, mapping=mapping, source=source, before=before, every=every)
        return _sampled(asked, progress)


def _sampled(asked: _Asked, progress: Progress) -> LakeSampled:
    progress("counting rows and ids")
    frame = Frame(mapping=asked.mapping, within=_within(asked.plan), strategies={"random": EVERYTHING})
    size = asked.source.size(frame)
    if size.rows == size.without_id:
        raise WrongUsage(
            f"No trace is eligible: {size.rows:,} rows are inside `frame`, {size.without_id:,} of them without an id.",
            where=asked.source.where.shown,
            do="Widen `frame` in sampling.yaml, or correct `trace_id` in lake.yaml.",
        )
    frame = replace(frame, repeated=size.ids is not None and size.ids < size.rows - size.without_id)
    progress("counting strata")
    rare = _rare(asked, frame, size)
    known = Known(
        mapping=asked.mapping,
        rubric=asked.workspace.settings.rubric,
        rare=rare.get("values", {}),
        has_checks=bool(asked.workspace.settings.checks),
    )
    chosen_by = decided(asked.plan, {*asked.plan.shares, *asked.earlier}, known)
    _refuse_another(asked, chosen_by)
    frame = replace(frame, strategies=chosen_by.strategies)
    made = _draw(asked, frame, size, rare)
    progress("drawing")
    hits = asked.source.drawn(frame, hashes(made.rates, made.salt))
    _refuse_odd(asked, hits)
    fetched = _fetched(asked, frame, hits, progress)
    return _saved(asked, made, hits, fetched, (*chosen_by.notes, *_about(asked, frame, size, fetched)))


def hashes(found: Rates, salt: str) -> dict[str, Hash]:
    """strategy -> when it hits: the words of sampling.draw, for those that can hit at all."""
    return {name: Hash(prefix=f"{salt}:{name}:", first=threshold(rate)) for name, rate in found.items() if rate > 0}


def _within(plan: SamplePlan) -> Within:
    frame = plan.frame
    # As the store has it: a time without a zone is UTC.
    since, until = (at.replace(tzinfo=UTC) if at and at.tzinfo is None else at for at in (frame.since, frame.until))
    return Within(since=since, until=until, route=frame.route, language=frame.language)


def _rare(asked: _Asked, frame: Frame, size: Size) -> dict[str, Any]:
    """What counts as rare, settled at the first draw that asks; empty where none does."""
    declared = asdict(asked.plan.rare) | {"columns": sorted(asked.plan.rare.columns)}
    settled = asked.settled.get("rare")
    if settled is not None:
        if settled["declared"] != declared:
            _refuse(asked, "what counts as rare", settled["declared"], declared)
        return dict(settled)
    if "rare" not in asked.plan.shares:
        return {}
    ids = size.rows - size.without_id if size.ids is None else size.ids
    values = {}
    for column in declared["columns"]:
        place = rare_place(column, asked.mapping)
        if place is None:
            continue
        values[column] = asked.source.values(frame, place, asked.plan.rare.below * ids, _MOST_RARE + 1)
        if len(values[column]) > _MOST_RARE:
            raise WrongUsage(
                f"More than {_MOST_RARE:,} values of {column} are rare.",
                where="sampling.yaml",
                do=f"Leave {column} out of `rare.columns`: nearly everything is rare there.",
            )
    return {"declared": declared, "values": values}


def _draw(asked: _Asked, frame: Frame, size: Size, rare: Mapping[str, Any]) -> Draw:
    strata = asked.source.strata(frame)
    total = sum(one.n for one in strata)
    names = {*asked.plan.shares, *asked.earlier, "random"}
    eligible = {name: sum(one.n for one in strata if name in one.open_to) for name in sorted(names)}
    found = rates(asked.plan, eligible, asked.earlier)
    by_name = pd.Series([one.n for one in strata]).groupby([one.name for one in strata]).sum().to_dict()
    filters = orjson.dumps(asked.plan.frame).decode()
    number = asked.every[-1].number + 1 if asked.every else 1
    rule = {name: written(condition) for name, condition in frame.strategies.items()}
    told = {
        "address": asked.source.where.shown,
        "strategies": rule,
        "without_id": size.without_id,
        "repeated": size.rows - size.without_id - total,
    }
    return Draw(
        draw_id=f"{asked.plan.queue}-{number}",
        queue=asked.plan.queue,
        number=number,
        salt=asked.plan.salt,
        rates=found,
        frame_size=total,
        eligible={name: eligible[name] for name in found},
        verdict_counts={"judges": _judged(asked, frame, total)},
        flag_rule=f"lake: {orjson.dumps(rule.get('flagged'), option=orjson.OPT_SORT_KEYS).decode()}",
        frame=filters,
        at=datetime.now(UTC),
        eligibility={IN_LAKE: told} | ({"rare": dict(rare)} if rare else {}),
        strata=by_name,
        frame_id=_frame_id(filters, told, by_name),
        unreachable=_unreachable(strata, found),
    )


def _judged(asked: _Asked, frame: Frame, total: int) -> list[dict[str, Any]]:
    """A row per judge: how many traces of the frame it flagged, passed and left without a usable verdict, and how many
    it gave each label of the rubric."""
    judges, rubric = asked.mapping.judges, asked.workspace.settings.rubric
    if not judges:
        return []
    known = [judge.spellings(labels_of(judge, rubric)[0]) for judge in judges]
    said = asked.source.labels(frame, known)
    return [_counts(asked.mapping, place, rubric, said, total) for place in range(len(judges))]


def _counts(
    mapping: LakeMapping, place: int, rubric: Rubric, said: Sequence[tuple[tuple[str | None, ...], int]], total: int
) -> dict[str, Any]:
    judge = mapping.judges[place]
    labels, bad = labels_of(judge, rubric)
    levels = dict.fromkeys(labels, 0)
    for spelled, n in said:
        text = spelled[place]
        if text is not None:
            levels[judge.labels.get(text, text)] += n
    flagged = sum(levels[label] for label in bad)
    return {
        "judge": judge.judge,
        "judge_version": judge.judge_version,
        "criterion": judge.criterion,
        "n_flagged": flagged,
        "n_passed": sum(levels.values()) - flagged,
        "n_without_verdict": total - sum(levels.values()),
        "levels": levels,
    }


def _fetched(asked: _Asked, frame: Frame, hits: Sequence[Hit], progress: Progress) -> Fetched:
    """The records of what was drawn and is not in the queue yet, stored."""
    held = set(draw_table.drawn(asked.workspace.store, asked.plan.queue)["trace_id"])
    wanted = [hit.trace_id for hit in hits if hit.trace_id not in held]
    with Fetching(asked.workspace, asked.mapping, asked.source.where.shown, wanted) as run:
        progress(f"fetching {len(wanted):,} drawn traces")
        for batch in asked.source.records(frame, wanted):
            run.keep(batch)
            progress(f"{run.read:,} of {len(wanted):,} drawn traces fetched")
        return run.outcome()


def _saved(asked: _Asked, made: Draw, hits: Sequence[Hit], fetched: Fetched, notes: tuple[str, ...]) -> LakeSampled:
    store, plan = asked.workspace.store, asked.plan
    held = draw_table.drawn(store, plan.queue)
    there = fetched.kept | set(held["trace_id"])
    kept = [hit for hit in hits if hit.trace_id in there]
    rows = pd.DataFrame(
        [(hit.trace_id, hit.stratum, ",".join(hit.reasons)) for hit in kept], columns=["trace_id", "stratum", "reasons"]
    )
    chosen = queued(rows, [",".join(hit.open_to) for hit in kept], made.rates, made.salt)
    another = not asked.before or _differs(asked.before[-1], made) or len(chosen) > len(held)
    drawn = with_needs(asked.workspace, plan, chosen, held, made.number)
    topped_up = draw_table.top_up(store, plan.queue, drawn[drawn["trace_id"].isin(held["trace_id"])])
    # Figures speak of what was stored by then.
    made = replace(made, at=datetime.now(UTC))
    added = draw_table.save(store, made, drawn) if another else 0
    done = Sampled(draw=made, added=added, held=len(drawn), topped_up=topped_up)
    return LakeSampled(sampled=done, fetched=fetched, notes=notes)


def _about(asked: _Asked, frame: Frame, size: Size, fetched: Fetched) -> list[str]:
    """What was left out, in sentences."""
    found = []
    if size.without_id:
        found.append(f"{size.without_id:,} of {size.rows:,} rows have no trace_id: no draw can choose them")
    if frame.repeated and size.ids is not None:
        often = asked.source.repeated(frame, _NAMED)
        named = ", ".join(f"{trace_id!r} ({n:,} rows)" for trace_id, n in often)
        extra = size.rows - size.without_id - size.ids
        found.append(f"rows that repeat an id: {extra:,}; only the newest row of each id counts: {named}, …")
    if fetched.rejected:
        found.append(f"drawn records that are no traces, and not in the queue: {fetched.rejected:,}")
    return found


def _unreachable(strata: Sequence[Stratum], found: Rates) -> int:
    return sum(one.n for one in strata if not inclusion(",".join(one.open_to), found))


def _frame_id(filters: str, told: Mapping[str, Any], strata: Mapping[str, int]) -> str:
    """Names a frame by what is known of it without reading its ids: where it is, what it lets in, and its counts."""
    text = orjson.dumps([filters, told, strata], option=orjson.OPT_SORT_KEYS)
    return md5(text, usedforsecurity=False).hexdigest()[:16]


def _differs(last: Draw, now: Draw) -> bool:
    return (last.rates, last.frame_size, last.eligible) != (now.rates, now.frame_size, now.eligible)


def _refuse_exact(plan: SamplePlan) -> None:
    if plan.exact:
        raise WrongUsage(
            "`exact: true` compares all traces with one another, and a lake decides about each row alone.",
            where="sampling.yaml",
            do="Leave `exact` out: the number drawn is then right on average.",
        )


def _refuse_store_queue(before: Sequence[Draw]) -> None:
    if before and IN_LAKE not in before[-1].eligibility:
        raise WrongUsage(
            f"Queue {before[-1].queue!r} was drawn from the traces stored here, not from a lake.",
            where="sampling.yaml",
            do="Name a new `queue` with a new `salt`: another frame makes another sample, with its own weights.",
        )


def _refuse_another(asked: _Asked, now: Decided) -> None:
    # A trace's probability is only known if it could be drawn by the same rule at every draw of the series.
    if not asked.before:
        return
    last = asked.before[-1]
    filters = orjson.dumps(asked.plan.frame).decode()
    rules = {name: written(condition) for name, condition in now.strategies.items()}
    for what, before, after in (("salt", last.salt, asked.plan.salt), ("frame", last.frame, filters)):
        if before != after:
            _refuse(asked, what, before, after)
    for name, before in last.eligibility[IN_LAKE]["strategies"].items():
        if rules.get(name) != before:
            _refuse(asked, f"what {name} may choose", before, rules.get(name))


def _refuse(asked: _Asked, what: str, before: Any, now: Any) -> None:
    raise WrongUsage(
        f"Queue {asked.plan.queue!r} was drawn with another rule: {what} was {before}, now it is {now}.",
        where="sampling.yaml or lake.yaml",
        do="Put it back, or name a new `queue` with a new `salt`: a changed rule makes another sample.",
    )


def _refuse_odd(asked: _Asked, hits: Sequence[Hit]) -> None:
    """An id that came twice although it was said to be unique, and traces of the queue that the lake lost."""
    ids = [hit.trace_id for hit in hits]
    if len(set(ids)) < len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise BadInput(
            f"lake.yaml says `unique: true`, and {twice!r} stands there more than once.",
            where=asked.source.where.shown,
            do="Take `unique` out: repeated ids are then found, counted, and drawn once.",
        )
    gone = set(draw_table.drawn(asked.workspace.store, asked.plan.queue)["trace_id"]) - set(ids)
    if gone:
        raise WrongUsage(
            f"{len(gone):,} traces that were drawn before are no longer in the lake, or left the frame, such as "
            f"{min(gone)!r}: what the others stand for is not known any more.",
            where=asked.source.where.shown,
            do="Name a new `queue` with a new `salt`; or give `frame` a span of time that the lake keeps.",
        )
