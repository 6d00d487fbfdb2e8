"""The gate over stored runs: baselines, what it refuses, looks, and the human labels that a judge's metric needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from review_app import actions
from review_app.actions.gating_runs import approve_baseline, gate_history, gate_plan, gate_runs, gated_cases
from review_app.actions.judging import Terms
from review_app.actions.run_judging import judge_outputs
from review_app.actions.run_labels import TAG, labels, make_queue, trace_id_of
from review_app.actions.running import Asked, run_file, run_target
from review_app.actions.workspace import opened
from review_app.agreement.estimate import Estimate
from review_app.errors import BadInput, NotAllowed, NotEnoughData, ReleaseChanged, WrongUsage
from review_app.gate import e_value
from review_app.gate.decision import Decision
from review_app.gate.policy import GatePolicy, MetricRule
from review_app.golden.release import Verified
from review_app.review.adjudication import Outcome, Settlement
from review_app.review.answer import Submission
from review_app.store import adjudications, judge_findings, runs, verdicts
from review_app.store import traces as trace_table
from review_app.store.judge_findings import Finding
from review_app.tables import Verdict

from ..builders import NOON
from ..openai_server import Json, OpenAIServer, completion
from .judge_projects import KEY, judge_yaml, shown, write_judge
from .loop import filled_project, result_file, with_release
from .run_targets import module

N = 40
GOOD, BAD = "Yes, within 30 days [kb-1].", "Never, go away."


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_release(filled_project(tmp_path_factory.mktemp("template"), traces=N, budget=2 * N))


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    """A project with a release of 40 cases, whose gate asks that `mine` loses less than 20 points."""
    made = shutil.copytree(template, tmp_path / "project")
    gate_yaml(made, "metrics: [{name: mine, margin: 0.2}]")
    return made


def gate_yaml(project: Path, text: str) -> None:
    (project / "gate.yaml").write_text(text)


def ids(project: Path) -> tuple[str, ...]:
    return actions.verify_golden(project).example_ids()


def ran(project: Path, series: str, bad: int = 0, **changes: Any) -> str:
    """A run of which the first `bad` cases have 0 on `mine`; its id."""
    lines: list[dict[str, Any]] = [
        {"example_id": name, "output": f"{BAD if n < bad else GOOD} {series}", "metrics": {"mine": float(n >= bad)}}
        for n, name in enumerate(ids(project))
    ]
    lines[-1] |= changes
    path = project.parent / f"{series}-{bad}-{len(changes)}.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return run_file(project, path, Asked(series=series)).run_id


@pytest.mark.parametrize(("bad", "outcome"), [(0, "pass"), (6, "inconclusive"), (25, "block")])
def test_a_candidate_against_the_approved_baseline(project: Path, bad: int, outcome: str) -> None:
    base, new = ran(project, "p7"), ran(project, "p8", bad)
    approve_baseline(project, "ana", "p7", "in production")
    found = gate_runs(project, "p8")
    assert (found.outcome, found.baseline, found.candidate) == (outcome, base, new)
    assert gate_runs(project, "p8", "p7").outcome == outcome
    texts = actions.changed_texts(project, found)
    assert len(texts) == bad
    assert all(one.candidate == f"{BAD} p8" and one.baseline == f"{GOOD} p7" for one in texts.values())
    assert gate_history(project)["outcome"].tolist() == [outcome] * 2


def test_a_check_is_a_metric_and_a_blocker(project: Path) -> None:
    gate_yaml(project, "metrics: [{name: has_answer, margin: 0.2}]\nblockers: [{name: no_machine_talk}]")
    ran(project, "p7")
    ran(project, "p8", output="As an AI model I cannot.")
    found = gate_runs(project, "p8", "p7")
    assert (found.outcome, found.blockers[0].failed) == ("block", (ids(project)[-1],))


def test_the_same_results_looked_at_again_are_no_new_look(project: Path) -> None:
    ran(project, "p7")
    ran(project, "p8", 1)
    first, again = (gate_runs(project, "p8", "p7") for _ in range(2))
    assert (first.look, again.look, again.metrics[0].e_value) == (1, 1, None)
    assert first.pair == f"p8 ({first.candidate}) against p7 ({first.baseline})"
    assert gate_history(project)["candidate_series"].tolist() == ["p8", "p8"]
    ran(project, "p8", 2)
    second = gate_runs(project, "p8", "p7")
    assert second.look == 2
    assert second.metrics[0].e_value is not None
    assert "e-value" in second.metrics[0].reason
    # Another margin is another hypothesis: its bets begin anew, and it is a look at the pair nevertheless.
    gate_yaml(project, "metrics: [{name: mine, margin: 0.3}]")
    third = gate_runs(project, "p8", "p7")
    assert third.look == 2
    assert third.metrics[0].e_value != second.metrics[0].e_value


def test_a_run_that_is_looked_at_anew_is_bet_on_once(project: Path) -> None:
    """One answer failed at the first look and came before the second: the e-value is that of 40 equal cases, not that
    of 79 and a loss."""
    gate_yaml(project, "looks: repeated\nmetrics: [{name: has_answer, margin: 0.2}]")
    ran(project, "p7")
    code = (
        "from pathlib import Path\n"
        "def answer(case):\n"
        "    assert case['example_id'] != Path('{0}').read_text(), 'down'\n"
        "    return 'Yes.'\n"
    )
    down = project.parent / "down"
    target = actions.target_named(module(project, "late_answer", code.format(down)), project, {})
    down.write_text(ids(project)[0])
    run_target(project, target, Asked(series="p8"))
    assert gate_runs(project, "p8", "p7").metrics[0].candidate_rate == pytest.approx(39 / 40)
    down.write_text("")
    run_target(project, target, Asked(series="p8"))
    second = gate_runs(project, "p8", "p7")
    assert second.look == 2
    expected = e_value.e_value(e_value.log_wealth(np.zeros(N), 0.2))
    assert second.metrics[0].e_value == pytest.approx(expected)


def test_named_systems_of_two_files_are_looked_at_again(project: Path) -> None:
    release = actions.verify_golden(project)
    gate_yaml(project, "metrics: [{name: good_enough, margin: 0.2}]")

    def file(name: str, system: str, bad: int) -> Path:
        header = {"release": release.number, "content_hash": release.content_hash, "system": system}
        values = {case: float(n >= bad) for n, case in enumerate(ids(project))}
        return result_file(project.parent / f"{name}.jsonl", header, values)

    old = file("old", "p7", 0)
    assert actions.gate(project, old, file("new", "p8", 1)).look == 1
    second = actions.gate(project, old, file("newer", "p8", 0))
    gain = np.array([-1.0] + [0.0] * (2 * N - 1))
    assert second.look == 2
    assert second.metrics[0].e_value == pytest.approx(e_value.e_value(e_value.log_wealth(gain, 0.2)))
    assert actions.gate(project, old, file("newer", "p8", 0)).look == 2
    assert actions.gate(project, old, file("other", "p9", 0)).look == 1
    # Who does not say which system it is cannot have looked before.
    assert actions.gate(project, old, file("unnamed", " ", 0)).look == 1
    assert gate_history(project)["candidate_series"].dropna().tolist() == ["p9", "p8", "p8", "p8"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        pytest.param("release: {minimum_cases: 41}", "all layers has 40 cases, wanted 41", id="too few cases"),
        pytest.param("release: {layers: {edge_case: 1}}", "edge_case has 0 cases, wanted 1", id="a layer is missing"),
        pytest.param("release: {max_age_days: 0.0000001}", "days old; gate.yaml wants", id="stale"),
    ],
)
def test_a_release_that_covers_too_little_or_is_stale_is_refused(project: Path, rules: str, words: str) -> None:
    ran(project, "p7")
    ran(project, "p8")
    gate_yaml(project, f"metrics: [{{name: mine, margin: 0.2}}]\n{rules}")
    with pytest.raises(NotEnoughData, match=words):
        gate_runs(project, "p8", "p7")
    with pytest.raises(NotEnoughData, match=words):
        gate_plan(project)


def test_a_release_that_a_newer_one_took_the_place_of_is_stale(project: Path, tmp_path: Path) -> None:
    ran(project, "p7")
    ran(project, "p8")
    old = actions.verify_golden(project)
    header: dict[str, object] = {"release": old.number, "content_hash": old.content_hash}
    file = result_file(tmp_path / "old.jsonl", header, dict.fromkeys(old.example_ids(), 1.0))
    actions.retire_golden(project, "ana", [ids(project)[0]], "the rule changed")
    actions.release_golden(project, "ana")
    gate_yaml(project, "metrics: [{name: mine, margin: 0.2}]")
    for gated in (lambda: gate_runs(project, "p8", "p7"), lambda: actions.gate(project, file, file)):
        with pytest.raises(NotEnoughData, match="release 1 is stale: release 2 took its place"):
            gated()
    assert gate_plan(project, 1).n == N
    gate_yaml(project, "metrics: [{name: mine, margin: 0.2}]\nrelease: {latest: false}")
    assert gate_runs(project, "p8", "p7").outcome == "pass"


def test_what_cannot_be_compared_is_refused(project: Path) -> None:
    ran(project, "p7")
    ran(project, "p8")
    with pytest.raises(WrongUsage, match="No baseline is approved over release 1"):
        gate_runs(project, "p8")
    with pytest.raises(WrongUsage, match="no run 'p9'"):
        gate_runs(project, "p9", "p7")
    ran(project, "broken", error="HTTP 500", output=None, metrics={})
    with pytest.raises(BadInput, match="1 cases have an answer that failed"):
        approve_baseline(project, "ana", "broken")
    with pytest.raises(BadInput, match="would make it easier to pass"):
        gate_runs(project, "p8", "broken")
    # In the candidate the same answer counts 0.
    assert gate_runs(project, "broken", "p7").metrics[0].candidate_rate == pytest.approx(39 / 40)
    store = opened(project).store
    with store.write() as write:
        write.run("DELETE FROM candidate_metric WHERE run_id = :run AND example_id = :name",
                  run=runs.find(store, "p8").run_id, name=ids(project)[0])  # fmt: skip
        write.run("DELETE FROM candidate_output WHERE run_id = :run AND example_id = :name",
                  run=runs.find(store, "p8").run_id, name=ids(project)[0])  # fmt: skip
    with pytest.raises(BadInput, match=r"It has 39 of 40 answers\.\n  what to do: Answer those cases again"):
        gate_runs(project, "p8", "p7")


def test_a_release_that_was_altered_is_refused(project: Path) -> None:
    ran(project, "p7")
    path = next((project / "golden").glob("*.jsonl"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"known_failure", b"edge_case", 1))
    with pytest.raises(ReleaseChanged, match="altered"):
        gate_runs(project, "p7", "p7")


def test_a_gate_may_leave_out_the_cases_prompts_are_tuned_on() -> None:
    examples = ({"example_id": "a", "split": "dev"}, {"example_id": "b", "split": "test"}, {"example_id": "c"})
    release = Verified(number=1, content_hash="v1:a", examples=examples)
    rules = GatePolicy(metrics=(MetricRule(name="m", margin=0.1),), cases="test")
    assert gated_cases(release, rules).example_ids() == ("b",)
    assert gated_cases(release, replace(rules, cases="all")) == release
    with pytest.raises(NotEnoughData, match="no case on its test side"):
        gated_cases(replace(release, examples=examples[:1]), rules)


def test_only_a_lead_approves_a_baseline(project: Path) -> None:
    ran(project, "p7")
    text = (project / "project.yaml").read_text()
    (project / "project.yaml").write_text(text + "\npeople: {ana: lead, carl: reviewer}\n")
    with pytest.raises(NotAllowed, match="carl"):
        approve_baseline(project, "carl", "p7")
    assert approve_baseline(project, "ana", "p7", " since May ").note == "since May"
    assert actions.list_runs(project)["approved"].tolist() == [True]
    ran(project, "p8")
    approve_baseline(project, "ana", "p8")
    listed = actions.list_runs(project)
    assert listed["approved"].tolist() == [True, True]
    assert listed.set_index("series")["in_force"].to_dict() == {"p7": False, "p8": True}


def test_a_plan_takes_its_discordance_from_trials_that_are_stored(project: Path) -> None:
    assert not gate_plan(project).metrics[0].observed
    lines = [
        {"example_id": name, "output": GOOD, "metrics": {"mine": float(trial == 1 or n >= 10)}}
        for n, name in enumerate(ids(project))
        for trial in (1, 2)
    ]
    path = project.parent / "trials.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    run_file(project, path, Asked(series="p7"))
    (found,) = gate_plan(project).metrics
    # 10 of 40 cases differ between the two trials
    assert (found.observed, found.discordance, found.n) == (True, 0.25, 40)


def test_a_plan_counts_the_cases_a_metric_applies_to(project: Path) -> None:
    with (project / "checks.yaml").open("a") as file:
        file.write("\n  - {name: nowhere, type: valid_json, only: {route: [none of ours]}}\n")
    gate_yaml(project, "metrics: [{name: has_answer, margin: 0.2}, {name: nowhere, margin: 0.2}]")
    lines = [{"example_id": name, "output": GOOD} for name in ids(project) for _ in (1, 2)]
    path = project.parent / "trials.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    run_file(project, path, Asked(series="p7"))
    everywhere, nowhere = gate_plan(project).metrics
    assert (everywhere.n, everywhere.observed) == (N, True)
    assert (nowhere.n, nowhere.observed, nowhere.power, nowhere.blocks_at) == (0, False, 0.0, None)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    def reply(request: Json) -> Json:
        label = "bad" if BAD in shown(request)["output"] else "good"
        return completion(request, {"reason": "So.", "label": label, "confidence": 0.9})

    monkeypatch.setenv(KEY, "sk-test-4711")
    with OpenAIServer(reply=reply) as found:
        yield found


def certify(project: Path, version: str, *, passed: bool = True) -> None:
    rate = asdict(Estimate(value=0.95, low=0.9, high=0.98, n=100, method="Wilson"))
    body = {"judge": "sendable", "judge_version": version, "criterion": "good_enough", "tpr": rate, "tnr": rate,
            "n": 100, "passed": passed, "reason": "" if passed else "tpr is .70"}  # fmt: skip
    found = Finding(kind="certificate", judge="sendable", judge_version=version, criterion="good_enough", body=body,
                    at=datetime.now(UTC))  # fmt: skip
    judge_findings.add(opened(project).store, [found])


def review_all(project: Path, good: bool = True) -> int:
    """Ben answers everything in his queue; how many."""
    done = 0
    while items := actions.desk(project, "ben", want=1).items:
        item = items[0]
        answers = {"good_enough": "pass"} if good else {"good_enough": "fail", "reason": "wrong_fact"}
        given = Submission(slot_id=item.slot_id, token=item.token, answers=answers, note="It is so.", seconds=5)
        actions.submit_review(project, "ben", given)
        done += 1
    return done


def test_a_judge_s_metric_asks_for_people_and_makes_their_queue(project: Path, server: OpenAIServer) -> None:
    gate_yaml(project, "human_labels: 30\nmetrics: [{name: sendable, margin: 0.2}]")
    write_judge(project, judge_yaml(server))
    ran(project, "p7")
    ran(project, "p8")
    terms = Terms(approve=lambda price: True)
    assert judge_outputs(project, "p7", "sendable", terms) == N
    assert judge_outputs(project, "p8", "sendable", terms) == N
    asked = len(server.chats)
    judge_outputs(project, "p8", "sendable", terms)
    assert len(server.chats) == asked
    version = runs.metrics(opened(project).store, runs.find(opened(project).store, "p8").run_id)
    judged = version.loc[version["metric"] == "sendable", "version"].iloc[0]
    with pytest.raises(WrongUsage, match=f"version {judged} has none"):
        gate_runs(project, "p8", "p7")
    certify(project, judged, passed=False)
    with pytest.raises(WrongUsage, match=r"did not pass \(tpr is \.70\)"):
        gate_runs(project, "p8", "p7")
    certify(project, judged)
    gate_yaml(project, "metrics: [{name: has_answer, margin: 0.2}]\nblockers: [{name: sendable}]")
    with pytest.raises(WrongUsage, match="is no blocker: nobody corrects it"):
        gate_runs(project, "p8", "p7")
    gate_yaml(project, "human_labels: 30\nmetrics: [{name: sendable, margin: 0.2}]")
    review_all(project)
    waiting = gate_runs(project, "p8", "p7")
    assert waiting.outcome == "inconclusive"
    assert "40 of 40 outputs of the baseline have no human label" in waiting.reasons[0]
    assert "name yourself with --as" in waiting.notes[0]
    queued = gate_runs(project, "p8", "p7", "ana")
    # all 40 of the baseline, the random 30 of the candidate
    assert "70 outputs put into the review queue" in queued.notes[0]
    assert "0 outputs put" in gate_runs(project, "p8", "p7", "ana").notes[0]
    stored = trace_table.body(opened(project).store, trace_id_of(runs.find(opened(project).store, "p7").run_id,
                                                                ids(project)[0]))  # fmt: skip
    assert (TAG in stored.tags, stored.correction, stored.output) == (True, None, f"{GOOD} p7")
    assert review_all(project) == 70
    found: Decision = gate_runs(project, "p8", "p7")
    assert found.notes == ()
    assert found.metrics[0].human_labels == 30
    assert "two-phase" in found.metrics[0].difference.method
    # Nothing was tested while labels were lacking.
    assert (found.look, found.metrics[0].e_value) == (1, None)
    again = gate_runs(project, "p8", "p7", "ana")
    assert (again.look, again.metrics[0].e_value) == (1, None)


def test_a_metric_that_lacked_its_labels_was_not_looked_at_while_another_was(
    project: Path, server: OpenAIServer
) -> None:
    gate_yaml(project, "human_labels: 30\nmetrics: [{name: sendable, margin: 0.2}, {name: mine, margin: 0.2}]")
    write_judge(project, judge_yaml(server))
    for series, bad in (("p7", 0), ("p8", 2)):
        ran(project, series, bad)
        judge_outputs(project, series, "sendable", Terms(approve=lambda price: True))
    stored = runs.metrics(opened(project).store, runs.find(opened(project).store, "p8").run_id)
    certify(project, stored.loc[stored["metric"] == "sendable", "version"].iloc[0])
    review_all(project)
    first = gate_runs(project, "p7", "p8", "ana")
    assert [(one.p is None, one.e_value) for one in first.metrics] == [(True, None), (False, None)]
    review_all(project)
    second = gate_runs(project, "p7", "p8", "ana")
    sendable, mine = second.metrics
    # One is tested for the first time, and the other's results are those that were tested.
    assert (sendable.p is None, sendable.e_value) == (False, None)
    assert mine == first.metrics[1]
    ran(project, "p8", bad=3)
    judge_outputs(project, "p8", "sendable", Terms(approve=lambda price: True))
    third = gate_runs(project, "p7", "p8", "ana")
    assert third.metrics[0].p is None
    assert third.metrics[1].e_value is not None
    assert "Look 3 at this pair: an e-value decides." in actions.decision_as_text(third)


@pytest.mark.parametrize(
    ("outcome", "label", "expected"), [("settled", "fail", 0.0), ("settled", "pass", 1.0), ("fix_rubric", None, None)]
)
def test_what_was_settled_of_an_output_is_its_label(
    project: Path, outcome: Outcome, label: str | None, expected: float | None
) -> None:
    ran(project, "p7")
    ran(project, "p8")
    workspace = opened(project)
    two = (runs.find(workspace.store, "p7"), runs.find(workspace.store, "p8"))
    release = actions.verify_golden(project)
    before = labels(workspace, release, two, "good_enough", N)
    make_queue(project, "ana", two, [before])
    review_all(project)
    name = ids(project)[0]
    one = Settlement(criterion="good_enough", outcome=outcome, label=label, note="So it is.")
    adjudications.add(
        workspace.store, trace_id_of(two[1].run_id, name), workspace.settings.rubric.version, [one], "ana", NOON
    )
    found = labels(workspace, release, two, "good_enough", N).set_index("example_id")["candidate"]
    assert found.drop(name).eq(1.0).all()
    assert found[name] == expected if expected is not None else pd.isna(found[name])


def test_a_judge_in_another_version_is_drift(project: Path, server: OpenAIServer) -> None:
    gate_yaml(project, "metrics: [{name: sendable, margin: 0.2}]")
    write_judge(project, judge_yaml(server))
    ran(project, "p7")
    ran(project, "p8")
    terms = Terms(approve=lambda price: True)
    judge_outputs(project, "p7", "sendable", terms)
    approve_baseline(project, "ana", "p7")
    write_judge(project, judge_yaml(server, prompt="Is it good?"))
    judge_outputs(project, "p8", "sendable", terms)
    with pytest.raises(WrongUsage, match=r"It judged the baseline in version .*, the candidate in version"):
        gate_runs(project, "p8")
    # Judged anew, the baseline is still the one that was approved with the other version.
    judge_outputs(project, "p7", "sendable", terms)
    with pytest.raises(WrongUsage, match="approve the baseline again"):
        gate_runs(project, "p8")


def test_a_judge_that_was_surely_better_when_it_was_certified_decides_nothing(
    project: Path, server: OpenAIServer
) -> None:
    gate_yaml(project, "human_labels: 30\nmetrics: [{name: sendable, margin: 0.2}]")
    write_judge(project, judge_yaml(server))
    terms = Terms(approve=lambda price: True)
    for name in ("p7", "p8"):
        ran(project, name)
        judge_outputs(project, name, "sendable", terms)
    metrics = runs.metrics(opened(project).store, runs.find(opened(project).store, "p8").run_id)
    judged = metrics.loc[metrics["metric"] == "sendable", "version"].iloc[0]
    certify(project, judged)
    said = [
        Verdict(trace_id=f"t-{n:04d}", judge="sendable", judge_version=judged, criterion="good_enough", label="fail",
                at=datetime.now(UTC) + timedelta(hours=1))
        for n in range(N)
    ]  # fmt: skip
    # People found every fifth bad. Of the 8 it passes none, of 32 good ones none either: it flags whatever it sees.
    verdicts.save(opened(project).store, said)
    with pytest.raises(
        WrongUsage, match=r"has drifted since .*: good answers passed: 0\.950 \(0\.900 to 0\.980\) when"
    ) as no:
        gate_runs(project, "p8", "p7")
    assert "failures flagged" not in str(no.value)
    assert "on 32 traces since" in str(no.value)
