"""Object storage, and tables with a log, through DuckDB's extensions: the line of DuckDB that has them as packages is
among the peers (tests/peers.py), as they cannot be fetched where tests run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from review_app import actions

from .. import peers
from ..lakes import as_parquet, digest, lake_project, rows

N = 2_000


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """place -> the digest of what was drawn there, or the error."""
    said = peers.read_back(Path(__file__).with_name("lake_elsewhere.py"), tmp_path_factory.mktemp("peers"))
    return dict(json.loads(said.splitlines()[-1]))


def test_the_same_is_drawn_from_object_storage_and_from_tables_with_a_log(
    found: dict[str, str], tmp_path: Path
) -> None:
    project = lake_project(tmp_path / "here")
    actions.sample_lake(project, str(as_parquet(tmp_path / "a.parquet", rows(N))))
    # Of the tables 50 rows were deleted, whose files are still there.
    places = [name for name in found if name not in ("iceberg", "iceberg-in-objects", "newest")]
    assert len(places) == 8
    assert {name: found[name] for name in places} == dict.fromkeys(places, digest(project))


@pytest.mark.parametrize(("name", "ending"), [("iceberg", ""), ("iceberg-in-objects", "s3://lake/traces/metadata/")])
def test_an_iceberg_folder_says_which_metadata_to_name(found: dict[str, str], name: str, ending: str) -> None:
    # Without a hint only the catalog knows which version is in force.
    newest = f"{ending}{Path(found['newest']).name}" if ending else found["newest"]
    assert f"Name the metadata file that its catalog points to, such as {newest}" in found[name]
