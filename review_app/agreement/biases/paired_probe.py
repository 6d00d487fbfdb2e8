"""The same trace judged twice, with one thing changed that should not matter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from review_app.agreement import tango
from review_app.agreement.biases import mcnemar
from review_app.agreement.biases.bias_effect import BiasEffect, unknown
from review_app.agreement.estimate import Estimate

Mask = npt.NDArray[np.bool_]

_METHOD = "paired difference; Tango score interval, McNemar exact"


def probe(name: str, contrast: str, plain: Mask, changed: Mask) -> BiasEffect:
    """Did the change (style, "I think this is right", padding) bring more passes?

    plain, changed: whether the judge passed each trace without and with the change, shape (n_traces,)."""
    return _effect(name, contrast, int((changed & ~plain).sum()), int((plain & ~changed).sum()), len(plain))


def position(first_order: npt.ArrayLike, second_order: npt.ArrayLike) -> BiasEffect:
    """Does the judge of pairs prefer a place? Bias = (first both times - second both times) / n.

    first_order: which place won, "first" or "second" (anything else is a tie), with the answers as they came;
    second_order: the same with the answers exchanged. Shape (n_pairs,) each.
    """
    one, other = np.asarray(first_order, dtype=object), np.asarray(second_order, dtype=object)
    first = int(((one == "first") & (other == "first")).sum())
    second = int(((one == "second") & (other == "second")).sum())
    return _effect(
        "position", "wins in first place minus wins in second place, both orders judged", first, second, len(one)
    )


def _effect(name: str, contrast: str, up: int, down: int, n: int) -> BiasEffect:
    if n == 0:
        return unknown(name, contrast, "no trace was judged both ways", 0, _METHOD)
    low, high = tango.score_interval(up, down, n, 0.95)
    effect = Estimate(value=(up - down) / n, low=low, high=high, n=n, method=_METHOD)
    return BiasEffect(name=name, contrast=contrast, effect=effect, p=mcnemar.exact_p(up, down))
