"""Put two runs side by side, case by case, and refuse what does not fit the release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from review_app.errors import BadInput
from review_app.gate.policy import BlockerRule, GatePolicy

RESULTS = ("example_id", "metric", "value")
"""One row per golden example and metric; `value` is 0 or 1, or any number in [0, 1], NA where the metric does not apply
to the case. With a column `trial`, one row per example, metric and trial; every example has the same trials."""

LABELLED = ("example_id", "baseline", "candidate")
"""One row per example: what people said of each run's output, in [0, 1], NA where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class ReleaseCases:
    """The release both runs must have been made over, already verified against its hash."""

    number: int
    content_hash: str
    example_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs, paired.

    metrics: name -> frame with `example_id`, `baseline`, `candidate`, one row per example to which the metric applies
    in both runs, in the release's order, each value the mean over a case's trials. A metric of a judge has also
    `human_baseline` and `human_candidate`, NA where nobody labelled.
    blockers: name -> frame with `example_id`, `candidate`, `held`, `trials`: in how many of its trials a case held;
    what the baseline did does not matter there.
    """

    release: ReleaseCases
    metrics: Mapping[str, pd.DataFrame]
    blockers: Mapping[str, pd.DataFrame]


def compare(
    baseline: pd.DataFrame,
    candidate: pd.DataFrame,
    release: ReleaseCases,
    policy: GatePolicy,
    judged: Mapping[str, pd.DataFrame] | None = None,
) -> Comparison:
    """Pair the two runs on what the policy names; other metrics in the files are left alone.

    baseline, candidate: columns RESULTS. judged: the metrics that are a judge's opinion -> what people said, LABELLED.
    Raises BadInput naming the cases when a metric, a blocker or a case is missing, a case is there twice, is none of
    the release's, has a value that is not in [0, 1], or has other trials than the rest.
    """
    if not release.example_ids:
        raise BadInput("The release holds no example.", do="Promote and approve cases, then release them.")
    names = [rule.name for rule in policy.metrics]
    old = _complete(baseline, "baseline", names, release)
    new = _complete(candidate, "candidate", policy.names(), release)
    return Comparison(
        release=release,
        metrics={name: _paired(old[name], new[name], (judged or {}).get(name), release) for name in names},
        blockers={rule.name: _blocker(new[rule.name], rule, release) for rule in policy.blockers},
    )


def _paired(old: pd.DataFrame, new: pd.DataFrame, people: pd.DataFrame | None, release: ReleaseCases) -> pd.DataFrame:
    by_case = [old.groupby("example_id")["value"].mean(), new.groupby("example_id")["value"].mean()]
    cases = pd.DataFrame(dict(zip(("baseline", "candidate"), by_case, strict=True))).loc[list(release.example_ids)]
    if people is not None:
        said = people.set_index("example_id").reindex(cases.index)
        cases = cases.assign(human_baseline=said["baseline"], human_candidate=said["candidate"])
    # A case that left one run's metric without meaning compares nothing: counted as equal it would help to pass.
    return cases.dropna(subset=["baseline", "candidate"]).rename_axis("example_id").reset_index()


def _blocker(new: pd.DataFrame, rule: BlockerRule, release: ReleaseCases) -> pd.DataFrame:
    value = new["value"].fillna(1.0)
    cases = new.assign(value=value, held=value == 1).groupby("example_id")
    found = cases.agg(candidate=("value", "mean"), held=("held", "sum"), trials=("value", "size"))
    least = int(found["trials"].min())
    if rule.needed is not None and least < rule.needed:
        raise BadInput(
            f"It must hold in {rule.needed} trials of each case, and the run has {least}.",
            where=f"candidate, metric {rule.name!r}",
            do=f"Run each case {rule.needed} times or more: review-app run --k {rule.needed}.",
        )
    return found.loc[list(release.example_ids)].rename_axis("example_id").reset_index()


def _complete(results: pd.DataFrame, run: str, names: Sequence[str], release: ReleaseCases) -> dict[str, pd.DataFrame]:
    """Metric -> its rows with `example_id`, `trial` and `value`, all of them there and sound."""
    lacking = [column for column in RESULTS if column not in results.columns]
    if lacking:
        raise BadInput(
            f"The results lack {', '.join(lacking)}; they have {', '.join(map(str, results.columns))}.",
            where=run,
            do=f"Give one row per example and metric with {', '.join(RESULTS)}.",
        )
    by_metric = {str(name): rows for name, rows in results.groupby("metric")}
    for name in names:
        if name not in by_metric:
            raise BadInput(
                f"It has no metric {name!r}; it has {', '.join(sorted(by_metric)) or 'none at all'}.",
                where=run,
                do="Name one of those in gate.yaml. A check of checks.yaml is a metric, and so is a judge after "
                "`review-app runs judge`.",
            )
    return {name: _one(by_metric[name], f"{run}, metric {name!r}", release) for name in names}


def _one(rows: pd.DataFrame, where: str, release: ReleaseCases) -> pd.DataFrame:
    ids = rows["example_id"]
    value = pd.to_numeric(rows["value"], errors="coerce").astype(float)
    trial = rows["trial"] if "trial" in rows.columns else pd.Series(1, index=rows.index)
    known = set(release.example_ids)
    twice = pd.DataFrame({"id": ids, "trial": trial}).duplicated()
    counts = ids.value_counts()
    _refuse(known - set(ids), "lacks results for", where, "Run every example of the release.")
    _refuse(set(ids) - known, "has results for examples the release does not hold:", where, "Compare one release.")
    _refuse(ids[twice], "has more than one result for", where, "Keep one, or number them by `trial`.")
    wrong = ~value.between(0, 1) & ~(value.isna() & rows["value"].isna())
    _refuse(ids[wrong], "has values that are not in [0, 1] for", where, "Scale the metric to [0, 1].")
    short = counts.index[counts < counts.max()]
    _refuse(short, f"has fewer than {counts.max()} trials of", where, "Run every example equally often.")
    return pd.DataFrame({"example_id": ids, "trial": trial, "value": value})


def _refuse(ids: Iterable[str], what: str, where: str, do: str) -> None:
    found = sorted(map(str, set(ids)))
    if found:
        named = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        raise BadInput(f"It {what} {named}.", where=where, do=do)
