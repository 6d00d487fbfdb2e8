"""The few questions a draw asks of a lake: each is one Ibis expression, which the engine there answers.

Flat columns decide. A row is drawn where the md5 of a strategy's prefix and the row's id, as 32 digits of hex text,
sorts before a text: no number is made of a hash, no float takes part, nothing is sorted or moved between machines.
Only what was drawn leaves the lake. Whatever two engines do not mean alike (rounding, folding case, dates as text) is
not used here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from review_app.errors import BadConfig
from review_app.traces.columns import Place
from review_app.traces.lake_address import FILES, Address, address
from review_app.traces.lake_conditions import AllOf, AnyOf, Below, Condition, Hash, In, IsTrue, Within
from review_app.traces.lake_mapping import LakeMapping
from review_app.traces.lake_opening import Tables, answer, asking, tables
from review_app.traces.table_rows import plain
from review_app.traces.trace import Json

if TYPE_CHECKING:
    import ibis.expr.types as ir

NO_ROUTE = "none"
"""The stratum of a trace without a route, as in the store."""

_ID, _STRATUM, _COPY = "lake_id_", "lake_stratum_", "lake_copy_"
_AT_ONCE = 5_000  # ids in one query: each is a pass over the lake, but its records are in memory together
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What is asked about. strategies: name -> whom it may choose. repeated: ids stand there more than once, and of
    each only the newest row counts (by `at`, where that is mapped; else by what decides)."""

    mapping: LakeMapping
    within: Within
    strategies: Mapping[str, Condition]
    repeated: bool = False


class Size(NamedTuple):
    """rows: that the filters let in. without_id: of these, with no id, which no draw can choose. ids: different ids;
    None where nobody asked."""

    rows: int
    without_id: int
    ids: int | None


class Stratum(NamedTuple):
    """Rows that are alike: their stratum and the strategies that may choose them."""

    name: str
    open_to: tuple[str, ...]
    n: int


class Hit(NamedTuple):
    """A drawn row. open_to: strategies that may choose it; reasons: those that did."""

    trace_id: str
    stratum: str
    open_to: tuple[str, ...]
    reasons: tuple[str, ...]


class Lake:
    """One table of traces, where it lies. Each method is one query."""

    def __init__(self, where: Address, found: Tables, engine: str) -> None:
        self.where, self._tables, self._engine = where, found, engine

    def size(self, frame: Frame) -> Size:
        """How large the frame is. Different ids are counted unless the mapping says they are unique."""
        rows = _inside(self._tables.deciding, frame)
        trace_id = _id(rows, frame.mapping)
        # Of the column as it is: an expression around ten million texts would cost as much as counting them.
        distinct = {} if frame.mapping.unique else {"ids": trace_id.nunique()}
        counts = rows.aggregate(rows=rows.count(), there=trace_id.count(), empty=(trace_id == "").sum(), **distinct)
        found = {name: int(n or 0) for name, n in self._all(counts)[0].items()}
        ids = None if frame.mapping.unique else found["ids"] - (found["empty"] > 0)
        return Size(found["rows"], found["rows"] - found["there"] + found["empty"], ids)

    def repeated(self, frame: Frame, most: int) -> list[tuple[str, int]]:
        """(id, rows) of ids that stand there more than once: the first few."""
        rows = _inside(self._tables.deciding, frame)
        rows = rows.mutate(**{_ID: _id(rows, frame.mapping)})
        rows = rows.filter(_is_named(rows))
        often = rows.group_by(_ID).aggregate(n=rows.count())
        found = self._all(often.filter(often["n"] > 1).order_by(_ID).limit(most))
        return [(row[_ID], int(row["n"])) for row in found]

    def strata(self, frame: Frame) -> list[Stratum]:
        """The frame by stratum and by who may choose; few rows, whatever the lake holds."""
        rows = _deciding(self._tables.deciding, frame)
        flags = _flags(frame)
        found = self._all(rows.group_by(_STRATUM, *flags).aggregate(n=rows.count()))
        return sorted(Stratum(row[_STRATUM], _true(row, flags), int(row["n"])) for row in found)

    def values(self, frame: Frame, column: Place, below: float, most: int) -> list[str]:
        """The first `most` texts of a column that fewer rows have than `below`, sorted; missing is none."""
        rows = _deciding(self._tables.deciding, frame)
        counts = rows.group_by(value=_text(rows, column)).aggregate(n=rows.count())
        rare = counts.filter(counts["n"] < below, counts["value"].notnull())
        return sorted(row["value"] for row in self._all(rare.limit(most)))

    def labels(self, frame: Frame, known: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str | None, ...], int]]:
        """How many rows have these labels of the mapping's judges together, and no other label than the known ones:
        anything else is None. known: one tuple per judge, as its column spells them."""
        rows = _deciding(self._tables.deciding, frame)
        said = {}
        for place, (judge, labels) in enumerate(zip(frame.mapping.judges, known, strict=True)):
            text = _text(rows, judge.label)
            said[f"judge_{place}"] = text.isin(labels).ifelse(text, None)
        found = self._all(rows.group_by(**said).aggregate(n=rows.count()))
        return [(tuple(row[name] for name in said), int(row["n"])) for row in found]

    def drawn(self, frame: Frame, hashes: Mapping[str, Hash]) -> list[Hit]:
        """The rows that a strategy's hash hits, among those it may choose, by id. hashes: strategy -> its hash."""
        rows = _deciding(self._tables.deciding, frame)
        may = _flags(frame)
        found = self._all(_hits(self._engine, rows, frame, hashes))
        return sorted(
            Hit(row[_ID], row[_STRATUM], _true(row, may), _true(row, {f"hit_{flag}": may[flag] for flag in may}))
            for row in found
        )

    def records(self, frame: Frame, trace_ids: Sequence[str]) -> Iterator[list[dict[str, Json]]]:
        """The whole records of these traces, in batches; nested JSON as values."""
        for start in range(0, len(trace_ids), _AT_ONCE):
            rows = _deciding(self._tables.records, frame, only=trace_ids[start : start + _AT_ONCE])
            columns = self._tables.records.columns
            written = [name for name, dtype in self._tables.records.schema().items() if dtype.is_json()]
            # Not in a stream: Ibis 12 cannot read one from DuckDB 2. A few thousand records fit into memory.
            with asking(self.where):
                found = answer(rows.select(*columns))
            for batch in found.to_batches(max_chunksize=_BATCH):
                yield [_record(row, written) for row in batch.to_pylist()]

    def first(self, n: int) -> list[dict[str, Json]]:
        """Any few records, to look at."""
        rows = self._tables.records
        written = [name for name, dtype in rows.schema().items() if dtype.is_json()]
        return [_record(row, written) for row in self._all(rows.limit(n))]

    def types(self) -> dict[str, str]:
        """Each column with its type, in the words of Ibis."""
        return {name: str(dtype) for name, dtype in self._tables.deciding.schema().items()}

    def _all(self, question: ir.Table) -> list[dict[str, Any]]:
        with asking(self.where):
            found: list[dict[str, Any]] = answer(question).to_pylist()
            return found


@contextmanager
def opened(url: str) -> Iterator[Lake]:
    """The lake at an address (lake_address.address). Raises BadInput where it cannot be read, WrongUsage where a
    library is not installed."""
    where = address(url)
    with tables(where) as found:
        yield Lake(where, found, "duckdb" if where.engine == FILES else where.engine)


def _deciding(rows: ir.Table, frame: Frame, only: Sequence[str] | None = None) -> ir.Table:
    """One row per id of the frame, with what decides about it beside its own columns. only: of these ids."""
    rows = _inside(rows, frame)
    flags = {flag: _holds(rows, frame.strategies[name]) for flag, name in _flags(frame).items()}
    route = frame.mapping.trace.route
    stratum = _text(rows, route).fill_null(NO_ROUTE) if route else _literal(NO_ROUTE)
    rows = rows.mutate(**{_ID: _id(rows, frame.mapping), _STRATUM: stratum}, **flags)
    rows = rows.filter(_is_named(rows) if only is None else rows[_ID].isin(list(only)))
    return _newest(rows, frame) if frame.repeated else rows


def _hits(engine: str, rows: ir.Table, frame: Frame, hashes: Mapping[str, Hash]) -> ir.Table:
    """Of the rows that `_deciding` gives, those that a hash hits, and which."""
    import ibis

    may = _flags(frame)
    hits = {
        f"hit_{flag}": _hit(engine, rows, flag, hashes[name]) if name in hashes else _literal(False)
        for flag, name in may.items()
    }
    rows = rows.select(_ID, _STRATUM, *may, **hits)
    return rows.filter(ibis.or_(*(rows[hit] for hit in hits)))


def _hit(engine: str, rows: ir.Table, flag: str, hashed: Hash) -> ir.BooleanValue:
    may: ir.BooleanValue = rows[flag]
    # After every hex digit: all are hits, and no hash is needed.
    return may if hashed.first == "g" else may & (_md5(engine, hashed.prefix, rows[_ID]) < hashed.first)


def _inside(rows: ir.Table, frame: Frame) -> ir.Table:
    return rows.filter(*filters) if (filters := list(_filters(rows, frame))) else rows


def _flags(frame: Frame) -> dict[str, str]:
    """A column for each strategy, whatever its name -> the name."""
    return {f"may_{place}": name for place, name in enumerate(frame.strategies)}


def _true(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for column, name in names.items() if row[column])


def _record(row: Mapping[str, Any], written: Sequence[str]) -> dict[str, Json]:
    from pydantic_core import from_json

    parsed = {name: from_json(row[name]) for name in written if isinstance(row[name], str)}
    return {str(name): plain(value) for name, value in row.items()} | parsed


def _newest(rows: ir.Table, frame: Frame) -> ir.Table:
    import ibis

    order: list[Any] = [rows[name] for name in (_STRATUM, *_flags(frame))]
    if frame.mapping.trace.at and frame.mapping.trace.at.column:
        at = _value(rows, frame.mapping.trace.at)
        order = [at.isnull(), at.desc(), *order]
    rows = rows.mutate(**{_COPY: ibis.row_number().over(group_by=rows[_ID], order_by=order)})
    return rows.filter(rows[_COPY] == 0).drop(_COPY)


def _filters(rows: ir.Table, frame: Frame) -> Iterator[ir.BooleanValue]:
    trace, within = frame.mapping.trace, frame.within
    for name, wanted in (("route", within.route), ("language", within.language)):
        if wanted:
            yield _text(rows, _needed(getattr(trace, name), name)).isin(wanted)
    if within.since:
        yield _since(rows, frame.mapping, within.since)
    if within.until:
        yield ~_since(rows, frame.mapping, within.until)


def _since(rows: ir.Table, mapping: LakeMapping, moment: datetime) -> ir.BooleanValue:
    import ibis

    place, zone = _needed(mapping.trace.at, "at"), mapping.trace.timezone
    at = _value(rows, place)
    dtype = at.type()
    if dtype.is_string() or (dtype.is_timestamp() and dtype.timezone):
        zoned = at.cast("timestamp('UTC')") if dtype.is_string() else at
        return zoned >= ibis.literal(moment.astimezone(UTC), type="timestamp('UTC')")
    if (dtype.is_timestamp() or dtype.is_date()) and zone:
        local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return at.cast("timestamp") >= ibis.literal(local, type="timestamp")
    raise BadConfig(
        f"`frame` filters by time, and the column {place.column!r} is {dtype}"
        f"{' without a time zone' if dtype.is_timestamp() else ''}.",
        where="lake.yaml",
        do="Say `timezone` under `trace`, or map `at` to a column of timestamps or of ISO text.",
    )


def _needed(place: Place | None, name: str) -> Place:
    if place is None:
        raise BadConfig(
            f"`frame` filters by {name}, and lake.yaml does not say where that stands.",
            where="lake.yaml",
            do=f"Add `{name}` under `trace`, or take the filter out of sampling.yaml.",
        )
    return place


def _holds(rows: ir.Table, condition: Condition) -> ir.BooleanValue:
    """Whether the condition holds: true or false, never missing."""
    import ibis

    if isinstance(condition, AllOf):
        return ibis.and_(*(_holds(rows, part) for part in condition.parts))
    if isinstance(condition, AnyOf):
        return ibis.or_(*(_holds(rows, part) for part in condition.parts))
    if isinstance(condition, In):
        return _text(rows, condition.column).isin(condition.values).fill_null(False)
    value = _value(rows, condition.column)
    dtype = value.type()
    if isinstance(condition, Below) and dtype.is_numeric():
        return (value < condition.bound).fill_null(False)
    if isinstance(condition, IsTrue) and (dtype.is_boolean() or dtype.is_integer()):
        return (value if dtype.is_boolean() else value != 0).fill_null(False)
    wanted = "a number" if isinstance(condition, Below) else "a boolean, or 0 and 1"
    raise _unfit(condition.column, str(dtype), wanted)


def _value(rows: ir.Table, place: Place) -> Any:
    """The expression a place stands for: a column, or a field of a struct."""
    if place.column is None:
        return _literal(place.constant)
    if place.column in rows.columns:
        return rows[place.column]
    head, *steps = place.column.split(".")
    found = rows[head] if head in rows.columns else None
    for step in steps:
        inside = found is not None and found.type().is_struct() and step in found.type().names
        found = found[step] if inside and found is not None else None
    if found is None:
        raise BadConfig(
            f"There is no column {place.column!r} that a draw could ask; there is {', '.join(rows.columns[:40])}.",
            where="lake.yaml",
            do="Name a flat column or a field of a struct; what stands inside JSON or a list cannot decide.",
        )
    return found


def _text(rows: ir.Table, place: Place) -> Any:
    """A column as text, without blanks around it; empty is missing."""
    value = _value(rows, place)
    dtype = value.type()
    if not (dtype.is_string() or dtype.is_integer() or dtype.is_boolean() or dtype.is_uuid()):
        raise _unfit(place, str(dtype), "text, a whole number or a boolean")
    return (value.strip() if dtype.is_string() else value.cast("string")).nullif("")


def _id(rows: ir.Table, mapping: LakeMapping) -> Any:
    """The id as text. Blanks stay: taking them off ten million ids costs more than the draw."""
    value = _value(rows, mapping.id_column)
    dtype = value.type()
    if not (dtype.is_string() or dtype.is_integer() or dtype.is_uuid()):
        raise _unfit(mapping.id_column, str(dtype), "text, a whole number or a uuid")
    return value if dtype.is_string() else value.cast("string")


def _is_named(rows: ir.Table) -> ir.BooleanValue:
    """Whether a row has an id; empty is missing. What is left is never NULL, of which engines make different things."""
    return rows[_ID].notnull() & (rows[_ID] != "")


def _unfit(place: Place, dtype: str, wanted: str) -> BadConfig:
    return BadConfig(
        f"The column {place.column!r} is {dtype}; what decides here has to be {wanted}.",
        where="lake.yaml",
        do="Map another column, or give a view of the lake that has one; engines do not agree on the rest.",
    )


def _literal(value: Json) -> Any:
    import ibis

    return ibis.literal(value)


def _md5(engine: str, prefix: str, trace_id: Any) -> Any:
    """The md5 of prefix and id as 32 lower-case hex digits, in the engine's own words."""
    from review_app.traces.lake_md5 import md5_hex

    return md5_hex(engine, _literal(prefix) + trace_id)
