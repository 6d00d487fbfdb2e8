"""Runs side by side, their answers as blind pairs, and decisions looked at again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.blind_pairs import pair_id
from review_app.actions.workspace import opened
from review_app.errors import BadInput, NotAllowed, ReviewAppError, WrongUsage
from review_app.gate.decision import KEPT_BACK
from review_app.gate.report import as_dict
from review_app.review.answer import Submission
from review_app.review.pairwise import SIDES, shown_order
from review_app.store import traces
from review_app.traces.trace import ToolCall

from .two_runs import GATE, OTHER, PAIRS, WORSE, ran, two_runs

Runs = tuple[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Runs]:
    return two_runs(tmp_path_factory.mktemp("made"))


@pytest.fixture
def own(made: tuple[Path, Runs], tmp_path: Path) -> tuple[Path, Runs]:
    """A copy to change."""
    return shutil.copytree(made[0], tmp_path / "project"), made[1]


def cases(project: Path) -> tuple[str, ...]:
    return actions.verify_golden(project).example_ids()


def compare(project: Path, person: str, queue: str, better: str) -> int:
    """Answer every pair of a queue: the output called `better` wins; how many there were."""
    done = 0
    while items := actions.desk(project, person, want=1, queue=queue).items:
        trace_id = items[0].trace.trace_id
        side = SIDES[shown_order(trace_id, person).index(better)] if better != "equal" else "equal"
        given = Submission(slot_id=items[0].slot_id, token=items[0].token, answers={"better": side})
        assert actions.submit_review(project, person, given).status == "saved"
        done += 1
    return done


def test_the_list_of_runs(made: tuple[Path, Runs]) -> None:
    project, (old, new) = made
    found = {run.run_id: run for run in actions.run_summaries(project, "ana")}
    assert set(found) == {old, new}
    assert found[new].complete
    report = found[new].report
    assert report is not None
    # Two of eight lost; eight answers of $0.002.
    assert {one.name: one.mean.value for one in report.metrics}["mine"] == 0.75
    assert report.cost_usd == pytest.approx(0.016)


def test_a_run_that_lacks_answers_is_partial(own: tuple[Path, Runs]) -> None:
    project, (_, new) = own
    with opened(project).store.write() as write:
        write.run("DELETE FROM candidate_output WHERE run_id = :run", run=new)
    assert [run.complete for run in actions.run_summaries(project, "ana") if run.run_id == new] == [False]


def test_changed_cases_come_worst_first(made: tuple[Path, Runs]) -> None:
    project, runs = made
    ids = cases(project)
    found = actions.changed_cases(project, "ana", runs)
    assert found["example_id"].tolist() == sorted(ids[:2])
    assert found[["metric", "change"]].to_numpy().tolist() == [["mine", -1.0], ["mine", -1.0]]
    assert actions.changed_cases(project, "ana", runs, words=True)["example_id"].tolist() == [*sorted(ids[:2]), ids[2]]
    turned = actions.changed_cases(project, "ana", (runs[1], runs[0]))
    assert turned["change"].tolist() == [1.0, 1.0]


def test_lower_may_be_better(own: tuple[Path, Runs]) -> None:
    project, runs = own
    (project / "gate.yaml").write_text(GATE.replace("margin", "direction: lower, margin"))
    assert actions.changed_cases(project, "ana", runs)["change"].tolist() == [1.0, 1.0]


def test_one_case_in_full(made: tuple[Path, Runs]) -> None:
    project, runs = made
    found = actions.compared_case(project, "ana", runs, cases(project)[0])
    assert (found.baseline.run_id, found.candidate.output) == (runs[0], WORSE)
    assert found.trace.output is None
    assert found.trace.documents
    assert found.candidate.metrics.set_index("metric").loc["mine", "value"] == 0
    with pytest.raises(BadInput, match="holds no case"):
        actions.compared_case(project, "ana", runs, "ex-none")


def test_a_preview_counts_no_look(own: tuple[Path, Runs]) -> None:
    project, (old, new) = own
    previewed = [actions.preview_gate(project, "ana", new, old) for _ in range(3)]
    assert {one.look for one in previewed} == {1}
    assert actions.gate_history(project).empty
    assert actions.gate_runs(project, new, old) == previewed[0]


def test_pairs_tell_nothing_of_the_runs(own: tuple[Path, Runs]) -> None:
    project, runs = own
    ids = cases(project)
    # The fourth case got the same answer from both: there is nothing to compare.
    assert actions.send_pairs(project, "lea", runs, ids[:4]) == 3
    assert actions.send_pairs(project, "lea", runs, ids[:4]) == 0
    store = opened(project).store
    stored = traces.body(store, pair_id(runs[1], runs[0], ids[2]))
    assert (stored.output, stored.alternative) == (
        OTHER,
        actions.compared_case(project, "lea", runs, ids[3]).baseline.output,
    )
    assert stored.tool_calls == tuple[ToolCall, ...]()
    assert (stored.model, stored.session_id, stored.cost_usd, stored.latency_s) == (None, None, None, None)
    assert len(traces.outside(store)) == 3
    results = actions.pair_results(project, "ana", runs)
    assert results is not None
    desk = actions.desk(project, "ana", queue=results.queue)
    assert [one.name for one in desk.rubric.criteria] == ["better"]
    assert {item.trace.output for item in desk.items} == {None}
    assert actions.open_trace(project, "ben", stored.trace_id)[0].output is None
    assert not actions.desk(project, "ben").items, "pairs stand in their own queue"


def test_results_and_whose_answer_is_whose_wait_for_ones_own_reviews(own: tuple[Path, Runs]) -> None:
    project, runs = own
    ids = cases(project)
    assert actions.send_pairs(project, "lea", runs, ids[:3], reviews=2) == 6
    queue = f"ab-{runs[1]}-{runs[0]}"
    assert compare(project, "ana", queue, "alternative") == 3
    mine, bens = (actions.pair_results(project, name, runs) for name in ("ana", "ben"))
    assert mine is not None
    assert bens is not None
    assert (bens.waiting, bens.preferred) == (3, ())
    assert actions.changed_cases(project, "ben", runs)["kept_back"].all()
    assert actions.changed_cases(project, "ben", runs)["change"].isna().all()
    with pytest.raises(NotAllowed, match="without knowing whose"):
        actions.compared_case(project, "ben", runs, ids[0])
    found = mine.preferred[0].found
    assert (mine.waiting, found.wins, found.ties, found.losses) == (0, 0, 0, 3)
    # Wilson for 0 of 3: 3.8415 / (3 + 3.8415); the sign test: 2 / 2 ** 3.
    assert found.share.high == pytest.approx(0.5615, abs=1e-4)
    assert found.p == pytest.approx(0.25)
    assert actions.compared_case(project, "ana", runs, ids[0]).candidate.output == WORSE
    # ben says the opposite: every pair is a tie, and nothing is decided.
    compare(project, "ben", queue, "output")
    after = actions.pair_results(project, "ana", runs)
    assert after is not None
    assert (after.preferred[0].found.ties, after.preferred[0].found.share.value) == (3, None)


def test_a_rubric_without_pairs_says_what_to_add(own: tuple[Path, Runs]) -> None:
    project, runs = own
    rubric = (project / "rubric.yaml").read_text()
    (project / "rubric.yaml").write_text(rubric.replace(f"  {PAIRS}", ""))
    with pytest.raises(WrongUsage, match="no question about pairs") as caught:
        actions.send_pairs(project, "lea", runs, cases(project)[:2])
    # What it says to add can be added as it stands.
    line = caught.value.do.partition("`: ")[2]
    (project / "rubric.yaml").write_text(rubric.replace(PAIRS, f"{line}\n"))
    assert actions.send_pairs(project, "lea", runs, cases(project)[:2]) == 2


def test_only_leads_send_and_only_queues_of_pairs_are_named(made: tuple[Path, Runs]) -> None:
    project, runs = made
    with pytest.raises(NotAllowed):
        actions.send_pairs(project, "ana", runs, cases(project))
    with pytest.raises(WrongUsage, match="no queue of pairs"):
        actions.desk(project, "ana", queue="elsewhere")


def test_a_decision_is_read_back_as_it_was_made(own: tuple[Path, Runs]) -> None:
    project, (old, new) = own
    made = actions.gate_runs(project, new, old)
    gate_id = actions.gate_history(project)["gate_id"].iloc[0]
    assert actions.gate_decision(project, "vera", gate_id) == made
    assert json.loads(actions.gate_report(project, "vera", gate_id, "json")) == json.loads(json.dumps(as_dict(made)))
    assert "<testsuite" in actions.gate_report(project, "vera", gate_id, "junit")
    assert WORSE in actions.gate_report(project, "vera", gate_id, "html")
    with pytest.raises(BadInput, match="no decision"):
        actions.gate_decision(project, "vera", "x")


def test_reports_link_to_the_cases_where_the_pages_have_an_address(own: tuple[Path, Runs]) -> None:
    project, (old, new) = own
    decision = actions.gate_runs(project, new, old)
    gate_id = actions.gate_history(project)["gate_id"].iloc[0]
    assert actions.case_links(project, decision) == {}
    with (project / "project.yaml").open("a") as file:
        file.write("public_url: https://review.example.org/\n")
    address = (
        f"https://review.example.org/candidates?baseline={old}&candidate={new}&case={sorted(cases(project)[:2])[0]}"
    )
    assert f"([side by side](<{address}>))" in actions.gate_report(project, "vera", gate_id, "markdown")
    assert address.replace("&", "&amp;") in actions.gate_report(project, "vera", gate_id, "html")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://a b", "https://a>)", "review.example.org"])
def test_an_address_that_is_none_is_refused(own: tuple[Path, Runs], address: str) -> None:
    project, _ = own
    with (project / "project.yaml").open("a") as file:
        file.write(f"public_url: {json.dumps(address)}\n")
    with pytest.raises(ReviewAppError, match="public_url"):
        opened(project)


def test_a_decision_keeps_back_what_is_still_to_be_compared(own: tuple[Path, Runs]) -> None:
    project, (old, new) = own
    with (project / "gate.yaml").open("a") as file:
        file.write("blockers: [{name: mine_too}]\n")
    with (project / "project.yaml").open("a") as file:
        file.write("public_url: https://review.example.org\n")
    store = opened(project).store
    with store.write() as write:
        write.run("INSERT INTO candidate_metric SELECT run_id, example_id, trial, 'mine_too', source, version, value, "
                  "status, detail FROM candidate_metric WHERE metric = 'mine'")  # fmt: skip
    actions.gate_runs(project, new, old)
    gate_id = actions.gate_history(project)["gate_id"].iloc[0]
    actions.send_pairs(project, "lea", (old, new), cases(project)[:1])
    found = actions.gate_decision(project, "ana", gate_id)
    assert [case.example_id for case in found.metrics[0].changed] == [cases(project)[1]]
    assert found.notes == ("1 case is kept back: you may still be asked to judge their answers blind.",)
    assert found.blockers[0].failed == (KEPT_BACK, cases(project)[1])
    assert actions.preview_gate(project, "ana", new, old).blockers == found.blockers
    assert list(actions.case_links(project, found)) == [cases(project)[1]]
    told = actions.gate_report(project, "ana", gate_id, "markdown")
    assert f"failed on 2 of 8: {KEPT_BACK}, {cases(project)[1]} ([side by side]" in told


def test_runs_of_another_release_are_not_held_together(own: tuple[Path, Runs]) -> None:
    project, runs = own
    first = cases(project)[0]
    proposals = actions.golden_board(project, "lea").proposals
    actions.retire_golden(project, "lea", [proposals["example_id"].iloc[0]], "old")
    actions.release_golden(project, "lea")
    other = ran(project, "p9", ())
    with pytest.raises(ReviewAppError, match="release"):
        actions.changed_cases(project, "lea", (runs[0], other))
    with pytest.raises(ReviewAppError, match="release"):
        actions.send_pairs(project, "lea", (runs[0], other), [first])
