"""Blind spots as one person may see them, and what of them can be sent to the queue."""

from __future__ import annotations

from pathlib import Path

import orjson
import pandas as pd
import pytest

from review_app import actions
from review_app.actions.evidence import SLICES, evidence, labels_under
from review_app.actions.topics import TOPIC, members, topics_of
from review_app.actions.weighing import design_weights
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.slicing import slices
from review_app.agreement.slicing.slices import MISSING, OTHER, Term
from review_app.errors import WrongUsage
from review_app.store.blindness import unseen
from review_app.store.candidates import SLICE_COLUMNS, about
from review_app.store.draws import drawn_by_waves, every
from review_app.store.engine import Store
from review_app.traces import text_clusters
from review_app.traces.trace import Message, encode

from ..builders import a_trace
from .desks import PEOPLE
from .loop import VERDICT_MAP, answer, filled_project, is_bad

TRACES = 480
SPOT = "returns"
WORDS = (
    "refund parcel label courier exchange receipt voucher warranty damaged carton pickup sender scratched lid handle",
    "order invoice address payment discount basket confirmation card account shipping tracking gift billing tax coupon",
)


def in_the_spot(number: int) -> bool:
    """Every third trace, and so every third bad one: 5 and 3 have no factor in common."""
    return number % 3 == 0


def question(number: int) -> str:
    """Six of fifteen words of the route, others for each trace."""
    words = WORDS[not in_the_spot(number)].split()
    return " ".join(words[(number * step + step) % len(words)] for step in range(1, 7))


def spotted_project(folder: Path, reviewed: int = 1_000) -> Path:
    """A census of 480 traces, 96 of them bad; the judge passes all 32 bad ones of one route and none of the others."""
    project = folder / "project"
    actions.init(project)
    (project / "sampling.yaml").write_text(
        f"salt: s\nreviews: {TRACES // 2}\nframe: {{until: 2100-01-01}}\nshares: {{random: 1}}\n"
    )
    with (project / "project.yaml").open("a") as file:
        file.write(PEOPLE)
    traces = [
        a_trace(
            f"t-{n:04d}",
            route=SPOT if in_the_spot(n) else "orders",
            messages=(Message(role="user", content=question(n)),),
            output=f"Answer {n}.",
        )
        for n in range(TRACES)
    ]
    lines = [encode(trace) for trace in traces]
    (folder / "traces.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    flagged = [is_bad(n) and not in_the_spot(n) for n in range(TRACES)]
    verdicts = [
        {"trace_id": f"t-{n:04d}", "label": "fail" if flag else "pass", "confidence": 0.9}
        for n, flag in enumerate(flagged)
    ]
    (folder / "verdicts.jsonl").write_bytes(b"\n".join(map(orjson.dumps, verdicts)))
    (folder / "verdicts.map.yaml").write_text(VERDICT_MAP)
    actions.ingest(project, [folder / "traces.jsonl"])
    actions.import_verdicts(project, folder / "verdicts.jsonl", folder / "verdicts.map.yaml")
    actions.sample(project)
    answer(project, "ana", reviewed)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spotted_project(tmp_path_factory.mktemp("spotted"))


def test_the_planted_blind_spot_is_found_and_names_its_traces(project: Path) -> None:
    found = actions.audit(project, "lea")
    (judge,) = found.judges
    assert judge.blind_spots is not None
    spot = judge.blind_spots.found[0]
    assert spot.terms == (Term(column="route", value=SPOT),)
    assert (spot.rate_in.value, spot.rate_out.value) == (1.0, 0.0)
    assert len(spot.examples) == 5
    assert judge.false_alarms is not None
    assert judge.false_alarms.found == ()
    assert judge.biases is not None
    assert found.leads
    assert not actions.audit(project, "ben").leads


def test_no_example_is_a_trace_that_is_still_to_be_judged(tmp_path: Path) -> None:
    made = spotted_project(tmp_path, 150)
    store = Store(made / "review.db")
    # Nobody had these reviewed twice: what ana answered nobody waits for.
    before = actions.audit(made, "ben").judges[0].blind_spots
    assert before is not None
    example = before.found[0].examples[0]
    actions.send_to_queue(made, "lea", [example])
    assert example in unseen(store, "ben")
    assert example not in unseen(store, "ana")
    store.close()
    for person, may in (("ana", True), ("ben", False)):
        found = actions.audit(made, person).judges[0].blind_spots
        assert found is not None
        assert (example in found.found[0].examples) is may
        told = actions.agreement_seen_by(made, person).judges[0].disagreements
        assert (example in {one.trace_id for one in told}) is may


@pytest.mark.parametrize(
    ("terms", "condition"),
    [
        ([Term(column="route", value="returns")], {"route": "returns"}),
        ([Term(column="language", value=MISSING)], {"language": "none"}),
        ([Term(column="route", value="a"), Term(column="model", value="b")], {"route": "a", "model": "b"}),
        ([Term(column="n_turns", value="above 3", low=3)], {"n_turns": "above 3"}),
        # Its words are rounded; what is sent is not.
        (
            [Term(column="output_chars", value="above 1.23457e+06 up to 2e+06", low=1234567.5, high=2e6)],
            {"output_chars": "above 1234567.5 up to 2000000"},
        ),
        ([Term(column="route", value=OTHER, common=("a", MISSING))], {"route": 'none of ["a", "none"]'}),
        ([Term(column="topic", value="tax, vat, bill")], {"topic": "tax, vat, bill"}),
    ],
    ids=["value", "missing", "two", "open range", "range", "other", "topic"],
)
def test_every_finding_can_be_sent(terms: list[Term], condition: dict[str, str]) -> None:
    assert actions.slice_condition(terms) == condition
    assert {*SLICES, TOPIC} <= {*SLICE_COLUMNS, TOPIC}


@pytest.mark.parametrize("column", ["output_chars", "topic"])
def test_fresh_traces_of_a_range_or_a_topic_are_sent_and_weighted(tmp_path: Path, column: str) -> None:
    """Half of the traces are drawn; each finding of the search names the same traces in the store as in its labels."""
    made = spotted_project(tmp_path)
    workspace = opened(made)
    labelled = labels_under(workspace, workspace.settings.rubric, evidence(workspace), topics_of(workspace))
    rows = labelled.people.labels
    term = next(one for one in slices.terms(rows[column]) if one.column == column)
    inside = set(rows.loc[term.holds(rows[column]), "trace_id"])
    weights = design_weights(workspace, set(rows["trace_id"])).set_index("trace_id")["weight"]
    sent = actions.top_up_slice(made, "lea", actions.slice_condition([term]), 20)
    assert sent.draw.kind == "reacting"
    assert sent.added > 0
    drawn = drawn_by_waves(workspace.store, "main")
    fresh = labels_of(workspace, drawn["trace_id"].tolist(), column)
    assert term.holds(fresh).all()
    # b of the total comes from the wave, so what was drawn before counts less in the slice, and as ever outside it.
    b = sent.draw.combination
    assert b is not None
    after = design_weights(workspace, {*rows["trace_id"], *drawn["trace_id"]}).set_index("trace_id")["weight"]
    for trace_id in rows["trace_id"]:
        less = (1 - b) * weights[trace_id] + b
        assert after[trace_id] == pytest.approx(less if trace_id in inside else weights[trace_id])


def labels_of(workspace: Workspace, trace_ids: list[str], column: str) -> pd.Series:
    if column == "topic":
        fitted = topics_of(workspace).names
        assert fitted
        (name,) = {draw.slice["topic"] for draw in every(workspace.store, "main") if draw.slice}
        there = members(workspace, name)
        return pd.Series([name.rpartition(" [")[0] if one in there else "" for one in trace_ids], name=column)
    return about(workspace.store, trace_ids)[column].astype(float)


def test_a_topic_that_is_none_is_refused(project: Path) -> None:
    with pytest.raises(WrongUsage, match=r"There is no topic 'tax' by now.*"):
        actions.top_up_slice(project, "lea", {"topic": "tax"}, 20)


def test_topics_are_looked_at_too_or_told_to_be_missing(project: Path) -> None:
    plain, by_topic = (actions.audit(project, "lea", topics=wanted) for wanted in (False, True))
    tested = [found.judges[0].blind_spots.n_tested for found in (plain, by_topic) if found.judges[0].blind_spots]
    assert plain.unseen == ""
    if text_clusters.available():
        assert by_topic.unseen == ""
        assert tested[1] > tested[0]
    else:
        assert "scikit-learn is not installed" in by_topic.unseen
        assert tested[1] == tested[0]


def test_texts_that_are_all_the_same_have_no_topics(tmp_path: Path) -> None:
    if not text_clusters.available():
        pytest.skip("scikit-learn is not installed: pip install 'review-app[text]'")
    made = filled_project(tmp_path, traces=60, budget=20)
    answer(made, "ana", 20)
    assert "too few to be grouped" in actions.audit(made, "ana", topics=True).unseen


def test_the_report_names_people_to_those_who_lead(project: Path) -> None:
    (led,), (other,) = (actions.agreement_seen_by(project, person).people[:1] for person in ("lea", "ben"))
    assert [one.rater for one in led.reviewers.reviewers] == ["ana"]
    assert other.reviewers.reviewers == ()
