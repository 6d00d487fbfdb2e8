"""A golden case from proposal to retirement: what is found in it, who may approve it, and where it came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import NotAllowed, ReleaseChanged, StoreBusy, WrongUsage
from review_app.store import golden as golden_table
from review_app.store import trace_kinds
from review_app.traces.trace import Message
from review_app.watch.text import said_of_drift

from ..builders import a_trace, keep
from .desks import answer_all, shared_project
from .loop import answer, filled_project

QUESTIONS = (
    "Where is the parcel that should have come on Monday morning?",
    "How do I cancel the subscription that I never asked for?",
    "Does the warranty cover a battery that swells in its case?",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three traces with a question of their own each; ana and ben answered all, blind; lea leads."""
    made = shared_project(tmp_path / "project")
    store = opened(made).store
    keep(store, [asking(f"t-{n:03d}", question) for n, question in enumerate(QUESTIONS)])
    answer_all(made, "ana", bad=("t-001",))
    answer_all(made, "ben", bad=("t-001", "t-002"))
    return made


def asking(trace_id: str, question: str, **other: object):  # type: ignore[no-untyped-def]
    return a_trace(
        trace_id, messages=(Message(role="user", content=question),), output=f"This answers it: {question}", **other
    )


def proposed(project: Path, trace_id: str, person: str = "ana", **other: str) -> str:
    return actions.propose_golden(project, person, trace_id, "edge_case", other.get("reason", "one of a kind"))


def status(project: Path) -> dict[str, str]:
    found = actions.golden_board(project).proposals
    return dict(zip(found["example_id"], found["status"], strict=True))


def test_a_clean_case_needs_no_word(project: Path) -> None:
    name = proposed(project, "t-000")
    assert actions.golden_findings(project, "lea", [name]) == {name: ()}
    assert actions.approve_golden(project, "lea", [name]) == 1


def test_a_twin_is_found_and_approved_only_with_a_reason(project: Path) -> None:
    store = opened(project).store
    keep(store, [asking("t-003", QUESTIONS[0] + " Please.")])
    actions.send_to_queue(project, "lea", ["t-003"])
    answer_all(project, "ana")
    first, second = proposed(project, "t-000"), proposed(project, "t-003")
    found = {
        name: [one.kind for one in kinds] for name, kinds in actions.golden_findings(project, None, [second]).items()
    }
    assert found == {second: ["near_duplicate"]}
    with pytest.raises(WrongUsage, match="near duplicate"):
        actions.approve_golden(project, "lea", [first, second])
    assert set(status(project).values()) == {"proposed"}
    assert actions.approve_golden(project, "lea", [first, second], "both wordings are common") == 2
    notes = actions.golden_board(project).proposals.set_index("example_id")["decision_note"]
    assert notes[second] == "despite: both wordings are common"
    sides = actions.golden_board(project).proposals.set_index("example_id")
    assert sides.loc[first, "group_id"] == sides.loc[second, "group_id"]
    assert sides.loc[first, "split"] == sides.loc[second, "split"]


def test_cases_of_one_session_stand_on_one_side(tmp_path: Path) -> None:
    made = shared_project(tmp_path / "project", n=8)
    store = opened(made).store
    words = ["lamp", "kettle", "router", "mower", "drill", "tent", "scale", "radio"]
    keep(
        store,
        [
            asking(f"t-{n:03d}", f"My {word} {word}s when {word} is on", session_id="s-1")
            for n, word in enumerate(words)
        ],
    )
    answer_all(made, "ana")
    for n in range(8):
        proposed(made, f"t-{n:03d}")
    board = actions.golden_board(made).proposals
    assert board["group_id"].nunique() == 1
    assert board["split"].nunique() == 1


def test_two_agreeing_blind_reviews_stand_for_a_second_person(project: Path) -> None:
    """ana and ben both failed t-001; they differ on t-002."""
    with (project / "project.yaml").open() as file:
        text = file.read().replace("ana: reviewer", "ana: lead")
    (project / "project.yaml").write_text(text)
    agreed, disputed = proposed(project, "t-001"), proposed(project, "t-002")
    assert actions.approve_golden(project, "ana", [agreed]) == 1
    with pytest.raises(NotAllowed, match="fewer than 2 blind reviews agree"):
        actions.approve_golden(project, "ana", [disputed])
    assert actions.golden_case(project, "ana", agreed).agreeing == ("ana", "ben")


def test_a_lead_proposes_what_a_colleague_reviewed(project: Path) -> None:
    name = proposed(project, "t-001", "lea", reason="blind spot: route is returns")
    case = actions.golden_case(project, "lea", name)
    assert case.content["review"]["reviewer"] == "ben"
    assert [step.person for step in case.history] == ["lea"]
    with pytest.raises(WrongUsage, match="has not reviewed"):
        actions.propose_golden(project, "ben", _unreviewed(project), "edge_case", "rare one")


def _unreviewed(project: Path) -> str:
    keep(opened(project).store, [asking("t-009", "Nobody read this one.")])
    return "t-009"


def test_provenance(tmp_path: Path) -> None:
    made = filled_project(tmp_path, traces=40, budget=20)
    answer(made, "ana", 1, promote=lambda number: True)
    name = actions.golden_board(made).proposals["example_id"].iloc[0]
    case = actions.golden_case(made, "ana", name)
    review = case.content["review"]
    assert [one["reviewer"] for one in review["reviews"]] == ["ana"]
    assert review["judges"][0]["judge"] == "judge-a"
    (draw,) = review["drawn"]
    assert 0 < draw["inclusion_probability"] <= 1
    assert draw["reasons"]
    assert [(step.what, step.person) for step in case.history] == [("proposed", "ana")]


def test_a_case_is_kept_from_who_may_still_be_asked(tmp_path: Path) -> None:
    made = shared_project(tmp_path / "project", n=1)
    answer_all(made, "ana", bad=("t-000",))
    name = proposed(made, "t-000")
    with pytest.raises(NotAllowed, match="may still be asked"):
        actions.golden_case(made, "ben", name)
    actions.golden_case(made, "ana", name)


def test_a_replacement_takes_the_place_of_the_old_one(project: Path) -> None:
    old, other = proposed(project, "t-000"), proposed(project, "t-001")
    actions.approve_golden(project, "lea", [old, other])
    first = actions.release_golden(project, "lea", "first")
    new = actions.propose_golden(project, "ana", "t-000", "edge_case", "the answer was corrected", old)
    assert new != old
    assert status(project)[old] == "approved"
    assert actions.approve_golden(project, "lea", [new]) == 1
    assert status(project) == {old: "superseded", other: "approved", new: "approved"}
    second = actions.release_golden(project, "lea")
    change = actions.diff_golden(project, 1, 2)
    assert change.added == (new,)
    assert [(gone.example_id, gone.why, gone.successor) for gone in change.removed] == [
        (old, "the answer was corrected", new)
    ]
    assert actions.verify_golden(project, second.number).previous == first.content_hash


def test_a_retired_case_leaves_the_next_release_and_stays_in_the_last(project: Path) -> None:
    old, other = proposed(project, "t-000"), proposed(project, "t-001")
    actions.approve_golden(project, "lea", [old, other])
    actions.release_golden(project, "lea")
    with pytest.raises(WrongUsage, match="needs a reason"):
        actions.retire_golden(project, "lea", [old], " ")
    assert actions.retire_golden(project, "lea", [old], "the policy changed in May") == 1
    with pytest.raises(WrongUsage, match="is retired, not approved"):
        actions.retire_golden(project, "lea", [old], "again")
    actions.release_golden(project, "lea")
    assert set(actions.verify_golden(project, 1).example_ids()) == {old, other}
    assert actions.verify_golden(project, 2).example_ids() == (other,)
    history = actions.golden_case(project, "lea", old).history
    assert [(step.what, step.note) for step in history][-1] == ("retired", "the policy changed in May")


def test_of_two_who_release_at_once_the_later_leaves_the_earlier_one_s_file_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = proposed(project, "t-000")
    actions.approve_golden(project, "lea", [name])
    seen = golden_table.releases(opened(project).store)
    made = actions.release_golden(project, "lea")
    written = made.path.read_bytes()
    # The other one had looked before this release was made, and goes on from what it saw then.
    monkeypatch.setattr(golden_table, "releases", lambda store: seen)
    with pytest.raises(StoreBusy, match="release 1 was made by somebody else"):
        actions.release_golden(project, "lea", "mine")
    monkeypatch.undo()
    assert made.path.read_bytes() == written
    assert actions.verify_golden(project).content_hash == made.content_hash


def test_a_release_put_back_from_another_history_is_found(project: Path) -> None:
    """Same number, sound hash of its own, but it does not go on from the release that was made before it."""
    old, other = proposed(project, "t-000"), proposed(project, "t-001")
    actions.approve_golden(project, "lea", [old])
    actions.release_golden(project, "lea")
    actions.approve_golden(project, "lea", [other])
    actions.release_golden(project, "lea")
    store = opened(project).store
    with store.write() as write:
        write.run("UPDATE golden_release SET content_hash = 'v1:other' WHERE number = 1")
    with pytest.raises(ReleaseChanged, match="goes on from"):
        actions.verify_golden(project, 2)


def test_coverage_names_what_has_no_case(project: Path) -> None:
    keep(opened(project).store, [asking("t-200", "A new kind of question.", route="new")])
    actions.approve_golden(project, "lea", [proposed(project, "t-000")])
    found = {(row.by, row.value): row.cases for row in actions.golden_coverage(project)}
    assert found["layer", "edge_case"] == 1
    assert found["route", "new"] == 0
    actions.release_golden(project, "lea")
    actions.approve_golden(project, "lea", [proposed(project, "t-001")])
    frozen, now = (
        {(row.by, row.value): row.cases for row in actions.golden_coverage(project, number)} for number in (1, None)
    )
    assert frozen == found
    assert now["layer", "edge_case"] == 2


def test_traffic_since_a_release_is_held_against_the_traffic_before(project: Path) -> None:
    assert actions.golden_drift(project) is None
    store = opened(project).store
    keep(store, [asking(f"t-{n}", "Before.", route="returns", language="en") for n in range(300, 400)])
    actions.approve_golden(project, "lea", [proposed(project, "t-000")])
    actions.release_golden(project, "lea")
    found = actions.golden_drift(project)
    assert found is not None
    assert {row.column: row.now for row in found.columns} == dict.fromkeys(trace_kinds.FILTERS, 0)
    keep(store, [asking(f"t-{n}", "Since.", route="new", language="en") for n in range(400, 480)])
    keep(store, [asking("t-300", "Before, again.", route="returns", language="en")])
    found = actions.golden_drift(project)
    assert found is not None
    rows = {row.column: row for row in found.columns}
    before = store.rows("SELECT count(*) AS n FROM trace")[0]["n"] - 80
    assert (rows["route"].before, rows["route"].now) == (before, 80)
    assert rows["route"].moved
    assert rows["route"].values[0][::2] in {("new", 1.0), ("returns", 0.0)}
    assert not rows["language"].moved
    assert "changed: " in said_of_drift(rows["route"])
    assert "too few" in said_of_drift(replace(rows["route"], now=3))
