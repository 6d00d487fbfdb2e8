"""The pages of those who lead, drawn and clicked without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from review_app import actions

from .projects import needs_installed
from .test_pages import opened, words


def adjudicate_page() -> None:
    from review_app.ui.screens import adjudicate

    adjudicate.page()


def team_page() -> None:
    from review_app.ui.screens import team

    team.page()


def coding_page() -> None:
    from review_app.ui.screens import coding

    coding.page()


def traces_page() -> None:
    from review_app.ui.screens import traces

    traces.page()


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label))
    return found.click().run()


def sent(test: AppTest) -> str:
    """Everything the page sends, what it gives our component included."""
    return "".join(str(getattr(node, "proto", "")) for node in test.main)


def pick(test: AppTest, label: str, value: object) -> None:
    next(box for box in test.selectbox if box.label == label).set_value(value)


def test_a_dispute_is_settled_by_clicks(disputed: Path) -> None:
    needs_installed()
    test = opened(adjudicate_page, "lea").run()
    assert not test.exception
    assert "ana finds t-001 rude." in words(test)
    assert "It reads well." not in sent(test)
    pick(test, "Answer 1", "fail")
    test.text_area[0].set_value("It is rude.")
    press(test, "Settle")
    assert not test.exception
    assert "This is what the judges had said." in words(test)
    assert "It reads well." in sent(test)
    press(test, "Next")
    assert "Nothing to settle." in words(test)
    assert list(test.dataframe[0].value["settled_by"]) == ["lea"]


def test_a_dispute_without_an_answer_is_an_error_in_words(disputed: Path) -> None:
    needs_installed()
    test = opened(adjudicate_page, "lea").run()
    press(test, "Settle")
    assert not test.exception
    assert "has no settled answer yet" in words(test)
    assert len(actions.to_adjudicate(disputed, "lea")) == 1


def test_the_team_page_tells_the_lead_and_nobody_else(disputed: Path) -> None:
    test = opened(team_page, "lea").run()
    assert not test.exception
    shown = words(test)
    assert "6 of 90 budgeted reviewer-minutes are spent." in shown
    assert "on 1 of them they differ" in shown
    assert shown.index("<td>ana</td>") < shown.index("<td>ben</td>") < shown.index("<td>lea</td>")
    assert "Nobody holds a trace." in shown
    refused = opened(team_page, "ana").run()
    assert "budgeted" not in words(refused)
    assert "What to do:" in words(refused)


def test_the_team_page_shows_who_holds_what(disputed: Path) -> None:
    actions.send_to_queue(disputed, "lea", ["t-000"])
    assert actions.desk(disputed, "lea").items
    test = opened(team_page, "lea").run()
    assert not test.exception
    assert list(test.dataframe[0].value["reviewer"]) == ["lea"]
    assert next(button for button in test.button if button.label == "Release 0").disabled


def test_notes_are_listed_and_codes_managed(disputed: Path) -> None:
    note = actions.coding_board(disputed, "lea").notes["review_id"].iloc[0]
    test = opened(coding_page, "lea").run()
    assert not test.exception
    assert list(test.dataframe[0].value["note"]) == ["ana finds t-001 rude."]
    actions.code_notes(disputed, "lea", [note], "rude")
    test.run()
    pick(test, "Code to change", actions.coding_board(disputed, "lea").counts["code_id"].iloc[0])
    test.text_input[0].set_value("impolite").run()
    press(test, "Rename")
    assert not test.exception
    assert "Renamed: impolite." in words(test)
    assert list(test.dataframe[0].value["codes"]) == ["impolite"]
    test.toggle[0].set_value(True).run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 0


def test_traces_are_searched_and_filtered(disputed: Path) -> None:
    test = opened(traces_page, "lea").run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 3
    test.text_input[0].set_value('"answer 1"').run()
    assert not test.exception
    assert list(test.dataframe[0].value["verdicts"]) == ["judge-a good_enough: pass"]
    pick(test, "Verdict", ("judge-a", "pass"))
    assert len(test.run().dataframe) == 1
    test.text_input[0].set_value("nowhere to be found").run()
    assert "No trace is like that." in words(test)


def test_a_reviewer_s_list_of_traces_says_no_opinion(disputed: Path) -> None:
    test = opened(traces_page, "ana").run()
    assert not test.exception
    assert not {"verdicts", "failed_checks", "model"} & set(test.dataframe[0].value.columns)
    assert not [button for button in test.button if button.label.startswith("Send")]
    assert "Verdict" not in [box.label for box in test.selectbox]
