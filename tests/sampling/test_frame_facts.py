"""What a draw's frame cannot speak for."""

from __future__ import annotations

from typing import Any

import pytest

from review_app.sampling.frame_facts import FrameFacts


def facts(**changes: Any) -> FrameFacts:
    values: dict[str, Any] = {
        "draw_id": "main-1", "size": 100, "unreachable": 0, "late": 0, "gone": 0, "filters": "{}", "filters_now": "{}",
        "judges": frozenset({("judge-a", "1", "ok")}),
    }  # fmt: skip
    return FrameFacts(**values | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"unreachable": 7}, "7 of 100 traces could not be drawn", id="unreachable"),
        pytest.param({"late": 1200}, "1,200 traces came after the last draw (main-1)", id="late"),
        pytest.param(
            {"late": 1200, "waiting": "main-2"}, "nobody has reviewed anything of what main-2 added", id="not begun"
        ),
        pytest.param({"gone": 2, "late": 3}, "2 of the 100", id="gone goes before late"),
    ],
)
def test_the_whole_frame_is_refused(changes: dict[str, Any], words: str) -> None:
    refused = facts(**changes).refuses_whole_frame()
    assert refused is not None
    assert words in refused
    assert any(remedy in refused for remedy in ("draw again", "review-app sample", "review some of that"))


def test_a_frame_that_was_seen_whole_is_not_refused() -> None:
    assert facts().refuses_whole_frame() is None
    # another budget for the same traces: they were all asked for before
    assert facts(waiting="main-2").refuses_whole_frame() is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"filters_now": '{"route":["billing"]}'}, 'now they are {"route":["billing"]}', id="other filters"
        ),
        pytest.param({"unreachable": 7}, "7 of 100 traces could not be drawn", id="unreachable"),
    ],
)
def test_labels_of_another_frame_are_refused(changes: dict[str, Any], words: str) -> None:
    refused = facts(**changes).refuses_labels() or ""
    assert words in refused
    assert "draw again" in refused
    assert facts(**changes).refuses_whole_frame() == refused
    # what came later or left is told beside the figures, and takes none away
    assert facts(late=3, gone=2).refuses_labels() is None


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        pytest.param(("judge-a", "2", "ok"), "saw judge-a 1 on ok, not version 2", id="another version"),
        pytest.param(("judge-b", "1", "ok"), "saw no verdict of judge-b", id="another judge"),
        pytest.param(("judge-a", "1", "tone"), "saw no verdict of judge-a on tone", id="another criterion"),
    ],
)
def test_a_judge_the_draw_did_not_see_is_refused_where_only_the_draw_knows(
    judge: tuple[str, str, str], words: str
) -> None:
    assert facts(in_lake=True).refuses_judge("judge-a", "1", "ok") is None
    assert words in (facts(in_lake=True).refuses_judge(*judge) or "")
    # what is stored here can be counted for any version
    assert facts().refuses_judge(*judge) is None
