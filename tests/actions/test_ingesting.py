"""What an ingest makes of the opinions inside trace files, and what a dry run says of it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions import found_opinions
from review_app.actions.workspace import opened
from review_app.cli.preview import preview_text, trace_text
from review_app.review.rubric import Criterion, Label, Rubric
from review_app.store import reviews
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.tables import HumanOpinion
from review_app.traces.trace import Message, Trace

from ..shared_data import shared

RUBRIC = """
name: desk
criteria:
  - name: faithfulness
    question: Faithful?
    kind: binary
    labels: [{value: faithful}, {value: unfaithful}]
    bad: [unfaithful]
  - name: helpfulness
    question: Helpful?
    kind: ordinal
    labels: [{value: "1"}, {value: "2"}, {value: "3"}, {value: "4"}]
    bad: ["1"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path / "project")
    return tmp_path / "project"


def _asking(project: Path) -> Path:
    (project / "rubric.yaml").write_text(RUBRIC)
    return project


def _requests() -> Path:
    return shared("native-traces") / "generated" / "langsmith" / "ingest_requests.jsonl"


def test_what_people_said_is_stored_as_reviews_once(project: Path) -> None:
    # ana and ben on trace 1, ana and ben on trace 2, ana on trace 3; ben's two answers are on two traces
    done = actions.ingest(_asking(project), [_requests()])
    assert (done.saved.new, done.verdicts, done.reviews, done.unasked, done.rejects) == (3, 2, 5, 0, None)
    found = reviews.frame(opened(project).store)
    assert sorted(zip(found["reviewer"], found["criterion"], found["label"], strict=True)) == [
        ("ana", "faithfulness", "faithful"),
        ("ana", "faithfulness", "faithful"),
        ("ana", "helpfulness", "1"),
        ("ben", "faithfulness", "faithful"),
        ("ben", "helpfulness", "4"),
    ]
    assert set(found["source"]) == {"langsmith"}
    again = actions.ingest(project, [_requests()])
    assert (again.saved.new, again.saved.same, again.verdicts, again.repeated, again.reviews) == (0, 3, 0, 2, 0)


def test_a_verdict_that_says_something_else_than_before_is_counted_and_listed(project: Path, tmp_path: Path) -> None:
    actions.ingest(_asking(project), [_requests()])
    lines = [line for line in _requests().read_bytes().splitlines() if b'"/feedback"' in line[:40]]
    altered = [line.replace(b'"faithful"', b'"unfaithful"') for line in lines if b'"model"' in line]
    (tmp_path / "feedback.jsonl").write_bytes(b"\n".join(altered))
    done = actions.ingest(project, [tmp_path / "feedback.jsonl"])
    assert (done.verdicts, done.repeated + done.contradicting) == (0, 2)
    assert done.contradicting > 0
    assert done.rejects
    assert len(done.rejects.read_bytes().splitlines()) == done.contradicting


def test_what_the_rubric_does_not_ask_is_listed_in_full_and_comes_in_later(project: Path) -> None:
    done = actions.ingest(project, [_requests()])
    assert (done.reviews, done.unasked, done.rejected) == (0, 5, 0)
    assert done.rejects
    listed = [orjson.loads(line) for line in done.rejects.read_bytes().splitlines()]
    assert "no question 'faithfulness'; add it" in listed[0]["reason"]
    assert {orjson.loads(line["raw"])["author"] for line in listed} == {"ana", "ben"}
    assert actions.ingest(_asking(project), [_requests()]).reviews == 5


def test_opinions_on_traces_that_are_not_stored_are_listed(project: Path, tmp_path: Path) -> None:
    lines = [line for line in _requests().read_bytes().splitlines() if b'"/feedback"' in line[:40]]
    (tmp_path / "feedback.jsonl").write_bytes(b"\n".join(lines))
    done = actions.ingest(_asking(project), [tmp_path / "feedback.jsonl"])
    assert (done.read, done.verdicts, done.reviews, done.orphans) == (0, 0, 0, 8)
    actions.ingest(project, [_requests()])
    # The verdicts and answers are known by now; the correction, alone in its file, now names its author.
    again = actions.ingest(project, [tmp_path / "feedback.jsonl"])
    assert (again.orphans, again.reviews, again.unasked, again.corrections) == (0, 0, 0, 1)


def test_a_judge_that_could_not_be_read_stays_a_failure(project: Path) -> None:
    path = shared("native-traces") / "generated" / "inspect_ai" / "edited_score.deflate.eval"
    actions.ingest(project, [path])
    frame = verdict_table.frame(opened(project).store)
    assert sorted(frame["status"]) == ["ok", "unparsable"]
    assert frame.loc[frame["status"] == "unparsable", "label"].isna().all()


def test_both_files_of_a_batch_are_read_together(project: Path, tmp_path: Path) -> None:
    ask = {"custom_id": "a", "method": "POST", "body": {"messages": [{"role": "user", "content": "Q"}]}}
    body = {"choices": [{"message": {"role": "assistant", "content": "A"}}]}
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.jsonl").write_bytes(orjson.dumps(ask))
    (tmp_path / "b" / "2.jsonl").write_bytes(orjson.dumps({"custom_id": "a", "response": {"body": body}}))
    done = actions.ingest(project, [tmp_path / "b"])
    assert (done.read, done.saved.new) == (1, 1)


@pytest.mark.parametrize(
    ("opinion", "label"),
    [
        pytest.param({"label": "faithful", "criterion": "faithfulness"}, "faithful", id="label"),
        pytest.param({"label": "yes", "criterion": "faithfulness"}, None, id="no such label"),
        pytest.param({"score": 4.0, "criterion": "helpfulness"}, "4", id="a score that is a step"),
        pytest.param({"score": 0.7, "criterion": "helpfulness"}, None, id="a score on another scale"),
        pytest.param({"score": 7.5, "criterion": "minutes"}, "7.5", id="numeric"),
        pytest.param({"label": "x", "criterion": "free"}, None, id="free text"),
        pytest.param({"note": "hm"}, None, id="no question"),
    ],
)
def test_which_label_an_opinion_comes_to(opinion: dict[str, object], label: str | None) -> None:
    steps = tuple(Label(value=str(step)) for step in range(1, 5))
    words = (Label(value="faithful"), Label(value="unfaithful"))
    rubric = Rubric(
        name="r",
        criteria=(
            Criterion(name="faithfulness", question="?", labels=words),
            Criterion(name="helpfulness", question="?", kind="ordinal", labels=steps),
            Criterion(name="minutes", question="?", kind="numeric"),
            Criterion(name="free", question="?", kind="text"),
        ),
    )
    assert found_opinions.label_for(HumanOpinion(trace_id="t", author="ana", **opinion), rubric) == label  # type: ignore[arg-type]


def test_a_dry_run_tells_all_and_writes_nothing(project: Path) -> None:
    before = _content(project)
    preview = actions.preview_ingest(_asking(project), [_requests(), _requests().parent.parent / "inspect_ai"])
    (project / "rubric.yaml").write_bytes(before[Path("rubric.yaml")])
    assert _content(project) == before
    first = preview.files[0]
    assert (first.format, first.traces, first.verdicts, first.answers, first.unasked) == ("langsmith", 3, 2, 5, 0)
    assert sum(about.failures for about in preview.files) == 2  # q1 of the two logs in which no grade was found
    assert len(preview.samples) == 3
    assert len({trace.model for trace in preview.samples}) > 1  # of different files
    text = preview_text(preview)
    assert "langsmith; 3 traces, 2 verdicts, 5 answers by people" in text
    assert "runs (" in text


def _content(project: Path) -> dict[Path, bytes]:
    return {path.relative_to(project): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_a_trace_as_text_speaks_to_no_terminal() -> None:
    hostile = "a\x1b[2J\u202eb\rc\u200bd"
    trace = Trace(trace_id="t\nread 9: all fine", messages=(Message(role="user\x1b", content=hostile),), output=hostile)
    text = trace_text(trace)
    assert "\x1b" not in text
    assert not {"\u202e", "\r", "\u200b"} & set(text)
    assert "<U+202E>" in text
    assert "\nread 9" not in text


def test_a_long_text_is_cut_and_says_so() -> None:
    text = trace_text(Trace(trace_id="t", messages=(Message(role="user", content="x"),) * 30, output="y" * 2_000))
    assert "18 more" in text
    assert "1,400 more characters" in text


def _annotated(tmp_path: Path, **more: object) -> Path:
    """A trace with an answer of a judge and one of a person, each with something of its own."""
    who = {"annotator_kind": "HUMAN", "identifier": "ana"}
    spans = {"name": "chat", "span_kind": "LLM", "context": {"trace_id": "a", "span_id": "s1"}, "parent_id": None,
             "start_time": "2026-09-01T10:00:00Z", "end_time": "2026-09-01T10:00:01Z", "status_code": "OK",
             "attributes": {"input.value": "Hi", "output.value": "Hello"}, "events": []}  # fmt: skip
    said = [
        {"id": "n1", "span_id": "s1", "name": "faithfulness", "created_at": "2026-09-01T10:00:00Z",
         "metadata": {"ticket": "T-7", "by": "ana@example.org"}, "result": {"label": "faithful", "score": 1}}
        | one | more for one in (who, {"annotator_kind": "LLM", "identifier": "judge-1"})
    ]  # fmt: skip
    folder = tmp_path / "phoenix"
    folder.mkdir(exist_ok=True)
    (folder / "a_spans.json").write_bytes(orjson.dumps({"data": [spans]}))
    (folder / "b_said.json").write_bytes(orjson.dumps({"data": said}))
    return folder


def test_what_a_tool_notes_of_an_answer_is_stored_with_it_redacted_and_once(project: Path, tmp_path: Path) -> None:
    (_asking(project) / "project.yaml").write_text("name: desk\nredaction: {personal: [email]}\n")
    done = actions.ingest(project, [_annotated(tmp_path)])
    assert (done.saved.new, done.verdicts, done.reviews, done.redacted["email"]) == (1, 1, 1, 2)
    store = opened(project).store
    (verdict,) = verdict_table.of_trace(store, "a")
    kept = {"id": "n1", "span_id": "s1", "metadata": {"ticket": "T-7", "by": "<EMAIL_1>"}}
    assert verdict.beside == kept | {"annotator_kind": "LLM"}
    (row,) = store.rows("SELECT beside FROM review")
    assert orjson.loads(row["beside"]) == {"faithfulness": kept | {"annotator_kind": "HUMAN"}}
    # The tool looked at them again since: nobody said anything else.
    again = actions.ingest(project, [_annotated(tmp_path, updated_at="2026-09-02T10:00:00Z")])
    assert (again.verdicts, again.repeated, again.contradicting, again.reviews) == (0, 1, 0, 0)


def test_a_dry_run_counts_what_answers_have_no_field_for(project: Path, tmp_path: Path) -> None:
    raw = actions.preview_ingest(_asking(project), [_annotated(tmp_path)]).raw
    assert (raw["verdict.metadata.ticket"], raw["opinion.metadata.ticket"], raw["opinion.id"]) == (1, 1, 1)


def test_a_correction_apart_from_its_trace_becomes_the_traces_with_its_author(project: Path, tmp_path: Path) -> None:
    (_asking(project) / "project.yaml").write_text("name: desk\nredaction: {personal: [email]}\n")
    (tmp_path / "t.jsonl").write_text('{"trace_id": "t-1", "output": "Tomorrow, says ana@example.org."}')
    told = {"traceId": "t-1", "name": "output", "source": "ANNOTATION", "dataType": "CORRECTION", "value": 0}
    said = [
        told | {"id": "s-1", "authorUserId": "ben", "longStringValue": "Today, says cy@example.org."},
        told | {"id": "s-2", "authorUserId": "cy", "longStringValue": "On Friday."},
        told | {"id": "s-3", "authorUserId": "cy", "longStringValue": "On Monday.", "traceId": "gone"},
    ]
    (tmp_path / "scores.json").write_bytes(orjson.dumps({"data": said}))
    files = [tmp_path / "t.jsonl", tmp_path / "scores.json"]
    first, again = actions.ingest(project, files), actions.ingest(project, files)
    assert (first.corrections, first.unasked, first.orphans) == (2, 0, 1)
    assert (again.saved.same, again.saved.changed, again.corrections) == (1, 0, 0)
    trace = trace_table.body(opened(project).store, "t-1")
    # The trace's own <EMAIL_1> is ana's.
    assert trace.correction == "Today, says <EMAIL_2>."
    assert [(one["author"], one["source"], one["correction"]) for one in trace.metadata["corrections"]] == [
        ("ben", "langfuse", "Today, says <EMAIL_2>."),
        ("cy", "langfuse", "On Friday."),
    ]
