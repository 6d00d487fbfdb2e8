"""One judge's report as rows and remarks."""

from __future__ import annotations

from collections.abc import Iterable

from review_app.agreement.confidence.label_distribution import LabelDistribution
from review_app.agreement.figures import METRIC_TEXT, METRICS, Cells, Exclusion
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.trend import TrendPoint
from review_app.agreement.section import P, Row, Section, figure
from review_app.agreement.sentence import counted, p_text
from review_app.agreement.slicing.blind_spots import BlindSpot, BlindSpots

NAIVE = "naive, not for decisions"
_PANEL_HEAD = ("judge's", "figures are", "n", "RMSE", "Pearson", "Spearman", "tau-b", "exact", "within 1", "gap")
_SCALE = {
    "exact": "same level",
    "within_one": "at most one level away",
    "mean_gap": "mean gap, judge minus people (above 0 is lenient)",
    "qwk": "quadratic weighted kappa",
    "spearman": "Spearman's rho",
    "tau_b": "Kendall's tau-b",
}


def title(judge: JudgeReport) -> str:
    """ "judge-a 3 on good_enough, rubric d873557db467"."""
    rubric = f", rubric {judge.rubric_version}" if judge.rubric_version else ""
    return f"{judge.judge} {judge.judge_version} on {judge.criterion}{rubric}"


def judge_sections(judge: JudgeReport, reviewers: bool = False) -> list[Section]:
    """Everything below the sentence. reviewers: name them where people are told apart."""
    found = [
        _rates(judge),
        _confusion(judge),
        _labels(judge),
        _scale(judge),
        _panels(judge),
        _calibration(judge),
        _trend("by_week", "By week", judge.by_week),
        _trend("by_prompt", "By prompt version", judge.by_prompt),
        *(spots_section(spots) for spots in (judge.blind_spots, judge.false_alarms) if spots),
        _biases(judge),
        _anchoring(judge, reviewers),
        _since_draw(judge),
        Section(name="remarks", lines=tuple(_remarks(judge))),
        left_out(judge.excluded),
    ]
    return [section for section in found if section.rows or section.lines]


def _since_draw(judge: JudgeReport) -> Section:
    found = judge.since_draw
    if found is None:
        return Section(name="since_draw")
    title = "Traffic since the last draw, of which people labelled nothing"
    row: Row = ("bad answers (Rogan-Gladen)", found.prevalence, found.prevalence.n, found.unclipped)
    said = f"It flagged {100 * found.flag_rate:.1f} % of it. Its TPR and TNR are those on {found.source}"
    lines = (f"{said}; the figure holds if {found.assumption}.",)
    return Section(name="since_draw", title=title, head=("rate", "value, 95 %", "n", "uncut"), rows=(row,), lines=lines)


def _rates(judge: JudgeReport) -> Section:
    plain = judge.naive.metrics if judge.naive else {}
    rows = [
        (METRIC_TEXT[name], judge.metrics.get(name), judge.metrics[name].n if name in judge.metrics else None,
         plain.get(name))
        for name in METRICS if name in judge.metrics or name in plain
    ]  # fmt: skip
    return Section(name="rates", head=("rate", "weighted, 95 %", "n", NAIVE), rows=tuple(rows))


def _confusion(judge: JudgeReport) -> Section:
    """For files; who reads has the same in the remarks, or in a square."""
    kinds = [("labelled, drawn", judge.counts), ("estimated in the frame", judge.cells)]
    rows = [
        (of, said, getattr(cells, f"{said}_bad"), getattr(cells, f"{said}_good"))
        for of, cells in kinds if cells
        for said in ("flagged", "passed")
    ]  # fmt: skip
    return Section(name="confusion", head=("traces", "verdict", "people bad", "people good"), rows=tuple(rows))


def _labels(judge: JudgeReport) -> Section:
    found = judge.labels
    if found is None or not found.n:
        return Section(name="labels")
    rows: tuple[Row, ...] = tuple((label, *row) for label, row in zip(found.labels, found.table, strict=True))
    left = [f"{found.no_majority} traces on which people tied"] * bool(found.no_majority)
    left += [f"{found.no_label} without a label of the judge"] * bool(found.no_label)
    return Section(
        name="labels",
        title="Label most people chose (rows) and the judge's (columns), traces",
        head=("people", *found.labels),
        rows=rows,
        lines=(
            f"Same label: {figure(found.same)}; kappa {figure(found.kappa)}; {found.n:,} labelled traces, unweighted"
            + (f"; left out: {', '.join(left)}." if left else "."),
            *_distribution(found.distribution),
        ),
    )


def _distribution(found: LabelDistribution | None) -> tuple[str, ...]:
    if found is None:
        return ()
    scores = f"Brier score {figure(found.brier)}, log loss {figure(found.log_loss)}"
    if found.ranked:
        scores += f", ranked probability score {figure(found.ranked)}"
    sure = (
        f"Its most probable label has {figure(found.confidence)} on average; {found.n:,} labelled traces, unweighted."
    )
    return (f"Its probabilities of the labels: {scores}; 0 is best.", sure)


def _scale(judge: JudgeReport) -> Section:
    scale = judge.scale
    if scale is None:
        return Section(name="scale")
    if scale.refusal:
        return Section(name="scale", lines=(f"Scale, weighted: {scale.refusal}.",))
    rows = [(text, getattr(scale, name), scale.n) for name, text in _SCALE.items()]
    levels = "1 level" if scale.joined == 1 else f"{scale.joined} levels"
    lines = [f"{levels} of the judge joined with a neighbour for want of labels."] * bool(scale.joined)
    again = scale.recalibration
    if again:
        means = ", ".join(f"{level:g} is {people:.2f}" for level, people in again.curve)
        lines.append(f"What people say where the judge says {means}, as far as it only rises.")
        lines.append(
            f"Read so, on labels it had not seen, its squared error goes from {again.before:.3f} to {again.after:.3f}, "
            f"gain {figure(again.gain)}: {'recalibrate' if again.helps else 'not sure to help'}."
        )
    return Section(
        name="scale",
        title="On the scale, weighted",
        head=("figure", "value, 95 %", "n"),
        rows=tuple(rows),
        lines=tuple(lines),
    )


def _panels(judge: JudgeReport) -> Section:
    rows = [
        (p.judge_value, p.weighting, p.n, p.rmse, p.pearson, p.spearman, p.kendall_tau_b, p.exact, p.within_one,
         p.mean_gap)
        for p in judge.ordinal
    ]  # fmt: skip
    return Section(name="scale_labelled", head=_PANEL_HEAD, rows=tuple(rows))


def _calibration(judge: JudgeReport) -> Section:
    found = judge.calibration
    if found.corp is None or found.diagram is None or found.recalibration is None:
        # A judge that never gives a probability has nothing to calibrate; one that does is told why there is nothing.
        why = () if found.n == 0 else (f"Calibration: {found.refusal}.",)
        return Section(name="calibration", lines=why)
    c, again = found.corp, found.recalibration
    rows = [(f"{b.low:.2f} to {b.high:.2f}", b.mean_score, b.bad, b.bad.n) for b in found.diagram.bins]
    advice = "recalibrate" if again.helps else "not sure to help"
    left = f"; {found.excluded} labelled traces without a probability left out" if found.excluded else ""
    brier = (
        f"Brier score {c.brier:.3f} = {c.miscalibration:.3f} miscalibration - {c.discrimination:.3f} discrimination "
        f"+ {c.uncertainty:.3f} uncertainty ({c.method})."
    )
    gain = (
        f"Recalibration, {again.recalibrator}, on labels it had not seen: Brier {again.before:.3f} to "
        f"{again.after:.3f}, gain {figure(again.gain)}: {advice}; {found.n} labels{left}."
    )
    return Section(
        name="calibration",
        title="Calibration: how often people say bad where the judge's P(bad) lies in",
        head=("P(bad)", "mean", "people say bad, 95 %", "n"),
        rows=tuple(rows),
        lines=(
            brier,
            f"Squared calibration error, debiased: {_or_dash(found.diagram.squared_error)}; {found.diagram.note}.",
            gain,
        ),
    )


def _trend(name: str, text: str, points: tuple[TrendPoint, ...]) -> Section:
    told = [point for point in points if not point.refusal]
    refused = [point for point in points if point.refusal]
    rows = [(p.part, p.n, p.metrics["tpr"], p.metrics["tnr"], p.metrics["prevalence"]) for p in told]
    lines: tuple[str, ...] = ()
    if refused:
        first = refused[0]
        lines = (f"{text}: no figures for {len(refused)} of {len(points)}; first {first.part}: {first.refusal}.",)
    title = text if rows else ""
    return Section(name=name, title=title, head=("part", "n", "TPR", "TNR", "bad"), rows=tuple(rows), lines=lines)


def spots_section(spots: BlindSpots) -> Section:
    """Every finding as a row and as a sentence, and what was looked at."""
    name, text = ("blind_spots", "Blind spots") if spots.kind == "missed" else ("false_alarms", "False alarms")
    rows = [
        (s.where, s.n, s.events, s.rate_in, s.rate_out, s.difference, P(s.p), P(s.p_adjusted), ", ".join(s.examples))
        for s in spots.found
    ]
    return Section(
        name=name,
        head=("slice", "n", "errors", "inside", "elsewhere", "difference", "p", "adjusted p", "examples"),
        rows=tuple(rows),
        lines=(*(f"{text}: {_spot(spot)}" for spot in spots.found), f"{text}: {spots.note} ({spots.method})"),
    )


def _spot(spot: BlindSpot) -> str:
    event = "bad answers passed" if spot.kind == "missed" else "good answers flagged"
    return (
        f"{spot.where}: {spot.events} of {spot.n} {event}; weighted {figure(spot.rate_in)} against "
        f"{figure(spot.rate_out)} elsewhere, adjusted p {p_text(spot.p_adjusted)}; {spot.advice}; "
        f"e.g. {', '.join(spot.examples)}."
    )


def _biases(judge: JudgeReport) -> Section:
    battery = judge.biases
    if battery is None:
        return Section(name="biases")
    rows = [(e.name, e.effect, _p(e.p_adjusted), e.contrast) for e in battery.effects if e.effect.value is not None]
    unknown = [e for e in battery.effects if e.effect.value is None]
    lines = [f"{e.name}: {e.effect.reason}" for e in unknown]
    return Section(
        name="biases",
        title="What moves it besides quality (change of its share of passes)" if rows else "",
        head=("bias", "effect, 95 %", "p, Holm", "contrast"),
        rows=tuple(rows),
        lines=(f"Biases not measured: {'; '.join(lines)}.",) if lines else (),
    )


def _p(value: float | None) -> P | None:
    return None if value is None else P(value)


def _anchoring(judge: JudgeReport, reviewers: bool) -> Section:
    shown = [one for one in judge.anchoring if reviewers or not one.reviewer]
    rows = [(one.reviewer or "everybody", one.n, one.changed, one.towards, one.away) for one in shown]
    return Section(
        name="anchoring",
        title="Answers changed once the verdict was seen" if rows else "",
        head=("who", "pairs", "changed", "towards it", "away from it"),
        rows=tuple(rows),
    )


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
    if judge.metrics:
        found.append(f"Rates: {judge.metrics['tpr'].method}.")
    reasons = {f"{metric}: {estimate.reason}" for metric, estimate in judge.metrics.items() if estimate.reason}
    reasons |= {f"{name} ({p.judge_value}): {why}" for p in judge.ordinal for name, why in p.undefined.items()}
    found += [f"Undefined {reason}." for reason in sorted(reasons)]
    return found + ([f"Left out: {excluded(judge.excluded)}."] if judge.excluded else [])


def _cells(cells: Cells) -> str:
    return (
        f"{_traces(cells.flagged_bad)} flagged and bad, {_traces(cells.flagged_good)} flagged but good, "
        f"{_traces(cells.passed_bad)} passed but bad, {_traces(cells.passed_good)} passed and good"
    )


def _traces(number: float) -> str:
    # A tie between people counts half, which should show in a small table.
    return f"{number:,.1f}" if number < 100 and number % 1 else f"{number:,.0f}"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def left_out(excluded: Iterable[Exclusion]) -> Section:
    """For files: what could have counted and did not; who reads has it in the remarks."""
    rows = tuple((one.reason, one.count, one.unit) for one in excluded)
    return Section(name="left_out", head=("reason", "count", "unit"), rows=rows)


def excluded(left_out: Iterable[Exclusion]) -> str:
    """ "1 trace, verdict: refused; 12 reviews, …"."""
    return "; ".join(f"{counted(one)}, {one.reason}" for one in left_out)
