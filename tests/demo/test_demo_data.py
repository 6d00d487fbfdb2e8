"""The committed demo data: reproducible, readable, varied, and with the blind spot that it is meant to have."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError
from scipy.stats import fisher_exact

from review_app.gate.policy import GatePolicy
from review_app.review.rubric import Rubric
from review_app.sampling.draw import draw, rates
from review_app.sampling.plan import SamplePlan
from review_app.traces.trace import Trace, decode

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
SHINGLE = 8
"""Words in a shingle: two texts that share many of these were cut from the same cloth."""


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """What stands in the files. traces: the records that decode. rejected: line -> the fault's field."""

    traces: list[Trace]
    rejected: dict[int, str]
    verdicts: list[dict[str, Any]]
    reviews: list[dict[str, Any]]


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    """The script, imported as it is when it is run: with its own folder first on the path."""
    sys.path.insert(0, str(DEMO))
    try:
        import make_demo

        yield make_demo
    finally:
        sys.path.remove(str(DEMO))


@pytest.fixture(scope="module")
def demo(maker: ModuleType) -> Any:
    return maker.make()


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    good, rejected = [], {}
    for number, line in enumerate((DEMO / "traces.jsonl").read_bytes().splitlines(), 1):
        try:
            good.append(decode(line))
        except ValidationError as fault:
            rejected[number] = ".".join(str(step) for step in fault.errors()[0]["loc"])
    return Shipped(traces=good, rejected=rejected, verdicts=_rows("verdicts.jsonl"), reviews=_rows("reviews.jsonl"))


def _rows(name: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (DEMO / name).read_bytes().splitlines()]


@pytest.mark.parametrize("name", ["traces.jsonl", "verdicts.jsonl", "reviews.jsonl"])
def test_the_script_makes_the_committed_bytes(demo: Any, name: str) -> None:
    assert demo.files[name] == (DEMO / name).read_bytes()


def test_the_broken_records_are_rejected_and_no_other(maker: ModuleType, shipped: Shipped) -> None:
    # Field that is at fault: none where the line is not an object at all.
    assert shipped.rejected == {87: "", 203: "trace_id", 388: "session_id", 561: "thumbs", 702: "at", 940: "cost_usd",
                                1115: ""}  # fmt: skip
    assert set(shipped.rejected) == {place for place, _, _ in maker.broken.BROKEN}


def test_the_numbers_of_the_readme(shipped: Shipped) -> None:
    assert len(shipped.traces) == 1222
    assert len({trace.trace_id for trace in shipped.traces}) == 1222
    assert Counter(trace.language for trace in shipped.traces) == {"en": 830, "de": 279, "fr": 113}
    assert Counter(trace.route for trace in shipped.traces) == {
        "order_status": 200, "returns_refunds": 254, "warranty_repair": 236, "troubleshooting": 196,
        "product_advice": 128, "subscription_billing": 99, "account_privacy": 64, "ticket_triage": 45,
    }  # fmt: skip
    models = Counter(trace.model for trace in shipped.traces)
    assert set(models) == {"aster-small-2", "aster-large-1"}
    assert min(models.values()) > 450


def test_eight_weeks_two_prompts_two_indexes(shipped: Shipped) -> None:
    times = [trace.at.isoformat() for trace in shipped.traces if trace.at]
    assert len(times) == len(shipped.traces)
    assert times == sorted(times)
    assert times[0].startswith("2026-09-21")
    assert times[-1].startswith("2026-11-15")
    for field in ("prompt_version", "retrieval_version"):
        in_order = [getattr(trace, field) for trace in shipped.traces]
        assert in_order == sorted(in_order)  # one change, never back
        assert len(set(in_order)) == 2


def test_about_one_in_five_is_multi_turn_and_one_in_nine_has_feedback(shipped: Shipped) -> None:
    share = {
        "several turns": sum(trace.n_turns > 1 for trace in shipped.traces) / len(shipped.traces),
        "feedback": sum(trace.user_feedback is not None for trace in shipped.traces) / len(shipped.traces),
    }
    assert 0.19 < share["several turns"] < 0.26
    assert 0.09 < share["feedback"] < 0.14


def test_failures_are_what_their_text_says(demo: Any) -> None:
    wrong = [one for one in demo.made if one.answer.kind]
    assert 0.16 < len(wrong) / len(demo.made) < 0.21
    for one in demo.made:
        if one.answer.kind is None:
            # JSON may be laid out otherwise; what it says is the same.
            assert one.scenario.triage or one.answer.text == one.answer.fixed, one.id
        else:
            assert one.answer.text != one.answer.fixed, one.id
            assert one.answer.wrong in one.answer.text or one.scenario.triage, one.id


def test_no_answer_and_hardly_a_question_comes_twice(shipped: Shipped) -> None:
    outputs = Counter(trace.output for trace in shipped.traces if trace.output)
    asked = Counter(_asked(trace) for trace in shipped.traces)
    assert max(outputs.values()) == 1
    assert len(asked) / len(shipped.traces) > 0.99


def test_few_questions_are_cut_from_the_same_cloth(shipped: Shipped) -> None:
    # Two texts are near-duplicates when they share more than 60 % of the 8-word shingles of both together. Over 1,222
    # questions from 367 hand-written ones about one in nine has such a twin; bare templates would give nearly all one.
    shingles = [found for trace in shipped.traces if (found := _shingles(_asked(trace)))]
    places: dict[str, list[int]] = {}
    for number, found in enumerate(shingles):
        for shingle in found:
            places.setdefault(shingle, []).append(number)
    twins = 0
    for number, found in enumerate(shingles):
        others = {other for shingle in found for other in places[shingle]} - {number}
        twins += any(len(found & shingles[o]) > 0.6 * len(found | shingles[o]) for o in others)
    assert twins / len(shingles) < 0.15


def _asked(trace: Trace) -> str:
    return "\n".join(message.text for message in trace.messages if message.role == "user")


def _shingles(text: str) -> set[str]:
    words = text.lower().split()
    return {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}


def _rate(demo: Any, judge: str, *, planted: bool | None, failing: bool) -> float:
    """The share of `judge`'s readable verdicts that are right; planted: the slice, all but the slice, or (None) all."""
    known = {one.id: one for one in demo.made}
    asked = [row for row in demo.verdicts if row["judge"] == judge and row["status"] == "ok"]
    mine = [row for row in asked if (known[row["trace_id"]].answer.kind is not None) is failing]
    mine = [row for row in mine if planted is None or _in_slice(known[row["trace_id"]]) is planted]
    return sum((row["label"] == "fail") is failing for row in mine) / len(mine)


def _in_slice(one: Any) -> bool:
    """The blind spot, by metadata alone."""
    return one.trace["language"] == "de" and one.trace["route"] in ("returns_refunds", "warranty_repair")


@pytest.mark.parametrize(
    ("judge", "planted", "failing", "low", "high"),
    [
        pytest.param("judge-a", True, True, 0.2, 0.4, id="judge-a misses most failures in the slice"),
        pytest.param("judge-a", False, True, 0.85, 0.92, id="judge-a catches them elsewhere"),
        pytest.param("judge-a", None, False, 0.93, 0.97, id="judge-a rarely cries wolf"),
        pytest.param("judge-b", True, True, 0.70, 0.92, id="judge-b has no blind spot there"),
        pytest.param("judge-b", False, True, 0.70, 0.82, id="judge-b is noisier"),
        pytest.param("judge-b", None, False, 0.86, 0.92, id="judge-b cries wolf more often"),
    ],
)
def test_true_rates_of_the_judges(
    demo: Any, judge: str, planted: bool | None, failing: bool, low: float, high: float
) -> None:
    assert low < _rate(demo, judge, planted=planted, failing=failing) < high


@pytest.mark.parametrize(
    ("routes", "bar"),
    [
        pytest.param(("returns_refunds", "warranty_repair"), 1e-5, id="German, returns and warranty"),
        pytest.param(None, 2e-3, id="German alone"),
    ],
)
def test_the_reviews_show_the_blind_spot(shipped: Shipped, routes: tuple[str, ...] | None, bar: float) -> None:
    # Over some 25 slices Holm asks the smallest p to be below .05 / 25 = .002.
    known = {trace.trace_id: trace for trace in shipped.traces}
    said = {row["trace_id"]: row["label"] for row in shipped.verdicts if row["judge"] == "judge-a"}
    failed = {row["trace_id"] for row in shipped.reviews if row["label"] == "fail" and said[row["trace_id"]]}
    table = [[0, 0], [0, 0]]
    for trace_id in failed:
        trace = known[trace_id]
        inside = trace.language == "de" and (routes is None or trace.route in routes)
        table[not inside][said[trace_id] == "fail"] += 1
    assert sum(table[0]) >= 15
    assert fisher_exact(table).pvalue < bar


def test_the_reviewed_traces_are_those_the_sampler_draws(demo: Any, maker: ModuleType, shipped: Shipped) -> None:
    queue = maker.reviewers.drawn(demo.made, demo.flagged)["trace_id"].tolist()
    reviews = Counter(row["trace_id"] for row in shipped.reviews)
    assert set(reviews) == set(queue)
    assert sum(n == 2 for n in reviews.values()) == 42
    assert max(reviews.values()) == 2
    assert Counter(row["outcome"] for row in shipped.reviews)["cannot_judge"] == 3


def test_raising_the_budget_leaves_about_forty_open(demo: Any, maker: ModuleType) -> None:
    # The draw of 340 keeps every trace of the draw of 300, as rates only grow.
    plan = _plan()
    frame = maker.reviewers.frame(demo.made, demo.flagged)
    eligible = {"random": len(frame), "flagged": int(frame["flagged"].sum())}
    before = rates(maker.reviewers.PLAN, eligible, {})
    wider = set(draw(frame, rates(plan, eligible, before), plan.salt)["trace_id"])
    reviewed = {row["trace_id"] for row in demo.reviews}
    assert reviewed <= wider
    assert 25 <= len(wider - reviewed) <= 55


def _plan() -> SamplePlan:
    return TypeAdapter(SamplePlan).validate_python(_yaml("sampling"))


def _yaml(name: str) -> Any:
    return yaml.safe_load((DEMO / "project" / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_project_s_yaml_is_what_our_classes_take(shipped: Shipped) -> None:
    rubric = TypeAdapter(Rubric).validate_python(_yaml("rubric"))
    reasons = {reason for row in shipped.reviews for reason in (row["reason"] or "").split(",") if reason}
    assert reasons <= set(rubric.criterion("reason").values())
    assert {row["label"] for row in shipped.reviews} == {"pass", "fail", None}
    assert _plan().reviews == 340
    assert all(row["note"] for row in shipped.reviews if row["label"] == "fail")
    gate = TypeAdapter(GatePolicy).validate_python(_yaml("gate"))
    assert set(gate.names()) <= {check["name"] for check in _yaml("checks")["checks"]}
