"""What an edit of the rubric changed, and whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.review.rubric import Criterion, Label, Rubric
from review_app.review.rubric_change import AFFECTED, affected, changes, silent_on

from ..builders import NOON, after

SEND = Criterion(name="send", question="Send it?", labels=(Label(value="yes"), Label(value="no")), bad=("no",))
WHY = Criterion(
    name="why", question="Why not?", kind="categorical", labels=(Label(value="tone"), Label(value="fact")),
    ask_when={"send": ("no",)},
)  # fmt: skip
OLD = Rubric(name="r", criteria=(SEND, WHY))
YES, NO = {"send": "yes"}, {"send": "no", "why": "tone"}


def rubric(**changed: Any) -> Rubric:
    """OLD with the criterion `send` changed."""
    return replace(OLD, criteria=(replace(SEND, **changed), WHY))


def why(**changed: Any) -> Rubric:
    """OLD with the criterion `why` changed."""
    return replace(OLD, criteria=(SEND, replace(WHY, **changed)))


EXTRA = Criterion(name="tone", question="Polite?", labels=SEND.labels)


@pytest.mark.parametrize(
    ("new", "what", "yes", "no"),
    [
        pytest.param(OLD, [], (), (), id="nothing"),
        pytest.param(replace(OLD, name="x"), [], (), (), id="only the name"),
        pytest.param(
            rubric(labels=(Label(value="yes", key="y"), Label(value="no"))), [], (), (), id="only a key"
        ),
        pytest.param(replace(OLD, introduction="Facts first."), [("", "introduction")], (), (), id="introduction"),
        pytest.param(
            replace(OLD, note_required_on_bad=False), [("", "note on a bad label")], (), (), id="notes are free"
        ),
        pytest.param(rubric(question="Send?"), [("send", "wording")], ("send",), ("send",), id="reworded"),
        pytest.param(rubric(help="As it is."), [("send", "wording")], ("send",), ("send",), id="another help"),
        pytest.param(rubric(bad=("yes",)), [("send", "bad labels")], ("send",), ("send",), id="bad labels"),
        pytest.param(rubric(required=False), [("send", "required")], (), (), id="no longer required"),
        pytest.param(rubric(kind="categorical"), [("send", "kind")], ("send",), ("send",), id="kind"),
        pytest.param(
            rubric(labels=(*SEND.labels, Label(value="maybe"))), [("send", "labels")], ("send",), ("send",),
            id="one more label",
        ),
        # Who said yes was never asked why, and is not asked now.
        pytest.param(why(question="Why?"), [("why", "wording")], (), ("why",), id="a conditional question reworded"),
        # Asked of everybody now: those who said yes have no answer, the others' stands.
        pytest.param(why(ask_when=None), [("why", "condition")], ("why",), (), id="asked of all"),
        pytest.param(why(ask_when={"send": ("yes",)}), [("why", "condition")], ("why",), (), id="asked of others"),
        pytest.param(replace(OLD, criteria=(SEND,)), [("why", "removed")], (), (), id="removed"),
        pytest.param(
            replace(OLD, criteria=(SEND, WHY, EXTRA)), [("tone", "added")], ("tone",), ("tone",), id="added"
        ),
    ],
)  # fmt: skip
def test_one_edit(new: Rubric, what: list[tuple[str, str]], yes: tuple[str, ...], no: tuple[str, ...]) -> None:
    assert [(change.criterion, change.what) for change in changes(OLD, new)] == what
    assert silent_on(YES, OLD, new) == yes
    assert silent_on(NO, OLD, new) == no


def test_a_change_is_told_in_words() -> None:
    told = changes(OLD, why(ask_when={"send": ("no", "maybe")}, labels=(Label(value="tone", text="Too curt"),)))
    assert [(one.what, one.before, one.after) for one in told] == [
        ("labels", "tone; fact", "tone: Too curt"),
        ("condition", "send is no", "send is no or maybe"),
    ]


RUBRICS = [OLD, rubric(question="Send?"), why(ask_when=None), replace(OLD, criteria=(SEND, WHY, EXTRA))]


@given(old=st.sampled_from(RUBRICS), new=st.sampled_from(RUBRICS), labels=st.sampled_from([YES, NO, {}]))
def test_only_what_is_asked_now_can_be_silent(old: Rubric, new: Rubric, labels: Mapping[str, str]) -> None:
    found = silent_on(labels, old, new)
    assert set(found) <= {one.name for one in new.criteria if one.asked(labels)}
    assert (changes(old, new) == ()) == (old == new)
    if old == new:
        assert found == ()


def reviews(*rows: dict[str, Any]) -> pd.DataFrame:
    """One row per review, of its answer to `send`."""
    base = {
        "trace_id": "t-1", "reviewer": "ana", "rubric_version": OLD.version, "criterion": "send", "label": "yes",
        "score": None, "note": "", "outcome": "judged", "assisted": False, "repeat_of": None, "at": NOON,
        "seconds": None,
    }  # fmt: skip
    return pd.DataFrame([base | {"review_id": f"r-{n}"} | row for n, row in enumerate(rows)])


NEW = rubric(question="Send?")
CURRENT = {"rubric_version": NEW.version, "at": after(days=1)}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([{}], ["r-0"], id="one"),
        pytest.param([{}, {"reviewer": "ben"}, {"trace_id": "t-2"}], ["r-0", "r-1", "r-2"], id="several"),
        pytest.param([CURRENT], [], id="under the rubric in force"),
        pytest.param([{}, CURRENT], [], id="given again"),
        pytest.param([{}, CURRENT | {"outcome": "cannot_judge", "label": None}], [], id="given again, not judged"),
        pytest.param([{}, CURRENT | {"outcome": "skipped", "label": None}], ["r-0"], id="skipped when asked again"),
        pytest.param([{}, CURRENT | {"assisted": True}], ["r-0"], id="a changed mind is no answer to it"),
        pytest.param([{}, CURRENT | {"reviewer": "ben"}], ["r-0"], id="a colleague's answer"),
        pytest.param([{"assisted": True}], [], id="assisted"),
        pytest.param([{"repeat_of": "r-9"}], [], id="a repeat"),
        pytest.param([{"outcome": "cannot_judge", "label": None, "criterion": None}], [], id="not judged"),
        pytest.param([{}, {"at": after(days=1)}], ["r-1"], id="the latest of two"),
        pytest.param([{"rubric_version": "lost"}], [], id="of a rubric nobody knows"),
    ],
)
def test_whose_reviews_a_change_affects(rows: list[dict[str, Any]], expected: list[str]) -> None:
    found = affected(reviews(*rows), {OLD.version: OLD, NEW.version: NEW}, NEW)
    assert list(found.columns) == list(AFFECTED)
    assert list(found["review_id"]) == expected
    assert set(found["criteria"]) <= {"send"}
