"""Public data with published agreement, through the commands as a person types them."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from review_app import actions

from ..shared_data import shared
from . import running

TESTS = Path(__file__).parents[1]
Told = Mapping[str, Any]


def run(*arguments: object) -> str:
    """What the program prints; it must have gone well."""
    done = running.run(*arguments)
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


def on_every_scale(project: Path) -> None:
    """Each ordinal criterion a second time as labels without an order, and a third as numbers."""
    file = project / "rubric.yaml"
    rubric = yaml.safe_load(file.read_text())
    for one in tuple(rubric["criteria"]):
        same = {name: one[name] for name in ("labels", "bad")}
        more = {"question": one["question"], "required": False}
        rubric["criteria"].append({"name": f"{one['name']} nominal", "kind": "categorical", **more, **same})
        rubric["criteria"].append({"name": f"{one['name']} interval", "kind": "numeric", **more})
    file.write_text(yaml.safe_dump(rubric))


SCALES = {"krippendorff_ordinal": "", "krippendorff_nominal": " nominal", "krippendorff_interval": " interval"}


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
    assert people["reliability"]["alpha"]["value"] == pytest.approx(wanted["krippendorff_nominal"], abs=5e-7)
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
        most = expected("pandalm")["majority_counts"]
        assert [sum(row) for row in labels["table"]] == [most[label] for label in labels["labels"]]
        assert labels["kappa"]["value"] == pytest.approx(wanted["cohen_kappa_vs_majority"], abs=5e-7)
    else:
        assert {"reason": "verdict: unparsable", "count": 25, "unit": "traces"} in report["excluded"]


def test_pandalm_judges_beside_each_annotator_and_each_other(tmp_path: Path) -> None:
    """Two judges read as if they were reviewers: then every two of the five stand beside each other."""
    data = shared("pandalm") / "data"
    project = project_with(tmp_path, "pandalm_rubric.yaml")
    run("ingest", data / "testset-v1.json", "--map", TESTS / "traces/maps/pandalm_traces.yaml", "--project", project)
    one = (TESTS / "review/maps/pandalm_reviews.yaml").read_text()
    garbage = 'labels: ["0", "1", "2"], translate: {Tie: "0", garbage: "0"}'
    for name, column, file in (
        *((f"annotator{i}", f"annotator{i}", "testset-v1.json") for i in (1, 2, 3)),
        ("gpt-3.5-turbo", "gpt_result", "gpt-3.5-turbo-testset-v1.json"),
        ("pandalm-7b", "pandalm_result", "pandalm-7b-testset-v1.json"),
    ):
        mapping = tmp_path / f"{name}.yaml"
        read = one.replace("constant: annotator1", f"constant: {name}").replace(
            "better: annotator1", f"better: {column}"
        )
        mapping.write_text(read.replace('labels: ["0", "1", "2"]', garbage) if name.startswith("gpt") else read)
        run("import", "reviews", data / file, "--map", mapping, "--project", project)
    (people,) = json.loads(run("agreement", "--json", "--reviewers", "--project", project))["people"]
    found = {(pair["first"], pair["second"]): pair["kappa"]["value"] for pair in people["pairs"]}
    wanted = expected("pandalm")
    for judge in ("gpt-3.5-turbo", "pandalm-7b"):
        each = wanted["judges"][judge]["cohen_kappa_vs_each_annotator"]
        ours = [found[tuple(sorted((f"annotator{i}", judge)))] for i in (1, 2, 3)]
        assert ours == pytest.approx(each, abs=5e-7)
    between = found["gpt-3.5-turbo", "pandalm-7b"]
    assert between == pytest.approx(wanted["judge_vs_judge_cohen_kappa"], abs=5e-7)


def test_pandalm_in_words(pandalm: Path) -> None:
    told = run("agreement", "--project", pandalm)
    assert "3 pairs of reviewers: kappa 0.852 to 0.879." in told
    assert "annotator1" not in told
    # 974 of 999 pairs; 0.7156 to three decimals
    assert "Same label: 0.716 (" in told


METRICS = ("RougeL", "Recall", "Bert-KPrec", "Extractiveness", "Length")


@pytest.fixture(scope="module")
def clapnq(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """400 answers by four systems, three raters each and five metrics; the nested scores written as long tables."""
    content = json.loads((shared("clapnq-rag-human") / "RAG Model Performance.json").read_text())
    folder = tmp_path_factory.mktemp("clapnq")
    project = project_with(folder, "clapnq_rubric.yaml")
    on_every_scale(project)
    asked = {task["task_id"]: task["input"][-1]["text"] for task in content["tasks"]}
    named = [(f"{one['task_id']} {one['model_id']}", one) for one in content["results"]]
    traces = [
        {"trace_id": name, "model": one["model_id"], "output": one["output"][0]["content"],
         "messages": [{"role": "user", "content": asked[one["task_id"]]}]}
        for name, one in named
    ]  # fmt: skip
    (folder / "traces.jsonl").write_text("\n".join(map(json.dumps, traces)))
    ratings = [
        (name, rater, criterion + scale, said["value"])
        for name, one in named
        for criterion in CRITERIA
        for rater, said in one["scores"][criterion].items()
        for scale in SCALES.values()
    ]
    metrics = [
        (name, metric, criterion, one["scores"][metric]["system"]["value"])
        for name, one in named
        for metric in METRICS
        for criterion in CRITERIA
    ]
    for file, head, rows in (("ratings", "rater", ratings), ("metrics", "judge", metrics)):
        with (folder / f"{file}.csv").open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows([("trace_id", head, "metric", "value"), *rows])
    run("ingest", folder / "traces.jsonl", "--project", project)
    mapping = TESTS / "review/maps/clapnq_reviews.yaml"
    told = run("import", "reviews", folder / "ratings.csv", "--map", mapping, "--project", project)
    assert "1,200 new" in told
    (folder / "metrics.yaml").write_text(
        "trace_id: trace_id\njudge: judge\njudge_version: {constant: v1}\ncriterion: metric\nscore: value\n"
    )
    run("import", "verdicts", folder / "metrics.csv", "--map", folder / "metrics.yaml", "--project", project)
    found: Told = json.loads(run("agreement", "--json", "--reviewers", "--project", project))
    return found


CRITERIA = ("faithfulness", "fluency", "answer_relevance")


def people_on(report: Told, criterion: str) -> Told:
    (found,) = [people for people in report["people"] if people["criterion"] == criterion]
    return dict(found)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_clapnq_alphas(clapnq: Told, criterion: str) -> None:
    wanted = expected("clapnq-rag-human")["agreement"][criterion]
    for figure, scale in SCALES.items():
        one = people_on(clapnq, criterion + scale)["reliability"]
        assert one["n_units"] == 400
        assert one["alpha"]["value"] == pytest.approx(wanted[figure], abs=5e-7)
        assert one["alpha"]["low"] < one["alpha"]["value"] < one["alpha"]["high"]
    shares = people_on(clapnq, criterion)["reliability"]["shares"]
    assert {one["category"]: round(one["share"] * 1200) for one in shares} == wanted["counts"]


def test_clapnq_raters_in_pairs(clapnq: Told) -> None:
    wanted, people = expected("clapnq-rag-human"), people_on(clapnq, "faithfulness")
    found = {f"{pair['first']}|{pair['second']}": pair for pair in people["pairs"]}
    pairs = wanted["pairs_of_raters_faithfulness_quadratic_kappa"]
    assert {name: pair["n"] for name, pair in found.items()} == {name: pair["n"] for name, pair in pairs.items()}
    assert {name: pair["kappa"]["value"] for name, pair in found.items()} == pytest.approx(
        {name: pair["kappa"] for name, pair in pairs.items()}, abs=5e-7
    )
    assert {one["rater"]: one["n"] for one in people["reviewers"]["reviewers"]} == wanted["raters"]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_clapnq_metrics_against_people(clapnq: Told, criterion: str) -> None:
    wanted = expected("clapnq-rag-human")["metric_vs_mean_human"][criterion]
    found = {judge["judge"]: judge["ordinal"][0] for judge in clapnq["judges"] if judge["criterion"] == criterion}
    assert set(found) == set(wanted) == set(METRICS)
    for metric, figures in wanted.items():
        assert {name: found[metric][name] for name in figures} == pytest.approx(figures, abs=5e-7)


def test_clapnq_says_that_alpha_is_low_because_one_category_dominates(clapnq: Told) -> None:
    fluency = people_on(clapnq, "fluency")["reliability"]
    # 1000 of 1200 ratings are 4; 168 are 3
    assert fluency["prevalence_index"] == pytest.approx((1000 - 168) / 1200)
