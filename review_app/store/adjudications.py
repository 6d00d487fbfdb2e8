"""Settled answers: only ever added, the latest one counts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from review_app.review.adjudication import Settlement
from review_app.store.clock import microseconds
from review_app.store.engine import Store

SETTLED = (
    "adjudication_id", "trace_id", "rubric_version", "criterion", "outcome", "label", "correction", "note",
    "settled_by", "at",
)  # fmt: skip
"""One row per trace, rubric version and criterion: the settlement that counts. `at` as UTC timestamps."""

_INSERT = f"INSERT INTO adjudication ({', '.join(SETTLED)}) VALUES ({', '.join(':' + column for column in SETTLED)})"


def add(
    store: Store, trace_id: str, rubric_version: str, settlements: Sequence[Settlement], person: str, now: datetime
) -> None:
    """Store what a person settled on one trace, in one transaction."""
    with store.write() as write:
        for one in settlements:
            write.run(
                _INSERT,
                adjudication_id=secrets.token_hex(12),
                trace_id=trace_id,
                rubric_version=rubric_version,
                criterion=one.criterion,
                outcome=one.outcome,
                label=one.label,
                correction=one.correction,
                note=one.note,
                settled_by=person,
                at=microseconds(now),
            )


def settled(store: Store) -> pd.DataFrame:
    """Columns SETTLED; of several settlements of one question only the latest."""
    found = every(store)
    return found.drop_duplicates(["trace_id", "rubric_version", "criterion"], keep="last").reset_index(drop=True)


def every(store: Store) -> pd.DataFrame:
    """Columns SETTLED, each settlement ever made, oldest first."""
    found = store.frame(f"SELECT {', '.join(SETTLED)} FROM adjudication ORDER BY at, adjudication_id")
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))
