"""What people preferred, not knowing whose answer was whose."""

from __future__ import annotations

from urllib.parse import urlencode

from review_app import actions
from review_app.ui.widgets import sheet

_HEAD = (
    "question",
    "candidate better",
    "alike",
    "baseline better",
    "of the decided",
    "interval (95 %)",
    "n",
    "sign test p",
)


def show(found: actions.PairResults, person: str) -> None:
    """Draw how far the reviews are; and what came out, for those whose own are in."""
    desk = f"/?{urlencode({'reviewer': person, 'queue': found.queue})}"
    far = f"{found.reviewed:,} of {found.pairs:,} pairs are reviewed."
    if found.waiting:
        kept = f"What came out is kept back: {found.waiting:,} pairs may still come to you."
        sheet.show(
            sheet.note(far), sheet.note(kept), sheet.table(("",), [(sheet.link("Compare them", desk),)], "to do")
        )
        return
    sheet.show(sheet.table(_HEAD, map(_row, found.preferred), "what people preferred"), sheet.note(far))


def _row(one: actions.Preferred) -> tuple[sheet.Cell, ...]:
    found = one.found
    share = found.share
    told = (
        (f"{share.value:.3f}", f"{share.low:.3f} to {share.high:.3f}")
        if share.value is not None
        else ("not known", share.reason)
    )
    counts = (sheet.number(f"{n:,}") for n in (found.wins, found.ties, found.losses))
    p = "" if found.p is None else f"{found.p:.3f}"
    return (
        one.question,
        *counts,
        *(sheet.explained(text, share.method) for text in told),
        sheet.number(f"{share.n:,}"),
        sheet.number(p),
    )
