"""How each reviewer works, for those who lead and for the person alone: figures by name, flags with their examples."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.raters.reviewers import Reviewer
from review_app.agreement.sentence import p_text, percent
from review_app.ui.widgets import csv_file, figure_link, sheet
from review_app.ui.widgets.disagreement_list import with_links
from review_app.ui.widgets.reliability_sheet import of_people

HEAD = ("reviewer", "answers", "severity ± SE", "drift", "known answers", "too fast", "same answer in a row")
EXAMPLES: dict[str, Any] = {
    "reviewer": "reviewer",
    "flag": "flag",
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)", width="medium"),
}
ANCHORING = ("judge", "criterion", "reviewer", "pairs", "changed", "towards the judge", "away from it")
AGAIN = ("reviewer", "question", "asked again", "same answer", "95 % interval", "")


def figures(people: PeopleReport, reader: str) -> None:
    """Draw a row per reviewer, by name, and what the columns mean. None: a line that says so. reader: who looks."""
    found = people.reviewers.reviewers
    if not found:
        st.caption("No answer to this question is yours so far.")
        return
    sheet.show(sheet.table(HEAD, [_row(people, one, reader) for one in found], "figures of each reviewer"))
    refusal = people.reviewers.severity.refusal
    lines = [f"Severity: {refusal}."] if refusal else []
    with st.expander("What these say, and how they were computed"):
        sheet.show(*map(sheet.note, [*lines, *_meanings(people)]))
        csv_file.offer(rows(people), "reviewers", people.criterion)


def flags(people: PeopleReport, reader: str) -> None:
    """Draw what there is to talk about, and the traces it shows on."""
    found = [(one.rater, flag) for one in people.reviewers.reviewers for flag in one.flags]
    if not found:
        st.caption("No flag.")
        return
    sheet.show(
        *(sheet.note(f"{name}, {flag.kind}: {flag.text}.") for name, flag in found), sheet.note(people.reviewers.note)
    )
    examples = pd.DataFrame(
        [(name, flag.kind, str(one)) for name, flag in found for one in flag.examples[:5]],
        columns=["reviewer", "flag", "trace_id"],
    )
    if len(examples):
        shown = with_links(examples, reader)[list(EXAMPLES)]
        st.dataframe(shown, column_config=EXAMPLES, hide_index=True, width=620, height=min(320, 38 + 35 * len(shown)))


def second_opinion(people: PeopleReport, reader: str) -> None:
    """Draw what Dawid and Skene make of the answers: true shares, each person's accuracy, the least certain traces."""
    found = people.reviewers.dawid_skene
    if found.refusal:
        sheet.show(sheet.note(f"No second opinion: {found.refusal}."))
        return
    shares = ", ".join(f"{name} {percent(p)}" for name, p in zip(found.categories, found.prevalence, strict=True))
    sheet.show(sheet.note(f"True answers, estimated from {found.n_ratings:,} answers on {found.n:,} traces: {shares}."))
    table: list[list[sheet.Cell]] = [
        [one.rater, sheet.number(f"{one.n:,}"), sheet.number(percent(one.accuracy))] for one in found.confusion
    ]
    if table:
        sheet.show(sheet.table(("reviewer", "answers", "right, as estimated"), table, "estimated accuracy"))
        told = [(one.rater, one.n, one.accuracy) for one in found.confusion]
        csv_file.offer(pd.DataFrame(told, columns=["reviewer", "answers", "accuracy"]), "accuracy", people.criterion)
    unsure = sorted(found.opinions, key=lambda one: one.probability)[:5]
    if unsure:
        st.caption("The least certain traces, worth settling.")
        rows = pd.DataFrame([(str(one.unit), str(one.category), one.probability) for one in unsure])
        rows.columns = pd.Index(["trace_id", "likeliest", "probability"])
        columns = {"open": EXAMPLES["open"], "likeliest": "likeliest", "probability": "probability"}
        shown = with_links(rows, reader)[list(columns)]
        st.dataframe(shown, column_config=columns, hide_index=True, width=620, height=38 + 35 * len(shown))
    sheet.show(sheet.note(f"{found.method}. It never changes a label."))


def again(found: pd.DataFrame) -> None:
    """Draw how often people said the same when an own trace came back unseen. found: agreement.self_consistency."""
    if found.empty:
        st.caption("None came back so far.")
        return
    table: list[list[sheet.Cell]] = [
        [
            str(row["reviewer"]),
            str(row["criterion"]),
            sheet.number(f"{row['n']:,}"),
            sheet.number(percent(row["share"])),
            sheet.number(f"{percent(row['low'])} to {percent(row['high'])}"),
            sheet.track(row["low"], row["share"], row["high"]),
        ]
        for row in found.to_dict("records")
    ]
    sheet.show(sheet.table(AGAIN, table, "the same answer when asked again"))
    csv_file.offer(found, "asked_again")
    st.caption("People differ from their own earlier answer about one time in four.")


def anchoring(found: tuple[actions.JudgeAnchoring, ...]) -> None:
    """Draw what people changed after they had seen a verdict: everybody, then each by name."""
    table: list[list[sheet.Cell]] = [
        [
            f"{judge.judge} {judge.judge_version}",
            judge.criterion,
            one.reviewer or "everybody",
            sheet.number(f"{one.n:,}"),
            *(sheet.number(_share(figure)) for figure in (one.changed, one.towards, one.away)),
        ]
        for judge in found
        for one in judge.found
    ]
    if not table:
        st.caption("Nobody has answered once more after seeing a verdict.")
        return
    sheet.show(
        sheet.table(ANCHORING, table, "answers before and after a verdict was seen"),
        sheet.note(
            "Of answers that differed from the verdict, how many then agreed with it; of those that agreed, how many "
            "then did not. The blind answer is the one that counts. " + found[0].found[0].changed.method + "."
        ),
    )
    csv_file.offer(anchoring_rows(found), "anchoring")


def anchoring_rows(found: tuple[actions.JudgeAnchoring, ...]) -> pd.DataFrame:
    """A row per judge and person, unrounded: what `anchoring` shows; the reviewer is "" for everybody."""
    return pd.DataFrame(
        [
            {"judge": judge.judge, "judge_version": judge.judge_version, "criterion": judge.criterion}
            | {"reviewer": one.reviewer, "pairs": one.n}
            | {
                f"{name} {part}".strip(): getattr(getattr(one, name), part or "value")
                for name in ("changed", "towards", "away")
                for part in ("", "low", "high", "n", "reason")
            }
            for judge in found
            for one in judge.found
        ]
    )


def rows(people: PeopleReport) -> pd.DataFrame:
    """One row per reviewer, unrounded, by name: what `figures` shows."""
    return pd.DataFrame([_plain(people, one) for one in people.reviewers.reviewers])


def _row(people: PeopleReport, one: Reviewer, reader: str) -> list[sheet.Cell]:
    run = f"{one.longest_run.length:,}"
    run += f" (p {p_text(one.longest_run.p)})" if one.longest_run.p is not None else ""
    return [
        one.rater,
        _answers(people, one, reader),
        sheet.number(_severity(one)),
        f"{one.drift.state}; {one.drift.n_disagreed:,} of {one.drift.n:,} differ",
        _known(one),
        sheet.number(f"{one.n_fast:,} of {one.n_timed:,}" if one.n_timed else "no times"),
        sheet.number(run),
    ]


def _answers(people: PeopleReport, one: Reviewer, reader: str) -> sheet.Cell:
    """Known answers are counted apart: no list may tell them from the others."""
    known = one.known.n if one.known else 0
    made = figure_link.anchor(f"{one.n - known:,}", of_people(people, by=one.rater), reader)
    return ("num", made + (f" and {known:,} known" if known else ""))


def _severity(one: Reviewer) -> str:
    if one.severity is None:
        return "undefined"
    return f"{one.severity.value:+.2f}" + ("" if one.severity.se is None else f" ± {one.severity.se:.2f}")


def _known(one: Reviewer) -> str:
    if one.known is None:
        return "none asked"
    below = f"P(under {one.known.wanted:.0%}) {one.known.p_below:.2f}"
    return f"{one.known.right:,} of {one.known.n:,} right; {below}"


def _share(figure: Estimate) -> str:
    if figure.value is None:
        return f"undefined: {figure.reason}"
    interval = (
        "" if figure.low is None or figure.high is None else f" ({percent(figure.low)} to {percent(figure.high)})"
    )
    return f"{percent(figure.value)} of {figure.n:,}{interval}"


def _meanings(people: PeopleReport) -> list[str]:
    found = people.reviewers
    told = [one.category for one in people.reliability.shares]
    end = f"more often {told[-1]!s}" if people.reliability.scale == "nominal" and told else "higher on the scale"
    first = found.reviewers[0]
    severity = (
        f"Severity: above 0 answers {end} than colleagues do on the same traces, in scale points, with its standard "
        f"error. {found.severity.method}; {found.severity.n:,} answers say something."
    )
    lines = [
        severity,
        f"Drift: answers beside known or settled ones, or else what most of the others said. {first.drift.method}.",
        "Too fast: under 1 s per 60 characters, or far below what the length lets expect. Slow is never a fault.",
        f"Same answer in a row: the longest run; p by a {first.longest_run.method}.",
    ]
    known = next((one.known for one in found.reviewers if one.known), None)
    lines += [f"Known answers: {known.method}."] if known else []
    lines += [f"Left out: {n:,} ({why})." for why, n in found.excluded.items() if n]
    return [*lines, f"{found.n:,} answers in all; seed {found.seed}."]


def _plain(people: PeopleReport, one: Reviewer) -> dict[str, object]:
    severity, known = one.severity, one.known
    return {
        "criterion": people.criterion,
        "rubric_version": people.rubric_version,
        "reviewer": one.rater,
        "answers": one.n,
        "severity": severity and severity.value,
        "severity_se": severity and severity.se,
        "severity_shrunk": severity and severity.shrunk,
        "drift": one.drift.state,
        "drift_value": one.drift.value,
        "drift_limit": one.drift.limit,
        "differs": one.drift.n_disagreed,
        "compared": one.drift.n,
        "known_right": known and known.right,
        "known_asked": known and known.n,
        "known_accuracy": known and known.accuracy,
        "known_p_below": known and known.p_below,
        "too_fast": one.n_fast,
        "timed": one.n_timed,
        "longest_run": one.longest_run.length,
        "longest_run_p": one.longest_run.p,
        "flags": "; ".join(flag.kind for flag in one.flags),
    }
