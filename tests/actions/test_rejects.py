"""The list of what was refused: how long it may get, and when it is on disk."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions import rejects
from review_app.actions.rejects import RejectsFile
from review_app.cli.traces import ingested_text
from review_app.tables import Reject


def test_a_list_ends_where_it_would_get_too_long_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "MOST_LISTED", 3)
    actions.init(tmp_path / "project")
    (tmp_path / "bad.jsonl").write_bytes(b'{"trace_id": 1}\n' * 5)
    done = actions.ingest(tmp_path / "project", [tmp_path / "bad.jsonl"], format="jsonl")
    assert (done.rejected, done.unlisted) == (5, 2)
    assert done.rejects
    listed = [orjson.loads(line) for line in done.rejects.read_bytes().splitlines()]
    assert [one["line"] for one in listed] == [1, 2, 3, 0]
    assert listed[-1]["reason"] == "2 more were rejected and are not listed"
    assert "2 more were counted" in ingested_text(done)


def test_what_was_added_can_be_read_before_the_list_is_closed(tmp_path: Path) -> None:
    with RejectsFile(tmp_path, "receive") as listing:
        listing.on_disk()
        assert not (tmp_path / "rejects").exists()
        listing.add(Reject(file="f", line=1, field="record", reason="no"))
        listing.on_disk()
        (unfinished,) = (tmp_path / "rejects").iterdir()
        assert unfinished.suffix == ".part"
        assert orjson.loads(unfinished.read_bytes())["reason"] == "no"
