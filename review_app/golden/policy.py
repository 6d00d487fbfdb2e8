"""The section `golden` of project.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt


@dataclass(frozen=True, kw_only=True)
class GoldenPolicy:
    """test_share: the share of groups of cases kept for the gate alone, the rest is for development.
    near_duplicate: from which similarity of two questions on (Jaccard, words in threes) a case needs a second look."""

    test_share: Annotated[float, Gt(0), Lt(1)] = 0.5
    near_duplicate: Annotated[float, Ge(0.3), Le(1)] = 0.8
