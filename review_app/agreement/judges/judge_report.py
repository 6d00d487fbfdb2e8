"""One judge at one version on one criterion, beside people under one rubric version: every figure there is."""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from review_app.agreement.biases.bias_battery import BiasBattery
from review_app.agreement.biases.bias_effect import BiasEffect
from review_app.agreement.biases.judge_biases import judge_biases
from review_app.agreement.confidence.calibration import Calibration, calibration
from review_app.agreement.design import weights
from review_app.agreement.estimate import Estimate
from review_app.agreement.figures import Cells, Exclusion, Naive, OrdinalPanel
from review_app.agreement.frame import FrameInfo, VerdictCounts
from review_app.agreement.judges import confusion, coverage, naive, ordinal
from review_app.agreement.judges.anchoring import Anchoring, anchoring, before_and_after
from review_app.agreement.judges.estimates import Weighted, estimate
from review_app.agreement.judges.greg import Auxiliaries, greg
from review_app.agreement.judges.ordinal_judge import OrdinalJudge, judge_ordinal
from review_app.agreement.judges.pairing import Pairs
from review_app.agreement.judges.pass_rate import PassRate, pass_rate
from review_app.agreement.judges.rogan_gladen import RoganGladen, rogan_gladen
from review_app.agreement.judges.same_label import SameLabel, same_label
from review_app.agreement.judges.trend import TrendPoint, trend
from review_app.agreement.minimum_evidence import MinimumEvidence
from review_app.agreement.sentence import TOO_FEW_MISSED, missed_note, sentence
from review_app.agreement.slicing.blind_spots import BlindSpots, Search, find_blind_spots
from review_app.review.rubric import Criterion


class Subject(NamedTuple):
    """Which judge, in which version, on which criterion, beside people under which version of the rubric."""

    judge: str
    judge_version: str
    criterion: str
    rubric_version: str


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a report needs besides data. slices: metadata columns in which to look for blind spots; strata:
    those of them the draw gave rates of their own; explore: list what
    may be there, not only what stands after correction. families: judge or model -> its model family.
    audit: also look for blind spots, false alarms and biases, which takes most of the time. minimum: below which
    nothing is said. exchanged: judge of pairs -> the judge it is, shown the two outputs in the other order."""

    generated_at: datetime
    seed: int = 1
    slices: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    explore: bool = False
    families: Mapping[str, str] = field(default_factory=dict)
    exchanged: Mapping[str, str] = field(default_factory=dict)
    unseen: str = ""
    audit: bool = True
    minimum: MinimumEvidence = field(default_factory=MinimumEvidence)


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A labelled trace on which judge and people differ. kind: missed (judge passed it) or false_alarm."""

    trace_id: str
    kind: Literal["missed", "false_alarm"]


@dataclass(frozen=True, kw_only=True)
class JudgeReport:
    """One judge at one version, on one criterion, against people under one rubric version.

    sentence: the finding in plain words. refusal: why there are no weighted figures, "" when there are.
    metrics: METRICS name -> weighted Estimate; empty when refused. cells: None when refused.
    expected_missed: how many failures the judge passed a sample like this one is expected to hold;
    missed_note says so in words when that is too few. pass_rate: None when refused. scale: None where the criterion
    has no scale. by_week, by_prompt: the same rates in parts of the frame. biases: what moves it besides quality.
    blind_spots, false_alarms, biases: None where there was no audit. labels: None where the criterion has two labels or
    none. anchoring: what people changed once they had seen it, everybody first. since_draw: bad answers in the traffic
    that came after the last draw, from its verdicts alone; None where there is none.
    """

    judge: str
    judge_version: str
    criterion: str
    rubric_version: str
    sentence: str
    refusal: str
    n: int
    verdicts: VerdictCounts | None
    counts: Cells
    cells: Cells | None
    metrics: Mapping[str, Estimate]
    naive: Naive | None
    expected_missed: float
    missed_note: str
    excluded: tuple[Exclusion, ...]
    ordinal: tuple[OrdinalPanel, ...]
    blind_spots: BlindSpots | None
    disagreements: tuple[Disagreement, ...]
    pass_rate: PassRate | None
    scale: OrdinalJudge | None
    calibration: Calibration
    by_week: tuple[TrendPoint, ...]
    by_prompt: tuple[TrendPoint, ...]
    false_alarms: BlindSpots | None
    biases: BiasBattery | None
    anchoring: tuple[Anchoring, ...]
    labels: SameLabel | None
    since_draw: RoganGladen | None


class Evidence(NamedTuple):
    """What one judge is measured on. others: verdicts of the other judges on the criterion: trace_id and a column of
    flags per judge that judged the whole frame; totals: of those, how many traces of the frame each flagged.
    votes: what each person said (people.PeopleLabels.votes). beside: biases that only another judge's verdicts show."""

    pairs: Pairs
    criterion: Criterion
    verdicts: pd.DataFrame
    reviews: pd.DataFrame
    others: pd.DataFrame
    totals: Mapping[str, int]
    votes: pd.DataFrame
    beside: tuple[BiasEffect, ...]


def judge_report(
    subject: Subject, seen: Evidence, frame: FrameInfo, setup: Setup, left_out: tuple[Exclusion, ...]
) -> JudgeReport:
    """Everything about one judge. left_out: reviews that could have counted and did not."""
    counts, pairs = frame.of(*subject[:3]), seen.pairs
    weighted = _weighted(subject, pairs, frame, setup)
    expected_missed = _missed(pairs)
    return JudgeReport(
        **subject._asdict(),
        sentence=sentence(weighted.metrics, weighted.refusal),
        refusal=weighted.refusal,
        n=len(pairs.drawn),
        verdicts=counts,
        counts=confusion.count(pairs.drawn["y"].to_numpy(dtype=float), pairs.drawn["flagged"].to_numpy(dtype=bool)),
        cells=weighted.cells,
        metrics=weighted.metrics,
        naive=naive.naive(pairs.judged),
        expected_missed=expected_missed,
        missed_note=missed_note(expected_missed),
        excluded=(*left_out, *pairs.excluded),
        ordinal=ordinal.panels(pairs.scored),
        blind_spots=_spots(pairs, setup, "missed"),
        disagreements=_disagreements(pairs.judged),
        pass_rate=_pass_rate(weighted, counts, seen),
        scale=_scale(subject, seen, counts, setup, weighted.refusal if frame.refusal else ""),
        calibration=calibration(pairs.drawn, _generator(subject, setup, "calibration"), setup.minimum.calibration),
        by_week=_trend(subject, pairs, frame, setup, "week"),
        by_prompt=_trend(subject, pairs, frame, setup, "prompt_version"),
        false_alarms=_spots(pairs, setup, "alarm"),
        biases=_biases(subject, seen, setup),
        anchoring=anchoring(before_and_after(seen.reviews, seen.verdicts)),
        labels=same_label(seen.verdicts, seen.votes, seen.criterion),
        since_draw=None if weighted.refusal else _since_draw(subject, pairs, frame),
    )


def _generator(subject: Subject, setup: Setup, purpose: str = "") -> np.random.Generator:
    # Seeded by name, so that no report changes when another judge joins, and no figure with its neighbour.
    name = "\n".join(subject) + (f"\n{purpose}" if purpose else "")
    return np.random.default_rng([setup.seed, zlib.crc32(name.encode())])


def _weighted(subject: Subject, pairs: Pairs, frame: FrameInfo, setup: Setup) -> Weighted:
    if not subject.rubric_version:
        return Weighted(refusal=f"nobody has reviewed {subject.criterion!r} yet", cells=None, metrics={})
    counts = frame.of(*subject[:3])
    refusal = (
        frame.refusal
        or frame.unknown.get(subject[:3], "")
        or (coverage.refusal(pairs.labelled, counts) if counts else "")
    )
    if refusal:
        return Weighted(refusal=refusal, cells=None, metrics={})
    return estimate(pairs.drawn, counts, _generator(subject, setup), setup.minimum.labels_per_verdict)


def _spots(pairs: Pairs, setup: Setup, kind: Literal["missed", "alarm"]) -> BlindSpots | None:
    if not setup.audit:
        return None
    how = Search(
        kind=kind,
        correction="explore" if setup.explore else "max-T",
        strata=tuple(column for column in setup.strata if column in pairs.drawn),
        minimum_universe=setup.minimum.blind_spots,
        unseen=setup.unseen,
    )
    return find_blind_spots(pairs.drawn, setup.slices, how, np.random.default_rng(setup.seed))


def _pass_rate(weighted: Weighted, counts: VerdictCounts | None, seen: Evidence) -> PassRate | None:
    if weighted.refusal:
        return None
    return pass_rate(counts, weighted.metrics["prevalence"], _by_greg(counts, seen))


def _by_greg(counts: VerdictCounts | None, seen: Evidence) -> Estimate | None:
    """The share of bad answers, sharpened by the other judges where each of them judged every trace of the frame.

    Only where enough missed failures were seen: with fewer its linearised interval holds the truth 86 to 92 times in
    100, and being narrow, it would lead."""
    if counts is None or counts.n_without_verdict or not seen.totals or _missed(seen.pairs) < TOO_FEW_MISSED:
        return None
    rows = seen.pairs.drawn.merge(seen.others, on="trace_id", how="inner")
    if len(rows) < len(seen.pairs.drawn):
        return None
    labelled = rows[list(seen.totals)].astype(float).assign(own=rows["flagged"].astype(float))
    totals = {**{name: float(n) for name, n in seen.totals.items()}, "own": float(counts.n_flagged)}
    known = Auxiliaries(labelled=labelled, totals=totals, size=counts.n_flagged + counts.n_passed)
    found = greg(rows["y"].to_numpy(dtype=float), known, weights(rows))
    return found if found.value is not None else None


def _missed(pairs: Pairs) -> float:
    """Drawn traces the judge passed and people failed; a tie counts half."""
    return float(pairs.drawn.loc[~pairs.drawn["flagged"], "y"].sum())


def _scale(
    subject: Subject, seen: Evidence, counts: VerdictCounts | None, setup: Setup, refusal: str
) -> OrdinalJudge | None:
    criterion, scored = seen.criterion, seen.pairs.scored
    if criterion.kind != "ordinal":
        return None
    if refusal:
        return OrdinalJudge(refusal=refusal, n=0)
    drawn = scored.dropna(subset=["inclusion_probability", "judge_label_score"])
    sample = drawn.assign(
        judge=drawn["judge_label_score"], people=drawn["score"], stratum=drawn["judge_label_score"].astype(int)
    )
    sizes: dict[Hashable, int] | None = None
    if counts and counts.levels:
        sizes = {int(criterion.score(label) or 0): n for label, n in counts.levels.items()}
    return judge_ordinal(sample, sizes, _generator(subject, setup, "scale"), setup.minimum.calibration)


def _trend(subject: Subject, pairs: Pairs, frame: FrameInfo, setup: Setup, kind: str) -> tuple[TrendPoint, ...]:
    mine = {part.part: part.counts for part in frame.parts if part.kind == kind and part.counts.key == subject[:3]}
    if kind not in pairs.drawn or not mine or frame.refusal:
        return ()
    return trend(pairs.drawn, kind, mine, _generator(subject, setup, kind), setup.minimum.labels_per_verdict)


def _biases(subject: Subject, seen: Evidence, setup: Setup) -> BiasBattery | None:
    if not setup.audit:
        return None
    return judge_biases(subject.judge, seen.pairs.drawn, seen.criterion, setup.families, seen.beside)


def _since_draw(subject: Subject, pairs: Pairs, frame: FrameInfo) -> RoganGladen | None:
    """People labelled none of that traffic: all there is to go by is how often the judge was right before it."""
    later = next((counts for counts in frame.later if counts.key == subject[:3]), None)
    judged = later.n_flagged + later.n_passed if later else 0
    if later is None or not judged:
        return None
    source = f"the {frame.size:,} traces the last draw chose from"
    part = judged if later.n_without_verdict else None
    return rogan_gladen(pairs.drawn, later.n_flagged / judged, source, n_judged=part)


def _disagreements(judged: pd.DataFrame) -> tuple[Disagreement, ...]:
    missed = judged.loc[(judged["y"] > 0.5) & ~judged["flagged"], "trace_id"].sort_values()
    alarms = judged.loc[(judged["y"] < 0.5) & judged["flagged"], "trace_id"].sort_values()
    return (
        *(Disagreement(trace_id=trace_id, kind="missed") for trace_id in missed),
        *(Disagreement(trace_id=trace_id, kind="false_alarm") for trace_id in alarms),
    )
