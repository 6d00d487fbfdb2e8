"""JSON as a tree a person can read."""

from __future__ import annotations

from typing import Any

import pytest

from review_app.ui.review_pane import readable


def leaf(key: str, text: str) -> readable.Node:
    return {"key": key, "text": text}


def branch(key: str, *below: readable.Node) -> readable.Node:
    return {"key": key, "of": list(below)}


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        pytest.param({"order_id": "4471-B"}, branch("", leaf("order id", "4471-B")), id="flat"),
        pytest.param(
            {"a": {"b": 1, "c": None}}, branch("", branch("a", leaf("b", "1"), leaf("c", "none"))), id="nested"
        ),
        pytest.param({"on": True, "off": False}, branch("", leaf("on", "yes"), leaf("off", "no")), id="yes and no"),
        pytest.param({"sizes": ["S", "M"]}, branch("", leaf("sizes", "S, M")), id="short list in a line"),
        pytest.param(
            [{"x": 1}, {"x": 2}], branch("", branch("1.", leaf("x", "1")), branch("2.", leaf("x", "2"))), id="records"
        ),
        pytest.param('{"a": 1}', branch("", leaf("a", "1")), id="json in a text is opened"),
        pytest.param('{"a": 1', leaf("", '{"a": 1'), id="broken json stays text"),
        pytest.param(["x" * 41], branch("", leaf("1.", "x" * 41)), id="long entries get a line each"),
        pytest.param("shipped", leaf("", "shipped"), id="text"),
        pytest.param(None, leaf("", "none"), id="nothing"),
        pytest.param({}, leaf("", "none"), id="empty"),
        pytest.param({"": 1}, branch("", leaf("(no name)", "1")), id="a key without a name"),
    ],
)
def test_tree(value: Any, tree: readable.Node) -> None:
    assert readable.tree(value) == tree


def test_more_values_than_anybody_reads_are_counted() -> None:
    found = readable.tree({str(n): n for n in range(2500)})["of"]
    assert len(found) == readable.MOST_VALUES + 1
    assert found[-1] == leaf("…", "500 more values")


def test_depth_ends_in_the_exact_json() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": deep}
    node = readable.tree(deep)
    for _ in range(readable.DEEPEST):
        (node,) = node["of"]
    assert node["text"].startswith('{"a":{"a":')


def test_a_giant_value_is_cut_and_says_so() -> None:
    text = readable.text_of("word " * 30_000)
    assert text.endswith("… 50,000 more characters")


def test_a_line_is_one_line() -> None:
    assert readable.in_a_line({"order": "4471-B", "note": "a\nb"}) == "order: 4471-B, note: a b"
    assert len(readable.in_a_line({"text": "word " * 100})) == 90
