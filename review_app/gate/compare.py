"""Put two runs side by side, case by case, and refuse what does not fit the release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from review_app.errors import BadInput
from review_app.gate.policy import GatePolicy

RESULTS = ("example_id", "metric", "value")
"""One row per golden example and metric; `value` is 0 or 1, or any number in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class ReleaseCases:
    """The release both runs must have been made over, already verified against its hash."""

    number: int
    content_hash: str
    example_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs, paired.

    metrics: name -> frame with `example_id`, `baseline`, `candidate`, one row per example, in the release's order.
    blockers: name -> frame with `example_id`, `candidate`; what the baseline did does not matter there.
    """

    release: ReleaseCases
    metrics: Mapping[str, pd.DataFrame]
    blockers: Mapping[str, pd.DataFrame]


def compare(baseline: pd.DataFrame, candidate: pd.DataFrame, release: ReleaseCases, policy: GatePolicy) -> Comparison:
    """Pair the two runs on what the policy names; other metrics in the files are left alone.

    baseline, candidate: columns RESULTS. Raises BadInput naming the cases when a metric, a blocker or a case is
    missing, a case is there twice, is none of the release's, or has a value that is not in [0, 1].
    """
    metrics = [rule.name for rule in policy.metrics]
    blockers = [rule.name for rule in policy.blockers]
    old = _complete(baseline, "baseline", metrics, release)
    new = _complete(candidate, "candidate", metrics + blockers, release)
    order = list(release.example_ids)
    return Comparison(
        release=release,
        metrics={
            name: pd.DataFrame(
                {"example_id": order, "baseline": old[name].loc[order], "candidate": new[name].loc[order]}
            ).reset_index(drop=True)
            for name in metrics
        },
        blockers={
            name: pd.DataFrame({"example_id": order, "candidate": new[name].loc[order]}).reset_index(drop=True)
            for name in blockers
        },
    )


def _complete(
    results: pd.DataFrame, run: str, names: Iterable[str], release: ReleaseCases
) -> dict[str, pd.Series[float]]:
    """Metric -> values by example_id, all of them there and sound."""
    lacking = [column for column in RESULTS if column not in results.columns]
    if lacking:
        raise BadInput(
            f"The results lack {', '.join(lacking)}; they have {', '.join(map(str, results.columns))}.",
            where=run,
            do=f"Give one row per example and metric with {', '.join(RESULTS)}.",
        )
    if not release.example_ids:
        raise BadInput("The release holds no example.", where=run, do="Promote and approve cases, then release them.")
    return {name: _one(results.loc[results["metric"] == name], f"{run}, metric {name!r}", release) for name in names}


def _one(rows: pd.DataFrame, where: str, release: ReleaseCases) -> pd.Series[float]:
    ids = rows["example_id"]
    value = pd.to_numeric(rows["value"], errors="coerce")
    known = set(release.example_ids)
    _refuse(known - set(ids), "lacks results for", where, "Run every example of the release.")
    _refuse(set(ids) - known, "has results for examples the release does not hold:", where, "Compare one release.")
    _refuse(ids[ids.duplicated()], "has more than one result for", where, "Keep one; average repeated runs first.")
    _refuse(ids[~value.between(0, 1)], "has values that are not in [0, 1] for", where, "Scale the metric to [0, 1].")
    return pd.Series(value.to_numpy(dtype=float), index=ids.to_numpy())


def _refuse(ids: Iterable[str], what: str, where: str, do: str) -> None:
    found = sorted(map(str, set(ids)))
    if found:
        named = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        raise BadInput(f"It {what} {named}.", where=where, do=do)
