"""A dry run of an ingest, and a trace, as text for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from review_app.cli.console import plural

if TYPE_CHECKING:  # `--help` prints no trace
    from review_app.actions.previewing import FilePreview, Preview
    from review_app.tables import Reject
    from review_app.traces.trace import Message, ToolCall, Trace

# Characters that turn text around, hide, or speak to the terminal. `say` takes out the rest of the control characters.
_HIDDEN = re.compile(r"[\x1b\x07\x08\r\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_LONGEST = 600  # characters of one text
_MOST = 12  # messages, documents or calls of one trace
_NAMES = 25  # names of what has no field


def preview_text(preview: Preview) -> str:
    """What would happen, file by file; then what has no field of a trace; then the samples."""
    lines = ["nothing is stored: this is what would happen"]
    for about in preview.files:
        lines += _file(about)
    if preview.left_out:
        lines.append(f"columns left out, as the mapping says nothing of them: {_shown(', '.join(preview.left_out))}")
    if preview.raw:
        lines += ["", "what has no field of its own is kept as it came:", *_raw(preview)]
    for number, trace in enumerate(preview.samples, start=1):
        lines += ["", f"-- sample {number} " + "-" * 40, trace_text(trace)]
    return "\n".join(lines)


def trace_text(trace: Trace) -> str:
    """A trace as a person reads it: who asked what, what was looked up and called, and the answer."""
    told = [
        ("trace", trace.trace_id),
        ("at", trace.at.isoformat() if trace.at else None),
        ("session", trace.session_id),
        ("route", trace.route),
        ("model", trace.model),
        ("prompt", trace.prompt_version),
        ("tags", ", ".join(trace.tags)),
    ]
    lines = [f"{name:<9} {_line(value)}" for name, value in told if value]
    lines += _some([line for message in trace.messages if (line := _message(message))])
    lines += _some([_block(f"document {one.id}", one.text) for one in trace.documents])
    lines += _some([_call(call) for call in trace.tool_calls])
    lines.append(_block("ANSWER", trace.output) if trace.output is not None else "ANSWER    none")
    lines += [_block(name, text) for name, text in (("error", trace.error), ("correction", trace.correction)) if text]
    return "\n".join(lines)


def _file(about: FilePreview) -> Iterator[str]:
    names = " + ".join(str(file) for file in about.files)
    counts = [plural(about.traces, "trace"), plural(about.verdicts, "verdict")]
    counts[1] += f" ({about.failures:,} without an answer)" if about.failures else ""
    counts.append(f"{plural(about.answers, 'answer')} by people")
    counts.append(f"{plural(about.unasked, 'opinion')} that the rubric has no question for")
    counts.append(f"{about.rejected:,} rejected")
    yield f"{_line(names)}: {about.format}; {', '.join(counts)}"
    yield from (f"    {_fault(fault)}" for fault in about.faults)


def _raw(preview: Preview) -> Iterator[str]:
    """How many values stand under each first name of the metadata, and of how many kinds they are."""
    values: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for name, count in preview.raw.items():
        values[name.partition(".")[0]] += count
        kinds[name.partition(".")[0]] += 1
    for name, count in values.most_common(_NAMES):
        yield f"  {count:>9,}  {_line(name)}" + (f" ({kinds[name]:,} names)" if kinds[name] > 1 else "")
    if len(values) > _NAMES:
        yield f"  and {plural(len(values) - _NAMES, 'name')} more"


def _fault(fault: Reject) -> str:
    return _line(f"line {fault.line}, {fault.field}: {fault.reason}")


def _message(message: Message) -> str:
    return _block(message.role, message.text) if message.text else ""


def _call(call: ToolCall) -> str:
    outcome = f"error: {call.error}" if call.error else f"-> {call.result}"
    return _block(f"tool {call.name}", f"{call.arguments}\n{outcome}")


def _some(blocks: list[str]) -> list[str]:
    left = len(blocks) - _MOST
    return blocks if left <= 0 else [*blocks[:2], f"          … {left:,} more", *blocks[left + 2 :]]


def _block(name: str, text: str) -> str:
    cut = _shown(text[:_LONGEST]) + (f" … {len(text) - _LONGEST:,} more characters" if len(text) > _LONGEST else "")
    first, *rest = cut.splitlines() or [""]
    return "\n".join([f"{_line(name):<9} {first}", *(textwrap.indent(line, " " * 10) for line in rest)])


def _line(text: str) -> str:
    """On one line: a newline in a name must not look like a line of ours."""
    return " ".join(_shown(text[:300]).splitlines())


def _shown(text: str) -> str:
    return _HIDDEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)
