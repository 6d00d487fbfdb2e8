"""JSON lines for programs, CSV for people, Parquet for tables, and the folder that Hugging Face's `datasets` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import orjson

from review_app.golden.formats.case import GoldenCase, cases
from review_app.golden.release import Verified
from review_app.tables import spreadsheet_safe

COLUMNS = (
    "release", "content_hash", "example_id", "trace_id", "layer", "split", "reason", "route", "language", "input",
    "documents", "output", "labels", "note", "claims", "expected", "proposer", "approver",
)  # fmt: skip
"""Columns of CSV and Parquet. `input` is the conversation, `documents` their ids and texts, `labels` criterion=label,
`claims` one line each: must or must_not, a colon, what."""

Row = Mapping[str, str | int | None]


def jsonl(release: Verified) -> dict[str, bytes]:
    """One case per line, whole, each with the release it came from."""
    named = {"release": release.number, "content_hash": release.content_hash}
    return {"": b"".join(orjson.dumps(named | example) + b"\n" for example in release.examples)}


def as_csv(release: Verified) -> dict[str, bytes]:
    """One case per row; cells that a spreadsheet would run as a formula are defused."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, quoting=csv.QUOTE_ALL)
    rows.writeheader()
    for row in _rows(release):
        rows.writerow({name: spreadsheet_safe(value) for name, value in row.items()})
    return {"": out.getvalue().encode()}


def parquet(release: Verified) -> dict[str, bytes]:
    """The same columns, typed, as they are."""
    return {"": _table(_rows(release))}


def hugging_face(release: Verified) -> dict[str, bytes]:
    """A folder for `datasets.load_dataset`: a Parquet file per split, and the card that names them."""
    rows = _rows(release)
    splits = sorted({str(row["split"]) for row in rows})
    files = {f"data/{split}.parquet": _table([row for row in rows if row["split"] == split]) for split in splits}
    return {"README.md": _card(release, splits).encode(), **files}


def _card(release: Verified, splits: Sequence[str]) -> str:
    named = "".join(f"  - split: {split}\n    path: data/{split}.parquet\n" for split in splits)
    return (
        f"---\nconfigs:\n- config_name: default\n  data_files:\n{named}---\n\n# Golden release {release.number}\n\n"
        f"{len(release.examples)} settled cases. Content hash: `{release.content_hash}`.\n"
    )


def _table(rows: Sequence[Row]) -> bytes:
    import pyarrow  # heavy, and only these two formats want it
    import pyarrow.parquet

    kinds = {name: pyarrow.int64() if name == "release" else pyarrow.string() for name in COLUMNS}
    table = pyarrow.Table.from_pylist([dict(row) for row in rows], schema=pyarrow.schema(kinds))
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


def _rows(release: Verified) -> list[Row]:
    return [_row(case, example) for case, example in zip(cases(release), release.examples, strict=True)]


def _row(case: GoldenCase, example: Mapping[str, str | None]) -> Row:
    facts: dict[str, str | int | None] = {name: case.metadata.get(name) for name in COLUMNS}
    return facts | {
        "release": int(case.metadata["release"]),
        "example_id": case.example_id,
        "split": case.split,
        "input": case.question,
        "documents": "\n\n".join(case.context),
        "claims": "\n".join(f"{kind}: {text}" for kind, text in case.claims),
        "expected": case.expected,
        "proposer": example["proposer"],
        "approver": example["approver"],
    }
