"""The verbs: everything the tool does, one function each, for the command line, the pages and your own Python.

The only place where reading, thinking and writing meet. A verb's module loads when the verb is first used, so that
`review-app --help` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from review_app.actions.adjudicating import adjudicate, adjudicated, open_dispute, to_adjudicate
    from review_app.actions.auditing import Audit, agreement_seen_by, audit, slice_condition
    from review_app.actions.browsing import Choices, find_traces, index_traces, rubric_asked, trace_choices
    from review_app.actions.checking import Checked, run_checks
    from review_app.actions.coding import (
        CodingBoard,
        code_notes,
        coding_board,
        export_notes,
        merge_codes,
        note_failing_step,
        rename_code,
        split_code,
        steps_of,
        uncode_notes,
    )
    from review_app.actions.curating import (
        approve_golden,
        export_golden,
        golden_board,
        propose_golden,
        reject_golden,
        release_golden,
        verify_golden,
    )
    from review_app.actions.demonstrating import make_demo
    from review_app.actions.drawing import Sampled, sample
    from review_app.actions.exporting import export_reviews
    from review_app.actions.feedback import Attached, attach_feedback
    from review_app.actions.gating import gate
    from review_app.actions.ingesting import Ingested, guess_mapping, ingest
    from review_app.actions.joining import Joined, join_settled
    from review_app.actions.measuring import disagreements, measure_agreement, write_agreement
    from review_app.actions.opinions import Imported, import_reviews, import_verdicts
    from review_app.actions.own_figures import OwnWork, own_work
    from review_app.actions.pacing import Pace, pace
    from review_app.actions.past_draws import DrawHistory, PastDraw, draw_history
    from review_app.actions.planning import plan_budgets, plan_sample
    from review_app.actions.previewing import Preview, preview_ingest
    from review_app.actions.projects import doctor, init, project_overview
    from review_app.actions.queueing import (
        Team,
        assign,
        defer,
        heartbeat,
        release_lease,
        require_role,
        role,
        send_to_queue,
        team,
    )
    from review_app.actions.reviewing import (
        amend_review,
        desk,
        open_trace,
        reveal,
        save_draft,
        sitting,
        submit_review,
    )
    from review_app.actions.rubric_changing import RubricChanges, rubric_changes, send_back
    from review_app.actions.team_agreement import JudgeAnchoring, TeamAgreement, people_report
    from review_app.actions.tokens import Token, add_token, list_tokens, revoke_token
    from review_app.actions.topping_up import top_up_slice
    from review_app.agreement.discreet import without_reviewers as agreement_without_reviewers
    from review_app.agreement.report import as_dict as agreement_as_dict
    from review_app.agreement.text import as_markdown as agreement_as_markdown
    from review_app.agreement.text import as_text as agreement_as_text
    from review_app.gate.report import as_dict as decision_as_dict
    from review_app.gate.report import as_markdown as decision_as_markdown
    from review_app.gate.report import as_text as decision_as_text
    from review_app.sampling.forecast_text import as_text as forecast_as_text
    from review_app.sampling.planning import Forecast

_HOME = {
    "Attached": "actions.feedback.Attached",
    "Audit": "actions.auditing.Audit",
    "Checked": "actions.checking.Checked",
    "Choices": "actions.browsing.Choices",
    "CodingBoard": "actions.coding.CodingBoard",
    "DrawHistory": "actions.past_draws.DrawHistory",
    "Forecast": "sampling.planning.Forecast",
    "Imported": "actions.opinions.Imported",
    "Ingested": "actions.ingesting.Ingested",
    "Joined": "actions.joining.Joined",
    "JudgeAnchoring": "actions.team_agreement.JudgeAnchoring",
    "OwnWork": "actions.own_figures.OwnWork",
    "Pace": "actions.pacing.Pace",
    "PastDraw": "actions.past_draws.PastDraw",
    "Preview": "actions.previewing.Preview",
    "RubricChanges": "actions.rubric_changing.RubricChanges",
    "Sampled": "actions.drawing.Sampled",
    "Team": "actions.queueing.Team",
    "TeamAgreement": "actions.team_agreement.TeamAgreement",
    "Token": "actions.tokens.Token",
    "add_token": "actions.tokens.add_token",
    "adjudicate": "actions.adjudicating.adjudicate",
    "adjudicated": "actions.adjudicating.adjudicated",
    "agreement_as_dict": "agreement.report.as_dict",
    "agreement_as_markdown": "agreement.text.as_markdown",
    "agreement_as_text": "agreement.text.as_text",
    "agreement_seen_by": "actions.auditing.agreement_seen_by",
    "agreement_without_reviewers": "agreement.discreet.without_reviewers",
    "amend_review": "actions.reviewing.amend_review",
    "approve_golden": "actions.curating.approve_golden",
    "assign": "actions.queueing.assign",
    "attach_feedback": "actions.feedback.attach_feedback",
    "audit": "actions.auditing.audit",
    "code_notes": "actions.coding.code_notes",
    "coding_board": "actions.coding.coding_board",
    "decision_as_dict": "gate.report.as_dict",
    "decision_as_markdown": "gate.report.as_markdown",
    "decision_as_text": "gate.report.as_text",
    "defer": "actions.queueing.defer",
    "desk": "actions.reviewing.desk",
    "disagreements": "actions.measuring.disagreements",
    "doctor": "actions.projects.doctor",
    "draw_history": "actions.past_draws.draw_history",
    "export_golden": "actions.curating.export_golden",
    "export_notes": "actions.coding.export_notes",
    "export_reviews": "actions.exporting.export_reviews",
    "find_traces": "actions.browsing.find_traces",
    "forecast_as_text": "sampling.forecast_text.as_text",
    "gate": "actions.gating.gate",
    "golden_board": "actions.curating.golden_board",
    "guess_mapping": "actions.ingesting.guess_mapping",
    "heartbeat": "actions.queueing.heartbeat",
    "import_reviews": "actions.opinions.import_reviews",
    "import_verdicts": "actions.opinions.import_verdicts",
    "index_traces": "actions.browsing.index_traces",
    "ingest": "actions.ingesting.ingest",
    "init": "actions.projects.init",
    "join_settled": "actions.joining.join_settled",
    "list_tokens": "actions.tokens.list_tokens",
    "make_demo": "actions.demonstrating.make_demo",
    "measure_agreement": "actions.measuring.measure_agreement",
    "merge_codes": "actions.coding.merge_codes",
    "note_failing_step": "actions.coding.note_failing_step",
    "open_dispute": "actions.adjudicating.open_dispute",
    "open_trace": "actions.reviewing.open_trace",
    "own_work": "actions.own_figures.own_work",
    "pace": "actions.pacing.pace",
    "people_report": "actions.team_agreement.people_report",
    "plan_budgets": "actions.planning.plan_budgets",
    "plan_sample": "actions.planning.plan_sample",
    "preview_ingest": "actions.previewing.preview_ingest",
    "project_overview": "actions.projects.project_overview",
    "propose_golden": "actions.curating.propose_golden",
    "reject_golden": "actions.curating.reject_golden",
    "release_golden": "actions.curating.release_golden",
    "release_lease": "actions.queueing.release_lease",
    "rename_code": "actions.coding.rename_code",
    "require_role": "actions.queueing.require_role",
    "reveal": "actions.reviewing.reveal",
    "revoke_token": "actions.tokens.revoke_token",
    "role": "actions.queueing.role",
    "rubric_asked": "actions.browsing.rubric_asked",
    "rubric_changes": "actions.rubric_changing.rubric_changes",
    "run_checks": "actions.checking.run_checks",
    "sample": "actions.drawing.sample",
    "save_draft": "actions.reviewing.save_draft",
    "send_back": "actions.rubric_changing.send_back",
    "send_to_queue": "actions.queueing.send_to_queue",
    "sitting": "actions.reviewing.sitting",
    "slice_condition": "actions.auditing.slice_condition",
    "split_code": "actions.coding.split_code",
    "steps_of": "actions.coding.steps_of",
    "submit_review": "actions.reviewing.submit_review",
    "team": "actions.queueing.team",
    "to_adjudicate": "actions.adjudicating.to_adjudicate",
    "top_up_slice": "actions.topping_up.top_up_slice",
    "trace_choices": "actions.browsing.trace_choices",
    "uncode_notes": "actions.coding.uncode_notes",
    "verify_golden": "actions.curating.verify_golden",
    "write_agreement": "actions.measuring.write_agreement",
}
"""Exported name -> where it lives, below review_app."""

__all__ = [
    "Attached",
    "Audit",
    "Checked",
    "Choices",
    "CodingBoard",
    "DrawHistory",
    "Forecast",
    "Imported",
    "Ingested",
    "Joined",
    "JudgeAnchoring",
    "OwnWork",
    "Pace",
    "PastDraw",
    "Preview",
    "RubricChanges",
    "Sampled",
    "Team",
    "TeamAgreement",
    "Token",
    "add_token",
    "adjudicate",
    "adjudicated",
    "agreement_as_dict",
    "agreement_as_markdown",
    "agreement_as_text",
    "agreement_seen_by",
    "agreement_without_reviewers",
    "amend_review",
    "approve_golden",
    "assign",
    "attach_feedback",
    "audit",
    "code_notes",
    "coding_board",
    "decision_as_dict",
    "decision_as_markdown",
    "decision_as_text",
    "defer",
    "desk",
    "disagreements",
    "doctor",
    "draw_history",
    "export_golden",
    "export_notes",
    "export_reviews",
    "find_traces",
    "forecast_as_text",
    "gate",
    "golden_board",
    "guess_mapping",
    "heartbeat",
    "import_reviews",
    "import_verdicts",
    "index_traces",
    "ingest",
    "init",
    "join_settled",
    "list_tokens",
    "make_demo",
    "measure_agreement",
    "merge_codes",
    "note_failing_step",
    "open_dispute",
    "open_trace",
    "own_work",
    "pace",
    "people_report",
    "plan_budgets",
    "plan_sample",
    "preview_ingest",
    "project_overview",
    "propose_golden",
    "reject_golden",
    "release_golden",
    "release_lease",
    "rename_code",
    "require_role",
    "reveal",
    "revoke_token",
    "role",
    "rubric_asked",
    "rubric_changes",
    "run_checks",
    "sample",
    "save_draft",
    "send_back",
    "send_to_queue",
    "sitting",
    "slice_condition",
    "split_code",
    "steps_of",
    "submit_review",
    "team",
    "to_adjudicate",
    "top_up_slice",
    "trace_choices",
    "uncode_notes",
    "verify_golden",
    "write_agreement",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'review_app.actions' has no attribute {name!r}")
    module, _, attribute = _HOME[name].rpartition(".")
    return getattr(import_module(f"review_app.{module}"), attribute)
