from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.blind_spots import find_blind_spots, holm
from review_app.agreement.slices import singles


def failures(passed_by_language: dict[str, tuple[int, int]], pi: float = 0.5) -> pd.DataFrame:
    """language -> (bad answers, of which the judge passed)."""
    rows = [
        {"language": language, "flagged": i >= passed}
        for language, (n, passed) in passed_by_language.items()
        for i in range(n)
    ]
    found = pd.DataFrame(rows).assign(y=1.0, inclusion_probability=pi)
    return found.assign(trace_id=[f"t{i:03d}" for i in range(len(found))])


def test_holm_adjusts_and_never_falls() -> None:
    # 4 x .001; 3 x .02; then 2 x .03 = .06 and 1 x .4
    assert holm([0.001, 0.03, 0.02, 0.4]) == pytest.approx([0.004, 0.06, 0.06, 0.4])
    assert holm([]) == []


def test_a_planted_blind_spot_is_found_with_its_figures() -> None:
    found = find_blind_spots(failures({"de": (12, 9), "en": (60, 6)}), ["language"])
    (spot,) = found.found
    assert (spot.column, spot.value, spot.n, spot.events) == ("language", "de", 12, 9)
    assert (spot.rate_in.value, spot.rate_out.value) == (0.75, pytest.approx(0.1))
    assert spot.rate_in.low > spot.rate_out.high
    assert spot.examples == ("t000", "t001", "t002", "t003", "t004")
    # two slices, Holm doubles the smaller
    assert spot.p_adjusted == pytest.approx(2 * spot.p)
    assert (found.universe, found.events, found.n_tested) == (72, 15, 2)


def test_fisher_by_hand() -> None:
    found = find_blind_spots(failures({"de": (10, 3), "en": (10, 0)}), ["language"])
    # all 3 events inside 10 of 20: C(10,3)/C(20,3) = 120/1140 = .105, above .10 before any correction
    assert found.found == ()
    clear = find_blind_spots(failures({"de": (10, 5), "en": (10, 0)}), ["language"])
    # C(10,5)/C(20,5) = 252/15504
    assert clear.found[0].p == pytest.approx(252 / 15504)


def test_the_family_is_chosen_by_size_not_by_events() -> None:
    # fr: 9 bad answers are too few; en and de are tested although de has no event
    found = find_blind_spots(failures({"fr": (9, 9), "de": (20, 0), "en": (40, 1)}), ["language"])
    assert found.n_tested == 2
    assert found.found == ()


@pytest.mark.parametrize(
    ("world", "words"),
    [
        # 10 of 40, 6 passed: P(4 or more) = (210 x 435 + 252 x 30 + 210) / 3,838,380 = .026, doubled .05; P(3) is .15
        pytest.param({"de": (10, 2), "en": (30, 4)}, "would have shown with 4 or more", id="detectable"),
        pytest.param({"de": (10, 1), "en": (30, 1)}, "more labels are needed|Nothing could be tested", id="hopeless"),
        pytest.param({"en": (8, 1)}, "Nothing could be tested", id="nothing to test"),
    ],
)
def test_finding_nothing_says_what_would_have_shown(world, words: str) -> None:
    found = find_blind_spots(failures(world), ["language"])
    assert found.found == ()
    assert re.search(words, found.note), found.note


def test_ties_and_good_answers_are_not_in_the_universe() -> None:
    rows = failures({"de": (12, 9), "en": (60, 6)})
    more = pd.concat([rows, rows.head(20).assign(y=0.5), rows.head(20).assign(y=0.0)], ignore_index=True)
    assert find_blind_spots(more, ["language"]) == find_blind_spots(rows, ["language"])


def test_clean_data_seldom_raises_an_alarm() -> None:
    dice = np.random.default_rng(7)
    alarms = 0
    for _ in range(150):
        n = 120
        rows = pd.DataFrame(
            {
                "trace_id": [f"t{i}" for i in range(n)],
                "y": 1.0,
                "flagged": dice.random(n) > 0.25,
                "inclusion_probability": 0.2,
                "language": dice.choice(["en", "de", "ja"], n, p=[0.7, 0.2, 0.1]),
                "route": dice.choice(list("abcdef"), n),
                "output_chars": dice.integers(10, 900, n),
            }
        )
        alarms += bool(find_blind_spots(rows, ["language", "route", "output_chars"]).found)
    # at most 10 in 100; 150 runs leave a standard error of 2.4 points
    assert alarms <= 22


def test_slices_are_named_for_a_person() -> None:
    rows = pd.DataFrame(
        {
            "chars": [0, 10, 20, 30, 40, 50, 60, 70, np.nan, 80],
            "tool": [True, False] * 5,
            "route": ["a"] * 5 + ["b"] * 4 + [None],
        }
    )
    found = {(one.column, one.value): int(one.inside.sum()) for one in singles(rows, ["chars", "tool", "route"])}
    # quartiles of 0, 10, ..., 80 cut at 20, 40 and 60
    assert found == {
        ("chars", "(missing)"): 1,
        ("chars", "0 to 20"): 3,
        ("chars", "above 20 up to 40"): 2,
        ("chars", "above 40 up to 60"): 2,
        ("chars", "above 60 up to 80"): 2,
        ("tool", "False"): 5,
        ("tool", "True"): 5,
        ("route", "(missing)"): 1,
        ("route", "a"): 5,
        ("route", "b"): 4,
    }


def test_rare_values_are_put_together() -> None:
    rows = pd.DataFrame({"route": ["a"] * 98 + ["b", "c"]})
    assert [(one.value, int(one.inside.sum())) for one in singles(rows, ["route"])] == [("a", 98), ("other", 2)]
