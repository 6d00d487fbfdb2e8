"""One finding per cause: a pair that adds nothing to its single goes, and so does a single that lives off its pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from review_app.agreement.slicing.exact_strata import fisher_p
from review_app.agreement.slicing.slices import Term

Mask = npt.NDArray[np.bool_]
Slices = Mapping[int, tuple[tuple[Term, ...], Mask]]

WORTH_SAYING = 0.05
"""One-sided Fisher p below which a part differs from the rest of its whole."""


def kept(slices: Slices, events: Mask) -> list[int]:
    """The keys to report. slices: key -> terms and the rows inside, shape (n_rows,), as is `events`.

    A child (a pair) is dropped unless it differs from what each parent (a single of its terms, if found too) holds
    beside it. A parent is dropped when what its children leave of it does not differ from what is outside of it.
    """
    children = [i for i, (terms, _) in slices.items() if len(terms) > 1 and _adds(i, slices, events)]
    parents = [i for i, (terms, _) in slices.items() if len(terms) == 1]
    return sorted(children + [i for i in parents if _stands_alone(i, children, slices, events)])


def _adds(child: int, slices: Slices, events: Mask) -> bool:
    terms, inside = slices[child]
    parents = [mask for others, mask in slices.values() if len(others) == 1 and others[0] in terms]
    return all(_higher(inside, parent, events) for parent in parents)


def _stands_alone(parent: int, children: list[int], slices: Slices, events: Mask) -> bool:
    (term,), inside = slices[parent]
    own = [slices[child][1] for child in children if term in slices[child][0]]
    if not own:
        return True
    taken = np.logical_or.reduce(own)
    rest = inside & ~taken
    return bool(rest.any()) and _higher(rest, rest | ~inside, events)


def _higher(part: Mask, whole: Mask, events: Mask) -> bool:
    """Whether events are more frequent in the part than in what the whole holds beside it."""
    return fisher_p(part[whole], events[whole]) < WORTH_SAYING
