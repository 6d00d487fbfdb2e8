"""One part of a report as rows and remarks, before anybody decides how it looks: text, Markdown and CSV share it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from review_app.agreement.estimate import Estimate
from review_app.agreement.sentence import p_text

WIDTH = 100


class P(float):
    """A p-value: for reading never nought."""


Cell = str | int | float | Estimate | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """name: of its table, the same for every judge ("rates"). rows: as long as head, or none. lines: remarks below."""

    name: str
    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()


def said(cell: Cell) -> str:
    """A cell for reading: a figure to three decimals with its interval, "undefined" where it has none."""
    if isinstance(cell, Estimate):
        return figure(cell)
    if cell is None:
        return "-"
    if isinstance(cell, P):
        return p_text(cell)
    if isinstance(cell, float):
        return f"{cell:z.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def figure(estimate: Estimate) -> str:
    """ "0.791 (0.663 to 0.893)", "0.791", or "undefined"."""
    if estimate.value is None:
        return "undefined"
    value = f"{estimate.value:z.3f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low:z.3f} to {estimate.high:z.3f})"


def as_text(section: Section) -> list[str]:
    """Its lines in a terminal: the table in columns, the remarks wrapped at WIDTH."""
    lines = [f"  {section.title}"] if section.title else []
    if section.rows:
        cells = [list(section.head), *([said(cell) for cell in row] for row in section.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(section.head))]
        lines += _columns(cells, widths) if sum(widths) + 2 * len(widths) <= WIDTH else _folded(cells, widths)
    for line in section.lines:
        lines += wrapped(line, "  ")
    return lines


def _columns(cells: list[list[str]], widths: list[int]) -> list[str]:
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in cells
    ]


def _folded(cells: list[list[str]], widths: list[int]) -> list[str]:
    """Too wide for a terminal: the last cell of each row goes on a line of its own."""
    narrow = _columns([row[:-1] for row in cells], widths[:-1])
    last = [wrapped(row[-1], "      ") for row in cells[1:]]
    return [narrow[0], *(line for row, below in zip(narrow[1:], last, strict=True) for line in (row, *below))]


def as_markdown(section: Section) -> list[str]:
    """Its lines as Markdown, ending with an empty one where there is anything."""
    lines = [f"**{escape(section.title)}**", ""] if section.title else []
    if section.rows:
        table = [list(section.head), ["---"] * len(section.head)]
        table += [[escape(said(cell)) for cell in row] for row in section.rows]
        lines += [*(f"| {' | '.join(row)} |" for row in table), ""]
    if section.lines:
        lines += [*(f"- {escape(line)}" for line in section.lines), ""]
    return lines


def as_records(section: Section, about: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    """One dict per row, unrounded; a figure gets columns for its bounds, n, method and reason. about: first columns."""
    return [
        dict(about) | {k: v for name, cell in zip(section.head, row, strict=True) for k, v in _spread(name, cell)}
        for row in section.rows
    ]


def _spread(name: str, cell: Cell) -> Iterable[tuple[str, object]]:
    if not isinstance(cell, Estimate):
        return [(name, cell)]
    parts = {"low": cell.low, "high": cell.high, "n": cell.n, "method": cell.method, "undefined": cell.reason}
    return [(name, cell.value), *((f"{name} {part}", value) for part, value in parts.items())]


def wrapped(text: str, indent: str = "") -> list[str]:
    """Lines of at most WIDTH columns, the later ones indented further."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def escape(text: str) -> str:
    """Names and labels come from files: no cell, no markup, no HTML from them."""
    for sign in ("\\", "|", "`", "*", "_", "[", "#"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.replace("<", "&lt;").split())
