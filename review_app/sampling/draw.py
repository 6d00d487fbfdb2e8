"""One draw: rates from a budget, then a hash per strategy and trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from hashlib import md5
from importlib import import_module

import numpy as np
import numpy.typing as npt
import pandas as pd

from review_app import tables
from review_app.sampling.plan import SamplePlan

try:
    # CPython's own takes half the time of OpenSSL's, which looks the algorithm up at each call.
    quick_md5 = import_module("_md5").md5
except ImportError:
    quick_md5 = partial(md5, usedforsecurity=False)

Rates = Mapping[str, Fraction]


def rates(plan: SamplePlan, eligible: Mapping[str, int], before: Rates) -> dict[str, Fraction]:
    """The probability of each strategy, given how many traces each may choose from.

    What the smaller strategies cannot spend goes to `random`. A rate never falls below the one `before`, so that
    drawing again, or over a grown frame, only adds; a strategy that left the plan keeps the rate it had.
    `eligible["random"]` is the size of the frame.
    """
    budget, found = plan.traces(), {}
    left = budget
    for name in sorted((set(plan.shares) | set(before)) - {"random"}):
        wanted = budget * Fraction(str(plan.shares.get(name, 0)))
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
    open_to, trace_ids = eligibility(frame, strategies), frame["trace_id"].tolist()
    hits = pd.DataFrame(
        {name: _hits(trace_ids, open_to[name].to_numpy(), (salt, name), rate) for name, rate in strategies.items()},
        index=frame.index,
    )
    chosen = hits.any(axis=1)
    reasons = _names(hits[chosen])
    return queued(frame[chosen].assign(reasons=reasons), _names(open_to[chosen]), strategies, salt)


def queued(chosen: pd.DataFrame, eligible: Sequence[str], strategies: Rates, salt: str) -> pd.DataFrame:
    """Rows as a draw returns them. chosen: trace_id, stratum, reasons. eligible: row by row, as in `inclusion`."""
    known = {names: float(inclusion(names, strategies)) for names in set(eligible)}
    return (
        chosen[["trace_id", "stratum", "reasons"]]
        .assign(
            eligible=eligible,
            inclusion_probability=[known[names] for names in eligible],
            queue_order=[digest(salt, "order", trace_id) for trace_id in chosen["trace_id"].tolist()],
        )
        .sort_values("queue_order", ignore_index=True)
    )


def inclusion(eligible: str, strategies: Rates) -> Fraction:
    """The probability that any of independent strategies draws a trace: 1 - (1 - p1)(1 - p2)...

    eligible: the strategies that may choose it, joined by a comma."""
    missed = Fraction(1)
    for name in eligible.split(","):
        missed *= 1 - strategies.get(name, Fraction(0))
    return 1 - missed


def eligibility(frame: pd.DataFrame, strategies: Rates) -> pd.DataFrame:
    """For each trace of a frame as in `draw`, and each strategy, whether it may choose the trace."""
    columns = {name: True if name == "random" else frame[name].astype(bool) for name in strategies}
    return pd.DataFrame(columns, index=frame.index)


def patterns(frame: pd.DataFrame, strategies: Rates) -> list[str]:
    """For each trace of a frame as in `draw`, the strategies that may choose it, joined by a comma."""
    return _names(eligibility(frame, strategies))


def first_hits(drawn: pd.DataFrame, series: Sequence[Rates], salt: str) -> list[int]:
    """For each trace the place of the first draw of a series that would have chosen it, had it been in the frame from
    the first one on, open to the strategies that it is open to now. drawn: trace_id, eligible; all of the last draw."""
    cuts = [{name: threshold(rate) for name, rate in found.items()} for found in series]
    places = []
    for trace_id, names in zip(drawn["trace_id"].tolist(), drawn["eligible"].tolist(), strict=True):
        hashes = [(name, digest(salt, name, trace_id)) for name in names.split(",")]
        hit = (place for place, cut in enumerate(cuts) if any(found < cut.get(name, "") for name, found in hashes))
        places.append(next(hit, len(series) - 1))
    return places


def threshold(rate: Fraction) -> str:
    """Hex text below which a hash is a hit. `g` sorts after every hex digit: a rate of 1 takes everything."""
    cut = int(rate * (1 << 128))
    return "g" if cut >= 1 << 128 else f"{cut:032x}"


def digest(salt: str, purpose: str, trace_id: str) -> str:
    """The hash that decides about one trace for one purpose: a strategy, the queue's order, the overlap."""
    # md5 because every SQL engine has it and agrees on it; it decides who is asked, and guards nothing.
    return md5(f"{salt}:{purpose}:{trace_id}".encode(), usedforsecurity=False).hexdigest()


def below(trace_ids: Sequence[str], salt: str, purpose: str, rate: Fraction) -> npt.NDArray[np.bool_]:
    """For each trace, whether its hash for this purpose is below the threshold of `rate`.

    The same answer as `digest(...) < threshold(rate)`: bytes sort as their hex text does."""
    cut = int(rate * (1 << 128))
    if cut >= 1 << 128 or cut == 0:
        return np.full(len(trace_ids), cut > 0)
    prefix, first, found = f"{salt}:{purpose}:".encode(), cut.to_bytes(16, "big"), np.zeros(len(trace_ids), dtype=bool)
    # A million of these are the price of a draw; hence no call of ours in between, and nothing kept of a miss.
    found[[place for place, one in enumerate(trace_ids) if quick_md5(prefix + one.encode()).digest() < first]] = True
    return found


def _hits(
    trace_ids: Sequence[str], open_to: npt.NDArray[np.bool_], hash_of: tuple[str, str], rate: Fraction
) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(trace_ids), dtype=bool)
    if open_to.all():
        return below(trace_ids, *hash_of, rate)
    where = np.flatnonzero(open_to)
    found[where] = below([trace_ids[place] for place in where.tolist()], *hash_of, rate)
    return found


def _at_most_one(wanted: Fraction, among: int) -> Fraction:
    return min(Fraction(1), wanted / among) if among else Fraction(0)


def _names(flags: pd.DataFrame) -> list[str]:
    """For each row, the columns that are true, joined by a comma. Few patterns occur, so each is spelled once."""
    bits = np.zeros(len(flags), dtype=np.int64)
    for place, name in enumerate(flags.columns):
        bits |= flags[name].to_numpy(dtype=np.int64) << place
    spelled = {
        int(pattern): ",".join(name for place, name in enumerate(flags.columns) if int(pattern) >> place & 1)
        for pattern in np.unique(bits)
    }
    return [spelled[pattern] for pattern in bits.tolist()]
