"""One judge's figures as one sentence for somebody who has a minute."""

from __future__ import annotations

from collections.abc import Mapping

from review_app.agreement.estimate import Estimate
from review_app.agreement.figures import Exclusion
from review_app.agreement.judges.pass_rate import PassRate

TOO_FEW_MISSED = 5
"""Below this many expected misses in the sample, the interval of recall is mostly ours, not the data's."""

TARGET, FLOOR = 0.90, 0.80
"""A judge's *pass* is trusted where it flags as many of the bad answers as TARGET, and FLOOR is sure; its *fail* where
it passes as many of the good ones. It is not where even the upper end of the interval lies below TARGET. What lies
between is not told by so few labels. How many of its passes are right does not decide: where bad answers are rare,
nearly all are, even of a judge that finds none."""

_BITS = 1e-9
_MOST = 0.5


def sentence(metrics: Mapping[str, Estimate], refusal: str) -> str:
    """ "misses 1 in 5 bad answers (95 %: 9–34 %); flags 5 % of good ones (95 %: 4–7 %); trust its *fail*, not its
    *pass*"."""
    if refusal:
        return f"cannot be measured yet: {refusal}"
    if "npv" in metrics and metrics["tpr"].value is not None:
        if metrics["ppv"].value is None:
            return "flags nothing, so it misses every bad answer; do not trust its *pass*"
        if metrics["npv"].value is None:
            return "flags everything, good answers too; do not trust its *fail*"
    told = f"{_misses(metrics['tpr'])}; {_false_alarms(metrics['tnr'])}"
    return f"{told}; {trust(metrics['tpr'], metrics['tnr'], metrics['ppv'])}" if "ppv" in metrics else told


def trust(tpr: Estimate, tnr: Estimate, ppv: Estimate) -> str:
    """What to do with its two verdicts. tpr, tnr: share of bad answers it flags, and of good ones it passes. ppv: share
    of its flags that are right, None where it flagged nothing."""
    sides = {"*fail*": _trusted_flag(tnr, ppv), "*pass*": _trusted(tpr)}
    yes, no, unknown = ([side for side, found in sides.items() if found is wanted] for wanted in (True, False, None))
    if len(yes) == 2:
        return "trust its *fail* and its *pass*"
    if len(no) == 2:
        return "trust neither its *fail* nor its *pass*"
    if len(unknown) == 2:
        return "too few labels to say whether to trust its *fail* or its *pass*"
    if yes and no:
        return f"trust its {yes[0]}, not its {no[0]}"
    told = f"trust its {yes[0]}" if yes else f"do not trust its {no[0]}"
    return f"{told}; too few labels to say so of its {unknown[0]}"


def _trusted_flag(tnr: Estimate, ppv: Estimate) -> bool | None:
    if ppv.value is None:
        return None
    # However few good answers it flags: where bad ones are fewer still, most of its flags are wrong.
    if ppv.high is not None and ppv.high < _MOST:
        return False
    found = _trusted(tnr)
    return None if found and ppv.low is not None and ppv.low < _MOST else found


def _trusted(rate: Estimate) -> bool | None:
    """None where the interval reaches both sides of the target."""
    if rate.value is None or rate.low is None or rate.high is None:
        return None
    if rate.value >= TARGET and rate.low >= FLOOR:
        return True
    return False if rate.high < TARGET else None


def pass_rate_sentence(found: PassRate | None) -> str:
    """ "judge says 81.8 % pass; corrected 82.2 % (95 %: 79–84 %)"; "" where there is no corrected rate."""
    if found is None or found.leading.value is None or found.judge_says is None:
        return ""
    one, interval = found.leading, ""
    if one.low is not None and one.high is not None:
        interval = f" ({100 * one.level:.0f} %: {100 * one.low:.0f}–{100 * one.high:.0f} %)"
    return f"judge says {100 * found.judge_says:.1f} % pass; corrected {100 * found.leading.value:.1f} %{interval}"


def missed_note(expected: float) -> str:
    """What to say about a sample that is expected to hold this many missed failures; "" when there are enough."""
    if expected >= TOO_FEW_MISSED:
        return ""
    return f"about {expected:g} missed failures in the sample: too few to bound recall"


def _misses(tpr: Estimate) -> str:
    if tpr.value is None:
        return "no bad answer among the labelled traces, so what it misses is unknown"
    missed = 1 - tpr.value
    if missed == 0:
        return f"missed none of the bad answers people saw ({_complement(tpr)})"
    return f"misses {_share(missed)} bad answers ({_complement(tpr)})"


def _false_alarms(tnr: Estimate) -> str:
    if tnr.value is None:
        return "no good answer among the labelled traces, so its false alarms are unknown"
    return f"flags {percent(1 - tnr.value)} of good ones ({_complement(tnr)})"


def _share(value: float) -> str:
    # "1 in 2" would stand for anything from .4 to .67.
    return f"1 in {round(1 / value)}" if value < 0.4 else f"{percent(value)} of"


def percent(value: float) -> str:
    """A share for reading. 0 and 100 are only written when they are exact, up to the last bits of a sum."""
    if _BITS < value < 0.01:
        return "under 1 %"
    if 0.99 < value < 1 - _BITS:
        return "over 99 %"
    return f"{100 * value:.0f} %"


def _complement(estimate: Estimate) -> str:
    """The interval of 1 - rate."""
    if estimate.low is None or estimate.high is None:
        return "no interval"
    low, high = 100 * (1 - estimate.high), 100 * (1 - estimate.low)
    return f"{100 * estimate.level:.0f} %: {low:.0f}–{high:.0f} %"


def p_text(p: float) -> str:
    """A p-value to three decimals; a smaller one is said to be smaller, never to be nought."""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def counted(left_out: Exclusion) -> str:
    """ "1 trace", "12 reviews"."""
    return f"{left_out.count:,} {left_out.unit.removesuffix('s') if left_out.count == 1 else left_out.unit}"
