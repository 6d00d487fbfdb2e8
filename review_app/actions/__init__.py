"""The verbs: everything the tool does, one function each, for the command line, the pages and your own Python.

The only place where reading, thinking and writing meet. A verb's module loads when the verb is first used, so that
`review-app --help` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from review_app.actions.checking import Checked, run_checks
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
    from review_app.actions.projects import doctor, init, project_overview
    from review_app.actions.reviewing import desk, open_trace, reveal, save_draft, submit_review
    from review_app.agreement.report import as_dict as agreement_as_dict
    from review_app.agreement.text import as_markdown as agreement_as_markdown
    from review_app.agreement.text import as_text as agreement_as_text
    from review_app.gate.report import as_dict as decision_as_dict
    from review_app.gate.report import as_markdown as decision_as_markdown
    from review_app.gate.report import as_text as decision_as_text

_HOME = {
    "Checked": "actions.checking.Checked",
    "Imported": "actions.opinions.Imported",
    "Ingested": "actions.ingesting.Ingested",
    "Sampled": "actions.drawing.Sampled",
    "agreement_as_dict": "agreement.report.as_dict",
    "agreement_as_markdown": "agreement.text.as_markdown",
    "agreement_as_text": "agreement.text.as_text",
    "approve_golden": "actions.curating.approve_golden",
    "decision_as_dict": "gate.report.as_dict",
    "decision_as_markdown": "gate.report.as_markdown",
    "decision_as_text": "gate.report.as_text",
    "desk": "actions.reviewing.desk",
    "disagreements": "actions.measuring.disagreements",
    "doctor": "actions.projects.doctor",
    "export_golden": "actions.curating.export_golden",
    "export_reviews": "actions.exporting.export_reviews",
    "gate": "actions.gating.gate",
    "golden_board": "actions.curating.golden_board",
    "guess_mapping": "actions.ingesting.guess_mapping",
    "import_reviews": "actions.opinions.import_reviews",
    "import_verdicts": "actions.opinions.import_verdicts",
    "ingest": "actions.ingesting.ingest",
    "init": "actions.projects.init",
    "make_demo": "actions.demonstrating.make_demo",
    "measure_agreement": "actions.measuring.measure_agreement",
    "open_trace": "actions.reviewing.open_trace",
    "project_overview": "actions.projects.project_overview",
    "propose_golden": "actions.curating.propose_golden",
    "reject_golden": "actions.curating.reject_golden",
    "release_golden": "actions.curating.release_golden",
    "reveal": "actions.reviewing.reveal",
    "run_checks": "actions.checking.run_checks",
    "sample": "actions.drawing.sample",
    "save_draft": "actions.reviewing.save_draft",
    "submit_review": "actions.reviewing.submit_review",
    "verify_golden": "actions.curating.verify_golden",
}
"""Exported name -> where it lives, below review_app."""

__all__ = [
    "Checked",
    "Imported",
    "Ingested",
    "Sampled",
    "agreement_as_dict",
    "agreement_as_markdown",
    "agreement_as_text",
    "approve_golden",
    "decision_as_dict",
    "decision_as_markdown",
    "decision_as_text",
    "desk",
    "disagreements",
    "doctor",
    "export_golden",
    "export_reviews",
    "gate",
    "golden_board",
    "guess_mapping",
    "import_reviews",
    "import_verdicts",
    "ingest",
    "init",
    "make_demo",
    "measure_agreement",
    "open_trace",
    "project_overview",
    "propose_golden",
    "reject_golden",
    "release_golden",
    "reveal",
    "run_checks",
    "sample",
    "save_draft",
    "submit_review",
    "verify_golden",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'review_app.actions' has no attribute {name!r}")
    module, _, attribute = _HOME[name].rpartition(".")
    return getattr(import_module(f"review_app.{module}"), attribute)
