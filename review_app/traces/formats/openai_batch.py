"""OpenAI's batches: a file of requests and a file of responses (and one of errors), joined by `custom_id`.

Files that are read together are joined; a request without a response is a trace without an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.columns import text_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats.openai_chat import exchange
from review_app.traces.gathering import Piece, gathered
from review_app.traces.glimpse import Glimpse
from review_app.traces.lines import reject
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

NAME = "openai-batch"

Fields = Mapping[str, Json]

_EMPTY: tuple[Json, ...] = (None, "", [], {})


def looks_like(glimpse: Glimpse) -> bool:
    """Records with a `custom_id`, and a request's body or a response."""
    return glimpse.kind in ("json", "json lines") and (
        glimpse.has("custom_id", "body") or glimpse.has("custom_id", "response")
    )


def read(path: Path) -> Iterator[Trace | Reject]:
    """Each request of one file with its response, where it is in the file too."""
    return read_together((path,))


def read_together(paths: Sequence[Path]) -> Iterator[Trace | Reject]:
    """Each request with its response, wherever in these files they are, when the later of the two was read."""
    for pile in gathered(partial(_pieces, paths)):
        if isinstance(pile, Reject):
            yield pile
            continue
        asked = [piece for piece in pile if "response" not in piece.fields]
        answered = [piece for piece in pile if "response" in piece.fields]
        for piece in (*asked[1:], *answered[1:]):
            raw = str(piece.fields).encode(errors="replace")
            yield reject(piece.path, piece.line, "custom_id", f"{piece.name[:80]!r} is there twice", raw)
        try:
            yield _trace(pile[0].name, [piece.fields for piece in asked[:1]], [piece.fields for piece in answered[:1]])
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(pile[0].path, pile[0].line, fault, str(pile[0].fields).encode(errors="replace"))


def _pieces(paths: Sequence[Path]) -> Iterator[Piece | Reject]:
    for path in paths:
        for row in rows(path):
            if isinstance(row, Reject):
                yield row
                continue
            line, record = row
            name = text_of(record.get("custom_id"))
            if name is None:
                yield reject(path, line, "custom_id", "is missing", str(record).encode(errors="replace"))
            else:
                yield Piece(name=name, path=path, line=line, fields=record)


def _trace(name: str, asked: list[dict[str, Json]], answered: list[dict[str, Json]]) -> Trace:
    request = next((body for one in asked if isinstance(body := one.get("body"), Mapping)), {})
    outer = next(iter(answered), {})
    held = outer.get("response")
    response: Fields = held if isinstance(held, Mapping) else {}
    body = response.get("body")
    error = _error(outer, response)
    values = exchange(request, None if error else body)
    about = {"url": next((one.get("url") for one in asked), None), "batch_request": outer.get("id")}
    about |= {"status_code": response.get("status_code"), "request_id": response.get("request_id")}
    about |= {"response": body} if error else {}
    about |= {"request_fields": _beside(next(iter(asked), {}), ("custom_id", "url", "body", "method"))}
    about |= {"result_fields": _beside(outer, ("custom_id", "id", "response"))}
    about |= {"response_fields": _beside(response, ("status_code", "request_id", "body"))}
    kept = {key: value for key, value in about.items() if value not in _EMPTY}
    own = {"trace_id": name, "error": error, "metadata": values["metadata"] | kept}
    return numbers_kept(from_values(values | own))


def _beside(record: Fields, taken: Sequence[str]) -> dict[str, Json]:
    return {name: value for name, value in record.items() if name not in taken and value not in _EMPTY}


def _error(outer: Fields, response: Fields) -> str | None:
    """Why there is no answer: the batch gave none (expired, cancelled), or the call itself failed."""
    status, body = response.get("status_code"), response.get("body")
    inside = body.get("error") if isinstance(body, Mapping) else None
    failed = isinstance(status, int) and status >= 400
    for error in (outer.get("error"), inside if failed or inside else None):
        if error not in _EMPTY:
            return text_of(error.get("message") or error.get("code")) if isinstance(error, Mapping) else text_of(error)
    return f"HTTP {status}" if failed else None
