"""Does the search for blind spots find what is there, and keep quiet where there is nothing?

    python benchmarks/blind_spots.py [--runs 60] [--labels 300 1000 3000] [--explore]

The population of 40,000 traces: in language = ja (6 %) the judge flags .40 of the bad answers, in topic = t3 with
tool = yes (4 %) .35, in one theme of the text (8 %) .45, elsewhere .85; it flags 5 % of the good ones. How often an
answer is bad differs by route, language and length. Traces are drawn by five strategies at once: 40 % of the budget
at random, 20 % flagged, 15 % where a second judge disagrees, 15 % where the judge is unsure, 10 % language ja. 15
columns are searched, the last one text clusters.

A report is right when at least half of the bad answers in it are planted ones. Something planted is found when a right
report lies in it for the most part, or holds most of it. Clean runs have the same population with .85 everywhere.
Targets: an alarm in at most 10 of 100 clean runs; 3,000 labels x 15 columns x 1,000 shuffles in at most 10 s.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from stopwatch import Took, timed

from review_app.agreement.slicing.blind_spots import Search, find_blind_spots
from review_app.agreement.slicing.slices import Mask
from review_app.traces import text_clusters

N = 40_000
CLEAN_ALARMS, SECONDS = 0.10, 10.0
ELSEWHERE = 0.85
PLANTED = {"ja": 0.40, "pair": 0.35, "text": 0.45}
# The text as drawn from a few themes; what the audit sees is the words.
THEMES = [
    "refund money return label order parcel", "invoice tax number company address payment",
    "password login account locked reset code", "delivery courier late tracking depot customs",
    "warranty repair defect serial technician part", "subscription cancel renewal plan upgrade month",
    "size fit colour exchange shoes jacket", "coupon discount voucher checkout price basket",
    "allergy ingredient nuts gluten vegan label", "privacy data delete consent export law",
]  # fmt: skip
SHARES = [0.12, 0.12, 0.12, 0.12, 0.12, 0.10, 0.08, 0.08, 0.08, 0.06]
AILING_THEME = 8
FILLER = ["please", "help", "thanks", "customer", "question", "answer", "today", "need", "still", "hello", "could"]
METADATA = ("language", "topic", "tool", "route", "model", "prompt", "tier", "device", "region", "channel", "retrieval",
            "output_chars", "latency_s", "n_turns")  # fmt: skip


@dataclass
class Tally:
    """What became of the runs at one number of labels."""

    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLANTED, 0))
    reports: int = 0
    right: int = 0
    alarms: int = 0


def main(runs: int, sizes: list[int], correction: str) -> int:
    """Print a line per number of labels, then the time; 1 where a target is missed."""
    search = Search(correction=correction, strata=("language",))  # type: ignore[arg-type]
    print(f"{correction}, {runs} runs each; targets: clean alarms <= {CLEAN_ALARMS}, {SECONDS:.0f} s")
    print("labels | recall ja  pair  text | precision | reports/run | clean runs with an alarm")
    missed = [size for size in sizes if not line(size, runs, search)]
    took = timed_search(search)
    print(f"3,000 bad answers x 15 columns x 1,000 shuffles: {took} (target {SECONDS:.0f} s)")
    return int(bool(missed) or not took.within(SECONDS))


def line(size: int, runs: int, search: Search) -> bool:
    """One row of the table; whether clean runs were quiet enough (or no worse than luck at the target)."""
    tally = Tally()
    for run in range(runs):
        show(f"{size:,} labels: run {run + 1} of {runs}")
        dice = np.random.default_rng([size, run])
        count(tally, labelled(population(dice, PLANTED), size, dice), search)
        clean = labelled(population(dice, {}), size, dice)
        tally.alarms += bool(find_blind_spots(clean, (*METADATA, "text"), search, dice).found)
    show("")
    recall = "  ".join(f"{tally.found[name] / runs:4.2f}" for name in PLANTED)
    precision = f"{tally.right / tally.reports:9.2f}" if tally.reports else "        -"
    alarms = tally.alarms / runs
    print(f"{size:6,} |      {recall} | {precision} | {tally.reports / runs:11.1f} | {alarms:.2f}")
    return alarms <= CLEAN_ALARMS + 2 * (CLEAN_ALARMS * (1 - CLEAN_ALARMS) / runs) ** 0.5


def count(tally: Tally, sample: pd.DataFrame, search: Search) -> None:
    """Add one search to the tally."""
    bad = sample[sample["y"] == 1]
    planted = {name: bad[f"in_{name}"].to_numpy() for name in PLANTED}
    everything = np.logical_or.reduce(list(planted.values()))
    found = set()
    for spot in find_blind_spots(sample, (*METADATA, "text"), search, np.random.default_rng(1)).found:
        inside = np.logical_and.reduce([term.holds(bad[term.column]) for term in spot.terms])
        tally.reports += 1
        if everything[inside].mean() >= 0.5:
            tally.right += 1
            found |= {name for name, mask in planted.items() if overlaps(inside, mask)}
    for name in found:
        tally.found[name] += 1


def overlaps(inside: Mask, planted: Mask) -> bool:
    """The slice is mostly planted, by this one, or holds most of it while being right."""
    both = (inside & planted).sum()
    return bool(both >= 0.5 * inside.sum() or both >= 0.5 * planted.sum() > 0)


def population(dice: np.random.Generator, planted: dict[str, float]) -> pd.DataFrame:
    """N traces with 14 columns of metadata, a theme, people's label y and the judge's `flagged`."""
    frame = pd.DataFrame(
        {
            "language": dice.choice(["en", "de", "fr", "es", "ja"], N, p=[0.54, 0.20, 0.12, 0.08, 0.06]),
            "topic": dice.choice([f"t{i}" for i in range(8)], N),
            "tool": dice.choice(["yes", "no"], N, p=[0.32, 0.68]),
            "route": dice.choice(list("abcde"), N),
            "model": dice.choice(["m1", "m2", "m3"], N, p=[0.6, 0.3, 0.1]),
            "prompt": dice.choice(["p1", "p2", "p3", "p4"], N),
            "tier": dice.choice(["free", "paid", "trial"], N, p=[0.6, 0.3, 0.1]),
            "device": dice.choice(["phone", "web"], N),
            "region": dice.choice(["eu", "us", "asia", "other"], N),
            "channel": dice.choice(["chat", "mail", "voice"], N, p=[0.7, 0.2, 0.1]),
            "retrieval": dice.choice(["r1", "r2"], N),
            "output_chars": np.round(dice.lognormal(6, 0.7, N)),
            "latency_s": dice.gamma(2, 1.5, N),
            "n_turns": dice.poisson(3, N) + 1,
            "theme": dice.choice(len(THEMES), N, p=SHARES),
        }
    )
    odds = -1.6 + 0.6 * (frame["route"] == "c") + 0.4 * (frame["language"] == "de") + 0.4 * (frame["tier"] == "trial")
    odds += 0.4 * (np.log(frame["output_chars"]) - 6)
    y = dice.random(N) < 1 / (1 + np.exp(-odds))
    frame = frame.assign(
        trace_id=[f"t{i:05d}" for i in range(N)],
        y=y.astype(float),
        in_ja=frame["language"] == "ja",
        in_pair=(frame["topic"] == "t3") & (frame["tool"] == "yes"),
        in_text=frame["theme"] == AILING_THEME,
    )
    tpr = np.full(N, ELSEWHERE)
    for name, rate in planted.items():
        tpr[frame[f"in_{name}"]] = np.minimum(tpr[frame[f"in_{name}"]], rate)
    return frame.assign(flagged=dice.random(N) < np.where(y, tpr, 0.05))


def labelled(frame: pd.DataFrame, size: int, dice: np.random.Generator) -> pd.DataFrame:
    """About `size` traces by five independent strategies; the text of each, and its cluster."""
    y, flagged = frame["y"] == 1, frame["flagged"]
    disputed = flagged != (dice.random(N) < np.where(y, 0.8, 0.08))
    unsure = dice.random(N) < np.where(y == flagged, 0.08, 0.35)
    strategies = [(0.4, np.ones(N, dtype=bool)), (0.2, flagged), (0.15, disputed), (0.15, unsure),
                  (0.1, frame["language"] == "ja")]  # fmt: skip
    missed_by_all = np.ones(N)
    for share, eligible in strategies:
        missed_by_all *= 1 - np.where(eligible, min(1.0, share * size / eligible.sum()), 0)
    pi = 1 - missed_by_all
    drawn = frame.assign(inclusion_probability=pi)[dice.random(N) < pi]
    more = frame.sample(3_000, random_state=int(dice.integers(2**31)))
    texts = [written(theme, dice) for theme in pd.concat([drawn["theme"], more["theme"]])]
    model = text_clusters.fit(texts)
    return drawn.assign(text=text_clusters.assign(model, texts[: len(drawn)]))


def written(theme: int, dice: np.random.Generator) -> str:
    """A short message: about half of its words are of the theme, the others anybody's."""
    words = [*dice.choice(THEMES[theme].split(), 5), *dice.choice(FILLER, 5)]
    return " ".join(words)


def timed_search(search: Search) -> Took:
    """What one search takes in which all of 3,000 labels are of bad answers, the most there can be."""
    dice = np.random.default_rng(3)
    columns: dict[str, npt.NDArray[np.generic]] = {f"c{i}": dice.choice(list("abcdef"), 3_000) for i in range(9)}
    columns |= {f"x{i}": dice.random(3_000) for i in range(6)}
    sample = pd.DataFrame(columns).assign(
        trace_id=[f"t{i:04d}" for i in range(3_000)], y=1.0, flagged=dice.random(3_000) > 0.2,
        inclusion_probability=0.1, language=columns["c0"],
    )  # fmt: skip
    return timed(lambda: find_blind_spots(sample, list(columns), search))[0]


def show(text: str) -> None:
    """What is under way, on one line of the terminal."""
    if sys.stderr.isatty():
        print(f"\r{text:<60}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--labels", type=int, nargs="+", default=[300, 1_000, 3_000])
    parser.add_argument("--explore", action="store_true", help="Benjamini-Hochberg instead of max-T")
    given = parser.parse_args()
    sys.exit(main(given.runs, given.labels, "explore" if given.explore else "max-T"))
