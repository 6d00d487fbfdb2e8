"""Releases for evaluation tools that read files: promptfoo, DeepEval, Inspect and OpenAI's evals."""

from __future__ import annotations

import re
from typing import Any

import orjson

from review_app.golden.formats.case import GoldenCase, cases
from review_app.golden.release import Verified

_TEMPLATE = re.compile(r"\{[{%#]")
# promptfoo reads a value that begins like this from a file, or runs it.
_ADDRESS = re.compile(r"^(?=(?:file|python|javascript|package|https?)://|exec:)")


def promptfoo(release: Verified) -> dict[str, bytes]:
    """A file for promptfoo's `tests:`; a prompt uses {{input}}, {{documents}} or {{messages}}.

    Claims become llm-rubric assertions, the right answer a variable."""
    return {"": orjson.dumps([_test(case) for case in cases(release)], option=orjson.OPT_INDENT_2)}


def deepeval(release: Verified) -> dict[str, bytes]:
    """A list of what DeepEval's `Golden(**row)` takes; its own reader of JSON files would drop names and metadata."""
    return {"": orjson.dumps([_golden(case) for case in cases(release)], option=orjson.OPT_INDENT_2)}


def inspect(release: Verified) -> dict[str, bytes]:
    """Samples for `inspect_ai.dataset.json_dataset`. A case without a right answer has its claims as target."""
    return {"": _lines(_sample(case) for case in cases(release))}


def openai_evals(release: Verified) -> dict[str, bytes]:
    """Samples for OpenAI's evals, `input` and `ideal`. Cases that say only what was wrong have no ideal, and are left
    out: there is nothing to match."""
    found = [case for case in cases(release) if case.expected is not None]
    return {"": _lines({"input": case.chat, "ideal": case.expected, "id": case.example_id} for case in found)}


def _lines(rows: Any) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _test(case: GoldenCase) -> dict[str, Any]:
    variables = {
        "input": case.question,
        "messages": orjson.dumps(case.chat).decode(),
        "documents": "\n\n".join(case.context),
        "expected": case.expected or "",
    }
    return {
        "description": plain(f"{case.example_id}: {case.metadata['reason']}"),
        "vars": {name: plain(text) for name, text in variables.items()},
        "assert": [{"type": "llm-rubric", "value": plain(_claim(kind, text))} for kind, text in case.claims],
        "metadata": {name: plain(text) for name, text in case.metadata.items()} | {"split": case.split},
    }


def plain(text: str) -> str:
    """A text that promptfoo shows as it is: its templates are quoted, and it is not taken for an address."""
    return _ADDRESS.sub(" ", _TEMPLATE.sub(lambda found: "{{ '" + found.group() + "' }}", text))


def _golden(case: GoldenCase) -> dict[str, Any]:
    return {
        "input": case.question,
        "actual_output": None,
        "expected_output": case.expected,
        "context": case.context,
        "retrieval_context": case.context,
        "name": case.example_id,
        "comments": case.metadata["reason"],
        "additional_metadata": dict(case.metadata) | {"split": case.split, "claims": _claims(case)},
    }


def _sample(case: GoldenCase) -> dict[str, Any]:
    target = case.expected if case.expected is not None else "\n".join(_claims(case))
    metadata = dict(case.metadata) | {"split": case.split, "claims": _claims(case), "documents": case.context}
    return {"id": case.example_id, "input": case.chat, "target": target, "metadata": metadata}


def _claims(case: GoldenCase) -> list[str]:
    return [_claim(kind, text) for kind, text in case.claims]


def _claim(kind: str, text: str) -> str:
    return f"The answer {kind.replace('_', ' ')}: {text}"
