"""Whether a judge is still what it was once measured to be: a provider may change the model behind a name."""

from __future__ import annotations

from review_app.agreement.estimate import Estimate


def drifted(measured: Estimate, since: Estimate, least: int) -> bool:
    """Whether a rate fell for certain: both 95 % intervals are known and do not touch.

    measured: the rate of then; since: of answers given later, on at least `least` traces. Two intervals that only just
    miss each other are a stricter test than one at 5 %, so that looking at every gate raises few false alarms."""
    if measured.low is None or since.high is None or since.n < least:
        return False
    return since.high < measured.low
