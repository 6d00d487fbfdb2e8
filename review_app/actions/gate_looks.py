"""What earlier gates saw of the same two systems, and which look at them this one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import takewhile

import orjson

from review_app.actions.workspace import Workspace
from review_app.gate import e_value
from review_app.gate.compare import Comparison
from review_app.gate.decide import PastLooks, decide, wealth_now
from review_app.gate.decision import Decision
from review_app.gate.e_value import Wealth
from review_app.gate.policy import GatePolicy
from review_app.gate.report import as_dict
from review_app.store import golden as golden_table
from review_app.store import looks
from review_app.store.looks import Look, Pair


def decided(
    workspace: Workspace, compared: Comparison, pair: Pair | None, runs: tuple[str, str] = ("", "")
) -> tuple[Decision, Look | None]:
    """The decision, with what earlier looks at this pair of systems saw; and the look it is, to be recorded, None where
    it tests nothing that was not tested before. pair: None where nobody said which systems these are: then it is a
    first look. runs: ids of baseline and candidate, empty for files: what is in another file was measured anew."""
    policy = workspace.settings.gate
    if pair is None:
        return decide(compared, policy), None
    made, evidence = looks.of_pair(workspace.store, pair), _evidence(compared)
    same = next((look for look in made if look.evidence == evidence), None)
    before = {rule.name: _before(made, rule.name, evidence) for rule in policy.metrics}
    run = runs[1] or orjson.dumps(evidence).decode()
    past = PastLooks(
        number=len(made) if same is None else same.number - 1,
        wealth={name: _carried(earlier, _bet(name, policy), run) for name, earlier in before.items() if earlier},
    )
    systems = (pair.baseline_series, pair.candidate_series)
    decision = replace(decide(compared, policy, past), baseline=runs[0], candidate=runs[1], systems=systems)
    known = {name for name, earlier in before.items() if len(earlier) < len(_of_metric(made, name))}
    bets = {name: after for name, after in wealth_now(compared, policy, past).items() if name not in known}
    if same is not None or (policy.metrics and not bets):
        return decision, None
    wealth = {_bet(name, policy): after.tolist() for name, after in bets.items()}
    return decision, Look(gate_id="", pair=pair, number=len(made) + 1, evidence=evidence, wealth=wealth, run=run)


def _of_metric(made: Sequence[Look], name: str) -> list[Look]:
    """The looks that put this metric to a test."""
    return [look for look in made if any(bet.rsplit(" ", 2)[0] == name for bet in look.wealth)]


def _before(made: Sequence[Look], name: str, evidence: Mapping[str, str]) -> list[Look]:
    """A metric's looks before this one; the same results looked at again are the look they were."""
    return list(takewhile(lambda look: look.evidence.get(name) != evidence[name], _of_metric(made, name)))


def _carried(earlier: Sequence[Look], bet: str, run: str) -> Wealth:
    return e_value.carried(((look.run, look.wealth) for look in earlier), run).get(bet, e_value.broke_even())


def record(workspace: Workspace, decision: Decision, look: Look | None) -> None:
    """Store a decision with its whole report, and the look that it was."""
    report, now = orjson.dumps(as_dict(decision)), datetime.now(UTC)
    gate_id = sha256(report + now.isoformat().encode()).hexdigest()[:16]
    golden_table.record_gate(workspace.store, gate_id, decision.release_number, decision.outcome, report.decode(), now)
    if look is not None:
        looks.record(workspace.store, replace(look, gate_id=gate_id))


def _evidence(compared: Comparison) -> dict[str, str]:
    """For each metric and blocker a hash of every value that was compared."""
    blockers = {f"blocker {name}": frame for name, frame in compared.blockers.items()}
    frames = {**compared.metrics, **blockers}
    return {name: sha256(frame.to_csv().encode()).hexdigest() for name, frame in frames.items()}


def _bet(name: str, policy: GatePolicy) -> str:
    """What the bets are about: a rule with another margin has bets of its own."""
    rule = next(rule for rule in policy.metrics if rule.name == name)
    return f"{rule.name} {rule.direction} {rule.margin:g}"
