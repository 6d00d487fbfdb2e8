"""Reviewers and Sampling in a real browser: figures, charts, a draw; whose names reach whom; hostile names; axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions
from review_app.store import reviews, rubrics, verdicts
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview

from ..actions.desks import PEOPLE, answer_all, shared_project
from ..actions.loop import answer, filled_project
from ..builders import NOON, RUBRIC, a_trace, a_verdict, keep
from .conftest import Watched
from .serving import go_to, open_all, picture, serving
from .test_access import violations

pytestmark = pytest.mark.browser
N = 24
# Long enough not to stand in a word of the page.
ONE, OTHER = "annegret", "benedikta"
SETTLED = {"timeout": 20_000}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reviewers rated 24 traces both and differ on the last eight; a lead; a draw of half a dozen more waits."""
    made = shared_project(tmp_path_factory.mktemp("lead") / "project", n=N)
    named = (made / "project.yaml").read_text().replace("ana:", f"{ONE}:").replace("ben:", f"{OTHER}:")
    (made / "project.yaml").write_text(named)
    answer_all(made, ONE, bad=tuple(f"t-{n:03d}" for n in range(N - 8, N)))
    answer_all(made, OTHER)
    return made


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = filled_project(tmp_path_factory.mktemp("drawn"), traces=240, budget=60)
    with (made / "project.yaml").open("a") as file:
        file.write(PEOPLE)
    answer(made, "ana", 12)
    return made


@pytest.fixture(scope="module")
def sampling(drawn: Path) -> Iterator[str]:
    with serving(drawn) as found:
        yield found


@pytest.fixture(params=["light", "dark"])
def themed(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": 1280, "height": 800}
    with chromium.new_context(viewport=size, color_scheme=request.param, reduced_motion="reduce") as context:
        yield context.new_page()


def test_the_lead_reads_every_figure(address: str, page: Page) -> None:
    go_to(page, f"{address}/reviewers?reviewer=lea")
    expect(page.get_by_text("Two people give the same answer on 67 % of traces")).to_be_visible(**SETTLED)
    for label in ("how far people agree", "two reviewers each", "figures of each reviewer"):
        expect(page.get_by_role("table", name=label)).to_be_visible()
    people = page.get_by_role("table", name="figures of each reviewer").locator("tbody tr td:first-child")
    assert people.all_inner_texts() == [ONE, OTHER]
    open_all(page)
    picture(page, "reviewers")
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="CSV").nth(3).click()
    assert f'"{OTHER}"' in downloaded.value.path().read_text()


def test_no_colleague_s_name_reaches_a_reviewer(address: str, watched: Watched) -> None:
    go_to(watched.page, f"{address}/reviewers?reviewer={ONE}")
    expect(watched.page.get_by_role("table", name="figures of each reviewer")).to_be_visible(**SETTLED)
    assert ONE.encode() in watched.received()
    assert OTHER.encode() not in watched.received()
    assert OTHER not in watched.page.content()
    # The same wire does carry it to the lead.
    go_to(watched.page, f"{address}/reviewers?reviewer=lea")
    expect(watched.page.get_by_role("table", name="two reviewers each")).to_be_visible(**SETTLED)
    assert OTHER.encode() in watched.received()


def test_a_reviewer_is_refused_the_sampling_page(address: str, page: Page) -> None:
    go_to(page, f"{address}/reviewers?reviewer={ONE}")
    expect(page.get_by_role("link", name="Sampling")).to_have_count(0)


def test_a_larger_budget_is_drawn(drawn: Path, sampling: str, page: Page) -> None:
    go_to(page, f"{sampling}/sampling?reviewer=lea")
    expect(page.get_by_text("Nothing new: the queue holds")).to_be_visible(**SETTLED)
    page.get_by_label("Budget, in reviews").fill("150")
    page.keyboard.press("Enter")
    expect(page.get_by_text("new traces,")).to_be_visible(**SETTLED)
    before = actions.draw_history(drawn, "lea").draws
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.get_by_text("traces added; the queue holds")).to_be_visible(**SETTLED)
    after = actions.draw_history(drawn, "lea").draws
    assert len(after) == len(before) + 1
    assert after[-1].progress.traces > 0
    expect(page.get_by_role("table", name="draws and waves").locator("tbody tr")).to_have_count(len(after))
    open_all(page)
    picture(page, "sampling")


def test_both_pages_meet_wcag_a_and_aa(themed: Page, address: str, sampling: str) -> None:
    for where in (f"{address}/reviewers?reviewer=lea", f"{sampling}/sampling?reviewer=lea"):
        go_to(themed, where)
        open_all(themed)
        assert violations(themed) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, corpus: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """A server whose reviewers, judge, routes and labels are called by the corpus; and the reviewers' names."""
    texts = [f"{word} {text}" for word, text in corpus.items() if len(text) <= 60 and text.isprintable()]
    names = [" ".join(texts[start::12]) for start in range(12)]
    folder = tmp_path_factory.mktemp("hostile-lead")
    actions.init(folder)
    (folder / "sampling.yaml").write_text("salt: s\nreviews: 12\n")
    store = Store(folder / "review.db")
    rubrics.remember(store, RUBRIC, NOON)
    keep(store, [a_trace(f"t-{n:03d}", route=texts[n % len(texts)]) for n in range(60)])
    said = [
        StoredReview(
            review_id=f"{n}-{who}", trace_id=f"t-{n:03d}", reviewer=name, rubric_version=RUBRIC.version,
            outcome="judged", answers={"good_enough": Answer(label="fail" if who == 0 and n > 11 else "pass")},
            inclusion_probability=1.0, source="file", at=NOON + timedelta(minutes=n), seconds=60.0,
        )
        for n in range(24)
        for who, name in enumerate(names)
    ]  # fmt: skip
    reviews.add(store, said)
    verdicts.save(store, [a_verdict(f"t-{n:03d}", "fail" if n % 4 else "pass", judge=names[1]) for n in range(60)])
    store.close()
    actions.sample(folder)
    with serving(folder) as found:
        yield found, names


def test_hostile_names_are_texts(
    visitor: Watched, hostile: tuple[str, list[str]], collector: tuple[str, list[str]]
) -> None:
    address, names = hostile
    for path, table in (("reviewers", "figures of each reviewer"), ("sampling", "draws and waves")):
        go_to(visitor.page, f"{address}/{path}?reviewer=lea")
        expect(visitor.page.get_by_role("table", name=table)).to_be_visible(**SETTLED)
        open_all(visitor.page)
        canvas = visitor.page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg)").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box
        # A tooltip shows a name as well.
        for part in range(1, 40):
            visitor.page.mouse.move(box["x"] + box["width"] * part / 40, box["y"] + box["height"] * part / 44)
        made = "[data-testid=stMain] :is(script, iframe, object, embed, [onerror], [onload], [href^='javascript' i])"
        assert visitor.page.locator(made).count() == 0
        read = visitor.page.locator("[data-testid=stMain]").inner_text()
        assert " ".join(names[1].split()) in " ".join(read.split())
    assert visitor.alarms == []
    assert collector[1] == []
    assert not [address_of for address_of in visitor.requests if collector[0] in address_of]
