"""The questions reviewers answer, and how an answer is judged complete.

A rubric's version is a hash of its content: an edited rubric is another rubric, and old reviews keep theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import orjson

from review_app.errors import BadConfig, BadInput

Kind = Literal["binary", "ordinal", "categorical", "numeric", "text", "span", "pairwise"]
PAIR = ("output", "alternative", "equal")
"""The labels of a pairwise criterion: which of a trace's two outputs is better."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """One answer a reviewer can pick. `value` is stored, `text` is shown (on an ordinal scale: what this step means),
    `key` is a key that picks it anywhere."""

    value: str
    text: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One question.

    kind: binary (two labels), ordinal (labels from worst to best), categorical (unordered), numeric, text, span
    (passages of the output or of a document, each with a label), pairwise (one of PAIR, for traces with two outputs).
    bad: the labels that count as failure; every judge-vs-human rate is about them.
    multiple: more than one label may be picked (categorical only); stored joined by a comma.
    ask_when: ask only while another criterion has one of these labels, e.g. {"good_enough": ("fail",)}.
    """

    name: str
    question: str
    kind: Kind = "binary"
    labels: tuple[Label, ...] = ()
    bad: tuple[str, ...] = ()
    multiple: bool = False
    required: bool = True
    ask_when: Mapping[str, tuple[str, ...]] | None = None
    help: str = ""

    def __post_init__(self) -> None:
        if self.kind == "span" and not self.labels:
            raise BadConfig(
                f"The span criterion {self.name!r} has no labels.", do="List what a passage can be marked as."
            )
        if self.kind == "pairwise" and self.labels:
            raise BadConfig(
                f"The pairwise criterion {self.name!r} has labels of its own.",
                do=f"Leave `labels` out: a pairwise answer is {', '.join(PAIR[:2])} or {PAIR[2]}.",
            )

    def values(self) -> tuple[str, ...]:
        """The labels as stored, worst first for an ordinal criterion."""
        return PAIR if self.kind == "pairwise" else tuple(label.value for label in self.labels)

    def score(self, label: str | None) -> float | None:
        """The label as a number: its place (1, 2, ...) on an ordinal scale, itself when numeric, else None."""
        if label is None:
            return None
        if self.kind == "numeric":
            return float(label)
        return float(self.values().index(label) + 1) if self.kind == "ordinal" else None

    def asked(self, answers: Mapping[str, str]) -> bool:
        """Whether this question applies, given the answers to the others."""
        conditions = (self.ask_when or {}).items()
        return all(set(answers.get(name, "").split(",")) & set(wanted) for name, wanted in conditions)


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """All questions for one kind of work.

    `note_required_on_bad`: a bad label needs a reason in the reviewer's words."""

    name: str
    criteria: tuple[Criterion, ...]
    introduction: str = ""
    note_required_on_bad: bool = True

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash of everything a reviewer is asked."""
        return hashlib.sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]

    def criterion(self, name: str) -> Criterion:
        """The criterion called `name`. Raises BadInput with the names there are."""
        for criterion in self.criteria:
            if criterion.name == name:
                return criterion
        known = ", ".join(criterion.name for criterion in self.criteria)
        raise BadInput(f"The rubric {self.name!r} has no criterion {name!r}.", do=f"Use one of: {known}.")
