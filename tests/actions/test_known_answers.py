"""A settled item among the others, from sampling.yaml to the figures: it looks like any other and bends none."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.errors import BadConfig
from review_app.review.answer import Promotion, Submission
from review_app.review.blind import BlindItem
from review_app.settings import settings
from review_app.store.engine import Store
from review_app.store.known_answers import known_answers
from review_app.ui.review_pane import payload

from .loop import answer, filled_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """ana answered six traces and proposed each as golden; ben approved them. Then cleo is to get known answers."""
    made = filled_project(tmp_path, traces=120, budget=40)
    answer(made, "ana", 6, promote=lambda number: True)
    actions.approve_golden(made, "ben", list(actions.golden_board(made).proposals["example_id"]), "alike on purpose")
    with (made / "sampling.yaml").open("a") as file:
        file.write("known_answers: {share: 0.5, source: golden}\n")
    return made


def golden_of(project: Path) -> set[str]:
    return set(actions.golden_board(project).proposals["trace_id"])


def hidden(project: Path, reviewer: str) -> BlindItem:
    items = actions.desk(project, reviewer, want=3).items
    return next(item for item in items if item.trace.trace_id in golden_of(project))


def test_it_looks_like_any_other_on_the_wire(project: Path) -> None:
    answer(project, "cleo", 2)
    desk = actions.desk(project, "cleo", want=3)
    known = {item.trace.trace_id for item in desk.items} & golden_of(project)
    assert len(known) == 1
    sent = payload.of_desk(desk, held=())
    shapes = {orjson.dumps({name: type(value).__name__ for name, value in one.items()}) for one in sent["items"]}
    assert len(shapes) == 1
    assert {name for item in desk.items for name in asdict(item)} == set(BlindItem.__dataclass_fields__)
    assert {item.slot_id.rpartition("/")[0] for item in desk.items} == {
        f"main/{item.trace.trace_id}" for item in desk.items
    }


def test_its_answer_bends_no_figure_and_can_be_read(project: Path) -> None:
    answer(project, "cleo", 2)
    before = actions.measure_agreement(project)
    item = hidden(project, "cleo")
    # Whatever was settled, cleo says fail; and everything a reviewer can do works as it does elsewhere.
    given = Submission(
        slot_id=item.slot_id, token=item.token, answers={"good_enough": "fail", "reason": "tone"}, note="Rude.",
        promote=Promotion(layer="edge_case", reason="rare"),
    )  # fmt: skip
    assert actions.submit_review(project, "cleo", given).status == "saved"
    after = actions.measure_agreement(project)
    assert [(judge.n, judge.counts, judge.metrics) for judge in after.judges] == [
        (judge.n, judge.counts, judge.metrics) for judge in before.judges
    ]
    assert actions.sitting(project, "cleo", [item.trace.trace_id]).reviews == 1
    assert actions.reveal(project, "cleo", item.trace.trace_id).own["good_enough"] == "fail"
    assert actions.to_adjudicate(project, "lea").empty
    found = known_answers(Store(project / "review.db")).query("criterion == 'good_enough'")
    assert found[["reviewer", "trace_id", "label"]].values.tolist() == [["cleo", item.trace.trace_id, "fail"]]
    assert set(found["settled_label"]) <= {"pass", "fail"}


def test_without_the_setting_nothing_settled_is_asked(project: Path) -> None:
    text = (project / "sampling.yaml").read_text()
    (project / "sampling.yaml").write_text(text.replace("known_answers: {share: 0.5, source: golden}\n", ""))
    given = answer(project, "cleo", 999)
    assert not {one.slot_id.split("/")[1] for one in given} & golden_of(project)


@pytest.mark.parametrize("text", ["{share: 0}", "{share: 0.6}", "{source: guesses}", "{from: golden}"])
def test_a_setting_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    actions.init(tmp_path)
    with (tmp_path / "sampling.yaml").open("a") as file:
        file.write(f"known_answers: {text}\n")
    with pytest.raises(BadConfig, match="known_answers"):
        settings(tmp_path)
