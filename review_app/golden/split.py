"""Which cases belong together, and on which side of the split they stand.

A split is decided when a case is proposed and never again. Cases of one session, or with nearly the same question, are
one *group* and stand on one side: else a prompt tuned on one would be tested on its twin.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from review_app.sampling.draw import digest, threshold

Split = Literal["dev", "test"]


def side(group: str, test_share: float) -> Split:
    """Where a group stands; depends on nothing but its name and the share."""
    return (
        "test" if digest("golden", "split", group) < threshold(Fraction(test_share).limit_denominator(1000)) else "dev"
    )


def group_of(example_id: str, kin: Iterable[str]) -> str:
    """The group of a new case. kin: the groups of the cases it belongs with; the first by name where they are several
    (the inspection says so where these stand on both sides), its own where there are none."""
    return min(kin, default=example_id)
