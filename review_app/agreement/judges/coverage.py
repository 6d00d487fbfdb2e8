"""May a judge's verdicts stand for the frame? Not where it was asked about the drawn traces rather than the others.

What a trace was drawn with depends on no judge, so one that was asked later may be measured on the same labels.
But its flags in the frame are then known only where it was asked: everywhere, or at least at random.
"""

from __future__ import annotations

import math

import pandas as pd

from review_app.agreement.design import weights
from review_app.agreement.frame import VerdictCounts

_ERRORS, _PART = 4.0, 0.1


def refusal(labelled: pd.DataFrame, counts: VerdictCounts) -> str:
    """Why not, or "".

    labelled: drawn, labelled traces: `told` (the judge gave a usable verdict) and a design. The share of the frame it
    judged, as these tell it, must be the counted one: refused beyond 4 standard errors and a tenth of the larger share.
    """
    size = counts.n_flagged + counts.n_passed + counts.n_without_verdict
    if not counts.n_without_verdict or labelled.empty:
        return ""
    share, design = (size - counts.n_without_verdict) / size, weights(labelled)
    told, total = labelled["told"].to_numpy(dtype=float), design.w.sum()
    seen = float(design.w @ told / total) if total > 0 else share
    error = math.sqrt(design.v @ (told - share) ** 2) / total if total > 0 else 0.0
    if abs(seen - share) <= max(_ERRORS * error, _PART * max(seen, share)):
        return ""
    more = "more" if seen > share else "less"
    return (
        f"it judged {100 * share:.1f} % of the frame, but {100 * seen:.1f} % of what the labelled traces stand for: it "
        f"was asked {more} often about traces that were drawn, so what it would say of the rest is not known. "
        "Let it judge the whole frame, or a random part"
    )
