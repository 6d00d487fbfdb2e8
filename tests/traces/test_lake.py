"""What a lake's address means, how each engine spells the draw, and what opening a folder takes and refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from review_app.errors import BadConfig, BadInput
from review_app.traces import lake
from review_app.traces.columns import Place
from review_app.traces.lake import Frame, Lake, Stratum
from review_app.traces.lake_address import ENGINES, FILES, SPARK, address
from review_app.traces.lake_conditions import AllOf, AnyOf, Below, Condition, Hash, In, IsTrue, Within, written
from review_app.traces.lake_mapping import JudgeColumns, LakeMapping
from review_app.traces.lake_opening import Tables
from review_app.traces.mapping import TraceMapping

from ..lakes import as_jsonl, as_parquet, row, rows

ibis = pytest.importorskip("ibis", reason="the extra [lake] is not installed")
pytest.importorskip("duckdb", reason="the extra [lake] is not installed")
sqlglot = pytest.importorskip("sqlglot", reason="the extra [lake] is not installed")

ALL = AllOf(parts=())


def a_frame(condition: Condition = ALL, **trace: Any) -> Frame:
    mapping = TraceMapping(trace_id=Place(column="id"), input=Place(column="question"), **trace)
    return Frame(mapping=LakeMapping(trace=mapping), within=Within(), strategies={"random": ALL, "it": condition})


@pytest.mark.parametrize(
    ("url", "engine", "place", "table", "shown"),
    [
        pytest.param("exports", FILES, "exports", "", "exports", id="a folder"),
        pytest.param("a/*.parquet", FILES, "a/*.parquet", "", "a/*.parquet", id="a pattern"),
        pytest.param("file:///a/b.jsonl", FILES, "/a/b.jsonl", "", "file:///a/b.jsonl", id="a file URL"),
        pytest.param("s3://b/t/", FILES, "s3://b/t/", "", "s3://b/t/", id="s3"),
        pytest.param(
            "https://h/a.parquet?sig=x", FILES, "https://h/a.parquet?sig=x", "", "https://h/a.parquet", id="signed"
        ),
        pytest.param("duckdb:///a.duckdb/t", "duckdb", "duckdb:///a.duckdb", "t", "duckdb:///a.duckdb/t", id="duckdb"),
        pytest.param(
            "postgresql://u:pw@h:1/db/traces?sslmode=require", "postgres", "postgres://u:pw@h:1/db?sslmode=require",
            "traces", "postgresql://h:1/db/traces", id="postgres",
        ),
        pytest.param(
            "postgres://h/db/logs/traces", "postgres", "postgres://h/db/logs", "traces", "postgres://h/db/logs/traces",
            id="with a schema",
        ),
        pytest.param("trino://u@h/c/s/t", "trino", "trino://u@h/c/s", "t", "trino://h/c/s/t", id="trino"),
        pytest.param("pyspark:///a/b?master=local[2]", SPARK, "/a/b", "", "pyspark:///a/b", id="a folder for Spark"),
        pytest.param("pyspark://s3a://b/t", SPARK, "s3a://b/t", "", "pyspark://s3a://b/t", id="s3 for Spark"),
        pytest.param("pyspark://db.t?master=yarn", SPARK, "db.t", "", "pyspark://db.t", id="a table for Spark"),
    ],
)  # fmt: skip
def test_addresses(url: str, engine: str, place: str, table: str, shown: str) -> None:
    found = address(url)
    assert (found.engine, found.place, found.table, found.shown) == (engine, place, table, shown)
    assert "pw" not in repr(found)


def test_nothing_else_knows_ibis() -> None:
    folder = Path(lake.__file__).parent
    found = {path.name for path in folder.rglob("*.py") if "import ibis" in path.read_text(encoding="utf-8")}
    assert found == {"lake.py", "lake_md5.py", "lake_opening.py"}


def test_settings_of_spark() -> None:
    assert address("pyspark://t?master=spark://h:7077&spark.executor.memory=4g").options == {
        "master": "spark://h:7077",
        "spark.executor.memory": "4g",
    }


@pytest.mark.parametrize(
    "url", ["mysql://h/db/t", "postgres://h", "postgres://h/", "duckdb:///t", "javascript://x/y/z"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadInput):
        address(url)


@pytest.mark.parametrize(
    "said",
    ["login u:p%40ss failed", "password 'p@ss' is wrong", "could not send token=abc"],
)
def test_what_a_driver_says_is_shown_without_secrets(said: str) -> None:
    cleaned = address("postgres://u:p%40ss@h/db/t?token=abc").without_secrets(said)
    assert not any(secret in cleaned for secret in ("p%40ss", "p@ss", "abc"))


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    with (
        pytest.raises(BadInput, match="did not answer") as raised,
        lake.opened("postgres://u:hunter2@127.0.0.1:1/db/t"),
    ):
        pass
    assert "hunter2" not in str(raised.value)


# id | topic | judge | conf | rating | bad
_ROWS: list[dict[str, Any]] = [
    {"id": "1", "topic": "a", "judge": "fail", "conf": 0.5, "rating": -1.0, "bad": True, "n": 1},
    {"id": "2", "topic": " a ", "judge": "pass", "conf": 0.6, "rating": 0.0, "bad": False, "n": 0},
    {"id": "3", "topic": None, "judge": None, "conf": None, "rating": None, "bad": None, "n": None},
    {"id": "4", "topic": "", "judge": "fail ", "conf": 0.4, "rating": float("nan"), "bad": True, "n": 2},
]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(ALL, "1234", id="everything"),
        pytest.param(AnyOf(parts=()), "", id="nothing"),
        pytest.param(In(column=Place(column="judge"), values=("fail",)), "14", id="blanks around a text do not count"),
        pytest.param(In(column=Place(column="topic"), values=("none", "")), "", id="missing is no value"),
        pytest.param(In(column=Place(column="n"), values=("1", "2")), "14", id="whole numbers as text"),
        pytest.param(In(column=Place(column="bad"), values=("true",)), "14", id="booleans as text"),
        pytest.param(In(column=Place(constant="x"), values=("x",)), "1234", id="the same for all"),
        pytest.param(Below(column=Place(column="conf"), bound=0.6), "14", id="below is not at"),
        pytest.param(Below(column=Place(column="rating"), bound=0), "1", id="NaN and missing are not below"),
        pytest.param(IsTrue(column=Place(column="bad")), "14", id="true"),
        pytest.param(IsTrue(column=Place(column="n")), "14", id="a number that is not 0"),
        pytest.param(
            AllOf(parts=(IsTrue(column=Place(column="bad")), Below(column=Place(column="conf"), bound=0.45))), "4",
            id="both",
        ),
        pytest.param(
            AnyOf(parts=(IsTrue(column=Place(column="bad")), In(column=Place(column="judge"), values=("pass",)))),
            "124",
            id="either",
        ),
    ],
)  # fmt: skip
def test_conditions(tmp_path: Path, condition: Condition, expected: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(_ROWS), tmp_path / "a.parquet")
    with lake.opened(str(tmp_path)) as found:
        hits = found.drawn(a_frame(condition), {"it": Hash(prefix="", first="g")})
        assert "".join(hit.trace_id for hit in hits) == expected
        strata = found.strata(a_frame(route=Place(column="topic")))
    assert strata == [Stratum("a", ("random", "it"), 2), Stratum("none", ("random", "it"), 2)]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        pytest.param(Below(column=Place(column="judge"), bound=0), "has to be a number", id="text below a number"),
        pytest.param(IsTrue(column=Place(column="judge")), "a boolean", id="text that is true"),
        pytest.param(In(column=Place(column="conf"), values=("0.5",)), "has to be text", id="a fraction as text"),
        pytest.param(In(column=Place(column="meta.user"), values=("u",)), "no column 'meta.user'", id="inside nothing"),
    ],
)
def test_what_engines_do_not_agree_on_is_refused(tmp_path: Path, condition: Condition, words: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(_ROWS), tmp_path / "a.parquet")
    with lake.opened(str(tmp_path)) as found, pytest.raises(BadConfig, match=words):
        found.strata(a_frame(condition))


_SPELLED = {
    "duckdb": "MD5('s:random:' || ",
    "postgres": "MD5('s:random:' || ",
    "pyspark": "MD5(CONCAT('s:random:', ",
    "databricks": "MD5(CONCAT('s:random:', ",
    "snowflake": "MD5(CONCAT('s:random:', ",
    "bigquery": "TO_HEX(MD5(",
    "clickhouse": "lower(hex(MD5(",
    "trino": "LOWER(TO_HEX(MD5(TO_UTF8(CONCAT('s:random:', ",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_words_for_the_draw(engine: str) -> None:
    """Run on DuckDB, Postgres and Spark in tests/actions; compiled here for those that need an account."""
    table = ibis.table({"id": "string", "question": "string", "topic": "string", "judge": "string"}, name="t")
    frame = a_frame(In(column=Place(column="judge"), values=("fail",)), route=Place(column="topic"))
    rows = lake._deciding(table, frame)
    question = lake._hits(
        engine, rows, frame, {"random": Hash(prefix="s:random:", first="0a"), "it": Hash(prefix="s:it:", first="g")}
    )
    sql = " ".join(str(ibis.to_sql(question, dialect=engine)).split())
    assert _SPELLED[engine].lower() in sql.lower()
    assert "< '0a'" in sql


class Spelling(Lake):
    """A lake that nobody runs: it keeps each question as its engine would get it, and answers with a row of zeros."""

    def __init__(self, engine: str, schema: dict[str, str]) -> None:
        table = ibis.table(schema, name="t")
        super().__init__(address(f"{engine}://h/db/t"), Tables(table, table), engine)
        self.engine, self.asked = engine, list[str]()

    def _all(self, question: Any) -> list[dict[str, Any]]:
        self.asked.append(str(ibis.to_sql(question, dialect=self.engine)))
        return [dict.fromkeys(question.columns, 0)]


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")
@pytest.mark.parametrize("engine", ENGINES)
def test_every_question_of_a_draw_is_sql_of_every_engine(engine: str) -> None:
    if engine == SPARK:
        pytest.importorskip("pyspark", reason="the extra [lake-spark] is not installed")
        assert ibis.pyspark  # how it spells fractions is an option that comes with it
    judged, doubtful = (
        In(column=Place(column="judge"), values=("fail", "it's")),
        Below(column=Place(column="sure"), bound=0.6),
    )
    condition = AnyOf(parts=(AllOf(parts=(judged, doubtful)), IsTrue(column=Place(column="bad"))))
    frame = a_frame(condition, at=Place(column="at"), route=Place(column="topic"), language=Place(column="lang"))
    judge = JudgeColumns(judge="a", criterion="c", label=Place(column="judge"))
    frame = replace(
        frame,
        mapping=replace(frame.mapping, judges=(judge,)),
        within=Within(since=datetime(2026, 9, 1, tzinfo=UTC), until=datetime(2026, 10, 1, tzinfo=UTC), route=("a",)),
        repeated=True,
    )
    schema = dict.fromkeys(("id", "question", "topic", "lang", "judge"), "string")
    there = Spelling(engine, schema | {"at": "timestamp('UTC')", "sure": "float64", "bad": "boolean"})
    there.size(frame)
    there.repeated(frame, 5)
    there.strata(frame)
    there.values(frame, Place(column="lang"), 10.0, 100)
    there.labels(frame, [("pass", "fail")])
    there.drawn(frame, {"it": Hash(prefix="s:it:", first="0a")})
    assert len(there.asked) == 6
    for sql in there.asked:
        # Read by the grammar of that engine; a statement that is none raises.
        parsed = sqlglot.parse_one(sql, read="spark" if engine == SPARK else engine)
        assert isinstance(parsed, sqlglot.exp.Select)
        assert "2026" in sql
        assert ("md5" in sql.lower()) == (sql is there.asked[-1])
        assert ("row_number" in sql.lower()) == (sql not in there.asked[:2])


def test_a_condition_as_json() -> None:
    condition = AnyOf(
        parts=(In(column=Place(column="a"), values=("x",)), AllOf(parts=(IsTrue(column=Place(constant=1)),)))
    )
    assert written(condition) == {
        "AnyOf": [{"In": {"column": "a", "values": ["x"]}}, {"AllOf": [{"IsTrue": {"column": {"constant": 1}}}]}]
    }


def test_a_struct_is_looked_into(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    given = [{"id": str(n), "meta": {"user": {"plan": "free" if n % 2 else "paid"}}} for n in range(6)]
    pq.write_table(pa.Table.from_pylist(given), tmp_path / "a.parquet")
    with lake.opened(str(tmp_path / "a.parquet")) as found:
        strata = found.strata(a_frame(route=Place(column="meta.user.plan")))
    assert [(one.name, one.n) for one in strata] == [("free", 3), ("paid", 3)]


def test_names_of_folders_are_columns_of_text(tmp_path: Path) -> None:
    for kind, write, ending in (("p", as_parquet, "parquet"), ("j", as_jsonl, "jsonl")):
        for part in ("007", "008"):
            write(tmp_path / kind / f"shop={part}" / f"a.{ending}", rows(3))
        (tmp_path / kind / "_temporary").mkdir()
        write(tmp_path / kind / "_temporary" / f"half.{ending}", rows(9))
        (tmp_path / kind / "shop=007" / f".hidden.{ending}").write_text("nothing to read")
        with lake.opened(str(tmp_path / kind)) as found:
            strata = found.strata(a_frame(route=Place(column="shop")))
        assert [(one.name, one.n) for one in strata] == [("007", 3), ("008", 3)], kind


def test_text_that_looks_like_something_else_stays_text(tmp_path: Path) -> None:
    odd = {
        "id": "2026-09-01",
        "ts": "2026-09-01 10:00:00",
        "u": "8b0c6b1e-1f0a-4c60-8c0a-0d3b8a0c5e11",
        "d": {"t": "12:30:00"},
    }
    given = [odd | {"question": "q", "n": 2**53 + 1, "big": "007"}]
    with lake.opened(str(as_jsonl(tmp_path / "a.jsonl", given))) as found:
        assert found.first(5) == given
        assert list(found.records(a_frame(), ["2026-09-01"])) == [given]


def test_a_folder_of_two_kinds_is_refused(tmp_path: Path) -> None:
    as_parquet(tmp_path / "a.parquet", rows(1))
    as_jsonl(tmp_path / "b.jsonl", rows(1))
    with pytest.raises(BadInput, match=r"1 of \.jsonl and 1 of \.parquet"), lake.opened(str(tmp_path)):
        pass


@pytest.mark.parametrize("marker", ["metadata/v1.metadata.json", "_delta_log/00.json"])
def test_a_table_with_a_log_is_never_read_as_bare_files(tmp_path: Path, marker: str) -> None:
    # Its folder may hold files that were deleted from the table; the log here is empty, and no reader can follow it.
    as_parquet(tmp_path / "data" / "a.parquet", rows(3))
    (tmp_path / marker).parent.mkdir()
    (tmp_path / marker).write_text("{}")
    with pytest.raises(BadInput, match="is a table of"), lake.opened(str(tmp_path)):
        pass


def test_times_are_instants(tmp_path: Path) -> None:
    frame = a_frame(at=Place(column="ts"), timezone="Europe/Berlin")
    within = Within(since=datetime(2026, 9, 1, 10, tzinfo=UTC))
    naive = as_parquet(tmp_path / "a.parquet", rows(24 * 60))
    with lake.opened(str(naive)) as found:
        # 10:00 UTC is noon on that clock: the second half of the day.
        asked = Frame(mapping=frame.mapping, within=within, strategies={"random": ALL})
        assert found.size(asked) == (720, 0, 720)
    with lake.opened(str(as_jsonl(tmp_path / "a.jsonl", [row(0) | {"ts": "2026-09-01T13:00:00+02:00"}]))) as found:
        assert found.size(asked).rows == 1
