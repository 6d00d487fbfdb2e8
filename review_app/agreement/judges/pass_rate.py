"""How much of production is good, once people's labels have corrected the judge."""

from __future__ import annotations

from dataclasses import dataclass, replace

from review_app.agreement.estimate import Estimate
from review_app.agreement.frame import VerdictCounts


@dataclass(frozen=True, kw_only=True)
class PassRate:
    """judge_says: share of what it judged in the frame that the judge passed. corrected: post-stratified, VSJ interval.

    sharpened: by GREG, None where nothing but the verdict is known of all traces, or too few missed failures were seen
    for its interval to hold. leading: the one to show first, `sharpened` where there is one. Taking whichever
    came out narrower would hold the truth less often than either says.
    """

    judge_says: float | None
    corrected: Estimate
    sharpened: Estimate | None
    leading: Estimate


def pass_rate(counts: VerdictCounts | None, prevalence: Estimate, by_greg: Estimate | None = None) -> PassRate:
    """counts: the frame's verdicts. prevalence: share of bad answers as estimates.estimate has it; by_greg: the same
    share as greg.greg has it."""
    judged = counts.n_flagged + counts.n_passed if counts else 0
    corrected = complement(prevalence)
    sharpened = None if by_greg is None else complement(by_greg)
    return PassRate(
        judge_says=counts.n_passed / judged if counts and judged else None,
        corrected=corrected,
        sharpened=sharpened,
        leading=sharpened if sharpened is not None and sharpened.low is not None else corrected,
    )


def complement(share: Estimate) -> Estimate:
    """One minus the share, its interval turned around."""
    if share.value is None:
        return share
    low = None if share.high is None else 1 - share.high
    high = None if share.low is None else 1 - share.low
    return replace(share, value=1 - share.value, low=low, high=high)
