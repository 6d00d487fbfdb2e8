"""What a set covers, and what it does not."""

from __future__ import annotations

from dataclasses import astuple

from review_app.golden.coverage import Placed, coverage


def a_case(language: str | None = "en", split: str = "dev") -> Placed:
    return Placed(layer="edge_case", route="returns", language=language, split=split)


def test_traffic_without_a_case_is_shown() -> None:
    traffic = {"route": {"returns": 60, "billing": 40}, "language": {"en": 75, None: 25}}
    found = coverage([a_case(), a_case(None, "test")], traffic)
    assert [astuple(row) for row in found] == [
        ("layer", "edge_case", 2, 1, 1, None, None),
        ("route", "returns", 2, 1, 1, 60, 0.6),
        ("route", "billing", 0, 0, 0, 40, 0.4),
        ("language", "en", 1, 1, 0, 75, 0.75),
        ("language", None, 1, 0, 1, 25, 0.25),
    ]


def test_a_case_from_before_there_were_sides_counts_as_a_case() -> None:
    found = coverage([a_case(split="")], {})
    assert [(row.cases, row.dev, row.test, row.share) for row in found] == [(1, 0, 0, None)] * 3
