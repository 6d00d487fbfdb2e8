"""The kinds of checks there are, by the `type` they have in checks.yaml."""

from __future__ import annotations

from typing import Any

from review_app.grading.checks.budgets import Budget
from review_app.grading.checks.citations import CitedDocuments
from review_app.grading.checks.forbidden_terms import ForbiddenTerms
from review_app.grading.checks.grounded_names import GroundedNames
from review_app.grading.checks.grounded_numbers import GroundedNumbers
from review_app.grading.checks.json_answer import JsonFields, MatchesSchema, ValidJson
from review_app.grading.checks.language import AnswerLanguage
from review_app.grading.checks.leaks import NoLeaks
from review_app.grading.checks.lengths import Length
from review_app.grading.checks.patterns import ForbiddenPattern, RequiredPattern
from review_app.grading.checks.prompt_leak import PromptLeak
from review_app.grading.checks.quotes import VerbatimQuotes
from review_app.grading.checks.refusals import Refusal
from review_app.grading.checks.right_answer import ExpectedFields, MatchesExpected, RoutingLabel
from review_app.grading.checks.sentence_support import SentenceSupport
from review_app.grading.checks.tool_arguments import ToolArguments
from review_app.grading.checks.tool_calls import ToolCalls

KINDS: dict[str, type[Any]] = {
    "answer_language": AnswerLanguage,
    "budget": Budget,
    "cited_documents": CitedDocuments,
    "expected_fields": ExpectedFields,
    "forbidden_pattern": ForbiddenPattern,
    "forbidden_terms": ForbiddenTerms,
    "grounded_names": GroundedNames,
    "grounded_numbers": GroundedNumbers,
    "json_fields": JsonFields,
    "json_schema": MatchesSchema,
    "length": Length,
    "matches_expected": MatchesExpected,
    "no_leaks": NoLeaks,
    "prompt_leak": PromptLeak,
    "refusal": Refusal,
    "required_pattern": RequiredPattern,
    "routing_label": RoutingLabel,
    "sentence_support": SentenceSupport,
    "tool_arguments": ToolArguments,
    "tool_calls": ToolCalls,
    "valid_json": ValidJson,
    "verbatim_quotes": VerbatimQuotes,
}
