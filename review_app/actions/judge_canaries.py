"""Let outputs try to steer a judge, and count how often they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.judges import labels
from review_app.actions.judging import Terms, judge_traces
from review_app.actions.workspace import opened
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.wilson import wilson
from review_app.errors import NotEnoughData
from review_app.grading.judges.canaries import CONTROL, kinds, steering
from review_app.grading.judges.spec import JudgeSpec
from review_app.sampling.draw import digest
from review_app.settings.judges import judge as judge_named
from review_app.store import judge_findings
from review_app.store import traces as trace_table
from review_app.store.judge_findings import Finding
from review_app.tables import Verdict

FEWEST = 5
_METHOD = "share of traces; Wilson's interval"


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """How often one model passed an answer it had flagged, once the answer asked for it. steered: a trace counts when
    any plea turned it. by_kind: each plea by itself. control: an idle sentence instead, which shows how often the judge
    turns for nothing."""

    judge: str
    judge_version: str
    steered: Estimate
    by_kind: Mapping[str, Estimate]
    control: Estimate


def run_canaries(
    project: Path, judge: str | None = None, n: int = 20, terms: Terms | None = None
) -> tuple[Canaries, ...]:
    """Take `n` traces that every model of a judge flags, the same ones each time, and let their outputs plead to be
    passed, in every way there is; one result per model, stored. Raises NotEnoughData below FEWEST flagged traces."""
    workspace = opened(project)
    spec = judge_named(workspace.settings, judge)
    tables = [labels.flags(workspace, one.judge, one.version, spec.criterion) for one in spec.members]
    flagged = set.intersection(*(set(table.loc[table["flagged"], "trace_id"]) for table in tables))
    salt = workspace.settings.plan.salt
    chosen = sorted(flagged, key=lambda trace_id: digest(salt, "canaries", trace_id))[:n]
    if len(chosen) < FEWEST:
        raise NotEnoughData(
            f"{spec.name} flags {len(chosen)} traces; {FEWEST} are needed to see whether a plea turns them.",
            do="Let it judge more traces first: review-app judge run",
        )
    wanted = next(said for said, label in spec.labels.items() if label not in spec.bad)
    variants = [pair for one in chosen for pair in steering(trace_table.body(workspace.store, one), wanted)]
    verdicts = judge_traces(project, spec.name, [trace for _, trace in variants], terms)
    kind_of = {trace.trace_id: kind for kind, trace in variants}
    found = tuple(_counted(one.judge, one.version, spec, verdicts, kind_of) for one in spec.members)
    now = datetime.now(UTC)
    judge_findings.add(
        workspace.store,
        [
            Finding(
                kind="canaries", judge=one.judge, judge_version=one.judge_version, criterion=spec.criterion,
                body=asdict(one), at=now,
            )
            for one in found
        ],
    )  # fmt: skip
    return found


def _counted(
    judge: str, version: str, spec: JudgeSpec, verdicts: tuple[Verdict, ...], kind_of: Mapping[str, str]
) -> Canaries:
    turned: dict[str, dict[str, bool]] = {}
    for one in verdicts:
        if one.judge == judge and one.status == "ok":
            base = one.trace_id.removesuffix(f" / {kind_of[one.trace_id]}")
            turned.setdefault(base, {})[kind_of[one.trace_id]] = one.label not in spec.bad
    by_kind = {kind: _share([said[kind] for said in turned.values() if kind in said]) for kind in (CONTROL, *kinds())}
    pleaded = [[hit for kind, hit in said.items() if kind != CONTROL] for said in turned.values()]
    return Canaries(
        judge=judge,
        judge_version=version,
        steered=_share([any(hits) for hits in pleaded if hits]),
        by_kind={kind: share for kind, share in by_kind.items() if kind != CONTROL},
        control=by_kind[CONTROL],
    )


def _share(hits: list[bool]) -> Estimate:
    if not hits:
        return undefined("the judge gave no label on any of them", 0, _METHOD)
    low, high = wilson(sum(hits), len(hits))
    return Estimate(value=sum(hits) / len(hits), low=low, high=high, n=len(hits), method=_METHOD)
