from __future__ import annotations

from pathlib import Path

import pytest

from review_app.errors import BadConfig
from review_app.grading import verdict_file
from review_app.grading.verdict_file import VerdictMapping
from review_app.tables import Reject, Verdict

from ..shared_data import shared

MAPS = Path(__file__).parent / "maps"

LONG = """
trace_id: id
judge: {constant: mini}
judge_version: v
criterion: {column: asked}
label: said
confidence: sure
rationale: why
status: status
cost_usd: cost
at: when
timezone: UTC
scale:
  labels: [pass, fail]
  bad: [fail]
  translate: {"yes": pass, "no": fail}
  missing: {"n/a": not applicable, tie: a tie}
  unparsable: ["???"]
  refused: [I cannot judge this]
"""
HEADER = "id,v,asked,said,sure,why,status,cost,when\n"


def _mapping(folder: Path, yaml: str) -> VerdictMapping:
    path = folder / "map.yaml"
    path.write_text(yaml)
    return verdict_file.load(path)


def _read(folder: Path, yaml: str, table: str) -> list[Verdict | Reject]:
    path = folder / "verdicts.csv"
    path.write_text(table)
    return list(verdict_file.read_verdicts(path, _mapping(folder, yaml)))


@pytest.mark.parametrize(
    ("said", "label", "status", "rationale"),
    [
        pytest.param("pass", "pass", "ok", None, id="label"),
        pytest.param("no", "fail", "ok", None, id="translated, not a yaml boolean"),
        pytest.param("n/a", None, "missing", "not applicable", id="not applicable"),
        pytest.param("tie", None, "missing", "a tie", id="tie"),
        pytest.param("", None, "missing", "empty", id="empty"),
        pytest.param("???", None, "unparsable", "???", id="unparsable"),
        pytest.param("I cannot judge this", None, "refused", "I cannot judge this", id="refused"),
    ],
)
def test_what_an_answer_means(tmp_path: Path, said: str, label: str | None, status: str, rationale: str | None) -> None:
    (verdict,) = _read(tmp_path, LONG, HEADER + f"t,3,tone,{said},,,,,\n")
    assert isinstance(verdict, Verdict)
    assert (verdict.judge, verdict.judge_version, verdict.criterion) == ("mini", "3", "tone")
    assert (verdict.label, verdict.score, verdict.status) == (label, None, status)
    assert verdict.rationale == rationale


def test_every_column(tmp_path: Path) -> None:
    (verdict,) = _read(tmp_path, LONG, HEADER + "007,v1,tone,fail,0.9,rude,ok,0.002,2026-11-02 10:00\n")
    assert isinstance(verdict, Verdict)
    assert (verdict.trace_id, verdict.confidence, verdict.cost_usd, verdict.rationale) == ("007", 0.9, 0.002, "rude")
    assert verdict.at
    assert verdict.at.isoformat() == "2026-11-02T10:00:00+00:00"


def test_a_failed_call_has_no_label_even_when_one_stands_there(tmp_path: Path) -> None:
    (verdict,) = _read(tmp_path, LONG, HEADER + "t,1,tone,fail,,,refused,,\n")
    assert isinstance(verdict, Verdict)
    assert (verdict.label, verdict.status) == (None, "refused")


@pytest.mark.parametrize(
    ("row", "place", "reason"),
    [
        pytest.param("t,1,tone,great,,,,,", "label", "'great' is not among pass, fail, n/a, tie", id="label"),
        pytest.param(",1,tone,pass,,,,,", "trace_id", "is empty (column 'id')", id="no trace"),
        pytest.param("t,1,,pass,,,,,", "criterion", "is empty (column 'asked')", id="no criterion"),
        pytest.param("t,1,tone,pass,90,,,,", "confidence", "90 is not between 0 and 1", id="percent"),
        pytest.param("t,1,tone,pass,high,,,,", "confidence", "'high' is not a number", id="word"),
        pytest.param("t,1,tone,pass,nan,,,,", "confidence", "nan is not between 0 and 1", id="nan"),
        pytest.param("t,1,tone,pass,,,done,,", "status", "'done' is not among ok, missing", id="status"),
        pytest.param("t,1,tone,pass,,,,,soon", "at", "isoformat", id="time"),
        pytest.param("t,1,tone,pass", "record", "has 4 cells", id="short"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, place: str, reason: str) -> None:
    fine, fault, again = _read(tmp_path, LONG, HEADER + f"t,1,tone,pass,,,,,\n{row}\nt,1,tone,pass,,,,,\n")
    assert isinstance(fine, Verdict)
    assert isinstance(again, Verdict)
    assert isinstance(fault, Reject)
    assert (fault.line, fault.field) == (3, place)
    assert reason in fault.reason


NUMERIC = """
trace_id: t
judge: {constant: j}
criterion: {constant: c}
label: said
scale: {labels: ["1", "2", "3"], bad: ["1"], missing: {"0": not applicable}}
"""


@pytest.mark.parametrize(
    ("said", "label"), [("3", "3"), ("3.0", "3"), (" 2 ", "2"), ("+1", "1"), ("0.0", None), ("0", None)]
)
def test_numbers_compare_as_numbers(tmp_path: Path, said: str, label: str | None) -> None:
    (verdict,) = _read(tmp_path, NUMERIC, f"t,said\na,{said}\n")
    assert isinstance(verdict, Verdict)
    assert verdict.label == label
    assert verdict.score == (float(label) if label else None)
    assert verdict.status == ("ok" if label else "missing")


SPREAD = """
trace_id: t
judge: {constant: j}
criterion: {constant: c}
label_probabilities: {LOW: a, MIDDLE: b, HIGH: c}
scale: {labels: [LOW, MIDDLE, HIGH], bad: [LOW]}
"""


@pytest.mark.parametrize(
    ("labels", "row", "label", "score"),
    [
        # 0.2 * 1 + 0.3 * 2 + 0.5 * 3
        pytest.param("low middle high", "0.2,0.3,0.5", "high", 2.3, id="places from 1"),
        # 0.2 * 10 + 0.3 * 20 + 0.5 * 40
        pytest.param("10 20 40", "0.2,0.3,0.5", "40", 28.0, id="labels' own numbers"),
        # equal: the first label
        pytest.param("low middle high", "0.5,0.5,0", "low", 1.5, id="tie"),
    ],
)
def test_a_distribution_gives_argmax_and_expectation(
    tmp_path: Path, labels: str, row: str, label: str, score: float
) -> None:
    yaml = SPREAD
    for name, given in zip(("LOW", "MIDDLE", "HIGH"), labels.split(), strict=True):
        yaml = yaml.replace(name, f'"{given}"')
    (verdict,) = _read(tmp_path, yaml, f"t,a,b,c\nx,{row}\n")
    assert isinstance(verdict, Verdict)
    assert verdict.label == label
    assert verdict.score == pytest.approx(score)
    assert list((verdict.label_probabilities or {}).values()) == [float(part) for part in row.split(",")]


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        pytest.param("0.2,0.3,0.4", "sum to 0.9, not to 1", id="sum"),
        pytest.param("0.2,,0.8", "is empty, the others are not", id="gap"),
        pytest.param("1.2,-0.2,0", "not between 0 and 1", id="no probability"),
        pytest.param("0.33333,0.33333,0.33333", "ok", id="rounded"),
        pytest.param(",,", "missing", id="none at all"),
    ],
)
def test_what_is_no_distribution(tmp_path: Path, row: str, outcome: str) -> None:
    (item,) = _read(tmp_path, SPREAD, f"t,a,b,c\nx,{row}\n")
    if isinstance(item, Reject):
        assert outcome in item.reason
        assert item.field.startswith("label_probabilities")
    else:
        assert item.status == outcome
        assert (item.label is None) == (item.score is None) == (outcome == "missing")


def test_a_score_without_labels(tmp_path: Path) -> None:
    yaml = "trace_id: t\njudge: {constant: j}\ncriterion: {constant: c}\nscore: s\n"
    scored, empty = _read(tmp_path, yaml, "t,s\nx,-7.5\ny,\n")
    assert isinstance(scored, Verdict)
    assert isinstance(empty, Verdict)
    assert (scored.score, scored.label, scored.status) == (-7.5, None, "ok")
    assert (empty.score, empty.status) == (None, "missing")


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        pytest.param("trace_id: t\njudge: j\n", "criterion is missing", id="criterion"),
        pytest.param("trace_id: t\njudge: j\ncriterion: c\n", "needs label, score or label_probabilities", id="answer"),
        pytest.param("trace_id: t\njudge: j\ncriterion: c\nlabel: l\n", "needs scale.labels", id="scale"),
        pytest.param("trace_id: t\njudge: {}\ncriterion: c\nscore: l\n", "either `column` or `constant`", id="place"),
        pytest.param(
            "trace_id: t\njudge: j\ncriterion: c\nlabel: l\nscale: {labels: [a], bad: [b]}\n",
            "'b' is not among",
            id="bad",
        ),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path: Path, yaml: str, says: str) -> None:
    with pytest.raises(BadConfig) as caught:
        _mapping(tmp_path, yaml)
    assert says in caught.value.message
    assert str(tmp_path) in caught.value.where


def test_a_real_judge_comes_out_whole() -> None:
    path = shared("llm-rubric") / "data" / "real_data" / "gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv"
    read = list(verdict_file.read_verdicts(path, verdict_file.load(MAPS / "llm_rubric_verdicts.yaml")))
    verdicts = [verdict for verdict in read if isinstance(verdict, Verdict)]
    assert len(verdicts) == len(read) == 2007
    assert {verdict.criterion for verdict in verdicts} == {f"Q{number}" for number in range(9)}
    # First row: 0.000578 * 1 + 0.039111 * 2 + 0.268776 * 3 + 0.691536 * 4 = 3.651269
    assert verdicts[0].score == pytest.approx(3.651269, abs=5e-7)
    assert verdicts[0].label == "4"
