"""Where a lake is: a folder, file or pattern that DuckDB reads, or a table that an engine of the team's holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from review_app.errors import BadInput

FILES = "files"
SPARK = "pyspark"
ENGINES = ("duckdb", "postgres", "clickhouse", "bigquery", "snowflake", "trino", "databricks", SPARK)
"""Those whose spelling of md5 is known, by Ibis' names."""

# What DuckDB opens as files by itself or with an extension of its own.
_REMOTE = ("s3", "s3a", "s3n", "gs", "gcs", "r2", "az", "azure", "abfss", "http", "https", "hf")
_LOGIN = re.compile(r"(?<=://)[^/@]*@")


@dataclass(frozen=True, kw_only=True)
class Address:
    """A lake's address taken apart. engine: FILES or one of ENGINES. place: for files and for Spark, the path, or for
    Spark a table; else the address of the database, for Ibis. table: in that database. options: of Spark, its settings.
    shown: the address without what may be secret, for messages and for the draw."""

    engine: str
    place: str = field(repr=False)
    table: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    shown: str = ""

    def without_secrets(self, text: str) -> str:
        """A message of a driver's, without the login, the query and the settings of this address."""
        login, query = _LOGIN.search(self.place), self.place.partition("?")[2]
        secrets = [query, *self.options.values()]
        if login:
            name_and_password = login.group().removesuffix("@")
            password = name_and_password.partition(":")[2]
            secrets += [name_and_password, password, unquote(password)]
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


def address(url: str) -> Address:
    """An address as a person writes it. Raises BadInput where its scheme is unknown, or it names no table.

    A path, a pattern, s3://… and the like: files. duckdb:///file.duckdb/TABLE, postgres://…/DATABASE/TABLE (or
    …/SCHEMA/TABLE) and so on: the last step is the table. pyspark:///folder, pyspark://s3a://… or pyspark://TABLE, with
    Spark's settings behind a question mark: ?master=local[2]."""
    scheme, is_url, rest = url.partition("://")
    shown = _LOGIN.sub("", url).partition("?")[0]
    if not is_url or scheme in _REMOTE:
        return Address(engine=FILES, place=url, shown=shown)
    if scheme == "file":
        return Address(engine=FILES, place=rest, shown=shown)
    engine = "postgres" if scheme == "postgresql" else scheme
    if engine not in ENGINES:
        raise BadInput(
            f"A lake cannot be at a {scheme[:20]}:// address.",
            do=f"Give a folder or a pattern of Parquet or JSON lines, or one of {', '.join(ENGINES)}://.",
        )
    before, mark, query = rest.partition("?")
    if engine == SPARK:
        return Address(engine=SPARK, place=before, options=dict(parse_qsl(query)), shown=shown)
    database, _, table = before.rpartition("/")
    if not table or not database.strip("/"):
        raise BadInput(
            "The address names no table.", where=shown, do=f"Write it as {engine}://…/DATABASE/TABLE, the table last."
        )
    return Address(engine=engine, place=f"{engine}://{database}{mark}{query}", table=unquote(table), shown=shown)
