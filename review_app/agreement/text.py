"""The agreement report for a terminal of 100 columns, as Markdown, and as tables. All draw the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from review_app.agreement import section as drawn
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.judge_sections import excluded, judge_sections, left_out, title
from review_app.agreement.raters.people_sections import panel_sections, people_sections, uncaught_section
from review_app.agreement.report import AgreementReport
from review_app.agreement.section import Section, escape, wrapped
from review_app.agreement.sentence import pass_rate_sentence

_Part = tuple[str, list[tuple[str, str]], list[Section]]
# Told in sentences: their tables would be too wide for a terminal, or say too little for their size.
_TOLD_BELOW = ("blind_spots", "false_alarms", "confusion", "answers", "left_out")


def as_text(report: AgreementReport, brief: bool = False, reviewers: bool = False) -> str:
    """Plain text, at most WIDTH columns where names are not longer than that.

    brief: the first screen only. reviewers: name the people; otherwise what speaks of one of them is counted."""
    blocks = [_first_lines(report)]
    for judge in report.judges:
        blocks.append([title(judge), *(line for told in _headlines(judge, report) for line in wrapped(told, "  "))])
    for name, _, sections in [] if brief else _parts(report, reviewers):
        blocks.append([f"{name}", "-" * min(len(name), drawn.WIDTH)])
        blocks += [drawn.as_text(_narrow(section)) for section in sections]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def as_markdown(report: AgreementReport, brief: bool = False, reviewers: bool = False) -> str:
    """The same, with Markdown tables."""
    lines = ["# Agreement of judges with people", "", escape(_frame(report)), ""]
    lines += [f"**Mind:** {escape(report.frame.note)}", ""] if report.frame.note else []
    for judge in report.judges:
        lines += [f"**{escape(title(judge))}**", "", *(f"- {escape(told)}" for told in _headlines(judge, report)), ""]
    for name, _, sections in [] if brief else _parts(report, reviewers):
        lines += [f"## {escape(name)}", ""]
        lines += [line for section in sections for line in drawn.as_markdown(_narrow(section))]
    return "\n".join(lines).rstrip() + "\n"


def as_tables(report: AgreementReport, reviewers: bool = False) -> dict[str, pd.DataFrame]:
    """name -> all rows of that kind, unrounded, each with what it is about, its frame and the seed. Tables without a
    row are left out."""
    found: dict[str, list[dict[str, object]]] = {}
    made_with = {"frame": report.frame.frame_id, "seed": report.seed}
    for _, about, sections in _parts(report, reviewers):
        for section in sections:
            rows = [row | made_with for row in drawn.as_records(section, about)]
            found.setdefault(section.name, []).extend(rows)
    return {name: pd.DataFrame(rows) for name, rows in found.items() if rows}


def _first_lines(report: AgreementReport) -> list[str]:
    mind = wrapped(f"Mind: {report.frame.note}") if report.frame.note else []
    return [*wrapped(_frame(report)), *mind]


def _headlines(judge: JudgeReport, report: AgreementReport) -> list[str]:
    """What somebody reads who has a minute: the sentence, the corrected pass rate, the ceiling beside it."""
    about = judge.criterion, judge.rubric_version
    people = next((one for one in report.people if (one.criterion, one.rubric_version) == about), None)
    ceiling = f"ceiling: {people.ceiling.text}" if people and people.ceiling and not judge.refusal else ""
    return list(filter(None, (judge.sentence, pass_rate_sentence(judge.pass_rate), ceiling)))


def _parts(report: AgreementReport, reviewers: bool) -> Iterable[_Part]:
    """Heading, the columns that say what its rows are about, and its sections."""
    for judge in report.judges:
        about = [
            ("judge", judge.judge), ("judge_version", judge.judge_version), ("criterion", judge.criterion),
            ("rubric_version", judge.rubric_version),
        ]  # fmt: skip
        yield title(judge), about, judge_sections(judge, reviewers)
    for panel in report.panels:
        about = [("criterion", panel.criterion), ("rubric_version", panel.rubric_version)]
        names = f"All judges of {panel.criterion}, rubric {panel.rubric_version}"
        yield names, about, panel_sections(panel)
    for people in report.people:
        about = [("criterion", people.criterion), ("rubric_version", people.rubric_version)]
        name = f"{people.n_reviewers} reviewers on {people.criterion}, rubric {people.rubric_version}"
        yield name, about, people_sections(people, reviewers)
    rest = [uncaught_section(report.uncaught)]
    if report.excluded:
        rest.append(replace(left_out(report.excluded), lines=(f"In no report: {excluded(report.excluded)}.",)))
    rest = [section for section in rest if section.rows or section.lines]
    if rest:
        yield "Besides", [], rest


def _narrow(section: Section) -> Section:
    if section.name not in _TOLD_BELOW:
        return section
    return Section(name=section.name, lines=section.lines)


def _frame(report: AgreementReport) -> str:
    frame = report.frame
    period = f", {frame.since:%Y-%m-%d} to {frame.until:%Y-%m-%d}" if frame.since and frame.until else ""
    name = f" ({frame.frame_id})" if frame.frame_id else ""
    return (
        f"Judges against people over {frame.size:,} traces{period}{name}; "
        f"made {report.generated_at:%Y-%m-%d %H:%M} UTC, seed {report.seed}."
    )
