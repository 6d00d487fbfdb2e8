"""Result files and comparisons made from counts."""

from __future__ import annotations

import pandas as pd

from review_app.gate.compare import Comparison, ReleaseCases, compare
from review_app.gate.policy import GatePolicy


def release(n: int) -> ReleaseCases:
    return ReleaseCases(number=3, content_hash="v1:abc", example_ids=tuple(f"e{i:03d}" for i in range(n)))


def results(values: dict[str, list[float]]) -> pd.DataFrame:
    """metric -> one value per example, in the release's order."""
    return pd.DataFrame(
        [
            {"example_id": f"e{i:03d}", "metric": metric, "value": value}
            for metric, column in values.items()
            for i, value in enumerate(column)
        ],
        columns=["example_id", "metric", "value"],
    )


def columns(won: int, lost: int, n: int) -> tuple[list[float], list[float]]:
    """Baseline and candidate of n cases of which `won` turned good and `lost` turned bad; the rest are good."""
    same = [1.0] * (n - won - lost)
    return [0.0] * won + [1.0] * lost + same, [1.0] * won + [0.0] * lost + same


def compared(
    policy: GatePolicy,
    metrics: dict[str, tuple[list[float], list[float]]],
    blockers: dict[str, list[float]] | None = None,
) -> Comparison:
    """metrics: name -> (baseline, candidate); blockers: name -> candidate."""
    size = len(next(iter([*(pair[1] for pair in metrics.values()), *(blockers or {}).values()])))
    old = results({name: pair[0] for name, pair in metrics.items()})
    new = results({**{name: pair[1] for name, pair in metrics.items()}, **(blockers or {})})
    return compare(old, new, release(size), policy)
