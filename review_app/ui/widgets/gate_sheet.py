"""A decision of the gate: the answer, each metric with its interval, and the blockers."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from review_app.gate.decision import KEPT_BACK, BlockerResult, Decision, MetricResult
from review_app.gate.report import figure, interval
from review_app.ui.widgets import case_links, sheet

HEADLINES = {
    "pass": "Pass: the candidate may ship",
    "block": "Block: the candidate must not ship",
    "inconclusive": "Inconclusive: these cases cannot tell",
}
_HEAD = (
    "metric", "baseline", "candidate", "change", "interval", "margin", "p", "e-value", "n", "needs n", "labels",
    "answer",
)  # fmt: skip
_FAILED = 20


def reasons(decision: Decision) -> None:
    """Draw why it was decided so."""
    sheet.show(*(sheet.note(text) for text in (*decision.reasons, *decision.notes)))


def figures(decision: Decision, person: str) -> None:
    """Draw every metric and every blocker; the cases that one failed on are links where two runs were compared."""
    blockers = [(one.name, _held(decision, one, person)) for one in decision.blockers]
    sheet.show(
        *([sheet.table(_HEAD, map(_row, decision.metrics), "metrics of the gate")] if decision.metrics else []),
        *([sheet.table(("blocker", "on the candidate"), blockers, "blockers of the gate")] if blockers else []),
        sheet.note(
            f"Golden release {decision.release_number} ({decision.release_hash}), {decision.n_examples:,} cases; alpha "
            f"{decision.policy.alpha:g}, one-sided; every metric must pass; look {decision.look} at this pair."
        ),
    )


def changed(decision: Decision, person: str) -> None:
    """Draw the cases that changed, metric by metric, worst first; links where two runs were compared."""
    for metric in decision.metrics:
        if metric.changed:
            rows = pd.DataFrame([vars(case) | {"metric": metric.name} for case in metric.changed])
            if decision.candidate:
                runs = (decision.baseline, decision.candidate)
                case_links.show(rows, person, runs, f"changed cases of {metric.name}")
            else:
                sheet.show(_plain(metric))


def _plain(metric: MetricResult) -> str:
    rows: Iterable[tuple[sheet.Cell, ...]] = (
        (case.example_id, metric.name, sheet.number(f"{case.baseline:.3g}"), sheet.number(f"{case.candidate:.3g}"))
        for case in metric.changed[: case_links.SHOWN]
    )
    return sheet.table(("case", "metric", "baseline", "candidate"), rows, f"changed cases of {metric.name}")


def _row(metric: MetricResult) -> tuple[sheet.Cell, ...]:
    how = f"{metric.difference.method}, {100 * metric.difference.level:.0f} %"
    return (
        metric.name,
        sheet.number(figure(metric.baseline_rate)),
        sheet.number(figure(metric.candidate_rate)),
        sheet.explained(figure(metric.difference.value, "+.3f"), how),
        sheet.explained(interval(metric), how),
        sheet.number(f"{metric.margin:.3f}"),
        sheet.number(figure(metric.p)),
        sheet.number(figure(metric.e_value, ".3g")),
        sheet.number(f"{metric.n:,}"),
        sheet.number(f"{metric.needed_n:,}"),
        sheet.number("" if metric.human_labels is None else f"{metric.human_labels:,}"),
        metric.outcome,
    )


def _held(decision: Decision, blocker: BlockerResult, person: str) -> sheet.Cell:
    if not blocker.failed:
        return f"holds on all {blocker.n:,} cases"
    left = len(blocker.failed) - _FAILED
    said = f"failed on {len(blocker.failed):,} of {blocker.n:,}:"
    runs = (decision.baseline, decision.candidate)
    names: list[sheet.Cell] = [
        sheet.link(name, case_links.address(person, runs, name)) if decision.candidate and name != KEPT_BACK else name
        for name in blocker.failed[:_FAILED]
    ]
    return sheet.beside([said, *names, *([f"and {left:,} more"] if left > 0 else [])])
