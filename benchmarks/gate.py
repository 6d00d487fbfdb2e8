"""How often the gate passes a candidate that it must not, and how long it takes.

    python benchmarks/gate.py [candidates]

False pass: candidates whose true loss is the margin itself are simulated and given to the gate's own code, at 50, 100
and 200 cases, margins of .05 and .10 and several shares of changed cases. Tango's test may pass 5.8 % of them (its
nominal 5 %, and what counts being whole numbers costs); the e-value, looked at after every case, 5 %. What is printed
is the worst share; a simulation has an error of its own, and a limit counts as missed where it is missed by more than
two standard errors. The exact worst shares of Tango's test, summed over every outcome, stand beside.

Time: a gate over 500 cases and 6 metrics with every report (text, Markdown, JSON, JUnit, HTML), at most 2 s. Nothing in
it resamples: the intervals are those of the tests.
"""

from __future__ import annotations

import sys
import time
from functools import cache

import numpy as np
import pandas as pd

from review_app.gate import e_value, junit, page, report
from review_app.gate.compare import ReleaseCases, compare
from review_app.gate.decide import decide
from review_app.gate.non_inferiority import against_margin
from review_app.gate.planning import foresee
from review_app.gate.policy import GatePolicy, MetricRule

SIZES, MARGINS, CHANGED = (50, 100, 200), (0.05, 0.10), (0.12, 0.20, 0.30)
TANGO_LIMIT, E_VALUE_LIMIT, SECONDS = 0.058, 0.05, 2.0
LOOKS = 600


def main(candidates: int) -> int:
    """Print every figure beside its limit; 1 where one is missed."""
    rng = np.random.default_rng(8)
    print(f"candidates that lose the margin: {candidates:,} for each row")
    met = [tango_row(rng, n, margin, candidates) for n in SIZES for margin in MARGINS]
    met += [e_value_row(rng, margin, candidates) for margin in MARGINS]
    met.append(time_row(rng))
    return 0 if all(met) else 1


def drawn(rng: np.random.Generator, shape: tuple[int, int], loss: float, changed: float) -> np.ndarray:
    """Gains of candidates with this true loss, of whose cases this share changes."""
    chances = [(changed - loss) / 2, (changed + loss) / 2, 1 - changed]
    return rng.choice([1.0, -1.0, 0.0], p=chances, size=shape)


def tango_row(rng: np.random.Generator, n: int, margin: float, candidates: int) -> bool:
    """The worst share over the shares of changed cases."""
    shares = [
        np.mean([passes(int((row > 0).sum()), int((row < 0).sum()), n, margin) for row in gains])
        for gains in (drawn(rng, (candidates, n), margin, changed) for changed in CHANGED)
    ]
    rule = GatePolicy(metrics=(MetricRule(name="m", margin=margin),))
    exact = foresee(n, rule).metrics[0].false_pass
    name = f"Tango, n = {n:>3}, margin {margin:.2f} (exact worst {exact:.4f})"
    return row(name, float(max(shares)), TANGO_LIMIT, candidates) and exact <= TANGO_LIMIT


@cache
def passes(won: int, lost: int, n: int, margin: float) -> bool:
    """The gate's own test; it knows of a metric only how many cases were won and lost."""
    gain = np.repeat([1.0, -1.0, 0.0], [won, lost, n - won - lost])
    return against_margin(gain, binary=True, margin=margin, alpha=0.05).p <= 0.05


def e_value_row(rng: np.random.Generator, margin: float, candidates: int) -> bool:
    """The worst share that ever passes, looked at after each of LOOKS cases."""
    shares = [
        np.mean([bool((e_value.running(gain, margin) >= 20).any()) for gain in gains])
        for gains in (drawn(rng, (candidates, LOOKS), margin, changed) for changed in CHANGED)
    ]
    return row(f"e-value, {LOOKS} looks, margin {margin:.2f}", float(max(shares)), E_VALUE_LIMIT, candidates)


def row(name: str, share: float, limit: float, candidates: int) -> bool:
    """One line; whether the limit is kept."""
    error = (limit * (1 - limit) / candidates) ** 0.5
    print(f"{name:<52} false pass {share:.4f}   limit {limit:.3f}")
    return share <= limit + 2 * error


def time_row(rng: np.random.Generator) -> bool:
    """500 cases, 6 metrics (two of them scores), every report; the fastest of three."""
    names = [f"metric {number}" for number in range(6)]
    ids = tuple(f"ex-{number:05d}" for number in range(500))
    values = {name: rng.random(500) if name in names[:2] else rng.integers(0, 2, 500) for name in names}
    old = frame(ids, values)
    new = frame(ids, {name: np.where(rng.random(500) < 0.1, rng.integers(0, 2, 500), v) for name, v in values.items()})
    policy = GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.05) for name in names))
    release = ReleaseCases(number=1, content_hash="v1:bench", example_ids=ids)
    texts = {
        name: page.CaseTexts(question="q" * 500, expected=None, baseline="b" * 800, candidate="c" * 800) for name in ids
    }
    times = []
    for _ in range(3):
        started = time.perf_counter()
        decision = decide(compare(old, new, release, policy), policy)
        made = [report.as_text(decision), report.as_markdown(decision), junit.as_junit(decision)]
        made += [str(report.as_dict(decision)), page.as_html(decision, texts)]
        times.append(time.perf_counter() - started)
    name = "500 cases x 6 metrics, five reports (none resamples)"
    print(f"{name:<52} {min(times):.2f} s             limit {SECONDS:.0f} s")
    return min(times) <= SECONDS


def frame(ids: tuple[str, ...], values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Result rows of a run."""
    parts = [pd.DataFrame({"example_id": ids, "metric": name, "value": given}) for name, given in values.items()]
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
