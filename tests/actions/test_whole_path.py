"""Traces in, a release decision out, on a real project folder."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions.curating import WITHHELD
from review_app.actions.workspace import opened
from review_app.errors import BadInput, NotAllowed, ReleaseChanged, WrongUsage
from review_app.review.answer import Submission
from review_app.review.blind import Draft
from review_app.store.blindness import unseen

from .loop import answer, filled_project, is_bad, judge_flags, number_of, result_file, with_release


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return filled_project(tmp_path)


def test_the_draw_holds_flagged_and_passed_traces(project: Path) -> None:
    again = actions.sample(project)
    assert again.added == 0
    flagged = sum(judge_flags(n) for n in range(240))
    judge = again.draw.verdict_counts["judges"][0]
    assert (judge["n_flagged"], judge["n_passed"], judge["n_without_verdict"]) == (flagged, 240 - flagged, 0)
    assert again.draw.frame_size == 240
    larger = actions.sample(project, reviews=160)
    assert larger.added > 0
    assert larger.held == again.held + larger.added


def test_another_flag_rule_is_refused(project: Path) -> None:
    (project / "checks.yaml").write_text("checks: []")
    with pytest.raises(WrongUsage, match=r"another rule: of what counts as flagged, .* is gone[.]") as raised:
        actions.sample(project)
    assert "judge-a" not in raised.value.message
    assert "new `queue`" in raised.value.do


def test_the_desk_shows_nothing_that_anybody_thought(project: Path) -> None:
    shown = str(actions.desk(project, "ana"))
    for secret in ("judge-a", "confidence", "verdict", "flagged", "inclusion", "known_failure", "aster-1"):
        assert secret not in shown


def test_reveal_only_after_an_own_review(project: Path) -> None:
    item = actions.desk(project, "ana", want=1).items[0]
    with pytest.raises(NotAllowed, match="has not reviewed"):
        actions.reveal(project, "ana", item.trace.trace_id)
    assert actions.open_trace(project, "ana", item.trace.trace_id)[1] is None
    assert [receipt.status for receipt in answer(project, "ana", 1)] == ["saved"]
    found = actions.reveal(project, "ana", item.trace.trace_id)
    assert [verdict.judge for verdict in found.verdicts] == ["judge-a"]
    with pytest.raises(NotAllowed):
        actions.reveal(project, "ben", item.trace.trace_id)


def test_an_incomplete_answer_is_refused_in_words(project: Path) -> None:
    item = actions.desk(project, "ana", want=1).items[0]
    fail = Submission(slot_id=item.slot_id, token=item.token, answers={"good_enough": "fail", "reason": "wrong_fact"})
    receipt = actions.submit_review(project, "ana", fail)
    assert (receipt.status, receipt.message) == ("refused", "Say in the note what is wrong.")
    assert actions.desk(project, "ana", want=1).done == 0


def test_a_retry_is_a_duplicate(project: Path) -> None:
    item = actions.desk(project, "ana", want=1).items[0]
    sent = Submission(slot_id=item.slot_id, token=item.token, answers={"good_enough": "pass"})
    assert [actions.submit_review(project, "ana", sent).status for _ in range(2)] == ["saved", "duplicate"]
    assert actions.project_overview(project).counts["reviews"] == 1


def test_a_draft_comes_back_until_it_is_sent(project: Path) -> None:
    item = actions.desk(project, "ana", want=1).items[0]
    draft = Draft(answers={"good_enough": "fail"}, note="half a thou", layer="edge_case")
    actions.save_draft(project, "ana", item.slot_id, item.token, draft)
    assert actions.desk(project, "ana", want=1).items[0].draft == draft
    actions.save_draft(project, "ben", item.slot_id, item.token, Draft(note="not mine"))
    assert actions.desk(project, "ana", want=1).items[0].draft == draft
    answer(project, "ana", 1)
    assert actions.desk(project, "ana", want=1).items[0].draft is None


def test_cannot_judge_needs_a_reason_and_finishes_the_slot(project: Path) -> None:
    item = actions.desk(project, "ana", want=1).items[0]
    for note, status in (("", "refused"), ("no order history to see", "saved")):
        sent = Submission(slot_id=item.slot_id, token=item.token, outcome="cannot_judge", note=note)
        assert actions.submit_review(project, "ana", sent).status == status
    assert actions.desk(project, "ana", want=1).done == 1


def test_progress_counts_down(project: Path) -> None:
    total = actions.desk(project, "ana").total
    answer(project, "ana", 5)
    desk = actions.desk(project, "ana")
    assert (desk.done, desk.total) == (5, total)


def test_agreement_follows_the_reviews(project: Path) -> None:
    report = actions.measure_agreement(project)
    assert report.judges[0].n == 0
    assert report.judges[0].refusal
    done = len(answer(project, "ana", 500))
    judge = actions.measure_agreement(project).judges[0]
    assert judge.n == done
    # Everybody answers truthfully, so the intervals must hold what the judge really is over the 240 traces.
    bad = [n for n in range(240) if is_bad(n)]
    tpr = sum(judge_flags(n) for n in bad) / len(bad)
    assert judge.metrics["tpr"].low <= tpr <= judge.metrics["tpr"].high
    assert judge.metrics["prevalence"].low <= len(bad) / 240 <= judge.metrics["prevalence"].high
    # Flagged traces were drawn more often, so the unweighted share of bad answers is too high.
    assert judge.naive is not None
    assert judge.naive.metrics["prevalence"].value > judge.metrics["prevalence"].value


def test_disagreements_lead_to_their_traces(project: Path) -> None:
    answer(project, "ana", 500)
    found = actions.disagreements(project, "ana")
    numbers = [number_of(trace_id) for trace_id in found["trace_id"]]
    assert all(is_bad(number) != judge_flags(number) for number in numbers)
    assert set(found["kind"]) <= {"missed", "false_alarm"}
    assert len(found) > 0


def test_a_waiting_trace_is_hidden_from_who_still_has_to_judge_it(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    (project / "sampling.yaml").write_text("salt: s2\nqueue: two\nreviews: 160\nreviews_per_trace: 2\n")
    actions.sample(project)
    answer(project, "ana", 500)
    assert len(actions.disagreements(project, "ana")) > 0
    assert len(actions.disagreements(project, "ben")) == 0


def test_who_skipped_a_trace_learns_no_more_than_who_never_saw_it(project: Path) -> None:
    store = opened(project).store
    item = actions.desk(project, "ana", want=1).items[0]
    sent = Submission(slot_id=item.slot_id, token=item.token, outcome="skipped", note="not my field")
    assert actions.submit_review(project, "ana", sent).status == "saved"
    assert item.trace.trace_id in unseen(store, "ana") & unseen(store, "ben")


def test_a_colleagues_reason_is_withheld_from_who_still_has_to_judge(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    (project / "sampling.yaml").write_text("salt: s2\nqueue: two\nreviews: 80\nreviews_per_trace: 2\n")
    actions.sample(project)
    answer(project, "ana", 3, promote=lambda number: True)
    assert set(actions.golden_board(project, "ana").proposals["reason"]) == {"seen before"}
    assert set(actions.golden_board(project, "ben").proposals["reason"]) == {WITHHELD}


def test_golden_from_proposal_to_a_verified_release(project: Path, tmp_path: Path) -> None:
    answer(project, "ana", 500, promote=is_bad)
    proposals = actions.golden_board(project).proposals
    ids = list(proposals["example_id"])
    assert set(proposals["status"]) == {"proposed"}
    with pytest.raises(NotAllowed, match="cannot approve"):
        actions.approve_golden(project, "ana", ids)
    with pytest.raises(WrongUsage, match="No case is approved"):
        actions.release_golden(project, "ben")
    assert actions.reject_golden(project, "ben", ids[:1], "a duplicate") == 1
    assert actions.approve_golden(project, "ben", ids[1:], "alike on purpose") == len(ids) - 1
    release = actions.release_golden(project, "ben", "first")
    assert (release.number, release.examples) == (1, len(ids) - 1)
    assert actions.verify_golden(project).content_hash == release.content_hash
    with pytest.raises(WrongUsage, match="already holds"):
        actions.release_golden(project, "ben")
    assert actions.export_golden(project, tmp_path / "golden.jsonl") == len(ids) - 1
    first = orjson.loads((tmp_path / "golden.jsonl").read_bytes().splitlines()[0])
    assert first["expected"] == "No."
    assert first["review"]["labels"] == {"good_enough": "fail", "reason": "wrong_fact"}
    assert first["trace"]["messages"][0]["content"] == "Can I return a kettle I used once?"


@pytest.fixture
def released(project: Path) -> Path:
    return with_release(project)


def test_every_flipped_byte_is_found(released: Path) -> None:
    path = next((released / "golden").glob("*.jsonl"))
    content = path.read_bytes()
    path.chmod(0o644)
    for place in {0, 1, 30, 120, len(content) // 2, len(content) - 2, len(content) - 1}:
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(ReleaseChanged):
            actions.verify_golden(released)
    path.write_bytes(content[:-1])
    with pytest.raises(ReleaseChanged):
        actions.verify_golden(released)
    path.write_bytes(content)
    assert actions.verify_golden(released).number == 1
    os.remove(path)
    with pytest.raises(ReleaseChanged, match="gone"):
        actions.verify_golden(released)


def test_a_release_that_is_whole_but_another_is_found(released: Path) -> None:
    """Somebody edits a case and mends the hash in the file: the store still knows what was released."""
    from review_app.golden.release import content_hash

    path = next((released / "golden").glob("*.jsonl"))
    first, _, lines = path.read_bytes().partition(b"\n")
    header = orjson.loads(first)
    header.pop("content_hash")
    forged = lines.replace(b"known_failure", b"edge_case", 1)
    sealed = header | {"content_hash": content_hash(header, forged)}
    path.chmod(0o644)
    path.write_bytes(orjson.dumps(sealed, option=orjson.OPT_SORT_KEYS) + b"\n" + forged)
    with pytest.raises(ReleaseChanged, match="altered"):
        actions.verify_golden(released)


def test_gate_passes_blocks_and_cannot_tell(released: Path, tmp_path: Path) -> None:
    release = actions.verify_golden(released)
    header: dict[str, object] = {"release": release.number, "content_hash": release.content_hash}
    ids = release.example_ids()
    good = dict.fromkeys(ids, 1.0)
    baseline = result_file(tmp_path / "baseline.jsonl", header, good)
    half = result_file(tmp_path / "half.jsonl", header, good | dict.fromkeys(ids[: len(ids) // 2], 0.0))
    one = result_file(tmp_path / "one.jsonl", header, good | {ids[0]: 0.0})
    assert actions.gate(released, baseline, half).outcome == "block"
    assert actions.gate(released, baseline, one).outcome == "inconclusive"
    (released / "gate.yaml").write_text("metrics: [{name: good_enough, margin: 0.2, minimum_n: 30}]")
    assert actions.gate(released, baseline, one).outcome == "pass"


def test_gate_refuses_what_is_not_comparable(released: Path, tmp_path: Path) -> None:
    release = actions.verify_golden(released)
    header: dict[str, object] = {"release": release.number, "content_hash": release.content_hash}
    good = dict.fromkeys(release.example_ids(), 1.0)
    baseline = result_file(tmp_path / "baseline.jsonl", header, good)
    fewer = result_file(tmp_path / "fewer.jsonl", header, dict(list(good.items())[1:]))
    with pytest.raises(BadInput, match=release.example_ids()[0]):
        actions.gate(released, baseline, fewer)
    other = result_file(tmp_path / "other.jsonl", header | {"content_hash": "v1:00"}, good)
    with pytest.raises(ReleaseChanged, match="v1:00"):
        actions.gate(released, baseline, other)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(baseline.read_bytes() + b'\n{"example_id": "x", "metrics": {"good_enough": "yes"}}')
    with pytest.raises(BadInput, match="good_enough") as raised:
        actions.gate(released, baseline, bad)
    assert raised.value.where.endswith(f"bad.jsonl:{len(good) + 2}")


def test_exports_stand_alone(project: Path, tmp_path: Path) -> None:
    import pandas as pd

    answer(project, "=ana()", 30)
    rows = actions.export_reviews(project, tmp_path / "reviews.csv")
    table = pd.read_csv(tmp_path / "reviews.csv")
    assert len(table) == rows
    assert set(table["reviewer"]) == {"'=ana()"}
    assert table["inclusion_probability"].notna().all()
    assert set(table.loc[table["criterion"] == "good_enough", "judge judge-a 1"]) <= {"pass", "fail"}
    actions.export_reviews(project, tmp_path / "reviews.jsonl")
    assert orjson.loads((tmp_path / "reviews.jsonl").read_bytes().splitlines()[0])["reviewer"] == "=ana()"
    actions.export_reviews(project, tmp_path / "reviews.parquet")
    assert len(pd.read_parquet(tmp_path / "reviews.parquet")) == rows
    with pytest.raises(WrongUsage, match="xlsx"):
        actions.export_reviews(project, tmp_path / "reviews.xlsx")


def test_ingest_twice_adds_nothing_and_counts_everything(project: Path, tmp_path: Path) -> None:
    again = actions.ingest(project, [tmp_path / "traces.jsonl"])
    assert (again.read, again.saved.same, again.saved.new, again.rejected) == (240, 240, 0, 0)
    assert again.rejects is None
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_bytes((tmp_path / "traces.jsonl").read_bytes() + b'{"trace_id": 7}\nnot json\n{"trace_id": "x-1"}\n')
    found = actions.ingest(project, [mixed])
    assert (found.read, found.saved.same, found.saved.new, found.rejected) == (243, 240, 1, 2)
    assert found.rejects is not None
    rejects = [orjson.loads(line) for line in found.rejects.read_bytes().splitlines()]
    assert [(reject["line"], reject["field"]) for reject in rejects] == [(241, "trace_id"), (242, "record")]


def test_a_stray_file_in_a_folder_is_listed_and_the_others_are_kept(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "LICENSE").write_text("Copyright, all sorts of words")
    (folder / "x.jsonl").write_text('{"trace_id": "x-1"}\n')
    found = actions.ingest(project, [folder])
    assert (found.read, found.saved.new, found.rejected) == (2, 1, 1)
    with pytest.raises(BadInput, match="No known format"):
        actions.ingest(project, [folder / "LICENSE"])


def test_checks_run_only_where_something_changed(project: Path) -> None:
    assert actions.run_checks(project).ran == 0
    (project / "checks.yaml").write_text("checks:\n  - {name: short, type: length, max_chars: 12}\n")
    done = actions.run_checks(project)
    assert done.ran == 240
    assert actions.run_checks(project).ran == 0


def test_doctor_finds_a_changed_release(released: Path) -> None:
    assert {found.level for found in actions.doctor(released)} <= {"ok", "warning"}
    path = next((released / "golden").glob("*.jsonl"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"kettle", b"cattle", 1))
    assert [found.level for found in actions.doctor(released)][-1] == "failure"
