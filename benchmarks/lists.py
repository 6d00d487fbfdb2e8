"""Do lists, counts, searches and claims take as long with a million stored traces as with ten thousand?

    python benchmarks/lists.py [traces ...]

Every verb that a page or a command lists with, on two stores that differ in nothing but how many traces were ingested:
the same draw of 1,000 traces, of which 500 are reviewed with a note, and the same golden cases. Each verb runs several
times; the median counts, since a page is opened again and again. Target: the ratio at most 1.5, where a verb takes more
than 20 ms at all. What reads all traffic by its nature (the doctor, the agreement report) is shown, not judged.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from narrow_rows import add_traces, add_verdicts

from review_app import actions
from review_app.actions.workspace import opened
from review_app.store import reviews, rubrics, slots
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview

RATIO, FLOOR_MS, TIMES = 1.5, 20.0, 7
DRAWN, REVIEWED = 1_000, 500
WHO = "ana"
ROUTES = ("returns", "billing", "orders", "account")
NOW = datetime.now(UTC)
WORDS = re.findall(r"\w+", "the kettle came without its lid and the courier left it at number nine")


def main(sizes: list[int]) -> int:
    """Print milliseconds and ratio of each verb; 1 where one grows beyond the target."""
    took = [measured(size) for size in sizes]
    print(f"{'ms, median of ' + str(TIMES):<44}" + "".join(f"{size:>12,}" for size in sizes) + f"{'ratio':>8}")
    missed = []
    for name in took[0]:
        row = [one[name] for one in took]
        ratio = row[-1] / row[0]
        grows = ratio > RATIO and row[-1] > FLOOR_MS
        missed += [name] if grows and not name.startswith("(") else []
        print(f"{name:<44}" + "".join(f"{one:>12.1f}" for one in row) + f"{ratio:>8.2f}{'  GROWS' if grows else ''}")
    print(f"target: at most {RATIO} times as long: {'met' if not missed else 'MISSED by ' + ', '.join(missed)}")
    return int(bool(missed))


def measured(size: int) -> dict[str, float]:
    """Verb -> the median of its milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        actions.init(project)
        store = opened(project).store
        started = time.perf_counter()
        fill(store, size)
        work(project, store)
        print(f"{size:,} traces filled in {time.perf_counter() - started:.0f} s", flush=True)
        found = {name: median(verb) for name, verb in verbs(project).items()}
        store.close()
        return found


def median(verb: Callable[[], object]) -> float:
    """Milliseconds; the first run is for the caches."""
    started = time.perf_counter()
    verb()
    # What takes long is not run more often than a person would wait for.
    times = TIMES if time.perf_counter() - started < 2 else 1
    return statistics.median(timed(verb) for _ in range(times))


def timed(verb: Callable[[], object]) -> float:
    started = time.perf_counter()
    verb()
    return (time.perf_counter() - started) * 1000


def verbs(project: Path) -> Mapping[str, Callable[[], object]]:
    """What the pages and commands list with."""

    def find(**given: object) -> Callable[[], object]:
        text, before = str(given.pop("text", "")), given.pop("before", None)
        return lambda: actions.find_traces(project, WHO, text, given, before=str(before) if before else None)

    return {
        "find_traces: the newest": find(),
        "find_traces: the page after a trace": find(before="t-00005000"),
        "find_traces: one route": find(route="billing"),
        "find_traces: a rare route": find(route="seldom"),
        "find_traces: a route and a language": find(route="returns", language="ja"),
        "find_traces: a day": find(since=NOW - timedelta(days=9), until=NOW - timedelta(days=8)),
        "find_traces: a failed judge's label": find(judge="judge-a", label="fail"),
        "find_traces: a rare label": find(judge="judge-a", label="odd"),
        "find_traces: a rare word": find(text="zebra"),
        "find_traces: a common word": find(text="kettle"),
        "find_traces: words and a route": find(text="kettle lid", route="returns"),
        "find_traces: a word nobody wrote": find(text="xylophone"),
        "trace_choices": lambda: actions.trace_choices(project, WHO),
        "desk: claim": lambda: actions.desk(project, "ben"),
        "open_trace": lambda: actions.open_trace(project, WHO, "t-00000007"),
        "pace": lambda: actions.pace(project, WHO),
        "own_work": lambda: actions.own_work(project, WHO),
        "team": lambda: actions.team(project, WHO),
        "coding_board (notes)": lambda: actions.coding_board(project, WHO),
        "to_adjudicate": lambda: actions.to_adjudicate(project, WHO),
        "adjudicated": lambda: actions.adjudicated(project, WHO),
        "golden_board": lambda: actions.golden_board(project, WHO),
        "golden_coverage": lambda: actions.golden_coverage(project),
        "rubric_changes": lambda: actions.rubric_changes(project, WHO),
        "project_overview": lambda: actions.project_overview(project),
        "draw_history": lambda: actions.draw_history(project, WHO),
        "people_report": lambda: actions.people_report(project, WHO),
        "index_traces: nothing new": lambda: actions.index_traces(project),
        "(doctor)": lambda: actions.doctor(project),
        "(measure_agreement)": lambda: actions.measure_agreement(project, audit=False),
    }


def fill(store: Store, traces: int) -> None:
    """Traces with their text, in the text index, and two verdicts each, as ingests and searches leave them."""
    for start in range(0, traces, 50_000):
        numbers = range(start, min(start + 50_000, traces))
        rows = [row(number, traces) for number in numbers]
        with store.write() as write:
            add_traces(write, rows)
            write.many("INSERT INTO trace_body VALUES (?, 1, 'v1:', ?, 0)", [body(number) for number in numbers])
            add_verdicts(write, [verdict(number, judge) for judge in ("judge-a", "judge-b") for number in numbers])
            write.many("INSERT INTO searchable (trace_id, version, number) VALUES (?, 1, ?)",
                       [(f"t-{number:08d}", number + 1) for number in numbers])  # fmt: skip
            write.many("INSERT INTO trace_text (rowid, words) VALUES (?, ?)",
                       [(number + 1, text(number)) for number in numbers])  # fmt: skip


def row(number: int, traces: int) -> dict[str, object]:
    # The rare ones are as many in either store and the oldest; the days hold as many traces in proportion.
    languages = ("en",) * 30 + ("de",) * 9 + ("ja",)
    route = "seldom" if number < 30 else ROUTES[number % 4]
    at = NOW - timedelta(days=30) * (1 - number / traces)
    return {
        "trace_id": f"t-{number:08d}",
        "at": int(at.timestamp() * 1e6),
        "route": route,
        "model": "aster-1",
        "prompt_version": "v1",
        "language": languages[number % 40],
        "user_feedback": -1.0 if number % 53 == 0 else None,
        "tools": "find_order",
        "searched": 1,
    }


def text(number: int) -> str:
    rare = " zebra" if number < 30 else ""
    return " ".join(WORDS[(number * 7 + step * step) % len(WORDS)] for step in range(25)) + rare


def body(number: int) -> tuple[str, str]:
    name = f"t-{number:08d}"
    return name, f'{{"trace_id":"{name}","messages":[{{"role":"user","content":"{text(number)}"}}],"output":"Yes."}}'


def verdict(number: int, judge: str) -> tuple[str, str, str, float, str]:
    bad = number % (11 if judge == "judge-a" else 13) == 0
    return f"t-{number:08d}", judge, "odd" if number < 20 else "fail" if bad else "pass", 0.8, ""


def work(project: Path, store: Store) -> None:
    """A draw, reviews with notes by three people, and golden cases; the same amount whatever is stored."""
    (project / "sampling.yaml").write_text(f"salt: s\nreviews: {DRAWN}\nshares: {{random: 0.6, flagged: 0.4}}\n")
    actions.sample(project)
    rubric = opened(project).settings.rubric
    rubrics.remember(store, rubric, NOW)
    labels = {one.name: one.values()[0] for one in rubric.criteria}
    for number in range(REVIEWED):
        reviewer = ("ana", "cleo", "dan")[number % 3]
        (claim,) = slots.claim(store, "main", reviewer, 1, NOW)
        reviews.submit(
            store,
            StoredReview(
                review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=claim.trace_id,
                reviewer=reviewer, rubric_version=rubric.version, outcome="judged", note=f"note {number}", at=NOW,
                answers={name: Answer(label=label) for name, label in labels.items()},
            ),
            claim.token,
        )  # fmt: skip
        if number % 20 == 0:
            actions.propose_golden(project, reviewer, claim.trace_id, "edge_case", "typical")


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [10_000, 1_000_000]))
