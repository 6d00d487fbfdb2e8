from __future__ import annotations

import pytest

from review_app.agreement.biases.text_format import FEATURES, features


@pytest.mark.parametrize(
    ("text", "has"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("Plain words, 2 * 3 - 1 = 5.", set(), id="signs inside a line"),
        pytest.param("First:\n- one\n- two", {"lists"}, id="bullets"),
        pytest.param("  3) third", {"lists"}, id="numbered"),
        pytest.param("-5 degrees\n2026.", set(), id="a minus and a year are no list"),
        pytest.param("# Title\ntext", {"headings"}, id="heading"),
        pytest.param("#hashtag", set(), id="a hashtag"),
        pytest.param("a **very** good one", {"bold"}, id="stars"),
        pytest.param("__init__ here", {"bold"}, id="underscores are bold in Markdown"),
        pytest.param("2 ** 3 ** 4", set(), id="powers"),
        pytest.param("run `ls`", {"code"}, id="inline code"),
        pytest.param("```\nls\n```", {"code"}, id="fence"),
        pytest.param("x" * 400, set(), id="400 characters"),
        pytest.param("x" * 401, {"long lines"}, id="401 characters"),
        pytest.param("## A\n1. **b** `c`" + "d" * 400, set(FEATURES), id="everything"),
    ],
)
def test_what_an_answer_looks_like(text: str, has: set[str]) -> None:
    (row,) = features([text]).to_dict("records")
    assert row == {name: name if name in has else f"no {name}" for name in FEATURES}


def test_no_text_is_no_row() -> None:
    assert list(features([]).columns) == list(FEATURES)
    assert features([]).empty
