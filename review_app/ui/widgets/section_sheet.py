"""A part of a report as the terminal has it: its title, its rows as a table, its remarks, and the rows as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.people_sections import uncaught_section
from review_app.agreement.section import Cell, Section, as_records, said
from review_app.agreement.slicing.uncaught import Uncaught
from review_app.ui.widgets import csv_file, figure_link, sheet, trace_links


class Links(NamedTuple):
    """Where the numbers of one column lead. head: the column; figures: one per row; person: who reads it."""

    head: str
    figures: Sequence[figure_link.Figure]
    person: str


def show(section: Section, about: Sequence[tuple[str, str]], key: str, links: Links | None = None) -> None:
    """Draw a section. about: first columns of the file. key: tells several sections of one name apart."""
    pieces = [sheet.note(section.title)] if section.title else []
    if section.rows:
        rows = [[_cell(cell, at, (section, row, links)) for at, cell in enumerate(section.rows[row])]
                for row in range(len(section.rows))]  # fmt: skip
        pieces.append(sheet.table(section.head, rows, section.title or section.name.replace("_", " ")))
    pieces += [sheet.note(line) for line in section.lines]
    if pieces:
        sheet.show(*pieces)
    if section.rows:
        csv_file.offer(pd.DataFrame(as_records(section, about)), section.name, key)


def uncaught(found: Uncaught, person: str) -> None:
    """Draw the notes no criterion caught: each count leads to its traces, and the first of them are at hand."""
    each = [{"uncaught": one.code} for one in found.codes]
    show(uncaught_section(found), [], "", Links("traces", each, person))
    examples = [one for code in found.codes for one in code.examples]
    sheet.show(trace_links.note(examples, person, "Read:"))


def how(one: Estimate) -> str:
    """What a figure rests on, in a line."""
    level = f"; {100 * one.level:.3g} % interval" if one.low is not None and one.high is not None else ""
    return f"n {one.n:,}{level}; {one.method or one.reason}"


def _cell(cell: Cell, at: int, place: tuple[Section, int, Links | None]) -> sheet.Cell:
    section, row, links = place
    if links and section.head[at] == links.head:
        return figure_link.cell(said(cell), links.figures[row], links.person)
    if isinstance(cell, Estimate):
        return sheet.explained(said(cell), how(cell))
    return sheet.number(said(cell)) if at else said(cell)
