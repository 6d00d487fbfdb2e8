"""A part of a report as the terminal has it: its title, its rows as a table, its remarks, and the rows as a file."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from review_app.agreement.section import Section, as_records, said
from review_app.ui.widgets import csv_file, sheet


def show(section: Section, about: Sequence[tuple[str, str]], key: str) -> None:
    """Draw a section. about: first columns of the file. key: tells several sections of one name apart."""
    pieces = [sheet.note(section.title)] if section.title else []
    if section.rows:
        rows = [[sheet.number(said(cell)) if at else said(cell) for at, cell in enumerate(row)] for row in section.rows]
        pieces.append(sheet.table(section.head, rows, section.title or section.name.replace("_", " ")))
    pieces += [sheet.note(line) for line in section.lines]
    if pieces:
        sheet.show(*pieces)
    if section.rows:
        csv_file.offer(pd.DataFrame(as_records(section, about)), section.name, key)
