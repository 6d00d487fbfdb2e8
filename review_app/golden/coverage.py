"""Which tasks, languages and layers a set of cases covers, beside the traffic it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

By = Literal["layer", "route", "language"]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where one case stands. route, language: as its trace says; None where it says none."""

    layer: str
    route: str | None
    language: str | None
    split: str


@dataclass(frozen=True, kw_only=True)
class Covered:
    """One layer, task or language. value: None where traces say none. cases: dev, test and those of neither.
    traffic, share: stored traces, and their share of all, in [0, 1]; None for layers, which traffic has not. They count
    everything that is stored, so there is no interval."""

    by: By
    value: str | None
    cases: int
    dev: int
    test: int
    traffic: int | None
    share: float | None


def coverage(cases: Sequence[Placed], traffic: Mapping[str, Mapping[str | None, int]]) -> tuple[Covered, ...]:
    """What most of the traffic has comes first. traffic: "route" and "language" -> value -> number of traces.

    A value of the traffic without any case is there with 0 cases: that is what one looks for."""
    kinds: tuple[By, ...] = ("layer", "route", "language")
    return tuple(row for by in kinds for row in _rows(by, cases, traffic.get(by)))


def _rows(by: By, cases: Sequence[Placed], traffic: Mapping[str | None, int] | None) -> list[Covered]:
    seen = traffic or {}
    values = {getattr(case, by) for case in cases} | set(seen)
    order = sorted(values, key=lambda value: (-seen.get(value, 0), value is None, str(value)))
    return [_row(by, value, [case.split for case in cases if getattr(case, by) == value], traffic) for value in order]


def _row(by: By, value: str | None, splits: Sequence[str], traffic: Mapping[str | None, int] | None) -> Covered:
    among = sum(traffic.values()) if traffic else 0
    return Covered(
        by=by,
        value=value,
        cases=len(splits),
        dev=splits.count("dev"),
        test=splits.count("test"),
        traffic=None if traffic is None else traffic.get(value, 0),
        share=traffic.get(value, 0) / among if traffic and among else None,
    )
