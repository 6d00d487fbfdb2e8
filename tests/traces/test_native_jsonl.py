from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.tables import Reject
from review_app.traces import readers
from review_app.traces.formats import native_jsonl
from review_app.traces.lines import CAP
from review_app.traces.trace import Document, Feedback, Message, Part, ToolCall, Trace, decode, encode

GOOD = b'{"trace_id":"good"}'

_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_id = _text.filter(bool)
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)
_traces = st.builds(
    Trace,
    trace_id=_id,
    route=st.none() | _text,
    messages=st.lists(
        st.builds(
            Message,
            role=_text,
            content=_text | st.lists(st.builds(Part, type=_text, text=_text), max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    documents=st.lists(st.builds(Document, id=_id, text=_text, metadata=st.dictionaries(_text, _json)), max_size=2).map(
        tuple
    ),
    tool_calls=st.lists(st.builds(ToolCall, name=_text, arguments=_json, result=_json), max_size=2).map(tuple),
    output=st.none() | _text,
    user_feedback=st.none() | st.builds(Feedback, rating=st.none() | st.floats(-1, 1), comment=st.none() | _text),
    cost_usd=st.none() | st.floats(0, 1e6),
    tags=st.lists(_text, max_size=2).map(tuple),
    metadata=st.dictionaries(_text, _json, max_size=3),
)


@given(_traces)
def test_a_line_says_exactly_what_was_encoded(trace: Trace) -> None:
    assert decode(encode(trace)) == trace


@pytest.mark.parametrize(
    ("line", "place", "reason"),
    [
        pytest.param(b"[" * 100_000, "record", "recursion limit", id="deep nesting"),
        pytest.param(b'{"trace_id":"x","metadata":{"n":NaN}}', "record", "number nan", id="NaN"),
        pytest.param(
            b'{"trace_id":"x","tool_calls":[{"name":"t","result":1e400}]}', "record", "tool_calls.0.result", id="1e400"
        ),
        pytest.param(
            b'{"trace_id":"x","metadata":{"n":9223372036854775808}}', "record", "9223372036854775808", id="2^63"
        ),
        pytest.param(b'{"trace_id":"x","output":"\\ud800"}', "record", "surrogate|hex escape", id="lone surrogate"),
        pytest.param(b'{"trace_id":"x","output":"\xff"}', "record", "unicode", id="not UTF-8"),
        pytest.param(b'{"trace_id":"x"', "record", "EOF", id="cut off"),
        pytest.param(b"\x00\x01\x02", "record", "expected value", id="binary"),
        pytest.param(b"[1]", "record", "object", id="no object"),
        pytest.param(b"{}", "trace_id", "required", id="no id"),
        pytest.param(b'{"trace_id":""}', "trace_id", "at least 1", id="empty id"),
        pytest.param(b'{"trace_id":"x","at":"2026-01-01T00:00:00"}', "at", "timezone", id="naive time"),
        pytest.param(b'{"trace_id":"x","shop":7}', "shop", "metadata", id="unknown field"),
        pytest.param(b'{"trace_id":"x","messages":[{"role":1}]}', "messages.0.role", "string", id="wrong type inside"),
    ],
)
def test_a_bad_line_costs_only_itself(tmp_path: Path, line: bytes, place: str, reason: str) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(b"\n".join([GOOD, b"", line, GOOD]))
    first, fault, last = native_jsonl.read(path)
    assert first == last == Trace(trace_id="good")
    assert isinstance(fault, Reject)
    assert (fault.file, fault.line, fault.field) == (str(path), 3, place)
    assert any(part in fault.reason.lower() for part in reason.lower().split("|")), fault.reason
    assert len(fault.raw) <= 300
    assert "\0" not in fault.raw + fault.reason


def test_nul_becomes_visible_and_a_backslash_before_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(rb'{"trace_id":"a","output":"x\u0000y \\u0000"}')
    assert [trace.output for trace in native_jsonl.read(path)] == ["x␀y \\u0000"]


def test_a_bom_and_windows_line_ends_are_no_part_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n" + GOOD + b"\r\n")
    assert readers.detect(path) == "jsonl"
    assert list(readers.read(path)) == [Trace(trace_id="good")] * 2


def test_a_line_that_is_too_long_is_skipped_whole(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(b'{"trace_id":"' + b"x" * (CAP + 10) + b'"}\n' + GOOD)
    fault, last = native_jsonl.read(path)
    assert isinstance(fault, Reject)
    assert (fault.line, fault.reason) == (1, "is longer than 32 MiB")
    assert last == Trace(trace_id="good")


def test_gzip_is_unpacked_and_a_cut_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl.gz"
    packed = gzip.compress(b"\n".join(b'{"trace_id":"%d"}' % number for number in range(50_000)))
    path.write_bytes(packed)
    assert sum(isinstance(item, Trace) for item in readers.read(path)) == 50_000
    path.write_bytes(packed[: len(packed) // 2])
    *kept, last = readers.read(path)
    assert isinstance(last, Reject)
    assert "breaks off" in last.reason
    assert all(isinstance(item, Trace | Reject) for item in kept)


_lines = st.sampled_from([GOOD, b"", b"  ", b"{", b'{"trace_id":7}', b"\xff", b"null", b'"' + b"\\" * 5])


@given(st.lists(_lines | st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b" ")), max_size=12))
def test_every_line_that_is_not_blank_is_kept_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "traces.jsonl"
    path.write_bytes(b"\n".join(lines))
    read = list(native_jsonl.read(path))
    # A gzip header or a BOM at the very start are the file's, not the line's.
    if not path.read_bytes().startswith((b"\x1f\x8b", b"\xef\xbb\xbf")):
        assert len(read) == sum(bool(line.strip()) for line in lines)
    assert all(isinstance(item, Trace | Reject) for item in read)
