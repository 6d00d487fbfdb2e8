"""The agreement report for a terminal of 100 columns, and as Markdown. Both draw the same rows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from review_app.agreement.estimate import Estimate
from review_app.agreement.report import (
    METRIC_TEXT,
    METRICS,
    AgreementReport,
    BlindSpot,
    Cells,
    Exclusion,
    JudgeReport,
    OrdinalPanel,
)
from review_app.agreement.sentence import counted, p_text, percent

WIDTH = 100
NAIVE = "naive, not for decisions"
_PANEL_HEAD = ("judge's", "figures are", "n", "RMSE", "Pearson", "Spearman", "tau-b", "exact", "within 1", "gap")


def as_text(report: AgreementReport) -> str:
    """Plain text, at most WIDTH columns where names are not longer than that."""
    blocks = [_wrapped(_frame(report)), *(_judge_text(judge) for judge in report.judges)]
    if report.excluded:
        blocks.append(_wrapped(f"In no report: {_excluded(report.excluded)}"))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def as_markdown(report: AgreementReport) -> str:
    """The same, with Markdown tables."""
    lines = ["# Agreement of judges with people", "", _escape(_frame(report)), ""]
    for judge in report.judges:
        lines += _judge_markdown(judge)
    if report.excluded:
        lines += [f"In no report: {_escape(_excluded(report.excluded))}"]
    return "\n".join(lines).rstrip() + "\n"


def _judge_text(judge: JudgeReport) -> list[str]:
    lines = [_title(judge), *_wrapped(judge.sentence, "  ")]
    rows = _metric_rows(judge)
    if rows:
        lines += ["", f"  {'':<34}{'weighted':>9}  {'95 % interval':<16}{'n':>6}   {NAIVE}"]
        lines += [f"  {row[0]:<34}{row[1]:>9}  {row[2]:<16}{row[3]:>6}   {row[4]}" for row in rows]
    if judge.ordinal:
        widths = (13, 17, 6, 8, 9, 10, 8, 8, 10, 7)
        lines += ["", *("  " + _columns(row, widths) for row in [_PANEL_HEAD, *map(_panel_row, judge.ordinal)])]
    lines += [""]
    for remark in _remarks(judge):
        lines += _wrapped(remark, "  ")
    return lines


def _judge_markdown(judge: JudgeReport) -> list[str]:
    lines = [f"## {_escape(_title(judge))}", "", _escape(judge.sentence), ""]
    rows = _metric_rows(judge)
    if rows:
        lines += _table(("", "weighted", "95 % interval", "n", NAIVE), rows)
    if judge.ordinal:
        lines += _table(_PANEL_HEAD, map(_panel_row, judge.ordinal))
    return [*lines, *(f"- {_escape(remark)}" for remark in _remarks(judge)), ""]


def _frame(report: AgreementReport) -> str:
    frame = report.frame
    period = f", {frame.since:%Y-%m-%d} to {frame.until:%Y-%m-%d}" if frame.since and frame.until else ""
    name = f" ({frame.frame_id})" if frame.frame_id else ""
    return (
        f"Judges against people over {frame.size:,} traces{period}{name}; "
        f"made {report.generated_at:%Y-%m-%d %H:%M} UTC, seed {report.seed}."
    )


def _title(judge: JudgeReport) -> str:
    rubric = f", rubric {judge.rubric_version}" if judge.rubric_version else ""
    return f"{judge.judge} {judge.judge_version} on {judge.criterion}{rubric}"


def _metric_rows(judge: JudgeReport) -> list[tuple[str, ...]]:
    """name, weighted, interval, labelled traces it rests on, naive."""
    plain = judge.naive.metrics if judge.naive else {}
    rows: list[tuple[str, ...]] = []
    for name in METRICS:
        weighted, beside = judge.metrics.get(name), plain.get(name)
        if weighted or beside:
            n = f"{weighted.n:,}" if weighted else ""
            rows.append((METRIC_TEXT[name], _number(weighted), _interval(weighted), n, _beside(beside)))
    return rows


def _number(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return "undefined" if estimate.value is None else f"{estimate.value:.3f}"


def _interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.3f} to {estimate.high:.3f}"


def _beside(estimate: Estimate | None) -> str:
    interval = _interval(estimate)
    return _number(estimate) + (f" ({interval})" if interval else "")


def _panel_row(panel: OrdinalPanel) -> tuple[str, ...]:
    shares = [percent(share) if share is not None else "undefined" for share in (panel.exact, panel.within_one)]
    correlations = [_or_dash(value) for value in (panel.pearson, panel.spearman, panel.kendall_tau_b)]
    gap = "" if panel.mean_gap is None else f"{panel.mean_gap:+.2f}"
    return (panel.judge_value, panel.weighting, str(panel.n), _or_dash(panel.rmse), *correlations, *shares, gap)


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _remarks(judge: JudgeReport) -> list[str]:
    found = []
    if judge.metrics and judge.missed_note:
        found.append(f"Mind: {judge.missed_note}.")
    if judge.verdicts:
        v = judge.verdicts
        unsaid = f", {v.n_without_verdict:,} without a verdict, of which nothing is said" if v.n_without_verdict else ""
        found.append(f"Frame: {v.n_flagged:,} flagged, {v.n_passed:,} passed{unsaid}.")
    if judge.cells:
        found.append(f"Estimated in the frame: {_cells(judge.cells)}.")
    found.append(f"Drawn and labelled: {judge.n}: {_cells(judge.counts)}.")
    reasons = {f"{metric}: {estimate.reason}" for metric, estimate in judge.metrics.items() if estimate.reason}
    # Weighted panels never have rank correlations: nothing to explain there.
    unweighted = [panel for panel in judge.ordinal if panel.weighting == "unweighted"]
    reasons |= {f"{name} ({p.judge_value}): {why}" for p in unweighted for name, why in p.undefined.items()}
    found += [f"Undefined {reason}." for reason in sorted(reasons)]
    found += [f"Left out: {_excluded(judge.excluded)}."] if judge.excluded else []
    found += [_spot(spot) for spot in judge.blind_spots.found]
    return [*found, f"Blind spots: {judge.blind_spots.note}"]


def _cells(cells: Cells) -> str:
    return (
        f"{_traces(cells.flagged_bad)} flagged and bad, {_traces(cells.flagged_good)} flagged but good, "
        f"{_traces(cells.passed_bad)} passed but bad, {_traces(cells.passed_good)} passed and good"
    )


def _traces(number: float) -> str:
    # A tie between people counts half, which should show in a small table.
    return f"{number:,.1f}" if number < 100 and number % 1 else f"{number:,.0f}"


def _excluded(excluded: Iterable[Exclusion]) -> str:
    return "; ".join(f"{counted(one)}, {one.reason}" for one in excluded)


def _spot(spot: BlindSpot) -> str:
    return (
        f"Blind spot {spot.column} = {spot.value}: {spot.events} of {spot.n} bad answers passed; weighted "
        f"{_beside(spot.rate_in)} against {_beside(spot.rate_out)} elsewhere, adjusted p {p_text(spot.p_adjusted)}; "
        f"{spot.advice}; e.g. {', '.join(spot.examples)}."
    )


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _columns(cells: Iterable[str], widths: Iterable[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return f"{first[0]:<{first[1]}}" + "".join(f"{cell:>{width}}" for cell, width in rest)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(map(_escape, row)) for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _escape(text: str) -> str:
    """Names and labels come from files: no cell, no markup, no HTML from them."""
    for sign in ("\\", "|", "`", "*", "_", "[", "#"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.replace("<", "&lt;").split())
