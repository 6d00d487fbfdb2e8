"""Who may see whose figures: everybody's for those who lead, one's own for anybody else, and no colleague's name."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from review_app import actions
from review_app.agreement.raters.reviewers import Reviewer
from review_app.review.answer import Submission

from .desks import answer_all, shared_project
from .loop import answer, filled_project

N = 26
# The last ten: ana says they are bad and ben does not.
DIFFER = tuple(f"t-{n:03d}" for n in range(N - 10, N))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana and ben rated 26 traces both, and drifted apart on the last ten. lea leads and rated none."""
    made = shared_project(tmp_path_factory.mktemp("team") / "project", n=N)
    answer_all(made, "ana", bad=DIFFER)
    answer_all(made, "ben")
    return made


def told(project: Path, person: str) -> actions.TeamAgreement:
    return actions.people_report(project, person)


def every_word(found: actions.TeamAgreement) -> str:
    """All that leaves the verb, as text."""
    return f"{asdict(found)} {found.consistency.to_csv()}"


def drift_examples(rows: tuple[Reviewer, ...]) -> set[Any]:
    return {one for row in rows for flag in row.flags if flag.kind == "drift" for one in flag.examples}


def test_who_leads_sees_everybody_by_name(project: Path) -> None:
    found = told(project, "lea")
    people = next(one for one in found.people if one.criterion == "good_enough")
    assert found.everybody
    assert [one.rater for one in people.reviewers.reviewers] == ["ana", "ben"]
    assert [one.rater for one in people.reviewers.severity.raters] == ["ana", "ben"]
    assert [(pair.first, pair.second, pair.n) for pair in people.pairs] == [("ana", "ben", N)]
    # 16 of 26 the same.
    assert people.reliability.percent_agreement.value == pytest.approx(16 / 26)
    assert drift_examples(people.reviewers.reviewers) <= set(DIFFER)
    assert drift_examples(people.reviewers.reviewers)


@pytest.mark.parametrize(("person", "other"), [("ana", "ben"), ("ben", "ana")])
def test_a_reviewer_sees_the_team_and_themselves(project: Path, person: str, other: str) -> None:
    found, everything = told(project, person), told(project, "lea")
    for mine, all_of_it in zip(found.people, everything.people, strict=True):
        assert [one.rater for one in mine.reviewers.reviewers] in ([person], [])
        assert mine.reliability.alpha == all_of_it.reliability.alpha
        assert mine.pairs == ()
        assert all(one.drift.path == () for one in mine.reviewers.reviewers)
        assert mine.reviewers.dawid_skene.opinions == ()
    assert not found.everybody
    assert other not in every_word(found)
    assert other in every_word(everything)


def test_an_auditor_sees_the_team_and_nobody(project: Path) -> None:
    found = told(project, "odo")
    assert found.people
    assert all(one.reviewers.reviewers == () and one.reviewers.severity.raters == () for one in found.people)
    assert not {"ana", "ben"} & set(every_word(found).replace("'", " ").split())


def test_no_example_is_a_trace_that_is_still_to_be_answered(tmp_path: Path) -> None:
    made = shared_project(tmp_path / "project", n=12)
    bad = tuple(f"t-{n:03d}" for n in range(12))
    answer_all(made, "ana", bad=bad)
    answer_all(made, "ben")
    before = drift_examples(told(made, "lea").people[0].reviewers.reviewers)
    assert len(before) == 5
    waiting = sorted(before)[0]
    # From here on lea may be asked about it herself; ana, who gave her answer, may not.
    actions.send_to_queue(made, "lea", [waiting])
    assert drift_examples(told(made, "lea").people[0].reviewers.reviewers) == before - {waiting}
    assert waiting in drift_examples(told(made, "ana").people[0].reviewers.reviewers)


def test_a_known_answer_is_an_example_under_its_trace_s_own_id(tmp_path: Path) -> None:
    made = filled_project(tmp_path, traces=120, budget=60)
    answer(made, "ana", 6, promote=lambda number: True)
    golden = set(actions.golden_board(made).proposals["trace_id"])
    actions.approve_golden(made, "ben", list(actions.golden_board(made).proposals["example_id"]), "alike on purpose")
    with (made / "sampling.yaml").open("a") as file:
        file.write("known_answers: {share: 0.5, source: golden}\n")
    # cleo says the opposite of what is settled, four times in a row and more: 4 ln 2.5 = 3.67 is over 3.5.
    settled = {"pass": {"good_enough": "fail", "reason": "tone"}, "fail": {"good_enough": "pass"}}
    right = {trace_id: "fail" if int(trace_id[2:]) % 5 == 0 else "pass" for trace_id in golden}
    for _ in range(16):
        item = actions.desk(made, "cleo", want=1).items[0]
        label = right.get(item.trace.trace_id, "fail")
        given = Submission(slot_id=item.slot_id, token=item.token, answers=settled[label], note="So I think.")
        assert actions.submit_review(made, "cleo", given).status == "saved"
    people = next(one for one in told(made, "cleo").people if one.criterion == "good_enough")
    cleo = next(one for one in people.reviewers.reviewers if one.rater == "cleo")
    assert cleo.known
    assert cleo.known.right == 0
    assert drift_examples((cleo,)) <= golden
    assert drift_examples((cleo,))
