"""One draw: rates from a budget, then a hash per strategy and trace."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from hashlib import md5

import numpy as np
import numpy.typing as npt
import pandas as pd

from review_app import tables
from review_app.sampling.plan import SamplePlan

Rates = Mapping[str, Fraction]


def rates(plan: SamplePlan, eligible: Mapping[str, int], before: Rates) -> dict[str, Fraction]:
    """The probability of each strategy, given how many traces each may choose from.

    What the smaller strategies cannot spend goes to `random`. A rate never falls below the one `before`, so that
    drawing again, or over a grown frame, only adds. `eligible["random"]` is the size of the frame.
    """
    budget, found = plan.traces(), {}
    left = budget
    for name in sorted(set(plan.shares) - {"random"}):
        wanted = budget * Fraction(str(plan.shares[name]))
        found[name] = _at_most_one(wanted, eligible[name])
        left -= found[name] * eligible[name]
    found["random"] = _at_most_one(left, eligible["random"])
    return {name: max(rate, before.get(name, Fraction(0))) for name, rate in found.items()}


def draw(frame: pd.DataFrame, strategies: Rates, salt: str) -> pd.DataFrame:
    """The traces that were drawn, in queue order.

    frame: one row per eligible trace: `trace_id`, `stratum`, and for each strategy but `random` a boolean column of
    its name that says whether the strategy may choose the trace.
    Returns `trace_id`, `stratum`, `inclusion_probability`, `eligible` and `reasons` (strategies, joined by a comma:
    those that could have chosen it, and those that did) and `queue_order`, a hash independent of every strategy.
    """
    tables.require(frame, ("trace_id", "stratum", *(s for s in strategies if s != "random")), "draw")
    open_to = _eligibility(frame, strategies)
    hits = pd.DataFrame(
        {name: open_to[name] & _below(frame["trace_id"], salt, name, rate) for name, rate in strategies.items()},
        index=frame.index,
    )
    drawn = frame.loc[hits.any(axis=1), ["trace_id", "stratum"]]
    eligible = _names(open_to.loc[drawn.index])
    return drawn.assign(
        eligible=eligible,
        inclusion_probability=_inclusions(eligible, strategies),
        reasons=_names(hits.loc[drawn.index]),
        queue_order=[digest(salt, "order", trace_id) for trace_id in drawn["trace_id"].tolist()],
    ).sort_values("queue_order", ignore_index=True)


def inclusion(eligible: str, strategies: Rates) -> Fraction:
    """The probability that any of independent strategies draws a trace: 1 - (1 - p1)(1 - p2)...

    eligible: the strategies that may choose it, joined by a comma."""
    missed = Fraction(1)
    for name in eligible.split(","):
        missed *= 1 - strategies.get(name, Fraction(0))
    return 1 - missed


def _inclusions(eligible: list[str], strategies: Rates) -> list[float]:
    known = {names: float(inclusion(names, strategies)) for names in set(eligible)}
    return [known[names] for names in eligible]


def threshold(rate: Fraction) -> str:
    """Hex text below which a hash is a hit. `g` sorts after every hex digit: a rate of 1 takes everything."""
    cut = int(rate * (1 << 128))
    return "g" if cut >= 1 << 128 else f"{cut:032x}"


def _at_most_one(wanted: Fraction, among: int) -> Fraction:
    return min(Fraction(1), wanted / among) if among else Fraction(0)


def digest(salt: str, purpose: str, trace_id: str) -> str:
    """The hash that decides about one trace for one purpose: a strategy, the queue's order, the overlap."""
    # md5 because every SQL engine has it and agrees on it; it decides who is asked, and guards nothing.
    return md5(f"{salt}:{purpose}:{trace_id}".encode(), usedforsecurity=False).hexdigest()


def _below(trace_ids: pd.Series[str], salt: str, strategy: str, rate: Fraction) -> npt.NDArray[np.bool_]:
    cut = threshold(rate)
    return np.fromiter(
        (digest(salt, strategy, trace_id) < cut for trace_id in trace_ids.tolist()), bool, len(trace_ids)
    )


def _eligibility(frame: pd.DataFrame, strategies: Rates) -> pd.DataFrame:
    columns = {name: True if name == "random" else frame[name].astype(bool) for name in strategies}
    return pd.DataFrame(columns, index=frame.index)


def _names(flags: pd.DataFrame) -> list[str]:
    """For each row, the columns that are true, joined by a comma. Few patterns occur, so each is spelled once."""
    bits = flags.to_numpy(dtype=np.int64) @ (1 << np.arange(flags.shape[1]))
    spelled = {
        int(pattern): ",".join(name for place, name in enumerate(flags.columns) if int(pattern) >> place & 1)
        for pattern in np.unique(bits)
    }
    return [spelled[pattern] for pattern in bits.tolist()]
