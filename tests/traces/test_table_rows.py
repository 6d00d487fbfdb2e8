from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.errors import BadInput
from review_app.tables import Reject
from review_app.traces import json_stream
from review_app.traces.json_stream import BrokenJson, JsonStream
from review_app.traces.table_rows import rows

from .files import write


def test_text_stays_text_and_an_empty_cell_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path, b'id,note\n007,\n1.0,"two\nlines"\n\ntrue,NaN\n')
    assert list(rows(path)) == [
        (2, {"id": "007", "note": None}),
        (3, {"id": "1.0", "note": "two\nlines"}),
        (6, {"id": "true", "note": "NaN"}),
    ]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param(b"a,b\n1,2\n3\n", 3, "has 1 cells, the header has 2", id="short row"),
        pytest.param(b"a,b\n1,2\n3,4,5\n", 3, "has 3 cells, the header has 2", id="long row"),
        pytest.param(b"a,b\n1,2\n\xff,4\n", 3, "is not UTF-8 text", id="not UTF-8"),
        pytest.param(b'[{"a":1},\n{"a":\n"\\ud800"}]', 2, "hex escape", id="lone surrogate in an array"),
        pytest.param(b'[{"a":1},\n{"a":1e400}]', 2, "number inf", id="1e400 in an array"),
        pytest.param(b'[{"a":1},\n[1]]', 2, "should be an object", id="no object"),
        pytest.param(b'[{"a":1},\n{"a":2', 2, "never closed", id="cut off"),
        pytest.param(b'[{"a":1},\n' + b"[" * 1_100_000, 2, "more than 10,000 deep", id="no parser goes so deep"),
        pytest.param(b'[{"a":1}]\n x', 2, "something follows", id="text after the end"),
        pytest.param(b'[{"a":1}\n{"a":2}]', 2, "expected ,", id="comma missing"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    first, fault = rows(write(tmp_path, content))
    assert not isinstance(first, Reject)
    assert isinstance(fault, Reject)
    assert fault.line == line
    assert reason in fault.reason


def test_one_bad_record_does_not_end_an_array(tmp_path: Path) -> None:
    found = list(rows(write(tmp_path, b'[{"a":NaN}, {"a":123456789012345678901234567890}, {"a":"]}"}]')))
    assert isinstance(found[0], Reject)
    assert found[1:] == [(1, {"a": 123456789012345678901234567890}), (1, {"a": "]}"})]


def test_records_lie_where_the_path_leads(tmp_path: Path) -> None:
    path = write(tmp_path, b'{"meta": {"items": [0]}, "data": {"n": 2, "items": [{"a": 1},\n{"a": 2}]}, "x": 1}')
    assert list(rows(path, "data.items")) == [(1, {"a": 1}), (2, {"a": 2})]
    (fault,) = rows(path, "data.rows")
    assert isinstance(fault, Reject)
    assert "no key 'rows'" in fault.reason


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"a,a\n1,2\n", "called 'a'", id="column twice"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\x00\x00", "binary", id="binary"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        list(rows(write(tmp_path, content)))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * 500_000, id="brackets"),
        pytest.param(b'{"a":' * 500_000, id="objects"),
        pytest.param(b'["' + b'\\"' * 2_000_000, id="escapes in a string without an end"),
        pytest.param(b'{"' * 500_000, id="strings without an end"),
        pytest.param(b'"' * 1_000_000, id="quotes"),
    ],
)
def test_bombs_end_in_a_reject(tmp_path: Path, content: bytes) -> None:
    found = list(rows(write(tmp_path, content)))
    assert all(isinstance(item, Reject) for item in found)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab]}"\\', max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(_values, max_size=6), st.integers(1, 9))
def test_an_array_is_cut_where_its_records_end(values: list[object], chunk: int) -> None:
    text = json.dumps(values, indent=1).encode()
    with pytest.MonkeyPatch.context() as patch:  # every record then lies across many chunks
        patch.setattr(json_stream, "_CHUNK", chunk)
        assert [json.loads(record) for _, record in JsonStream(io.BytesIO(text)).records()] == values


@given(st.binary(max_size=60))
def test_any_bytes_are_records_or_broken(raw: bytes) -> None:
    with contextlib.suppress(BrokenJson):
        assert all(isinstance(text, bytes) for _, text in JsonStream(io.BytesIO(raw)).records())


def test_parquet_values_become_json(tmp_path: Path) -> None:
    path = tmp_path / "x"
    at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    columns = {"at": [at], "price": [Decimal("1.50")], "score": [float("nan")], "raw": [b"x"], "nested": [{"a": [1]}]}
    pq.write_table(pa.table(columns), path)
    (row,) = rows(path)
    assert row == (
        1,
        {"at": "2026-11-02T09:30:00+00:00", "price": 1.5, "score": None, "raw": "x", "nested": {"a": [1]}},
    )
    assert orjson.dumps(row[1])


def test_blank_lines_may_come_before_the_names_of_columns(tmp_path: Path) -> None:
    assert list(rows(write(tmp_path, b"\r\n\na,b\n1,2\n"))) == [(4, {"a": "1", "b": "2"})]


def test_a_table_without_a_row_is_no_silent_nothing(tmp_path: Path) -> None:
    (fault,) = rows(write(tmp_path, b"a,b\n"))
    assert isinstance(fault, Reject)
    assert "no row" in fault.reason


def test_many_columns_take_no_square_of_time(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(200_000))
    (row,) = rows(write(tmp_path, f"{names}\n{names}\n"))
    assert isinstance(row, tuple)
    assert len(row[1]) == 200_000


def test_a_date_that_no_value_can_hold_costs_its_row(tmp_path: Path) -> None:
    day = pa.array([2**31 - 1, 0], pa.date32())
    pq.write_table(pa.table({"day": day}), tmp_path / "x")
    fault, row = rows(tmp_path / "x")
    assert isinstance(fault, Reject)
    assert (fault.line, row) == (1, (2, {"day": "1970-01-01"}))


@pytest.mark.parametrize("blank", [b"", b"\n", b"\r\n\r\n"])
def test_names_of_columns_without_a_row_are_listed(tmp_path: Path, blank: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(b"trace_id,output\n" + blank)
    (found,) = rows(tmp_path / "t.csv")
    assert isinstance(found, Reject)
    assert "and no row" in found.reason


def test_a_row_too_long_ends_a_table_and_the_rows_before_it_are_kept(tmp_path: Path) -> None:
    # Whatever follows cannot be told from it: the end of the row was not read.
    path = write(tmp_path, b"id,note\n1,a\n2," + b"x" * 8_388_607 + b"\n3,c\n")
    first, fault = rows(path)
    assert first == (2, {"id": "1", "note": "a"})
    assert isinstance(fault, Reject)
    assert (fault.line, fault.reason) == (3, "is longer than 8 million characters; nothing after it was read")


def test_a_row_of_8_mi_characters_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, b"id,note\n1," + b"x" * (8_388_608 - 3) + b"\n2,c\n")  # 2 before it, and the end of the line
    assert [row[1]["id"] for row in rows(path) if not isinstance(row, Reject)] == ["1", "2"]


def test_a_parquet_file_whose_rows_are_longer_than_32_mib_is_refused(tmp_path: Path) -> None:
    text = [f"{number:x}" * 9_000_000 for number in (10, 11, 12, 13)]  # 9 MB each: 4 in one row are 36 MB
    for name, values, large in (("one", ["".join(text)], True), ("four", text, False)):
        pq.write_table(pa.table({"id": ["t"] * len(values), "note": values}), tmp_path / name, compression="none",
                       use_dictionary=False)  # fmt: skip
        with pytest.raises(BadInput, match="33,554,432 is the most") if large else contextlib.nullcontext():
            assert len(list(rows(tmp_path / name))) == len(values)
