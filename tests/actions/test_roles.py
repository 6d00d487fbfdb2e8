"""Who may do what: every verb that takes a person, for every role, a stranger, and a team that lists nobody."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from review_app import actions
from review_app.errors import BadConfig, NotAllowed, ReviewAppError
from review_app.review.answer import Submission
from review_app.review.blind import Draft
from review_app.settings import Person, settings

from .loop import filled_project

ROLES = ("reviewer", "lead", "admin", "auditor")
WORKING, LEADING, SEEING, ANYONE = ROLES[:3], ROLES[1:3], ROLES[1:], ROLES
NOTHING = Submission(slot_id="main/x/0", token="x", answers={})

# verb -> the arguments after project and person, and who may.
VERBS: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "adjudicate": (("x", "v", []), LEADING),
    "adjudicated": ((), SEEING),
    "agreement_seen_by": ((), ANYONE),
    "amend_review": (("t-0001", NOTHING), WORKING),
    "approve_baseline": (("x",), LEADING),
    "approve_golden": ((["x"],), LEADING),
    "assign": ((["x"], None), LEADING),
    "audit": ((), ANYONE),
    "changed_cases": ((("a", "b"),), ANYONE),
    "code_notes": ((["x"], "rude"), LEADING),
    "coding_board": ((), SEEING),
    "compared_case": ((("a", "b"), "x"), ANYONE),
    "defer": (("x", "y"), WORKING),
    "desk": ((), WORKING),
    "disagreements": ((), ANYONE),
    "draw_history": ((), LEADING),
    "find_traces": ((), ANYONE),
    "gate_decision": (("x",), ANYONE),
    "gate_report": (("x", "json"), ANYONE),
    "golden_board": ((), ANYONE),
    "golden_case": (("x",), ANYONE),
    "golden_findings": ((["x"],), ANYONE),
    "heartbeat": ((), WORKING),
    "merge_codes": (("x", "y"), LEADING),
    "note_failing_step": (("x", None), LEADING),
    "open_dispute": (("t-0001", "v"), LEADING),
    "open_trace": (("t-0001",), ANYONE),
    "own_work": ((), WORKING),
    "pace": ((), SEEING),
    "pair_results": ((("a", "b"),), ANYONE),
    "people_report": ((), ANYONE),
    "preview_gate": (("a", "b"), ANYONE),
    "propose_golden": (("t-0001", "edge_case", "rare"), WORKING),
    "reject_golden": ((["x"], "no"), LEADING),
    "release_golden": ((), LEADING),
    "retire_golden": ((["x"], "old"), LEADING),
    "release_lease": (("x",), LEADING),
    "rename_code": (("x", "y"), LEADING),
    "require_role": ((), ANYONE),
    "reveal": (("t-0001",), ANYONE),
    "role": ((), ANYONE),
    "rubric_asked": (("t-0001",), ANYONE),
    "run_summaries": ((), ANYONE),
    "save_draft": (("x", "y", Draft()), WORKING),
    "rubric_changes": ((), LEADING),
    "send_back": ((["x"],), LEADING),
    "send_pairs": ((("a", "b"), ["x"]), LEADING),
    "send_to_queue": ((["x"],), LEADING),
    "sitting": ((["x"],), WORKING),
    "split_code": (("x", ["y"], "z"), LEADING),
    "steps_of": (("t-0001",), ANYONE),
    "submit_review": ((NOTHING,), WORKING),
    "team": ((), LEADING),
    "to_adjudicate": ((), LEADING),
    "top_up_slice": (({"route": "returns"},), LEADING),
    "trace_choices": ((), ANYONE),
    "traces_behind": (({},), ANYONE),
    "uncode_notes": ((["x"], "y"), LEADING),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person for each role, called like it."""
    found = filled_project(tmp_path_factory.mktemp("roles"), traces=12, budget=6)
    with (found / "project.yaml").open("a") as file:
        file.write(f"people: {{{', '.join(f'{role}: {role}' for role in ROLES)}}}\n")
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that lists nobody."""
    return filled_project(tmp_path_factory.mktemp("alone"), traces=12, budget=6)


def verbs_with_a_person() -> Iterator[str]:
    for name in actions.__all__:
        verb = getattr(actions, name)
        # Where a person may stay away (the last one of `gate_runs`), what they ask for asks for their role itself.
        if inspect.isfunction(verb) and {"person", "reviewer"} & set([*inspect.signature(verb).parameters][1:2]):
            yield name


def refusal(project: Path, verb: str, person: str) -> str:
    """Why the role forbids it, or "" where it does not; whatever else is wrong is not asked here."""
    try:
        getattr(actions, verb)(project, person, *VERBS[verb][0])
    except NotAllowed as fault:
        return fault.message if "has the role" in fault.message or "one of the people" in fault.message else ""
    except ReviewAppError:
        pass
    return ""


def test_every_verb_is_in_the_table() -> None:
    assert sorted(verbs_with_a_person()) == sorted(VERBS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("verb", VERBS)
def test_a_role_allows_and_forbids(project: Path, verb: str, role: str) -> None:
    may = role in VERBS[verb][1]
    assert refusal(project, verb, role) == "" if may else "has the role " + role in refusal(project, verb, role)


@pytest.mark.parametrize("verb", VERBS)
def test_a_stranger_is_refused_with_words(project: Path, verb: str) -> None:
    assert refusal(project, verb, "mallory") == "'mallory' is not one of the people of this project."


@pytest.mark.parametrize("verb", VERBS)
def test_where_nobody_is_listed_everybody_may(alone: Path, verb: str) -> None:
    assert refusal(alone, verb, "mallory") == ""


def test_people_are_written_short_or_long(tmp_path: Path) -> None:
    actions.init(tmp_path)
    people = "people: {ana: lead, ben: {role: reviewer, skills: [legal, de]}, cleo: {}}\n"
    (tmp_path / "project.yaml").write_text("name: x\n" + people)
    assert settings(tmp_path).project.people == {
        "ana": Person(role="lead"),
        "ben": Person(role="reviewer", skills=("legal", "de")),
        "cleo": Person(),
    }


@pytest.mark.parametrize(
    ("people", "sampling", "where", "match"),
    [
        pytest.param("{ana: boss}", "", "project.yaml", "people", id="no such role"),
        pytest.param("{ana: {rolle: lead}}", "", "project.yaml", "rolle", id="misspelt"),
        pytest.param("{ana: reviewer, odo: auditor}", "", "project.yaml", "None of the 2", id="nobody leads"),
        pytest.param("{ana: lead}", "skills: {returns: legal}", "sampling.yaml", "'legal'", id="nobody has the skill"),
        pytest.param(
            "{ana: lead, odo: {role: auditor, skills: [legal]}}", "skills: {returns: legal}", "sampling.yaml",
            "nobody who reviews", id="only an auditor has the skill",
        ),
    ],
)  # fmt: skip
def test_a_team_that_cannot_work_is_refused(tmp_path: Path, people: str, sampling: str, where: str, match: str) -> None:
    actions.init(tmp_path)
    (tmp_path / "project.yaml").write_text(f"name: x\npeople: {people}\n")
    (tmp_path / "sampling.yaml").write_text(f"salt: s\nreviews: 5\n{sampling}\n")
    with pytest.raises(BadConfig, match=match) as raised:
        settings(tmp_path)
    assert where in raised.value.where
    assert raised.value.do
