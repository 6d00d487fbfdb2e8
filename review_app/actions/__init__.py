"""The verbs: everything the tool does, one function each, for the command line, the pages and your own Python.

The only place where reading, thinking and writing meet. A verb's module loads when the verb is first used, so that
`review-app --help` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from review_app.actions.adjudicating import adjudicate, adjudicated, open_dispute, to_adjudicate
    from review_app.actions.browsing import Choices, find_traces, index_traces, trace_choices
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
    from review_app.actions.gating import gate
    from review_app.actions.ingesting import Ingested, guess_mapping, ingest
    from review_app.actions.measuring import disagreements, measure_agreement
    from review_app.actions.opinions import Imported, import_reviews, import_verdicts
    from review_app.actions.pacing import Pace, pace
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
    from review_app.agreement.report import as_dict as agreement_as_dict
    from review_app.agreement.text import as_markdown as agreement_as_markdown
    from review_app.agreement.text import as_text as agreement_as_text
    from review_app.gate.report import as_dict as decision_as_dict
    from review_app.gate.report import as_markdown as decision_as_markdown
    from review_app.gate.report import as_text as decision_as_text

_HOME = {
    "Checked": "actions.checking.Checked",
    "Choices": "actions.browsing.Choices",
    "CodingBoard": "actions.coding.CodingBoard",
    "Imported": "actions.opinions.Imported",
    "Ingested": "actions.ingesting.Ingested",
    "Pace": "actions.pacing.Pace",
    "Sampled": "actions.drawing.Sampled",
    "Team": "actions.queueing.Team",
    "adjudicate": "actions.adjudicating.adjudicate",
    "adjudicated": "actions.adjudicating.adjudicated",
    "agreement_as_dict": "agreement.report.as_dict",
    "agreement_as_markdown": "agreement.text.as_markdown",
    "agreement_as_text": "agreement.text.as_text",
    "amend_review": "actions.reviewing.amend_review",
    "approve_golden": "actions.curating.approve_golden",
    "assign": "actions.queueing.assign",
    "code_notes": "actions.coding.code_notes",
    "coding_board": "actions.coding.coding_board",
    "decision_as_dict": "gate.report.as_dict",
    "decision_as_markdown": "gate.report.as_markdown",
    "decision_as_text": "gate.report.as_text",
    "defer": "actions.queueing.defer",
    "desk": "actions.reviewing.desk",
    "disagreements": "actions.measuring.disagreements",
    "doctor": "actions.projects.doctor",
    "export_notes": "actions.coding.export_notes",
    "export_golden": "actions.curating.export_golden",
    "export_reviews": "actions.exporting.export_reviews",
    "find_traces": "actions.browsing.find_traces",
    "gate": "actions.gating.gate",
    "golden_board": "actions.curating.golden_board",
    "guess_mapping": "actions.ingesting.guess_mapping",
    "heartbeat": "actions.queueing.heartbeat",
    "import_reviews": "actions.opinions.import_reviews",
    "import_verdicts": "actions.opinions.import_verdicts",
    "index_traces": "actions.browsing.index_traces",
    "ingest": "actions.ingesting.ingest",
    "init": "actions.projects.init",
    "make_demo": "actions.demonstrating.make_demo",
    "measure_agreement": "actions.measuring.measure_agreement",
    "merge_codes": "actions.coding.merge_codes",
    "note_failing_step": "actions.coding.note_failing_step",
    "open_dispute": "actions.adjudicating.open_dispute",
    "open_trace": "actions.reviewing.open_trace",
    "pace": "actions.pacing.pace",
    "project_overview": "actions.projects.project_overview",
    "propose_golden": "actions.curating.propose_golden",
    "reject_golden": "actions.curating.reject_golden",
    "release_golden": "actions.curating.release_golden",
    "release_lease": "actions.queueing.release_lease",
    "rename_code": "actions.coding.rename_code",
    "require_role": "actions.queueing.require_role",
    "reveal": "actions.reviewing.reveal",
    "role": "actions.queueing.role",
    "run_checks": "actions.checking.run_checks",
    "sample": "actions.drawing.sample",
    "save_draft": "actions.reviewing.save_draft",
    "send_to_queue": "actions.queueing.send_to_queue",
    "sitting": "actions.reviewing.sitting",
    "split_code": "actions.coding.split_code",
    "steps_of": "actions.coding.steps_of",
    "submit_review": "actions.reviewing.submit_review",
    "team": "actions.queueing.team",
    "to_adjudicate": "actions.adjudicating.to_adjudicate",
    "trace_choices": "actions.browsing.trace_choices",
    "uncode_notes": "actions.coding.uncode_notes",
    "verify_golden": "actions.curating.verify_golden",
}
"""Exported name -> where it lives, below review_app."""

__all__ = [
    "Checked",
    "Choices",
    "CodingBoard",
    "Imported",
    "Ingested",
    "Pace",
    "Sampled",
    "Team",
    "adjudicate",
    "adjudicated",
    "agreement_as_dict",
    "agreement_as_markdown",
    "agreement_as_text",
    "amend_review",
    "approve_golden",
    "assign",
    "code_notes",
    "coding_board",
    "decision_as_dict",
    "decision_as_markdown",
    "decision_as_text",
    "defer",
    "desk",
    "disagreements",
    "doctor",
    "export_golden",
    "export_notes",
    "export_reviews",
    "find_traces",
    "gate",
    "golden_board",
    "guess_mapping",
    "heartbeat",
    "import_reviews",
    "import_verdicts",
    "index_traces",
    "ingest",
    "init",
    "make_demo",
    "measure_agreement",
    "merge_codes",
    "note_failing_step",
    "open_dispute",
    "open_trace",
    "pace",
    "project_overview",
    "propose_golden",
    "reject_golden",
    "release_golden",
    "release_lease",
    "rename_code",
    "require_role",
    "reveal",
    "role",
    "run_checks",
    "sample",
    "save_draft",
    "send_to_queue",
    "sitting",
    "split_code",
    "steps_of",
    "submit_review",
    "team",
    "to_adjudicate",
    "trace_choices",
    "uncode_notes",
    "verify_golden",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'review_app.actions' has no attribute {name!r}")
    module, _, attribute = _HOME[name].rpartition(".")
    return getattr(import_module(f"review_app.{module}"), attribute)
