"""JUnit and HTML: sound whatever names, ids and texts from files hold."""

from __future__ import annotations

from xml.etree import ElementTree

import pandas as pd
import pytest

from review_app.gate.decide import decide
from review_app.gate.decision import Decision
from review_app.gate.junit import as_junit
from review_app.gate.page import CaseTexts, as_html
from review_app.gate.policy import BlockerRule, GatePolicy, MetricRule
from review_app.gate.run_report import RunReport, as_text, rates

from .builders import columns, compared

HOSTILE = "<script>alert(1)</script>\x1b[31m\x00\uffff ]]> &amp; \u202egnirts \"'"


def decision(name: str, won: int = 3, lost: int = 25) -> Decision:
    rules = GatePolicy(metrics=(MetricRule(name=name, margin=0.05),), blockers=(BlockerRule(name="json"),))
    return decide(compared(rules, {name: columns(won, lost, 60)}, {"json": [0.0] + [1.0] * 59}), rules)


@pytest.mark.parametrize("name", ["good", HOSTILE])
def test_junit_is_sound_xml(name: str) -> None:
    suite = ElementTree.fromstring(as_junit(decision(name)))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "2", "0")
    metric, blocker = suite.findall("testcase")
    assert metric.find("failure") is not None
    assert "failed on 1 of 60" in str(blocker.find("failure").get("message"))  # type: ignore[union-attr]
    assert str(metric.get("name")).startswith(name[:25])


def test_junit_says_inconclusive_as_an_error_and_pass_as_nothing() -> None:
    rules = GatePolicy(metrics=(MetricRule(name="a", margin=0.05), MetricRule(name="b", margin=0.05)))
    found = decide(compared(rules, {"a": columns(0, 0, 100), "b": columns(8, 8, 100)}), rules)
    suite = ElementTree.fromstring(as_junit(found))
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")
    assert [len(case) for case in suite.findall("testcase")] == [0, 1]


def test_html_holds_no_markup_from_files_and_runs_nothing() -> None:
    texts = {"e003": CaseTexts(question=HOSTILE + "\ud800", expected=HOSTILE, baseline=HOSTILE, candidate=None)}
    page = as_html(decision(HOSTILE), texts)
    page.encode("utf-8")
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'; style-src 'sha256-" in page
    assert page.count("<details>") == 1
    assert "no answer" in page
    assert page.index("e003: 1 to 0") < page.index("e000: 0 to 1")


def test_a_run_s_report() -> None:
    rows = [
        {"example_id": case, "trial": trial, "metric": "good", "source": "check", "version": "1", "value": value,
         "status": "pass" if value else "fail"}
        for case, values in (("a", (1, 1)), ("b", (1, 0)), ("c", (0, 0)))
        for trial, value in enumerate(values, 1)
    ]  # fmt: skip
    empty = [{**rows[0], "metric": "cites", "value": None, "status": "not_applicable"}]
    cites, good = rates(pd.DataFrame([*rows, *empty]))
    assert good.mean.value == pytest.approx(0.5)
    # pass^2: one of three cases twice; pass@2: two of three at least once
    assert [row.all_of_k.value for row in good.passes] == pytest.approx([0.5, 1 / 3])
    assert [row.any_of_k.value for row in good.passes] == pytest.approx([0.5, 2 / 3])
    # Of cases that are all alike chance is left: Wilson for 3 of 3 begins at 3 / (3 + 3.8415).
    alike, _ = rates(pd.DataFrame([{**row, "value": 1, "metric": name} for row in rows for name in ("all", "b")]))
    assert (alike.mean.low, alike.mean.high) == (pytest.approx(0.4385, abs=1e-4), 1.0)
    assert cites.mean.value is None
    assert cites.not_applicable == 1
    report = RunReport(
        run_id="run-1", series="p8", release=1, release_hash="v1:a", cases=3, trials=2, wanted=6, answered=6, failed=0,
        cost_usd=0.5, costed=4, latency_s=None, metrics=(cites, good),
    )  # fmt: skip
    said = as_text(report)
    assert "$0.5000 for 4 of 6 answers; latency not known" in said
    assert "pass^2 0.333" in said
    assert "not known: fewer than two cases have a value; 1 answers it does not apply to" in said
