from __future__ import annotations

import pytest

from review_app.agreement.minimum_evidence import MinimumEvidence
from review_app.agreement.raters.people import settle
from review_app.agreement.raters.people_report import PeopleReport, people_reports
from review_app.agreement.raters.people_sections import people_sections
from review_app.agreement.wilson import wilson

from ..builders import RUBRIC, reviews
from ..published import KRIPPENDORFF, long

FEW = MinimumEvidence(double_rated=2)


def numbers(minus: float = 0.0, times: float = 1.0) -> PeopleReport:
    """Krippendorff's table of 2011 as reviewers' numbers."""
    rows = [
        {
            "trace_id": f"t{row.unit}",
            "reviewer": row.rater,
            "criterion": "minutes",
            "label": f"{times * row.value - minus}",
        }
        for row in long(KRIPPENDORFF).itertuples()
    ]
    (found,) = people_reports(settle(reviews(rows), {RUBRIC.version: RUBRIC}), {RUBRIC.version: RUBRIC}, 1, FEW)
    return found


def test_numbers_have_alpha_by_differences_and_by_ratios() -> None:
    found = numbers()
    # Krippendorff (2011), section C
    assert found.reliability.alpha.value == pytest.approx(0.8491071, abs=5e-8)
    assert found.ratio_alpha is not None
    assert found.ratio_alpha.value == pytest.approx(0.7974028, abs=5e-8)
    assert found.ratio_alpha.low < found.ratio_alpha.value < found.ratio_alpha.high
    assert "Krippendorff's alpha, ratio" in [row[0] for section in people_sections(found) for row in section.rows]
    # a unit of measurement matters to neither, where the scale starts to ratios only
    assert numbers(times=60).ratio_alpha.value == pytest.approx(0.7974028, abs=5e-8)
    assert numbers(minus=1).ratio_alpha.value != pytest.approx(0.7974028, abs=1e-3)


def test_numbers_below_zero_have_no_ratios() -> None:
    assert numbers(minus=2).ratio_alpha is None


def test_labels_have_no_ratios() -> None:
    rows = [
        {"trace_id": f"t{n}", "reviewer": who, "criterion": "tone", "label": str(1 + n % 4)}
        for n in range(8)
        for who in ("ana", "ben")
    ]
    (found,) = people_reports(settle(reviews(rows), {RUBRIC.version: RUBRIC}), {RUBRIC.version: RUBRIC}, 1, FEW)
    assert found.ratio_alpha is None


def test_what_people_say_when_asked_again_stands_beside_the_ceiling() -> None:
    # ana: 8 of 10 the same again, ben: 1 of 2; Wilson of 9 in 12
    given = [{"review_id": f"{who}{n}", "trace_id": f"{who}{n}", "reviewer": who, "label": "pass"}
             for who, size in (("ana", 10), ("ben", 2)) for n in range(size)]  # fmt: skip
    again = [
        one
        | {
            "review_id": one["review_id"] + "x",
            "repeat_of": one["review_id"],
            "label": "fail" if place % 5 == 0 else "pass",
        }
        for place, one in enumerate(given)
    ]
    rubrics = {RUBRIC.version: RUBRIC}
    (found,) = people_reports(settle(reviews([*given, *again]), rubrics), rubrics, 1, FEW)
    assert found.ceiling is not None
    own = found.ceiling.self_consistency
    assert (own.value, own.n) == (0.75, 12)
    assert (own.low, own.high) == pytest.approx(wilson(9, 12))
    assert "one reviewer asked again says the same on 75 % (12 answers" in found.ceiling.text
    (alone,) = people_reports(settle(reviews(given), rubrics), rubrics, 1, FEW)
    assert alone.ceiling.self_consistency is None
