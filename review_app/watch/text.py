"""What was found about today's traffic, in a sentence."""

from __future__ import annotations

from review_app.watch.metadata_drift import LEAST, Drift

_NAMED = 2


def said_of_drift(one: Drift) -> str:
    """What changed most, and whether it is more than chance."""
    if min(one.before, one.now) < LEAST:
        return f"too few traces to tell ({one.before:,} before, {one.now:,} since; {LEAST} of each are needed)"
    if one.psi is None:
        return "one value then and now"
    most = "; ".join(f"{value or '(none)'} {was:.1%} → {now:.1%}" for value, was, now in one.values[:_NAMED])
    numbers = f"PSI {one.psi:.3f}, by chance {one.chance_psi:.3f}; p {one.p_holm:.2g}, n {one.before:,} and {one.now:,}"
    word = "changed" if one.moved else "no change worth a look"
    return f"{word}: {most} ({numbers})"
