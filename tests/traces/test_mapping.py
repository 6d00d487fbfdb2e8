from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.errors import BadConfig
from review_app.tables import Reject
from review_app.traces import mapping, readers
from review_app.traces.trace import Document, Feedback, Message, ToolCall, Trace

from ..shared_data import shared
from .files import write

MAPS = Path(__file__).parent / "maps"


def _read(folder: Path, yaml: str, record: dict[str, Any]) -> Trace | Reject:
    path = write(folder, orjson.dumps([record]), "records.json")
    (item,) = readers.read(path, mapping=mapping.load(write(folder, yaml, "map.yaml")))
    assert isinstance(item, Trace | Reject)
    return item


def _trace(folder: Path, yaml: str, record: dict[str, Any]) -> Trace:
    item = _read(folder, yaml, record)
    assert isinstance(item, Trace), item
    return item


def test_real_chats_come_out_whole() -> None:
    path = shared("llm-rubric") / "data" / "real_data" / "real_data.json"
    chats = orjson.loads(path.read_bytes())
    wanted = mapping.load(MAPS / "llm_rubric_traces.yaml")
    traces = list(readers.read(path, mapping=wanted))
    assert len(traces) == len(chats) == 223
    for chat, trace in zip(chats, traces, strict=True):
        assert isinstance(trace, Trace)
        assert trace.trace_id == chat["_id"]
        assert [(m.role, m.text) for m in trace.messages] == [(m["role"], m["content"]) for m in chat["messages"][:-1]]
        assert trace.output == chat["messages"][-1]["content"]
        assert len(trace.documents) == (0 if chat["ref"] is None else 5)
        assert trace.retrieval_version == str(chat["dialogue_version"])
        for document in trace.documents:
            assert f"[{document.id}]: URL: {document.source} --- Title: {document.title} --- Body:" in chat["ref"]
            assert document.text in chat["ref"]
    assert mapping.unmapped(path, wanted) == ()


def test_columns_constants_and_paths(tmp_path: Path) -> None:
    yaml = """
        trace_id: meta.id
        at: meta.when
        timezone: Europe/Berlin
        route: {constant: returns}
        language: {column: lang}
        system: rules
        input: q
        output: result.0.text
        alternative: other
        latency_ms: ms
        cost_usd: cost
        tags: labels
        user_feedback: {rating: thumb, comment: words, values: {up: 1, down: -1}}
        ignore: [junk]
    """
    record = {
        "meta": {"id": 7, "when": "2026-07-01 12:00:00", "shop": "Leipzig"},
        "lang": "de",
        "rules": "Be kind.",
        "q": "Wo?",
        "result": '[{"text": "Da."}]',
        "other": "Dort.",
        "ms": "1500",
        "cost": 0.5,
        "labels": "a, b,",
        "thumb": "down",
        "words": "no",
        "junk": 1,
        "extra": None,
        "rest": [1],
    }
    trace = _trace(tmp_path, yaml, record)
    assert trace == Trace(
        trace_id="7",
        at=trace.at,
        route="returns",
        language="de",
        messages=(Message(role="system", content="Be kind."), Message(role="user", content="Wo?")),
        output="Da.",
        alternative="Dort.",
        latency_s=1.5,
        cost_usd=0.5,
        tags=("a", "b"),
        user_feedback=Feedback(rating=-1, comment="no"),
        # `result` is JSON inside text: it is looked into, and what else it holds is kept
        metadata={"meta": {"shop": "Leipzig"}, "result": '[{"text": "Da."}]', "rest": [1]},
    )
    assert trace.at
    assert trace.at.isoformat() == "2026-07-01T10:00:00+00:00"  # summer time: two hours


@pytest.mark.parametrize(
    "written",
    [
        "2026-07-01T10:00:00Z", "2026-07-01T12:00:00+02:00", 1782900000, "1782900000", 1782900000000,
        1782900000000000, 1782900000000000000, 1782900000.0,
    ],
)  # fmt: skip
def test_times_of_every_kind_are_one_instant(tmp_path: Path, written: object) -> None:
    trace = _trace(tmp_path, "at: t\ninput: q", {"t": written, "q": "?"})
    assert trace.at
    assert trace.at.isoformat() == "2026-07-01T10:00:00+00:00"


def test_a_conversation_with_tools_and_what_follows_the_answer(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Where?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": '{"at": "hub"}'},
        {"role": "assistant", "content": "At the hub."},
        {"role": "user", "content": "Thanks!"},
    ]
    trace = _trace(tmp_path, "trace_id: id\nmessages: chat", {"id": "a", "chat": messages})
    assert trace.messages == (Message(role="user", content="Where?"),)
    assert trace.output == "At the hub."
    assert trace.tool_calls == (ToolCall(name="find", id="c1", arguments={}, result={"at": "hub"}),)
    assert trace.metadata == {"messages_after_output": [{"role": "user", "content": "Thanks!"}]}


@pytest.mark.parametrize(
    ("yaml", "value", "expected"),
    [
        pytest.param("{column: d}", ["x", "y"], [Document(id="1", text="x"), Document(id="2", text="y")], id="texts"),
        pytest.param(
            "{column: d}",
            [{"id": "k", "page_content": "x", "metadata": {"source": "s"}, "score": 0.5, "n": 1}],
            [Document(id="k", text="x", source="s", score=0.5, metadata={"metadata": {"source": "s"}, "n": 1})],
            id="usual keys",
        ),
        pytest.param(
            "{column: d, id: key, text: says}", [{"key": 3, "says": "x"}], [Document(id="3", text="x")], id="named keys"
        ),
        pytest.param("{column: d}", "one text", [Document(id="1", text="one text")], id="one text"),
        pytest.param("{column: d}", None, [], id="none"),
        pytest.param(
            r"{column: d, pattern: '^\[(?P<id>\d+)\] '}",
            "[1] a [2] b\n[2] c",  # a number inside a passage is no head
            [Document(id="1", text="a [2] b"), Document(id="2", text="c")],
            id="split",
        ),
        pytest.param(
            r"{column: d, pattern: 'x(?P<id>\d)'}", "none", [Document(id="1", text="none")], id="no head found"
        ),
    ],
)
def test_documents(tmp_path: Path, yaml: str, value: object, expected: list[Document]) -> None:
    trace = _trace(tmp_path, f"trace_id: id\ninput: q\ndocuments: {yaml}", {"id": "a", "q": "?", "d": value})
    assert list(trace.documents) == expected


def test_without_an_id_column_the_same_record_gets_the_same_id(tmp_path: Path) -> None:
    one, again, other = (_trace(tmp_path, "input: q", {"q": q}) for q in ("a", "a", "b"))
    assert one.trace_id == again.trace_id != other.trace_id


@pytest.mark.parametrize(
    ("record", "place", "reason"),
    [
        pytest.param({"q": "?"}, "trace_id", "is empty", id="no id"),
        pytest.param({"id": "a", "t": "yesterday"}, "at", "isoformat", id="no time"),
        pytest.param({"id": "a", "t": "2026-01-01"}, "at", "timezone: Europe/Berlin", id="no zone"),
        pytest.param({"id": "a", "cost": "cheap"}, "cost_usd", "not a number", id="no number"),
        pytest.param({"id": "a", "cost": -1}, "cost_usd", "not between 0 and infinity", id="below zero"),
        pytest.param({"id": "a", "x": 2**80}, "record", "64-bit", id="huge number in what is left"),
    ],
)
def test_a_record_that_does_not_fit_is_rejected(
    tmp_path: Path, record: dict[str, Any], place: str, reason: str
) -> None:
    path = write(tmp_path, "[" + ",".join([str(record).replace("'", '"')] * 2) + "]", "records.json")
    yaml = write(tmp_path, "trace_id: id\nat: t\ninput: q\ncost_usd: cost", "map.yaml")
    for item in readers.read(path, mapping=mapping.load(yaml)):
        assert isinstance(item, Reject)
        assert item.field == place
        assert reason in item.reason


def test_columns_that_would_be_lost_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, '{"id": 1, "q": "?", "a": 1, "b": {"c": 1, "d": 2}}\n{"id": 2, "q": "?", "late": 1}')
    yaml = "trace_id: id\ninput: q\nlanguage: b.c\nmetadata: [a]\nignore: [late]"
    assert mapping.unmapped(path, mapping.load(write(tmp_path, yaml, "map.yaml"))) == ("b",)


@pytest.mark.parametrize(
    ("yaml", "line", "says"),
    [
        pytest.param("trace_id: id", 1, "needs input, messages or output", id="nothing to judge"),
        pytest.param("input: q\nmessages: m", 1, "both input and messages", id="two conversations"),
        pytest.param("input: q\n\nquestion: q", 3, "question is not a setting", id="unknown field"),
        pytest.param("input: q\nat: {colum: t}", 2, "at.colum", id="misspelled"),
        pytest.param("input: q\ntimezone: Berlin", 1, "written like|write it like", id="unknown zone"),
        pytest.param("input: q\ndocuments: {column: d, pattern: '('}", 2, "no regular expression", id="bad pattern"),
        pytest.param("input: q\ndocuments: {column: d, pattern: '(?P<x>.)'}", 2, "group 'x'", id="unknown group"),
        pytest.param("input: [", 1, "not yaml", id="no yaml"),
        pytest.param("input: q\ninput: r", 2, "twice", id="key twice"),
    ],
)
def test_a_wrong_mapping_is_named_by_file_line_and_field(tmp_path: Path, yaml: str, line: int, says: str) -> None:
    path = write(tmp_path, yaml, "map.yaml")
    with pytest.raises(BadConfig) as caught:
        mapping.load(path)
    assert any(part in caught.value.message for part in says.split("|"))
    assert caught.value.where == f"{path}:{line}"


def test_a_missing_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="missing"):
        mapping.load(tmp_path / "gone.yaml")
