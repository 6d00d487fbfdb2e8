"""Public data with published agreement, through the commands as a person types them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from review_app import actions

from ..shared_data import shared

TESTS = Path(__file__).parents[1]
Told = Mapping[str, Any]


def run(*arguments: object) -> str:
    """What the program prints; it must have gone well."""
    command = [sys.executable, "-c", "from review_app.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def expected(name: str) -> Told:
    found: Told = json.loads((shared(name) / "expected.json").read_text())
    return found


def project_with(folder: Path, rubric: str) -> Path:
    project = folder / "project"
    actions.init(project)
    shutil.copyfile(TESTS / "review/maps" / rubric, project / "rubric.yaml")
    return project


@pytest.fixture(scope="module")
def pandalm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """999 pairs, three annotators, two judges; GPT-3.5 a second time with garbage read as a tie, as published."""
    data, folder = shared("pandalm") / "data", tmp_path_factory.mktemp("pandalm")
    project = project_with(folder, "pandalm_rubric.yaml")
    run("ingest", data / "testset-v1.json", "--map", TESTS / "traces/maps/pandalm_traces.yaml", "--project", project)
    gpt = (TESTS / "grading/maps/pandalm_gpt_verdicts.yaml").read_text()
    published = folder / "published.yaml"
    published.write_text(
        gpt.replace("constant: v1", "constant: garbage is a tie")
        .replace("unparsable: [garbage]", "")
        .replace('Tie: "0"', 'Tie: "0", garbage: "0"')
    )
    for file, mapping in (
        ("gpt-3.5-turbo-testset-v1.json", TESTS / "grading/maps/pandalm_gpt_verdicts.yaml"),
        ("gpt-3.5-turbo-testset-v1.json", published),
        ("pandalm-7b-testset-v1.json", TESTS / "grading/maps/pandalm_7b_verdicts.yaml"),
    ):
        run("import", "verdicts", data / file, "--map", mapping, "--project", project)
    one = (TESTS / "review/maps/pandalm_reviews.yaml").read_text()
    for annotator in ("annotator1", "annotator2", "annotator3"):
        mapping = folder / f"{annotator}.yaml"
        mapping.write_text(one.replace("annotator1", annotator))
        run("import", "reviews", data / "testset-v1.json", "--map", mapping, "--project", project)
    return project


@pytest.fixture(scope="module")
def pandalm_report(pandalm: Path) -> Told:
    found: Told = json.loads(run("agreement", "--json", "--reviewers", "--project", pandalm))
    return found


def test_pandalm_annotators_in_pairs(pandalm_report: Told) -> None:
    (people,) = pandalm_report["people"]
    found = {f"{pair['first'][-1]}-{pair['second'][-1]}": pair["kappa"]["value"] for pair in people["pairs"]}
    wanted = expected("pandalm")
    assert found == pytest.approx(wanted["cohen_kappa"], abs=5e-7)
    assert people["reliability"]["fleiss"]["value"] == pytest.approx(wanted["fleiss_kappa"], abs=5e-7)
    # Printed in the repository's README: 0.85 / 0.88 / 0.86
    assert [f"{kappa:.2f}" for kappa in found.values()] == ["0.85", "0.88", "0.86"]


@pytest.mark.parametrize(
    ("judge", "version", "accuracy", "n"),
    [
        pytest.param("gpt-3.5-turbo", "v1", "accuracy_without_unparsed_rows", 974, id="garbage is missing"),
        pytest.param("gpt-3.5-turbo", "garbage is a tie", "accuracy", 999, id="garbage is a tie"),
        pytest.param("pandalm-7b", "v1", "accuracy", 999, id="pandalm-7b"),
    ],
)
def test_pandalm_judges(pandalm_report: Told, judge: str, version: str, accuracy: str, n: int) -> None:
    wanted = expected("pandalm")["judges"][judge]
    (report,) = [one for one in pandalm_report["judges"] if (one["judge"], one["judge_version"]) == (judge, version)]
    labels = report["labels"]
    assert (labels["n"], labels["no_majority"], labels["no_label"]) == (n, 0, 999 - n)
    assert labels["same"]["value"] == pytest.approx(wanted[accuracy], abs=5e-7)
    if n == 999:
        assert labels["table"] == wanted["confusion_rows_human_0_1_2"]
        assert labels["kappa"]["value"] == pytest.approx(wanted["cohen_kappa_vs_majority"], abs=5e-7)
    else:
        assert {"reason": "verdict: unparsable", "count": 25, "unit": "traces"} in report["excluded"]


def test_pandalm_in_words(pandalm: Path) -> None:
    told = run("agreement", "--project", pandalm)
    assert "3 pairs of reviewers: kappa 0.852 to 0.879." in told
    assert "annotator1" not in told
    # 974 of 999 pairs; 0.7156 to three decimals
    assert "Same label: 0.716 (" in told


@pytest.fixture(scope="module")
def clapnq(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """400 answers by four systems, three raters each; the nested scores written as a long table."""
    content = json.loads((shared("clapnq-rag-human") / "RAG Model Performance.json").read_text())
    folder = tmp_path_factory.mktemp("clapnq")
    project = project_with(folder, "clapnq_rubric.yaml")
    asked = {task["task_id"]: task["input"][-1]["text"] for task in content["tasks"]}
    named = [(f"{one['task_id']} {one['model_id']}", one) for one in content["results"]]
    traces = [
        {"trace_id": name, "model": one["model_id"], "output": one["output"][0]["content"],
         "messages": [{"role": "user", "content": asked[one["task_id"]]}]}
        for name, one in named
    ]  # fmt: skip
    (folder / "traces.jsonl").write_text("\n".join(map(json.dumps, traces)))
    with (folder / "ratings.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["trace_id", "rater", "metric", "value"])
        for name, one in named:
            for metric in ("faithfulness", "fluency", "answer_relevance"):
                table.writerows([name, rater, metric, said["value"]] for rater, said in one["scores"][metric].items())
    run("ingest", folder / "traces.jsonl", "--project", project)
    mapping = TESTS / "review/maps/clapnq_reviews.yaml"
    told = run("import", "reviews", folder / "ratings.csv", "--map", mapping, "--project", project)
    assert "1,200 new" in told
    found: Told = json.loads(run("agreement", "--json", "--project", project))
    return found


def test_clapnq_alphas(clapnq: Told) -> None:
    wanted = expected("clapnq-rag-human")["agreement"]
    found = {people["criterion"]: people["reliability"] for people in clapnq["people"]}
    assert set(found) == {"faithfulness", "fluency", "answer_relevance"}
    for criterion, one in found.items():
        assert one["scale"] == "ordinal"
        assert one["n_units"] == 400
        assert one["alpha"]["value"] == pytest.approx(wanted[criterion]["krippendorff_ordinal"], abs=5e-7)
        assert one["alpha"]["low"] < one["alpha"]["value"] < one["alpha"]["high"]


def test_clapnq_says_that_alpha_is_low_because_one_category_dominates(clapnq: Told) -> None:
    fluency = next(one for one in clapnq["people"] if one["criterion"] == "fluency")["reliability"]
    # 1000 of 1200 ratings are 4; 168 are 3
    assert fluency["prevalence_index"] == pytest.approx((1000 - 168) / 1200)
    assert clapnq["people"][0]["reviewers"]["reviewers"] == []
