"""What earlier gates saw of the same two systems, and which look at them this one is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import orjson

from review_app.actions.workspace import Workspace
from review_app.gate import e_value
from review_app.gate.compare import Comparison
from review_app.gate.decide import PastLooks, decide, wealth_now
from review_app.gate.decision import Decision
from review_app.gate.policy import GatePolicy
from review_app.gate.report import as_dict
from review_app.store import golden as golden_table
from review_app.store import looks
from review_app.store.looks import Look, Pair


def decided(
    workspace: Workspace, compared: Comparison, pair: Pair | None, runs: tuple[str, str] = ("", "")
) -> tuple[Decision, Look | None]:
    """The decision, with what earlier looks at this pair of systems saw; and the look it is, to be recorded, None where
    the same results were looked at before. pair: None where nobody said which systems these are: then it is a first
    look. runs: ids of baseline and candidate, empty for files: what is in another file was measured anew."""
    policy = workspace.settings.gate
    if pair is None:
        return decide(compared, policy), None
    evidence = _evidence(compared)
    made = looks.of_pair(workspace.store, pair)
    same = next((look for look in made if look.evidence == evidence), None)
    before = [look for look in made if same is None or look.number < same.number]
    carried = e_value.carried(((look.run or look.evidence, look.wealth) for look in before), runs[1] or evidence)
    past = PastLooks(
        number=len(before),
        wealth={rule.name: carried[bet] for rule in policy.metrics if (bet := _bet(rule.name, policy)) in carried},
    )
    systems = (pair.baseline_series, pair.candidate_series)
    decision = replace(decide(compared, policy, past), baseline=runs[0], candidate=runs[1], systems=systems)
    if same is not None:
        return decision, None
    wealth = {_bet(name, policy): made.tolist() for name, made in wealth_now(compared, policy, past).items()}
    return decision, Look(gate_id="", pair=pair, number=len(made) + 1, evidence=evidence, wealth=wealth, run=runs[1])


def record(workspace: Workspace, decision: Decision, look: Look | None) -> None:
    """Store a decision with its whole report, and the look that it was."""
    report, now = orjson.dumps(as_dict(decision)), datetime.now(UTC)
    gate_id = sha256(report + now.isoformat().encode()).hexdigest()[:16]
    golden_table.record_gate(workspace.store, gate_id, decision.release_number, decision.outcome, report.decode(), now)
    if look is not None:
        looks.record(workspace.store, replace(look, gate_id=gate_id))


def _evidence(compared: Comparison) -> str:
    """A hash of every value that was compared."""
    parts = [frame.to_csv() for frame in (*compared.metrics.values(), *compared.blockers.values())]
    return sha256("\0".join([*compared.metrics, *compared.blockers, *parts]).encode()).hexdigest()


def _bet(name: str, policy: GatePolicy) -> str:
    """What the bets are about: a rule with another margin has bets of its own."""
    rule = next(rule for rule in policy.metrics if rule.name == name)
    return f"{rule.name} {rule.direction} {rule.margin:g}"
