"""From a number to its traces in a real browser: by keyboard, by an address sent to a colleague, on a telephone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions
from review_app.ui.widgets import figure_link

from ..actions.test_auditing import spotted_project
from .conftest import Watched
from .serving import go_to, picture
from .test_access import violations
from .test_agreement_pages import SETTLED

pytestmark = pytest.mark.browser
TELEPHONE = {"width": 390, "height": 844}
PAGES = ("agreement", "blind-spots", "reviewers", "sampling")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About half of 480 traces are reviewed; the judge misses every bad answer of one route."""
    return spotted_project(tmp_path_factory.mktemp("spotted"))


@pytest.fixture(params=["light", "dark"])
def telephone(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with chromium.new_context(viewport=TELEPHONE, color_scheme=request.param, reduced_motion="reduce") as context:
        yield context.new_page()


def missed(project: Path) -> str:
    """The address of the bad answers the judge missed, as a page writes it."""
    judge = actions.measured_agreement(project, audit=False).judges[0]
    made = figure_link.anchor("n", figure_link.of_judge(judge, said="passed", truth="bad"), "lea")
    return made.split('"')[1].replace("&amp;", "&")


def test_a_cell_is_followed_by_keyboard_and_its_file_holds_what_it_counts(
    project: Path, address: str, visitor: Watched
) -> None:
    judge = actions.measured_agreement(project, audit=False).judges[0]
    page = visitor.page
    go_to(page, f"{address}/agreement?reviewer=lea")
    cell = page.get_by_role("table", name="In the labelled traces").get_by_role("link").nth(2)
    expect(cell).to_have_text(f"{judge.counts.passed_bad:,.0f}", **SETTLED)
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The traces behind a figure")).to_be_visible(**SETTLED)
    expect(page.get_by_text(f"{judge.counts.passed_bad:.0f} traces", exact=True)).to_be_visible(**SETTLED)
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(downloaded.value.path().read_text().splitlines()))
    found = actions.traces_behind(project, "lea", figure_link.of_judge(judge, said="passed", truth="bad"))
    assert [row["trace_id"] for row in rows] == list(found.traces["trace_id"])
    assert len(rows) == judge.counts.passed_bad
    assert [error for error in visitor.errors if "404" not in error] == []


def test_an_address_sent_to_a_colleague_opens_the_same_list(project: Path, address: str, page: Page) -> None:
    go_to(page, f"{address}{missed(project).replace('reviewer=lea', 'reviewer=odo')}")
    expect(page.get_by_text("the judge passes it; people call it bad")).to_be_visible(**SETTLED)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(**SETTLED)
    picture(page, "figure")


def test_the_answers_are_a_table_and_a_file(project: Path, address: str, page: Page) -> None:
    people = next(one for one in actions.people_report(project, "lea").people if one.criterion == "good_enough")
    go_to(page, f"{address}/reviewers?reviewer=lea")
    page.get_by_text("How these were computed").click(**SETTLED)
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="CSV").nth(1).click()
    rows = list(csv.DictReader(downloaded.value.path().read_text().splitlines()))
    table = page.get_by_role("table", name="how often each answer was given")
    for row, one in zip(rows, people.reliability.shares, strict=True):
        assert (row["answer"], int(row["traces"])) == (one.category, one.n_units)
        expect(table.get_by_role("link", name=row["traces"], exact=True)).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_telephone_and_each_meets_wcag(telephone: Page, address: str, path: str) -> None:
    go_to(telephone, f"{address}/{path}?reviewer=lea")
    expect(telephone.locator("[data-testid=stMain] .ra table >> visible=true").first).to_be_visible(**SETTLED)
    assert telephone.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
    main = telephone.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert violations(telephone) == []


def test_the_list_meets_wcag(project: Path, telephone: Page, address: str) -> None:
    go_to(telephone, f"{address}{missed(project)}")
    expect(telephone.get_by_test_id("stDataFrame")).to_be_visible(**SETTLED)
    assert violations(telephone) == []
