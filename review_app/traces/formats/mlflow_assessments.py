"""MLflow's assessments: feedback of judges, of code and of people, and the answers that were expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.columns import parsed, text_of
from review_app.traces.formats.foreign_scores import ForeignScore, besides, instant, number_of
from review_app.traces.lines import reject
from review_app.traces.trace import Json

Fields = Mapping[str, Json]

_TAKEN = {"assessment_name", "name", "trace_id", "rationale", "create_time"}
_EXPECTED = ("expected_response", "expected_output", "expected_answer")


def items(
    trace_id: str, assessments: Sequence[Fields], path: Path, line: int
) -> Iterator[Verdict | HumanOpinion | Reject]:
    """A person's feedback as an opinion, every other feedback as a verdict."""
    for number, one in enumerate(assessments):
        if is_kept(one):
            continue
        name = text_of(one.get("assessment_name") or one.get("name"))
        if name is None:
            yield reject(path, line, f"assessments.{number}", "has no name", str(dict(one)).encode(errors="replace"))
            continue
        score = _score(trace_id, name, one)
        yield score.opinion() if _by_person(one) else score.verdict()


def correction(assessments: Sequence[Fields]) -> str | None:
    """The answer that a person expected; None where nobody wrote one."""
    found = (text_of(_object(one.get("expectation")).get("value")) for one in assessments if _is_correction(one))
    return next(found, None)


def is_kept(one: Fields) -> bool:
    """Whether it stays in the trace's metadata: what somebody took back, and what is expected of an answer (facts,
    arguments, a judge's own idea of it; a person's correction too, for who wrote it and when)."""
    return one.get("valid") is False or one.get("feedback") is None


def _is_correction(one: Fields) -> bool:
    expected = _object(one.get("expectation")).get("value")
    named = text_of(one.get("assessment_name") or one.get("name")) in _EXPECTED
    return (
        named
        and isinstance(expected, str)
        and bool(expected.strip())
        and _by_person(one)
        and one.get("valid") is not False
    )


def _by_person(one: Fields) -> bool:
    return _object(one.get("source")).get("source_type") == "HUMAN"


def _score(trace_id: str, name: str, one: Fields) -> ForeignScore:
    feedback = _object(one.get("feedback"))
    value, noted = feedback.get("value"), _object(one.get("metadata"))
    failed = _object(feedback.get("error") or one.get("error"))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return ForeignScore(
        source="mlflow",
        trace_id=trace_id,
        name=name,
        who=text_of(_object(one.get("source")).get("source_id")),
        # The value is the label; where a judge also gave a number, it stands in the metadata.
        label=None if is_number else text_of(value),
        score=number_of(value) if is_number else number_of(noted.get("score")),
        note=text_of(one.get("rationale")),
        noted=noted,
        failure=text_of(failed.get("error_message")) or text_of(failed.get("error_code")),
        at=instant(one.get("create_time")),
        beside=besides(
            {
                **one,
                "source": besides(_object(one.get("source")), ["source_id"]),
                "feedback": besides(feedback, ["value"]),
            },
            _TAKEN,
        ),
    )


def _object(value: Json) -> Fields:
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}
