"""A project with a judge whose models are a local server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import yaml

from review_app import actions
from review_app.traces.trace import Message, Trace, encode

from ..builders import a_trace
from ..openai_server import Json, OpenAIServer, completion
from .loop import answer

KEY = "REVIEW_APP_TEST_KEY"
SECRET = "sk-test-do-not-show-4711"


def judge_yaml(server: OpenAIServer, **changes: Any) -> dict[str, Any]:
    """A judge of one model; `models` may be replaced."""
    model = {"model": "openai/m-1", "api_base": server.base_url, "key": KEY, "price": {"input": 1.0, "output": 10.0}}
    return {
        "name": "sendable",
        "criterion": "good_enough",
        "prompt": "Could this answer be sent?",
        "labels": {"good": "pass", "bad": "fail"},
        "bad": ["fail"],
        "models": [model],
        "timeout": 5,
    } | changes


def write_judge(project: Path, content: dict[str, Any]) -> None:
    """Put a judge into a project."""
    (project / "judges").mkdir(exist_ok=True)
    (project / "judges" / f"{content['name']}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def with_judge(folder: Path, server: OpenAIServer, traces: int = 12, **changes: Any) -> Path:
    """A project with traces t-000, t-001, ... and a judge called `sendable`."""
    project = folder / "project"
    actions.init(project)
    lines = [encode(a_numbered(n)) for n in range(traces)]
    (folder / "traces.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    if traces:
        actions.ingest(project, [folder / "traces.jsonl"])
    write_judge(project, judge_yaml(server, **changes))
    return project


def a_numbered(n: int, **changes: Any) -> Trace:
    """A trace with a question of its own, so that no two are near-duplicates."""
    asked = " ".join(f"word{n}x{place}" for place in range(8))
    return a_trace(
        f"t-{n:03d}", messages=(Message(role="user", content=asked),), output=f"Answer {n} [kb-1].", **changes
    )


def labelled(project: Path, traces: int = 120) -> None:
    """Everything reviewed by ana: every fifth answer is bad."""
    (project / "sampling.yaml").write_text(f"salt: s\nreviews: {10 * traces}\n")
    actions.sample(project)
    answer(project, "ana", traces)


def shown(request: Json) -> dict[str, Any]:
    """What the last message of a request shows of the trace."""
    _, text, _ = request["messages"][-1]["content"].split("\n")
    found: dict[str, Any] = orjson.loads(text)
    return found


def number(request: Json) -> int:
    """Which answer of `with_judge` a request is about."""
    return int(shown(request)["output"].split()[1])


def by_number(request: Json) -> Json:
    """Every third answer is bad."""
    label = "bad" if number(request) % 3 == 0 else "good"
    return completion(request, {"reason": "It is so.", "label": label, "confidence": 0.8})
