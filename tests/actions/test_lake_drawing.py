"""A draw where the data is: the same ids with the same probabilities as ours on every engine, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from review_app import actions
from review_app.actions.lake_drawing import hashes
from review_app.actions.workspace import opened
from review_app.errors import BadConfig, BadInput, WrongUsage
from review_app.sampling.draw import digest as hash_of
from review_app.sampling.draw import threshold
from review_app.store import draws, traces, verdicts
from review_app.store.traces import Saved

from .. import spark_cluster
from ..lakes import (
    LAKE,
    ODD_IDS,
    PLAN,
    as_jsonl,
    as_parquet,
    by_hand,
    digest,
    digest_of,
    in_postgres,
    lake_project,
    row,
    rows,
    store_project,
)

if TYPE_CHECKING:
    from ..postgres_server import Server

pytest.importorskip("ibis", reason="the extra [lake] is not installed")
pytest.importorskip("duckdb", reason="the extra [lake] is not installed")

N = 2_000
MANY = 100_000
EVERYTHING = "salt: s\nreviews: 4000\nshares: {random: 1}\n"


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_parquet(tmp_path_factory.mktemp("lake") / "traces.parquet", rows(N))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder for each part, as Spark and Hive write them."""
    folder, given = tmp_path_factory.mktemp("many") / "lake", rows(MANY)
    for part in range(2):
        as_parquet(folder / f"day=00{part}" / "part.parquet", given[part::2])
    (folder / "_SUCCESS").touch()
    return folder


def held(project: Path) -> set[str]:
    return set(draws.drawn(opened(project).store, "main")["trace_id"])


def lines_of(project: Path, *words: str) -> str:
    """Everything the files of a project hold, to look for words in."""
    return "".join(path.read_text(errors="replace") for path in project.rglob("*") if path.is_file())


@pytest.mark.parametrize("reviews", [60, 4 * N], ids=["a sample", "everything"])
def test_as_drawn_from_our_own_store(tmp_path: Path, parquet: Path, reviews: int) -> None:
    plan = PLAN.replace("reviews: 60", f"reviews: {reviews}")
    jsonl = as_jsonl(tmp_path / "traces.jsonl", rows(N))
    ours, lake, lines = (tmp_path / name for name in ("ours", "lake", "lines"))
    stored = actions.sample(store_project(ours, jsonl, plan)).draw
    there = actions.sample_lake(lake_project(lake, plan), str(parquet)).sampled.draw
    actions.sample_lake(lake_project(lines, plan), str(jsonl))
    assert digest(ours) == digest(lake) == digest(lines) == digest_of(by_hand(rows(N), reviews))
    for name in ("rates", "eligible", "frame_size", "strata", "unreachable", "salt", "frame"):
        assert getattr(stored, name) == getattr(there, name), name
    assert there.eligibility["rare"] == stored.eligibility["rare"]
    judges = [{name: row[name] for name in row if name != "levels"} for row in there.verdict_counts["judges"]]
    assert judges == stored.verdict_counts["judges"]
    if reviews > N:
        assert held(lake).issuperset(ODD_IDS)


def test_the_same_on_duckdb_and_postgres(tmp_path: Path, many: Path, postgres: Server) -> None:
    url = in_postgres(postgres.new_database(), rows(MANY))
    for name, lake in (("duckdb", str(many)), ("postgres", url)):
        actions.sample_lake(lake_project(tmp_path / name), lake, 300)
    expected = digest_of(by_hand(rows(MANY), 300))
    assert (digest(tmp_path / "duckdb"), digest(tmp_path / "postgres")) == (expected, expected)
    assert postgres.password not in lines_of(tmp_path / "postgres")


def on_spark(folder: Path, lake: Path, master: str) -> str:
    """The digest of a draw by Spark, in a program of its own: Spark's server and its sockets end with it."""
    settings = "spark.ui.enabled=false&spark.driver.host=127.0.0.1&spark.sql.shuffle.partitions=2"
    command = [sys.executable, "-c", "from review_app.cli import main; main()", "sample", "--reviews", "300"]
    ran = subprocess.run(
        [*command, "--lake", f"pyspark://{lake}?master={master}&{settings}", "--project", lake_project(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return digest(folder)


@pytest.fixture
def java(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="the extra [lake-spark] is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs java")
    # Each Java here lives for seconds: compiling its code well would take longer than running it.
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


@pytest.mark.usefixtures("java")
def test_the_same_on_spark(tmp_path: Path, many: Path) -> None:
    assert on_spark(tmp_path / "spark", many, "local[2]") == digest_of(by_hand(rows(MANY), 300))


@pytest.mark.usefixtures("java")
def test_the_same_on_a_cluster_of_spark(tmp_path: Path, many: Path) -> None:
    with spark_cluster.standalone() as cluster:
        found = on_spark(tmp_path / "spark", many, cluster.master)
        worked = [any(folder.iterdir()) for folder in cluster.folders]
    assert (found, worked) == (digest_of(by_hand(rows(MANY), 300)), [True, True])


def test_only_what_is_drawn_is_copied_redacted_and_ready_for_review(tmp_path: Path) -> None:
    secret = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
    given = [one | {"answer": f"{one['answer']} Use {secret}."} for one in rows(400)]
    project = lake_project(tmp_path / "project", PLAN.replace("reviews: 60", "reviews: 20"))
    done = actions.sample_lake(project, str(as_jsonl(tmp_path / "lake" / "a.jsonl", given)))
    store = opened(project).store
    assert set(traces.frame(store)["trace_id"]) == held(project)
    assert done.fetched.saved == Saved(new=len(held(project)))
    assert sum(done.fetched.redacted.values()) == len(held(project))
    assert secret not in lines_of(project)
    said = verdicts.frame(store)
    assert set(said["judge"]) == {"a", "b"}
    assert set(said["label"].dropna()) <= {"pass", "fail"}
    # in queue order, like any other draw
    assert len(actions.desk(project, "ana", want=5).items) == 5


def test_a_record_is_what_ingesting_its_file_would_have_stored(tmp_path: Path) -> None:
    nested = {"meta": {"user": {"id": "u1"}, "at": "2026-09-01T12:00:00Z", "n": [1, {"x": None}]}}
    given = [row(n) | (nested if n % 2 else {"meta": {"only": n}}) for n in range(40)]
    jsonl = as_jsonl(tmp_path / "lake.jsonl", given)
    project = lake_project(tmp_path / "project", EVERYTHING)
    assert actions.sample_lake(project, str(jsonl)).fetched.saved == Saved(new=40)
    mapped = "\n".join(line.removeprefix("  ") for line in LAKE.partition("judges:\n")[0].splitlines()[1:])
    (project / "map.yaml").write_text(mapped)
    assert actions.ingest(project, [jsonl], map_file=project / "map.yaml").saved == Saved(same=40)


def test_again_and_with_more_and_over_a_grown_lake(tmp_path: Path) -> None:
    lake, project = tmp_path / "lake", lake_project(tmp_path / "project")
    as_parquet(lake / "1.parquet", rows(N))
    first = actions.sample_lake(project, str(lake))
    before = held(project)
    again = actions.sample_lake(project, str(lake))
    assert (again.sampled.added, again.fetched.read, len(draws.every(opened(project).store, "main"))) == (0, 0, 1)
    more = actions.sample_lake(project, str(lake), 200)
    assert more.sampled.held - more.sampled.added == first.sampled.held
    assert more.fetched.read == more.sampled.added > 0
    # a route nobody saw before is drawn at the rates there are, like any other
    new = [one | {"topic": "gift cards"} for one in rows(2 * N)[N:]]
    as_parquet(lake / "2.parquet", new)
    grown = actions.sample_lake(project, str(lake), 200)
    assert before < held(project)
    assert grown.sampled.draw.frame_size == 2 * N
    assert grown.sampled.draw.strata["gift cards"] == N
    drawn = draws.drawn(opened(project).store, "main")
    expected = float(grown.sampled.draw.rates["random"])
    found = drawn.loc[(drawn["stratum"] == "gift cards") & (drawn["eligible"] == "random"), "inclusion_probability"]
    assert len(found) > 0
    assert set(found) == {expected}


@pytest.mark.parametrize("batches", [0, 1, 2], ids=["before the first", "after one", "after two"])
def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path: Path, parquet: Path, batches: int) -> None:
    class Stopped(Exception):
        pass

    seen: list[str] = []

    def stop(doing: str) -> None:
        seen.append(doing)
        if doing.endswith("fetched") and len([one for one in seen if one.endswith("fetched")]) > batches - 1:
            raise Stopped

    plan = PLAN.replace("reviews: 60", "reviews: 1800")
    clean, project = lake_project(tmp_path / "clean", plan), lake_project(tmp_path / "project", plan)
    actions.sample_lake(clean, str(parquet))
    with pytest.raises(Stopped):
        actions.sample_lake(project, str(parquet), progress=stop)
    assert draws.every(opened(project).store, "main") == ()
    actions.sample_lake(project, str(parquet))
    assert digest(project) == digest(clean)
    for table in (traces.frame, verdicts.frame):
        mine, theirs = (table(opened(one).store) for one in (project, clean))
        assert mine.astype(str).sort_values(list(mine)).values.tolist() == (
            theirs.astype(str).sort_values(list(theirs)).values.tolist()
        )


def test_rows_without_an_id_are_counted_and_left(tmp_path: Path) -> None:
    given = [
        one | ({"id": None} if n % 10 == 0 else {"id": ""} if n % 10 == 1 else {}) for n, one in enumerate(rows(N))
    ]
    project = lake_project(tmp_path / "project", PLAN.replace("reviews: 60", f"reviews: {2 * N}"))
    done = actions.sample_lake(project, str(as_jsonl(tmp_path / "a.jsonl", given)))
    # a tenth is missing and a tenth is empty: 400 of 2,000
    assert done.sampled.draw.frame_size == 1_600
    assert "400 of 2,000 rows have no trace_id: no draw can choose them" in done.notes
    assert done.sampled.draw.eligibility["lake"]["without_id"] == 400


def test_a_repeated_id_is_named_and_drawn_once_by_its_newest_row(tmp_path: Path) -> None:
    newer = [row(n) | {"ts": "2027-01-01T00:00:00+00:00", "topic": "newer", "answer": f"new {n}"} for n in (1, 2)]
    older = [row(n) | {"ts": None, "topic": "older"} for n in (1, 3)]
    project = lake_project(tmp_path / "project", EVERYTHING)
    done = actions.sample_lake(project, str(as_jsonl(tmp_path / "a.jsonl", rows(200) + newer + older)))
    drawn = draws.drawn(opened(project).store, "main").set_index("trace_id")
    assert (done.sampled.draw.frame_size, len(drawn)) == (200, 200)
    ids = [row(n)["id"] for n in (1, 2, 3)]
    assert drawn.loc[ids, "stratum"].tolist() == ["newer", "newer", "none"]
    assert [traces.body(opened(project).store, name).output for name in ids[:2]] == ["new 1", "new 2"]
    (note,) = done.notes
    assert note.startswith("rows that repeat an id: 4;")
    assert f"'{ids[0]}' (3 rows)" in note


def test_unique_is_believed_and_found_out(tmp_path: Path) -> None:
    lake = as_jsonl(tmp_path / "a.jsonl", [*rows(50), row(3)])
    project = lake_project(
        tmp_path / "project", "salt: s\nreviews: 400\nshares: {random: 1}\n", LAKE + "unique: true\n"
    )
    with pytest.raises(BadInput, match="stands there more than once"):
        actions.sample_lake(project, str(lake))
    assert held(project) == set()


def test_a_drawn_record_that_is_no_trace_is_listed_and_left(tmp_path: Path) -> None:
    given = [one | ({"rating": 7.0} if n == 4 else {"id": " t "} if n == 5 else {}) for n, one in enumerate(rows(50))]
    project = lake_project(tmp_path / "project", EVERYTHING)
    done = actions.sample_lake(project, str(as_jsonl(tmp_path / "a.jsonl", given)))
    assert (done.fetched.rejected, done.sampled.held) == (2, 48)
    assert done.fetched.rejects is not None
    told = done.fetched.rejects.read_text()
    assert "user_feedback.rating" in told
    assert "blanks around an id" in told
    assert "drawn records that are no traces, and not in the queue: 2" in done.notes


def test_what_cannot_be_decided_there_is_said(tmp_path: Path, parquet: Path) -> None:
    plan = "salt: s\nreviews: 60\nshares: {random: 0.5, new_cluster: 0.2, check_failed: 0.1, flagged: 0.1, rare: 0.1}\n"
    project = lake_project(tmp_path / "project", f"{plan}urgent: {{tags: [vip]}}\n")
    (project / "checks.yaml").write_text("checks: [{name: sevens, type: required_pattern, pattern: '7'}]")
    done = actions.sample_lake(project, str(parquet))
    for words in ("new_cluster is not decided", "check_failed is not decided", "flagged means", "urgent", "tool"):
        assert any(words in note for note in done.notes), words
    draw = done.sampled.draw
    assert (draw.rates["new_cluster"], draw.rates["check_failed"]) == (0, 0)
    # 60 - 6 for flagged - 6 for rare, over 2,000
    assert draw.rates["random"] * N == 48


def test_checks_of_theirs_count(tmp_path: Path) -> None:
    given = [one | {"bad": n % 8 == 0} for n, one in enumerate(rows(N))]
    lake = as_jsonl(tmp_path / "a.jsonl", given)
    mapping = LAKE.replace("ignore: [", "ignore: [bad, ") + "check_failed: bad\n"
    plan = "salt: s\nreviews: 60\nshares: {random: 0.5, check_failed: 0.2, flagged: 0.3}\n"
    draw = actions.sample_lake(lake_project(tmp_path / "project", plan, mapping), str(lake)).sampled.draw
    flagged = sum(n % 8 == 0 or n % 5 == 0 or n % 4 == 0 for n in range(N))
    assert (draw.eligible["check_failed"], draw.eligible["flagged"]) == (250, flagged)


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        pytest.param("rating: rating", 100, id="a number below 0: every twentieth"),
        pytest.param("{rating: thumb, values: {up: 1, down: -1}}", 200, id="a word that means one: every tenth"),
    ],
)
def test_complaints(tmp_path: Path, ratings: str, expected: int) -> None:
    given = [one | {"thumb": "down" if n % 10 == 2 else "up"} for n, one in enumerate(rows(N))]
    mapping = LAKE.replace("{rating: rating}", ratings if ratings[0] == "{" else f"{{{ratings}}}")
    project = lake_project(
        tmp_path / "project", "salt: s\nreviews: 60\nshares: {random: 0.5, complaint: 0.5}\n", mapping
    )
    draw = actions.sample_lake(project, str(as_jsonl(tmp_path / "a.jsonl", given))).sampled.draw
    assert draw.eligible["complaint"] == expected


@pytest.mark.parametrize("kind", [as_parquet, as_jsonl], ids=["timestamps", "ISO text"])
def test_the_frame_of_the_plan(tmp_path: Path, kind: Callable[[Path, Any], Path]) -> None:
    # Minutes 600 to 1,199 of September 1st; English: 2 of 50 are not; billing is every fifth, and 7 and 8 are not.
    frame = "frame: {since: 2026-09-01T10:00:00, until: 2026-09-01T20:00:00, language: [en], route: [billing]}\n"
    project = lake_project(tmp_path / "project", f"salt: s\nreviews: 60\nshares: {{random: 1}}\n{frame}")
    suffix = ".parquet" if kind is as_parquet else ".jsonl"
    draw = actions.sample_lake(project, str(kind(tmp_path / f"a{suffix}", rows(N)))).sampled.draw
    assert draw.frame_size == sum(n % 5 == 1 and n % 50 not in (7, 8) for n in range(600, 1_200)) == 120


def after_a_draw(change: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    def run(project: Path, lake: Path) -> None:
        actions.sample_lake(project, str(lake))
        change(project, lake)

    return run


def rewritten(file: str, text: str) -> Callable[[Path, Path], None]:
    def run(project: Path, lake: Path) -> None:
        (project / file).write_text(text)

    return run


def shrunk(project: Path, lake: Path) -> None:
    as_parquet(lake / "a.parquet", rows(100))


def drawn_from_the_store(project: Path, lake: Path) -> None:
    (project / "map.yaml").write_text("trace_id: id\ninput: question\n")
    actions.ingest(project, [lake / "a.parquet"], map_file=project / "map.yaml")
    actions.sample(project)


_RULE_CHANGES = {
    "traces left the lake": (shrunk, "no longer in the lake"),
    "salt": (rewritten("sampling.yaml", PLAN.replace("salt: s", "salt: z")), "salt was"),
    "another column decides": (
        rewritten("lake.yaml", LAKE.replace("label: judge_b", "label: lang")),
        "what disagreement may choose was",
    ),
    "another bound of rare": (
        rewritten("sampling.yaml", PLAN.replace("below: 0.05", "below: 0.01")),
        "what counts as rare was",
    ),
}
_NO_ID = LAKE.replace("  trace_id: id\n", "")


@pytest.mark.parametrize(
    ("prepare", "error", "words"),
    [
        *(pytest.param(after_a_draw(do), WrongUsage, words, id=name) for name, (do, words) in _RULE_CHANGES.items()),
        pytest.param(drawn_from_the_store, WrongUsage, "not from a lake", id="drawn from the store before"),
        pytest.param(rewritten("sampling.yaml", PLAN + "exact: true\n"), WrongUsage, "exact", id="exact"),
        pytest.param(rewritten("sampling.yaml", PLAN + "frame: {route: [x]}\n"), WrongUsage, "No trace is", id="empty"),
        pytest.param(
            rewritten("lake.yaml", LAKE.replace("id: id", "id: uid")), BadConfig, "no column 'uid'", id="column"
        ),
        pytest.param(rewritten("lake.yaml", LAKE.replace("good_enough", "x", 1)), BadConfig, "not ask", id="criterion"),
        pytest.param(rewritten("lake.yaml", LAKE.replace("topic", "ts")), BadConfig, "has to be text", id="times"),
        pytest.param(rewritten("lake.yaml", _NO_ID), BadConfig, "must name a column", id="no id mapped"),
    ],
)
def test_refusals(tmp_path: Path, prepare: Callable[[Path, Path], None], error: type[Exception], words: str) -> None:
    project, lake = lake_project(tmp_path / "project"), tmp_path / "lake"
    as_parquet(lake / "a.parquet", rows(500))
    prepare(project, lake)
    with pytest.raises(error, match=words):
        actions.sample_lake(project, str(lake))


def test_the_words_of_the_hash_are_our_own() -> None:
    found = hashes({"random": Fraction(1, 3), "rare": Fraction(0), "flagged": Fraction(1)}, "salt")
    assert {name: (one.prefix, one.first) for name, one in found.items()} == {
        "random": ("salt:random:", threshold(Fraction(1, 3))),
        "flagged": ("salt:flagged:", "g"),
    }
    assert len(hash_of("salt", "random", "t")) == len(found["random"].first) == 32
