"""A corpus of hostile texts in every place a text can stand, through the real pages in real Chromium: nothing runs,
nothing is loaded from anywhere else, and everything can still be read. Once under our content policy, and once with
the browser told to ignore it: the pane must not need that second wall."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from review_app import actions
from review_app.store import draws, rubrics
from review_app.store.draws import Draw
from review_app.store.engine import Store
from review_app.traces.trace import Document, Message, Part, ToolCall, Trace

from ..builders import NOON, RUBRIC, keep
from .conftest import Watched
from .desk import press, saved, sit_down
from .serving import PATIENCE

pytestmark = pytest.mark.browser
LOADING = ":is(img, svg, iframe, script, style, link, form, object, embed, video, audio, math, base, meta, template)"
POINTING = ":is([href], [src], [srcset], [style], [action], [onerror], [onload], [onclick], [onfocus])"


# Where six letters before "price [U+202E]001 ot pu", and the first, third and eighth after the mark, stand on screen.
PLACES_AROUND_THE_MARK = """answer => {
  const marks = [...answer.querySelectorAll(".rv-unseen")];
  const mark = marks.find((one) => one.nextSibling?.data?.startsWith("001 ot pu"));
  const left = (node, n) => {
    const range = document.createRange();
    range.setStart(node, n);
    range.setEnd(node, n + 1);
    return range.getBoundingClientRect().left;
  };
  const { previousSibling: before, nextSibling: after } = mark;
  return [left(before, before.data.length - 6), left(after, 0), left(after, 2), left(after, 7)];
}"""


@pytest.fixture(scope="module")
def hostile(corpus: dict[str, str]) -> tuple[Trace, ...]:
    """Three turns of one session, the middle one with the whole corpus in every field."""
    ids = [f"{number} " + "".join(corpus.values())[number * 400 :][:400] for number in range(3)]
    said = together(corpus)
    # Beside the turn to judge a giant text is cut.
    short = together({word: text for word, text in corpus.items() if not word.startswith("giant")})
    beside = {"session_id": said[:400], "messages": (Message(role="user", content=short),), "output": short}
    return (
        Trace(trace_id=ids[0], at=NOON, **beside),
        whole(corpus, ids[1], said),
        Trace(trace_id=ids[2], at=NOON + timedelta(hours=2), **beside),
    )


def together(corpus: dict[str, str]) -> str:
    return "\n\n".join(f"{word} {text}" for word, text in corpus.items())


def whole(corpus: dict[str, str], trace_id: str, said: str) -> Trace:
    short = {word: f"{word} {text[:1500]}" for word, text in corpus.items()}
    parts = tuple(Part(type="image", url=text, media_type=text) for text in short.values())
    named = tuple(Message(role=text, name=text, content=text) for text in short.values())
    return Trace(
        trace_id=trace_id,
        at=NOON + timedelta(hours=1),
        session_id=said[:400],
        route=" ".join(short.values()),
        language=said[:60],
        messages=(Message(role="system", content=said), *named, Message(role="user", content=parts)),
        documents=tuple(Document(id=text[:500], title=text, source=text, text=text) for text in short.values()),
        tool_calls=tuple(
            ToolCall(
                name=text, id=text, arguments={text: [text, {text: text}]}, result=text, error=text if n % 2 else None
            )
            for n, text in enumerate(short.values())
        ),
        output=said,
        error=said,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, hostile: tuple[Trace, ...]) -> Path:
    """The three in a queue, the full one first."""
    folder = tmp_path_factory.mktemp("hostile")
    actions.init(folder)
    store = Store(folder / "review.db")
    rubrics.remember(store, RUBRIC, NOON)
    keep(store, list(hostile))
    names = [hostile[n].trace_id for n in (1, 0, 2)]
    rows = {"trace_id": names, "stratum": "x", "eligible": "random", "reasons": "random", "inclusion_probability": 1.0}
    draw = Draw(
        draw_id="d", queue="main", number=1, salt="s", rates={}, frame_size=3, eligible={"random": 3},
        verdict_counts={}, flag_rule="", frame="", at=NOON,
    )  # fmt: skip
    draws.save(store, draw, pd.DataFrame({**rows, "queue_order": ["a", "b", "c"]}), 5)
    store.close()
    return folder


def test_hostile_texts_do_nothing_and_can_be_read(
    visitor: Watched,
    address: str,
    corpus: dict[str, str],
    hostile: tuple[Trace, ...],
    collector: tuple[str, list[str]],
    request: pytest.FixtureRequest,
) -> None:
    page = visitor.page
    who = f"ida{len(request.node.name)}"
    sit_down(page, address, who)
    look_at(page, corpus)
    press(page, "e")
    page.keyboard.type("x ")
    expect(page.locator(".rv-diff ins").first).to_be_visible()
    press(page, "Escape", "p", "g", "3", "n")
    page.keyboard.type(corpus["handler0here"])
    press(page, "Escape", "Enter")
    saved(page, 1, 3)
    page.goto(f"{address}/trace?{urlencode({'reviewer': who, 'trace_id': hostile[1].trace_id})}")
    page.locator(".rv-answer").wait_for(timeout=PATIENCE)
    look_at(page, corpus)
    assert visitor.alarms == []
    assert collector[1] == []
    assert [url for url in visitor.requests if not url.startswith((address, "data:", "blob:"))] == []
    # Streamlit asks for two files beside a deep link and finds them one level up.
    assert [error for error in visitor.errors if "404 (Not Found)" not in error] == []


def look_at(page: Page, corpus: dict[str, str]) -> None:
    """Open all that is folded, give handlers a moment, and read."""
    page.locator(".rv details:not([open])").evaluate_all("all => all.forEach((fold) => (fold.open = true))")
    page.locator(".rv-more").evaluate_all("all => all.forEach((more) => more.click())")
    page.mouse.move(300, 400)
    page.mouse.move(350, 300)
    page.wait_for_timeout(700)
    assert page.locator(f".rv {LOADING}").count() == 0
    assert page.locator(f".rv {POINTING}").count() == 0
    for place in (".rv-facts", ".rv-system", ".rv-tools", ".rv-answer", ".rv-error", ".rv-docs", ".rv-session"):
        shown = page.locator(place).first.evaluate("place => place.textContent")
        words = [word for word in corpus if place != ".rv-session" or not word.startswith("giant")]
        assert [word for word in words if word not in shown] == [], place
    # What a text says is there, not only the word before it.
    answer = page.locator(".rv-answer").evaluate("place => place.textContent")
    assert answer.count("alert(1)") >= sum(text.count("alert(1)") for text in corpus.values())
    for hidden in ("U+202E", "U+200B", "U+2066", "U+FEFF", "U+001B", "hidden text “ignore”"):
        assert page.locator(f'.rv-answer .rv-unseen[data-name="{hidden}"]').count() > 0


def test_a_turned_text_turns_nothing_around_it(chromium: Browser, address: str) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        sit_down(page, address, "bert")
        order = page.locator(".rv-answer").evaluate(PLACES_AROUND_THE_MARK)
    assert order == sorted(order)
