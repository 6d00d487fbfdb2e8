"""The formats a release can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from review_app.golden.formats import eval_tools, flat_files, trace_stores
from review_app.golden.release import Verified


@dataclass(frozen=True, kw_only=True)
class Format:
    """files: path below the target -> bytes; the path is empty where the target is the one file.
    suffix: what such a file's name ends with; empty for a folder. guessed: whether the ending alone names the format.
    """

    files: Callable[[Verified], Mapping[str, bytes]]
    suffix: str = ""
    guessed: bool = False


FORMATS: Mapping[str, Format] = {
    "csv": Format(files=flat_files.as_csv, suffix=".csv", guessed=True),
    "deepeval": Format(files=eval_tools.deepeval, suffix=".json"),
    "huggingface": Format(files=flat_files.hugging_face),
    "inspect": Format(files=eval_tools.inspect, suffix=".jsonl"),
    "jsonl": Format(files=flat_files.jsonl, suffix=".jsonl", guessed=True),
    "langfuse": Format(files=trace_stores.langfuse, suffix=".jsonl"),
    "openai-evals": Format(files=eval_tools.openai_evals, suffix=".jsonl"),
    "parquet": Format(files=flat_files.parquet, suffix=".parquet", guessed=True),
    "phoenix": Format(files=trace_stores.phoenix, suffix=".json"),
    "promptfoo": Format(files=eval_tools.promptfoo, suffix=".json"),
}


def by_suffix(suffix: str) -> str | None:
    """The format a file's ending names; None where it does not say enough."""
    return next((name for name, one in FORMATS.items() if one.guessed and one.suffix == suffix), None)
