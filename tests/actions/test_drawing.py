"""Draws of a project: who may be chosen by what, what is refused, and what a wave adds."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions.drawing import prepared
from review_app.actions.weighing import design_weights, frame_facts, frame_of
from review_app.actions.workspace import opened
from review_app.errors import NotAllowed, StoreBusy, WrongUsage
from review_app.sampling.draw import draw
from review_app.store import draws, slots
from review_app.traces.trace import Feedback, encode

from ..builders import a_trace
from .loop import answer, filled_project

MAP = """
trace_id: trace_id
judge: judge
judge_version: {constant: "1"}
criterion: {constant: good_enough}
label: label
confidence: confidence
scale: {labels: [pass, fail], bad: [fail]}
"""
N = 200


def is_flagged(judge: str, n: int) -> bool:
    return n % (5 if judge == "a" else 4) == 0


def confidence(judge: str, n: int) -> float:
    return 0.5 if judge == "a" and n % 10 == 3 else 0.9


def language(n: int) -> str | None:
    return "ja" if n % 50 == 7 else None if n % 50 == 8 else "en"


def ingested(project: Path, numbers: range) -> None:
    """Traces that differ in language, feedback and route, and two judges' verdicts on them."""
    lines = [
        encode(
            a_trace(
                f"t-{n:04d}",
                language=language(n),
                route="returns" if n % 2 else "billing",
                tags=("vip",) if n % 40 == 1 else (),
                user_feedback=Feedback(rating=-1.0 if n % 20 == 2 else 1.0),
                output=f"Answer {n} [kb-1].",
            )
        )
        for n in numbers
    ]
    said = [
        {"trace_id": f"t-{n:04d}", "judge": judge, "label": "fail" if is_flagged(judge, n) else "pass"}
        | {"confidence": confidence(judge, n)}
        for n in numbers
        for judge in ("a", "b")
    ]
    folder = project.parent
    (folder / "t.jsonl").write_bytes(b"\n".join(lines))
    (folder / "v.jsonl").write_bytes(b"\n".join(map(orjson.dumps, said)))
    (folder / "v.map.yaml").write_text(MAP)
    actions.ingest(project, [folder / "t.jsonl"])
    actions.import_verdicts(project, folder / "v.jsonl", folder / "v.map.yaml")


def planned(project: Path, text: str, budget: int = 60) -> None:
    (project / "sampling.yaml").write_text(f"salt: s\nreviews: {budget}\n{text}\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    found = tmp_path / "project"
    actions.init(found)
    (found / "checks.yaml").write_text("checks: []")
    ingested(found, range(N))
    return found


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        pytest.param("judge_flagged", [n for n in range(N) if n % 5 == 0 or n % 4 == 0], id="some judge flagged it"),
        pytest.param("flagged", [n for n in range(N) if n % 5 == 0 or n % 4 == 0], id="no check: the same"),
        pytest.param("disagreement", [n for n in range(N) if (n % 5 == 0) != (n % 4 == 0)], id="one of two"),
        pytest.param("uncertain", [n for n in range(N) if n % 10 == 3], id="confidence .5 < .6"),
        pytest.param("rare", [n for n in range(N) if n % 50 == 7], id="2 % of the frame; missing is not rare"),
        pytest.param("complaint", [n for n in range(N) if n % 20 == 2], id="feedback below 0"),
        pytest.param("check_failed", [], id="no check"),
    ],
)
def test_what_a_strategy_may_choose(project: Path, strategy: str, expected: list[int]) -> None:
    # 200 reviews, 30 % of them random: 140 for the strategy, more than it has, so it takes all.
    planned(project, f"shares: {{random: 0.3, {strategy}: 0.7}}", budget=N)
    drawn = actions.sample(project).draw
    held = draws.drawn(opened(project).store, "main")
    chosen = held[held["eligible"].str.contains(strategy)]
    assert sorted(int(name.removeprefix("t-")) for name in chosen["trace_id"]) == expected
    assert drawn.eligible[strategy] == len(expected)


def test_a_failed_check(project: Path) -> None:
    (project / "checks.yaml").write_text("checks: [{name: sevens, type: required_pattern, pattern: '7 .kb-1'}]")
    actions.run_checks(project)
    planned(project, "shares: {random: 0.3, check_failed: 0.7}", budget=N)
    # every answer but those of the 20 numbers that end in 7
    assert actions.sample(project).draw.eligible["check_failed"] == 180


def test_the_rule_stays_that_of_the_first_draw(project: Path) -> None:
    planned(project, "shares: {random: 0.5, rare: 0.5}")
    first = actions.sample(project)
    assert first.draw.eligibility["rare"]["values"]["language"] == ["ja"]
    before = set(draws.drawn(opened(project).store, "main")["trace_id"])
    # 40 more in Japanese: 44 of 240 are no longer rare, but the rule is settled.
    actions.ingest(project, [_more_japanese(project)])
    second = actions.sample(project)
    assert second.draw.eligible["rare"] == first.draw.eligible["rare"] + 40
    assert before <= set(draws.drawn(opened(project).store, "main")["trace_id"])


def _more_japanese(project: Path) -> Path:
    path = project.parent / "ja.jsonl"
    path.write_bytes(b"\n".join(encode(a_trace(f"ja-{n}", language="ja", route="billing")) for n in range(40)))
    return path


@pytest.mark.parametrize(
    ("before", "now", "match"),
    [
        pytest.param("rare: {below: 0.05}", "rare: {below: 0.1}", "'rare'", id="rare"),
        pytest.param("uncertain: {below: 0.6}", "uncertain: {below: 0.7}", "'uncertain'", id="uncertain"),
        pytest.param("exact: false", "exact: true", "'exact'", id="exact"),
        pytest.param("frame: {}", "frame: {language: [en]}", "frame was", id="frame"),
    ],
)
def test_a_changed_rule_is_refused(project: Path, before: str, now: str, match: str) -> None:
    shares = "shares: {random: 0.4, rare: 0.3, uncertain: 0.3}\n"
    planned(project, shares + before)
    actions.sample(project)
    planned(project, shares + now)
    with pytest.raises(WrongUsage, match=match) as refused:
        actions.sample(project)
    assert "new `queue`" in refused.value.do


def test_a_strategy_that_left_the_plan_keeps_its_rate(project: Path) -> None:
    planned(project, "shares: {random: 0.5, complaint: 0.5}")
    first = actions.sample(project)
    planned(project, "shares: {random: 1}", budget=100)
    second = actions.sample(project)
    assert second.draw.rates["complaint"] == first.draw.rates["complaint"]
    assert second.held == first.held + second.added


def test_a_draw_says_what_its_frame_was(project: Path) -> None:
    planned(project, "shares: {random: 1}")
    first = actions.sample(project).draw
    assert (first.strata, first.unreachable) == ({"billing": 100, "returns": 100}, 0)
    again = actions.sample(project).draw
    assert again.frame_id == first.frame_id
    ingested(project, range(N, N + 10))
    facts = frame_facts(opened(project))
    assert facts is not None
    assert (facts.size, facts.late, facts.gone) == (N, 10, 0)
    assert ("a", "1", "good_enough") in facts.judges
    assert set(frame_of(opened(project), first)["trace_id"]) == {f"t-{n:04d}" for n in range(N)}
    assert actions.sample(project).draw.frame_id != first.frame_id
    later = frame_facts(opened(project))
    assert later is not None
    assert later.refuses_whole_frame() is None


def test_a_changed_trace_was_seen_before(project: Path) -> None:
    planned(project, "shares: {random: 1}")
    actions.sample(project)
    (project.parent / "c.jsonl").write_bytes(encode(a_trace("t-0001", output="Quite another answer.")))
    assert actions.ingest(project, [project.parent / "c.jsonl"]).saved.changed == 1
    facts = frame_facts(opened(project))
    assert facts is not None
    assert facts.late == 0


def test_exactly_so_many_and_only_once(project: Path) -> None:
    planned(project, "exact: true\nshares: {random: 1}", budget=50)
    assert actions.sample(project).held == 50
    assert actions.sample(project).added == 0
    with pytest.raises(WrongUsage, match="exact"):
        actions.sample(project, reviews=80)


def test_two_who_draw_at_once(project: Path) -> None:
    planned(project, "shares: {random: 1}")
    workspace = opened(project)
    slow = prepared(workspace, workspace.settings.plan)
    held = actions.sample(project).held
    with pytest.raises(StoreBusy, match="in the meantime"):
        draws.save(workspace.store, slow.draw, draw(slow.frame, slow.draw.rates, "s"))
    assert len(draws.drawn(workspace.store, "main")) == held
    assert len(draws.every(workspace.store, "main")) == 1


def test_what_is_stored_during_a_draw_came_after_it(project: Path) -> None:
    planned(project, "shares: {random: 1}")
    workspace = opened(project)
    slow = prepared(workspace, workspace.settings.plan)
    ingested(project, range(N, N + 7))
    draws.save(workspace.store, slow.draw, draw(slow.frame, slow.draw.rates, "s"))
    facts = frame_facts(workspace)
    assert facts is not None
    assert (facts.size, facts.late) == (N, 7)


def test_what_is_urgent_comes_first_and_stays_out_of_the_weights(project: Path) -> None:
    planned(project, "shares: {random: 1}\nurgent: {tags: [vip], feedback_below: -0.5}", budget=20)
    urgent = {f"t-{n:04d}" for n in range(N) if n % 40 == 1 or n % 20 == 2}
    done = actions.sample(project)
    assert done.urgent == len(urgent) == 15
    assert actions.sample(project).urgent == 0
    first = actions.desk(project, "ana", want=15).items
    assert {item.trace.trace_id for item in first} <= urgent
    assert set(design_weights(opened(project), ())["trace_id"]) == set()


def test_what_was_answered_as_urgent_counts_when_its_turn_in_the_draw_comes(project: Path) -> None:
    """One reviewer has no trace twice: without the urgent ones a draw that looks for them could never be finished."""
    planned(project, "shares: {random: 0.6, complaint: 0.4}\nurgent: {feedback_below: -0.5}", budget=60)
    actions.sample(project)
    drawn = set(draws.drawn(opened(project).store, "main")["trace_id"])
    urgent = {f"t-{n:04d}" for n in range(N) if n % 20 == 2}
    assert len(urgent & drawn) > 3
    answer(project, "ana", len(urgent))
    # Nothing of the draw is answered yet.
    assert [judge.n for judge in actions.measure_agreement(project).judges] == [0, 0]
    answer(project, "ana", 500)
    waiting = slots.states(opened(project).store, "main")[lambda rows: rows["origin"] == "draw"]
    assert set(waiting.loc[waiting["state"] == "done", "trace_id"]) == drawn - urgent
    # All but those whose turn would come after the last one that was given.
    reached = waiting["state"].eq("done")[::-1].cummax()
    assert [judge.n for judge in actions.measure_agreement(project).judges] == [reached.sum()] * 2
    assert reached.sum() > len(drawn - urgent)


def test_planning_writes_nothing_and_foresees_the_draw(project: Path) -> None:
    planned(project, "shares: {random: 0.4, judge_flagged: 0.6}", budget=100)
    forecast = actions.plan_sample(project)
    assert draws.every(opened(project).store, "main") == ()
    # 80 flagged of 200. flagged: 60 / 80, random: 40 / 200; 80 x (1 - .25 x .8) + 120 x .2 = 88
    assert forecast.traces == pytest.approx(88)
    assert forecast.added == pytest.approx(88)
    assert forecast.minutes == pytest.approx(88 * 1.5)
    assert {judge.judge for judge in forecast.judges} == {"a", "b"}
    assert abs(actions.sample(project).held - 88) < 4 * forecast.sd
    again = actions.plan_sample(project)
    assert again.added == pytest.approx(0)


def test_labels_take_the_place_of_assumptions(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    answer(project, "ana", 80)
    report = actions.measure_agreement(project)
    (judge,) = actions.plan_sample(project, report=report).judges
    (other,) = actions.plan_sample(project).judges
    assert judge.anticipated.tpr == report.judges[0].metrics["tpr"].value
    assert "labelled traces" in judge.anticipated.source
    assert "assumed" in other.anticipated.source


def test_fresh_traces_of_a_slice(project: Path) -> None:
    planned(project, "shares: {random: 1}", budget=40)
    base = actions.sample(project)
    held = set(draws.drawn(opened(project).store, "main")["trace_id"])
    wave = actions.top_up_slice(project, "lea", {"route": "returns", "language": "en"}, n=20)
    store = opened(project).store
    sent = draws.drawn_by_waves(store, "main")
    numbers = [int(name.removeprefix("t-")) for name in sent["trace_id"]]
    assert all(n % 2 and language(n) == "en" for n in numbers)
    assert not set(sent["trace_id"]) & held
    assert (wave.added, wave.held) == (len(sent), base.held + len(sent))
    # 100 returns, less the four in Japanese; b = 20 / (20 + 96 x .2), whatever was drawn
    assert wave.draw.frame_size == 96
    assert wave.draw.combination == pytest.approx(20 / (20 + 96 * 0.2))
    assert abs(len(sent) - 20) < 4 * 20**0.5
    assert set(slots.states(store, "main")["trace_id"]) == held | set(sent["trace_id"])
    # Of the 96: odd multiples of 5 for judge a; b flags no odd one.
    said = {row["judge"]: (row["n_flagged"], row["n_passed"]) for row in wave.draw.verdict_counts["judges"]}
    by_a = sum(is_flagged("a", n) for n in range(N) if n % 2 and language(n) == "en")
    assert said == {"a": (by_a, 96 - by_a), "b": (0, 96)}
    assert wave.draw.frame_id != base.draw.frame_id
    # The series goes on as if there had been no wave.
    assert actions.sample(project).added == 0
    assert actions.sample(project, reviews=80).draw.number == 3


def test_the_weights_of_a_wave(project: Path) -> None:
    planned(project, "shares: {random: 1}", budget=40)
    actions.sample(project)
    wave = actions.top_up_slice(project, "lea", {"route": "returns"}, n=20).draw
    store = opened(project).store
    by_draw, by_wave = draws.drawn(store, "main"), draws.drawn_by_waves(store, "main")
    done = {*by_draw["trace_id"], *by_wave["trace_id"]}
    found = design_weights(opened(project), done).set_index("trace_id")
    b, q = wave.combination, float(wave.rates["slice"])
    assert b is not None
    returns = by_draw.loc[by_draw["stratum"] == "returns", "trace_id"]
    billing = by_draw.loc[by_draw["stratum"] == "billing", "trace_id"]
    assert found.loc[billing, "weight"].tolist() == pytest.approx([5.0] * len(billing))
    assert found.loc[returns, "weight"].tolist() == pytest.approx([(1 - b) * 5 + b] * len(returns))
    assert found.loc[by_wave["trace_id"], "weight"].tolist() == pytest.approx([b / q] * len(by_wave))


def test_what_came_later_weighs_as_much_as_it_is(project: Path) -> None:
    """200 traces, all drawn reviewed; 200 more, half of what was drawn of them reviewed: either half stands for 200."""
    planned(project, "shares: {random: 1}", budget=80)
    actions.sample(project)
    first = set(draws.drawn(opened(project).store, "main")["trace_id"])
    ingested(project, range(N, 2 * N))
    actions.sample(project)
    added = set(draws.drawn(opened(project).store, "main")["trace_id"]) - first
    assert all(int(name.removeprefix("t-")) >= N for name in added)
    done = first | set(sorted(added)[: len(added) // 2])
    found = design_weights(opened(project), done).set_index("trace_id")["weight"]
    # Both rates are 80 / 200: 1 / .4 = 2.5, and for what came later 2.5 over the part of it that is done.
    assert found[list(first)].tolist() == pytest.approx([2.5] * len(first))
    late = 2.5 * len(added) / (len(added) // 2)
    assert found[list(added)].tolist() == pytest.approx([late] * len(added))


def test_what_came_after_a_wave_is_not_in_its_slice(project: Path) -> None:
    planned(project, "shares: {random: 1}", budget=80)
    actions.sample(project)
    before = set(draws.drawn(opened(project).store, "main")["trace_id"])
    wave = actions.top_up_slice(project, "lea", {"route": "returns"}, n=20).draw
    ingested(project, range(N, 2 * N))
    actions.sample(project)
    held = draws.drawn(opened(project).store, "main")
    sent = draws.drawn_by_waves(opened(project).store, "main")
    found = design_weights(opened(project), {*held["trace_id"], *sent["trace_id"]}).set_index("trace_id")["weight"]
    returns = held.loc[held["stratum"] == "returns", "trace_id"]
    b = wave.combination
    assert b is not None
    old, late = (returns[returns.isin(before) == there] for there in (True, False))
    assert found[old].tolist() == pytest.approx([(1 - b) * 2.5 + b] * len(old))
    assert found[late].tolist() == pytest.approx([2.5] * len(late))


def test_a_slice_by_strategy(project: Path) -> None:
    planned(project, "shares: {random: 0.5, disagreement: 0.5}", budget=30)
    actions.sample(project)
    actions.top_up_slice(project, "lea", {"strategy": "disagreement"}, n=10)
    sent = draws.drawn_by_waves(opened(project).store, "main")
    assert len(sent)
    assert all("disagreement" in names for names in sent["eligible"])


@pytest.mark.parametrize(
    ("condition", "match"),
    [
        pytest.param({"route": "nowhere"}, "None of the 0", id="nothing has it"),
        pytest.param({"colour": "red"}, "no slice", id="no such column"),
        pytest.param({"strategy": "rare"}, "no slice", id="a strategy the queue does not use"),
        pytest.param({}, "no slice", id="nothing said"),
    ],
)
def test_a_slice_that_cannot_be_sent(project: Path, condition: dict[str, str], match: str) -> None:
    with pytest.raises(WrongUsage, match="no draw yet"):
        actions.top_up_slice(project, "lea", condition)
    actions.sample(project)
    with pytest.raises(WrongUsage, match=match):
        actions.top_up_slice(project, "lea", condition)


def test_only_a_lead_sends_a_slice(project: Path) -> None:
    with (project / "project.yaml").open("a") as file:
        file.write("people: {lea: lead, ana: reviewer}\n")
    with pytest.raises(NotAllowed):
        actions.top_up_slice(project, "ana", {"route": "returns"})
