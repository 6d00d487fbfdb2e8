"""Frames are checked by name, and no cell becomes a formula."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.errors import BadInput
from review_app.tables import require, spreadsheet_safe


def test_a_lacking_column_is_named() -> None:
    with pytest.raises(BadInput, match="lacks at, route; it has trace_id"):
        require(pd.DataFrame({"trace_id": []}), ("trace_id", "at", "route"), "traces")


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-3", "'-3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=x", "'\t=x"),
        ("  =x", "'  =x"), ("a=b", "a=b"), ("", ""), (-3, -3), (None, None),
    ],
)  # fmt: skip
def test_formulas_are_defused(given_value: object, expected: object) -> None:
    assert spreadsheet_safe(given_value) == expected


@given(st.text())
def test_no_text_starts_a_formula_afterwards(text: str) -> None:
    assert str(spreadsheet_safe(text)).lstrip(" ")[:1] not in set("=+-@\t\r\n")
