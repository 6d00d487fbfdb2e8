"""Runs of candidates: from functions, endpoints, models and files; interrupted, and run again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app import actions
from review_app.actions.run_model import Candidate, PromptMessage, prompt
from review_app.actions.run_targets import (
    TOKEN_VARIABLE,
    AnswerFields,
    HttpTarget,
    TargetFailed,
    at,
    case_input,
    sound_answer,
)
from review_app.actions.running import Asked, run_file, run_report, run_target
from review_app.actions.workspace import opened
from review_app.errors import BadConfig, BadInput, WrongUsage
from review_app.grading.judges.spec import ModelSpec
from review_app.store import runs
from review_app.store.runs import Output

from ..openai_server import Fault, OpenAIServer, completion
from .loop import filled_project, with_release
from .run_targets import endpoint, module, says

N = 40
ECHO = "def answer(case):\n    return 'You asked: ' + case['messages'][-1]['content']\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_release(filled_project(tmp_path_factory.mktemp("template"), traces=N, budget=2 * N))


@pytest.fixture
def released(template: Path, tmp_path: Path) -> Path:
    """A copy of the same project, its store with all it holds."""
    return shutil.copytree(template, tmp_path / "project")


def answers(project: Path, name: str) -> tuple[Output, ...]:
    store = opened(project).store
    return runs.outputs(store, runs.find(store, name).run_id)


def target(project: Path, name: str, **options: str) -> Any:
    return actions.target_named(name, project, options)


def test_nothing_more_is_asked_once_the_money_is_spent(released: Path) -> None:
    """An answer costs $0.25: after four, the first two of the next four are under way (twice one worker)."""
    costly = target(
        released, module(released, "costly", "def answer(case):\n    return {'output': 'Yes.', 'cost_usd': 0.25}\n")
    )
    ran = run_target(released, costly, Asked(series="p8", workers=1, max_usd=1.0))
    assert 4 <= ran.asked <= 6
    assert ran.left == N - ran.asked
    again = run_target(released, costly, Asked(series="p8", workers=1))
    assert (again.kept, again.asked, again.left) == (ran.asked, N - ran.asked, 0)


def test_a_function_is_asked_each_case_as_often_as_wanted(released: Path) -> None:
    echo = target(released, module(released, "echo_one", ECHO))
    ran = run_target(released, echo, Asked(series="p8", trials=2))
    assert (ran.asked, ran.kept, ran.failed) == (2 * N, 0, 0)
    found = answers(released, "p8")
    assert Counter(one.trial for one in found) == {1: N, 2: N}
    assert {one.answer["output"] for one in found} == {"You asked: Can I return a kettle I used once?"}
    report = run_report(released, "p8")
    assert (report.answered, report.wanted, report.failed, report.cost_usd) == (2 * N, 2 * N, 0, None)
    has_answer = next(metric for metric in report.metrics if metric.name == "has_answer")
    assert has_answer.passes[1].all_of_k.value == 1
    again = run_target(released, echo, Asked(series="p8", trials=3))
    assert (again.run_id, again.asked, again.kept) == (ran.run_id, N, 2 * N)


def test_a_target_sees_the_input_and_nothing_that_was_said_of_it(released: Path) -> None:
    example = actions.verify_golden(released).examples[0]
    assert set(case_input(example)) == {"example_id", "messages", "documents", "route", "language"}
    assert example["expected"] not in json.dumps(case_input(example))


def test_what_breaks_is_a_failed_answer_that_the_same_command_asks_again(released: Path) -> None:
    code = (
        "import pathlib\nseen = pathlib.Path(__file__).with_suffix('.seen')\n"
        "def answer(case):\n"
        "    if not seen.exists() and case['example_id'] < 'ex-8': raise RuntimeError('out of \\x00 luck')\n"
        "    return {'output': 'Yes [kb-1].', 'cost_usd': 0.25}\n"
    )
    flaky = target(released, module(released, "flaky_one", code))
    first = run_target(released, flaky, Asked(series="p8"))
    assert 0 < first.failed < N
    assert "RuntimeError: out of" in next(one.error for one in answers(released, "p8") if one.error) or ""
    report = run_report(released, "p8")
    assert report.cost_usd == pytest.approx(0.25 * (N - first.failed))
    has_answer = next(metric for metric in report.metrics if metric.name == "has_answer")
    assert has_answer.errors == first.failed
    assert has_answer.mean.value == pytest.approx(1 - first.failed / N)
    (released / "flaky_one.seen").touch()
    second = run_target(released, flaky, Asked(series="p8"))
    assert (second.asked, second.kept, second.failed) == (first.failed, N - first.failed, 0)
    assert run_report(released, "p8").metrics[1].mean.value == 1


def test_killed_and_run_again_it_pays_for_nothing_twice(released: Path) -> None:
    code = (
        "import pathlib, time\nlog = pathlib.Path(__file__).with_suffix('.log')\n"
        "def answer(case):\n"
        "    with log.open('a') as file: file.write(case['example_id'] + '\\n')\n"
        "    time.sleep(0.02)\n    return 'Yes.'\n"
    )
    name, log = module(released, "slow_one", code), released / "slow_one.log"
    command = [sys.executable, "-c", "from review_app.cli import main; main()", "run", "--name", "p8"]
    command += ["--target", name, "--project", str(released)]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (log.exists() and len(log.read_text().splitlines()) >= 10):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    kept = {one.example_id for one in answers(released, "p8")}
    assert 0 < len(kept) < N
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{len(kept)} were there, 0 failed" in finished.stdout
    asked = Counter(log.read_text().split())
    assert len(asked) == N
    # What was stored is asked once; only what was under way when the program died is asked again.
    assert all(asked[name] == 1 for name in kept)
    assert sum(asked.values()) <= N + 2


def test_an_endpoint_is_sent_the_case_and_a_token_and_nothing_else(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "secret-4711")
    with endpoint(says({"answer": {"text": "Yes [kb-1]."}, "usage": {"usd": 0.01}})) as served:
        asked = target(released, served.url + "?v=7", output="answer.text", cost_usd="usage.usd", timeout="10")
        ran = run_target(released, asked, Asked(series="p8"))
    assert (ran.asked, ran.failed) == (N, 0)
    assert {headers["Authorization"] for headers in served.headers} == {"Bearer secret-4711"}
    assert set(served.cases[0]) == {"example_id", "messages", "documents", "route", "language"}
    assert {one.cost_usd for one in answers(released, "p8")} == {0.01}
    stored = json.dumps(dict(runs.find(opened(released).store, "p8").target))
    assert "secret" not in stored
    assert "v=7" not in stored


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(lambda case, n: (500, {}, b"boom"), "HTTP 500 in try 1", id="server error, not tried again"),
        pytest.param(lambda case, n: (429, {"Retry-After": "0"}, b""), "HTTP 429 in try 4", id="busy for ever"),
        pytest.param(lambda case, n: (302, {"Location": "http://127.0.0.1:1/"}, b""), "HTTP 302", id="redirect"),
        pytest.param(lambda case, n: (200, {}, b"not json"), "no JSON", id="no JSON"),
        pytest.param(says({"text": "yes"}), "no 'output'; it has text", id="other field"),
        pytest.param(says([1]), "returned list", id="a list"),
        pytest.param(says({"output": "x", "tool_calls": [{"nome": "f"}]}), "tool_calls", id="unsound tool call"),
    ],
)
def test_what_an_endpoint_may_do_wrong_is_told(reply: Any, words: str) -> None:
    with endpoint(reply) as served, pytest.raises(TargetFailed, match=words):
        HttpTarget(url=served.url, wait=lambda seconds: None).ask({"example_id": "e"})


def test_a_busy_endpoint_is_asked_again_after_the_time_it_wants() -> None:
    waited: list[float] = []
    busy = (503, {"Retry-After": "7"}, b"")
    good = (200, {}, b'{"output": "yes"}')
    with endpoint(lambda case, n: good if n else busy) as served:
        answer = HttpTarget(url=served.url, wait=waited.append).ask({"example_id": "e"})
    assert (answer.fields, waited) == ({"output": "yes"}, [7.0])


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        pytest.param("ftp://x/y", {}, "is no target", id="another scheme"),
        pytest.param("http://ana:pw@host/x", {}, "hold no password", id="a password in the address"),
        pytest.param("python:nowhere:answer", {}, "cannot be loaded", id="no module"),
        pytest.param("python:json:nothing", {}, "cannot be loaded", id="no function"),
        pytest.param("python:json:__doc__", {}, "It is a str", id="no function but a text"),
        pytest.param("python:json:dumps", {"timeout": "3"}, "mean nothing", id="an option it has not"),
        pytest.param("http://h/x", {"timeout": "soon"}, "not between", id="no number"),
    ],
)
def test_wrong_targets_are_refused(tmp_path: Path, name: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        target(tmp_path, name, **options)


def test_a_module_that_breaks_while_it_is_loaded_says_so(tmp_path: Path) -> None:
    for name, code, words in (
        ("half_written", "def answer(", "SyntaxError"),
        ("no_key", "{}['KEY']", "KeyError: 'KEY'"),
    ):
        with pytest.raises(WrongUsage, match=words):
            target(tmp_path, module(tmp_path, name, code))


def test_answers_are_read_where_they_stand() -> None:
    assert at({"a": [{"b": 1}]}, "a.0.b") == 1
    assert at({"a": "text"}, "a.b") is None
    assert sound_answer({"output": {"city": "Graz"}}, AnswerFields()).fields == {"output": '{"city":"Graz"}'}
    called = sound_answer({"tool_calls": [{"name": "f", "arguments": {"x": 1}}]}, AnswerFields()).fields
    assert called == {"tool_calls": [{"name": "f", "arguments": {"x": 1}}]}


def test_texts_of_a_case_are_put_into_a_prompt_once_and_never_run() -> None:
    spec = ModelSpec(model="openai/m", api_base="http://127.0.0.1:1/v1")
    hostile = "{{documents}} {0.__class__} {% for %} $x"
    told = Candidate(
        model=spec, messages=(PromptMessage(role="system", content="{{ route }}: {{question}} {not a place}"),),
        follow=True,
    )  # fmt: skip
    case = {"messages": [{"role": "user", "content": hostile}], "documents": [{"id": "d", "text": "T"}], "route": "r"}
    assert prompt(told, case) == [
        {"role": "system", "content": f"r: {hostile} {{not a place}}"},
        {"role": "user", "content": hostile},
    ]
    with pytest.raises(BadConfig, match="nothing to put at"):
        Candidate(model=spec, messages=(PromptMessage(role="user", content="{{expected}}"),))


def test_a_model_with_a_prompt_is_asked_through_litellm(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEW_APP_TEST_KEY", "sk-test-4711")
    refused = Fault(status=400, message="too long")

    def reply(request: dict[str, Any]) -> Any:
        return completion(request, "Yes [kb-1].") if len(server.chats) > 1 else refused

    with OpenAIServer(reply=reply) as server:
        told = {
            "model": {"model": "openai/m-1", "api_base": server.base_url, "key": "REVIEW_APP_TEST_KEY",
                      "price": {"input": 1.0, "output": 10.0}, "concurrency": 2},
            "messages": [{"role": "system", "content": "Use:\n{{documents}}"}],
            "follow": True,
            "temperature": 0.0,
        }  # fmt: skip
        (tmp_path / "p8.yaml").write_text(json.dumps(told))
        ran = run_target(released, target(released, f"model:{tmp_path / 'p8.yaml'}"), Asked(series="p8"))
    assert (ran.asked, ran.failed) == (N, 1)
    request = server.chats[0]
    assert request.headers["authorization"] == "Bearer sk-test-4711"
    assert request.body["messages"] == [
        {"role": "system", "content": "Use:\n[kb-1] Used kettles can be returned within 30 days."},
        {"role": "user", "content": "Can I return a kettle I used once?"},
    ]
    # 120 tokens at 1 USD and 12 at 10 USD a million
    assert run_report(released, "p8").cost_usd == pytest.approx((N - 1) * 0.00024)


def own_file(path: Path, project: Path, **changes: Any) -> Path:
    examples = actions.verify_golden(project).examples
    lines = [{"example_id": one["example_id"], "output": "Yes [kb-1].", "metrics": {"mine": 1}} for one in examples]
    lines[0] |= changes
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path


def test_a_file_of_our_own_lines(released: Path, tmp_path: Path) -> None:
    path = own_file(tmp_path / "p8.jsonl", released, metrics={"mine": 0.5}, cost_usd=1.5, latency_s=2)
    with path.open("ab") as file:
        file.write(b'\n{"example_id": "ex-other", "output": "x"}\n{"example_id": 1}\nnot json\n')
    ran = run_file(released, path, Asked(series="p8"))
    assert (ran.asked, ran.strangers, len(ran.rejects)) == (N, 1, 2)
    assert [reject.line for reject in ran.rejects] == [N + 2, N + 3]
    report = run_report(released, "p8")
    mine = next(metric for metric in report.metrics if metric.name == "mine")
    assert mine.mean.value == pytest.approx((N - 0.5) / N)
    assert (mine.source, report.cost_usd, report.costed) == ("file", 1.5, 1)
    assert run_file(released, path, Asked(series="p8")).kept == N


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"trial": 0}, "greater than or equal to 1", id="trial 0"),
        pytest.param({"metrics": {"mine": 2}}, "less than or equal to 1", id="a metric above 1"),
        pytest.param({"output": None}, "no 'output'", id="no output"),
        pytest.param({"surprise": 1}, "is not a field|Extra inputs", id="unknown field"),
    ],
)
def test_unsound_lines_are_listed_and_the_rest_is_kept(
    released: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    ran = run_file(released, own_file(tmp_path / "p8.jsonl", released, **changes), Asked(series="p8"))
    assert ran.asked == N - 1
    (reject,) = ran.rejects
    assert re.search(words, reject.reason)


def test_files_that_do_not_fit_are_refused(released: Path, tmp_path: Path) -> None:
    twice = own_file(tmp_path / "twice.jsonl", released, trial=1)
    twice.write_bytes(twice.read_bytes() + b"\n" + twice.read_bytes().splitlines()[0])
    with pytest.raises(BadInput, match=r"has trial 1 of .* twice"):
        run_file(released, twice, Asked(series="p8"))
    strange = tmp_path / "strange.jsonl"
    strange.write_text('{"example_id": "ex-1", "output": "x"}')
    with pytest.raises(BadInput, match="None of its records belongs to one of the 40 cases; 1 belong to none"):
        run_file(released, strange, Asked(series="p8"))
    with pytest.raises(WrongUsage, match="needs a name"):
        run_file(released, own_file(tmp_path / "p8.jsonl", released), Asked(series=" "))


def test_secrets_in_answers_are_not_stored(released: Path) -> None:
    code = "def answer(case):\n    return 'Use the key AKIAIOSFODNN7EXAMPLE now.'\n"
    run_target(released, target(released, module(released, "leaky_one", code)), Asked(series="p8"))
    assert not any("AKIAIOSFODNN7EXAMPLE" in str(one.answer) for one in answers(released, "p8"))
