"""Inspect's logs: a `.json` file, or an `.eval` archive of JSON members (deflate, or Zstandard since 2026).

A sample is a trace. A scorer's score is a verdict; where somebody edited it, the history's first entry is the judge's
and each later one is a person's. The run around the samples (task, model, plan, status) is noted on each of them, but
for what the samples tell: its summary figures and the list of their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic_core import from_json

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.around_records import around, finite
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.dialogue import conversation
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats.inspect_scores import opinions_on
from review_app.traces.formats.openai_chat import choices_left
from review_app.traces.formats.otel_leftovers import Told
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.json_stream import BrokenJson, JsonStream
from review_app.traces.lines import open_bytes, reject
from review_app.traces.retrieved import documents_in
from review_app.traces.scores import cost
from review_app.traces.trace import Json, Trace, from_values
from review_app.traces.zip_archive import BadMember, ZipArchive

NAME = "inspect"

Fields = Mapping[str, Json]

_TAKEN = {"messages", "output", "started_at", "total_time", "attachments"}
_SUMMARY = {"results", "reductions"}  # can be computed again from the samples
_ATTACHED = "attachment://"
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_TEXTS = ("text", "content", "page_content")


def looks_like(glimpse: Glimpse) -> bool:
    """An archive with a journal or a header, or a JSON file with the description of an evaluation."""
    if glimpse.kind == "zip":
        return bool({"header.json", "_journal/start.json"} & glimpse.keys)
    return glimpse.kind in ("json", "json lines") and {"status", "eval.task", "eval.created"} <= glimpse.keys


def read(path: Path) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    """Each sample, followed by what its scorers and people said of it."""
    for found in _from_archive(path) if glimpse(path).kind == "zip" else _from_json(path):
        if isinstance(found, Reject):
            yield found
            continue
        place, text, run = found
        try:
            items = list(_items(_value(text), run))
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(path, place, fault, text)
            continue
        yield from items


def _from_archive(path: Path) -> Iterator[tuple[int, bytes, Fields] | Reject]:
    """(number of the member, sample, run) for each sample. A run that was cut off has its beginning in the journal."""
    with ZipArchive(path) as archive:
        run: Fields = {}
        names = list(archive.names())
        for name in ("_journal/start.json", "header.json"):
            if name in names:
                try:
                    held = _value(archive.member(name))
                    run = held if isinstance(held, Mapping) else run
                except ValueError as fault:
                    yield reject(path, 0, name, str(fault))
        for number, name in enumerate(names, start=1):
            if name.startswith("samples/") and name.endswith(".json"):
                try:
                    yield number, archive.member(name), run
                except BadMember as fault:
                    yield reject(path, number, name[:200], str(fault))


def _from_json(path: Path) -> Iterator[tuple[int, bytes, Fields] | Reject]:
    """(line, sample, run) for each sample, without holding more than one of them."""
    run = around(path, (), {"samples"})
    with open_bytes(path) as file:
        try:
            for line, text in JsonStream(file).records(("samples",)):
                if text != b"null":
                    yield line, text, run
        except (BrokenJson, EOFError, OSError) as fault:
            yield reject(path, getattr(fault, "line", 0), "samples", f"{fault}; no sample after it was read")


def _value(text: bytes) -> Json:
    return finite(from_json(text))


def _items(sample: Json, run: Fields) -> Iterator[Trace | Verdict | HumanOpinion]:
    if not isinstance(sample, Mapping):
        raise ValueError("a sample should be an object")
    held = run.get("eval")
    about = held if isinstance(held, Mapping) else {}
    trace = _trace(sample, about, run)
    yield trace
    packages = about.get("packages")
    version = text_of(packages.get("inspect_ai")) if isinstance(packages, Mapping) else None
    yield from opinions_on(trace.trace_id, sample, f"inspect-ai {version}" if version else "unknown")


def _trace(sample: Fields, about: Fields, run: Fields) -> Trace:
    resolved = _attached(sample, sample.get("attachments"))
    values = conversation(_turns(resolved))
    began = time_of(sample.get("started_at") or about.get("created"), "UTC")
    answered, failed = resolved.get("output"), sample.get("error")
    tags = about.get("tags")
    own = {
        "trace_id": _id(sample, about),
        "at": began.isoformat() if began else None,
        "route": text_of(about.get("task")),
        "model": text_of(answered.get("model") if isinstance(answered, Mapping) else None)
        or text_of(about.get("model")),
        "documents": _documents(sample.get("metadata")),
        "latency_s": cost(sample.get("total_time")),
        "error": text_of(failed.get("message") if isinstance(failed, Mapping) else failed),
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "metadata": values["metadata"] | _rest(resolved, about, run),
    }
    return numbers_kept(from_values(values | own))


def _turns(sample: Fields) -> list[Json]:
    """The messages; of a sample that stopped before there were any, its input and what came back."""
    messages = sample.get("messages")
    if isinstance(messages, list) and messages:
        return messages
    given, answered = sample.get("input"), sample.get("output")
    asked = given if isinstance(given, list) else [{"role": "user", "content": given}] if given else []
    choices = answered.get("choices") if isinstance(answered, Mapping) else None
    said = [one.get("message") for one in choices if isinstance(one, Mapping)] if isinstance(choices, list) else []
    return [*asked, *said[:1]]


def _id(sample: Fields, about: Fields) -> str:
    """The sample's own id; older logs have none, and the run, the sample and the epoch make one."""
    run = text_of(about.get("eval_id")) or text_of(about.get("run_id"))
    name = text_of(sample.get("uuid"))
    if name is None and (run is None or sample.get("id") is None):
        raise ValueError("the sample has no uuid, and no run and id to make one of")
    return name or f"{run}:{text_of(sample['id'])}:{text_of(sample.get('epoch')) or 1}"


def _attached(value: Json, attachments: Json) -> Json:
    """The sample with what was put aside as an attachment back in its place, except inside its record of events."""
    if not isinstance(attachments, Mapping) or not attachments:
        return value
    if isinstance(value, str) and value.startswith(_ATTACHED):
        return attachments.get(value.removeprefix(_ATTACHED), value)
    if isinstance(value, dict):
        aside = ("attachments", "events", "events_data")
        return {name: item if name in aside else _attached(item, attachments) for name, item in value.items()}
    return [_attached(item, attachments) for item in value] if isinstance(value, list) else value


def _documents(metadata: Json) -> list[dict[str, Json]]:
    """The passages that a task put into its metadata, under whatever name: a list of objects that each have a text."""
    for held in metadata.values() if isinstance(metadata, Mapping) else ():
        found = parsed(held)
        if isinstance(found, list) and found and all(_is_passage(item) for item in found):
            return documents_in(found)
    return []


def _is_passage(item: Json) -> bool:
    return isinstance(item, Mapping) and any(isinstance(item.get(name), str) for name in _TEXTS) and "role" not in item


def _rest(sample: Fields, about: Fields, run: Fields) -> dict[str, Json]:
    rest = {name: value for name, value in sample.items() if name not in _TAKEN and value not in _EMPTY}
    if sample.get("messages") and not Told({"messages": sample["messages"]}).misses(sample.get("input")):
        rest.pop("input", None)  # which a template may have changed
    if rest.get("events"):
        rest["attachments"] = sample.get("attachments")  # which the events refer to
    output = sample.get("output")
    if isinstance(output, Mapping):
        rest["output"] = {k: v for k, v in output.items() if k not in ("choices", "completion") and v not in _EMPTY}
        rest["output"] |= choices_left(output.get("choices"))
    rest |= {"run": _run(about, run)}
    return {name: value for name, value in rest.items() if value not in _EMPTY}


def _run(about: Fields, run: Fields) -> dict[str, Json]:
    """The run around a sample; a name that the log has twice is the evaluation's."""
    dataset = about.get("dataset")
    # As many as there are samples: on each of them they would be a square.
    few = {k: v for k, v in dataset.items() if k != "sample_ids"} if isinstance(dataset, Mapping) else dataset
    told = {"eval", *_SUMMARY}
    whole = {f"log_{name}" if name in about else name: value for name, value in run.items() if name not in told}
    return {name: value for name, value in (whole | {**about, "dataset": few}).items() if value not in _EMPTY}
