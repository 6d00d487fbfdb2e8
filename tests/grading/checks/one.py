"""One check on one trace."""

from __future__ import annotations

from typing import Any

from review_app.grading.checks.run import run_checks
from review_app.grading.checks.spec import specs_from
from review_app.traces.trace import Document, Message, ToolCall, Trace


def result(trace: Trace, **config: Any) -> tuple[str, str]:
    """(status, detail) of the check that `config` declares."""
    (found,) = run_checks(specs_from([{"name": "c", **config}]), trace)
    assert (found.trace_id, found.check) == (trace.trace_id, "c")
    return found.status, found.detail


def status(trace: Trace, **config: Any) -> str:
    return result(trace, **config)[0]


def says(output: str | None, **more: Any) -> Trace:
    return Trace(trace_id="t", output=output, **more)


def grounded(output: str, *documents: str, user: str = "", tool: Any = None, **more: Any) -> Trace:
    """An answer to these documents, a user's message and a tool's result."""
    return says(
        output,
        documents=tuple(Document(id=f"kb-{number}", text=text) for number, text in enumerate(documents, 1)),
        messages=(Message(role="user", content=user),) if user else (),
        tool_calls=() if tool is None else (ToolCall(name="look", result=tool),),
        **more,
    )
