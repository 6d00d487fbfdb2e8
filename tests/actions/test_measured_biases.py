"""Format, own family and position, as a project feeds them to one correction."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.agreement.biases.bias_effect import BiasEffect
from review_app.agreement.holm import holm
from review_app.traces.trace import encode

from ..builders import a_trace
from .loop import VERDICT_MAP, answer

N = 240
FAMILIES = "{judge-a: one, judge-b: two, aster-1: one, aster-2: two}"
PAIRS = """
trace_id: trace_id
judge: judge
judge_version: {constant: "1"}
criterion: {constant: better}
label: label
scale: {labels: [output, alternative, equal]}
"""
PAIR_QUESTION = """
  - name: better
    question: Which one is better?
    kind: pairwise
"""


def flagged(number: int, judge: str) -> bool:
    """judge-a spares its own family, that of even numbers; both miss some, and neither follows the other."""
    bad, mine = number % 5 == 0, number % 2 == 0
    if judge == "judge-a":
        return (bad and number % 3 != 0 and not mine) or number % 7 == 1
    return (bad and number % 3 != 1) or number % 11 == 1


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two judges, traces of two models, every third answer a list, and everything drawn and answered."""
    made = tmp_path / "project"
    actions.init(made)
    rubric = made / "rubric.yaml"
    rubric.write_text(rubric.read_text().rstrip("\n") + PAIR_QUESTION)
    (made / "project.yaml").write_text(f"name: x\njudge_families: {FAMILIES}\n")
    (made / "sampling.yaml").write_text(f"salt: s\nreviews: {N}\nshares: {{random: 1}}\n")
    lines = [
        encode(a_trace(f"t-{n:04d}", output=f"{'- ' * (n % 3 == 0)}Answer {n} [kb-1].", model=f"aster-{1 + n % 2}"))
        for n in range(N)
    ]
    (tmp_path / "traces.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    actions.ingest(made, [tmp_path / "traces.jsonl"])
    for judge in ("judge-a", "judge-b"):
        said = [{"trace_id": f"t-{n:04d}", "label": "fail" if flagged(n, judge) else "pass"} for n in range(N)]
        (tmp_path / "said.jsonl").write_bytes(b"\n".join(map(orjson.dumps, said)))
        (tmp_path / "map.yaml").write_text(
            VERDICT_MAP.replace("judge-a", judge).replace("confidence: confidence\n", "")
        )
        actions.import_verdicts(made, tmp_path / "said.jsonl", tmp_path / "map.yaml")
    actions.sample(made)
    answer(made, "ana", 500)
    return made


def effects(project: Path, judge: str, criterion: str = "good_enough") -> tuple[BiasEffect, ...]:
    (found,) = [
        one for one in actions.measure_agreement(project).judges if (one.judge, one.criterion) == (judge, criterion)
    ]
    assert found.biases is not None
    return found.biases.effects


def test_format_length_and_both_ways_of_own_family_share_one_correction(project: Path) -> None:
    found = effects(project, "judge-a")
    told = {f"{one.name}: {one.contrast}": one for one in found}
    assert told["format: lists or no lists"].effect.value is not None
    assert told["format: headings, bold, code, long lines"].effect.value is None
    assert {one.contrast for one in found if one.name == "own family"} == {
        "written by one or by another family",
        "one against two, difference of differences",
    }
    asked = [one for one in found if one.p is not None]
    assert len(asked) >= 4
    assert [one.p_adjusted for one in asked] == pytest.approx(holm([one.p for one in asked if one.p is not None]))
    (apart,) = [one for one in found if one.contrast.endswith("difference of differences")]
    (turned,) = [one for one in effects(project, "judge-b") if one.contrast.endswith("difference of differences")]
    assert apart.effect.value == pytest.approx(turned.effect.value)


def test_pairs_judged_in_both_orders_show_a_place_that_wins(project: Path, tmp_path: Path) -> None:
    (project / "project.yaml").write_text("name: x\nexchanged_judges: {pairs-turned: pairs}\n")
    # Of 100 pairs the first place wins both times in 28, the second in 10, and 62 times the same output wins.
    first = ["output"] * 28 + ["alternative"] * 10 + ["output"] * 62
    turned = ["alternative"] * 28 + ["output"] * 10 + ["output"] * 62
    said = [
        {"trace_id": f"t-{n:04d}", "judge": judge, "label": label}
        for judge, labels in (("pairs", first), ("pairs-turned", turned))
        for n, label in enumerate(labels)
    ]
    (tmp_path / "said.jsonl").write_bytes(b"\n".join(map(orjson.dumps, said)))
    (tmp_path / "map.yaml").write_text(PAIRS)
    actions.import_verdicts(project, tmp_path / "said.jsonl", tmp_path / "map.yaml")
    (place,) = [one for one in effects(project, "pairs", "better") if one.name == "position"]
    assert place.effect.n == 100
    # STATISTICS section 4: +.18 with Tango's interval, McNemar's exact p .0051
    assert place.effect.value == pytest.approx(0.18)
    assert (place.effect.low, place.effect.high) == pytest.approx((0.062, 0.296), abs=5e-4)
    assert place.p == pytest.approx(0.0051, abs=5e-5)
    assert not [one for one in effects(project, "pairs-turned", "better") if one.name == "position"]
