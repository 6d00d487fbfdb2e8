from __future__ import annotations

import json

import pytest

from review_app.errors import BadInput
from review_app.gate.decide import decide
from review_app.gate.policy import BlockerRule, GatePolicy, MetricRule
from review_app.gate.report import as_dict, as_markdown, as_text

from .builders import columns, compared


def policy(margin: float = 0.05, minimum_n: int = 30, *, blocker: bool = False) -> GatePolicy:
    return GatePolicy(
        metrics=(MetricRule(name="good", margin=margin, minimum_n=minimum_n),),
        blockers=(BlockerRule(name="json"),) if blocker else (),
    )


@pytest.mark.parametrize(
    ("won", "lost", "n", "margin", "outcome"),
    [
        # Nothing changed: z = sqrt(n m / (1 - m)) must reach 1.645; m = .05 wants n >= 51.4.
        pytest.param(0, 0, 51, 0.05, "inconclusive", id="equal, one case short"),
        pytest.param(0, 0, 52, 0.05, "pass", id="equal, just enough"),
        # The least number of cases comes first, also when all is well or all is lost.
        pytest.param(0, 0, 29, 0.30, "inconclusive", id="29 cases, 30 wanted"),
        pytest.param(0, 29, 29, 0.05, "inconclusive", id="29 cases, all worse"),
        pytest.param(0, 0, 30, 0.30, "pass", id="30 cases"),
        # 3 better, 5 worse of 50: p(.10) = .157, interval to +.059
        pytest.param(3, 5, 50, 0.10, "inconclusive", id="cannot tell"),
        # interval from -.1435: a margin of .15 is ruled out
        pytest.param(3, 5, 50, 0.15, "pass", id="wide margin"),
        pytest.param(0, 20, 50, 0.05, "block", id="20 of 50 worse"),
        pytest.param(20, 20, 50, 0.05, "inconclusive", id="as many better as worse, a wide interval"),
        pytest.param(20, 0, 50, 0.05, "pass", id="20 of 50 better"),
    ],
)
def test_the_answer(won: int, lost: int, n: int, margin: float, outcome: str) -> None:
    rules = policy(margin)
    found = decide(compared(rules, {"good": columns(won, lost, n)}), rules)
    assert found.outcome == outcome
    assert found.metrics[0].outcome == outcome


@pytest.mark.parametrize(
    ("n", "blocker", "outcome"),
    [
        pytest.param(100, 1.0, "pass", id="blocker holds"),
        pytest.param(100, 0.0, "block", id="blocker fails, metrics are fine"),
        pytest.param(10, 0.0, "block", id="blocker fails, too few cases for the metric"),
        pytest.param(100, 0.9, "block", id="a blocker that nearly holds does not"),
        pytest.param(10, 1.0, "inconclusive", id="blocker holds, too few cases"),
    ],
)
def test_a_blocker_decides_alone(n: int, blocker: float, outcome: str) -> None:
    rules = policy(blocker=True)
    found = decide(compared(rules, {"good": columns(0, 0, n)}, {"json": [blocker] + [1.0] * (n - 1)}), rules)
    assert found.outcome == outcome
    assert found.blockers[0].failed == (("e000",) if blocker < 1 else ())


def test_every_metric_must_pass_and_the_worst_one_speaks() -> None:
    rules = GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.05) for name in ("a", "b", "c")))
    equal, worse, unclear = columns(0, 0, 100), columns(0, 40, 100), columns(8, 8, 100)
    assert decide(compared(rules, {"a": equal, "b": equal, "c": equal}), rules).outcome == "pass"
    assert decide(compared(rules, {"a": equal, "b": unclear, "c": equal}), rules).outcome == "inconclusive"
    found = decide(compared(rules, {"a": equal, "b": unclear, "c": worse}), rules)
    assert found.outcome == "block"
    assert [reason.split(":")[0] for reason in found.reasons] == ["b", "c"]


def test_a_metric_of_which_less_is_better() -> None:
    rules = GatePolicy(metrics=(MetricRule(name="refusals", margin=0.05, direction="lower"),))
    found = decide(compared(rules, {"refusals": columns(40, 0, 100)}), rules)
    (metric,) = found.metrics
    assert found.outcome == "block"
    assert (metric.baseline_rate, metric.candidate_rate) == (0.6, 1.0)
    assert metric.difference.value == -0.4
    assert metric.changed[0].change == -1


def test_figures_changed_cases_and_needed_n() -> None:
    rules = policy(0.10)
    (metric,) = decide(compared(rules, {"good": columns(3, 5, 50)}), rules).metrics
    assert (metric.difference.low, metric.difference.high) == pytest.approx((-0.143514, 0.059452), abs=1e-6)
    assert metric.difference.level == pytest.approx(0.9)
    assert metric.p == pytest.approx(0.156943, abs=1e-6)
    assert metric.difference.value == pytest.approx(-0.04)
    # 6.1826 x (8 / 50) / .01 = 98.9
    assert metric.needed_n == 99
    assert [case.example_id for case in metric.changed] == [
        "e003",
        "e004",
        "e005",
        "e006",
        "e007",
        "e000",
        "e001",
        "e002",
    ]
    assert "needs about 99 cases" in metric.reason


def test_scores_go_to_the_paired_t_test_and_need_30_cases() -> None:
    rules = policy(0.10, minimum_n=5)
    few = decide(compared(rules, {"good": ([0.5] * 20, [0.5] * 20)}), rules)
    assert few.outcome == "inconclusive"
    assert few.reasons == ("good: 20 paired cases, and the rule wants 30.",)
    many = decide(compared(rules, {"good": ([0.5] * 40, [0.6] * 40)}), rules)
    assert many.outcome == "pass"
    assert "paired t" in many.metrics[0].difference.method
    worse = decide(compared(rules, {"good": ([0.9] * 40, [0.4] * 40)}), rules)
    assert worse.outcome == "block"


def test_a_comparison_under_another_policy_is_an_error() -> None:
    other = compared(policy(), {"good": columns(0, 0, 60)})
    with pytest.raises(BadInput, match="lacks json"):
        decide(other, policy(blocker=True))


def test_reports_say_the_same_in_three_forms() -> None:
    rules = policy(0.05, blocker=True)
    found = decide(compared(rules, {"good": columns(3, 25, 60)}, {"json": [0.0, 0.0] + [1.0] * 58}), rules)
    text, markdown, plain = as_text(found), as_markdown(found), json.loads(json.dumps(as_dict(found), allow_nan=False))
    assert text.startswith("BLOCK: the candidate must not ship")
    assert markdown.startswith("### BLOCK: the candidate must not ship")
    assert plain["outcome"] == "block"
    for part in ("json: failed on 2 of 60 examples", "25 worse, 3 better of 60", "v1:abc", "60 examples", "alpha 0.05"):
        assert part in text
        assert part in markdown
    assert "and 18 more" in text
    assert max(map(len, text.splitlines())) <= 100
    assert plain["metrics"][0]["difference"]["value"] == found.metrics[0].difference.value
    assert plain["policy"]["metrics"][0]["margin"] == 0.05
    assert len(plain["metrics"][0]["changed"]) == 28


def test_names_from_files_are_text_in_markdown() -> None:
    name = "a|b <b> @all"
    rules = GatePolicy(metrics=(MetricRule(name=name, margin=0.05),))
    text = as_markdown(decide(compared(rules, {name: columns(0, 0, 60)}), rules))
    assert "| a\\|b &lt;b> \\@all | 1.000 |" in text
