from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from review_app.agreement.raters import krippendorff
from review_app.agreement.raters.category_weights import ordinal
from review_app.agreement.raters.counts import of_codes

from ..published import KRIPPENDORFF, counts

LEVELS = ("nominal", "ordinal", "interval", "ratio")
SCALE = np.arange(1.0, 6.0)
# At least two units that both have two ratings; -1 = did not rate.
GRIDS = arrays(int, st.tuples(st.integers(2, 12), st.integers(2, 4)), elements=st.integers(-1, 4)).filter(
    lambda grid: ((grid >= 0).sum(axis=1) >= 2).sum() >= 2
)


def coincidence_matrix(grid: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Krippendorff (2011), section C step 2, rating by rating."""
    found = np.zeros((5, 5))
    rows = [(row[row >= 0], 1.0 if weight is None else weight[i]) for i, row in enumerate(grid)]
    rows = [(row, w) for row, w in rows if len(row) >= 2]
    mean = sum(w for _, w in rows) / len(rows)
    for row, w in rows:
        for i, k in enumerate(row):
            for j, l in enumerate(row):  # noqa: E741
                found[k, l] += (i != j) * w / mean / (len(row) - 1)
    return found


def distances(level: str, n: np.ndarray) -> np.ndarray:
    """Squared differences as printed in the paper, with the values 1 to 5."""
    k, l = SCALE[:, None], SCALE[None, :]  # noqa: E741
    if level == "ordinal":
        return np.array(
            [[(n[min(a, b) : max(a, b) + 1].sum() - (n[a] + n[b]) / 2) ** 2 for b in range(5)] for a in range(5)]
        )
    return {"nominal": (k != l) * 1.0, "interval": (k - l) ** 2, "ratio": ((k - l) / (k + l)) ** 2}[level]


def textbook(matrix: np.ndarray, delta: np.ndarray) -> float | None:
    n = matrix.sum(axis=1)
    expected = (np.outer(n, n) * delta).sum() / (n.sum() - 1)
    return None if expected < 1e-12 else 1 - (matrix * delta).sum() / expected


def ours(grid: np.ndarray, level: str, values: np.ndarray = SCALE, weight: np.ndarray | None = None) -> float | None:
    unit = np.nonzero(grid >= 0)[0]
    units, unit = np.unique(unit, return_inverse=True)
    table = of_codes(unit, grid[grid >= 0], range(5), None if weight is None else weight[units])
    return krippendorff.alpha(table, level, values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "published"),
    # Krippendorff (2011), section C; digits from STATISTICS section 1.
    [("nominal", 0.7434211), ("ordinal", 0.8153875), ("interval", 0.8491071), ("ratio", 0.7974028)],
)
def test_published(level, published: float) -> None:
    found = krippendorff.alpha(counts(KRIPPENDORFF, [1, 2, 3, 4, 5]), level, SCALE)
    assert found == pytest.approx(published, abs=5e-8)


def test_ordinal_weights_of_gwet_are_another_metric() -> None:
    # irrCAC's "ordinal" alpha on the same data: .8336 (STATISTICS section 1, pitfalls)
    matrix = coincidence_matrix(np.nan_to_num(KRIPPENDORFF, nan=0).astype(int) - 1)
    assert textbook(matrix, 1 - ordinal(5)) == pytest.approx(0.8336, abs=5e-5)


def test_by_hand() -> None:
    # units (a, a), (a, b), (b, b): o_ab = o_ba = 1, n_a = n_b = 3, n = 6: 1 - 5 x 2 / (2 x 3 x 3)
    assert ours(np.array([[0, 0], [0, 1], [1, 1]]), "nominal") == pytest.approx(1 - 10 / 18)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("far", [0.0, 1e9])
def test_all_the_same_is_undefined(level: str, far: float) -> None:
    assert ours(np.array([[2, 2], [2, 2], [2, -1]]), level, SCALE + far) is None


def test_without_a_pair_it_is_undefined() -> None:
    assert ours(np.array([[2, -1], [-1, 3]]), "nominal") is None


@settings(max_examples=100, deadline=None)
@given(GRIDS, st.sampled_from(LEVELS))
def test_equals_the_textbook(grid: np.ndarray, level: str) -> None:
    matrix = coincidence_matrix(grid)
    assert ours(grid, level) == pytest.approx(textbook(matrix, distances(level, matrix.sum(axis=1))))


@settings(max_examples=50, deadline=None)
@given(GRIDS, st.sampled_from(LEVELS), st.data())
def test_weighted_equals_the_textbook(grid: np.ndarray, level: str, data) -> None:
    weight = np.array(data.draw(st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=len(grid), max_size=len(grid))))
    matrix = coincidence_matrix(grid, weight)
    expected = textbook(matrix, distances(level, matrix.sum(axis=1)))
    assert ours(grid, level, weight=weight) == pytest.approx(expected)
    assert ours(grid, level, weight=7 * weight) == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(GRIDS, st.permutations(range(5)))
def test_nominal_does_not_care_for_names(grid: np.ndarray, names: list[int]) -> None:
    renamed = np.where(grid >= 0, np.array(names)[grid], -1)
    assert ours(renamed, "nominal") == pytest.approx(ours(grid, "nominal"))


@settings(max_examples=50, deadline=None)
@given(GRIDS, st.sampled_from([("interval", 3.0, 100.0), ("interval", -2.0, 0.0), ("ratio", 7.0, 0.0)]))
def test_units_of_measurement_do_not_matter(grid: np.ndarray, change: tuple[str, float, float]) -> None:
    level, times, plus = change
    assert ours(grid, level, times * SCALE + plus) == pytest.approx(ours(grid, level))


@settings(max_examples=50, deadline=None)
@given(GRIDS)
def test_ordinal_needs_the_order_only(grid: np.ndarray) -> None:
    assert ours(grid, "ordinal", SCALE**3) == pytest.approx(ours(grid, "ordinal"))
    assert ours(np.where(grid >= 0, 4 - grid, -1), "ordinal") == pytest.approx(ours(grid, "ordinal"))


@settings(max_examples=50, deadline=None)
@given(GRIDS, st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_who_rated_does_not_matter(grid: np.ndarray, level: str, random) -> None:
    shuffled = np.array([random.sample(list(row), len(row)) for row in grid])
    assert ours(shuffled, level) == pytest.approx(ours(grid, level))


@settings(max_examples=50, deadline=None)
@given(GRIDS, st.sampled_from(LEVELS))
def test_twice_the_units_change_only_the_small_sample_factor(grid: np.ndarray, level: str) -> None:
    once, twice = ours(grid, level), ours(np.vstack([grid, grid]), level)
    if once is None or twice is None:
        assert once is twice
        return
    n = int((grid[(grid >= 0).sum(axis=1) >= 2] >= 0).sum())
    # Do stays; De's n - 1 becomes 2n - 1 of 2n ratings.
    assert (1 - twice) * 2 * n / (2 * n - 1) == pytest.approx((1 - once) * n / (n - 1))


def test_many_values_need_no_table_of_pairs() -> None:
    # interval alpha of continuous scores is the intraclass form of within to total variance
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(2000, 1)) + rng.normal(size=(2000, 2)) * 0.5
    values, code = np.unique(scores, return_inverse=True)
    table = of_codes(np.repeat(np.arange(2000), 2), code.ravel(), range(len(values)))
    within = ((scores[:, 0] - scores[:, 1]) ** 2).mean()
    assert krippendorff.alpha(table, "interval", values) == pytest.approx(1 - within / (2 * scores.var(ddof=1)))
