"""Every number with a link leads to a page that lists exactly what it counts."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from review_app import actions
from review_app.ui.widgets import draw_list, figure_link, reliability_sheet, reviewer_sheet

from ..actions.desks import answer_all, shared_project
from ..actions.test_auditing import spotted_project
from .test_blind_spots_page import blind_spots_page
from .test_lead_pages import reviewers_page, sampling_page
from .test_pages import agreement_page, opened, words

LINK = re.compile(r'<a href="(/figure\?[^"]*)"[^>]*>([^<]*)</a>')
PAGES = {
    "agreement": agreement_page,
    "blind spots": blind_spots_page,
    "reviewers": reviewers_page,
    "sampling": sampling_page,
}


def figure_page() -> None:
    from review_app.ui.screens import figure

    figure.page()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spotted_project(tmp_path_factory.mktemp("spotted"))


@pytest.fixture
def spotted(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(made))
    return made


def links(test: AppTest) -> list[tuple[dict[str, str], str]]:
    """What each link of a page asks for, and its text."""
    found = LINK.findall(words(test))
    return [(dict(parse_qsl(urlsplit(html.unescape(address)).query)), text) for address, text in found]


def followed(asked: dict[str, str]) -> AppTest:
    test = AppTest.from_function(figure_page, default_timeout=30)
    for name, value in asked.items():
        test.query_params[name] = value
    return test.run()


# Cells, figures, bins, weeks and prompt versions; slices and universes; answers and reviewers; draws.
@pytest.mark.parametrize(("page", "least"), [("agreement", 20), ("blind spots", 5), ("reviewers", 4), ("sampling", 1)])
def test_each_link_of_a_page_leads_to_exactly_what_it_counts(spotted: Path, page: str, least: int) -> None:
    test = opened(PAGES[page], "lea").run()
    assert not test.exception
    found = links(test)
    assert len(found) >= least
    for asked, text in found:
        assert asked.pop("reviewer") == "lea"
        traces = actions.traces_behind(spotted, "lea", asked)
        number = re.match(r"[\d,.]+", text)
        if number:
            assert float(number[0].replace(",", "")) == traces.count, (asked, text)
        else:
            assert text == "all that were answered"
    assert any(re.match(r"[1-9]", text) for _, text in found)


@pytest.mark.usefixtures("spotted")
def test_the_page_says_what_was_counted_and_lists_it() -> None:
    asked, text = next(one for one in links(opened(agreement_page, "lea").run()) if one[0].get("said") == "passed")
    test = followed(asked)
    assert not test.exception
    assert len(test.dataframe[0].value) == int(text)
    assert test.dataframe[0].value["open"].iloc[0].startswith("/trace?reviewer=lea&trace_id=t-")
    assert "the judge passes it; people call it bad" in words(test)
    assert f"{text} traces" in words(test)


@pytest.mark.usefixtures("spotted")
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Follow a number"),
        ({"judge": "<img src=x onerror=alert(1)>"}, "What to do:"),
        ({"draw": "none"}, "None to list here."),
        ({"people": "all", "least": "x"}, "What to do:"),
        ({"judge": "judge-a", "criterion": "good_enough", "where": "[1]"}, "What to do:"),
    ],
)
def test_a_wrong_address_is_answered_in_words(asked: dict[str, str], says: str) -> None:
    test = followed({"reviewer": "lea", **asked})
    assert not test.exception
    assert says in words(test)


def test_what_may_not_be_known_yet_is_counted_and_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = spotted_project(tmp_path, 150)
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    judge = actions.measured_agreement(folder, audit=False).judges[0]
    missed = figure_link.of_judge(judge, said="passed", truth="bad")
    example = actions.traces_behind(folder, "lea", missed).traces["trace_id"].iloc[0]
    actions.send_to_queue(folder, "lea", [example])
    test = followed({"reviewer": "lea", **missed})
    assert "1 of them are not listed" in words(test)
    assert example not in str(test.dataframe[0].value)
    assert example not in words(test)


def test_foreign_words_in_a_link_are_escaped() -> None:
    figure = {"judge": '"><script>', "rubric_version": "a&b"}
    made = figure_link.anchor("<b>3", figure, "o'hara")
    assert "<script>" not in made
    assert "<b>" not in made
    assert dict(parse_qsl(urlsplit(html.unescape(LINK.findall(made)[0][0])).query)) == {"reviewer": "o'hara", **figure}


def test_without_an_answer_nothing_is_linked() -> None:
    assert figure_link.anchor("0", {"judge": "a", "rubric_version": ""}, "lea") == "0"


def test_the_files_hold_what_the_tables_show(tmp_path: Path) -> None:
    folder = shared_project(tmp_path / "project", n=24)
    answer_all(folder, "ana", bad=tuple(f"t-{n:03d}" for n in range(16, 24)))
    answer_all(folder, "ben")
    people = next(one for one in actions.people_report(folder, "lea").people if one.criterion == "good_enough")
    shares = reliability_sheet.share_rows(people)
    # Of 48 answers ana failed 8; both answered every trace.
    assert shares.set_index("answer")["share"].to_dict() == pytest.approx({"pass": 40 / 48, "fail": 8 / 48})
    assert shares.set_index("answer")["traces"].to_dict() == {"pass": 24, "fail": 8}
    pairs = reliability_sheet.pair_rows(people)
    assert pairs[["one", "another", "traces"]].to_numpy().tolist() == [["ana", "ben", 24]]
    assert pairs["same answer"].iloc[0] == pytest.approx(16 / 24)
    assert reviewer_sheet.rows(people)["answers"].tolist() == [24, 24]


def test_the_file_of_draws_holds_each_draw(spotted: Path) -> None:
    history = actions.draw_history(spotted, "lea")
    (row,) = draw_list.rows(history).to_dict("records")
    (draw,) = history.draws
    assert (row["frame"], row["added"], row["reviews_done"]) == (480, draw.progress.traces, draw.progress.done)
    counted: pd.DataFrame = draw_list.counted(draw)
    judged = counted[counted["kind"] == "judge"].set_index("what")["value"]
    assert judged["n_flagged"] + judged["n_passed"] + judged["n_without_verdict"] == 480
    assert counted.loc[counted["kind"] == "stratum", "value"].sum() == 480


@pytest.mark.parametrize("page", ["agreement", "blind spots", "reviewers"])
def test_an_empty_page_says_what_to_do_next(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_project(tmp_path / "project")
    if page != "reviewers":
        actions.init(folder := tmp_path / "empty")
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    test = opened(PAGES[page], "lea").run()
    assert not test.exception
    assert "/sampling?reviewer=lea" in words(test)
    assert ">Review</a>" in words(test)
