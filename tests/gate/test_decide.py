from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from review_app.agreement import tango
from review_app.agreement.holm import holm
from review_app.errors import BadInput
from review_app.gate import e_value
from review_app.gate.compare import compare
from review_app.gate.decide import PastLooks, decide, wealth_now
from review_app.gate.policy import BlockerRule, GatePolicy, MetricRule
from review_app.gate.report import as_dict, as_markdown, as_text

from .builders import columns, compared, release, results


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


def test_the_p_of_all_metrics_together_is_the_largest_one() -> None:
    # Intersection-union: each is tested at alpha, none is corrected; p of .001, .03, .02 and .4 make .4.
    changed = {"a": (1, 1), "b": (13, 13), "c": (10, 10), "d": (3, 12)}
    rules = GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.05) for name in changed))
    found = decide(compared(rules, {name: columns(*pair, 200) for name, pair in changed.items()}), rules)
    assert [metric.p for metric in found.metrics] == pytest.approx([0.001, 0.03, 0.02, 0.4], rel=0.05)
    assert found.p == pytest.approx(0.4, abs=0.002)
    assert [metric.outcome for metric in found.metrics] == ["pass", "pass", "pass", "inconclusive"]


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


def test_equal_candidates_are_not_said_to_have_measured_lower() -> None:
    # nothing changed: 51 cases do not show a margin of .05, 52 do
    rules = policy(0.05)
    (metric,) = decide(compared(rules, {"good": columns(0, 0, 51)}), rules).metrics
    assert metric.needed_n == 52
    assert "needs about 52 cases to pass" in metric.reason


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


@pytest.mark.parametrize(
    ("needed", "held", "outcome"),
    [
        pytest.param(None, [1, 1, 1], "pass", id="all of three"),
        pytest.param(None, [1, 0, 1], "block", id="one of three failed, all wanted"),
        pytest.param(2, [1, 0, 1], "pass", id="two of three, two wanted"),
        pytest.param(2, [0, 0, 1], "block", id="one of three, two wanted"),
    ],
)
def test_a_blocker_may_hold_in_r_of_k_trials(needed: int | None, held: list[int], outcome: str) -> None:
    rules = GatePolicy(blockers=(BlockerRule(name="json", needed=needed),))
    rows = [{"example_id": "e000", "metric": "json", "value": v, "trial": t} for t, v in enumerate(held, 1)]
    frame = pd.DataFrame(rows)
    assert decide(compare(frame, frame, release(1), rules), rules).outcome == outcome


def test_best_two_of_three_spares_sound_candidates() -> None:
    """20 blockers that flake in 2 % of runs: 1 - .98^20 = .33; held in 2 of 3: 1 - (1 - 3 x .02^2 x .98 - .02^3)^20."""
    assert pytest.approx(0.33, abs=0.005) == 1 - 0.98**20
    assert pytest.approx(0.023, abs=0.0005) == 1 - (1 - 3 * 0.02**2 * 0.98 - 0.02**3) ** 20
    rng = np.random.default_rng(3)
    rules = GatePolicy(blockers=tuple(BlockerRule(name=f"b{i}", needed=2) for i in range(20)))
    held = rng.random((20, 400, 3)) >= 0.02
    rows = [
        (f"e{c:03d}", f"b{i}", float(held[i, c, k]), k + 1) for i in range(20) for c in range(400) for k in range(3)
    ]
    frame = pd.DataFrame(rows, columns=["example_id", "metric", "value", "trial"])
    found = decide(compare(frame, frame, release(400), rules), rules)
    # Each case stands for a gate of its own: 2.3 of 100 are blocked falsely, not 33.
    assert len({name for blocker in found.blockers for name in blocker.failed}) == pytest.approx(0.023 * 400, abs=8)


def test_claims_of_a_gain_are_corrected_by_holm() -> None:
    names = ("a", "b", "c")
    rules = GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.05, claim="better") for name in names))
    given = {"a": columns(20, 0, 100), "b": columns(9, 1, 100), "c": columns(6, 5, 100)}
    found = decide(compared(rules, given), rules)
    raw = [tango.non_inferiority_p(won, lost, 100, 0.0) for won, lost in ((20, 0), (9, 1), (6, 5))]
    assert [metric.p_better for metric in found.metrics] == pytest.approx(holm(raw))
    assert [metric.outcome for metric in found.metrics] == ["pass", "pass", "inconclusive"]
    assert "a gain is claimed and not shown" in found.reasons[0]


def test_the_largest_p_carries_the_intersection_union_test() -> None:
    rules = GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.05) for name in ("a", "b")))
    found = decide(compared(rules, {"a": columns(0, 0, 100), "b": columns(8, 8, 100)}), rules)
    assert found.p == max(metric.p for metric in found.metrics if metric.p is not None)
    # p (.001, .03, .02, .4): Holm (.004, .06, .06, .4), IUT .4
    assert holm([0.001, 0.03, 0.02, 0.4]) == pytest.approx([0.004, 0.06, 0.06, 0.4])


def test_a_second_look_is_decided_by_the_e_value_over_both() -> None:
    rules = policy(0.10)
    given = compared(rules, {"good": columns(2, 2, 60)})
    first = decide(given, rules)
    assert (first.outcome, first.metrics[0].e_value) == ("pass", None)
    wealth = wealth_now(given, rules, PastLooks())
    second = decide(given, rules, PastLooks(number=1, wealth=wealth))
    gain = np.array([1.0] * 2 + [-1.0] * 2 + [0.0] * 56)
    both = e_value.e_value(2 * e_value.log_wealth(gain, 0.10))
    assert second.look == 2
    assert second.metrics[0].e_value == pytest.approx(both)
    assert (second.outcome == "pass") == (both >= 20)
    assert f"e-value {both:.3g}" in second.metrics[0].reason
    alone = decide(given, dataclasses.replace(rules, looks="repeated"))
    assert alone.metrics[0].e_value == pytest.approx(e_value.e_value(e_value.log_wealth(gain, 0.10)))
    assert alone.outcome == "inconclusive"


def judged_cases(n: int, labels: int, baseline: int | None = None) -> pd.DataFrame:
    """Every answer good; the first `labels` of the candidate's and `baseline` of the baseline's are labelled."""
    known = n if baseline is None else baseline
    return pd.DataFrame(
        {
            "example_id": [f"e{i:03d}" for i in range(n)],
            "baseline": [1.0] * known + [None] * (n - known),
            "candidate": [1.0] * labels + [None] * (n - labels),
        }
    )


@pytest.mark.parametrize(
    ("n", "labels", "known", "outcome", "words"),
    [
        pytest.param(200, 60, 200, "pass", "ruled out", id="60 labels"),
        pytest.param(200, 59, 200, "inconclusive", "needs 60 fresh human labels .* has 59", id="59 labels"),
        pytest.param(200, 0, 200, "inconclusive", "needs 60 fresh", id="the judge alone"),
        pytest.param(200, 60, 190, "inconclusive", "10 of 200 outputs of the baseline", id="baseline not labelled"),
        pytest.param(50, 50, 50, "pass", "ruled out", id="fewer cases than labels, all labelled"),
        pytest.param(20, 20, 20, "inconclusive", "20 paired cases", id="too few cases"),
    ],
)
def test_a_judge_alone_never_passes_a_release(n: int, labels: int, known: int, outcome: str, words: str) -> None:
    rules = policy(0.10)
    same = results({"good": [1.0] * n})
    people = judged_cases(n, labels, known)
    found = decide(compare(same, same, release(n), rules, {"good": people}), rules)
    assert found.outcome == outcome
    assert re.search(words, found.metrics[0].reason)
    assert found.metrics[0].human_labels == labels


def test_a_metric_that_applies_nowhere_shows_nothing() -> None:
    rules = policy(0.05)
    nothing = results({"good": [1.0] * 40}).assign(value=float("nan"))
    found = decide(compare(nothing, nothing, release(40), rules), rules)
    assert found.outcome == "inconclusive"
    assert found.metrics[0].p is None
    assert "0 paired cases" in as_text(found)
    assert "| - |" in as_markdown(found)
