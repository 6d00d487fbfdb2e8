from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.errors import NotEnoughData, WrongUsage
from review_app.traces import text_clusters
from review_app.traces.text_clusters import NONE_OF_THEM, Cluster, ClusterModel, assign, available, fit

needs_sklearn = pytest.mark.skipif(not available(), reason="scikit-learn is not installed (extra `text`)")
THEMES = {
    "shipping": "parcel courier tracking depot delivery late",
    "login": "password account reset code locked sign",
    "invoice": "invoice tax company number payment billing",
    "返品": "返品したい商品返金注文",
}
MODEL = ClusterModel(
    idf={"parcel": 2.0, "late": 1.0, "password": 2.0},
    clusters=(
        Cluster(name="parcel, late", terms={"parcel": 0.8, "late": 0.6}),
        Cluster(name="password, late", terms={"password": 0.8, "late": 0.6}),
    ),
)


def texts(n: int) -> tuple[list[str], list[str]]:
    dice = np.random.default_rng(1)
    names = list(dice.choice(list(THEMES), n))
    filler = ["please", "hello", "thanks", "today", "help", "still"]
    written = []
    for name in names:
        own = [THEMES[name]] if name == "返品" else list(dice.choice(THEMES[name].split(), 4))
        written.append(" ".join([*own, *dice.choice(filler, 3)]))
    return written, names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("My PARCEL is here", "parcel, late", id="folded"),
        pytest.param("password password parcel", "password, late", id="counted: (1 + ln 2) x 2 x .8 against 2 x .8"),
        pytest.param("late", "parcel, late", id="the first of equals"),
        pytest.param("nothing known 42", NONE_OF_THEM, id="no term"),
        pytest.param("", NONE_OF_THEM, id="no text"),
    ],
)
def test_a_text_goes_where_its_terms_point(text: str, expected: str) -> None:
    assert assign(MODEL, [text]) == [expected]


def test_scripts_without_spaces_are_read_by_pairs() -> None:
    model = ClusterModel(idf={"返金": 1.0}, clusters=(Cluster(name="返金", terms={"返金": 1.0}),))
    assert assign(model, ["全額返金してください", "住所変更"]) == ["返金", NONE_OF_THEM]


@needs_sklearn
def test_a_group_is_named_by_what_tells_it_from_the_others() -> None:
    """Each text begins with short words all have, which weigh most and say nothing."""
    written, _ = texts(300)
    model = fit([f"{'the of my' if n % 3 else 'is it to'} {text}" for n, text in enumerate(written)])
    themes = {word for words in THEMES.values() for word in words.split()}
    for cluster in model.clusters:
        named = cluster.name.split(" (")[0].split(", ")
        assert not {"the", "of", "my", "is", "it", "to"} & set(named)
        assert set(named) & themes or text_clusters._UNSPACED.match(named[0]), cluster.name


@needs_sklearn
def test_themes_come_out_as_groups_that_can_be_read() -> None:
    written, names = texts(300)
    model = fit(written)
    found = assign(model, written)
    for name in set(found) - {NONE_OF_THEM}:
        themes = [theme for theme, group in zip(names, found, strict=True) if group == name]
        assert max(themes.count(theme) for theme in THEMES) >= 0.95 * len(themes), name
    assert found.count(NONE_OF_THEM) == 0
    assert len(model.clusters) == 8
    assert all(
        any(term in text for text in written) for c in model.clusters for term in c.name.split(" (")[0].split(", ")
    )


@needs_sklearn
def test_the_model_is_the_same_each_time_and_survives_json() -> None:
    written, _ = texts(120)
    model = fit(written)
    assert fit(written) == model
    plain = json.loads(json.dumps(asdict(model)))
    back = ClusterModel(idf=plain["idf"], clusters=tuple(Cluster(**one) for one in plain["clusters"]))
    assert back == model
    assert assign(back, written) == assign(model, written)


@needs_sklearn
@pytest.mark.parametrize("few", [[], ["a word or two"] * 39, ["the same text"] * 60])
def test_too_little_text_is_refused(few: list[str]) -> None:
    with pytest.raises(NotEnoughData, match=f"{len(few)} texts"):
        fit(few)


@needs_sklearn
def test_more_texts_give_more_groups() -> None:
    # sqrt(1000 / 10) = 10
    assert len(fit(texts(1_000)[0]).clusters) == 10


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_clusters.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WrongUsage, match="scikit-learn"):
        fit(["a"] * 50)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_each_text_is_placed_by_itself(some: list[str]) -> None:
    assert assign(MODEL, some) == [assign(MODEL, [text])[0] for text in some]
