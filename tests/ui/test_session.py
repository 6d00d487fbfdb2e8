"""Names."""

from __future__ import annotations

import pytest

from review_app.ui import session


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ida", "ida"), ("  Ida   Berg ", "Ida Berg"), ("Łukasz 李", "Łukasz 李"), ("x" * 60, "x" * 60),
        ("", None), ("   ", None), ("x" * 61, None), ("a\x00b", None), ("a\x1bb", None), ("a\u202eb", None),
    ],
    ids=repr,
)  # fmt: skip
def test_a_name_is_1_to_60_visible_characters(typed: str, name: str | None) -> None:
    assert session.valid_name(typed) == name
