from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from review_app.errors import BadInput
from review_app.traces import guess, mapping, readers
from review_app.traces.trace import Trace

from ..shared_data import shared
from .files import write


def _drafted(folder: Path, path: Path) -> tuple[str, list[Trace]]:
    draft = guess.guess(path)
    items = list(readers.read(path, mapping=mapping.load(write(folder, draft, "draft.yaml"))))
    assert all(isinstance(item, Trace) for item in items), items
    return draft, [item for item in items if isinstance(item, Trace)]


def test_a_table_of_questions_and_answers(tmp_path: Path) -> None:
    text = (
        "question,answer,created,thumbs,latency,shop\n"
        "Where?,Here.,2026-11-02 10:00,👍,1200,x\n"
        "When?,Now.,2026-11-02 11:00,👎,400,\n"
    )
    draft, (first, second) = _drafted(tmp_path, write(tmp_path, text))
    assert "timezone: UTC  # the times name no zone; UTC is a guess" in draft
    assert "taken for milliseconds" in draft
    assert "# trace_id: no column is called an id" in draft
    assert (first.messages[0].text, first.output, first.latency_s) == ("Where?", "Here.", 1.2)
    assert (first.user_feedback and first.user_feedback.rating) == 1
    assert (second.user_feedback and second.user_feedback.rating) == -1
    assert first.metadata == {"shop": "x"}


def test_records_inside_a_json_file_with_nested_columns(tmp_path: Path) -> None:
    items = [
        {"id": n, "inputs": {"question": f"q{n}"}, "outputs": {"answer": "a"}, "contexts": ["x"], "ts": 1782900000000}
        for n in (1, 2)
    ]
    path = write(tmp_path, orjson.dumps({"page": 1, "data": {"items": items}}, option=orjson.OPT_INDENT_2))
    draft, traces = _drafted(tmp_path, path)
    assert "records: data.items\n" in draft
    assert [(t.trace_id, t.messages[0].text, t.output) for t in traces] == [("1", "q1", "a"), ("2", "q2", "a")]
    assert traces[0].documents[0].text == "x"


@pytest.mark.parametrize("indent", [0, orjson.OPT_INDENT_2])
def test_one_object_is_a_pile_of_records_or_one_chat(tmp_path: Path, indent: int) -> None:
    page = {"page": 1, "rows": [{"id": 1, "question": "a"}, {"id": 2, "question": "b"}]}
    assert len(_drafted(tmp_path, write(tmp_path, orjson.dumps(page, option=indent)))[1]) == 2
    chat = {"id": 1, "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    (trace,) = _drafted(tmp_path, write(tmp_path, orjson.dumps(chat, option=indent)))[1]
    assert trace.output == "b"


def test_a_column_that_is_mostly_times_is_one_and_the_others_are_counted(tmp_path: Path) -> None:
    rows = "1,2026-09-01 10:00,a,b\n2,yesterday,c,d\n3,2026-09-03 10:00,e,f\n"
    path = tmp_path / "t.csv"
    path.write_text("id,created,question,answer\n" + rows)
    assert "at: created  # such as 2026-09-01 10:00; 1 of 3 are no times and would be rejected" in guess.guess(path)


def test_an_id_that_repeats_is_no_id(tmp_path: Path) -> None:
    draft, traces = _drafted(tmp_path, write(tmp_path, "id,question\n1,a\n1,b\n"))
    assert "# trace_id: id is not unique" in draft
    assert len({trace.trace_id for trace in traces}) == 2


def test_real_chats_are_usable_at_once(tmp_path: Path) -> None:
    path = shared("llm-rubric") / "data" / "real_data" / "real_data.json"
    draft, traces = _drafted(tmp_path, path)
    assert "messages: messages" in draft
    assert len(traces) == 223
    assert sum(len(trace.documents) for trace in traces) >= 147 * 5
    assert all(trace.output for trace in traces)


def test_a_file_without_words_is_refused_with_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is height, width"):
        guess.guess(write(tmp_path, "height,width\n1,2\n"))


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=5), max_size=4))
@example({"feedback": "\x7f"})
@example({"rating": "\u2028", "ba\x85d": "x"})
def test_a_draft_always_loads(tmp_path_factory: pytest.TempPathFactory, others: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("guess")
    record = others | {"question": "?", "we\nird: #": "x"}
    try:
        text = orjson.dumps([record])
    except TypeError:  # a lone surrogate
        return
    _drafted(folder, write(folder, text))
