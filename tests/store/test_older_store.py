"""A store of the first version, with reviews in it, opened by today's program."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app.store import engine, slots
from review_app.store.engine import Store
from review_app.store.schema import MIGRATIONS
from review_app.store.slots import Progress

from ..builders import NOON

FIRST_ROWS = """
INSERT INTO rubric VALUES ('v1', 'send', '{}', 0);
INSERT INTO trace (trace_id, version, n_turns, n_documents, n_tools, tags, ingested_at) VALUES
    ('t-1', 1, 1, 0, 0, '', 0), ('t-2', 1, 1, 0, 0, '', 0), ('t-3', 1, 1, 0, 0, '', 0);
INSERT INTO slot (slot_id, queue, trace_id, draw_number, queue_order, state, reviewer, token) VALUES
    ('main/t-1/0', 'main', 't-1', 1, 'a', 'done', 'ana', 'x'),
    ('main/t-2/0', 'main', 't-2', 1, 'b', 'done', 'ana', NULL),
    ('main/t-3/0', 'main', 't-3', 1, 'c', 'open', NULL, NULL);
INSERT INTO review VALUES
    ('main/t-1/0:x', 'main/t-1/0', 't-1', 1, 'ana', 'v1', 'cannot_judge', '', NULL, 0, NULL, NULL, 'desk', 9.0, 0),
    ('import:1', NULL, 't-2', 1, 'ana', 'v1', 'judged', '', NULL, 0, NULL, 1.0, 'file', NULL, 0)
"""


def brought_up_to_date(path: Path, steps: int, rows: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that was made when there were `steps` steps, given these rows, and opened by the program of today."""
    with monkeypatch.context() as then:
        then.setattr(engine, "MIGRATIONS", MIGRATIONS[:steps])
        old = Store(path)
        with old.write() as write:
            for statement in rows.split(";\n"):
                write.run(statement)
        old.close()
    return Store(path)


def test_an_older_store_learns_how_its_slots_were_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = brought_up_to_date(tmp_path / "review.db", 1, FIRST_ROWS, monkeypatch)
    found = slots.states(store, "main")
    assert found["outcome"].fillna("").tolist() == ["cannot_judge", "elsewhere", ""]
    assert found["state"].tolist() == ["done", "done", "open"]
    # The imported review used a slot up, but was not given at the desk.
    assert slots.progress(store, "main", "ana", NOON) == Progress(done=1, left=1)
    assert [claim.trace_id for claim in slots.claim(store, "main", "ana", 3, NOON)] == ["t-3"]
    store.close()


FOURTH_ROWS = """
INSERT INTO rubric VALUES ('v1', 'send', '{}', 0);
INSERT INTO trace (trace_id, version, n_turns, n_documents, n_tools, tags, ingested_at) VALUES
    ('t-1', 1, 1, 0, 0, '', 0);
INSERT INTO slot (slot_id, queue, trace_id, draw_number, queue_order, state, reviewer, outcome) VALUES
    ('main/t-1/0', 'main', 't-1', 1, 'a', 'done', 'ana', 'judged');
INSERT INTO review VALUES
    ('main/t-1/0:x', 'main/t-1/0', 't-1', 1, 'ana', 'v1', 'judged', '', NULL, 0, NULL, NULL, 'desk', 9.0, 0);
INSERT INTO slot (slot_id, queue, trace_id, draw_number, queue_order, state, origin, repeat_of, assigned_to) VALUES
    ('main/t-1/1', 'main:repeats', 't-1', 1, 'a', 'open', 'repeat', 'main/t-1/0:x', 'ana')
"""


def test_an_older_store_learns_which_queue_a_repeat_belongs_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = brought_up_to_date(tmp_path / "review.db", 4, FOURTH_ROWS, monkeypatch)
    assert slots.states(store, "main")["slot_id"].tolist() == ["main/t-1/0", "main/t-1/1"]
    assert slots.progress(store, "main", "ana", NOON) == Progress(done=1, left=1)
    assert slots.claim(store, "main", "ben", 3, NOON) == ()
    assert [claim.slot_id for claim in slots.claim(store, "main", "ana", 3, NOON)] == ["main/t-1/1"]
    store.close()
