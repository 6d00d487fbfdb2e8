"""A forecast as text for a terminal."""

from __future__ import annotations

from review_app.sampling.planning import Forecast, JudgeForecast


def as_text(forecast: Forecast) -> str:
    """What the draw would cost and tell, one judge after the other."""
    lines = [
        f"Nothing is drawn yet. Queue {forecast.queue!r}, from {forecast.frame_size:,} eligible traces:",
        f"  {forecast.traces:,.0f} traces expected, give or take {forecast.sd:,.0f}",
        f"  {forecast.held:,} are in the queue already, so about {forecast.added:,.0f} new ones",
        f"  {forecast.reviews:,.0f} reviews more, about {forecast.minutes:,.0f} reviewer-minutes",
    ]
    lines += [
        f"  {name:<13} each of {forecast.eligible[name]:,} with probability {rate:.4f}"
        for name, rate in forecast.rates.items()
    ]
    if forecast.unreachable:
        lines.append(f"  {forecast.unreachable:,} traces cannot be chosen: no figure will speak for them")
    for judge in forecast.judges:
        lines += ["", *_judge_lines(judge)]
    return "\n".join(lines)


def _judge_lines(judge: JudgeForecast) -> list[str]:
    expected, errors = judge.anticipated, judge.standard_errors
    ratio = "" if judge.ratio is None else f", a flagged one {judge.ratio:.1f} times as likely as a passed one"
    named = {"TPR": errors.tpr, "TNR": errors.tnr, "prevalence": errors.prevalence, "kappa": errors.kappa}
    told = ", ".join(f"{name} {_number(value)}" for name, value in named.items())
    rates = f"{expected.prevalence:.1%} failures, TPR {expected.tpr:.2f}, TNR {expected.tnr:.2f}"
    neyman = f"{judge.neyman['flagged']:,.0f} flagged and {judge.neyman['passed']:,.0f} passed"
    return [
        f"{judge.judge} {judge.judge_version} on {judge.criterion}",
        f"  expecting {rates} ({expected.source})",
        f"  in the sample: {judge.n_flagged:,.0f} flagged and {judge.n_passed:,.0f} passed traces{ratio}",
        f"  expected missed failures in the sample: {judge.missed_failures:.1f}",
        f"  standard errors: {told}",
        f"  to measure the share of failures alone, Neyman's allocation would take {neyman}",
        *(f"  note: {advice}" for advice in judge.advice),
    ]


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"
