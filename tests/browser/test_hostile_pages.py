"""The hostile corpus in everything that stands in a list, a table or a choice: ids and metadata of traces, names of
people, judges, queues and codes, notes, corrections, rationales, reasons, the rubric itself. Nothing runs, nothing is
loaded from anywhere else, Streamlit reads none of it as Markdown, and all can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from review_app import actions
from review_app.review.rubric import Criterion, Label, Rubric
from review_app.store import draws, reviews, rubrics, verdicts
from review_app.store.draws import Draw
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview

from ..builders import NOON, a_trace, a_verdict, keep
from .conftest import Watched
from .serving import PATIENCE, go_to, picture

pytestmark = pytest.mark.browser
# Nothing of these is Streamlit's own, inside the page's body, and of ours there is the pane's stylesheet.
MADE = (
    ":is(script, iframe, object, embed, base, meta, link:not([href$='review_pane.css']), marquee, .katex, [onerror], "
    "[onload], [onclick], [onfocus], [ontoggle], [onmouseover], [href^='javascript' i], [href^='data:'], "
    "[href^='vbscript'], [href^='file:'])"
)
LEAD = "lea"
DISPUTED, SECOND = "t-disputed", "t-second"


@pytest.fixture(scope="module")
def texts(corpus: dict[str, str]) -> dict[str, str]:
    """Word -> word and payload, short enough for a cell."""
    return {word: f"{word} {text[:600]}" for word, text in corpus.items() if len(text) <= 600}


@pytest.fixture(scope="module")
def names(texts: dict[str, str]) -> list[str]:
    """All of it in some forty names."""
    return by_five(list(texts.values()))


@pytest.fixture(scope="module")
def rubric(texts: dict[str, str]) -> Rubric:
    """Questions and labels made of what a yaml file can hold."""
    tame = [text for word, text in texts.items() if not word.startswith("unseen")]
    every = " ".join(tame)
    return Rubric(
        name="hostile",
        criteria=(
            Criterion(
                name="good_enough",
                question=every,
                labels=(Label(value="pass", text=every), Label(value="fail", text=":material/home: $x$ :red[fail]")),
                bad=("fail",),
            ),
        ),
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str], names: list[str], rubric: Rubric) -> Path:
    folder = tmp_path_factory.mktemp("hostile-pages")
    actions.init(folder)
    written = {"name": "hostile", "criteria": [_as_yaml(one) for one in rubric.criteria]}
    (folder / "rubric.yaml").write_text(json.dumps(written))
    queue = ":material/home: :red[queue] $x$ <img src=x onerror=alert(1)>"
    (folder / "sampling.yaml").write_text(json.dumps({"salt": "s", "queue": queue, "reviews": 3}))
    store = Store(folder / "review.db")
    rubrics.remember(store, rubric, NOON)
    _traces(store, texts, names)
    _opinions(store, names, rubric)
    _queue(store, queue, len(names))
    store.close()
    for name in names:
        assert actions.desk(folder, name, want=1).items
    _lists(folder, texts, names)
    return folder


def by_five(texts: list[str]) -> list[str]:
    return [" ".join(texts[start : start + 5]) for start in range(0, len(texts), 5)]


def _as_yaml(criterion: Criterion) -> dict[str, object]:
    labels = [{"value": one.value, "text": one.text} for one in criterion.labels]
    return {"name": criterion.name, "question": criterion.question, "labels": labels, "bad": ["fail"]}


def _traces(store: Store, texts: dict[str, str], names: list[str]) -> None:
    """One trace for each text, which is its id, route, language, model and tags; two to judge; one in the queue."""
    short = [text[:500] for text in texts.values()]
    many = [
        a_trace(text, at=NOON + timedelta(minutes=n), route=text, language=text, model=text, tags=(text,))
        for n, text in enumerate(short)
    ]
    judged = [a_trace(name, output=" ".join(names), route=names[0]) for name in (DISPUTED, SECOND)]
    keep(store, [*many, *judged, *(a_trace(f"t-queued-{n:02d}") for n in range(len(names)))])


def _opinions(store: Store, names: list[str], rubric: Rubric) -> None:
    """Everybody judges two traces, in words of the corpus; every fourth of them differs. Eight judges say fail."""
    said = [
        StoredReview(
            review_id=f"{trace_id}-{n}", trace_id=trace_id, reviewer=name, rubric_version=rubric.version,
            outcome="judged", answers={"good_enough": Answer(label="pass" if n % 4 else "fail")}, note=name,
            correction=name, inclusion_probability=1.0, source="file", at=NOON + timedelta(minutes=n),
        )
        for trace_id in (DISPUTED, SECOND)
        for n, name in enumerate(names)
    ]  # fmt: skip
    reviews.add(store, said)
    judges = by_five(names)
    verdicts.save(
        store,
        [
            a_verdict(trace_id, "fail", judge=judge, judge_version=judge[:50], rationale=judge)
            for trace_id in (DISPUTED, SECOND)
            for judge in judges
        ],
    )


def _queue(store: Store, queue: str, n: int) -> None:
    """A trace for everybody to hold."""
    ids = [f"t-queued-{number:02d}" for number in range(n)]
    rows = {"trace_id": ids, "stratum": "x", "eligible": "random", "reasons": "random"}
    drawn = pd.DataFrame({**rows, "inclusion_probability": 1.0, "queue_order": ids})
    draw = Draw(
        draw_id="d", queue=queue, number=1, salt="s", rates={}, frame_size=n, eligible={"random": n},
        verdict_counts={}, flag_rule="", frame="", at=NOON,
    )  # fmt: skip
    draws.save(store, draw, drawn)


def _lists(folder: Path, texts: dict[str, str], names: list[str]) -> None:
    """A code for each short text, two golden cases, of which one is rejected for a reason."""
    notes = list(actions.coding_board(folder, LEAD).notes["review_id"])
    for text in texts.values():
        if len(text) <= 80 and text.isprintable():
            actions.code_notes(folder, LEAD, notes[:2], text)
    for trace_id, name in ((DISPUTED, names[0]), (SECOND, names[1])):
        actions.propose_golden(folder, name, trace_id, "known_failure", " ".join(names))
    first = actions.golden_board(folder, LEAD).proposals["example_id"].iloc[0]
    actions.reject_golden(folder, LEAD, [first], names[2])


def test_lists_tables_and_choices_do_nothing(
    visitor: Watched, address: str, texts: dict[str, str], collector: tuple[str, list[str]]
) -> None:
    walks: dict[str, Callable[[Page, dict[str, str]], None]] = {
        "team": _team, "adjudicate": _adjudicate, "agreement": _agreement, "notes": _notes, "golden": _golden,
        "traces": _searched, "blind-spots": _settled, "reviewers": _settled,
    }  # fmt: skip
    for path, walk in walks.items():
        go_to(visitor.page, f"{address}/{path}?reviewer={LEAD}")
        walk(visitor.page, texts)
        visitor.page.mouse.move(400, 400)
        visitor.page.wait_for_timeout(300)
        picture(visitor.page, f"hostile-{path}")
        assert made_of_text(visitor.page) == [], path
        # What a grid would write is no export of ours: a spreadsheet would run its formulas.
        expect(visitor.page.get_by_label("Download as CSV").locator("visible=true")).to_have_count(0)
        assert visitor.alarms == [], path
        assert collector[1] == [], path
    assert [url for url in visitor.requests if not url.startswith((address, "data:", "blob:"))] == []
    assert [error for error in visitor.errors if "404 (Not Found)" not in error] == []


def test_names_in_the_address_do_nothing(
    visitor: Watched, address: str, texts: dict[str, str], collector: tuple[str, list[str]], project: Path
) -> None:
    """A name is typed into the address, and is told back by an error to who is not one of the people."""
    settings = (project / "project.yaml").read_text()
    (project / "project.yaml").write_text(f"{settings}\npeople: {{{LEAD}: lead}}\n")
    try:
        for word in ("handler0here", "script0here", "address0here", "directive0here", "directive1here", "latex2here"):
            name = texts[word].removeprefix(f"{word} ")[:60]
            visitor.page.goto(f"{address}/team?{urlencode({'reviewer': name})}")
            expect(visitor.page.get_by_text("What to do:")).to_be_visible()
            assert repr(name) in shown(visitor.page)
            assert made_of_text(visitor.page) == [], word
    finally:
        (project / "project.yaml").write_text(settings)
    assert visitor.alarms == []
    assert collector[1] == []


def shown(page: Page) -> str:
    """All text in the page's body, with what stands in the grids' tables for those who hear them."""
    return page.locator("[data-testid=stMain]").evaluate("main => main.textContent")


def made_of_text(page: Page) -> list[str]:
    """Elements that no page of ours has, so that a text must have become them."""
    found = page.locator(f"[data-testid=stMain] {MADE}")
    return found.evaluate_all("all => all.map((one) => one.outerHTML.slice(0, 200))")


def readable(page: Page, texts: dict[str, str]) -> None:
    """Every text is there letter by letter, whatever Markdown, HTML or LaTeX would make of it."""
    found = "".join(shown(page).split())
    plain = {word: text for word, text in texts.items() if text.isprintable()}
    assert [word for word, text in plain.items() if "".join(text.split()) not in found] == []


def in_the_grid(page: Page, text: str) -> None:
    expect(page.locator("[data-testid=data-grid-canvas] td", has_text=text).first).to_be_attached()


def choices(page: Page, label: str) -> list[str]:
    """The first options of a choice, as they are drawn."""
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    box, options = page.get_by_role("combobox", name=label).first, page.get_by_role("option")
    # A page that is still being drawn takes the focus, and the key with it.
    for _ in range(5):
        box.focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(400)
        if options.count():
            break
    found = options.all_text_contents()
    page.keyboard.press("Escape")
    return found


def _team(page: Page, texts: dict[str, str]) -> None:
    expect(page.get_by_text("how far each person is").or_(page.get_by_text("last review (UTC)")).first).to_be_visible()
    readable(page, texts)
    assert ":material/home: :red[queue] $x$ <img src=x" in shown(page)
    in_the_grid(page, "t-queued")


def _adjudicate(page: Page, texts: dict[str, str]) -> None:
    page.locator(".rv-answer").wait_for(timeout=PATIENCE)
    readable(page, texts)
    assert ":material/home: $x$ :red[fail]" in choices(page, "Answer 1")


def _agreement(page: Page, texts: dict[str, str]) -> None:
    expect(page.get_by_role("heading", name="Where judge and people differ")).to_be_visible()
    readable(page, texts)
    assert any("script0here <script>alert(1)</script>" in one for one in choices(page, "Judge"))
    in_the_grid(page, "script0here <script>alert(1)</script>")


def _settled(page: Page, texts: dict[str, str]) -> None:
    """The page is drawn to its end, and names of judges or people stand there as they were typed."""
    expect(page.get_by_text("script0here <script>alert(1)</script>").first).to_be_attached(timeout=2 * PATIENCE)
    drawn = page.get_by_test_id("stApp")
    expect(drawn).to_have_attribute("data-test-script-state", "notRunning", timeout=2 * PATIENCE)
    assert "address0here [x](javascript:alert(1))" in shown(page)


def _notes(page: Page, texts: dict[str, str]) -> None:
    in_the_grid(page, "<script>alert(1)</script>")
    assert any(":material/home:" in one or "alert(1)" in one for one in choices(page, "Code"))


def _golden(page: Page, texts: dict[str, str]) -> None:
    in_the_grid(page, "script0here <script>alert(1)</script>")


def _searched(page: Page, texts: dict[str, str]) -> None:
    in_the_grid(page, "alert(1)")
    for label in ("Route", "Model"):
        assert "address0here [x](javascript:alert(1))" in choices(page, label)
    page.get_by_role("textbox", name="Search").fill(" ".join([*texts.values()][:4]))
    page.keyboard.press("Enter")
    # Only the two that are judged have these words in their text.
    expect(page.get_by_text("2 found.")).to_be_visible()
    page.get_by_role("textbox", name="Search").fill("retu* OR NEAR(kettle) <script>alert(1)</script>")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
