from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.slicing.blind_spots import BlindSpots, Search, find_blind_spots

QUICK = Search(shuffles=200)


def failures(passed_by_language: dict[str, tuple[int, int]], pi: float = 0.5) -> pd.DataFrame:
    """language -> (bad answers, of which the judge passed)."""
    rows = [
        {"language": language, "flagged": i >= passed}
        for language, (n, passed) in passed_by_language.items()
        for i in range(n)
    ]
    found = pd.DataFrame(rows).assign(y=1.0, inclusion_probability=pi)
    return found.assign(trace_id=[f"t{i:03d}" for i in range(len(found))])


def world(dice: np.random.Generator, n: int, missed: float = 0.2) -> pd.DataFrame:
    """Bad answers, a fifth of them passed by the judge, in three columns that have nothing to do with it."""
    return pd.DataFrame(
        {
            "trace_id": [f"t{i:05d}" for i in range(n)],
            "y": 1.0,
            "flagged": dice.random(n) > missed,
            "inclusion_probability": dice.choice([0.05, 0.2, 0.5], n),
            "language": dice.choice(["en", "de", "ja"], n, p=[0.6, 0.3, 0.1]),
            "route": dice.choice(list("abcdef"), n),
            "output_chars": dice.integers(10, 900, n),
        }
    )


COLUMNS = ("language", "route", "output_chars")


def where(found: BlindSpots) -> set[str]:
    return {spot.where for spot in found.found}


def test_a_blind_spot_comes_with_its_figures() -> None:
    found = find_blind_spots(failures({"de": (12, 9), "en": (60, 6)}), ["language"])
    (spot,) = found.found
    assert (spot.where, spot.column, spot.value, spot.n, spot.events) == ("language = de", "language", "de", 12, 9)
    assert (spot.rate_in.value, spot.rate_out.value) == (0.75, pytest.approx(0.1))
    assert spot.difference.value == pytest.approx(0.65)
    assert 0 < spot.difference.low < 0.65 < spot.difference.high
    # 12 traces drawn with .5 stand for 24
    assert (spot.weighted_n, spot.priority) == (24, pytest.approx(24 * spot.difference.low))
    assert spot.examples == ("t000", "t001", "t002", "t003", "t004")
    # no shuffle of 1,000 is as extreme: 1 / 1,001, twice for the two families
    assert spot.p_adjusted == pytest.approx(2 / 1001)
    assert spot.advice == "hypothesis - confirm with a fresh top-up of 20 failures"
    assert (found.universe, found.events, found.n_tested, found.alpha, found.shuffles) == (72, 15, 2, 0.1, 1000)


@pytest.mark.parametrize(
    ("others", "level"),
    [
        # one finding of 2 slices: each end holds at max(.95, 1 - .1 x 1 / 2), of 11 at 1 - .1 / 11 = .990909
        pytest.param(1, 0.90, id="one of 2"),
        pytest.param(10, 2 * (1 - 0.1 / 11) - 1, id="one of 11"),
    ],
)
def test_bounds_allow_for_how_few_of_many_slices_were_chosen(others: int, level: float) -> None:
    languages = {f"l{i}": (20, 1) for i in range(others)}
    (spot,) = find_blind_spots(failures({"de": (20, 18), **languages}), ["language"], QUICK).found
    assert spot.where == "language = de"
    assert spot.difference.level == pytest.approx(level)


def test_two_traces_of_three_missed_in_a_pair_are_told_from_its_singles() -> None:
    dice = np.random.default_rng(11)
    rows = world(dice, 900, missed=0.1)
    inside = (rows["language"] == "de") & (rows["route"] == "b")
    rows.loc[inside, "flagged"] = dice.random(int(inside.sum())) > 0.7
    found = find_blind_spots(rows, COLUMNS)
    # both singles are raised by the pair alone, and go
    assert where(found) == {"language = de and route = b"}
    (spot,) = found.found
    assert [(term.column, term.value) for term in spot.terms] == [("language", "de"), ("route", "b")]


def test_a_pair_that_adds_nothing_to_its_single_goes() -> None:
    # half of de and a tenth of the rest missed, evenly over the routes
    i = np.arange(720)
    rows = pd.DataFrame({"language": np.where(i % 3 == 0, "de", "en"), "route": np.array(list("abcdef"))[i // 3 % 6]})
    missed = np.where(rows["language"] == "de", i // 18 % 2 == 0, i // 18 % 10 == 0)
    rows = rows.assign(trace_id=[f"t{n:03d}" for n in i], y=1.0, flagged=~missed, inclusion_probability=0.5)
    assert where(find_blind_spots(rows, ["language", "route"])) == {"language = de"}


def test_the_family_is_chosen_by_size_not_by_events() -> None:
    # fr: 9 bad answers are too few; en and de are tested although de has no event
    found = find_blind_spots(failures({"fr": (9, 9), "de": (20, 0), "en": (40, 1)}), ["language"], QUICK)
    assert found.n_tested == 2
    # 60 with 3 events: a slice must expect one, so 20 do and 19 do not
    rows = failures({"de": (20, 3), "fr": (19, 0), "en": (21, 0)})
    assert find_blind_spots(rows, ["language"], QUICK).n_tested == 2


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        # E 10 x 9 / 60 = 1.5, V = 10 x 50 x 9 x 51 / (3600 x 59) = 1.0805: 4 of 10 have z 2.41, 5 have 3.37; of these
        # two slices about 1 shuffle in 20 reaches 1.92 or 2.89, so 4 or 5 are needed
        pytest.param({"de": (10, 3), "en": (50, 6)}, r"A slice of 10 would have shown with [45] or more", id="a bar"),
        pytest.param({"de": (30, 2), "en": (30, 2)}, "would not have stood out: label more|or more", id="few events"),
        pytest.param({"en": (8, 1)}, "Nothing could be tested: 30 bad answers people saw are needed", id="few rows"),
        pytest.param({"en": (40, 0)}, "Nothing could be tested: a slice needs 10", id="no event at all"),
        pytest.param({"en": (40, 9)}, "Nothing could be tested: a slice needs 10", id="nothing to compare"),
    ],
)
def test_finding_nothing_says_what_would_have_shown(passed: dict[str, tuple[int, int]], words: str) -> None:
    found = find_blind_spots(failures(passed), ["language"], QUICK)
    assert found.found == ()
    assert re.search(words, found.note), found.note
    assert bool(found.refusal) == (found.n_tested == 0)


def test_the_note_says_what_was_not_looked_at() -> None:
    search = replace(QUICK, unseen="Text clusters were not looked at.")
    for rows in (failures({"de": (12, 9), "en": (60, 6)}), failures({"en": (8, 1)}), failures({"en": (60, 6)})):
        assert find_blind_spots(rows, ["language"], search).note.endswith("Text clusters were not looked at.")


def test_false_alarms_are_the_same_search_among_good_answers() -> None:
    missed = failures({"de": (12, 9), "en": (60, 6)})
    alarm = missed.assign(y=0.0, flagged=~missed["flagged"])
    (one,), (other,) = (
        find_blind_spots(missed, ["language"]).found,
        find_blind_spots(alarm, ["language"], Search(kind="alarm")).found,
    )
    assert (one.where, one.n, one.events, one.p, one.rate_in) == (other.where, 12, 9, other.p, other.rate_in)
    assert other.advice == "hypothesis - confirm with a fresh top-up of 20 good answers"
    assert find_blind_spots(alarm, ["language"]).universe == 0


def test_ties_and_good_answers_are_not_in_the_universe() -> None:
    rows = failures({"de": (12, 9), "en": (60, 6)})
    more = pd.concat([rows, rows.head(20).assign(y=0.5), rows.head(20).assign(y=0.0)], ignore_index=True)
    assert find_blind_spots(more, ["language"], QUICK) == find_blind_spots(rows, ["language"], QUICK)


def test_a_difference_that_the_weights_take_away_is_not_reported() -> None:
    # among the few traces that stand for most of the traffic, the judge does no worse in de
    heavy = failures({"de": (20, 0), "en": (20, 0)}).assign(inclusion_probability=0.001)
    light = failures({"de": (40, 30), "en": (40, 2)}).assign(inclusion_probability=1.0)
    rows = pd.concat([heavy, light], ignore_index=True).assign(trace_id=[f"t{i:03d}" for i in range(120)])
    assert find_blind_spots(rows, ["language"], QUICK).found == ()
    assert where(find_blind_spots(rows.assign(inclusion_probability=0.5), ["language"], QUICK)) == {"language = de"}


def test_a_stratum_of_the_draw_does_not_pass_for_a_finding() -> None:
    # the judge is weak in ja only; nearly all ja traces have route a, which is innocent
    dice = np.random.default_rng(4)
    rows = world(dice, 800, missed=0.1)
    weak = rows["language"] == "ja"
    rows.loc[weak, "flagged"] = dice.random(int(weak.sum())) > 0.7
    rows.loc[weak, "route"] = dice.choice(["a", "b"], int(weak.sum()), p=[0.9, 0.1])
    plain = find_blind_spots(rows, ["route"], QUICK)
    assert where(plain) == {"route = a"}
    assert find_blind_spots(rows, ["route"], replace(QUICK, strata=("language",))).found == ()
    # the stratum itself can still be audited
    both = find_blind_spots(rows, ["route", "language"], replace(QUICK, strata=("language",)))
    assert where(both) == {"language = ja"}


def test_explore_finds_it_too_and_says_how() -> None:
    found = find_blind_spots(failures({"de": (12, 9), "en": (60, 6)}), ["language"], Search(correction="explore"))
    (spot,) = found.found
    # Benjamini-Hochberg over two slices
    assert spot.p_adjusted == pytest.approx(2 * spot.p)
    assert found.shuffles == 0
    assert "Benjamini-Hochberg" in found.method
    nothing = find_blind_spots(failures({"de": (12, 2), "en": (60, 9)}), ["language"], Search(correction="explore"))
    assert "would have shown with" in nothing.note


def test_clean_data_seldom_raises_an_alarm() -> None:
    dice = np.random.default_rng(7)
    alarms = sum(bool(find_blind_spots(world(dice, 150), COLUMNS, QUICK, dice).found) for _ in range(100))
    # at most 10 in 100; 100 runs leave a standard error of 3 points
    assert alarms <= 16


def test_a_large_blind_spot_is_nearly_always_found() -> None:
    dice = np.random.default_rng(8)
    found = 0
    for _ in range(20):
        rows = world(dice, 400, missed=0.15)
        weak = rows["language"] == "ja"
        rows.loc[weak, "flagged"] = dice.random(int(weak.sum())) > 0.65
        found += "language = ja" in where(find_blind_spots(rows, COLUMNS, QUICK, dice))
    # some 40 traces at .65 against .15
    assert found >= 18


SMALL = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("uvw"), st.booleans(), st.sampled_from([0.1, 0.5])),
    min_size=40,
    max_size=80,
)


def sample(rows: list[tuple[str, str, bool, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["one", "two", "flagged", "inclusion_probability"])
    # raise "a", so that there is often something to compare
    flagged = frame["flagged"] & ~((frame["one"] == "a") & (frame.index % 2 == 0))
    return frame.assign(y=1.0, flagged=flagged, trace_id=[f"t{i:03d}" for i in range(len(frame))])


TINY = Search(shuffles=60, alpha=0.5)


def figures(found: BlindSpots) -> list[tuple[object, ...]]:
    return [(spot.where, spot.n, spot.events, spot.p, spot.p_adjusted, spot.difference) for spot in found.found]


@settings(max_examples=25, deadline=None)
@given(SMALL, st.randoms())
def test_neither_the_order_of_rows_nor_of_columns_matters(rows, luck) -> None:
    frame = sample(rows)
    order = list(range(len(frame)))
    luck.shuffle(order)
    shuffled = find_blind_spots(frame.iloc[order], ["one", "two"], TINY)
    assert shuffled == find_blind_spots(frame, ["one", "two"], TINY)
    turned = find_blind_spots(frame, ["two", "one"], TINY)
    assert sorted(spot.p_adjusted for spot in turned.found) == sorted(spot.p_adjusted for spot in shuffled.found)


@settings(max_examples=25, deadline=None)
@given(SMALL)
def test_other_names_for_values_and_a_copied_column_change_nothing(rows) -> None:
    frame = sample(rows)
    plain = find_blind_spots(frame, ["one", "two"], TINY)
    renamed = frame.assign(one=frame["one"].map({"a": "x", "b": "y"}))
    swapped = [(w.replace("= a", "= x").replace("= b", "= y"), *rest) for w, *rest in figures(plain)]
    assert figures(find_blind_spots(renamed, ["one", "two"], TINY)) == swapped
    copied = find_blind_spots(frame.assign(again=frame["one"]), ["one", "two", "again"], TINY)
    assert figures(copied) == figures(plain)
    assert copied.n_tested == plain.n_tested


@settings(max_examples=25, deadline=None)
@given(SMALL, st.floats(0.01, 100))
def test_the_scale_of_the_weights_is_irrelevant_to_what_is_found(rows, scale: float) -> None:
    frame = sample(rows)
    w = 1 / frame["inclusion_probability"]
    stated = frame.assign(weight=w * scale, variance_factor=(w**2 - w) * scale**2)
    one, other = find_blind_spots(frame, ["one", "two"], TINY), find_blind_spots(stated, ["one", "two"], TINY)
    assert where(one) == where(other)
    for spot in one.found:
        (same,) = [found for found in other.found if found.where == spot.where]
        assert (same.p, same.p_adjusted) == (spot.p, spot.p_adjusted)
        assert same.difference.low == pytest.approx(spot.difference.low, abs=1e-6)
        assert same.weighted_n == pytest.approx(scale * spot.weighted_n)
