"""Tables and remarks as small pieces of HTML, every foreign word escaped; and the one list whose rows can be ticked.

`st.dataframe` draws on a canvas: fine for long lists, poor for eight figures that must be read, copied and read aloud.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

_STYLE = """<style>
.ra { font-size: 14px; line-height: 1.45; }
.ra .wide { overflow-x: auto; } .ra .wide td { overflow-wrap: normal; }
.ra table { border-collapse: collapse; width: 100%; margin: 0; }
.ra th, .ra td { padding: .3rem .6rem .3rem 0; text-align: start; vertical-align: middle; overflow-wrap: anywhere;
  border: 0; border-bottom: 1px solid rgb(128 128 128 / 25%); }
.ra th { font-weight: 600; font-size: 12.5px; opacity: .8; overflow-wrap: normal; }
.ra table.even { table-layout: fixed; margin-bottom: .8rem; }
.ra td.num { font-variant-numeric: tabular-nums; white-space: nowrap; }
.ra td.soft { opacity: .75; white-space: nowrap; font-variant-numeric: tabular-nums; }
.ra .lead { font-size: 1.2rem; font-weight: 600; line-height: 1.35; margin: 0 0 .2rem; }
.ra .head { font-weight: 600; margin: 1rem 0 .1rem; }
.ra .note { opacity: .85; margin: .25rem 0; }
.ra .track { position: relative; display: block; width: 8rem; height: 8px; border-radius: 4px;
  background: rgb(128 128 128 / 20%); }
.ra .track i, .ra .track b { position: absolute; top: 0; height: 8px; border-radius: 4px; background: currentColor; }
.ra .track i { opacity: .35; } .ra .track b { width: 3px; border-radius: 0; }
.ra td:first-child, .ra th:first-child { min-width: 5.5rem; }
.ra .cell { font-size: 1.15rem; font-weight: 600; } .ra .cell a { color: inherit; }
@media (max-width: 640px) { .ra > table td.num, .ra > table td.soft { white-space: normal; } }
.ra .off { color: #b3261e; } @media (prefers-color-scheme: dark) { .ra .off { color: #ff9d94; } }
</style>"""

# So many columns can be read on a telephone, their words wrapped.
_FITS = 4

# A row of Streamlit's grid, its head as high, and the lines around them, in pixels.
_ROW, _BORDERS = 35, 3
_TICK = "ticked"

Cell = str | tuple[str, str]
"""A text, or (css class, HTML made by a function of this module)."""


def show(*pieces: str) -> None:
    """Draw pieces made by the functions below, one under the other."""
    st.html(page(*pieces))


def page(*pieces: str) -> str:
    """The pieces as HTML with their style, for a column's or container's own `html`."""
    return f'{_STYLE}<div class="ra">{"".join(pieces)}</div>'


def ticked(frame: pd.DataFrame, columns: Mapping[str, Any], ids: str, key: str, height: int = 460) -> list[str]:
    """Draw a list whose rows can be ticked: by a click, or by keyboard with Tab, the arrows and the space bar.

    columns: the columns to draw and how, as `st.column_config` has them. ids: the column that names a row; the names
    ticked come back, in the list's order. height: at most, in pixels. Another list of rows starts with none ticked: a
    tick belongs to what stood there when it was made."""
    names = [str(one) for one in frame[ids]]
    rows = frame[list(columns)].reset_index(drop=True)
    rows.insert(0, _TICK, False)
    made = st.data_editor(
        rows,
        column_config={_TICK: st.column_config.CheckboxColumn("tick", width=70, pinned=True), **columns},
        disabled=list(columns),
        hide_index=True,
        width="stretch",
        height=min(height, _BORDERS + _ROW * (1 + len(rows))),
        key=f"{key}:{hashlib.sha256(chr(0).join(names).encode(errors='replace')).hexdigest()[:16]}",
    )
    return [name for name, on in zip(names, made[_TICK], strict=True) if on]


def lead(text: str) -> str:
    """The sentence to read if only one is read."""
    return f'<p class="lead">{html.escape(text)}</p>'


def heading(text: str) -> str:
    """What the table below it is about."""
    return f'<p class="head">{html.escape(text)}</p>'


def note(text: str) -> str:
    """A remark below a table."""
    return f'<p class="note">{html.escape(text)}</p>'


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]], label: str, even: bool = False) -> str:
    """A table; `label` says what it holds to those who hear it; `even`: columns of one width."""
    top = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    kind, wide = "even" if even else "free", len(head) > _FITS
    name = html.escape(label)
    made = f'<table class="{kind}" aria-label="{name}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
    # On a telephone such a table is pushed sideways, which must be possible without a finger as well.
    return f'<div class="wide" tabindex="0" role="group" aria-label="{name}">{made}</div>' if wide else made


def number(text: str) -> Cell:
    """A figure, its digits in columns."""
    return ("num", html.escape(text))


def soft(text: str) -> Cell:
    """A figure that stands beside the one that counts."""
    return ("soft", html.escape(text))


def explained(text: str, how: str) -> Cell:
    """A figure that says on hover how it was computed."""
    return ("num", f'<span title="{html.escape(how)}">{html.escape(text)}</span>')


def lines(texts: Iterable[str]) -> Cell:
    """Several short texts, one under the other."""
    return ("", "<br>".join(map(html.escape, texts)))


def link(text: str, address: str) -> Cell:
    """A text that leads to another page of ours. address: from the root, made by `urlencode`."""
    return ("", f'<a href="{html.escape(address)}" target="_self">{html.escape(text)}</a>')


def beside(cells: Iterable[Cell]) -> Cell:
    """Several cells' texts in one, one after the other."""
    return ("", " ".join(html.escape(cell) if isinstance(cell, str) else cell[1] for cell in cells))


def count(made: str, remark: str, off: bool = False) -> Cell:
    """A big count with what it means below it; `off` marks what should not be. made: HTML of this room."""
    return ("", f'<span class="cell{" off" if off else ""}">{made}</span><br>{html.escape(remark)}')


def track(low: float | None, value: float | None, high: float | None) -> Cell:
    """An interval on a line from 0 to 1, the estimate marked; nothing where there is no interval."""
    if low is None or value is None or high is None:
        return ""
    left, wide, at = (100 * min(1.0, max(0.0, share)) for share in (low, high - low, value))
    bar = f'<i style="left:{left:.1f}%;width:{wide:.1f}%"></i><b style="left:calc({at:.1f}% - 1px)"></b>'
    return ("", f'<span class="track" aria-hidden="true">{bar}</span>')


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"<td>{html.escape(cell)}</td>"
    kind, made = cell
    return f'<td class="{kind}">{made}</td>'
