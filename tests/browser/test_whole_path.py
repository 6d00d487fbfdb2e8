"""From the demo to a golden release, in a real browser, by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions

from ..actions.test_llm_rubric import llm_rubric_project
from ..shared_data import shared
from .serving import at_desk, go_to, picture, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("demo") / "demo"
    actions.make_demo(project)
    return project


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def labelled(page: Page) -> int:
    """On how many labelled traces the first judge's figures rest, as the agreement page says."""
    text = page.get_by_text("Rests on").first.inner_text()
    found = re.search(r"Rests on ([\d,]+) labelled", text)
    assert found, text
    return int(found.group(1).replace(",", ""))


def test_demo_review_reveal_agreement_golden_release(demo: Path, chromium: Browser) -> None:
    with serving(demo) as address:
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        go_to(page, f"{address}/agreement?reviewer=Ana")
        before = labelled(page)

        at_desk(page, address, "Ana")
        expect(page.get_by_text("0 of ", exact=False).first).to_be_visible()
        assert "judge-a" not in page.content()
        press(page, "p", "Enter")
        expect(page.locator(".rv-count")).to_have_text(re.compile(r"^1 of"))
        expect(page.locator(".rv-strip")).to_contain_text("judge-a")
        expect(page.locator(".rv-status")).to_have_text("saved")

        press(page, "f", "1", "n")
        page.keyboard.type("It promises what the article forbids.")
        press(page, "Escape", "g", "3", "Enter")
        expect(page.locator(".rv-count")).to_have_text(re.compile(r"^2 of"))
        expect(page.locator(".rv-status")).to_have_text("saved")
        picture(page, "desk")

        go_to(page, f"{address}/agreement?reviewer=Ana")
        assert labelled(page) == before + 2
        picture(page, "agreement")

        go_to(page, f"{address}/golden?reviewer=Ana")
        expect(page.get_by_text("Waiting for approval")).to_be_visible()
        # The grid is a canvas: its first column ticks a row; the header is 35 px high.
        page.locator("[data-testid=stDataFrame] .dvn-scroller").first.click(position={"x": 35, "y": 52})
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Approved: 1")).to_be_visible()
        page.get_by_role("button", name="Release").click()
        expect(page.get_by_text(re.compile("Release 1 holds 1 cases?: v1:"))).to_be_visible()
        picture(page, "golden")
        page.close()
    case = actions.verify_golden(demo, 1).examples[0]
    assert case["review"]["note"] == "It promises what the article forbids."
    assert case["layer"] == "known_failure"


def test_ten_real_chats_are_reviewed_by_keyboard(tmp_path: Path, chromium: Browser) -> None:
    project = llm_rubric_project(tmp_path, shared("llm-rubric"))
    # Everybody's answers are in already; a second review of some chats is asked for.
    (project / "sampling.yaml").write_text("salt: real\nreviews: 60\nreviews_per_trace: 2\n")
    assert actions.sample(project).held >= 10
    with serving(project) as address:
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        at_desk(page, address, "Ana")
        for number in range(1, 11):
            # Faster than any person: the next chat may still be on its way.
            expect(page.get_by_text("Answer to grade")).to_be_visible()
            press(page, *"343434343", "Enter")
            expect(page.locator(".rv-count")).to_have_text(re.compile(rf"^{number} of"))
        expect(page.locator(".rv-status")).to_have_text("saved")
        picture(page, "real-chats")
        page.close()
    assert actions.desk(project, "Ana").done == 10
