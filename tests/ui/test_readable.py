"""JSON as rows a person can read."""

from __future__ import annotations

from typing import Any

import pytest

from review_app.ui.review_pane import readable


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        pytest.param({"order_id": "4471-B"}, [(0, "order id", "4471-B")], id="flat"),
        pytest.param({"a": {"b": 1, "c": None}}, [(0, "a", ""), (1, "b", "1"), (1, "c", "none")], id="nested"),
        pytest.param({"on": True, "off": False}, [(0, "on", "yes"), (0, "off", "no")], id="yes and no"),
        pytest.param({"sizes": ["S", "M"]}, [(0, "sizes", "S, M")], id="short list in a line"),
        pytest.param([{"x": 1}, {"x": 2}], [(0, "1.", ""), (1, "x", "1"), (0, "2.", ""), (1, "x", "2")], id="records"),
        pytest.param('{"a": 1}', [(0, "a", "1")], id="json in a text is opened"),
        pytest.param('{"a": 1', [(0, "", '{"a": 1')], id="broken json stays text"),
        pytest.param("shipped", [(0, "", "shipped")], id="text"),
        pytest.param(None, [(0, "", "none")], id="nothing"),
        pytest.param({}, [(0, "", "none")], id="empty"),
        pytest.param("A" * 300, [(0, "", "base64 data, 300 characters")], id="base64 is cut"),
    ],
)
def test_rows(value: Any, rows: list[readable.Row]) -> None:
    assert readable.rows(value) == rows


def test_more_rows_than_anybody_reads_are_counted() -> None:
    found = readable.rows({str(n): n for n in range(500)})
    assert len(found) == 401
    assert found[-1] == (0, "…", "100 more values")


def test_depth_ends() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": deep}
    assert max(depth for depth, _, _ in readable.rows(deep)) <= readable.DEEPEST + 1


def test_a_line_is_one_line() -> None:
    assert readable.in_a_line({"order": "4471-B", "note": "a\nb"}) == "order: 4471-B, note: a b"
    assert len(readable.in_a_line({"text": "word " * 100})) == 90
