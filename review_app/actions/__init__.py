"""The verbs: everything the tool does, one function each, for the command line, the pages and your own Python.

The only place where reading, thinking and writing meet. A verb's module loads when the verb is first used, so that
`review-app --help` answers at once.
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from review_app.actions.adjudicating import adjudicate, adjudicated, open_dispute, to_adjudicate
    from review_app.actions.auditing import Audit, agreement_seen_by, audit, slice_condition
    from review_app.actions.blind_pairs import PairResults, Preferred, pair_results, send_pairs
    from review_app.actions.browsing import Choices, find_traces, index_traces, rubric_asked, trace_choices
    from review_app.actions.checking import CheckCount, Checked, Found, check_findings, run_checks
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
    from review_app.actions.comparing_runs import (
        CaseAnswer,
        ComparedCase,
        RunSummary,
        changed_cases,
        compared_case,
        run_summaries,
    )
    from review_app.actions.curating import (
        GoldenBoard,
        approve_golden,
        golden_board,
        golden_findings,
        propose_golden,
        reject_golden,
        retire_golden,
    )
    from review_app.actions.demonstrating import make_demo
    from review_app.actions.drawing import Sampled, sample
    from review_app.actions.exporting import export_reviews
    from review_app.actions.feedback import Attached, Taken, attach_feedback, attach_waiting, take_feedback
    from review_app.actions.figure_traces import FigureTraces, slice_text, slice_words, traces_behind
    from review_app.actions.gate_reports import case_links, gate_decision, gate_report
    from review_app.actions.gate_texts import changed_texts
    from review_app.actions.gating import gate
    from review_app.actions.gating_runs import approve_baseline, gate_history, gate_plan, gate_runs, preview_gate
    from review_app.actions.ingesting import Ingested, guess_mapping, ingest
    from review_app.actions.joining import Joined, join_settled, prune_spans
    from review_app.actions.judge_batches import Collected, Submitted, collect_batches, poll_batches, submit_batch
    from review_app.actions.judge_canaries import Canaries, run_canaries
    from review_app.actions.judge_improving import Draft, improve_judge, new_judge
    from review_app.actions.judge_standing import JudgeRecord, judge_record
    from review_app.actions.judge_trust import (
        Compared,
        Split,
        certify_judge,
        compare_judges,
        explain_change,
        split_labels,
    )
    from review_app.actions.judging import Certificate, Judged, Terms, certificate, judge_run, judge_traces
    from review_app.actions.lake_columns import draft_lake
    from review_app.actions.lake_drawing import LakeSampled, sample_lake
    from review_app.actions.measured import measured_agreement
    from review_app.actions.measured import with_topics as agreement_with_topics
    from review_app.actions.measuring import disagreements, measure_agreement, write_agreement
    from review_app.actions.opinions import Imported, import_reviews, import_verdicts
    from review_app.actions.own_figures import OwnWork, own_work
    from review_app.actions.pacing import Pace, pace
    from review_app.actions.past_draws import DrawHistory, PastDraw, draw_history
    from review_app.actions.planning import plan_budgets, plan_sample
    from review_app.actions.previewing import Preview, preview_ingest
    from review_app.actions.projects import doctor, init, project_overview
    from review_app.actions.provenance import GoldenCase, golden_case
    from review_app.actions.pulling import Pulled, Wanted, preview_pull, pull
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
    from review_app.actions.releasing import (
        diff_golden,
        export_golden,
        golden_coverage,
        golden_drift,
        release_golden,
        verify_golden,
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
    from review_app.actions.run_judging import judge_outputs
    from review_app.actions.run_targets import target_named
    from review_app.actions.running import Asked, Ran, list_runs, run_file, run_report, run_target
    from review_app.actions.team_agreement import JudgeAnchoring, TeamAgreement, people_report
    from review_app.actions.tokens import Token, add_token, list_tokens, revoke_token
    from review_app.actions.topping_up import top_up_slice
    from review_app.agreement.discreet import without_reviewers as agreement_without_reviewers
    from review_app.agreement.report import as_dict as agreement_as_dict
    from review_app.agreement.text import as_markdown as agreement_as_markdown
    from review_app.agreement.text import as_text as agreement_as_text
    from review_app.gate.junit import as_junit as decision_as_junit
    from review_app.gate.page import as_html as decision_as_html
    from review_app.gate.planning import as_text as plan_as_text
    from review_app.gate.report import as_dict as decision_as_dict
    from review_app.gate.report import as_markdown as decision_as_markdown
    from review_app.gate.report import as_text as decision_as_text
    from review_app.gate.run_report import as_dict as run_as_dict
    from review_app.gate.run_report import as_text as run_as_text
    from review_app.sampling.forecast_text import as_text as forecast_as_text
    from review_app.sampling.planning import Forecast


def _homes() -> dict[str, tuple[str, str]]:
    """Name here -> (module, name there), as the imports above say: they are the one list of verbs."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in imports
        if node.module and node.module.startswith("review_app.")
        for alias in node.names
    }


_HOMES = _homes()
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
