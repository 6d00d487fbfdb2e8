"""Two runs of a file: their pages, one changed case side by side, a blind pair answered by keyboard, what came out;
with hostile texts, and by axe's rules in both themes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions
from review_app.actions.running import Asked, run_file

from ..actions.two_runs import GOOD, WORSE, two_runs
from .conftest import Watched
from .desk import press
from .serving import PATIENCE, go_to, picture, serving
from .test_access import violations
from .test_hostile_pages import made_of_text, shown

pytestmark = pytest.mark.browser
Made = tuple[Path, tuple[str, str]]
BAD = '"><img src=x onerror=alert(1)> :red[x] $x$ [x](javascript:alert(1)) <script>alert(1)</script>'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return two_runs(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def project(made: Made) -> Path:
    return made[0]


def test_from_two_runs_to_what_people_prefer(page: Page, address: str, made: Made) -> None:
    project, runs = made
    go_to(page, f"{address}/candidates?reviewer=lea&baseline={runs[0]}&candidate={runs[1]}")
    first = sorted(actions.verify_golden(project).example_ids()[:2])[0]
    page.get_by_role("link", name=first).click()
    expect(page.locator(".rv-side del")).to_have_text("30")
    expect(page.locator(".rv-side ins")).to_have_text("90")
    expect(page.locator(".rv-answer")).to_be_hidden()
    picture(page, "candidates-case")
    page.get_by_role("link", name="All cases").click()
    page.get_by_role("button", name="Send 2 cases as pairs").click()
    expect(page.get_by_text("2 pairs may still come to you")).to_be_visible()
    page.get_by_role("link", name="Compare them").click()
    for done in (1, 2):
        expect(page.locator(".rv-side")).to_have_count(2)
        assert "Baseline" not in page.locator(".rv").inner_text()
        right = page.locator(".rv-side").nth(0).inner_text()
        press(page, "1" if GOOD in right else "2", "Enter")
        expect(page.locator(".rv-count")).to_have_text(f"{done} of 2")
    expect(page.locator(".rv-status")).to_have_text("saved")
    found = actions.pair_results(project, "lea", runs)
    assert found is not None
    assert (found.waiting, found.preferred[0].found.losses) == (0, 2)
    go_to(page, f"{address}/candidates?reviewer=lea&baseline={runs[0]}&candidate={runs[1]}")
    expect(page.get_by_text("2 of 2 pairs are reviewed")).to_be_visible()
    picture(page, "candidates-results")


def named(project: Path, name: str, value: float = 0.0) -> str:
    """A run of a system and with metrics of this name, each answer being the name."""
    path, ids = project.parent / "named.jsonl", actions.verify_golden(project).example_ids()
    path.write_bytes(
        b"\n".join(
            orjson.dumps({"example_id": one, "output": name, "metrics": {BAD: value, f"{BAD} blocks": value}})
            for one in ids
        )
    )
    return run_file(project, path, Asked(series=name)).run_id


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """A server; two runs whose answers are the corpus; two whose names, metrics and notes are BAD, with the gate's
    decision over them."""

    address: str
    cases: tuple[str, ...]
    answers: tuple[str, str]
    names: tuple[str, str]
    gate_id: str


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, corpus: dict[str, str]) -> Iterator[Hostile]:
    texts = [f"{word} {text}" for word, text in corpus.items()]
    parts = ["\n\n".join(texts[start::3]) for start in range(3)]
    project, answers = two_runs(tmp_path_factory.mktemp("hostile"), (parts, [WORSE, *reversed(parts)]))
    names = (named(project, f"{BAD} before", 1.0), named(project, BAD))
    rule = {"name": BAD, "margin": 0.2, "minimum_n": 4}
    (project / "gate.yaml").write_text(json.dumps({"metrics": [rule], "blockers": [{"name": f"{BAD} blocks"}]}))
    actions.approve_baseline(project, "lea", names[0], BAD)
    assert actions.gate_runs(project, names[1], names[0]).outcome == "block"
    gate_id = str(actions.gate_history(project)["gate_id"].iloc[0])
    cases = actions.verify_golden(project).example_ids()
    with serving(project) as address:
        yield Hostile(address=address, cases=cases, answers=answers, names=names, gate_id=gate_id)


def both(runs: tuple[str, str]) -> str:
    return f"candidates?reviewer=lea&baseline={runs[0]}&candidate={runs[1]}"


def test_hostile_names_do_nothing(visitor: Watched, hostile: Hostile, collector: tuple[str, list[str]]) -> None:
    decision = f"gate?reviewer=lea&decision={hostile.gate_id}"
    for place in (both(hostile.answers), both(hostile.names), decision):
        go_to(visitor.page, f"{hostile.address}/{place}")
        expect(visitor.page.locator(".ra table").first).to_be_visible()
        harmless(visitor, collector, place)
        assert BAD in shown(visitor.page)
    assert [url for url in visitor.requests if not url.startswith((hostile.address, "data:", "blob:"))] == []


def test_hostile_answers_do_nothing(
    visitor: Watched, hostile: Hostile, collector: tuple[str, list[str]], corpus: dict[str, str]
) -> None:
    said = ""
    for case in hostile.cases[:3]:
        visitor.page.goto(f"{hostile.address}/{both(hostile.answers)}&case={case}")
        expect(visitor.page.locator(".rv-side")).to_have_count(2)
        harmless(visitor, collector, case)
        said += shown(visitor.page)
    assert [word for word in corpus if word not in said] == []
    picture(visitor.page, "candidates-hostile")
    assert [url for url in visitor.requests if not url.startswith((hostile.address, "data:", "blob:"))] == []


def harmless(visitor: Watched, collector: tuple[str, list[str]], place: str) -> None:
    visitor.page.mouse.move(400, 400)
    visitor.page.wait_for_timeout(300)
    assert made_of_text(visitor.page) == [], place
    assert visitor.alarms == [], place
    assert collector[1] == [], place


@pytest.fixture(params=["light", "dark"])
def themed(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with chromium.new_context(color_scheme=request.param, reduced_motion="reduce") as context:
        yield context.new_page()


def test_axe_finds_nothing(themed: Page, hostile: Hostile) -> None:
    decision = f"gate?reviewer=lea&decision={hostile.gate_id}"
    for place in (both(hostile.answers), decision, f"{both(hostile.answers)}&case={hostile.cases[0]}"):
        themed.goto(f"{hostile.address}/{place}")
        themed.locator("[data-testid=stMain] :is(.rv-side, .ra table)").first.wait_for(timeout=PATIENCE)
        expect(themed.locator("[data-testid=stStatusWidget]")).to_have_count(0)
        assert violations(themed) == [], place
    picture(themed, "candidates-dark")
