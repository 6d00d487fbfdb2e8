from __future__ import annotations

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from review_app.errors import BadInput
from review_app.tables import Reject
from review_app.traces import readers
from review_app.traces.trace import Document, Message, Trace

ROW = {
    "trace_id": "007",
    "input": "Where is my parcel?",
    "output": "On its way [kb-1].",
    "documents": '[{"id": "kb-1", "text": "Parcels take two days."}]',
    "tags": "vip, parcel",
    "cost_usd": "0.01",
    "shop": "Leipzig",
}
EXPECTED = Trace(
    trace_id="007",
    messages=(Message(role="user", content="Where is my parcel?"),),
    output="On its way [kb-1].",
    documents=(Document(id="kb-1", text="Parcels take two days."),),
    tags=("vip", "parcel"),
    cost_usd=0.01,
    metadata={"shop": "Leipzig"},
)


def _csv(path: Path, delimiter: str = ",") -> Path:
    quoted = ['"' + value.replace('"', '""') + '"' for value in ROW.values()]
    path.write_text(delimiter.join(ROW) + "\n" + delimiter.join(quoted) + "\n", encoding="utf-8")
    return path


def test_a_csv_with_our_columns_needs_no_mapping(tmp_path: Path) -> None:
    path = _csv(tmp_path / "any.name")
    assert readers.detect(path) == "csv"
    assert list(readers.read(path)) == [EXPECTED]


@pytest.mark.parametrize("delimiter", [pytest.param("\t", id="tab"), pytest.param(";", id="semicolon")])
def test_other_delimiters_are_seen(tmp_path: Path, delimiter: str) -> None:
    assert list(readers.read(_csv(tmp_path / "x", delimiter))) == [EXPECTED]


def test_parquet_with_nested_columns_and_text_columns_is_the_same(tmp_path: Path) -> None:
    nested = ROW | {"documents": [{"id": "kb-1", "text": "Parcels take two days."}], "tags": ["vip", "parcel"]}
    for number, row in enumerate((ROW, nested | {"cost_usd": 0.01})):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.Table.from_pylist([row]), path)
        assert readers.detect(path) == "parquet"
        assert list(readers.read(path)) == [EXPECTED]


def test_a_json_array_of_our_records_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[\n {"trace_id": "a", "shop": 1},\n {"trace_id": "b"}\n]')
    assert readers.detect(path) == "json"
    assert list(readers.read(path)) == [Trace(trace_id="a", metadata={"shop": 1}), Trace(trace_id="b")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"question,answer\nq,a\n", "table with answer, question", id="table"),
        pytest.param(b'{"question": 1}\n{"question": 2}\n', "JSON lines with question", id="json lines"),
        pytest.param(b'{"trace_id": 1, "a": 1, "b": 1, "c": 1}\n', "JSON lines", id="somebody else's trace_id"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\x00\x01\x02\x03", "binary", id="binary"),
        pytest.param("trace_id\n1\n".encode("utf-16"), "UTF-16", id="utf-16"),
    ],
)
def test_an_unknown_file_is_described_with_the_remedy(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        readers.detect(path)
    assert says in caught.value.message
    assert f"--format: {', '.join(readers.formats())}" in caught.value.do


def test_a_format_can_be_named_and_a_wrong_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text('{"trace_id": 7}')
    (fault,) = readers.read(path, format="jsonl")
    assert isinstance(fault, Reject)
    with pytest.raises(BadInput, match="no format 'xml'"):
        readers.read(path, format="xml")


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\x00" * 50 + b"PAR1", b"\x1f\x8b\x08junk"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        readers.detect(path)


def test_a_folder_is_its_files_without_hidden_ones_and_links(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a/c.jsonl", ".hidden", ".git/x", "a/.x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "b.jsonl")
    (tmp_path / "around").symlink_to(tmp_path)
    assert readers.files([tmp_path]) == [tmp_path / "a" / "c.jsonl", tmp_path / "b.jsonl"]
    with pytest.raises(BadInput, match="no such file"):
        readers.files([tmp_path / "gone"])


@pytest.mark.parametrize("kind", ["jsonl", "csv", "json", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    small, large = (_written(tmp_path / f"{n}.{kind}", kind, n) for n in (1_000, 10_000))
    _peak(small)  # what is loaded once, is loaded now
    # 10 times the records, 40 MB instead of 4: the buffers are the same.
    assert _peak(large) < 2 * _peak(small) + 2_000_000


def _written(path: Path, kind: str, n: int) -> Path:
    text = "word " * 800
    if kind == "parquet":
        table = pa.table({"trace_id": [str(i) for i in range(n)], "output": [f"{text}{i}" for i in range(n)]})
        pq.write_table(table, path, row_group_size=500)
        return path
    begin, row, end = {
        "jsonl": ("", '{"trace_id":"%d","output":"%s"}\n', ""),
        "csv": ("trace_id,output\n", '%d,"%s"\n', ""),
        "json": ("[", '{"trace_id":"%d","output":"%s"},\n', '{"trace_id":"last"}]'),
    }[kind]
    with path.open("w") as file:
        file.write(begin)
        file.writelines(row % (i, text) for i in range(n))
        file.write(end)
    return path


def _peak(path: Path) -> int:
    tracemalloc.start()
    try:
        assert sum(isinstance(item, Trace) for item in readers.read(path)) >= 1_000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
