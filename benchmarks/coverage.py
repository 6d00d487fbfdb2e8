"""Do the intervals hold what they promise? Sampler by estimator: bias, root mean square error, coverage, width.

    python benchmarks/coverage.py [--runs 4000] [--only union] [--jobs 2]

Frames of 100,000 traces of which everything is known; each run draws labels by the design and asks our own functions,
the ones behind the agreement report, for a figure and its 95 % interval. "stress" frames hide all misses in traces
that are drawn ten times less (or more) often than the other passed ones, one to three of them expected in the sample.

Target: VSJ covers the truth in at least 93 % of the runs in every row, and the ordinal panel at 300 labels too. With
4,000 runs a coverage has a standard error of 0.35 points (1,000: 0.7, too much to judge by). "none" counts runs
without an interval: refused, or undefined.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import pandas as pd
from power_tuned import power_tuned

from review_app.agreement.design import Numbers, drawn_with, weights
from review_app.agreement.estimate import Estimate
from review_app.agreement.frame import VerdictCounts
from review_app.agreement.judges import confusion, hajek
from review_app.agreement.judges.estimates import estimate
from review_app.agreement.judges.greg import Auxiliaries, greg
from review_app.agreement.judges.naive import naive
from review_app.agreement.judges.ordinal_judge import judge_ordinal
from review_app.agreement.judges.post_strata import PostStrata, post_strata
from review_app.agreement.judges.rogan_gladen import rogan_gladen
from review_app.agreement.judges.weighted_kappa import ps_weighted_kappa

SIZE = 100_000
RUNS = 4_000
SEED = 20_260_301
TARGET = 0.93
SHOWN = ("prevalence", "tpr", "tnr", "kappa", "accuracy")
Figures = Mapping[str, Estimate]
Method = Callable[["World", pd.DataFrame, np.random.Generator], Figures]


@dataclass(frozen=True, kw_only=True)
class World:
    """frame: one row per trace: y, flagged, inclusion_probability and what the methods need. truth: metric -> value.

    auxiliary: columns known of every trace, for GREG. methods: name -> what to ask; must: name that has to cover.
    """

    name: str
    frame: pd.DataFrame
    truth: Mapping[str, float]
    methods: Mapping[str, Method]
    must: str = ""
    auxiliary: tuple[str, ...] = ()


def main(runs: int, only: str, jobs: int) -> int:
    """Print the table; 1 where a row that must cover does not."""
    print(f"{'world':<30}{'metric':<12}{'method':<26}{'bias':>8}{'rmse':>8}{'cover %':>9}{'width':>8}{'none':>6}")
    chosen = [i for i, world in enumerate(worlds()) if only in world.name]
    started, missed = time.monotonic(), 0
    with ProcessPoolExecutor(jobs) as pool:
        for done, rows in enumerate(pool.map(measured, chosen, [runs] * len(chosen)), start=1):
            print("\n".join(rows), flush=True)
            missed += sum(row.endswith("FAIL") for row in rows)
            print(f"{done} of {len(chosen)} worlds, {time.monotonic() - started:.0f} s", file=sys.stderr)
    print(f"FAIL: {missed} rows" if missed else "PASS")
    return int(bool(missed))


def measured(index: int, runs: int) -> list[str]:
    """The rows of one world. Its own seed, so that the table does not depend on which worlds run, or where."""
    world = next(islice(worlds(), index, None))
    seen: dict[tuple[str, str], list[Estimate | None]] = defaultdict(list)
    rng = np.random.default_rng(SEED)
    pi = world.frame["inclusion_probability"].to_numpy()
    for run in range(runs):
        sample = world.frame.iloc[np.flatnonzero(rng.random(len(pi)) < pi)]
        for name, method in world.methods.items():
            figures = method(world, sample, rng)
            for metric in world.truth:
                seen[metric, name].append(figures.get(metric))
        if (run + 1) % 1_000 == 0:
            print(f"  {world.name}: {run + 1:,} of {runs:,}", file=sys.stderr)
    return [row(world, metric, name, found) for (metric, name), found in sorted(seen.items()) if any(found)]


def row(world: World, metric: str, method: str, found: list[Estimate | None]) -> str:
    """One line of the table; it ends in FAIL where the method had to cover the truth and did not."""
    truth = world.truth[metric]
    values = np.array([one.value for one in found if one is not None and one.value is not None])
    ends = np.array([(one.low, one.high) for one in found if one is not None and one.low is not None])
    error = values - truth
    line = f"{world.name:<30}{metric:<12}{method:<26}{error.mean():>+8.3f}{np.sqrt((error**2).mean()):>8.3f}"
    if len(ends) == 0:
        return f"{line}{'-':>9}{'-':>8}{len(found):>6}"
    covered = float(((ends[:, 0] <= truth + 1e-12) & (truth - 1e-12 <= ends[:, 1])).mean())
    width = float((ends[:, 1] - ends[:, 0]).mean())
    verdict = "" if method != world.must else "  pass" if covered >= TARGET else "  FAIL"
    return f"{line}{100 * covered:>9.1f}{width:>8.3f}{len(found) - len(ends):>6}{verdict}"


# What is asked of every sample.


def by_naive(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    found = naive(sample)
    return found.metrics if found else {}


def by_vsj(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    return estimate(sample, counts(world), rng).metrics


def by_hajek(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    y, j = sample["y"].to_numpy(), sample["flagged"].to_numpy(dtype=float)
    parts = {
        "prevalence": (y, np.ones(len(y))),
        "tpr": (y * j, y),
        "tnr": ((1 - y) * (1 - j), 1 - y),
        "accuracy": (y * j + (1 - y) * (1 - j), np.ones(len(y))),
    }
    return {name: reach(hajek.ratio(a, b, weights(sample)), len(y)) for name, (a, b) in parts.items()}


def by_linearised(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    strata = stratified(world, sample, "flagged")
    return {"prevalence": strata.interval(sample["y"].to_numpy(), "")} if strata else {}


def by_rogan_gladen(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    return {"prevalence": rogan_gladen(sample, world.frame["flagged"].mean(), "itself").prevalence}


def by_rogan_gladen_unweighted(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    return by_rogan_gladen(world, sample.assign(inclusion_probability=1e-6), rng)


def by_ppi(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    said, w = sample["flagged"].to_numpy(dtype=float), 1 / sample["inclusion_probability"].to_numpy()
    if said.std() == 0:
        return {}
    found = power_tuned(sample["y"].to_numpy(), said, w, float(world.frame["flagged"].mean()), len(world.frame))
    return {"prevalence": reach(hajek.Ratio(found.value, found.se, w), len(sample))}


def by_greg(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    known = list(world.auxiliary)
    totals = world.frame[known].sum().to_dict()
    auxiliaries = Auxiliaries(labelled=sample[known], totals=totals, size=len(world.frame))
    return {"prevalence": greg(sample["y"].to_numpy(), auxiliaries, weights(sample))}


def by_weighted_kappa(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    found = judge_ordinal(sample, world.frame["stratum"].value_counts().to_dict())
    figures = {"qwk": found.qwk, "exact": found.exact, "within one": found.within_one, "mean gap": found.mean_gap}
    return {name: one for name, one in figures.items() if one is not None}


def by_weighted_kappa_naive(world: World, sample: pd.DataFrame, rng: np.random.Generator) -> Figures:
    judge, people = sample["judge"].to_numpy(), sample["people"].to_numpy()
    even = PostStrata(
        which=np.zeros(len(judge), dtype=np.intp), sizes=np.array([float(SIZE)]),
        design=drawn_with(np.full(len(judge), 1e-6)),
    )  # fmt: skip
    return {"qwk": ps_weighted_kappa(judge, people, even)}


USUAL: Mapping[str, Method] = {
    "naive, Wilson": by_naive,
    "Hajek, linearised": by_hajek,
    "Rogan-Gladen, weighted": by_rogan_gladen,
    "Rogan-Gladen, unweighted": by_rogan_gladen_unweighted,
    "PPI++, weighted": by_ppi,
    "post-strat, linearised": by_linearised,
    "post-strat, VSJ": by_vsj,
}
STRESS: Mapping[str, Method] = {"Hajek, linearised": by_hajek, "post-strat, VSJ": by_vsj}


def counts(world: World) -> VerdictCounts:
    flagged = int(world.frame["flagged"].sum())
    return VerdictCounts(
        judge="j", judge_version="", criterion="", n_flagged=flagged, n_passed=len(world.frame) - flagged
    )


def stratified(world: World, sample: pd.DataFrame, column: str) -> PostStrata | None:
    found = post_strata(
        sample[column].to_numpy(dtype=object), world.frame[column].value_counts().to_dict(), weights(sample)
    )
    return None if isinstance(found, str) else found


def reach(found: hajek.Ratio, n: int) -> Estimate:
    if not np.isfinite(found.se):
        return Estimate(value=None, n=n, method="")
    return Estimate(
        value=found.value, low=found.value - 1.96 * found.se, high=found.value + 1.96 * found.se, n=n, method=""
    )


# The frames.


def worlds() -> Iterator[World]:
    yield by_verdict("A 20% fail, 5:1", (0.2, 0.8, 0.95), 5, 300)
    yield by_verdict("B 3% fail, 5:1", (0.03, 0.7, 0.97), 5, 300)
    yield by_verdict("C 20% fail, 100 labels", (0.2, 0.8, 0.95), 5, 100)
    yield by_verdict("B at 20:1", (0.03, 0.7, 0.97), 20, 300)
    yield by_verdict("strong judge, 10% fail", (0.1, 0.95, 0.99), 5, 300)
    yield union()
    yield ordinal(300)
    yield ordinal(100)
    for hidden in ("rarely", "often"):
        for missed in (1, 2, 3):
            yield stress(hidden, missed)


def by_verdict(name: str, rates: tuple[float, float, float], ratio: float, labels: int) -> World:
    """rates: share of failures, TPR, TNR. A flagged trace is `ratio` times as likely to be drawn."""
    prevalence, tpr, tnr = rates
    bad = round(SIZE * prevalence)
    y = np.repeat([1.0, 0.0], [bad, SIZE - bad])
    flagged = np.zeros(SIZE, dtype=bool)
    flagged[: round(bad * tpr)] = True
    flagged[SIZE - round((SIZE - bad) * (1 - tnr)) :] = True
    size = np.where(flagged, ratio, 1.0)
    return binary(name, y, flagged, labels * size / size.sum())


def union() -> World:
    """Five strategies with independent hits: 40 % uniform, 20 % flagged, 15 % two judges differ, 15 % unsure, 10 %
    a rare stratum in which the judge's TPR is .35."""
    dice = np.random.default_rng(7)
    rare = dice.random(SIZE) < 0.03
    y = (dice.random(SIZE) < 0.15).astype(float)
    flagged = dice.random(SIZE) < np.where(y == 1, np.where(rare, 0.35, 0.8), 0.05)
    second = dice.random(SIZE) < np.where(y == 1, 0.8, 0.07)
    score = np.clip(np.where(flagged, 0.75, 0.2) + 0.1 * (y - 0.3) + dice.normal(0, 0.12, SIZE), 0, 1)
    unsure = np.abs(score - 0.5) < np.quantile(np.abs(score - 0.5), 0.1)
    parts = [(np.ones(SIZE, dtype=bool), 120), (flagged, 60), (flagged != second, 45), (unsure, 45), (rare, 30)]
    missed = np.prod([1 - labels / part.sum() * part for part, labels in parts], axis=0)
    world = binary("union of five", y, flagged, 1 - missed)
    extra = world.frame.assign(flag=flagged.astype(float), second=second.astype(float), score=score)
    return World(
        name=world.name, frame=extra, truth=world.truth, must=world.must, auxiliary=("flag", "second", "score"),
        methods={**USUAL, "GREG, second judge": by_greg},
    )  # fmt: skip


def stress(hidden: str, missed: int) -> World:
    """Misses stand only in passed traces drawn rarely (or often); `missed` of them are expected in the sample."""
    flagged = np.repeat([True, False], [20_000, 80_000])
    often = np.zeros(SIZE, dtype=bool)
    often[60_000:] = True
    rare_rate = 150 / (40_000 * 11)
    pi = np.where(flagged, 150 / 20_000, np.where(often, 10 * rare_rate, rare_rate))
    y = np.zeros(SIZE)
    y[:16_000] = 1
    start, rate = (20_000, rare_rate) if hidden == "rarely" else (60_000, 10 * rare_rate)
    y[start : start + round(missed / rate)] = 1
    return binary(f"stress: {missed} miss, {hidden} drawn", y, flagged, pi, STRESS)


def binary(
    name: str, y: Numbers, flagged: npt.NDArray[np.bool_], pi: Numbers, methods: Mapping[str, Method] = USUAL
) -> World:
    frame = pd.DataFrame({"y": y, "flagged": flagged, "inclusion_probability": pi})
    truth = confusion.point(confusion.count(y, flagged))
    known = {name: value for name in SHOWN if (value := truth[name]) is not None}
    return World(name=name, frame=frame, truth=known, methods=methods, must="post-strat, VSJ")


def ordinal(labels: int) -> World:
    """A judge on 1 to 5, a little lenient; levels 1 and 2 are five times as likely to be drawn."""
    dice = np.random.default_rng(7)
    people = dice.choice(5, size=SIZE, p=[0.05, 0.1, 0.2, 0.35, 0.3]) + 1.0
    judge = np.clip(people + dice.choice([-1, 0, 1, 2], size=SIZE, p=[0.12, 0.6, 0.23, 0.05]), 1, 5)
    size = np.where(judge <= 2, 5.0, 1.0)
    frame = pd.DataFrame(
        {"judge": judge, "people": people, "stratum": judge, "inclusion_probability": labels * size / size.sum()}
    )
    whole = PostStrata(
        which=np.zeros(SIZE, dtype=np.intp), sizes=np.array([float(SIZE)]), design=drawn_with(np.ones(SIZE))
    )
    gap = judge - people
    kappa = ps_weighted_kappa(judge, people, whole).value
    truth = {
        "qwk": kappa if kappa is not None else np.nan,
        "exact": float((gap == 0).mean()),
        "within one": float((np.abs(gap) <= 1).mean()),
        "mean gap": float(gap.mean()),
    }
    methods: Mapping[str, Method] = {"naive, Fisher z": by_weighted_kappa_naive, "post-strat": by_weighted_kappa}
    must = "post-strat" if labels >= 300 else ""
    return World(name=f"judge on 1-5, {labels} labels", frame=frame, truth=truth, methods=methods, must=must)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"samples per world ({RUNS})")
    parser.add_argument("--only", default="", help="worlds whose name holds this text")
    parser.add_argument("--jobs", type=int, default=2, help="worlds at a time (2)")
    options = parser.parse_args()
    sys.exit(main(options.runs, options.only, options.jobs))
