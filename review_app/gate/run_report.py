"""One run by itself: how good each metric is, over cases and trials; what it cost and how long it took."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.wilson import wilson
from review_app.gate.pass_k import PassK, pass_k


@dataclass(frozen=True, kw_only=True)
class MetricRates:
    """One metric of a run. source: check, file or judge. mean: over cases, each the mean of its trials. passes: pass^k
    and pass@k where every value is 0 or 1. not_applicable, errors: answers without a value, and those that failed or
    could not be measured (counted as 0)."""

    name: str
    source: str
    version: str
    mean: Estimate
    passes: tuple[PassK, ...]
    not_applicable: int
    errors: int


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """wanted: answers the run is to have; answered: those it has; failed: those among them that are no answer.
    cost_usd: sum of the costs known, None where none is; costed: of how many answers. latency_s: median and 95th
    percentile of the timed answers, None without one."""

    run_id: str
    series: str
    release: int
    release_hash: str
    cases: int
    trials: int
    wanted: int
    answered: int
    failed: int
    cost_usd: float | None
    costed: int
    latency_s: tuple[float, float] | None
    metrics: tuple[MetricRates, ...]


def rates(found: pd.DataFrame) -> tuple[MetricRates, ...]:
    """found: example_id, trial, metric, source, version, value, status; one row per answer and metric."""
    return tuple(_one(str(name), rows) for name, rows in found.groupby("metric"))


def _one(name: str, rows: pd.DataFrame) -> MetricRates:
    known = rows.dropna(subset=["value"])
    cases = known.groupby("example_id")["value"]
    binary = bool(known["value"].isin([0, 1]).all()) and not known.empty
    counts = [(int(values.sum()), len(values)) for _, values in cases] if binary else []
    return MetricRates(
        name=name,
        source=str(rows["source"].iloc[0]),
        version=str(rows["version"].iloc[0]),
        mean=_mean(cases.mean().to_numpy(dtype=float)),
        passes=pass_k(counts),
        not_applicable=int(rows["value"].isna().sum()),
        errors=int((rows["status"] == "error").sum()),
    )


def _mean(values: np.ndarray) -> Estimate:
    if len(values) < 2:
        return undefined("fewer than two cases have a value", len(values), "mean over cases")
    if np.isin(values, (0, 1)).all():
        # Of values that are all alike the t interval says that nothing is left to chance.
        low, high = wilson(float(values.sum()), len(values))
        return Estimate(value=float(values.mean()), low=low, high=high, n=len(values), method="Wilson over cases")
    reach = float(t.isf(0.025, len(values) - 1)) * float(values.std(ddof=1)) / sqrt(len(values))
    mean = float(values.mean())
    return Estimate(
        value=mean, low=max(mean - reach, 0.0), high=min(mean + reach, 1.0), n=len(values), method="t over cases"
    )


def as_dict(report: RunReport) -> dict[str, Any]:
    """The report for JSON; floats unrounded."""
    return asdict(report)


def as_text(report: RunReport) -> str:
    """For a terminal."""
    lines = [
        f"{report.run_id}  {report.series}",
        f"  golden release {report.release} ({report.release_hash}), {report.cases} cases x {report.trials}",
        f"  {report.answered} of {report.wanted} answers, {report.failed} failed",
        f"  {_money(report)}; {_time(report)}",
        "",
    ]
    for metric in report.metrics:
        lines.append(f"{metric.name} ({metric.source} {metric.version}): {_figure(metric.mean)}{_left_out(metric)}")
        if len(metric.passes) > 1:
            lines += [
                f"  k = {row.k}   pass^{row.k} {_figure(row.all_of_k)}   pass@{row.k} {_figure(row.any_of_k)}"
                for row in metric.passes
            ]
    return "\n".join(lines) + "\n"


def _figure(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"not known: {estimate.reason}"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f}, {estimate.n} cases)"


def _left_out(metric: MetricRates) -> str:
    parts = [f"{metric.not_applicable} answers it does not apply to"] if metric.not_applicable else []
    parts += [f"{metric.errors} failed, counted as 0"] if metric.errors else []
    return "; " + ", ".join(parts) if parts else ""


def _money(report: RunReport) -> str:
    if report.cost_usd is None:
        return "cost not known"
    return f"${report.cost_usd:.4f} for {report.costed} of {report.answered} answers"


def _time(report: RunReport) -> str:
    if report.latency_s is None:
        return "latency not known"
    return f"latency {report.latency_s[0]:.2f} s (median), {report.latency_s[1]:.2f} s (95th percentile)"
