from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.reliability import Reliability, ReliabilityOptions, reliability

from ...shared_data import shared
from ..published import GWET, SHROUT_FLEISS, long

FEW = ReliabilityOptions(minimum_units=1, resamples=200)
FIGURES = ("percent_agreement", "alpha", "ac", "kappa", "fleiss", "conger", "brennan_prediger")


def two(table: list[list[int]], names: tuple[str, ...] = ("bad", "good")) -> pd.DataFrame:
    """The long table of two raters' square table."""
    cells = [(k, l) for k, row in enumerate(table) for l, n in enumerate(row) for _ in range(n)]  # noqa: E741
    rows = [(i, who, names[k]) for i, cell in enumerate(cells) for who, k in zip(("ana", "ben"), cell, strict=True)]
    return pd.DataFrame(rows, columns=["unit", "rater", "value"])


def values(of: Reliability) -> list[float | None]:
    return [getattr(of, name).value for name in FIGURES]


def test_every_figure_of_one_table_side_by_side() -> None:
    found = reliability(two([[80, 10], [5, 5]]), options=replace(FEW, minimum_units=20))
    # Feinstein & Cicchetti (1990), STATISTICS section 1; alpha = 1 - 199 x 30 / (2 x 175 x 25) over 200 ratings
    assert found.percent_agreement.value == pytest.approx(0.85)
    assert found.kappa.value == pytest.approx(0.3182, abs=5e-5)
    assert found.ac.value == pytest.approx(0.8080, abs=5e-5)
    assert found.brennan_prediger.value == pytest.approx(0.70)
    assert found.alpha.value == pytest.approx(1 - 199 * 30 / (2 * 175 * 25))
    assert found.conger.value == pytest.approx(found.kappa.value)
    assert (found.n_units, found.n_pairs, found.n_ratings, found.n_raters) == (100, 100, 200, 2)
    assert [(one.category, one.share, one.n_units) for one in found.shares] == [
        ("bad", pytest.approx(175 / 200), 95),
        ("good", pytest.approx(25 / 200), 20),
    ]
    assert found.prevalence_index == pytest.approx(0.75)
    assert found.paradox == "kappa is low because one category dominates"
    assert found.fleiss.method == "Scott's pi, Fleiss' kappa; t interval"
    for name in FIGURES:
        figure: Estimate = getattr(found, name)
        assert figure.low < figure.value < figure.high


@pytest.mark.parametrize(
    ("table", "paradox"),
    [
        ([[40, 9], [6, 45]], False),
        ([[80, 10], [5, 5]], True),
        ([[118, 5], [2, 0]], True),
        ([[60, 20], [20, 20]], False),
    ],
)
def test_the_paradox_is_named_only_where_it_is_one(table, paradox: bool) -> None:
    assert bool(reliability(two(table), options=FEW).paradox) is paradox


def test_gwets_four_raters_without_the_unit_rated_once() -> None:
    found = reliability(long(GWET), options=FEW)
    # the same ratings but one: alpha never used it
    assert found.alpha.value == pytest.approx(0.7434211, abs=5e-8)
    assert found.excluded == {"the trace has a single rating": 1}
    assert (found.n_units, found.n_ratings) == (11, 41)
    # r (r - 1) / 2 of 8 units with 4 ratings, 2 with 3 and 1 with 2
    assert found.n_pairs == 8 * 6 + 2 * 3 + 1
    assert found.kappa.reason == "4 raters: Cohen's kappa is for two, see Fleiss' kappa"


def test_too_little_is_refused_with_what_to_do() -> None:
    found = reliability(long(GWET))
    assert found.refusal == "11 traces have two ratings, 20 are needed: send more traces to a second reviewer"
    assert values(found) == [None] * 7
    assert found.alpha.reason == found.refusal
    assert found.shares


def test_no_ratings_at_all_is_a_refusal() -> None:
    found = reliability(pd.DataFrame({"unit": [], "rater": [], "value": []}), options=FEW)
    assert found.refusal
    assert (found.n_units, found.shares, found.prevalence_index) == (0, (), None)


def test_all_the_same_is_full_agreement_and_nothing_else() -> None:
    found = reliability(two([[30, 0], [0, 0]]))
    assert found.percent_agreement.value == 1
    assert values(found)[1:] == [None] * 6
    assert found.alpha.reason == "all ratings are the same: there was nothing to disagree about"
    assert found.undefined_resamples == 2000
    assert found.unstable == "unstable: only 0 traces have any rating other than 'bad', 10 are needed"


@pytest.mark.parametrize(("minority", "unstable"), [(9, True), (10, False)])
def test_unstable_below_ten_units_of_the_minority(minority: int, unstable: bool) -> None:
    assert bool(reliability(two([[40, minority - 4], [0, 4]]), options=FEW).unstable) is unstable


def test_draws_without_a_figure_are_counted() -> None:
    found = reliability(two([[30, 1], [0, 0]]))
    # a draw of 31 units misses the one that differs with probability (30/31)^31 = .362
    assert found.undefined_resamples / 2000 == pytest.approx(0.362, abs=0.04)
    assert found.alpha.low is not None


def test_the_jackknife_needs_no_seed_and_stays_close_to_the_bootstrap() -> None:
    ratings = two([[80, 10], [15, 60]])
    drawn, exact = (
        reliability(ratings, options=ReliabilityOptions(interval=interval, seed=4))
        for interval in ("bootstrap", "jackknife")
    )
    again = reliability(ratings, options=ReliabilityOptions(interval="jackknife", seed=5))
    assert (again.alpha.low, again.alpha.high) == (exact.alpha.low, exact.alpha.high)
    assert drawn.alpha.value == exact.alpha.value
    assert (drawn.alpha.low, drawn.alpha.high) == pytest.approx((exact.alpha.low, exact.alpha.high), abs=0.03)
    assert "jackknife" in exact.method


def test_the_same_seed_gives_the_same_report_and_another_does_not() -> None:
    ratings = two([[40, 9], [6, 45]])
    assert asdict(reliability(ratings, options=FEW)) == asdict(reliability(ratings, options=FEW))
    assert reliability(ratings, options=FEW).alpha != reliability(ratings, options=replace(FEW, seed=1)).alpha


@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval", "ratio"])
def test_neither_order_of_rows_nor_names_of_people_matter(scale) -> None:
    ratings = long(GWET)
    shuffled = ratings.sample(frac=1, random_state=3).replace({"r0": "zoe", "r3": "ana"})
    once, again = reliability(ratings, scale, FEW), reliability(shuffled, scale, FEW)
    assert values(again) == pytest.approx(values(once))


def test_weights_scale_away_and_count_like_repeated_units() -> None:
    ratings = two([[30, 5], [5, 10]])
    weight = 1.0 + ratings["unit"] % 3
    weighted = reliability(ratings.assign(weight=weight), options=FEW)
    assert values(reliability(ratings.assign(weight=50 * weight), options=FEW)) == pytest.approx(values(weighted))
    copies = pd.concat([ratings[weight > i].assign(unit=lambda t, i=i: t["unit"] + 1000 * i) for i in range(3)])
    repeated = reliability(copies, options=FEW)
    for name in ("percent_agreement", "ac", "kappa", "fleiss", "conger", "brennan_prediger"):
        assert getattr(weighted, name).value == pytest.approx(getattr(repeated, name).value)
    assert [one.share for one in weighted.shares] == pytest.approx([one.share for one in repeated.shares])


def test_a_declared_scale_keeps_categories_nobody_used() -> None:
    ratings = two([[20, 4], [3, 13]])
    three = reliability(ratings, options=replace(FEW, categories=("bad", "fair", "good")))
    # chance of Brennan-Prediger is 1/3: (33/40 - 1/3) / (2/3)
    assert three.brennan_prediger.value == pytest.approx((33 / 40 - 1 / 3) / (2 / 3))
    assert three.alpha.value == pytest.approx(reliability(ratings, options=FEW).alpha.value)


def test_ordinal_words_and_their_panel() -> None:
    ratings = two([[8, 2, 0], [1, 7, 3], [0, 2, 7]], ("bad", "fair", "good"))
    found = reliability(ratings, "ordinal", replace(FEW, categories=("bad", "fair", "good")))
    assert found.panel.exact == pytest.approx(22 / 30)
    assert found.panel.within_one == 1
    # two put higher by the second 2 + 3, lower 1 + 2
    assert found.panel.mean_gap == pytest.approx(-2 / 30)
    assert found.panel.qwk == pytest.approx(found.kappa.value)
    assert "weighted" in found.kappa.method
    assert "AC2" in found.ac.method


def test_intraclass_of_complete_scores_only() -> None:
    scores = long(SHROUT_FLEISS.astype(float))
    assert reliability(scores, "interval", FEW).icc.icc3 == pytest.approx(0.715, abs=5e-4)
    missing = reliability(scores.iloc[1:], "interval", FEW)
    assert missing.icc.undefined == "ratings are missing: report interval alpha instead"
    assert reliability(scores, "ordinal", FEW).icc is None


def test_continuous_scores_get_alpha_and_say_why_nothing_else() -> None:
    rng = np.random.default_rng(0)
    found = reliability(long(rng.normal(size=(300, 1)) + rng.normal(size=(300, 2)) * 0.3), "interval", FEW)
    assert found.alpha.low < found.alpha.value < found.alpha.high
    assert found.fleiss.reason == "600 different values: alpha is the figure for these"
    assert found.panel.mean_gap == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("metric", ["faithfulness", "fluency", "answer_relevance"])
@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval"])
def test_clapnq_raters(metric: str, scale) -> None:
    folder = shared("clapnq-rag-human")
    published = json.loads((folder / "expected.json").read_text())["agreement"][metric]
    results = json.loads((folder / "RAG Model Performance.json").read_text())["results"]
    ratings = pd.DataFrame(
        [
            (f"{one['task_id']} {one['model_id']}", rater, given["value"])
            for one in results
            for rater, given in one["scores"][metric].items()
        ],
        columns=["unit", "rater", "value"],
    )
    found = reliability(ratings, scale, replace(FEW, categories=("1", "2", "3", "4")))
    assert found.alpha.value == pytest.approx(published[f"krippendorff_{scale}"], abs=1e-6)
    assert {one.category: round(one.share * 1200) for one in found.shares} == published["counts"]
    assert (found.n_units, found.n_raters, found.n_pairs) == (400, 7, 1200)


def test_pandalm_people() -> None:
    folder = shared("pandalm")
    published = json.loads((folder / "expected.json").read_text())
    wide = pd.read_json(folder / "data" / "testset-v1.json").set_index("idx")[[f"annotator{i}" for i in (1, 2, 3)]]
    ratings = wide.rename_axis("unit").reset_index().melt("unit", var_name="rater")
    found = reliability(ratings, options=FEW)
    assert found.fleiss.value == pytest.approx(published["fleiss_kappa"], abs=5e-7)
    assert found.alpha.value == pytest.approx(published["krippendorff_nominal"], abs=5e-7)
    for a, b in combinations((1, 2, 3), 2):
        pair = ratings[ratings["rater"].isin([f"annotator{a}", f"annotator{b}"])]
        kappa = reliability(pair, options=FEW).kappa
        assert kappa.value == pytest.approx(published["cohen_kappa"][f"{a}-{b}"], abs=5e-7)
        assert kappa.low < kappa.value < kappa.high


def test_units_of_one_cluster_are_drawn_together() -> None:
    """Every unit four times over, each copy in the cluster of its unit: as if there were no copies."""
    ratings = two([[30, 6], [4, 20]])
    copies = pd.concat([ratings.assign(unit=1000 * i + ratings["unit"], cluster=ratings["unit"]) for i in range(4)])
    alone, together = (reliability(table, options=replace(FEW, resamples=2000)) for table in (ratings, copies))
    apart = reliability(copies.drop(columns="cluster"), options=replace(FEW, resamples=2000))
    for name in ("percent_agreement", "alpha"):
        once, clustered, wrong = (getattr(found, name) for found in (alone, together, apart))
        assert clustered.value == pytest.approx(wrong.value)
        assert (clustered.low, clustered.high) == pytest.approx((once.low, once.high), abs=0.03)
        assert wrong.high - wrong.low < 0.6 * (clustered.high - clustered.low)
    assert together.method == "cluster bootstrap: 2,000 draws of sessions of traces with all their ratings, percentiles"
    # a unit without a cluster stands alone
    assert reliability(ratings.assign(cluster=None), options=FEW) == reliability(ratings, options=FEW)
