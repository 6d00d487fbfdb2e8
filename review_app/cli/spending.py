"""Before models are paid: the price is shown and asked for; and while they are, how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from review_app import actions
from review_app.cli.console import plural, progress

if TYPE_CHECKING:
    from review_app.actions.judges.asking import Progress
    from review_app.actions.judging import Price, Terms


def terms(budget: float | None, yes: bool) -> Terms:
    """What a run may spend. budget: USD, in the place of project.yaml's. yes: do not ask."""
    return actions.Terms(
        approve=lambda price: yes or _ask(price),
        budget=budget,
        outlive=True,
        planning=lambda traces: progress(f"{traces:,} traces read"),
        waiting=lambda calls: progress(f"{plural(calls, 'call')} of a run that was killed still under way"),
        progress=_show,
    )


def _ask(price: Price) -> bool:
    models = ", ".join(price.models)
    try:
        asked = f"{plural(price.questions, 'question')} to {models}, up to {price.usd:.2f} USD. Go on?"
        return click.confirm(asked, err=True)
    except click.Abort:  # nobody is there to answer
        return False


def _show(now: Progress) -> None:
    left = "" if now.left_s is None else f", {_lasting(now.left_s)} left"
    progress(f"{now.done:,} of {now.total:,} answered, {now.spent_usd:.2f} USD{left}")


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
