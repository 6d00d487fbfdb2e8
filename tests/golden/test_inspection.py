"""What an inspection finds in a case, and what it leaves alone."""

from __future__ import annotations

import pytest

from review_app.golden.inspection import Case, inspect

ASKED = "Can I send back a kettle that I have used once, and who pays for the parcel?"
GOOD = "Yes. You have 30 days, and we pay for the parcel if you use our label."


def case(example_id: str = "ex-new", /, asked: str = ASKED, output: str = GOOD, **other: object) -> Case:
    review = {"is_bad": False, "note": "quotes the right deadline"}
    said = {name: other.pop(name) for name in ("is_bad", "note") if name in other}
    content = {
        "trace": {"trace_id": example_id, "messages": [{"role": "user", "content": asked}], "output": output},
        "review": review | said,
        "expected": other.pop("expected", output),
    }
    plain = {"group": "g", "split": "dev", "reason": "the commonest question"} | other
    return Case(example_id=example_id, content=content, **plain)  # type: ignore[arg-type]


OTHER = case("ex-old")


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (case(asked="Where is my parcel, it should have come on Monday?"), []),
        (case(), [("near_duplicate", "ex-old")]),
        (case(is_bad=True, expected=None), [("contradiction", "ex-old")]),
        (
            case(output="No, never, a used kettle stays yours.", expected="You have 14 days."),
            [("contradiction", "ex-old")],
        ),
        (
            case(output="No, never, a used kettle stays yours.", expected="You have 30 days, they said."),
            [("near_duplicate", "ex-old")],
        ),
        (case(split="test"), [("near_duplicate", "ex-old"), ("straddles", "ex-old")]),
        (case("ex-old"), []),
    ],
    ids=[
        "another question",
        "the same question, answered alike",
        "the same answer, called good there and bad here",
        "other numbers expected",
        "a shared number is no contradiction",
        "on the other side of the split",
        "itself",
    ],
)
def test_beside_another(new: Case, found: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.other) for one in inspect(new, [OTHER], 0.8)] == found


def test_what_one_expects_is_what_the_other_was_blamed_for() -> None:
    bad = case("ex-bad", output=GOOD, is_bad=True, expected=None)
    new = case(output="Something else was said by the system here.", expected=GOOD)
    (found,) = inspect(new, [bad], 0.8)
    assert found.kind == "contradiction"
    assert "called bad in the other" in found.says


def test_the_limit_is_the_projects() -> None:
    """One word of sixteen changed: 11 of 17 shingles shared, .65."""
    new = case(asked=ASKED.replace("kettle", "toaster"))
    assert inspect(new, [OTHER], 0.8) == ()
    assert [one.kind for one in inspect(new, [OTHER], 0.6)] == ["near_duplicate"]


def test_personal_data_is_counted_and_not_shown() -> None:
    (found,) = inspect(case(personal={"email": 2, "phone": 1}), [], 0.8)
    assert found.kind == "personal_data"
    assert found.says.endswith("email 2, phone 1")


@pytest.mark.parametrize(
    ("reason", "note", "missing"),
    [("rare", "", True), ("rare", "an old deadline", False), ("a rare one", "", False)],
    ids=["one word", "the note says it", "three words"],
)
def test_a_rationale(reason: str, note: str, missing: bool) -> None:
    assert bool(inspect(case(reason=reason, note=note), [], 0.8)) is missing
