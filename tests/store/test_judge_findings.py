"""Findings are only ever added; a label's part is given once."""

from __future__ import annotations

from review_app.store import judge_findings, verdicts
from review_app.store.engine import Store
from review_app.store.judge_findings import Finding, Parted

from ..builders import NOON, a_trace, a_verdict, after, keep


def test_findings_are_kept_in_their_order(store: Store) -> None:
    one = Finding(kind="opening", judge="j", judge_version="1", criterion="c", body={"n": 3}, at=NOON)
    other = Finding(kind="opening", judge="k", judge_version="1", criterion="c", body={"n": 4}, at=after(hours=1))
    canary = Finding(kind="canaries", judge="j", judge_version="1", criterion="c", body={}, at=NOON)
    judge_findings.add(store, [other, one, canary])
    assert judge_findings.of_criterion(store, "opening", "c") == [one, other]
    assert judge_findings.of_judge(store, "opening", "j") == [one]
    assert judge_findings.of_criterion(store, "opening", "d") == []


def test_a_part_changes_to_none_and_to_nothing_else(store: Store) -> None:
    judge_findings.part(store, "c", [Parted(trace_id="t", part="dev", group="g")], NOON)
    judge_findings.part(store, "c", [Parted(trace_id="t", part="test", group="h")], NOON)
    assert judge_findings.parts(store, "c") == [Parted(trace_id="t", part="dev", group="g")]
    judge_findings.part(store, "c", [Parted(trace_id="t", part="none", group="g")], NOON)
    assert [one.part for one in judge_findings.parts(store, "c")] == ["none"]


def test_our_own_verdict_gives_way_to_a_newer_one(store: Store) -> None:
    keep(store, [a_trace()])
    for verdict in (a_verdict(label=None, status="error"), a_verdict(label="fail", confidence_source="logprobs")):
        with store.write() as write:
            verdicts.put(write, [verdict])
    assert verdicts.of_trace(store, "t-1") == (a_verdict(label="fail", confidence_source="logprobs"),)
    assert verdicts.labels_of(store, "judge-a", "1", "good_enough") == [("t-1", "fail")]
    assert verdicts.versions_of(store, "judge-a") == [("1", "good_enough")]
    assert verdicts.stamps(store, {("judge-a", "1")}) == {("t-1", "judge-a", "1"): ("ok", None)}
