"""The one place that knows every format: which there are, which one a file is in, and how to read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from review_app.errors import BadInput
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import mapping as mapped
from review_app.traces.formats import (
    atif,
    deepeval,
    inspect_log,
    langfuse,
    langsmith,
    litellm,
    mlflow,
    native_jsonl,
    native_table,
    openai_batch,
    openai_chat,
    otel_sdk,
    otlp_json,
    otlp_protobuf,
    phoenix,
    phoenix_annotations,
    tau_bench,
)
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.mapping import TraceMapping
from review_app.traces.trace import Trace

Item = Trace | Verdict | HumanOpinion | Reject


class Format(Protocol):
    """A module of `formats/`."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """What `--format` calls it."""

    def looks_like(self, glimpse: Glimpse, /) -> bool:
        """Whether a file that begins like this is in the format."""

    def read(self, path: Path, /) -> Iterator[Item]:
        """Everything in the file, in file order."""


# Asked in this order: the first that recognises a file reads it. A chat is part of many of them, so it comes late.
_FORMATS: tuple[Format, ...] = (
    atif,
    deepeval,
    inspect_log,
    langfuse,
    langsmith,
    litellm,
    mlflow,
    openai_batch,
    otel_sdk,
    otlp_json,
    otlp_protobuf,
    phoenix,
    phoenix_annotations,
    tau_bench,
    openai_chat,
    native_jsonl,
    native_table.CSV,
    native_table.PARQUET,
    native_table.JSON,
)


def formats() -> list[str]:
    """The names that `--format` takes."""
    return [known.NAME for known in _FORMATS]


def detect(path: Path) -> str:
    """The name of the format a file is in, by its content. Raises BadInput saying what was seen instead."""
    seen = glimpse(path)
    for known in _FORMATS:
        if known.looks_like(seen):
            return known.NAME
    raise BadInput(
        f"No known format: it is {_in_words(seen)}.",
        where=str(path),
        do=f"Describe it with a mapping (`ingest --guess` drafts one, `--map` uses it), or name its format with "
        f"--format: {', '.join(formats())}.",
    )


def read(
    path: Path,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: TraceMapping | None = None,
) -> Iterator[Item]:
    """Every trace, verdict and reject of one file, in file order; `mapping` reads it as a table instead."""
    if mapping is not None:
        return mapped.read(path, mapping)
    name = format or detect(path)
    for known in _FORMATS:
        if name == known.NAME:
            return known.read(path)
    raise BadInput(f"There is no format {name!r}.", where=str(path), do=f"Use one of: {', '.join(formats())}.")


def sources(paths: Sequence[Path], format: str | None = None) -> Iterator[tuple[Path, ...]]:  # noqa: A002
    """The files in their order, those that belong together (a batch's requests and responses) as one, at the first."""
    batch = [path for path in paths if len(paths) > 1 and (format or _name_of(path)) == openai_batch.NAME]
    for path in paths:
        if path not in batch:
            yield (path,)
        elif path == batch[0]:
            yield tuple(batch)


def read_together(paths: Sequence[Path]) -> Iterator[Item]:
    """Every trace and reject of files that belong together."""
    return openai_batch.read_together(paths)


def _name_of(path: Path) -> str | None:
    try:
        return detect(path)
    except BadInput:
        return None  # whoever reads the file says what is wrong with it


def files(paths: Iterable[Path]) -> list[Path]:
    """The files meant by `paths`: a folder stands for every file in it and below, sorted; hidden files and symbolic
    links inside a folder are left out. Raises BadInput for a path that does not exist."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(_below(path))
        elif path.is_file():
            found.append(path)
        else:
            raise BadInput("There is no such file or folder.", where=str(path), do="Check the path.")
    return found


def _below(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _below(entry)
        elif entry.is_file():
            yield entry


def _in_words(seen: Glimpse) -> str:
    what = {"json lines": "JSON lines", "json": "JSON", "utf-16": "UTF-16 text, which has to be saved as UTF-8"}
    keys = sorted(key for key in seen.keys if "." not in key.removeprefix("[]."))
    named = f" with {', '.join(keys[:12])}" if keys else ""
    return what.get(seen.kind, seen.kind) + named
