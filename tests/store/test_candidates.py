"""Who may be drawn, asked of both engines."""

from __future__ import annotations

from datetime import UTC

import pandas as pd
import pytest

from review_app.sampling.plan import Frame, Urgent
from review_app.sampling.slice_values import read
from review_app.store import candidates, draws, results, traces, verdicts
from review_app.store.draws import Draw
from review_app.store.engine import Store
from review_app.store.prepared import prepare
from review_app.traces.trace import Feedback, ToolCall

from ..builders import NOON, a_trace, a_verdict, after, keep

LABELS = {"good_enough": ("pass", "fail")}
BAD = {"good_enough": ("fail",)}


@pytest.fixture
def filled(store: Store) -> Store:
    """t-0 ... t-5, one hour apart; t-4 came an hour later, t-5 has no route and no language."""
    early = [a_trace(f"t-{n}", at=after(hours=n), language="ja" if n == 1 else "en") for n in range(4)]
    keep(store, [*early, a_trace("t-5", at=None, route=None, language=None, user_feedback=Feedback(rating=-1.0))])
    traces.save(store, [prepare(a_trace("t-4", route="billing", tags=("vip", "de")))], after(hours=1))
    said = [("t-0", "a", "fail", 0.9), ("t-0", "b", "pass", 0.9), ("t-1", "a", "fail", 0.4), ("t-1", "b", "fail", None)]
    said += [("t-2", "a", "pass", 0.59), ("t-2", "b", "pass", 0.6)]
    verdicts.save(store, [a_verdict(name, label, judge=judge, confidence=c) for name, judge, label, c in said])
    verdicts.save(store, [a_verdict("t-3", None, status="refused", confidence=0.1)])
    row = {"trace_version": 1, "check": "has_answer", "check_version": "1", "detail": "", "at": 0}
    results.save(store, [row | {"trace_id": f"t-{n}", "status": "fail" if n == 3 else "pass"} for n in range(4)])
    return store


def named(*numbers: int) -> set[str]:
    return {f"t-{n}" for n in numbers}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(Frame(), named(0, 1, 2, 3, 4, 5), id="everything"),
        pytest.param(Frame(route=("returns",)), named(0, 1, 2, 3), id="route"),
        pytest.param(Frame(language=("ja", "de")), named(1), id="language"),
        pytest.param(Frame(since=after(hours=1)), named(1, 2, 3), id="since is included; no time is outside"),
        pytest.param(
            Frame(until=after(hours=1).replace(tzinfo=None)), named(0, 4), id="until is not; no zone means UTC"
        ),
    ],
)
def test_the_frame(filled: Store, frame: Frame, expected: set[str]) -> None:
    assert set(candidates.candidates(filled, frame)["trace_id"]) == expected
    assert candidates.size(filled, frame) == len(expected)


def test_strata_and_what_came_late(filled: Store) -> None:
    found = candidates.candidates(filled, Frame(), seen_by=NOON)
    assert dict(zip(found["trace_id"], found["stratum"], strict=True)) == {
        "t-0": "returns", "t-1": "returns", "t-2": "returns", "t-3": "returns", "t-5": "none",
    }  # fmt: skip
    # A new version of a trace does not make it late.
    traces.save(filled, [prepare(a_trace("t-0", output="Another."))], after(hours=2))
    assert candidates.size(filled, Frame(), seen_by=NOON) == 5
    names = [f"t-{n}" for n in range(1_000)]
    assert candidates.seen(filled, names, NOON) == named(0, 1, 2, 3, 5)
    assert candidates.seen(filled, [*names[3:]], after(hours=1)) == named(3, 4, 5)


def test_strategies(filled: Store) -> None:
    assert candidates.failed(filled, {"has_answer": "1"}) == named(3)
    assert candidates.failed(filled, {"has_answer": "2"}) == set()
    assert candidates.labelled(filled, BAD) == named(0, 1)
    assert candidates.disputed(filled, BAD, LABELS) == named(0)
    assert candidates.unsure(filled, LABELS, 0.6) == named(1, 2)
    assert candidates.complained(filled) == named(5)
    assert candidates.said_by(filled, ("b", "1", "good_enough"), ("pass",)) == named(0, 2)
    # 1 of 6 is below a fifth; what is missing is not a value
    assert candidates.rare_values(filled, Frame(), ("language", "route"), 0.2) == {
        "language": ["ja"],
        "route": ["billing"],
    }
    assert candidates.having(filled, {"language": ["ja"], "route": ["billing"]}) == named(1, 4)
    assert candidates.having(filled, {"language": []}) == set()


def test_tools(store: Store) -> None:
    called = {"a": ("find",), "b": ("find", "pay", "find"), "c": (), "d": ("pay_back",)}
    keep(store, [a_trace(n, tool_calls=tuple(ToolCall(name=t) for t in tools)) for n, tools in called.items()])
    # find: 2 of 4, pay and pay_back: 1 of 4
    assert candidates.rare_values(store, Frame(), ("tool",), 0.5) == {"tool": ["pay", "pay_back"]}
    assert candidates.having(store, {"tool": ["pay", "pay_back"]}) == {"b", "d"}
    assert candidates.having(store, {"tool": []}) == set()
    assert candidates.in_slice(store, {"tool": "pay"}) == {"b"}
    assert candidates.in_slice(store, {"tool": "find", "n_tools": "1"}) == {"a"}
    assert candidates.in_slice(store, {"tools": "find,pay"}) == {"b"}
    assert candidates.in_slice(store, {"tools": "none"}) == {"c"}
    about = candidates.about(store, ["b", "c"]).set_index("trace_id")["tools"]
    assert about.to_dict() == {"b": "find,pay", "c": "none"}


def test_a_result_on_an_older_version_is_none(filled: Store) -> None:
    traces.save(filled, [prepare(a_trace("t-3", output="Another."))], after(hours=2))
    assert candidates.failed(filled, {"has_answer": "1"}) == set()


def test_slices(filled: Store) -> None:
    assert candidates.in_slice(filled, {"route": "returns", "language": "ja"}) == named(1)
    assert candidates.in_slice(filled, {"route": "none"}) == named(5)
    assert candidates.in_slice(filled, {"n_documents": "1"}) == named(0, 1, 2, 3, 4, 5)
    assert candidates.in_slice(filled, {"route": 'none of ["none", "returns"]'}) == named(4)
    about = candidates.about(filled, ["t-5", "t-4"]).set_index("trace_id")
    assert about.loc["t-5", ["route", "language"]].tolist() == ["none", "none"]
    assert about.loc["t-4", "tags"] == "vip,de"


@pytest.mark.parametrize(
    ("column", "asked"),
    [
        ("output_chars", "up to 3"), ("output_chars", "above 3"), ("output_chars", "above 2 up to 4.5"),
        ("output_chars", "4"), ("output_chars", 'none of ["4", "1"]'), ("n_turns", "above 0"), ("route", "above 0"),
    ],
)  # fmt: skip
def test_the_store_and_a_table_agree_on_who_is_in_a_slice(store: Store, column: str, asked: str) -> None:
    keep(store, [a_trace(f"t-{n}", output="x" * n or None, route="above 0" if n < 3 else "") for n in range(7)])
    about = candidates.about(store, [f"t-{n}" for n in range(7)])
    held = about.loc[read(column, asked).holds(about[column]), "trace_id"]
    assert candidates.in_slice(store, {column: asked}) == set(held)
    assert 0 < len(held) <= 7


def test_who_said_what_how_often(filled: Store) -> None:
    found = candidates.said(filled, Frame(language=("ja",)), seen_by=NOON)
    assert sorted(zip(found["judge"], found["label"], found["n"], strict=True)) == [("a", "fail", 1), ("b", "fail", 1)]
    assert candidates.said(filled, Frame())["n"].sum() == 7
    of_two = candidates.said_of(filled, ["t-0", "t-3"]).fillna("none")
    assert sorted(zip(of_two["judge"], of_two["status"], of_two["label"], of_two["n"], strict=True)) == [
        ("a", "ok", "fail", 1), ("b", "ok", "pass", 1), ("judge-a", "refused", "none", 1),
    ]  # fmt: skip


def test_urgent(filled: Store) -> None:
    what = Urgent(checks=("has_answer",), tags=("vip",), feedback_below=-0.5)
    assert candidates.urgent(filled, what, {"has_answer": "1"}) == named(3, 4, 5)
    assert candidates.urgent(filled, Urgent(tags=("vi",)), {}) == set()
    assert draws.send_urgent(filled, "main", named(3, 4), NOON) == 2
    assert draws.send_urgent(filled, "main", named(3, 4), NOON) == 0


def test_a_draw_comes_back_as_it_was_stored(filled: Store) -> None:
    made = Draw(
        draw_id="main-1", queue="main", number=1, salt="s", rates={}, frame_size=6, eligible={"random": 6},
        verdict_counts={"judges": []}, flag_rule="", frame="", at=NOON.astimezone(UTC), kind="reacting",
        eligibility={"rare": {"values": {"route": ["a"]}}}, strata={"returns": 4}, frame_id="f", unreachable=2,
        slice={"route": "returns"}, combination=0.25,
    )  # fmt: skip
    rows = {"trace_id": ["t-0"], "stratum": "returns", "eligible": "random", "reasons": "slice", "queue_order": "a"}
    draws.save(filled, made, pd.DataFrame({**rows, "inclusion_probability": 0.5}))
    assert draws.every(filled, "main") == (made,)
    assert draws.series(filled, "main") == ()
    assert draws.drawn(filled, "main").empty
    assert draws.drawn_by_waves(filled, "main")["inclusion_probability"].tolist() == [0.5]


def test_what_is_outside_is_in_no_frame(filled: Store) -> None:
    before = candidates.said(filled, Frame()).sort_values(["judge", "status", "label"]).to_dict("records")
    apart = [prepare(a_trace(name, route="x")) for name in ("c-1", "c-2")]
    assert traces.save(filled, apart, NOON, outside=True).new == 2
    verdicts.save(filled, [a_verdict("c-1", "fail", judge="a"), a_verdict("c-2", "fail", judge="only-here")])
    assert traces.outside(filled) == {"c-1", "c-2"}
    for frame in (Frame(), Frame(route=("x", "returns", "billing")), Frame(since=NOON)):
        assert set(candidates.candidates(filled, frame)["trace_id"]).isdisjoint({"c-1", "c-2"})
        assert candidates.size(filled, frame) == len(candidates.candidates(filled, frame))
    after_ = candidates.said(filled, Frame()).sort_values(["judge", "status", "label"]).to_dict("records")
    assert after_ == before
