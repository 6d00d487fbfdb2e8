"""Mistakes in a judge are found when it is read."""

from __future__ import annotations

import pytest

from review_app.errors import BadConfig
from review_app.grading.judges.spec import ModelSpec, Parameters, Shot

from .test_prompt import MODEL, a_judge


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bad": ("awful",)}, "awful"),
        ({"bad": ("pass", "fail")}, "Every label"),
        ({"models": (MODEL, MODEL)}, "one name"),
        ({"name": "../x"}, "cannot name"),
        ({"examples": (Shot(given={}, label="pass"),)}, "'pass'"),
    ],
)
def test_judges(changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        a_judge(**changes)


@pytest.mark.parametrize(
    ("api_base", "key", "message"),
    [
        ("api.example.org", None, "not an http"),
        ("https://user:pass@api.example.org", None, "without a password"),
        ("http://api.example.org/v1", "KEY", "unencrypted"),
    ],
)
def test_addresses(api_base: str, key: str | None, message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        ModelSpec(model="openai/m", api_base=api_base, key=key)


def test_samples_need_chance() -> None:
    with pytest.raises(BadConfig, match="5 samples at temperature 0"):
        Parameters(samples=5)
