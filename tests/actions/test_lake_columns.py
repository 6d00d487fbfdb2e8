"""lake.yaml as it is drafted: it loads, it draws, and it is written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.errors import BadInput, WrongUsage
from review_app.traces import lake_mapping
from review_app.traces.columns import Place

from ..lakes import as_jsonl, as_parquet, rows

pytest.importorskip("ibis", reason="the extra [lake] is not installed")
duckdb = pytest.importorskip("duckdb", reason="the extra [lake] is not installed")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path / "project")
    return tmp_path / "project"


def test_a_draft_loads_and_draws(tmp_path: Path, project: Path) -> None:
    lake = as_parquet(tmp_path / "a.parquet", rows(200))
    path = actions.draft_lake(project, str(lake))
    assert path == project / "lake.yaml"
    drafted = lake_mapping.load(path)
    fields = {name: getattr(drafted.trace, name) for name in ("trace_id", "at", "language", "input", "output", "route")}
    assert fields == {
        "trace_id": Place(column="id"),
        "at": Place(column="ts"),
        "language": Place(column="lang"),
        "input": Place(column="question"),
        "output": Place(column="answer"),
        "route": Place(column="topic"),
    }
    # judge_a says labels of the rubric, but only a person knows whether a judge said them
    assert drafted.judges == ()
    text = path.read_text()
    assert '#   - {"judge":"judge_a","criterion":"good_enough","label":"judge_a"}  # says fail, pass' in text
    assert '"judge":"judge_b"' not in text
    assert actions.sample_lake(project, str(lake)).sampled.draw.frame_size == 200
    # and with the comment taken off
    path.write_text(text.replace("# judges:", "judges:").replace('#   - {"judge"', '  - {"judge"'))
    assert lake_mapping.load(path).judges[0].judge == "judge_a"


def test_it_is_written_once(tmp_path: Path, project: Path) -> None:
    (project / "lake.yaml").write_text("trace: {trace_id: mine, input: question}\n")
    with pytest.raises(WrongUsage, match=r"a lake.yaml already"):
        actions.draft_lake(project, str(as_parquet(tmp_path / "a.parquet", rows(3))))
    assert "mine" in (project / "lake.yaml").read_text()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param([{"id": "1", "colour": 3}], "No column looks like a question", id="nothing like a trace"),
        pytest.param([], "did not answer|empty", id="no rows"),
    ],
)
def test_a_lake_that_is_no_traces(tmp_path: Path, project: Path, given: list[dict[str, object]], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        actions.draft_lake(project, str(as_jsonl(tmp_path / "a.jsonl", given)))
    assert not (project / "lake.yaml").exists()


def test_a_column_may_be_called_anything(tmp_path: Path, project: Path) -> None:
    given = [one | {"a\nroute: evil\x1b[2J: {": "pass"} for one in rows(10)]
    actions.draft_lake(project, str(as_jsonl(tmp_path / "a.jsonl", given)))
    text = (project / "lake.yaml").read_text()
    assert lake_mapping.load(project / "lake.yaml").trace.route == Place(column="topic")
    assert "\x1b" not in text


def test_a_duckdb_file(tmp_path: Path, project: Path) -> None:
    lake = as_parquet(tmp_path / "a.parquet", rows(50))
    with duckdb.connect(str(tmp_path / "lake.duckdb")) as connection:
        connection.execute(f"CREATE SCHEMA logs; CREATE TABLE logs.traces AS FROM '{lake}'")
    url = f"duckdb://{tmp_path}/lake.duckdb/logs.traces"
    actions.draft_lake(project, url)
    assert actions.sample_lake(project, url).sampled.draw.frame_size == 50
