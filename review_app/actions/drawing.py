"""Draw the review queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pandas as pd

from review_app.actions.checking import results_in_force
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.review.rubric import Rubric
from review_app.sampling.draw import draw, rates
from review_app.sampling.overlap import reviews_needed, skill_needed
from review_app.sampling.plan import Frame, SamplePlan
from review_app.store import draws as draw_table
from review_app.store import new_slots
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.draws import Draw


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What a draw did. added: traces that were not in the queue before; held: traces in the queue now.
    topped_up: reviews that traces drawn before were found to need as well."""

    draw: Draw
    added: int
    held: int
    topped_up: int = 0


def sample(project: Path, reviews: int | None = None) -> Sampled:
    """Draw the queue of sampling.yaml, or with another budget of `reviews`.

    The same draw again adds nothing; a larger budget, more overlap, another rubric (the first traces under it get the
    overlap), or new traces in the frame, only add. Raises WrongUsage when no trace is eligible, or when the rule for
    `flagged` is another one than in the draws before."""
    workspace = opened(project)
    plan = workspace.settings.plan
    if reviews is not None:
        plan = replace(plan, reviews=reviews, reviewer_minutes=None)
    traces = in_frame(trace_table.frame(workspace.store), plan.frame)
    if traces.empty:
        raise WrongUsage("No trace is eligible.", do="Ingest traces, or widen `frame` in sampling.yaml.")
    verdicts = verdict_table.frame(workspace.store)
    bad = _labelled(verdicts, {c.name: c.bad for c in workspace.settings.rubric.criteria})
    flagged = set(verdicts.loc[bad, "trace_id"]) | _failed_checks(workspace)
    frame = traces.assign(stratum=traces["route"].fillna("none"), flagged=traces["trace_id"].isin(flagged))
    series = draw_table.series(workspace.store, plan.queue)
    found = _new_draw(workspace, plan, frame, verdicts, series)
    held = draw_table.drawn(workspace.store, plan.queue)
    drawn = draw(frame, found.rates, plan.salt).merge(frame[["trace_id", "tags"]], how="left", on="trace_id")
    drawn = _with_needs(workspace, drawn, held, found.number)
    topped_up = draw_table.top_up(workspace.store, plan.queue, drawn[drawn["trace_id"].isin(held["trace_id"])])
    added = 0
    if not series or _differs(series[-1], found) or len(drawn) > len(held):
        added = draw_table.save(workspace.store, found, drawn)
    return Sampled(draw=found, added=added, held=len(drawn), topped_up=topped_up)


def in_frame(traces: pd.DataFrame, frame: Frame) -> pd.DataFrame:
    """The rows of a traces frame that a frame's filters let in."""
    keep = pd.Series(True, index=traces.index)
    if frame.since:
        keep &= traces["at"] >= _utc(frame.since)
    if frame.until:
        keep &= traces["at"] < _utc(frame.until)
    if frame.route:
        keep &= traces["route"].isin(frame.route)
    if frame.language:
        keep &= traces["language"].isin(frame.language)
    return traces[keep].reset_index(drop=True)


def verdict_counts(verdicts: pd.DataFrame, frame: pd.DataFrame, rubric: Rubric) -> pd.DataFrame:
    """One row per judge, judge_version and criterion: n_flagged, n_passed and n_without_verdict traces of the frame."""
    inside = verdicts[verdicts["trace_id"].isin(frame["trace_id"])]
    told = inside[_labelled(inside, {c.name: c.values() for c in rubric.criteria})]
    bad = _labelled(told, {c.name: c.bad for c in rubric.criteria})
    judges = ["judge", "judge_version", "criterion"]
    known = inside[judges].drop_duplicates().set_index(judges)
    counts = told.assign(n_flagged=bad, n_passed=~bad).groupby(judges)[["n_flagged", "n_passed"]].sum()
    counts = known.join(counts).fillna(0).astype(int)
    return counts.assign(n_without_verdict=len(frame) - counts.sum(axis=1)).reset_index()


def _with_needs(workspace: Workspace, drawn: pd.DataFrame, held: pd.DataFrame, number: int) -> pd.DataFrame:
    """What was drawn, with what each trace needs: `reviews` and `skill`. number: that of the draw in the making."""
    plan = workspace.settings.plan
    since = dict(zip(held["trace_id"], held["number"], strict=True))
    drawn = drawn.assign(number=[since.get(trace_id, number) for trace_id in drawn["trace_id"]])
    asked_otherwise = new_slots.asked_otherwise(workspace.store, workspace.settings.rubric.version)
    known = zip(drawn["stratum"], drawn["tags"], strict=True)
    skills = [skill_needed(stratum, tags.split(","), plan) for stratum, tags in known]
    needed = reviews_needed(drawn, plan, asked_otherwise)
    return drawn.assign(reviews=needed, skill=pd.Series(skills, index=drawn.index, dtype=object))


def _new_draw(
    workspace: Workspace, plan: SamplePlan, frame: pd.DataFrame, verdicts: pd.DataFrame, series: tuple[Draw, ...]
) -> Draw:
    rule = _flag_rule(workspace, verdicts)
    filters = orjson.dumps(plan.frame).decode()
    if series:
        _refuse_another(series[-1], plan, rule, filters)
    eligible = {"random": len(frame), "flagged": int(frame["flagged"].sum())}
    number = len(series) + 1
    counts = verdict_counts(verdicts, frame, workspace.settings.rubric)
    return Draw(
        draw_id=f"{plan.queue}-{number}",
        queue=plan.queue,
        number=number,
        salt=plan.salt,
        rates=rates(plan, eligible, series[-1].rates if series else {}),
        frame_size=len(frame),
        eligible=eligible,
        verdict_counts={"judges": counts.to_dict("records")},
        flag_rule=rule,
        frame=filters,
        at=datetime.now(UTC),
    )


def _refuse_another(last: Draw, plan: SamplePlan, rule: str, filters: str) -> None:
    # A trace's probability is only known if it could be drawn by the same rule at every draw of the series.
    now = {"salt": plan.salt, "what counts as flagged": rule, "frame": filters}
    before = {"salt": last.salt, "what counts as flagged": last.flag_rule, "frame": last.frame}
    for what, value in now.items():
        if value != before[what]:
            raise WrongUsage(
                f"Queue {plan.queue!r} was drawn with another rule: {what} was {before[what]}, now it is {value}.",
                where="sampling.yaml",
                do="Name a new `queue` with a new `salt`: a changed rule makes another sample, with its own weights.",
            )


def _flag_rule(workspace: Workspace, verdicts: pd.DataFrame) -> str:
    checks = sorted(f"{spec.name} {spec.version}" for spec in workspace.settings.checks)
    judges = sorted(
        f"{judge} {version} {criterion} {','.join(workspace.settings.rubric.criterion(criterion).bad)}"
        for judge, version, criterion in verdicts[["judge", "judge_version", "criterion"]]
        .drop_duplicates()
        .itertuples(index=False)
        if criterion in {c.name for c in workspace.settings.rubric.criteria}
    )
    return f"checks: {'; '.join(checks) or 'none'} | judges: {'; '.join(judges) or 'none'}"


def _labelled(verdicts: pd.DataFrame, labels: Mapping[str, tuple[str, ...]]) -> pd.Series[bool]:
    """Which usable verdicts gave one of these labels. labels: criterion -> labels."""
    found = pd.Series(False, index=verdicts.index)
    for criterion, wanted in labels.items():
        found |= (verdicts["criterion"] == criterion) & verdicts["label"].isin(wanted)
    return found & (verdicts["status"] == "ok")


def _failed_checks(workspace: Workspace) -> set[str]:
    found = results_in_force(workspace)
    return set(found.loc[found["status"] == "fail", "trace_id"])


def _differs(last: Draw, now: Draw) -> bool:
    return (last.rates, last.frame_size, last.eligible) != (now.rates, now.frame_size, now.eligible)


def _utc(at: datetime) -> pd.Timestamp:
    stamp = pd.Timestamp(at)
    return stamp.tz_localize(UTC) if stamp.tzinfo is None else stamp.tz_convert(UTC)
