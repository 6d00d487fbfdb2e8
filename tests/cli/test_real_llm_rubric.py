"""LLM-Rubric through the commands: a judge that gives distributions, and people who hardly agree."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ..shared_data import shared
from .test_real_agreement import SCALES, TESTS, Told, expected, on_every_scale, people_on, project_with, run

QUESTIONS = tuple(f"Q{number}" for number in range(9))
VALUES = {"expected": "expectation", "argmax": "label"}
VERDICTS = TESTS / "grading/maps/llm_rubric_verdicts.yaml"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """223 chats of real people."""
    real, project = shared("llm-rubric") / "data/real_data", _project(tmp_path_factory)
    run("ingest", real / "real_data.json", "--map", TESTS / "traces/maps/llm_rubric_traces.yaml", "--project", project)
    said, asked = "gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv", "human_judges_real_convs_FIXED_ANON.tsv"
    run("import", "verdicts", real / said, "--map", VERDICTS, "--project", project)
    reviews = TESTS / "review/maps/llm_rubric_reviews.yaml"
    run("import", "reviews", real / asked, "--map", reviews, "--project", project)
    return _agreement(project)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """250 written chats on every scale. Of a (chat, judge) pair that is there twice the first answer counts."""
    project = _project(tmp_path_factory)
    on_every_scale(project)
    answers = {one[:3]: one[3] for one in reversed(_answers())}
    rows = [(*who, question + s, value) for (*who, question), value in answers.items() for s in SCALES.values()]
    return _written_chats(project, rows)


@pytest.fixture(scope="module")
def synthetic_twice(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Where the second answer of such a pair counts as well, as in the published figure: as that of another person."""
    seen: set[tuple[str, str, str]] = set()
    rows = []
    for chat, rater, question, value in _answers():
        rows.append((chat, f"{rater} again" if (chat, rater, question) in seen else rater, question, value))
        seen.add((chat, rater, question))
    return _written_chats(_project(tmp_path_factory), rows)


def _answers() -> list[tuple[str, str, str, str]]:
    """chat, rater, question, value; 0 is "not applicable" and an empty cell no answer."""
    file = shared("llm-rubric") / "data/synth_data/human_judges_synth_all_FIXED_ANON.tsv"
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [
        (row["text_id"], row["annotator_id"], question, f"{float(row[question]):.0f}")
        for row in rows
        for question in QUESTIONS
        if row[question] and float(row[question])
    ]


def _written_chats(project: Path, rows: list[tuple[str, ...]]) -> Told:
    """The report of these answers and the judge's. The chats' texts are not in the set."""
    folder = project.parent
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("trace_id", "rater", "metric", "value"), *rows])
    traces = [{"trace_id": chat, "output": "not in the set"} for chat in sorted({row[0] for row in rows})]
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, traces)))
    run("ingest", folder / "chats.jsonl", "--project", project)
    mapping = TESTS / "review/maps/clapnq_reviews.yaml"
    run("import", "reviews", folder / "answers.csv", "--map", mapping, "--project", project)
    said = shared("llm-rubric") / "data/synth_data/gpt-3.5-turbo-16k_synth_evaluations_FIXED.tsv"
    run("import", "verdicts", said, "--map", VERDICTS, "--project", project)
    return _agreement(project)


def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with(tmp_path_factory.mktemp("llm-rubric"), "llm_rubric_rubric.yaml")


def _agreement(project: Path) -> Told:
    found: Told = json.loads(run("agreement", "--json", "--project", project))
    return found


def judge_on(report: Told, question: str) -> Told:
    (found,) = [judge for judge in report["judges"] if judge["criterion"] == question]
    return dict(found)


def panel_of(report: Told, question: str, value: str) -> Told:
    (found,) = [panel for panel in judge_on(report, question)["ordinal"] if panel["judge_value"] == value]
    return dict(found)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("value", VALUES)
def test_judge_against_people(report: Told, question: str, value: str) -> None:
    wanted = expected("llm-rubric")["judge_vs_human"][question]
    found = panel_of(report, question, VALUES[value])
    assert found["n"] == wanted["n"]
    for figure in ("rmse", "pearson", "spearman", "kendall_tau_b"):
        # An undefined correlation stays undefined: the judge's label is the same on every chat.
        theirs = wanted[value][figure]
        assert found[figure] is None if theirs is None else found[figure] == pytest.approx(theirs, abs=5e-7), figure
    assert found["mean_gap"] == pytest.approx(wanted[value]["mean"] - wanted["human_mean"], abs=1e-6)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_judges_distribution(report: Told, question: str) -> None:
    wanted, labels = expected("llm-rubric")["calibration"][question], judge_on(report, question)["labels"]
    found = labels["distribution"]
    ours = {
        "accuracy_argmax": labels["same"]["value"],
        "mean_confidence": found["confidence"]["value"],
        "brier_multiclass_sum": found["brier"]["value"],
        "log_loss_nats": found["log_loss"]["value"],
        "ranked_probability_score_sum": found["ranked"]["value"],
        "ece_10_equal_width_bins_right_closed": found["binned_error"],
    }
    assert ours == pytest.approx(wanted, abs=5e-7)
    assert found["brier"]["low"] < found["brier"]["value"] < found["brier"]["high"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_people_of_the_synthetic_chats(synthetic: Told, question: str) -> None:
    wanted = expected("llm-rubric")["synthetic_conversations"]["krippendorff_zero_as_missing"][question]
    for figure, scale in SCALES.items():
        found = people_on(synthetic, question + scale)["reliability"]
        assert found["alpha"]["value"] == pytest.approx(wanted[figure.removeprefix("krippendorff_")], abs=5e-7)
        assert found["n_ratings"] == wanted["ratings"]


def test_the_judge_of_the_synthetic_chats(synthetic_twice: Told) -> None:
    wanted = expected("llm-rubric")["synthetic_conversations"]["expected_llm_vs_mean_human_Q0"]
    found = panel_of(synthetic_twice, "Q0", "expectation")
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=5e-7)
