"""Traces and what was said of them, pulled from where a team already has them; on from where the last pull stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from review_app.actions.feedback import with_feedback
from review_app.actions.ingesting import Ingested, IngestRun
from review_app.actions.previewing import FilePreview, Looked, Preview
from review_app.actions.reading import batches_of
from review_app.actions.redacting import Redacting
from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.store import watermarks
from review_app.traces.pull import langfuse_api, mlflow_api, phoenix_api
from review_app.traces.pull.api import Api
from review_app.traces.pull.keys import TOOLS, Access, access
from review_app.traces.pull.page import Page, whole

Progress = Callable[[int, datetime | None], None]
"""Called with the traces and rejects read so far, and the time up to which everything is here."""


class _Source(Protocol):
    def pages(self, api: Api, name: str, since: datetime | None, until: datetime, /) -> Iterator[Page]:
        """What began from `since` to `until`, oldest first."""


_SOURCES: Mapping[str, _Source] = {"langfuse": langfuse_api, "phoenix": phoenix_api, "mlflow": mlflow_api}
_NAMES = {"langfuse": "", "phoenix": "default", "mlflow": "Default"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """name: Phoenix' project or MLflow's experiment; None is the tool's default one. since: from then on, whatever was
    pulled before. overlap: how far before the end of the last pull this one begins, for what came late. rate: requests
    per second, at most."""

    name: str | None = None
    since: datetime | None = None
    overlap: timedelta = timedelta(hours=1)
    rate: float = 5


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """through: everything that began before it is here now. requests: how often the server was asked."""

    ingested: Ingested
    through: datetime | None
    requests: int


def pull(
    project: Path,
    tool: str,
    url: str,
    wanted: Wanted = Wanted(),
    progress: Progress = lambda read, through: None,
) -> Pulled:
    """Store what the tool at `url` has and we have not; run again, or after an interruption, it goes on from there, and
    adds nothing twice. Keys are read from the environment.

    Raises WrongUsage for a missing or refused key, BadInput where the server does not answer as its API says."""
    now = datetime.now(UTC)
    asked = _Asked.of(project, tool, url, wanted, now)
    store = asked.workspace.store
    with Api(asked.entry, wanted.rate) as api, _Pull.of(asked.workspace) as run:
        for page in asked.pages(api):
            run.keep(page)
            if page.through and asked.may_advance(page.through):
                watermarks.advance(store, asked.source, min(page.through, asked.until), now)
            progress(run.total.read, page.through)
        return Pulled(ingested=run.outcome(), through=watermarks.through(store, asked.source), requests=api.requests)


def preview_pull(project: Path, tool: str, url: str, wanted: Wanted = Wanted()) -> Preview:
    """What `pull` would make of the first page that holds anything. Nothing is stored, and the next pull begins where
    this one would have. Raises what `pull` raises."""
    asked = _Asked.of(project, tool, url, wanted, datetime.now(UTC))
    looked = Looked(asked.workspace.settings)
    with Api(asked.entry, wanted.rate) as api:
        items = next((page.items for page in asked.pages(api) if page.items), ())
    looked.at(FilePreview((Path("the first page"),), tool), items)
    return looked.preview()


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What a pull asks for. before: up to when everything was pulled by the last one; since, until: what comes now."""

    workspace: Workspace
    tool: str
    entry: Access
    name: str
    before: datetime | None
    since: datetime | None
    until: datetime

    @classmethod
    def of(cls, project: Path, tool: str, url: str, wanted: Wanted, now: datetime) -> _Asked:
        _check(tool, wanted)
        workspace, entry = opened(project), access(tool, url, os.environ)
        name = wanted.name or _NAMES[tool]
        before = watermarks.through(workspace.store, _source(tool, entry, name))
        return cls(
            workspace=workspace,
            tool=tool,
            entry=entry,
            name=name,
            before=before,
            since=wanted.since or (before - wanted.overlap if before else None),
            # What began just now may still grow.
            until=whole(now - timedelta(seconds=workspace.settings.project.settle_seconds)),
        )

    @property
    def source(self) -> str:
        """What the mark is kept under."""
        return _source(self.tool, self.entry, self.name)

    def pages(self, api: Api) -> Iterator[Page]:
        """What there is, oldest first."""
        return _SOURCES[self.tool].pages(api, self.name, self.since, self.until)

    def may_advance(self, through: datetime) -> bool:
        """Whether nothing is left out between what was pulled before and what is pulled now."""
        return self.before is None or self.since is None or self.since <= self.before or through <= self.before


def _source(tool: str, entry: Access, name: str) -> str:
    return f"{tool} {entry.base} {name}".rstrip()


def _check(tool: str, wanted: Wanted) -> None:
    if tool not in TOOLS:
        raise WrongUsage(f"There is nothing to pull from a {tool!r}.", do=f"Name one of: {', '.join(TOOLS)}.")
    if wanted.since and wanted.since.tzinfo is None:
        raise WrongUsage(f"{wanted.since} has no time zone.", do="Give it one; UTC is meant mostly.")
    if not 0 < wanted.rate <= 1000 or wanted.overlap < timedelta(0):
        raise WrongUsage(
            f"{wanted.rate:g} requests per second with an overlap of {wanted.overlap} cannot be.",
            do="Give a rate above 0, and an overlap of 0 or more hours.",
        )


class _Pull:
    """The counts of one pull. Each page is a run of its own, so that memory stays flat however long it lasts."""

    def __init__(self, workspace: Workspace, rejects: RejectsFile, redacting: Redacting) -> None:
        self._workspace, self._rejects, self._redacting = workspace, rejects, redacting
        self.total = Ingested()

    @staticmethod
    @contextmanager
    def of(workspace: Workspace) -> Iterator[_Pull]:
        """A pull whose list of rejects is open."""
        redacting = Redacting(workspace.settings.project.redaction)
        with RejectsFile(workspace.settings.folder, "pull", redacting.reject) as rejects:
            yield _Pull(workspace, rejects, redacting)

    def keep(self, page: Page) -> None:
        """Store a page; what was said on a span of an earlier one finds its trace in the store."""
        run = IngestRun(self._workspace, self._rejects, self._redacting, with_feedback)
        for batch in batches_of(page.items, "pull"):
            run.keep(batch)
        self.total = _sum(self.total, run.outcome())
        self._rejects.on_disk()

    def outcome(self) -> Ingested:
        return replace(
            self.total, rejects=self._rejects.path, unlisted=self._rejects.unlisted, redacted=self._redacting.found
        )


def _sum(one: Ingested, other: Ingested) -> Ingested:
    counted = (
        "read",
        "rejected",
        "verdicts",
        "repeated",
        "contradicting",
        "reviews",
        "corrections",
        "unasked",
        "orphans",
    )
    return replace(
        one, saved=one.saved + other.saved, **{name: getattr(one, name) + getattr(other, name) for name in counted}
    )
