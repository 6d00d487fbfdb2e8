from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.raters.dawid_skene import DawidSkeneOptions, dawid_skene, fit
from review_app.agreement.raters.rating_table import read

from ..published import DAWID_SKENE

LOOSE = DawidSkeneOptions(ratings_per_unit=1, ratings_per_rater=1)


def anaesthetists(**more):
    unit, column = np.indices(DAWID_SKENE.shape)
    who = np.array([0, 0, 0, 1, 2, 3, 4])
    return fit(unit.ravel(), who[column].ravel(), DAWID_SKENE.ravel(), 4, **more)


def test_the_table_of_1979() -> None:
    # Dawid & Skene (1979), tables 2-4 (maximum likelihood); digits and likelihood from STATISTICS section 5
    found = anaesthetists(smoothing=0.0)
    assert found.prevalence == pytest.approx([0.3996, 0.4220, 0.1118, 0.0667], abs=5e-5)
    assert found.confusion[0][0] == pytest.approx([0.8895, 0.1105, 0, 0], abs=5e-5)
    assert found.log_likelihood[-1] == pytest.approx(-192.890881, abs=5e-7)
    # a solver that stops early gives .979 here
    assert found.posterior[11][2] == pytest.approx(1.000, abs=5e-4)


def test_the_likelihood_never_falls() -> None:
    steps = np.diff(anaesthetists(smoothing=0.0).log_likelihood)
    assert (steps > -1e-9).all()
    assert len(steps) > 4


def test_shares_are_shares() -> None:
    found = anaesthetists()
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(45))
    assert found.confusion.sum(axis=2) == pytest.approx(np.ones((5, 4)))
    assert (found.confusion > 0).all()


def test_gold_is_held_and_pulls_its_reviewers() -> None:
    gold = np.full(45, -1)
    gold[2] = 3  # nobody said the fourth category of the third patient
    found, free = anaesthetists(gold=gold), anaesthetists()
    assert found.posterior[2].tolist() == [0, 0, 0, 1]
    assert found.confusion[0][3][0] > free.confusion[0][3][0]


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(4)))
def test_names_of_categories_do_not_matter(names) -> None:
    unit, column = np.indices(DAWID_SKENE.shape)
    renamed = np.array(names)[DAWID_SKENE]
    who = np.array([0, 0, 0, 1, 2, 3, 4])
    found = fit(unit.ravel(), who[column].ravel(), renamed.ravel(), 4)
    assert found.prevalence[list(names)] == pytest.approx(anaesthetists().prevalence, abs=1e-6)


def simulated(n: int = 300, per_unit: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    """Eight reviewers, of whom one answers at random."""
    rng = np.random.default_rng(6)
    truth = rng.random(n) < 0.3
    rows = []
    for unit in range(n):
        for rater in rng.choice(8, per_unit, replace=False):
            right = rng.random() < (0.5 if rater == 7 else 0.85)
            rows.append((unit, f"r{rater}", "bad" if truth[unit] == right else "good"))
    return pd.DataFrame(rows, columns=["unit", "rater", "value"]), truth


def test_it_sees_who_guesses_and_is_no_worse_than_the_majority() -> None:
    ratings, truth = simulated()
    found = dawid_skene(read(ratings, "nominal"))
    accuracy = {one.rater: one.accuracy for one in found.confusion}
    assert min(accuracy, key=accuracy.get) == "r7"
    assert accuracy["r7"] < 0.65 < 0.78 < min(accuracy[f"r{i}"] for i in range(7))
    bad = np.array([one.category == "bad" for one in sorted(found.opinions, key=lambda one: one.unit)])
    majority = ratings.assign(bad=ratings["value"] == "bad").groupby("unit")["bad"].mean() > 0.5
    assert (bad == truth).mean() >= (majority.to_numpy() == truth).mean()
    # STATISTICS section 5: prevalence bias +.002 with 3 ratings
    assert found.prevalence[0] == pytest.approx(truth.mean(), abs=0.04)


def test_two_ratings_a_trace_are_refused() -> None:
    found = dawid_skene(read(simulated(per_unit=2)[0], "nominal"))
    assert "3 ratings by reviewers with 30" in found.refusal
    assert (found.n, found.opinions, found.log_likelihood) == (0, (), None)
    assert sum(found.excluded.values()) == 600


def test_a_newcomer_is_left_out_and_counted() -> None:
    ratings = simulated()[0]
    extra = pd.DataFrame({"unit": range(5), "rater": "new", "value": "bad"})
    found = dawid_skene(read(pd.concat([ratings, extra]), "nominal"))
    assert "new" not in {one.rater for one in found.confusion}
    assert sum(found.excluded.values()) == 5
    assert found.n == 300


def test_known_answers_are_found_by_their_name() -> None:
    ratings = simulated()[0]
    found = dawid_skene(read(ratings, "nominal"), {3: "bad", 4: "purple"})
    assert {one.unit: one for one in found.opinions}[3].probability == 1
    assert {one.unit: one for one in found.opinions}[3].category == "bad"


def test_one_category_is_refused() -> None:
    table = read(pd.DataFrame({"unit": [1, 1], "rater": ["a", "b"], "value": "x"}), "nominal")
    assert dawid_skene(table, options=LOOSE).refusal == "only one category is in use"


@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_a_reviewer_who_never_met_a_category_has_an_even_row(smoothing: float) -> None:
    found = fit(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 0, 0, 0]), 2, None, smoothing)
    assert found.confusion[0][1].tolist() == [0.5, 0.5]
