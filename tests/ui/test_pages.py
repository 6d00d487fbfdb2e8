"""Each page, drawn and clicked without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from review_app import actions
from review_app.ui.review_pane import messages

from .projects import RATIONALE, make_project, needs_installed, review

APP = Path(actions.__file__).parents[1] / "ui" / "entry" / "app.py"
pytestmark = pytest.mark.usefixtures("project")


def agreement_page() -> None:
    from review_app.ui.screens import agreement

    agreement.page()


def golden_page() -> None:
    from review_app.ui.screens import golden

    golden.page()


def trace_page() -> None:
    from review_app.ui.screens import trace

    trace.page()


def opened(page: object, reviewer: str = "ida") -> AppTest:
    test = AppTest.from_function(page, default_timeout=30)  # type: ignore[arg-type]
    test.session_state["reviewer"] = reviewer
    return test


def words(test: AppTest) -> str:
    """Every text on the page."""
    kinds = ("html", "text", "caption", "subheader", "header", "info")
    return "\n".join(str(getattr(one, "value", one.proto)) for kind in kinds for one in test.get(kind))


def test_the_first_thing_asked_is_a_name() -> None:
    test = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not test.exception
    assert [box.label for box in test.text_input] == ["Your name"]
    test.text_input[0].set_value("\u202e")
    test.button[0].click().run()
    assert "visible characters" in test.error[0].value


def test_a_name_opens_the_desk_and_stays_in_the_address() -> None:
    needs_installed()
    test = AppTest.from_file(str(APP), default_timeout=30).run()
    test.text_input[0].set_value("  ida   berg ")
    test.button[0].click().run()
    assert not test.exception
    assert test.query_params["reviewer"] in ("ida berg", ["ida berg"])
    assert test.main[0] is not None


def test_what_the_browser_sends_is_stored_by_the_page(project: Path) -> None:
    needs_installed()
    test = AppTest.from_file(str(APP), default_timeout=30)
    test.query_params["reviewer"] = "ida"
    test.run()
    item = actions.desk(project, "ida").items[0]
    entry = {"seq": 1, "kind": "submit", "slot_id": item.slot_id, "token": item.token, "trace_id": item.trace.trace_id}
    outbox = {"boot": "12345678-1", "held": [], "entries": [entry | {"answers": {"good_enough": "pass"}}]}
    assert messages.read(outbox).entries
    test.session_state["pane:ida"] = {"outbox": outbox}
    test.run()
    assert not test.exception
    assert actions.desk(project, "ida").done == 1


def test_agreement_says_what_it_rests_on_and_where_people_differ(project: Path) -> None:
    for _ in range(3):
        review(project, "ida")
    test = opened(agreement_page).run()
    assert not test.exception
    shown = words(test)
    assert "judge-b 1 on good_enough" in shown
    assert "false alarms" in shown
    listed = test.dataframe[0].value
    assert set(listed["judge"]) == {"judge-b"}
    assert listed["open"].iloc[0].startswith("/trace?reviewer=ida&trace_id=t-")


def test_who_still_has_to_judge_a_trace_does_not_learn_that_people_and_judge_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "overlap", n=2, reviews_per_trace=2)
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(project))
    review(project, "ida")
    assert len(opened(agreement_page, "ida").run().dataframe) == 1
    assert len(opened(agreement_page, "noor").run().dataframe) == 0


def test_agreement_without_reviews_is_no_error() -> None:
    test = opened(agreement_page).run()
    assert not test.exception
    assert "None that you may see" in words(test)


def test_golden_from_proposal_to_release(project: Path) -> None:
    trace_id = review(project, "ida", "fail", note="wrong")
    actions.propose_golden(project, "ida", trace_id, "known_failure", "It keeps coming back.")
    test = opened(golden_page, "noor").run()
    assert not test.exception
    assert list(test.dataframe[0].value["reason"]) == ["It keeps coming back."]
    assert [button.label for button in test.button if button.disabled] == ["Approve", "Reject", "Release"]
    actions.approve_golden(project, "noor", list(actions.golden_board(project).proposals["example_id"]))
    test.run()
    next(button for button in test.button if button.label == "Release").click().run()
    assert not test.exception
    assert "Release 1 holds 1 case:" in words(test)
    assert list(test.dataframe[-4].value["number"]) == [1]
    assert list(test.dataframe[-3].value["cases"]) == list(test.dataframe[-2].value["cases"])
    assert set(test.dataframe[-2].value["by"]) == {"layer", "route", "language"}
    assert list(test.dataframe[-1].value["since"]) == [0, 0, 0, 0]


def test_a_golden_case_in_full(project: Path) -> None:
    trace_id = review(project, "ida", "fail", note="wrong, and <b>seen</b>")
    name = actions.propose_golden(project, "ida", trace_id, "known_failure", "It keeps coming back.")
    test = opened(golden_page, "ida").run()
    next(box for box in test.selectbox if box.label == "Case").set_value(name).run()
    assert not test.exception
    said = words(test)
    for part in ("document kb-1", "wrong, and &lt;b&gt;seen", "judge-a", "Why it was drawn", "What happened to it"):
        assert part in said


def test_an_error_of_ours_is_words_and_no_trace(project: Path) -> None:
    trace_id = review(project, "ida", "fail", note="wrong")
    actions.propose_golden(project, "ida", trace_id, "known_failure", "it is seen again")
    actions.approve_golden(project, "noor", list(actions.golden_board(project).proposals["example_id"]))
    actions.release_golden(project, "noor")
    test = opened(golden_page, "noor").run()
    next(button for button in test.button if button.label == "Release").click().run()
    assert not test.exception
    assert "What to do: Approve a new case or retire one first." in words(test)


def test_a_release_that_was_altered_is_words_and_no_trace(project: Path) -> None:
    trace_id = review(project, "ida", "fail", note="wrong")
    actions.propose_golden(project, "ida", trace_id, "known_failure", "it is seen again")
    actions.approve_golden(project, "noor", list(actions.golden_board(project).proposals["example_id"]))
    made = actions.release_golden(project, "noor")
    made.path.chmod(0o644)
    made.path.write_bytes(made.path.read_bytes().replace(b"seen", b"sean"))
    test = opened(golden_page, "noor").run()
    assert not test.exception
    assert "The file was altered after its release" in words(test)


def test_a_trace_page_reveals_only_to_those_who_reviewed(project: Path) -> None:
    needs_installed()
    trace_id = review(project, "ida")
    for reviewer, reveals in (("ida", True), ("noor", False)):
        test = opened(trace_page, reviewer)
        test.query_params["trace_id"] = trace_id
        test.run()
        assert not test.exception
        assert (RATIONALE in str(test.main[0].proto)) == reveals
        # In the rubric's words, as the desk has them, and not as they are stored.
        assert ("Good enough to send?" in str(test.main[0].proto)) == reveals


@pytest.mark.parametrize("trace_id", ["nowhere", "../../etc/passwd", "x" * 9_000], ids=lambda one: one[:10])
def test_an_unknown_trace_is_said_to_be_unknown(trace_id: str) -> None:
    test = opened(trace_page)
    test.query_params["trace_id"] = trace_id
    test.run()
    assert not test.exception
    assert trace_id[:10] in words(test)
