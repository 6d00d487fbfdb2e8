"""How long the agreement report takes over a full store, beside the plain table of the same labels.

    python benchmarks/agreement.py [traces] [labels] [--keep FOLDER]

A store holds a million traces of eight weeks with the verdicts of two judges on each; about 10,000 of them are drawn by
our own sampler and labelled, a fifth of them by two people. Every figure of the report is made, with its interval: each
judge weighted and by week and prompt version, calibration, the panel, people beside people. What is left out is the
audit for blind spots and biases, which has a line and a limit of its own. Counts of all traffic are kept; after new
traces with their verdicts only these are counted, while new verdicts on old traces make all be counted again. Beside
it: reading the same labels into pandas, and pandas' table of them.

Targets: the report in at most 2 s, also the first after new data; blind spots with 3,000 bad answers x 15 columns x
1,000 shuffles in at most 10 s. The report is measured 3 times and the fastest counts, since other programs can only
slow one down.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd
from blind_spots import timed_search
from narrow_rows import add_traces, add_verdicts
from stopwatch import Took, timed

from review_app import actions
from review_app.actions.workspace import opened
from review_app.agreement.slicing.blind_spots import Search
from review_app.store import rubrics
from review_app.store.engine import Store

REPORT_SECONDS, AUDIT_SECONDS, RUNS = 2.0, 10.0, 3
PLAN = "salt: bench\nreviews: {labels}\nshares: {{random: 0.4, flagged: 0.6}}\noverlap: {{first: 0, share: 0.2}}\n"
JUDGES = ("judge-a", "judge-b")
REVIEWERS = ("ana", "ben", "eve")
START, WEEKS = 1_750_000_000_000_000, 8


def main(traces: int, labels: int, folder: Path) -> int:
    """Print every time beside its target; 1 where one is missed."""
    project = folder / "project"
    if not project.exists():
        made(project, traces, labels)
    store = opened(project).store
    quick = partial(actions.measure_agreement, project, audit=False)
    plain, _ = timed(partial(crosstab, store), RUNS)
    nothing_kept, _ = timed(partial(counted_anew, project, store))
    added = [after_new_data(project, store) for _ in range(RUNS)]
    first = Took(min(one.wall for one in added), min(one.cpu for one in added))
    later, report = timed(quick, RUNS)
    whole, _ = timed(partial(actions.measure_agreement, project))
    print(f"{max(judge.n for judge in report.judges):,} labels, {traces:,} traces, {len(JUDGES)} judges")
    print(f"{'plain: labels into pandas, one table per judge':<50}  {plain}")
    met = [
        row("report, first after new data (new is counted)", first, REPORT_SECONDS),
        row("report, next (counts are kept)", later, REPORT_SECONDS),
        row("3,000 x 15 x 1,000: one search for blind spots", timed_search(Search()), AUDIT_SECONDS),
    ]
    print(f"{'report, nothing kept (all traffic is counted)':<50}  {nothing_kept}")
    print(f"{'report with blind spots, false alarms and biases':<50}  {whole}")
    return int(not all(met))


def row(name: str, took: Took, target: float) -> bool:
    """One line; whether its target is met."""
    print(f"{name:<50}  {took}, target {target:g} s: {'met' if took.within(target) else 'MISSED'}")
    return took.within(target)


def after_new_data(project: Path, store: Store) -> Took:
    """The report when a trace and its verdicts have just come in."""
    number = int(store.rows("SELECT count(*) AS n FROM trace")[0]["n"])
    fill(store, range(number, number + 1))
    return timed(partial(actions.measure_agreement, project, audit=False))[0]


def counted_anew(project: Path, store: Store) -> None:
    """The report when no count is kept: the very first, or after verdicts on traces that had been counted."""
    with store.write() as write:
        write.run("DELETE FROM traffic_count")
    actions.measure_agreement(project, audit=False)


def crosstab(store: Store) -> int:
    """The least there is to do: read labels and verdicts, and count one beside the other, unweighted."""
    people = store.frame(
        "SELECT r.trace_id, a.label FROM answer a JOIN review r ON r.review_id = a.review_id "
        "WHERE a.criterion = 'good_enough'"
    )
    said = store.frame(
        "SELECT trace_id, judge, label AS verdict FROM verdict WHERE trace_id IN (SELECT trace_id FROM review)"
    )
    return sum(
        int(pd.crosstab(both["verdict"], both["label"]).to_numpy().sum())
        for _, both in said.merge(people, on="trace_id").groupby("judge")
    )


def made(project: Path, traces: int, labels: int) -> None:
    """A project whose store is full, drawn and labelled."""
    actions.init(project)
    # A fifth of the traces is answered twice.
    (project / "sampling.yaml").write_text(PLAN.format(labels=round(1.2 * labels)))
    store = opened(project).store
    took, _ = timed(lambda: [fill(store, range(at, min(at + 50_000, traces))) for at in range(0, traces, 50_000)])
    actions.sample(project)
    label(project, store)
    print(f"filled in {took}")


def fill(store: Store, numbers: range) -> None:
    """Narrow rows and verdicts as `ingest` and `import verdicts` leave them; a report reads no bodies."""
    with store.write() as write:
        add_traces(write, [trace(number) for number in numbers])
        add_verdicts(write, [verdict(number, judge) for judge in JUDGES for number in numbers])


def trace(number: int) -> dict[str, object]:
    routes, languages = ("returns", "billing", "orders", "account"), ("en",) * 30 + ("de",) * 9 + ("ja",)
    at = START + spread(number, 7) % (WEEKS * 7 * 86_400) * 1_000_000
    length = 200 + spread(number, 5) % 900
    session = f"s-{number // 2}" if number % 10 < 2 else None
    return {
        "trace_id": name(number),
        "at": at,
        "session_id": session,
        "route": routes[number % 4],
        "model": "aster-1",
        "prompt_version": f"p{number % 2}",
        "language": languages[number % 40],
        "output_chars": length,
        "ingested_at": START + number,
    }


def verdict(number: int, judge: str) -> tuple[object, ...]:
    """Each judge flags 5 % of the good answers, and 80 % or 70 % of the bad ones."""
    draw = spread(number, 11 if judge == "judge-a" else 13) % 100
    flagged = draw < (80 if judge == "judge-a" else 70) if is_bad(number) else draw < 5
    sure = 0.5 + spread(number, 17) % 50 / 100
    return name(number), judge, "fail" if flagged else "pass", sure, "because " * 12


def is_bad(number: int) -> bool:
    return spread(number, 3) % 100 < 15


def spread(number: int, kind: int) -> int:
    """A number that depends on nothing but these two, evenly spread (multiplicative hashing, Knuth 6.4)."""
    return ((number + kind * 1_000_003) * 2_654_435_761 % 2**32) >> 8


def name(number: int) -> str:
    return f"t-{number:08d}"


def label(project: Path, store: Store) -> None:
    """Every slot answered, right 19 times in 20, as the desk stores it."""
    rubric, now = rubrics.remember(store, opened(project).settings.rubric, datetime.now(UTC)), START
    slots = store.rows("SELECT slot_id, trace_id FROM slot ORDER BY trace_id, slot_id")
    seen: dict[str, int] = {}
    reviews, answers = [], []
    for place, slot in enumerate(slots):
        number = int(slot["trace_id"].removeprefix("t-"))
        turn = seen[slot["trace_id"]] = seen.get(slot["trace_id"], -1) + 1
        who = REVIEWERS[(number + turn) % len(REVIEWERS)]
        failed = is_bad(number) ^ (spread(place, 19) % 20 == 0)
        reviews.append(
            (slot["slot_id"], slot["slot_id"], slot["trace_id"], who, rubric, 20.0 + place % 40, now + place)
        )
        answers.append((slot["slot_id"], "fail" if failed else "pass"))
    with store.write() as write:
        write.many(
            "INSERT INTO review (review_id, slot_id, trace_id, trace_version, reviewer, rubric_version, outcome, note, "
            "source, seconds, at) VALUES (?, ?, ?, 1, ?, ?, 'judged', '', 'desk', ?, ?)",
            reviews,
        )
        write.many("INSERT INTO answer (review_id, criterion, label) VALUES (?, 'good_enough', ?)", answers)
        write.run("UPDATE slot SET state = 'done', outcome = 'judged'")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", type=int, nargs="?", default=1_000_000)
    parser.add_argument("labels", type=int, nargs="?", default=10_000)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the store for the next run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(asked.traces, asked.labels, asked.keep or Path(scratch)))
