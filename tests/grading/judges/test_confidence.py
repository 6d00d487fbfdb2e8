"""Log probabilities, else the share of the samples, else the model's own word."""

from __future__ import annotations

import math

import pytest

from review_app.grading.judges.confidence import brief, label_probabilities, opinion
from review_app.grading.judges.reply import Answer, TokenChoice

LABELS = {"good": "pass", "bad": "fail"}


def choice(candidates: dict[str, float]) -> TokenChoice:
    return TokenChoice(token=next(iter(candidates)), top={text: math.log(p) for text, p in candidates.items()})


@pytest.mark.parametrize(
    ("at_label", "labels", "expected"),
    [
        # .6 / (.6 + .2)
        pytest.param({"good": 0.6, "bad": 0.2, "x": 0.2}, LABELS, {"pass": 0.75, "fail": 0.25}, id="whole words"),
        # pieces of words count for the label they begin: go .5, ba .3, go + g .1
        pytest.param({"go": 0.5, "ba": 0.4, "g": 0.1}, LABELS, {"pass": 0.6, "fail": 0.4}, id="pieces"),
        pytest.param({"good": 0.3, "x": 0.7}, LABELS, None, id="most of it elsewhere"),
        pytest.param({"not": 1.0}, {"not_ok": "fail", "not_sure": "pass"}, None, id="two labels begin alike"),
        # two words of the judge's for one label of the rubric
        pytest.param(
            {"poor": 0.4, "bad": 0.4, "good": 0.2}, LABELS | {"poor": "fail"}, {"pass": 0.2, "fail": 0.8}, id="sum"
        ),
        pytest.param({'good"}': 0.9, 'bad"}': 0.1}, LABELS, {"pass": 0.9, "fail": 0.1}, id="with what follows"),
    ],
)
def test_probabilities(at_label: dict[str, float], labels: dict[str, str], expected: dict[str, float] | None) -> None:
    tokens = [choice({'{"reason": "the \\"label\\" is good", "label": "': 1.0}), choice(at_label)]
    found = label_probabilities(tokens, labels)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_label_may_begin_inside_a_token() -> None:
    tokens = [choice({'{"label"': 1.0}), choice({': "good': 0.8, ': "bad': 0.2})]
    assert label_probabilities(tokens, LABELS) == pytest.approx({"pass": 0.8, "fail": 0.2})


def test_a_reply_without_a_label_has_no_probabilities() -> None:
    assert label_probabilities([choice({"good": 1.0})], LABELS) is None


def test_a_label_that_was_not_the_likeliest_keeps_only_its_own_chance() -> None:
    tokens = (choice({'{"label": "': 1.0}), choice({"bad": 0.3, "good": 0.7}), choice({'"}': 1.0}))
    found = opinion([Answer(text='{"label": "bad"}', tokens=tokens)], LABELS)
    assert (found.label, found.probabilities, found.source) == ("fail", None, "logprobs")
    assert found.confidence == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("said", "status", "label", "confidence"),
    [
        pytest.param(["good", "good", "bad"], "ok", "pass", 2 / 3, id="majority"),
        pytest.param(["good", "bad"], "missing", None, None, id="tie"),
        pytest.param(["bad", "?", "?"], "ok", "fail", 1.0, id="of those that can be read"),
        pytest.param(["?", "?"], "unparsable", None, None, id="none can be read"),
    ],
)
def test_samples(said: list[str], status: str, label: str | None, confidence: float | None) -> None:
    found = opinion([Answer(text=f'{{"label": "{one}"}}') for one in said], LABELS)
    assert (found.status, found.label, found.confidence) == (status, label, confidence)


def test_a_question_without_a_reply_is_an_error_with_its_reason() -> None:
    found = opinion(["timed out"], LABELS)
    assert (found.status, found.reason, found.label) == ("error", "timed out", None)


def test_a_brief_answer_says_the_same_of_the_label() -> None:
    tokens = (choice({'{"reason": "x", "label"': 1.0}), choice({': "good': 0.8, ': "bad': 0.2}), choice({'"}': 1.0}))
    answer = Answer(text='{"reason": "x", "label": "good"}', tokens=tokens)
    short = brief(answer)
    assert short.tokens is not None
    assert [len(one.top) for one in short.tokens] == [0, 2]
    assert opinion([short], LABELS) == opinion([answer], LABELS)
    assert brief(Answer(text="?", tokens=(choice({"?": 1.0}),))).tokens is None
