"""Let a judge judge what a candidate answered; its verdicts become a metric of the run."""

from __future__ import annotations

from pathlib import Path

from review_app.actions.judging import Terms, judge_traces
from review_app.actions.run_grading import JUDGE, answered_trace
from review_app.actions.running import release_of
from review_app.actions.workspace import opened
from review_app.errors import WrongUsage
from review_app.settings.judges import judge as judge_named
from review_app.store import runs as run_table
from review_app.store.engine import Row
from review_app.store.runs import Output
from review_app.tables import Verdict
from review_app.traces.trace import Trace


def judge_outputs(project: Path, name: str, judge: str | None = None, terms: Terms | None = None) -> int:
    """Give every answer of a run a judge's verdict, as the metric of the judge's name (of a panel, one for each model);
    how many verdicts. What was judged before, word for word, is not paid again.

    1: a good label, 0: a bad one. A verdict that is none, and an answer that failed, are 0 and say so in their status:
    the gate corrects a judge's metric by people's labels, and leaving such answers out would favour whoever confuses
    the judge."""
    workspace = opened(project)
    run = run_table.find(workspace.store, name)
    spec = judge_named(workspace.settings, judge)
    outputs = run_table.outputs(workspace.store, run.run_id)
    if not outputs:
        raise WrongUsage("The run has no answer yet.", where=run.run_id, do="Run it first: review-app run.")
    examples = {example["example_id"]: example for example in release_of(project, run).examples}
    good = {f"{one.example_id}#{one.trial}": one for one in outputs if one.error is None}
    traces = [_named(answered_trace(examples[one.example_id], one), key) for key, one in good.items()]
    verdicts = judge_traces(project, spec.name, traces, terms)
    rows = [_row(good[verdict.trace_id], verdict, spec.bad) for verdict in verdicts]
    failed = [one for one in outputs if one.error is not None]
    rows += [_no_answer(one, member.judge, member.version) for one in failed for member in spec.members]
    run_table.save_metrics(workspace.store, rows)
    return len(rows)


def _named(trace: Trace, key: str) -> Trace:
    values = {name: getattr(trace, name) for name in trace.__dataclass_fields__}
    return Trace(**values | {"trace_id": key})


def _row(output: Output, verdict: Verdict, bad: tuple[str, ...]) -> Row:
    return _no_answer(output, verdict.judge, verdict.judge_version) | {
        "value": float(verdict.status == "ok" and verdict.label not in bad),
        "status": verdict.status,
        "detail": verdict.rationale or "",
    }


def _no_answer(output: Output, metric: str, version: str) -> Row:
    return {
        "run_id": output.run_id,
        "example_id": output.example_id,
        "trial": output.trial,
        "metric": metric,
        "source": JUDGE,
        "version": version,
        "value": 0.0,
        "status": "error",
        "detail": output.error or "",
    }
