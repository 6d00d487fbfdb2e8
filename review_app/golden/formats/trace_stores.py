"""Releases as datasets of tools that keep traces: Langfuse and Phoenix."""

from __future__ import annotations

import orjson

from review_app.golden.formats.case import GoldenCase, cases
from review_app.golden.release import Verified


def langfuse(release: Verified) -> dict[str, bytes]:
    """Per line the arguments of one `langfuse.create_dataset_item(**row)`; the dataset must be there first."""
    rows = [
        {
            "dataset_name": _name(release),
            "id": f"{_name(release)}-{case.example_id}",
            "input": {"messages": case.chat, "documents": case.context},
            "expected_output": case.expected,
            "metadata": _metadata(case),
        }
        for case in cases(release)
    ]
    return {"": b"".join(orjson.dumps(row) + b"\n" for row in rows)}


def phoenix(release: Verified) -> dict[str, bytes]:
    """The body of Phoenix's `POST /v1/datasets/upload`."""
    found = cases(release)
    body = {
        "action": "create",
        "name": _name(release),
        "description": f"{len(found)} settled cases, {release.content_hash}",
        "inputs": [{"messages": case.chat, "documents": case.context} for case in found],
        "outputs": [{"expected": case.expected} for case in found],
        "metadata": [_metadata(case) for case in found],
    }
    return {"": orjson.dumps(body, option=orjson.OPT_INDENT_2)}


def _name(release: Verified) -> str:
    return f"golden-release-{release.number:04d}"


def _metadata(case: GoldenCase) -> dict[str, object]:
    claims = [{"kind": kind, "text": text} for kind, text in case.claims]
    return dict(case.metadata) | {"example_id": case.example_id, "split": case.split, "claims": claims}
