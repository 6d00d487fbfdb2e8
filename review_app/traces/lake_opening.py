"""Open a lake through Ibis: files with the DuckDB inside this process, everything else with the team's own engine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from review_app.errors import BadInput, ReviewAppError, WrongUsage
from review_app.traces.lake_address import FILES, SPARK, Address

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis import BaseBackend

_PARQUET, _JSON = (".parquet", ".pq"), (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst")
# Said by libraries about one another, on every call; nobody here can do anything about it.
_NOT_OURS = (r"fetch_\w+\(\) is deprecated", "PySpark does not yet fully support pandas")
_OBJECT = 64 << 20  # bytes of one JSON line
_METADATA = ".metadata.json"  # of an Iceberg table: one file per version


class Tables(NamedTuple):
    """deciding: what a draw asks. records: the same rows with nested JSON as it was written, where it is from JSON."""

    deciding: ir.Table
    records: ir.Table


@contextmanager
def asking(address: Address) -> Iterator[None]:
    """Around each call of a foreign library: its warnings stay out, its errors become BadInput, without secrets."""
    try:
        with warnings.catch_warnings():
            for message in _NOT_OURS:
                warnings.filterwarnings("ignore", message=message)
            yield
    except ReviewAppError:
        raise
    except ImportError as fault:
        raise WrongUsage(
            f"A lake needs a library that is not installed ({fault.name or fault}).",
            where=address.shown,
            do=f"pip install 'review-app[{'lake' if address.engine == FILES else _EXTRA.get(address.engine, 'lake')}]'",
        ) from fault
    except Exception as fault:  # noqa: BLE001  each engine has errors of its own, and all mean the same to a person
        said = address.without_secrets(" ".join(str(fault).split()))[:600]
        raise BadInput(
            f"The lake did not answer: {type(fault).__name__}: {said}",
            where=address.shown,
            do="Check the address, the login and the columns of lake.yaml; what was stored is kept.",
        ) from None


_EXTRA = {
    "postgres": "lake-postgres", "clickhouse": "lake-clickhouse", "bigquery": "lake-bigquery",
    "snowflake": "lake-snowflake", "trino": "lake-trino", "databricks": "lake-databricks", SPARK: "lake-spark",
}  # fmt: skip


@contextmanager
def tables(address: Address) -> Iterator[Tables]:
    """The lake's table, while its connection is open."""
    with asking(address):
        import ibis

        if address.engine == FILES:
            connection = ibis.duckdb.connect()
        elif address.engine == SPARK:
            connection = ibis.pyspark.connect(_spark(address.options))
        elif address.engine == "duckdb":
            connection = ibis.duckdb.connect(address.place.removeprefix("duckdb://"), read_only=True)
        else:
            connection = ibis.connect(address.place)
    try:
        with asking(address):
            found = _tables(connection, address)
        yield found
    finally:
        # Spark's session may be somebody else's as well, and ends with the process.
        if address.engine != SPARK:
            connection.disconnect()


def answer(question: ir.Table) -> pa.Table:
    """What the engine answers. Raises what it raises: ask inside `asking`."""
    connection = question.get_backend()
    if connection.name == SPARK:
        # Ibis goes by way of pandas here, which makes fractions of whole numbers where one is missing.
        return connection.raw_sql(connection.compile(question)).toArrow()
    return question.to_pyarrow()


def _tables(connection: BaseBackend, address: Address) -> Tables:
    place = address.place
    if address.engine == FILES or (address.engine == SPARK and "/" in place):
        return _files(connection, address)
    name = place if address.engine == SPARK else address.table
    *database, table = name.split(".")
    found = connection.table(table, database=tuple(database) or None)
    return Tables(found, found)


def _spark(options: Mapping[str, str]) -> Any:
    """The session there is, or a new one. options: Spark's settings; `master` is the address of the cluster."""
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("review-app")
    if active is None:
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    # What stands in a folder's name stays text: route=007 is no 7.
    builder = builder.config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    for name, value in options.items():
        builder = builder.master(value) if name == "master" else builder.config(name, value)
    return builder.getOrCreate()


def _files(connection: Any, address: Address) -> Tables:
    place, folder = address.place, Path(address.place)
    files = [place]
    if scan := _scan_of(connection, address):
        return _snapshot(connection, address, scan)
    if folder.is_dir():
        files = _in_folder(folder, address)
    elif not place.endswith((*_JSON, *_PARQUET)) and address.engine == FILES:
        files = [f"{place.rstrip('/')}/**/*.parquet"]
    is_json = files[0].endswith(_JSON)
    if address.engine == SPARK:
        found = connection.read_json(place) if is_json else connection.read_parquet(place)
        return Tables(found, found)
    if is_json:
        return _json_tables(connection, files)
    found = connection.read_parquet(files, hive_partitioning=True, hive_types_autocast=False, union_by_name=True)
    return Tables(found, found)


def _scan_of(connection: Any, address: Address) -> str | None:
    """Which of DuckDB's functions reads a place that is a table with a log; None where it is plain files."""
    place = address.place.rstrip("/")
    if place.endswith(_METADATA):
        return "iceberg_scan"
    if place.endswith((*_JSON, *_PARQUET)):
        return None
    for marker, scan in (("_delta_log/*.json", "delta_scan"), (f"metadata/*{_METADATA}", "iceberg_scan")):
        if _there(connection, address, marker):
            return scan
    return None


def _there(connection: Any, address: Address, marker: str) -> list[str]:
    """The files of a pattern below a place, here or in object storage, sorted. Nothing is known of what lies behind
    plain HTTP, which lists no files, or with Spark elsewhere."""
    place = address.place.rstrip("/")
    if "://" not in place:
        return sorted(map(str, Path(place).glob(marker)))
    if address.engine == SPARK or place.startswith("http"):
        return []
    found = connection.con.execute("SELECT file FROM glob(?) ORDER BY file", [f"{place}/{marker}"])
    return [name for (name,) in found.fetchall()]


def _in_folder(folder: Path, address: Address) -> list[str]:
    """The files in a folder and all below it, but for what engines hide with `_` or `.`."""
    found: dict[str, list[str]] = {}
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] not in "_."]
        for name in files:
            ending = next((end for end in (*_PARQUET, *_JSON) if name.endswith(end) and name[0] not in "_."), None)
            if ending:
                found.setdefault(ending, []).append(os.path.join(at, name))
    if len(found) != 1:
        what = " and ".join(f"{len(files):,} of {ending}" for ending, files in sorted(found.items())) or "none"
        raise BadInput(
            f"A lake's folder holds files of one kind, Parquet or JSON lines; this holds {what}.",
            where=address.shown,
            do="Name a pattern instead, such as 'traces/**/*.parquet'.",
        )
    return sorted(next(iter(found.values())))


def _snapshot(connection: Any, address: Address, scan: str) -> Tables:
    """A table whose log says which of its files count: reading them all would bring back what was deleted."""
    if address.engine == SPARK:
        raise BadInput(
            "This folder is an Iceberg or Delta table.",
            where=address.shown,
            do="Give its name: pyspark://SCHEMA.TABLE.",
        )
    quoted = address.place.replace("'", "''")
    kind = scan.removesuffix("_scan")
    try:
        found = connection.sql(f"SELECT * FROM {scan}('{quoted}')")
    except Exception as fault:
        raise BadInput(
            f"This folder is a table of {kind}, and DuckDB's extension for those did not read it: "
            f"{' '.join(str(fault).split())[:300]}",
            where=address.shown,
            do=_instead(connection, address),
        ) from fault
    return Tables(found, found)


def _instead(connection: Any, address: Address) -> str:
    """What to do about a table that was not read. Without a hint of its version only its catalog knows which metadata
    is in force: the newest file may be of a change that failed."""
    versions = _there(connection, address, f"metadata/*{_METADATA}")
    named = f"Name the metadata file that its catalog points to, such as {versions[-1]}; or let" if versions else "Let"
    return f"{named} DuckDB install the extension once, or give the table's name to your own engine (pyspark://…)."


def _json_tables(connection: Any, files: list[str]) -> Tables:
    """JSON lines. Types are found out by looking, but what looks like a time or an id stays the text it is."""
    how = {
        "format": "newline_delimited", "union_by_name": True, "hive_partitioning": True,
        "hive_types_autocast": False, "maximum_object_size": _OBJECT, "sample_size": -1,
    }  # fmt: skip
    seen = connection.read_json(files, **how).schema()
    first = connection.con.execute("SELECT file FROM glob(?) LIMIT 1", [files[0]]).fetchone()
    in_path = {part.partition("=")[0] for part in Path(first[0] if first else files[0]).parent.parts if "=" in part}
    kept = {name: dtype for name, dtype in seen.items() if name not in in_path}
    spelled = connection.compiler.type_mapper.to_string
    deciding = {name: spelled(_as_text(dtype)) for name, dtype in kept.items()}
    nested = {name: "JSON" if dtype.is_nested() or dtype.is_json() else deciding[name] for name, dtype in kept.items()}
    return Tables(*(connection.read_json(files, columns=types, **how) for types in (deciding, nested)))


def _as_text(dtype: Any) -> Any:
    """The type with text in place of times, dates and ids, also inside."""
    import ibis.expr.datatypes as dt

    if dtype.is_temporal() or dtype.is_uuid():
        return dt.string
    if dtype.is_struct():
        return dt.Struct({name: _as_text(inside) for name, inside in dtype.items()})
    return dt.Array(_as_text(dtype.value_type)) if dtype.is_array() else dtype
