"""Real chats, real people and a real judge, through the commands' own verbs: the published figures come out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from review_app import actions

from ..shared_data import shared

MAPS = Path(__file__).parents[1]
PANELS = {"argmax": "label", "expected": "expectation"}


def llm_rubric_project(folder: Path, data: Path) -> Path:
    """The set as a project: chats ingested, the judge's distributions and people's answers imported."""
    project = folder / "llm-rubric"
    actions.init(project)
    shutil.copyfile(MAPS / "review/maps/llm_rubric_rubric.yaml", project / "rubric.yaml")
    (project / "sampling.yaml").write_text("salt: real\nreviews: 12\n")
    real = data / "data/real_data"
    actions.ingest(project, [real / "real_data.json"], map_file=MAPS / "traces/maps/llm_rubric_traces.yaml")
    judge, people = "gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv", "human_judges_real_convs_FIXED_ANON.tsv"
    actions.import_verdicts(project, real / judge, MAPS / "grading/maps/llm_rubric_verdicts.yaml")
    actions.import_reviews(project, real / people, MAPS / "review/maps/llm_rubric_reviews.yaml")
    return project


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """criterion -> its judge report, as `agreement --json` prints it."""
    project = llm_rubric_project(tmp_path_factory.mktemp("real"), shared("llm-rubric"))
    found = actions.agreement_as_dict(actions.measure_agreement(project))
    return {judge["criterion"]: judge for judge in found["judges"]}


@pytest.mark.parametrize("criterion", [f"Q{number}" for number in range(9)])
@pytest.mark.parametrize("value", PANELS)
def test_judge_against_people(report: dict[str, dict[str, object]], criterion: str, value: str) -> None:
    expected = json.loads((shared("llm-rubric") / "expected.json").read_text())["judge_vs_human"][criterion]
    panel = next(panel for panel in report[criterion]["ordinal"] if panel["judge_value"] == PANELS[value])  # type: ignore[attr-defined]
    assert panel["n"] == expected["n"]
    for name in ("rmse", "pearson", "spearman", "kendall_tau_b"):
        wanted = expected[value][name]
        # An undefined correlation stays undefined: the judge's label is the same on every chat.
        assert panel[name] is None if wanted is None else panel[name] == pytest.approx(wanted, abs=5e-7)


def test_not_applicable_is_missing_and_counted(tmp_path: Path) -> None:
    data = shared("llm-rubric")
    project = llm_rubric_project(tmp_path, data)
    overview = actions.project_overview(project)
    assert overview.counts["traces"] == 223
    assert overview.counts["verdicts"] == 2007
    again = actions.import_reviews(
        project,
        data / "data/real_data/human_judges_real_convs_FIXED_ANON.tsv",
        MAPS / "review/maps/llm_rubric_reviews.yaml",
    )
    assert (again.read, again.new, again.same, again.rejected) == (223, 0, 223, 0)
    # 77 + 75 + 77 + 77 zeros in Q1, Q3, Q4, Q5: 223 less the n of each in expected.json
    assert again.missing == {"not applicable": 306}
    sampled = actions.sample(project)
    assert sampled.draw.frame_size == 223
    assert 0 < sampled.held < 40
