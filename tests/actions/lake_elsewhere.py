"""Run among the peers, whose DuckDB is of the line that has its extensions as packages: the same lake in object storage
and as tables with a log, a draw from each. Prints place -> digest of the draw, or the error there, as JSON.

The folder it is given is its home: the extensions and the secret of the storage lie there and nowhere else."""

from __future__ import annotations

import shutil
import sys
from importlib import import_module
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).parents[2]))

import boto3  # type: ignore[import-not-found]
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake  # type: ignore[import-not-found]
from moto.server import ThreadedMotoServer  # type: ignore[import-not-found]
from pyiceberg.catalog.sql import SqlCatalog  # type: ignore[import-not-found]

from review_app import actions
from review_app.errors import BadInput
from tests.lakes import as_jsonl, as_parquet, digest, lake_project, rows

N = 2_000
KEY = "test"


def extensions(home: Path) -> None:
    """Where DuckDB looks for those it has fetched."""
    (platform,) = duckdb.execute("PRAGMA platform").fetchone() or ("",)
    there = home / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / platform
    there.mkdir(parents=True)
    for name in ("httpfs", "avro", "iceberg", "delta"):
        package = Path(str(import_module(f"duckdb_extension_{name}").__file__)).parent
        shutil.copy(next(package.rglob("*.duckdb_extension")), there)


def storage(address: str) -> None:
    """The login, as docs/scale.md tells to leave it."""
    where = f"ENDPOINT '{address.removeprefix('http://')}', USE_SSL false, URL_STYLE 'path', REGION 'us-east-1'"
    duckdb.execute("LOAD httpfs")
    duckdb.execute(f"CREATE PERSISTENT SECRET lake (TYPE s3, KEY_ID '{KEY}', SECRET '{KEY}', {where})")


def tables(folder: Path, found: pa.Table) -> tuple[Path, Path]:
    """An Iceberg and a Delta table of the same rows, and of others that were deleted, whose files are still there."""
    gone = found.slice(0, 50).set_column(0, "id", pa.array([f"gone-{n}" for n in range(50)]))
    every, deleted = pa.concat_tables([found, gone]), "id >= 'gone-' AND id < 'gone-z'"
    catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/iceberg")
    catalog.create_namespace("desk")
    table = catalog.create_table("desk.traces", schema=every.schema)
    table.append(every)
    table.delete(deleted)
    write_deltalake(str(folder / "delta"), every)
    DeltaTable(str(folder / "delta")).delete(deleted)
    return Path(table.location().removeprefix("file://")), folder / "delta"


def draw(folder: Path, name: str, url: str) -> str:
    """The digest of a draw from there."""
    project = lake_project(folder / "projects" / name)
    try:
        actions.sample_lake(project, url)
    except BadInput as fault:
        return str(fault)
    return digest(project)


def main(folder: Path) -> None:
    extensions(folder)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    storage(address)
    parquet, lines = as_parquet(folder / "a.parquet", rows(N)), as_jsonl(folder / "a.jsonl", rows(N))
    iceberg, delta = tables(folder, pq.read_table(parquet))
    bucket = boto3.client("s3", endpoint_url=address, aws_access_key_id=KEY, aws_secret_access_key=KEY,
                          region_name="us-east-1")  # fmt: skip
    bucket.create_bucket(Bucket="lake")
    stored = {parquet: "files/day=1/a.parquet", lines: "lines/a.jsonl"} | {
        path: f"{root.name}/{path.relative_to(root)}"
        for root in (iceberg, delta)
        for path in root.rglob("*")
        if path.is_file()
    }
    for path, key in stored.items():
        bucket.upload_file(str(path), "lake", key)
    newest = max(iceberg.glob("metadata/*.metadata.json"))
    places = {
        "a file": str(parquet),
        "an object": "s3://lake/files/day=1/a.parquet",
        "objects": "s3://lake/files/**/*.parquet",
        "a folder of objects": "s3://lake/files/",
        "lines in objects": "s3://lake/lines/*.jsonl",
        "delta": str(delta),
        "delta in objects": "s3://lake/delta",
        "iceberg by its metadata": str(newest),
        "iceberg": str(iceberg),
        "iceberg in objects": f"s3://lake/{iceberg.name}/",
    }
    found = {name.replace(" ", "-"): draw(folder, name.replace(" ", "-"), url) for name, url in places.items()}
    server.stop()
    print(orjson.dumps(found | {"newest": str(newest)}).decode())  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
