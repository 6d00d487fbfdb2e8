"""A decision as JSON, as terminal text, and as Markdown for a comment on the change that asked."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from review_app.gate.decision import BlockerResult, Decision, MetricResult

_SHOWN = 10
_WIDTH = 100
_HEAD = {
    "pass": "PASS: the candidate may ship",
    "block": "BLOCK: the candidate must not ship",
    "inconclusive": "INCONCLUSIVE: these cases cannot tell",
}


def as_dict(decision: Decision) -> dict[str, Any]:
    """The decision for JSON; floats unrounded."""
    return asdict(decision)


def as_text(decision: Decision) -> str:
    """For a terminal: at most _WIDTH columns, but for the ids of examples."""
    lines = [_HEAD[decision.outcome]]
    for reason in (*decision.reasons, *decision.notes):
        lines += textwrap.wrap(reason, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    lines += ["", *textwrap.wrap(_about(decision), _WIDTH), ""]
    if decision.metrics:
        lines.append(
            f"{'metric':<23}{'baseline':>9}{'candidate':>10}{'change':>7}  {'interval':<17}"
            f"{'margin':>7}{'p':>6}{'n':>5}  answer"
        )
    lines += [_text_row(metric) for metric in decision.metrics]
    lines += [f"{_cut(b.name, 23):<23}blocker: {_blocker(b)}" for b in decision.blockers]
    for metric in decision.metrics:
        if metric.changed:
            lines += ["", f"{metric.name}: {_changes(metric)}", *(f"  {case}" for case in _cases(metric))]
    return "\n".join(lines) + "\n"


def as_markdown(decision: Decision, links: Mapping[str, str] | None = None) -> str:
    """For a pull request: the answer, a table, and the changed cases folded away. links: example_id -> where its two
    answers stand side by side."""
    lines = [
        f"### {_HEAD[decision.outcome]}",
        "",
        *(f"- {_md(reason)}" for reason in (*decision.reasons, *decision.notes)),
        "",
    ]
    if decision.metrics:
        lines += [
            "| metric | baseline | candidate | change | interval | margin | p | n | needs n | answer |",
            "|---|--:|--:|--:|:-:|--:|--:|--:|--:|---|",
            *(_markdown_row(metric) for metric in decision.metrics),
            "",
        ]
    lines += [f"- blocker **{_md(b.name)}**: {_linked_blocker(b, links or {})}" for b in decision.blockers]
    lines += [] if not decision.blockers else [""]
    for metric in decision.metrics:
        if metric.changed:
            lines += [f"<details><summary>{_md(metric.name)}: {_changes(metric)}</summary>", ""]
            lines += [*_linked(metric, links or {}), "", "</details>", ""]
    return "\n".join([*lines, _md(_about(decision))]) + "\n"


def _about(decision: Decision) -> str:
    runs = f"{decision.pair}. " if decision.pair else ""
    return (
        f"{runs}Golden release {decision.release_number} ({decision.release_hash}), {decision.n_examples} examples; "
        f"alpha {decision.policy.alpha:g}, one-sided; every metric must pass.{_look(decision)}"
    )


def _look(decision: Decision) -> str:
    """A sentence where an e-value decides."""
    bets = [metric.e_value is not None for metric in decision.metrics if metric.p is not None]
    if not any(bets):
        return ""
    which = "" if all(bets) else " for what was tested before"
    return f" Look {decision.look} at this pair: an e-value decides{which}."


def _text_row(metric: MetricResult) -> str:
    return (
        f"{_cut(metric.name, 23):<23}{figure(metric.baseline_rate):>9}{figure(metric.candidate_rate):>10}"
        f"{figure(metric.difference.value, '+.3f'):>7}  {interval(metric):<17}"
        f"{metric.margin:>7.3f}{figure(metric.p):>6}{metric.n:>5}  {metric.outcome}"
    )


def _markdown_row(metric: MetricResult) -> str:
    return (
        f"| {_md(metric.name)} | {figure(metric.baseline_rate)} | {figure(metric.candidate_rate)} "
        f"| {figure(metric.difference.value, '+.3f')} | {interval(metric)} | {metric.margin:.3f} | {figure(metric.p)} "
        f"| {metric.n} | {metric.needed_n} | {metric.outcome} |"
    )


def figure(value: float | None, form: str = ".3f") -> str:
    """A figure, or a dash where there is none."""
    return "-" if value is None else format(value, form)


def interval(metric: MetricResult) -> str:
    """The interval of the difference, or a dash."""
    low, high = metric.difference.low, metric.difference.high
    return "-" if low is None or high is None else f"{low:+.3f} to {high:+.3f}"


def _blocker(blocker: BlockerResult) -> str:
    if not blocker.failed:
        return f"holds on all {blocker.n} examples"
    return f"failed on {len(blocker.failed)} of {blocker.n}: {_named(blocker.failed)}"


def _linked_blocker(blocker: BlockerResult, links: Mapping[str, str]) -> str:
    if not any(name in links for name in blocker.failed):
        return _md(_blocker(blocker))
    named = [
        f"{_md(name)} ([side by side](<{links[name]}>))" if name in links else _md(name)
        for name in blocker.failed[:_SHOWN]
    ]
    left = len(blocker.failed) - _SHOWN
    more = f" and {left} more" if left > 0 else ""
    return f"failed on {len(blocker.failed)} of {blocker.n}: {', '.join(named)}{more}"


def _changes(metric: MetricResult) -> str:
    worse = sum(case.change < 0 for case in metric.changed)
    return f"{worse} worse, {len(metric.changed) - worse} better of {metric.n}"


def _cases(metric: MetricResult) -> list[str]:
    rows = [f"{case.example_id}: {case.baseline:g} to {case.candidate:g}" for case in metric.changed[:_SHOWN]]
    left = len(metric.changed) - len(rows)
    return [*rows, f"and {left} more"] if left else rows


def _linked(metric: MetricResult, links: Mapping[str, str]) -> list[str]:
    addresses = [links.get(case.example_id) for case in metric.changed[:_SHOWN]] + [None]
    shown = zip(_cases(metric), addresses, strict=False)
    return [f"- {_md(line)}" + (f" ([side by side](<{address}>))" if address else "") for line, address in shown]


def _named(ids: tuple[str, ...]) -> str:
    left = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {left} more" if left > 0 else "")


def _cut(text: str, width: int) -> str:
    return text if len(text) < width else text[: width - 2] + "…"


def _md(text: str) -> str:
    """Text from a file as text: no markup, no new table cell, no mention."""
    for sign in ("\\", "|", "`", "*", "_", "<", "[", "@", "#"):
        text = text.replace(sign, f"\\{sign}" if sign != "<" else "&lt;")
    return " ".join(text.split())
