"""Inspect's logs on small data: what a score may be, and what a hostile archive may try."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import orjson
import pyarrow as pa
import pytest

from review_app.errors import BadInput
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.lines import CAP
from review_app.traces.trace import Trace
from review_app.traces.zip_archive import ZipArchive

from ..files import write

HEADER = {
    "version": 2,
    "status": "cancelled",
    "eval": {"task": "desk", "created": "2026-11-23T18:00:00Z", "run_id": "r"},
}


def _sample(**fields: object) -> dict[str, object]:
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    return {"id": "../../q", "epoch": 1, "input": "Hi", "messages": said} | fields


def _log(folder: Path, *samples: object) -> Path:
    return write(folder, orjson.dumps({**HEADER, "samples": samples}), "log.json")


def _zipped(folder: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive; method 93 is written by hand, as zipfile cannot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED if method == 93 else method) as archive:
        for name, text in members.items():
            archive.writestr(name, pa.compress(text, codec="zstd", asbytes=True) if method == 93 else text)
    raw = bytearray(file.getvalue())
    if method == 93:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for about in archive.infolist():
                _as_zstandard(raw, about, members[about.filename])
    return write(folder, bytes(raw), "log.eval")


def _as_zstandard(raw: bytearray, about: zipfile.ZipInfo, text: bytes) -> None:
    """Method, checksum and size of one member, in its own header (8, 14, 22) and in the directory (10, 16, 24)."""
    name = about.filename.encode()
    directory = raw.index(b"PK\x01\x02", raw.rindex(name) - 46)
    for start, at in ((about.header_offset, 8), (directory, 10)):
        raw[start + at : start + at + 2] = struct.pack("<H", 93)
        raw[start + at + 6 : start + at + 10] = struct.pack("<I", zlib.crc32(text))
        raw[start + at + 14 : start + at + 18] = struct.pack("<I", len(text))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        pytest.param({"value": "C"}, ("C", None, "ok"), id="letter"),
        pytest.param({"value": 0.25}, (None, 0.25, "ok"), id="number"),
        pytest.param({"value": True}, ("true", None, "ok"), id="yes"),
        pytest.param({"value": None}, (None, None, "missing"), id="nothing"),
        pytest.param(
            {"value": "I", "explanation": "Grade not found in model output: hm"}, (None, None, "unparsable"), id="?"
        ),
        pytest.param({"value": "I", "explanation": "The grade is wrong."}, ("I", None, "ok"), id="a reason"),
    ],
)
def test_what_a_score_comes_to(tmp_path: Path, score: object, expected: object) -> None:
    _, verdict = readers.read(_log(tmp_path, _sample(scores={"s": score})))
    assert isinstance(verdict, Verdict)
    assert (verdict.label, verdict.score, verdict.status) == expected


def test_a_nan_in_the_file_costs_its_score_only(tmp_path: Path) -> None:
    text = orjson.dumps({**HEADER, "samples": [_sample(scores={"s": {"value": "@"}})]}).replace(b'"@"', b"NaN")
    trace, verdict = readers.read(write(tmp_path, text, "log.json"))
    assert isinstance(trace, Trace)
    assert isinstance(verdict, Verdict)
    assert verdict.status == "missing"


def test_a_score_of_several_parts_is_a_verdict_for_each(tmp_path: Path) -> None:
    _, *verdicts = readers.read(_log(tmp_path, _sample(scores={"s": {"value": {"tone": 1, "facts": "C"}}})))
    assert [(v.criterion, v.label, v.score) for v in verdicts if isinstance(v, Verdict)] == [
        ("s.tone", None, 1.0), ("s.facts", "C", None),
    ]  # fmt: skip


def test_two_people_who_edit_after_each_other_are_two_opinions(tmp_path: Path) -> None:
    def edit(who: str, value: str) -> dict[str, object]:
        return {"value": value, "explanation": "UNCHANGED", "provenance": {"author": who, "reason": "r"}}

    history = [{"value": "I", "explanation": "no"}, edit("ana", "C"), edit("ben", "UNCHANGED")]
    _, judge, *people = readers.read(_log(tmp_path, _sample(scores={"s": {"value": "C", "history": history}})))
    assert isinstance(judge, Verdict)
    assert (judge.label, judge.rationale) == ("I", "no")
    assert [(o.author, o.label) for o in people if isinstance(o, HumanOpinion)] == [("ana", "C"), ("ben", "C")]


def test_a_cancelled_run_is_kept_and_says_so(tmp_path: Path) -> None:
    (trace,) = readers.read(_log(tmp_path, _sample(error={"message": "boom"})))
    assert isinstance(trace, Trace)
    assert (trace.metadata["run"]["status"], trace.error, trace.trace_id) == ("cancelled", "boom", "r:../../q:1")


def test_an_attachment_stands_in_its_place(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "attachment://ab"}, {"role": "assistant", "content": "Yes"}]
    (trace,) = readers.read(_log(tmp_path, _sample(messages=said, attachments={"ab": "A long question?"})))
    assert isinstance(trace, Trace)
    assert trace.messages[0].text == "A long question?"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, 93])
def test_an_archive_in_each_way_of_packing(tmp_path: Path, method: int) -> None:
    members = {"header.json": orjson.dumps(HEADER), "samples/q_epoch_1.json": orjson.dumps(_sample())}
    path = _zipped(tmp_path, members, method)
    assert readers.detect(path) == "inspect"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    assert (trace.output, trace.route) == ("Hello", "desk")


def test_a_run_that_was_cut_off_has_only_its_journal(tmp_path: Path) -> None:
    members = {"_journal/start.json": orjson.dumps(HEADER), "samples/q.json": orjson.dumps(_sample())}
    (trace,) = readers.read(_zipped(tmp_path, members))
    assert isinstance(trace, Trace)
    assert trace.route == "desk"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, 93])
@pytest.mark.parametrize("size", [CAP + 1, 3 * 1024 * 1024])
def test_a_bomb_is_named_and_the_rest_is_read(tmp_path: Path, method: int, size: int) -> None:
    members = {
        "header.json": orjson.dumps(HEADER),
        "samples/bomb.json": bytes(size),
        "samples/good.json": orjson.dumps(_sample()),
    }
    path = _zipped(tmp_path, members, method)
    tracemalloc.start()
    try:
        bomb, good = readers.read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(bomb, Reject)
    assert isinstance(good, Trace)
    assert bomb.field == "samples/bomb.json"
    assert peak < 2 * CAP


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, 93])
def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path, method: int) -> None:
    text = bytes(64 * 1024 * 1024)
    path = _zipped(tmp_path, {"header.json": b"{}", "samples/bomb.json": text}, method)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        about = archive.infolist()[1]
    directory = raw.index(b"PK\x01\x02", raw.rindex(b"samples/bomb.json") - 46)
    for at in (about.header_offset + 22, directory + 24):
        raw[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(raw)
    (fault,) = readers.read(path)
    assert isinstance(fault, Reject)
    assert "inflates to more" in fault.reason


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = _zipped(tmp_path, {f"samples/{n}.json": bytes(range(256)) * 40 for n in range(3)}, zipfile.ZIP_STORED)
    raw = path.read_bytes()
    start = raw.index(b"PK\x01\x02")
    with zipfile.ZipFile(path) as archive:
        second = archive.infolist()[1].header_offset
    # Without the first two members' bytes the directory promises more than the file holds.
    path.write_bytes(raw[:second] + raw[start:])
    with pytest.raises(BadInput, match="damaged"), ZipArchive(path):
        pass


def test_a_wrong_checksum_and_a_cut_archive_are_named(tmp_path: Path) -> None:
    path = _zipped(tmp_path, {"header.json": orjson.dumps(HEADER), "samples/q.json": orjson.dumps(_sample())}, 0)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Hello", b"Hullo"))
    (fault,) = readers.read(path)
    assert isinstance(fault, Reject)
    assert "checksum" in fault.reason
    path.write_bytes(whole[:-30])
    with pytest.raises(BadInput, match="damaged"):
        readers.detect(path)


def test_another_zip_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="zip"):
        readers.detect(_zipped(tmp_path, {"word/document.xml": b"<w/>"}))


def test_the_run_is_noted_on_each_sample_but_for_what_all_samples_tell(tmp_path: Path) -> None:
    about = {"task": "desk", "created": "2026-11-23T18:00:00Z", "run_id": "r", "task_file": "desk.py"}
    told = {"version": 2, "status": "cancelled", "plan": {"steps": [{"solver": "generate"}]}, "stats": {"n": 5}}
    dataset = {"samples": 2, "sample_ids": ["a", "b"]}
    log = {**told, "eval": {**about, "dataset": dataset}, "results": {"scores": []}, "samples": [_sample()]}
    as_json = write(tmp_path, orjson.dumps(log), "log.json")
    header = {name: value for name, value in log.items() if name != "samples"}
    as_zip = _zipped(tmp_path, {"header.json": orjson.dumps(header), "samples/q.json": orjson.dumps(_sample())})
    for path in (as_json, as_zip):
        (trace,) = readers.read(path)
        assert isinstance(trace, Trace)
        assert trace.metadata["run"] == {**told, **about, "dataset": {"samples": 2}}


def test_what_stood_in_the_template_and_why_the_answer_ended_are_kept(tmp_path: Path) -> None:
    answered = {
        "choices": [{"message": {"content": "Hello"}, "stop_reason": "max_tokens"}, {"message": {"content": "Hey"}}]
    }
    (trace,) = readers.read(_log(tmp_path, _sample(input="Greet me", output=answered)))
    assert isinstance(trace, Trace)
    assert trace.metadata["input"] == "Greet me"
    assert trace.metadata["output"]["choice"] == {"stop_reason": "max_tokens"}
    assert trace.metadata["output"]["other_choices"] == [{"message": {"content": "Hey"}}]
