"""The same report without naming traces that somebody may still be asked about."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.report import AgreementReport, PanelReport
from review_app.agreement.slicing.blind_spots import BlindSpots
from review_app.agreement.slicing.uncaught import Uncaught


def without_traces(report: AgreementReport, hidden: Set[str]) -> AgreementReport:
    """No example and no disagreement is one of `hidden`; every figure stays. hidden: trace ids."""
    return replace(
        report,
        judges=tuple(_judge(judge, hidden) for judge in report.judges),
        panels=tuple(_panel(panel, hidden) for panel in report.panels),
        uncaught=report.uncaught and _uncaught(report.uncaught, hidden),
    )


def _judge(judge: JudgeReport, hidden: Set[str]) -> JudgeReport:
    return replace(
        judge,
        disagreements=tuple(one for one in judge.disagreements if one.trace_id not in hidden),
        blind_spots=judge.blind_spots and _spots(judge.blind_spots, hidden),
        false_alarms=judge.false_alarms and _spots(judge.false_alarms, hidden),
    )


def _spots(spots: BlindSpots, hidden: Set[str]) -> BlindSpots:
    return replace(spots, found=tuple(replace(spot, examples=_seen(spot.examples, hidden)) for spot in spots.found))


def _panel(found: PanelReport, hidden: Set[str]) -> PanelReport:
    joint = found.panel.joint
    if joint is None:
        return found
    return replace(found, panel=replace(found.panel, joint=replace(joint, examples=_seen(joint.examples, hidden))))


def _uncaught(found: Uncaught, hidden: Set[str]) -> Uncaught:
    """A first note says what somebody thought: it goes where a trace that has it is hidden."""
    codes = [
        replace(code, examples=seen, note=code.note if seen == code.examples else "")
        for code in found.codes
        for seen in (_seen(code.examples, hidden),)
    ]
    return replace(found, codes=tuple(codes))


def _seen(examples: tuple[str, ...], hidden: Set[str]) -> tuple[str, ...]:
    return tuple(one for one in examples if one not in hidden)
