"""The report of agreement, measured once for as long as nothing in the project changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from review_app.actions.measuring import measure_agreement
from review_app.actions.topics import topics_of
from review_app.actions.workspace import opened, saved
from review_app.agreement.report import AgreementReport
from review_app.store.stamp import stamp

# One project asks for four at most: with and without the audit, exploring, with topics.
_KEPT = 8


class _Asked(NamedTuple):
    """What was asked, and what it was asked of: any change makes another one."""

    project: Path
    store: str
    saved: tuple[int, ...]
    stamp: str
    explore: bool
    audit: bool
    topics: bool


class _Measured:
    """One report, measured by whoever asks first; the others wait for it, and for nothing else."""

    def __init__(self, asked: _Asked) -> None:
        self._asked, self._alone = asked, Lock()
        self._found: tuple[AgreementReport, str] | None = None

    def found(self) -> tuple[AgreementReport, str]:
        """The report, and why topics were not looked at."""
        with self._alone:
            if self._found is None:
                about = topics_of(opened(self._asked.project)) if self._asked.topics else None
                report = measure_agreement(self._asked.project, self._asked.explore, self._asked.audit, about)
                self._found = report, about.unseen if about else ""
            return self._found


def measured_agreement(project: Path, explore: bool = False, audit: bool = True) -> AgreementReport:
    """As `measure_agreement`, kept by this process while no review, verdict, draw, code or yaml file changed.

    It is the whole report: what of it a person may see is left out anew by whoever shows it."""
    return with_topics(project, explore, audit, topics=False)[0]


def with_topics(project: Path, explore: bool, audit: bool, topics: bool) -> tuple[AgreementReport, str]:
    """The same, cut by topics as well where `topics`; and why these were not looked at, "" where they were."""
    folder = project.resolve()
    store = opened(folder).store
    # The stamp is read first: what comes in while it is measured makes the next reader measure again.
    return _measured(_Asked(folder, store.where, saved(folder), stamp(store), explore, audit, topics)).found()


@lru_cache(maxsize=_KEPT)
def _measured(asked: _Asked) -> _Measured:
    return _Measured(asked)
