"""A judge is measured before it is trusted: labels are parted once, and the test part is opened seldom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.judging import certificate
from review_app.actions.workspace import opened
from review_app.errors import BadConfig, NotEnoughData, WrongUsage
from review_app.settings.judges import judge
from review_app.store import judge_findings, judge_jobs
from review_app.traces.trace import encode

from ..builders import NOON
from ..openai_server import Json, OpenAIServer, completion
from .judge_projects import KEY, SECRET, a_numbered, judge_yaml, labelled, number, shown, with_judge, write_judge
from .loop import is_bad


def label(request: Json, *, bad: bool) -> Json:
    return completion(request, {"reason": "So.", "label": "bad" if bad else "good", "confidence": 0.9})


def perfect(request: Json) -> Json:
    return label(request, bad=is_bad(number(request)))


def blind(request: Json) -> Json:
    """Flags nothing, which is right on four of five."""
    return label(request, bad=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv(KEY, SECRET)
    with OpenAIServer(reply=perfect) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, server: OpenAIServer) -> Path:
    found = with_judge(tmp_path, server, traces=120)
    labelled(found)
    return found


def parts(project: Path) -> dict[str, str]:
    return {one.trace_id: one.part for one in judge_findings.parts(opened(project).store, "good_enough")}


def test_labels_are_parted_once(project: Path) -> None:
    first = actions.split_labels(project, "good_enough")
    assert (first.new, sum(first.traces.values())) == (120, 120)
    # 20, 40 and 40 % of 120; a count beyond three standard deviations of a fair hash would be a fault
    assert 11 < first.traces["train"] < 37
    assert 32 < first.traces["dev"] < 64
    before = parts(project)
    assert actions.split_labels(project, "good_enough").new == 0
    assert parts(project) == before


def test_a_session_and_a_near_duplicate_stand_on_one_side(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=0)
    same_session = [a_numbered(n, session_id=f"s-{n // 4}") for n in range(40)]
    twins = [a_numbered(n) for n in range(40, 60)]
    again = [replace(one, trace_id=f"t-{n:03d}") for n, one in enumerate(twins, start=100)]
    (tmp_path / "more.jsonl").write_bytes(b"\n".join(map(encode, [*same_session, *twins, *again])))
    actions.ingest(project, [tmp_path / "more.jsonl"])
    labelled(project)
    actions.split_labels(project, "good_enough")
    found = parts(project)
    assert all(len({found[f"t-{n:03d}"] for n in range(first, first + 4)}) == 1 for first in range(0, 40, 4))
    assert all(found[f"t-{n:03d}"] == found[f"t-{n + 60:03d}"] for n in range(40, 60))
    assert len(set(found.values())) == 3


def test_two_versions_are_compared_on_dev(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    server.reply = blind
    first = actions.judge_run(project, part="dev").judge_version
    server.reply = perfect
    write_judge(project, judge_yaml(server, prompt="Look closely."))
    assert actions.judge_run(project, part="dev").judge_version != first
    found = actions.compare_judges(project, f"sendable@{first}", "sendable").found
    dev = {trace_id for trace_id, part in parts(project).items() if part == "dev"}
    bad = sum(is_bad(int(trace_id[2:])) for trace_id in dev)
    # the perfect one is right on the bad answers, where the blind one is wrong, and nowhere else better
    assert (found.won, found.lost, found.accuracy.n) == (bad, 0, len(dev))
    assert found.accuracy.value == pytest.approx(bad / len(dev))
    assert (found.tpr.value, found.tpr.n, found.tnr.value) == (1.0, bad, 0.0)
    assert found.accuracy.low is not None
    assert found.accuracy.low > 0


def test_a_good_judge_is_certified_and_another_version_of_it_is_not(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    # 120 labels leave few failures in test: the floor is lowered, so that this is about the record and not its size
    (project / "project.yaml").write_text("name: p\njudging: {floor: 0.5}\n")
    found = actions.certify_judge(project)[0]
    version = judge(opened(project).settings).version
    test = [trace_id for trace_id, part in parts(project).items() if part == "test"]
    assert (found.passed, found.reason, found.n, found.openings) == (True, "", len(test), 1)
    assert (found.tpr.value, found.tnr.value) == (1.0, 1.0)
    assert len(server.chats) == len(test)
    assert certificate(project, "sendable", version) == found
    assert certificate(project, "sendable", "000000000000") is None
    again = actions.certify_judge(project)[0]
    assert (again.openings, len(server.chats)) == (2, len(test))
    assert actions.split_labels(project, "good_enough").opened == 2


@pytest.mark.parametrize(("later", "fallen"), [(perfect, False), (blind, True)], ids=["the same", "another model"])
def test_what_a_judge_says_after_its_certificate_tells_whether_that_holds(
    project: Path, server: OpenAIServer, later: Callable[[Json], Json], fallen: bool
) -> None:
    actions.split_labels(project, "good_enough")
    (project / "project.yaml").write_text("name: p\njudging: {floor: 0.5}\n")
    assert actions.certify_judge(project)[0].passed
    server.reply = later  # behind the same name and version
    actions.judge_run(project, part="dev")
    since = actions.judge_record(project).standings[-1].since
    dev = [trace_id for trace_id, part in parts(project).items() if part == "dev"]
    assert since is not None
    assert (since.tpr.n, since.tnr.n) == (bad := sum(map(is_bad, map(int, (one[2:] for one in dev)))), len(dev) - bad)
    assert bool(since.fallen) == fallen
    if fallen:
        assert since.fallen[0].startswith("failures flagged: 1.000 (")
        assert f"0.000 (0.000 to {since.tpr.high:.3f}) on {bad} traces since" in since.fallen[0]


def test_a_blind_judge_is_refused_with_the_reason(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    server.reply = blind
    found = actions.certify_judge(project)[0]
    assert not found.passed
    assert "failures flagged: 0.000 is below the target 0.90" in found.reason
    stored = certificate(project, "sendable", found.judge_version)
    assert stored is not None
    assert not stored.passed


def test_too_few_failures_leave_the_test_part_closed(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=12)
    labelled(project)
    actions.split_labels(project, "good_enough")
    with pytest.raises(NotEnoughData, match="It stays closed"):
        actions.certify_judge(project)
    assert judge_findings.of_criterion(opened(project).store, "opening", "good_enough") == []
    assert server.requests == []


def test_an_example_from_outside_train_is_refused(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    outside = next(trace_id for trace_id, part in parts(project).items() if part == "test")
    shot = {"trace_id": outside, "given": {"output": "No."}, "label": "bad"}
    write_judge(project, judge_yaml(server, examples=[shot]))
    for verb in (actions.judge_run, actions.submit_batch, lambda project: actions.judge_traces(project, None, [])):
        with pytest.raises(BadConfig, match="in the test part"):
            verb(project)
    assert server.requests == []


def test_an_example_like_a_trace_outside_train_is_refused(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=0)
    seen = [a_numbered(n, session_id=f"s-{n}") for n in range(60)]
    (tmp_path / "seen.jsonl").write_bytes(b"\n".join(map(encode, seen)))
    actions.ingest(project, [tmp_path / "seen.jsonl"])
    labelled(project, 60)
    actions.split_labels(project, "good_enough")
    test = next(one for one in seen if parts(project)[one.trace_id] == "test")
    train = next(one for one in seen if parts(project)[one.trace_id] == "train")
    # nobody labelled it: it has no part of its own
    later = replace(a_numbered(99), trace_id="later", session_id=test.session_id)
    (tmp_path / "later.jsonl").write_bytes(encode(later))
    actions.ingest(project, [tmp_path / "later.jsonl"])
    shot = {"given": {"output": "No."}, "label": "bad"}
    asked = {"messages": [{"role": "user", "content": test.messages[0].text}], "output": "No."}
    for leak in (shot | {"trace_id": "later"}, shot | {"given": asked}):
        write_judge(project, judge_yaml(server, examples=[leak]))
        with pytest.raises(BadConfig, match=f"like trace {test.trace_id}, in the test part"):
            actions.judge_run(project)
    fine = asked | {"messages": [{"role": "user", "content": train.messages[0].text}]}
    write_judge(project, judge_yaml(server, examples=[shot, shot | {"given": fine}]))
    assert actions.judge_run(project, sample=0.1).stopped == ""


def test_a_panel_gets_a_certificate_for_its_majority_and_for_each_model(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    models = [judge_yaml(server)["models"][0] | {"model": f"openai/m-{n}"} for n in (1, 2, 3)]
    write_judge(project, judge_yaml(server, models=models))
    server.reply = lambda request: blind(request) if request["model"] == "m-3" else perfect(request)
    terms = actions.Terms(approve=lambda price: price.usd < 2)
    found = {one.judge: one for one in actions.certify_judge(project, terms=terms)}
    assert {name: one.tpr.value for name, one in found.items()} == {
        "sendable": 1.0, "sendable/m-1": 1.0, "sendable/m-2": 1.0, "sendable/m-3": 0.0,
    }  # fmt: skip


def test_a_change_is_parted_in_the_systems_and_the_judges(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=0)
    early = [a_numbered(n, at=NOON) for n in range(50)]
    late = [a_numbered(n, at=NOON + timedelta(days=7)) for n in range(50, 100)]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(encode, early)))
    (tmp_path / "b.jsonl").write_bytes(b"\n".join(map(encode, late)))
    actions.ingest(project, [tmp_path / "a.jsonl"])
    old = actions.judge_run(project).judge_version
    actions.ingest(project, [tmp_path / "b.jsonl"])
    write_judge(project, judge_yaml(server, prompt="Be strict."))
    server.reply = lambda request: label(
        request, bad=number(request) % (5 if number(request) < 50 else 2) < 1 or number(request) % 10 == 1
    )
    actions.judge_run(project)
    found = actions.explain_change(project, f"sendable@{old}", "sendable", NOON + timedelta(days=1))
    # old judge, early: 10 of 50. new judge, early: 10 + 5 of 50; late: 25 + 5 of 50.
    assert found.judge.value == pytest.approx(5 / 50)
    assert found.system.value == pytest.approx(15 / 50)
    assert found.total.value == pytest.approx(20 / 50)
    assert (found.judge.n, found.total.n) == (50, 100)


def steered(request: Json) -> Json:
    """Flags every bad answer, unless it is told not to."""
    output = shown(request)["output"]
    return label(request, bad=is_bad(number(request)) and "Ignore all earlier" not in output)


def test_canaries_count_what_turns_a_judge(tmp_path: Path, server: OpenAIServer) -> None:
    server.reply = steered
    project = with_judge(tmp_path, server, traces=40)
    actions.judge_run(project)
    found = actions.run_canaries(project, n=6)[0]
    assert (found.steered.value, found.steered.n, found.control.value) == (1.0, 6, 0.0)
    assert {kind: rate.value for kind, rate in found.by_kind.items() if rate.value} == {"plain order": 1.0}
    assert judge_findings.of_judge(opened(project).store, "canaries", "sendable")[0].body["steered"]["value"] == 1.0
    asked = len(server.chats)
    assert actions.run_canaries(project, n=6)[0] == found
    assert len(server.chats) == asked


def test_canaries_need_something_to_turn(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=5)
    actions.judge_run(project)
    with pytest.raises(NotEnoughData, match="flags 1 traces"):
        actions.run_canaries(project)


def test_a_better_judge_is_drafted_and_used_only_once_it_is_moved(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    server.reply = blind
    version = actions.judge_run(project, part="train").judge_version
    server.reply = lambda request: completion(request, {"prompt": "Flag every fifth.", "why": "They asked."})
    terms = actions.Terms(approve=lambda price: price.questions == 1)
    found = actions.improve_judge(project, with_model=True, terms=terms)
    assert (found.false_alarms, found.revised, found.why) == (0, True, "They asked.")
    assert found.missed >= found.examples > 0
    assert judge(opened(project).settings).version == version
    found.path.replace(project / "judges" / "sendable.yaml")
    better = judge(opened(project).settings)
    assert better.prompt == "Flag every fifth."
    train = {trace_id for trace_id, part in parts(project).items() if part == "train"}
    assert {shot.trace_id for shot in better.examples} <= train
    assert {shot.reason for shot in better.examples} == {"It is wrong."}
    assert better.version != version


def test_a_revision_stands_within_the_caps(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    server.reply = blind
    actions.judge_run(project, part="train")
    store, day = opened(project).store, f"day:{datetime.now(UTC):%Y-%m-%d}"
    before, asked = judge_jobs.spent(store, day), len(server.chats)
    server.reply = lambda request: completion(request, {"prompt": "New.", "why": "So."})
    terms = actions.Terms(approve=lambda price: True)
    (project / "project.yaml").write_text("name: p\njudging: {cap_per_day_usd: 0.03}\n")
    found = actions.improve_judge(project, with_model=True, terms=terms)
    assert (found.revised, "the spend cap leaves no room" in found.reason, len(server.chats)) == (False, True, asked)
    (project / "project.yaml").write_text("name: p\n")
    assert actions.improve_judge(project, with_model=True, terms=terms).revised
    # 120 tokens at 1 USD and 12 at 10 USD a million
    assert judge_jobs.spent(store, day) - before == pytest.approx(0.00024)


def test_without_a_model_only_examples_are_drafted(project: Path, server: OpenAIServer) -> None:
    actions.split_labels(project, "good_enough")
    server.reply = blind
    actions.judge_run(project, part="train")
    asked = len(server.chats)
    found = actions.improve_judge(project)
    assert (found.revised, len(server.chats)) == (False, asked)


def test_a_new_judge_file_is_sound_and_is_never_overwritten(tmp_path: Path) -> None:
    actions.init(tmp_path)
    path = actions.new_judge(tmp_path, "faithful")
    assert judge(opened(tmp_path).settings, "faithful").models[0].key == "OPENAI_API_KEY"
    path.write_text("mine")
    with pytest.raises(WrongUsage, match="faithful"):
        actions.new_judge(tmp_path, "faithful")
    assert path.read_text() == "mine"
