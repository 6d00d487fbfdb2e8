"""Find traces: by the words a reviewer may see in them, by metadata, and by what checks and judges said.

The text index is filled when it is first searched, in small batches: filled at ingest it would double what an ingest
takes, for a search that may never come. Both engines are given the same plain words, so both find the same traces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import pandas as pd

from review_app.store import trace_kinds
from review_app.store.blindness import SEEN
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, placeholders
from review_app.store.trace_kinds import FILTERS

# A batch holds the write lock: small enough that a reviewer who submits meanwhile does not notice.
BATCH = 200
LONGEST_TEXT, LONGEST_QUERY = 200_000, 500
METADATA = FILTERS

# What a BlindTrace shows. Metadata, feedback and corrections stay out: a search must not tell what the desk hides.
# Of a pair both sides: a phrase that only one of them has must not tell which is the system's.
_FIELDS = ("messages", "documents", "tool_calls", "output", "alternative", "error")
_ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{200,}")
# Scripts written without blanks: each character is a word of its own, and what was typed together a phrase.
_UNSPACED = re.compile("([\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")
_GAP = re.compile(r"[\W_]+")
_PIECE = re.compile(r'"([^"]+)"|(\S+)')

_STALE = (
    "SELECT t.trace_id, t.version, b.body FROM trace t "
    "JOIN trace_body b ON b.trace_id = t.trace_id AND b.version = t.version "
    "WHERE coalesce(t.searched, 0) <> t.version ORDER BY t.trace_id LIMIT :batch"
)
# Only where the version is still the one that was read: what came meanwhile is read in the next batch.
_SEARCHED = "UPDATE trace SET searched = :version WHERE trace_id = :trace_id AND version = :version"
_KNOWN = (
    "INSERT INTO searchable (trace_id, version, number) VALUES (:trace_id, :version, :number) "
    "ON CONFLICT (trace_id) DO UPDATE SET version = excluded.version, number = excluded.number"
)
_WORDS = {
    "sqlite": "INSERT INTO trace_text (rowid, words) VALUES (:number, :words)",
    "postgres": "INSERT INTO trace_text (number, words) VALUES (:number, to_tsvector('simple', :words))",
}
_HITS = {
    "sqlite": "SELECT rowid AS number FROM trace_text WHERE trace_text MATCH :query LIMIT :most",
    "postgres": "SELECT number FROM trace_text WHERE words @@ to_tsquery('simple', :query) LIMIT :most",
}
MOST_HITS = 2_000
"""Up to so many traces that have the words, or the label, are fetched and then put in order; of more, the newest traces
are asked one by one whether they have it: that finds a page of common words soon, and a page of rare ones never."""
# The two ways, by whether the words are rare.
_MATCH = {
    ("sqlite", True): "t.trace_id IN (SELECT s.trace_id FROM trace_text CROSS JOIN searchable s "
    "WHERE s.number = trace_text.rowid AND trace_text MATCH :query)",
    ("postgres", True): "t.trace_id IN (SELECT s.trace_id FROM trace_text JOIN searchable s "
    "ON s.number = trace_text.number WHERE trace_text.words @@ to_tsquery('simple', :query))",
    # All hits at once: asked trace by trace, the index would gather those of a word's beginning each time.
    ("sqlite", False): "EXISTS (SELECT 1 FROM searchable s WHERE s.trace_id = t.trace_id "
    "AND +s.number IN (SELECT rowid FROM trace_text WHERE trace_text MATCH :query))",
    ("postgres", False): "EXISTS (SELECT 1 FROM searchable s JOIN trace_text ON trace_text.number = s.number "
    "WHERE s.trace_id = t.trace_id AND trace_text.words @@ to_tsquery('simple', :query))",
}
_FAILURES = (
    "SELECT c.trace_id FROM result c JOIN trace n ON n.trace_id = c.trace_id AND n.version = c.trace_version "
    "WHERE c.check_name = :check_name AND c.check_version = :check_version AND c.status = 'fail'"
)
_FAILED = (
    "EXISTS (SELECT 1 FROM result c WHERE c.trace_id = t.trace_id AND c.trace_version = t.version "
    "AND c.check_name = :check_name AND c.check_version = :check_version AND c.status = 'fail')"
)
_ANSWERS = (
    "SELECT v.trace_id FROM verdict v WHERE v.criterion IN {criteria} AND v.status = 'ok' "
    "AND v.label = :label AND v.judge = :judge"
)
_SAID = (
    "EXISTS (SELECT 1 FROM verdict v WHERE v.trace_id = t.trace_id AND v.status = 'ok' "
    "AND v.judge = :judge AND v.label = :label)"
)
_NEXT_CRITERION = "SELECT min(criterion) AS criterion FROM verdict WHERE criterion > :criterion"
_NEXT_LABEL = (
    "SELECT min(label) AS label FROM verdict WHERE criterion = :criterion AND status = 'ok' AND label > :label"
)
_NEXT_JUDGE = (
    "SELECT min(judge) AS judge FROM verdict WHERE criterion = :criterion AND status = 'ok' AND label = :label "
    "AND judge > :judge"
)
_FOUND = (
    "t.trace_id, t.at, t.route, t.language, t.model, t.prompt_version, t.n_turns, t.n_documents, t.n_tools, "
    f"CASE WHEN {SEEN} THEN 1 ELSE 0 END AS seen"
)
_NEWEST_FIRST = "ORDER BY coalesce(t.at, 0) DESC, t.trace_id DESC LIMIT :most"
LOOKED_THROUGH = 4
"""So many pages of the newest traces are read for the words that are looked for, while every page has its share."""
_NEXT_TERM = "SELECT term FROM trace_text_terms WHERE term >= :least LIMIT 1"
MOST_ENDINGS = 30
"""Up to so many words are looked up by themselves where the beginning of a word was typed."""
MOST_KINDS = 50
"""The newest of up to so many kinds of traces are looked up kind by kind; of more kinds, all traces are looked at."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to look for. person: whose eyes; `failed` (check, its version) and `said` (judge, label) find only traces
    whose opinions that person may see.

    metadata: a column of METADATA -> the values it may have. before: the trace after which the list goes on."""

    person: str
    text: str = ""
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    failed: tuple[str, str] | None = None
    said: tuple[str, str] | None = None
    limit: int = 50
    before: str | None = None


def find(store: Store, wanted: Wanted) -> pd.DataFrame:
    """trace_id, at (UTC), route, language, model, prompt_version, n_turns, n_documents, n_tools, and `seen`: whether
    this person may see what was thought of the trace. Newest first, those without a time last."""
    found = _newest_with_words(store, wanted) if wanted.text.strip() else None
    if found is None:
        clauses, values = _clauses(store, wanted)
        found = store.frame(
            f"SELECT {_FOUND} FROM trace t WHERE {' AND '.join(clauses)} {_NEWEST_FIRST}",
            **values,
            person=wanted.person,
            most=wanted.limit,
        )
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True), seen=found["seen"] == 1)


def fill(store: Store, progress: Callable[[int], None] = lambda traces: None) -> int:
    """Bring the text index up to date; how many traces it read. Interrupted, it goes on where it stopped."""
    done = 0
    while rows := store.rows(_STALE, batch=BATCH):
        texts = [_plain(row["body"]) for row in rows]
        with store.write() as write:
            first = int(write.run("SELECT coalesce(max(number), 0) AS n FROM searchable")[0]["n"]) + 1
            entries: list[Row] = [
                {"trace_id": row["trace_id"], "version": row["version"], "number": first + place}
                for place, row in enumerate(rows)
            ]
            write.many(_KNOWN, entries)
            numbered = [{"number": one["number"], "words": text} for one, text in zip(entries, texts, strict=True)]
            write.many(_WORDS[store.kind], numbered)
            write.many(_SEARCHED, entries)
        done += len(rows)
        progress(done)
    return done


def judges(store: Store) -> tuple[tuple[str, str], ...]:
    """Every (judge, label) that was ever given."""
    found: set[tuple[str, str]] = set()
    for criterion in _criteria(store):
        for label in _steps(store, _NEXT_LABEL, "label", criterion=criterion):
            judges = _steps(store, _NEXT_JUDGE, "judge", criterion=criterion, label=label)
            found |= {(judge, label) for judge in judges}
    return tuple(sorted(found))


def _criteria(store: Store) -> list[str]:
    """Every criterion that has verdicts."""
    return list(_steps(store, _NEXT_CRITERION, "criterion"))


def _steps(store: Store, sql: str, column: str, **named: object) -> Iterator[str]:
    """The values of a column, from each to the next through the index: there are few among millions of rows."""
    last: str | None = ""
    while (last := store.rows(sql, **named, **{column: last})[0][column]) is not None:
        yield last


def opinions(store: Store, trace_ids: list[str], checks: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """trace_id -> (failed checks, verdicts) as short texts, for these traces. checks: name -> version in force."""
    marks, named = placeholders(trace_ids)
    results = store.rows(
        "SELECT c.trace_id, c.check_name, c.check_version FROM result c JOIN trace t ON t.trace_id = c.trace_id "
        f"AND t.version = c.trace_version WHERE c.status = 'fail' AND c.trace_id IN {marks} ORDER BY c.check_name",
        **named,
    )
    verdicts = store.rows(
        "SELECT trace_id, judge, criterion, label FROM verdict WHERE status = 'ok' AND label IS NOT NULL "
        f"AND trace_id IN {marks} ORDER BY criterion, judge",
        **named,
    )
    failed: dict[str, list[str]] = {trace_id: [] for trace_id in trace_ids}
    said: dict[str, list[str]] = {trace_id: [] for trace_id in trace_ids}
    for row in results:
        if checks.get(row["check_name"]) == row["check_version"]:
            failed[row["trace_id"]].append(row["check_name"])
    for row in verdicts:
        said[row["trace_id"]].append(f"{row['judge']} {row['criterion']}: {row['label']}")
    return {one: (", ".join(failed[one]), ", ".join(said[one])) for one in trace_ids}


def _newest_with_words(store: Store, wanted: Wanted) -> pd.DataFrame | None:
    """What `find` selects, out of the newest traces alone, where these have enough of them: common words are found in
    no time however often they stand in the index. None where these do not have enough."""
    phrases, limit = _phrases(wanted.text), wanted.limit
    newest = replace(wanted, text="", limit=limit)
    found: list[Row] = []
    for _ in range(LOOKED_THROUGH):
        clauses, values = _clauses(store, newest)
        rows = store.rows(
            f"SELECT {_FOUND}, (SELECT b.body FROM trace_body b WHERE b.trace_id = t.trace_id "
            f"AND b.version = t.version) AS body FROM trace t WHERE {' AND '.join(clauses)} {_NEWEST_FIRST}",
            **values,
            person=wanted.person,
            most=limit,
        )
        here = [row for row in rows if _has(_plain(row.pop("body")), phrases)]
        found += here
        if len(found) >= limit:
            return pd.DataFrame(found[:limit])
        if len(here) * LOOKED_THROUGH < limit or len(rows) < limit:
            return None
        newest = replace(newest, before=rows[-1]["trace_id"])
    return None


def _has(plain: str, phrases: Sequence[tuple[list[str], bool]]) -> bool:
    """Whether a text has all these phrases; what the index says of it."""
    text = f" {plain} "
    return bool(phrases) and all(f" {' '.join(words)}{'' if more else ' '}" in text for words, more in phrases)


def _clauses(store: Store, wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    clauses, values = ["1 = 1"], dict[str, object]()
    if wanted.text.strip():
        query = _query(store, wanted.text)
        # Nothing but signs: no trace has that as a word.
        clauses.append(_MATCH[store.kind, _rare(store, query)] if query else "1 = 0")
        values |= {"query": query} if query else {}
    for name, sign, moment in (("since", ">=", wanted.since), ("until", "<", wanted.until)):
        if moment is not None:
            # Said twice: for what has no time, and as the index has it.
            clauses += [f"t.at {sign} :{name}", f"coalesce(t.at, 0) {sign} :{name}"]
            values[name] = microseconds(moment)
    if wanted.failed:
        check: dict[str, object] = {"check_name": wanted.failed[0], "check_version": wanted.failed[1]}
        clauses += [SEEN, _rare_or(store, _FAILED, _FAILURES, check)]
        values |= check
    if wanted.said:
        marks, criteria = placeholders(_criteria(store))
        said = {"judge": wanted.said[0], "label": wanted.said[1]} | criteria
        clauses += [SEEN, _rare_or(store, _SAID, _ANSWERS.format(criteria=marks), said)]
        values |= said
    if wanted.before is not None:
        # Said twice: as the index has it, and exactly.
        clauses += ["coalesce(t.at, 0) <= :before_at", "(coalesce(t.at, 0), t.trace_id) < (:before_at, :before)"]
        found = store.rows("SELECT coalesce(at, 0) AS at FROM trace WHERE trace_id = :before", before=wanted.before)
        values |= {"before": wanted.before, "before_at": found[0]["at"] if found else -1}
    if wanted.metadata:
        kinds = trace_kinds.matching(store, wanted.metadata)
        named = {f"kind{place}": kind for place, kind in enumerate(kinds)}
        clauses.append(_of_kinds(named, sum(kinds.values()), clauses))
        values |= named
    return clauses, values


def _of_kinds(kinds: Collection[str], traces: int, others: Sequence[str]) -> str:
    """A clause for the traces of these kinds, given by the names of their values. traces: how many there are; others:
    the other clauses."""
    marks = ", ".join(f":{name}" for name in kinds) or "NULL"
    if traces <= MOST_HITS:
        return f"t.trace_id IN (SELECT k.trace_id FROM trace k WHERE k.kind IN ({marks}))"
    if len(kinds) > MOST_KINDS or any(clause.startswith("t.trace_id IN") for clause in others):
        # Not by the index of kinds: what is few already is looked up, and of many kinds the newest first.
        return f"+t.kind IN ({marks})"
    where = " AND ".join(others)
    newest = (
        f"SELECT trace_id FROM (SELECT t.trace_id FROM trace t WHERE t.kind = :{name} AND {where} {_NEWEST_FIRST}) "
        f"AS {name}"
        for name in kinds
    )
    return f"t.trace_id IN ({' UNION ALL '.join(newest)})"


def _rare_or(store: Store, each: str, all_of_them: str, named: Mapping[str, object]) -> str:
    """`all_of_them`, a query for ids, as a clause where it finds few; `each`, a clause, where it would find many."""
    rare = len(store.rows(f"{all_of_them} LIMIT :most", **named, most=MOST_HITS + 1)) <= MOST_HITS
    return f"t.trace_id IN ({all_of_them})" if rare else each


def _rare(store: Store, query: str) -> bool:
    return len(store.rows(_HITS[store.kind], query=query, most=MOST_HITS + 1)) <= MOST_HITS


def _phrases(text: str) -> list[tuple[list[str], bool]]:
    """What was typed: each piece between blanks or quotes a phrase, as its words, all of them wanted; and whether its
    last word may go on, as it may unless it is a number or was quoted."""
    phrases = []
    for quoted, piece in _PIECE.findall(text[:LONGEST_QUERY]):
        words = _folded(quoted or piece).split()
        if words:
            phrases.append((words, not quoted and not words[-1].isdigit()))
    return phrases


def _query(store: Store, text: str) -> str:
    """What was typed as a query of the engine. Only letters and digits are left of it, so nothing in it can be an
    operator."""
    phrases = _phrases(text)
    if store.kind == "sqlite":
        return " AND ".join(_sqlite_phrase(store, words, more) for words, more in phrases)
    return " & ".join(
        "(" + " <-> ".join(f"'{word}'" for word in words) + f"{':*' if more else ''})" for words, more in phrases
    )


def _sqlite_phrase(store: Store, words: list[str], more: bool) -> str:
    """A phrase whose last word may go on names the words that begin so, where these are few: given a beginning, the
    index gathers all hits of all of them before it gives the first."""
    found: list[str] = []
    last = words[-1]
    while more and len(found) <= MOST_ENDINGS:
        # Greater than the last one: so the index finds it without its hits.
        rows = store.rows(_NEXT_TERM, least=f"{found[-1]}\x01" if found else last)
        if not rows or not rows[0]["term"].startswith(last):
            break
        found.append(rows[0]["term"])
    if not more or len(found) > MOST_ENDINGS:
        return f'"{" ".join(words)}"{" *" if more else ""}'
    start = " ".join(words[:-1])
    return "(" + " OR ".join(f'"{start} {term}"' for term in found or [last]) + ")"


def _plain(body: str) -> str:
    """The words of a stored trace, one blank between two."""
    stored: dict[str, Any] = orjson.loads(body)
    for document in stored.get("documents", ()):
        document.pop("metadata", None)
    text = " ".join(_strings([stored.get(name) for name in _FIELDS]))
    return _folded(_ENCODED.sub(" ", text[:LONGEST_TEXT]))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _folded(text: str) -> str:
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", "".join(part for part in parts if not unicodedata.combining(part)))
        text = _UNSPACED.sub(r" \1 ", text)
    return _GAP.sub(" ", text.casefold()).strip()
