from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.raters.consensus import majority_of_others
from review_app.agreement.raters.reviewers import NOTE, ReviewersOptions, ReviewersReport, reviewers

NAMES = ("good", "bad")
OPTIONS = ReviewersOptions(categories=NAMES, permutations=499)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=25))
def test_majority_of_others_one_by_one(rows) -> None:
    unit, value = np.array(rows, dtype=int).reshape(-1, 2).T
    expected = []
    for i in range(len(rows)):
        others = [value[j] for j in range(len(rows)) if unit[j] == unit[i] and j != i]
        winners = [k for k in range(3) if 2 * others.count(k) > len(others)]
        expected.append(winners[0] if winners else -1)
    assert majority_of_others(unit, value).tolist() == expected


def team(n: int = 240, accuracy: tuple[float, ...] = (0.93, 0.93, 0.93, 0.93)) -> tuple[pd.DataFrame, np.ndarray]:
    """Three of the reviewers on each trace; half of the traces are bad. 300 characters, about 30 s."""
    rng = np.random.default_rng(9)
    truth = rng.random(n) < 0.5
    rows = []
    for unit in range(n):
        for rater in rng.choice(len(accuracy), 3, replace=False):
            right = rng.random() < accuracy[rater]
            seconds = 30 * np.exp(rng.normal(0, 0.2))
            rows.append((f"t{unit}", f"r{rater}", NAMES[int(truth[unit] == right)], unit, seconds, 300.0))
    return pd.DataFrame(rows, columns=["unit", "rater", "value", "at", "seconds", "characters"]), truth


def answers(truth: np.ndarray, every: int) -> dict:
    return {f"t{i}": NAMES[int(truth[i])] for i in range(0, len(truth), every)}


def flags(report: ReviewersReport) -> dict[str, set[str]]:
    return {one.rater: {flag.kind for flag in one.flags} for one in report.reviewers}


def test_a_good_team_has_no_flags_and_every_part() -> None:
    ratings, truth = team()
    found = reviewers(ratings, known=answers(truth, 6), options=OPTIONS)
    assert flags(found) == {"r0": set(), "r1": set(), "r2": set(), "r3": set()}
    assert found.overlap.connected
    assert found.dawid_skene.n == 240
    assert found.note == NOTE
    assert "No label is removed" in NOTE
    first = found.reviewers[0]
    own = ratings[ratings["rater"] == "r0"]
    assert (first.n, first.n_timed, first.n_fast) == (len(own), len(own), 0)
    assert first.known.n == own["unit"].isin(answers(truth, 6)).sum()


def test_known_answers_flag_a_guesser_and_name_the_traces() -> None:
    ratings, truth = team(accuracy=(0.95, 0.95, 0.95, 0.5))
    found = reviewers(ratings, known=answers(truth, 4), options=OPTIONS)
    assert flags(found)["r3"] == {"known answers", "drift"}
    assert not any(flags(found)[good] for good in ("r0", "r1", "r2"))
    flag = found.reviewers[3].flags[0]
    missed = ratings[(ratings["rater"] == "r3") & ratings["unit"].isin(answers(truth, 4))]
    missed = missed[missed["value"] != missed["unit"].map(answers(truth, 4))]["unit"]
    assert flag.examples == tuple(missed.iloc[-5:])
    assert f"{found.reviewers[3].known.right} of {found.reviewers[3].known.n} known answers right" in flag.text


def test_drift_begins_where_the_reviewer_changes_whatever_the_order_of_rows() -> None:
    ratings, truth = team()
    late = (ratings["rater"] == "r1") & (ratings["at"] >= 180)
    turned = ratings.assign(value=ratings["value"].where(~late, ratings["value"].map({"good": "bad", "bad": "good"})))
    found = reviewers(turned.sample(frac=1, random_state=1), settled=answers(truth, 1), options=OPTIONS)
    drift = found.reviewers[1].drift
    before = ((ratings["rater"] == "r1") & (ratings["at"] < 180)).sum()
    assert drift.state == "drifting"
    assert before < drift.alarm_at <= before + 6
    assert "drift" not in flags(found)["r0"]


def test_without_any_settled_answer_the_others_are_the_reference() -> None:
    ratings, _ = team(accuracy=(0.95, 0.95, 0.95, 0.5))
    found = reviewers(ratings, options=OPTIONS)
    assert {rater for rater, kinds in flags(found).items() if kinds} == {"r3"}
    own = ratings[ratings["rater"] == "r3"]
    others = ratings[ratings["rater"] != "r3"].groupby("unit")["value"].agg(lambda said: set(said))
    # two others: they are a reference where they agree
    agreed = own["unit"].map(others.map(lambda said: said.copy().pop() if len(said) == 1 else None)).dropna()
    assert found.reviewers[3].drift.n == len(agreed)
    assert found.reviewers[3].drift.n_disagreed == (own.loc[agreed.index, "value"] != agreed).sum()


def test_speed_and_straight_lining() -> None:
    ratings, _ = team()
    own = ratings.index[ratings["rater"] == "r2"]
    ratings.loc[own[:3], "seconds"] = 2.0  # 150 characters a second
    ratings["characters"] = ratings["characters"].astype("Int64").mask(ratings["at"] == 200)
    ratings.loc[own[60:100], "value"] = "good"
    found = reviewers(ratings, options=OPTIONS)
    assert {"pace", "straight-lining"} <= flags(found)["r2"]
    by_kind = {flag.kind: flag for flag in found.reviewers[2].flags}
    assert by_kind["pace"].examples == tuple(ratings.loc[own[:3], "unit"])
    assert found.reviewers[2].n_fast == 3
    assert found.reviewers[2].longest_run.length >= 40


def test_two_fast_reviews_are_not_yet_a_flag() -> None:
    ratings, _ = team()
    ratings.loc[ratings.index[ratings["rater"] == "r2"][:2], "seconds"] = 2.0
    assert "pace" not in flags(reviewers(ratings, options=OPTIONS))["r2"]


def test_who_calls_more_traces_bad() -> None:
    ratings, _ = team()
    strict = (ratings["rater"] == "r0") & (ratings["at"] % 3 == 0)
    found = reviewers(ratings.assign(value=ratings["value"].mask(strict, "bad")), options=OPTIONS)
    severity = {one.rater: one.severity for one in found.reviewers}
    assert severity["r0"].value - 2 * severity["r0"].se > max(severity[f"r{i}"].value for i in (1, 2, 3))
    assert 0 < severity["r0"].shrunk < severity["r0"].value
    assert sum(one.value for one in severity.values()) == pytest.approx(0, abs=1e-12)


def test_ordinal_neighbours_agree_unless_told_otherwise() -> None:
    ratings = pd.DataFrame(
        [(unit, rater, 3 + (rater == "ana")) for unit in range(40) for rater in ("ana", "ben", "cy")],
        columns=["unit", "rater", "value"],
    )
    scale = ReviewersOptions(categories=(1, 2, 3, 4, 5), permutations=9)
    assert reviewers(ratings, "ordinal", options=scale).reviewers[0].drift.n_disagreed == 0
    assert reviewers(ratings, "ordinal", options=replace(scale, tolerance=0)).reviewers[0].drift.n_disagreed == 40


def test_what_cannot_be_said_is_left_empty() -> None:
    ratings = pd.DataFrame([("a", "ana", "x"), ("a", "ben", "y"), ("b", "cy", "z")], columns=["unit", "rater", "value"])
    found = reviewers(ratings)
    assert found.severity.refusal == "labels without an order have no severity"
    assert found.dawid_skene.refusal
    assert "cy" in found.overlap.advice
    for one in found.reviewers:
        assert (one.severity, one.known, one.n_timed, one.flags) == (None, None, 0, ())
    assert reviewers(ratings.iloc[:0]).reviewers == ()


def test_the_same_seed_gives_the_same_report() -> None:
    ratings, truth = team()
    once, again = (asdict(reviewers(ratings, known=answers(truth, 6), options=OPTIONS)) for _ in range(2))
    assert once == again
