from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.biases.bias_battery import BiasBattery
from review_app.agreement.biases.judge_biases import beside_other_families, in_both_orders, judge_biases
from review_app.agreement.biases.paired_probe import position
from review_app.agreement.holm import holm
from review_app.review.rubric import Criterion, Label

FAMILIES = {"judge-a": "one", "judge-b": "two", "judge-c": "one", "m1": "one", "m2": "two"}
BINARY = Criterion(name="ok", question="?", bad=("fail",))


def verdicts(n: int, dice: np.random.Generator, bold: float = 0.0, own: float = 0.0) -> pd.DataFrame:
    """Log-odds of passing for an answer in bold, and for one of family one."""
    y, is_bold, is_own = dice.random(n) < 0.4, dice.random(n) < 0.4, dice.random(n) < 0.5
    odds = 1.0 - 2.0 * y + bold * is_bold + own * is_own
    return pd.DataFrame(
        {
            "trace_id": [f"t{i}" for i in range(n)],
            "y": y.astype(float),
            "flagged": dice.random(n) > 1 / (1 + np.exp(-odds)),
            "inclusion_probability": 0.2,
            "output_chars": dice.integers(50, 900, n),
            "model": np.where(is_own, "m1", "m2"),
            "session_id": None,
            "bold": np.where(is_bold, "bold", "no bold"),
            "lists": "no lists",
        }
    )


def effects(found: BiasBattery) -> dict[str, float | None]:
    return {f"{one.name}: {one.contrast}": one.effect.value for one in found.effects}


def test_every_bias_is_asked_where_its_columns_are_and_corrected_together() -> None:
    rows = verdicts(1500, np.random.default_rng(2), bold=1.2, own=1.0)
    more = [position(["first"] * 20, ["second"] * 20)]
    found = judge_biases("judge-a", rows, BINARY, FAMILIES, more)
    told = effects(found)
    assert told["format: bold or no bold"] == pytest.approx(0.2, abs=0.08)
    assert told["own family: written by one or by another family"] == pytest.approx(0.17, abs=0.08)
    # nobody wrote a list
    assert told["format: lists"] is None
    p = [one.p for one in found.effects if one.p is not None]
    assert len(p) == 5
    assert [one.p_adjusted for one in found.effects if one.p is not None] == pytest.approx(holm(p))


def test_without_columns_only_leniency_is_left() -> None:
    rows = verdicts(80, np.random.default_rng(1))[["trace_id", "y", "flagged", "inclusion_probability"]]
    assert list(effects(judge_biases("judge-a", rows, BINARY, {}, ()))) == ["leniency: judge minus people"]


def test_a_format_that_decides_every_verdict_leaves_the_other_biases_alone() -> None:
    rows = verdicts(300, np.random.default_rng(3))
    rows = rows.assign(flagged=np.where(rows["bold"] == "bold", False, rows["flagged"]))
    found = {one.name: one for one in judge_biases("judge-a", rows.drop(columns="lists"), BINARY, {}, ()).effects}
    assert found["format"].effect.value is None
    assert "decide every verdict" in found["format"].effect.reason
    assert found["length"].effect.value is not None


def test_on_a_scale_leniency_is_the_gap_in_points() -> None:
    rows = verdicts(60, np.random.default_rng(4)).assign(judge_label_score=3.0, score=1.5)
    scale = Criterion(
        name="s", question="?", kind="ordinal", labels=tuple(Label(value=one) for one in "1234"), bad=("1",)
    )
    assert effects(judge_biases("a", rows, scale, {}, ()))[
        "leniency: judge minus people, in points of the scale"
    ] == pytest.approx(1.5)


def test_two_judges_show_what_each_favours() -> None:
    dice = np.random.default_rng(5)
    rows = verdicts(1200, dice)
    # judge-a passes everything of its own family, judge-b is even-handed
    a = rows.assign(flagged=rows["flagged"] & (rows["model"] != "m1"))
    found = beside_other_families("judge-a", a, {"judge-b": rows, "judge-c": rows}, FAMILIES)
    (effect,) = found
    spared = rows.loc[rows["model"] == "m1", "flagged"].mean()
    assert effect.effect.value == pytest.approx(spared)
    assert effect.contrast == "one against two, difference of differences"
    # the other judge's report asks the same, and hears the same
    (turned,) = beside_other_families("judge-b", rows, {"judge-a": a}, FAMILIES)
    assert turned.effect.value == pytest.approx(spared)
    assert turned.p == pytest.approx(effect.p)


@pytest.mark.parametrize(
    "families",
    [
        pytest.param({}, id="nothing told"),
        pytest.param({"judge-a": "one", "judge-b": "two"}, id="no model of the traces"),
        pytest.param({"judge-a": "one", "m1": "one", "m2": "two"}, id="the other judge has no family"),
        pytest.param({"judge-b": "two", "m1": "one", "m2": "two"}, id="this judge has none"),
    ],
)
def test_without_families_nothing_is_compared(families: dict[str, str]) -> None:
    rows = verdicts(50, np.random.default_rng(6))
    assert beside_other_families("judge-a", rows, {"judge-b": rows}, families) == []


def said(labels: dict[str, str | None]) -> pd.DataFrame:
    status = ["missing" if label is None else "ok" for label in labels.values()]
    return pd.DataFrame({"trace_id": list(labels), "label": list(labels.values()), "status": status})


def test_a_place_that_wins_in_both_orders_is_a_bias() -> None:
    # shown first: a output (first), b output (first), c alternative (second), d equal; exchanged, the first place is
    # the alternative's: a first again, b second, c second again, d first
    shown = said({"a": "output", "b": "output", "c": "alternative", "d": "equal", "e": "output", "f": None})
    turned = said({"a": "alternative", "b": "output", "c": "output", "d": "alternative", "f": "output", "z": "equal"})
    (effect,) = in_both_orders(shown, turned)
    assert (effect.effect.value, effect.effect.n) == (0.0, 4)
    (effect,) = in_both_orders(shown.iloc[:2], turned.iloc[:2])
    assert (effect.effect.value, effect.effect.n) == (0.5, 2)


def test_one_order_alone_says_nothing() -> None:
    assert in_both_orders(said({"a": "output"}), said({})) == []
    assert in_both_orders(said({"a": "output"}), said({"b": "output"})) == []
