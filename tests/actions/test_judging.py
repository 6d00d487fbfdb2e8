"""judge run, through litellm, against a real server on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_app.actions.judges import calling_apart
from review_app.actions.judging import Terms, judge_run, judge_traces
from review_app.actions.workspace import opened
from review_app.errors import BadConfig, WrongUsage
from review_app.store import judge_jobs, verdicts
from review_app.tables import Verdict

from ..builders import a_trace
from ..openai_server import Fault, Json, OpenAIServer, completion, one_after_the_other
from .judge_projects import KEY, SECRET, by_number, judge_yaml, number, shown, with_judge, write_judge

GOOD = {"reason": "Fine.", "label": "good", "confidence": 0.7}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv(KEY, SECRET)
    with OpenAIServer(reply=by_number) as found:
        yield found


def every_verdict(project: Path) -> list[Verdict]:
    store = opened(project).store
    ids = [row["trace_id"] for row in store.rows("SELECT trace_id FROM trace ORDER BY trace_id")]
    return [one for trace_id in ids for one in verdicts.of_trace(store, trace_id)]


def test_every_trace_gets_one_verdict_and_a_second_run_asks_nothing(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server)
    first = judge_run(project)
    assert (first.asked, first.traces, first.statuses, first.stopped) == (12, 12, {"ok": 12}, "")
    found = every_verdict(project)
    assert [one.label for one in found] == ["fail", "pass", "pass"] * 4
    assert {(one.judge, one.confidence, one.confidence_source) for one in found} == {("sendable", 0.8, "stated")}
    # 120 tokens at 1 USD and 12 at 10 USD a million
    assert found[0].cost_usd == pytest.approx(0.00024)
    assert first.spent_usd == pytest.approx(12 * 0.00024)
    again = judge_run(project)
    assert (again.asked, again.known, len(server.chats)) == (0, 12, 12)
    assert every_verdict(project) == found


def test_reading_is_told_of_before_anything_is_asked(tmp_path: Path, server: OpenAIServer) -> None:
    seen: list[tuple[int, int]] = []
    project = with_judge(tmp_path, server)
    judge_run(project, terms=Terms(planning=lambda traces: seen.append((traces, len(server.chats)))))
    assert seen == [(0, 0)]
    assert len(server.chats) == 12


def test_a_request_holds_what_was_declared_and_the_key_of_its_address(tmp_path: Path, server: OpenAIServer) -> None:
    judge_run(with_judge(tmp_path, server, traces=1))
    request = server.chats[0]
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert len(request.headers["idempotency-key"]) == 64
    assert request.body["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"] == ["good", "bad"]
    assert (request.body["model"], request.body["temperature"], request.body["logprobs"]) == ("m-1", 0.0, True)
    assert set(shown(request.body)) == {"messages", "documents", "tool_calls", "output"}


def test_faults_that_pass_are_waited_out(tmp_path: Path, server: OpenAIServer) -> None:
    server.reply = one_after_the_other(
        Fault(status=500), Fault(status=429, retry_after=0.2), Fault(drop=True), Fault(raw='{"id": "chatcmpl'), GOOD
    )
    found = judge_run(with_judge(tmp_path, server, traces=1))
    assert (found.asked, found.statuses) == (5, {"ok": 1})


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        pytest.param("I would rather not say.", "unparsable", "no JSON object", id="prose"),
        pytest.param('{"reason": "x", "label": "go', "unparsable", "no JSON object", id="cut"),
        pytest.param('{"reason": "x", "label": "maybe"}', "unparsable", "'maybe'", id="unknown label"),
        pytest.param("", "unparsable", "empty", id="empty"),
        pytest.param(Fault(status=400, message="too long"), "error", "too long", id="refused by the provider"),
        pytest.param(Fault(delay=3, then={}), "error", "timed out", id="slow"),
    ],
)
def test_what_is_no_answer_stays_none(
    tmp_path: Path, server: OpenAIServer, answer: str | Fault, status: str, reason: str
) -> None:
    server.reply = one_after_the_other(answer)
    patience = 0.5 if isinstance(answer, Fault) and answer.delay else 20
    project = with_judge(tmp_path, server, traces=1, attempts=1, timeout=patience)
    assert judge_run(project).statuses == {status: 1}
    verdict = every_verdict(project)[0]
    assert (verdict.status, verdict.label) == (status, None)
    assert re.search(reason, verdict.rationale or "")
    assert SECRET not in str(verdict)


def test_a_refusal_and_a_truncated_reply_are_told_apart(tmp_path: Path, server: OpenAIServer) -> None:
    def reply(request: Json) -> Json:
        if number(request) == 0:
            return completion(request, None, refusal="I cannot help with that.")
        return completion(request, GOOD, finish_reason="length")

    server.reply = reply
    project = with_judge(tmp_path, server, traces=2)
    judge_run(project)
    assert [(one.status, one.rationale) for one in every_verdict(project)] == [
        ("refused", "I cannot help with that."),
        ("unparsable", "truncated: the reply reached max_tokens"),
    ]


FILTERED = Fault(status=400, raw='{"error": {"message": "The prompt was filtered.", "code": "content_filter"}}')


def test_a_content_filter_refuses_and_is_not_asked_again(tmp_path: Path, server: OpenAIServer) -> None:
    server.reply = lambda request: FILTERED if number(request) else by_number(request)
    project = with_judge(tmp_path, server, traces=3)
    assert judge_run(project).statuses == {"ok": 1, "refused": 2}
    assert "The prompt was filtered." in (every_verdict(project)[1].rationale or "")
    assert judge_run(project).asked == 0


def test_a_key_that_is_not_taken_ends_the_run(tmp_path: Path, server: OpenAIServer) -> None:
    server.reply = lambda request: Fault(status=401, message=f"bad key {SECRET}")
    project = with_judge(tmp_path, server, traces=40)
    with pytest.raises(WrongUsage, match=r"m-1 does not take the key: .*bad key \[key\]"):
        judge_run(project)
    # 8 at once: what had been sent by then
    assert len(server.chats) <= 8
    assert {one.status for one in every_verdict(project)} == {"error"}
    assert SECRET not in str(every_verdict(project))
    server.reply = by_number
    assert judge_run(project).statuses == {"ok": 40}


def test_a_judge_that_failed_is_asked_again_by_the_next_run_and_a_paid_answer_never(
    tmp_path: Path, server: OpenAIServer
) -> None:
    server.reply = lambda request: (
        Fault(status=500) if number(request) else completion(request, "no label", usage=(100, 1))
    )
    project = with_judge(tmp_path, server, traces=2, attempts=1)
    assert judge_run(project).statuses == {"unparsable": 1, "error": 1}
    server.reply = by_number
    assert judge_run(project).asked == 1
    assert [one.status for one in every_verdict(project)] == ["unparsable", "ok"]


def test_logprobs_become_probabilities(tmp_path: Path, server: OpenAIServer) -> None:
    tokens = [{'{"reason": "x", ': 1.0}, {'"label": "': 1.0}, {"bad": 0.6, "good": 0.3, "ug": 0.1}, {'"}': 1.0}]
    server.reply = lambda request: completion(request, {"reason": "x", "label": "bad"}, logprobs=tokens)
    project = with_judge(tmp_path, server, traces=1)
    judge_run(project)
    found = every_verdict(project)[0]
    # .6 / (.6 + .3): the third candidate begins no label
    assert found.label_probabilities == pytest.approx({"pass": 1 / 3, "fail": 2 / 3})
    assert (found.confidence_source, found.confidence) == ("logprobs", pytest.approx(2 / 3))


def test_samples_vote(tmp_path: Path, server: OpenAIServer) -> None:
    labels = ["good", "bad", "good", "good", "oops"]
    server.reply = one_after_the_other(*({"reason": "r", "label": label} for label in labels))
    project = with_judge(tmp_path, server, traces=1, parameters={"temperature": 1.0, "samples": 5})
    assert judge_run(project).asked == 5
    found = every_verdict(project)[0]
    assert (found.label, found.confidence, found.confidence_source) == ("pass", 0.75, "samples")


def test_a_panel_gives_a_verdict_each(tmp_path: Path, server: OpenAIServer) -> None:
    models = [judge_yaml(server)["models"][0] | {"model": f"openai/m-{n}"} for n in (1, 2)]
    project = with_judge(tmp_path, server, traces=3, models=models)
    assert judge_run(project).statuses == {"ok": 6}
    assert {one.judge for one in every_verdict(project)} == {"sendable/m-1", "sendable/m-2"}


def test_a_new_member_leaves_the_old_ones_verdicts(tmp_path: Path, server: OpenAIServer) -> None:
    models = [judge_yaml(server)["models"][0] | {"model": f"openai/m-{n}"} for n in (1, 2, 3)]
    project = with_judge(tmp_path, server, traces=3, models=models[:2])
    judge_run(project)
    write_judge(project, judge_yaml(server, models=models))
    assert judge_run(project).asked == 3


def test_other_labels_for_the_same_words_cost_nothing(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=3)
    judge_run(project)
    write_judge(project, judge_yaml(server, labels={"good": "fail", "bad": "pass"}))
    assert judge_run(project).asked == 0
    assert len(every_verdict(project)) == 6


def test_a_sample_is_a_known_part_and_a_larger_one_holds_it(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=200)
    part = judge_run(project, sample=0.2)
    few = {one.trace_id for one in every_verdict(project)}
    assert 20 < len(few) == part.traces < 60
    assert judge_run(project, sample=0.5).asked + len(few) == len(every_verdict(project))
    assert few < {one.trace_id for one in every_verdict(project)}
    runs = judge_jobs.runs(opened(project).store, "sendable")
    assert (runs[0]["share"], runs[0]["frame_size"], runs[0]["planned"]) == ("1/5", 200, part.traces)


@pytest.mark.parametrize("sample", ["0", "1.1", "-0.2", "half", "1/0", "nan"])
def test_what_is_no_share_is_refused(tmp_path: Path, server: OpenAIServer, sample: str) -> None:
    with pytest.raises(WrongUsage, match=f"A sample of {sample} is no share"):
        judge_run(with_judge(tmp_path, server, traces=1), sample=sample)


def test_the_cap_of_a_run_holds_and_the_next_one_goes_on(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=20)
    # a question holds back about .0084 USD (800 tokens at 10 USD a million, and its own) and then costs .00024
    first = judge_run(project, terms=Terms(budget=0.0095))
    assert first.stopped == "the spend cap is reached"
    assert 0 < first.asked < 20
    assert first.spent_usd <= 0.0095
    assert judge_run(project).asked == 20 - first.asked


def test_the_cap_of_a_day_holds_over_runs(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=20)
    (project / "project.yaml").write_text("name: p\njudging: {cap_per_day_usd: 0.0095}\n")
    asked = sum(judge_run(project).asked for _ in range(4))
    assert 0 < asked < 20
    assert judge_run(project).asked == 0


def test_a_dear_run_is_asked_for(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server)
    (project / "project.yaml").write_text("name: p\njudging: {ask_above_usd: 0.01}\n")
    with pytest.raises(WrongUsage, match=r"12 questions to m-1 may cost up to 0\.10 USD"):
        judge_run(project)
    assert server.requests == []
    assert judge_run(project, terms=Terms(approve=lambda estimate: estimate.questions == 12)).asked == 12


def test_what_a_dead_program_had_sent_is_asked_again_and_counted(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server)
    judge_run(project)
    store = opened(project).store
    with store.write() as write:
        # 4194304 is above the largest process id of Linux
        write.run("UPDATE judge_job SET state = 'sent', reply = NULL, worker = :worker WHERE job_key IN "
                  "(SELECT job_key FROM judge_job ORDER BY job_key LIMIT 2)",
                  worker=f"{judge_jobs.worker_name().rpartition(':')[0]}:4194304")  # fmt: skip
    again = judge_run(project)
    assert (again.asked, again.possibly_paid_twice, again.known) == (2, 2, 10)
    assert judge_run(project).asked == 0


def test_a_reply_on_disk_without_a_verdict_is_read_and_not_asked_for(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server)
    judge_run(project)
    found = every_verdict(project)
    with opened(project).store.write() as write:
        write.run("DELETE FROM verdict")
    assert judge_run(project).asked == 0
    assert every_verdict(project) == found


def test_traces_that_are_not_stored_are_judged_and_not_kept(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=1)
    traces = [a_trace(f"x-{n}", output=f"Answer {n} [kb-1].") for n in range(4)]
    found = judge_traces(project, "sendable", traces)
    assert [(one.trace_id, one.label) for one in found] == [
        ("x-0", "fail"), ("x-1", "pass"), ("x-2", "pass"), ("x-3", "fail"),
    ]  # fmt: skip
    assert every_verdict(project) == []
    assert judge_traces(project, "sendable", traces) == found
    assert len(server.chats) == 4


def test_a_redirect_is_not_followed(tmp_path: Path, server: OpenAIServer) -> None:
    with OpenAIServer() as elsewhere:
        server.reply = lambda request: Fault(status=307, location=f"{elsewhere.base_url}/chat/completions")
        project = with_judge(tmp_path, server, traces=1, attempts=1)
        assert judge_run(project).statuses == {"error": 1}
        assert elsewhere.requests == []


def test_a_key_that_is_not_there_is_named(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY)
    with pytest.raises(WrongUsage, match=KEY):
        judge_run(with_judge(tmp_path, server, traces=1))
    assert server.requests == []


def test_another_key_in_the_environment_is_not_sent(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    model = judge_yaml(server)["models"][0]
    del model["key"]
    judge_run(with_judge(tmp_path, server, traces=1, models=[model]))
    assert "somebody" not in str(server.requests[0].headers)


def test_a_model_without_a_price_is_refused(tmp_path: Path, server: OpenAIServer) -> None:
    model = judge_yaml(server)["models"][0]
    del model["price"]
    with pytest.raises(BadConfig, match="No price is known"):
        judge_run(with_judge(tmp_path, server, traces=1, models=[model]))


def test_many_questions_are_asked_by_processes_of_their_own(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling_apart, "MANY", 12)
    monkeypatch.setattr(calling_apart, "PROCESSES", 2)
    model = judge_yaml(server)["models"][0] | {"concurrency": 16}
    project = with_judge(tmp_path, server, models=[model])
    found = judge_run(project)
    assert (found.asked, found.statuses, len(server.chats)) == (12, {"ok": 12}, 12)
    assert [one.label for one in every_verdict(project)] == ["fail", "pass", "pass"] * 4
    assert found.spent_usd == pytest.approx(12 * 0.00024)
