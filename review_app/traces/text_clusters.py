"""Group traces by what their text is about, with a model small enough to be stored and read.

`fit` needs scikit-learn (the extra `text`) and looks for groups: TF-IDF, 20 dimensions by SVD, k-means. What it keeps
of each group is its middle in plain words: the weightiest terms. `assign` needs numpy alone and puts a text where its
own terms point, so a stored model gives every text the same group on every machine, whatever else is installed.
"""

from __future__ import annotations

import importlib.util
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from review_app.errors import NotEnoughData, WrongUsage

Numbers = npt.NDArray[np.float64]

FEWEST, MOST = 8, 16
"""Groups."""

MINIMUM_TEXTS = 40
NONE_OF_THEM = "(no cluster)"
NOT_INSTALLED = "text clusters were not looked at: scikit-learn is not installed (pip install 'review-app[text]')"

_DIMENSIONS = 20
_TERMS = 60  # of each group, in the model
_NAMED_BY, _NAMED_AMONG, _SHORT = 3, 25, 3
_VOCABULARY = 5_000
_CHARACTERS = 4_000  # of each text; the theme of a long one is known by then
# Scripts written without spaces are read by pairs of characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One group of texts. name: terms that tell it from the others. terms: term -> weight in [0, 1], of unit length
    together."""

    name: str
    terms: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ClusterModel:
    """Everything `assign` needs, made of plain data. idf: term -> inverse document frequency, of the terms in use."""

    idf: dict[str, float]
    clusters: tuple[Cluster, ...]


def available() -> bool:
    """Whether `fit` can work here."""
    return importlib.util.find_spec("sklearn") is not None


def fit(texts: Sequence[str], seed: int = 1) -> ClusterModel:
    """Find 8 to 16 groups, more in more texts; the same texts in the same order and seed give the same model.

    Raises WrongUsage without scikit-learn, and NotEnoughData below MINIMUM_TEXTS texts or with too few words in common.
    """
    if not available():
        raise WrongUsage("Text clusters need scikit-learn.", do="pip install 'review-app[text]'.")
    counted = [_terms(text) for text in texts]
    idf = _idf(counted)
    if len(texts) < MINIMUM_TEXTS or len(idf) <= _DIMENSIONS:
        raise NotEnoughData(
            f"{len(texts)} texts with {len(idf)} terms in common are too few to be grouped.",
            do=f"Give at least {MINIMUM_TEXTS} texts in ordinary words, or look for slices in metadata alone.",
        )
    vectors = _vectors(counted, idf)
    group = _groups(vectors, seed)
    middles = [np.asarray(vectors[group == one].mean(axis=0)).ravel() for one in np.unique(group)]
    clusters = _named(_clusters([_top(middle, list(idf)) for middle in middles]))
    used = {term for cluster in clusters for term in cluster.terms}
    return ClusterModel(idf={term: weight for term, weight in idf.items() if term in used}, clusters=clusters)


def assign(model: ClusterModel, texts: Iterable[str]) -> list[str]:
    """The name of each text's group: the largest cosine, the first of equals; NONE_OF_THEM where no term is known."""
    places = {term: place for place, term in enumerate(model.idf)}
    middles = np.zeros((len(model.clusters), len(places)))
    for row, cluster in enumerate(model.clusters):
        for term, weight in cluster.terms.items():
            middles[row, places[term]] = weight
    names = [cluster.name for cluster in model.clusters]
    return [_nearest(_weighted(_terms(text), model.idf), places, middles, names) for text in texts]


def _nearest(weighted: dict[str, float], places: dict[str, int], middles: Numbers, names: list[str]) -> str:
    if not weighted:
        return NONE_OF_THEM
    at = [places[term] for term in weighted]
    # Rounded, so that the last bit of a sum, which machines differ in, decides nothing.
    likeness = np.round(middles[:, at] @ np.array(list(weighted.values())), 9)
    return names[int(likeness.argmax())] if likeness.max() > 0 else NONE_OF_THEM


def _terms(text: str) -> Counter[str]:
    folded = text[:_CHARACTERS].casefold()
    runs = _UNSPACED.findall(folded)
    pairs = [run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))]
    return Counter(_WORD.findall(_UNSPACED.sub(" ", folded)) + pairs)


def _idf(counted: Sequence[Counter[str]]) -> dict[str, float]:
    """ln((1 + n) / (1 + df)) + 1 of the most frequent terms that are neither in one text only nor in most."""
    n, found = len(counted), Counter(term for counts in counted for term in counts)
    telling = [(term, df) for term, df in found.items() if 2 <= df <= n / 2]
    telling.sort(key=lambda one: (-one[1], one[0]))
    return {term: math.log((1 + n) / (1 + df)) + 1 for term, df in sorted(telling[:_VOCABULARY])}


def _weighted(counts: Counter[str], idf: dict[str, float]) -> dict[str, float]:
    """(1 + ln tf) idf of the terms known."""
    return {term: (1 + math.log(tf)) * idf[term] for term, tf in counts.items() if term in idf}


def _vectors(counted: Sequence[Counter[str]], idf: dict[str, float]) -> csr_array:
    """Shape (n_texts, n_terms), rows of unit length; a text without a known term is a row of zeros."""
    places = {term: place for place, term in enumerate(idf)}
    weighted = [_weighted(counts, idf) for counts in counted]
    ends = np.cumsum([0, *(len(one) for one in weighted)])
    columns = np.array([places[term] for one in weighted for term in one], dtype=np.intp)
    lengths = [math.sqrt(sum(x * x for x in one.values())) for one in weighted]
    values = np.array([x / length for one, length in zip(weighted, lengths, strict=True) for x in one.values()])
    return csr_array((values, columns, ends), shape=(len(weighted), len(idf)))


def _groups(vectors: csr_array, seed: int) -> npt.NDArray[np.intp]:
    # Heavy, optional, and needed by nobody else.
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD

    flat = TruncatedSVD(_DIMENSIONS, random_state=seed).fit_transform(vectors)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    k = int(np.clip(round(math.sqrt(len(flat) / 10)), FEWEST, MOST))
    return np.asarray(KMeans(k, n_init=5, random_state=seed).fit(flat).labels_, dtype=np.intp)


def _top(middle: Numbers, vocabulary: Sequence[str]) -> dict[str, float]:
    """The weightiest terms, of unit length together."""
    top = [i for i in np.argsort(-middle, kind="stable")[:_TERMS] if middle[i] > 0]
    length = math.sqrt(float((middle[top] ** 2).sum())) or 1.0
    return {vocabulary[i]: round(float(middle[i]) / length, 6) for i in top}


def _clusters(terms: Sequence[dict[str, float]]) -> list[Cluster]:
    return [
        Cluster(name=_name(own, [other for at, other in enumerate(terms) if at != place]), terms=own)
        for place, own in enumerate(terms)
    ]


def _name(own: dict[str, float], others: Sequence[dict[str, float]]) -> str:
    """Those of its weightiest terms that the other groups have least of; short words say little."""

    def shared(term: str) -> float:
        return max((other.get(term, 0.0) for other in others), default=0.0) - own[term]

    telling = [term for term in list(own)[:_NAMED_AMONG] if len(term) > _SHORT or _UNSPACED.match(term)]
    telling.sort(key=shared)
    return ", ".join([*telling, *(term for term in own if term not in telling)][:_NAMED_BY]) or NONE_OF_THEM


def _named(clusters: list[Cluster]) -> tuple[Cluster, ...]:
    """By name; two groups with the same top terms get a number."""
    seen: Counter[str] = Counter()
    found = []
    for cluster in sorted(clusters, key=lambda one: (one.name, list(one.terms.items()))):
        seen[cluster.name] += 1
        again = f" ({seen[cluster.name]})" if seen[cluster.name] > 1 else ""
        found.append(Cluster(name=cluster.name + again, terms=cluster.terms))
    return tuple(found)
