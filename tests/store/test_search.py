"""Find traces by words and by what is known of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review_app.store import search, verdicts
from review_app.store.blindness import unseen
from review_app.store.engine import Store
from review_app.store.search import Wanted, find
from review_app.traces.trace import Document, Feedback, Message, ToolCall

from ..builders import NOON, a_trace, a_verdict, after, fill_queue, keep


def found(store: Store, text: str = "", **wanted: object) -> list[str]:
    search.fill(store)
    return list(find(store, Wanted(person="ana", text=text, **wanted))["trace_id"])  # type: ignore[arg-type]


@pytest.fixture
def shop(store: Store) -> Store:
    keep(
        store,
        [
            a_trace("old", at=NOON, output="The Crème-brûlée torch is back.", route="stock"),
            a_trace(
                "new", at=after(days=1), messages=(Message(role="user", content="我想退货，水壶坏了"),), language="zh"
            ),
            a_trace("timeless", at=None, output="Nothing.", documents=(Document(id="kb-9", text="Voltage is 230"),)),
            a_trace(
                "tool",
                at=after(days=2),
                tool_calls=(ToolCall(name="find_parcel", arguments={"code": "DHL-77"}, error="timeout"),),
                user_feedback=Feedback(comment="dreadful"),
                correction="hidden correction",
                metadata={"judge": "flagged"},
            ),
        ],
    )
    return store


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["tool", "new", "old", "timeless"], id="everything, newest first"),
        pytest.param("torch", ["old"], id="a word of the output"),
        pytest.param("CREME", ["old"], id="without accents and case"),
        pytest.param("crème-brûlée", ["old"], id="with them"),
        pytest.param("tor ba", ["old"], id="beginnings of two words"),
        pytest.param("torch voltage", [], id="all words in one trace"),
        pytest.param("退货", ["new"], id="a script without blanks"),
        pytest.param("货退", [], id="its order counts"),
        pytest.param("find_parcel", ["tool"], id="a tool"),
        pytest.param("dhl-77", ["tool"], id="its arguments"),
        pytest.param("timeout", ["tool"], id="its error"),
        pytest.param("230", ["timeless"], id="a document"),
        pytest.param("dreadful", [], id="not the user's feedback"),
        pytest.param("hidden", [], id="not the correction"),
        pytest.param("flagged", [], id="not the metadata"),
        pytest.param("???", [], id="only signs"),
        pytest.param('"torch', ["old"], id="an open quote"),
        pytest.param('"torch is back"', ["old"], id="a phrase"),
        pytest.param('"back torch"', [], id="its order"),
        pytest.param('"tor"', [], id="a quoted word is whole"),
        pytest.param("23", [], id="and so is a number"),
        pytest.param("torch NOT back", [], id="operators are words"),
    ],
)
def test_words_are_found(shop: Store, text: str, expected: list[str]) -> None:
    assert found(shop, text) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.text(alphabet="\"'*():-^&|!<> abANDORNOT\0\ud800{}+,;"))
def test_no_input_is_an_error(shop: Store, text: str) -> None:
    assert isinstance(found(shop, text), list)


def test_a_changed_trace_is_found_by_its_new_words_only(shop: Store) -> None:
    assert found(shop, "torch") == ["old"]
    keep(shop, [a_trace("old", output="The lamp is back.")])
    assert found(shop, "torch") == []
    assert found(shop, "lamp") == ["old"]


def test_the_index_is_filled_once_and_says_how_far_it_is(shop: Store) -> None:
    told: list[int] = []
    assert search.fill(shop, told.append) == 4
    assert (told, search.fill(shop)) == ([4], 0)


def test_metadata_and_time_narrow_it_down(shop: Store) -> None:
    assert found(shop, metadata={"language": ("zh",)}) == ["new"]
    assert found(shop, metadata={"route": ("stock", "nowhere")}) == ["old"]
    assert found(shop, since=after(days=1), until=after(days=2)) == ["new"]


def test_the_list_goes_on_after_the_last_one_shown(shop: Store) -> None:
    assert found(shop, limit=2) == ["tool", "new"]
    assert found(shop, limit=2, before="new") == ["old", "timeless"]


def test_a_verdict_is_searched_only_where_it_may_be_seen(store: Store) -> None:
    fill_queue(store, 2)
    keep(store, [a_trace("free")])
    verdicts.save(store, [a_verdict(one, "fail") for one in ("t-000", "t-001", "free")])
    assert found(store, said=("judge-a", "fail")) == ["free"]
    assert unseen(store, "ana") == {"t-000", "t-001"}


def test_many_kinds_of_traces_come_newest_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Routes 0 to 3 and two languages in turn; each way of looking kinds up gives the same page.
    languages = ("de",) * 4 + ("en",) * 4
    batch = [a_trace(f"t{n:02}", at=after(minutes=n), route=str(n % 4), language=languages[n % 8]) for n in range(40)]
    keep(store, batch)
    asked = {"route": ("1", "2"), "language": ("en",)}
    expected = [f"t{n:02}" for n in reversed(range(40)) if n % 8 in (5, 6)]
    for hits, kinds in ((2_000, 50), (1, 50), (1, 1)):
        monkeypatch.setattr(search, "MOST_HITS", hits)
        monkeypatch.setattr(search, "MOST_KINDS", kinds)
        first = found(store, metadata=asked, limit=4)
        assert first + found(store, metadata=asked, before=first[-1]) == expected
        assert found(store, "Yes", metadata=asked, limit=4) == first
        assert found(store, metadata={"route": ("1",), "language": ("fr",)}) == []


@pytest.mark.parametrize("text", ["kettle", "kett", '"the kettle"', "the lid", "nothing", "lid 9", "9", "!"])
def test_what_the_newest_traces_hold_is_what_the_index_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    words = ["The kettle, the lid.", "Kettles and lids: 9", "Kettle's lid no. 99", "The\nkettle"]
    keep(store, [a_trace(f"t{n:02}", at=after(minutes=n), output=words[n % 4]) for n in range(24)])
    looked = [found(store, text, limit=limit) for limit in (2, 5, 50)]
    monkeypatch.setattr(search, "LOOKED_THROUGH", 0)
    assert looked == [found(store, text, limit=limit) for limit in (2, 5, 50)]
