"""Drawing from what people ask of late and did not before."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import WrongUsage
from review_app.store import draws
from review_app.traces import text_clusters
from review_app.traces.trace import Message, encode

from ..builders import a_trace, after

THEMES = {
    "refund": ["refund", "money", "back", "card", "payment", "charged", "twice", "invoice"],
    "parcel": ["parcel", "delivery", "late", "courier", "address", "tracking", "arrived"],
    "login": ["password", "login", "account", "locked", "email", "reset", "code"],
    "visa": ["visa", "passport", "embassy", "travel", "border", "stamp", "consulate"],
}


def ingested(project: Path, numbers: range, timed: bool = True) -> None:
    """400 questions on three themes; from 320 on every second is about visas, which nobody asked of before."""
    lines = []
    for n in numbers:
        dice = random.Random(n)
        theme = "visa" if n >= 320 and n % 2 else ("refund", "parcel", "login")[n % 3]
        said = (Message(role="user", content=" ".join(dice.choices(THEMES[theme], k=12))),)
        at = after(hours=n) if timed else None
        lines.append(encode(a_trace(f"{theme}-{n:04d}", at=at, messages=said)))
    path = project.parent / f"t{numbers.start}.jsonl"
    path.write_bytes(b"\n".join(lines))
    actions.ingest(project, [path])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    found = tmp_path / "project"
    actions.init(found)
    (found / "checks.yaml").write_text("checks: []")
    (found / "sampling.yaml").write_text("salt: s\nreviews: 400\nshares: {random: 0.3, new_cluster: 0.7}\n")
    return found


def may_be_chosen(project: Path) -> set[str]:
    held = draws.drawn(opened(project).store, "main")
    return set(held.loc[held["eligible"].str.contains("new_cluster"), "trace_id"])


def visas(numbers: range) -> set[str]:
    return {f"visa-{n:04d}" for n in numbers if n >= 320 and n % 2}


def test_a_new_theme_is_found_and_the_rule_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason="the extra [text] is not installed")
    ingested(project, range(400))
    read: list[int] = []
    first = actions.sample(project, progress=read.append)
    assert read[-1] == 400
    # The share pays for all of them: what is new is found whole, and nothing beside it.
    assert may_be_chosen(project) == visas(range(400))
    assert first.draw.eligible["new_cluster"] == 40
    # Later draws need no scikit-learn, and read only what came since.
    monkeypatch.setattr(text_clusters.importlib.util, "find_spec", lambda name: None)
    ingested(project, range(400, 450))
    read.clear()
    second = actions.sample(project, progress=read.append)
    assert read[-1] == 50
    assert may_be_chosen(project) == visas(range(450))
    assert second.draw.eligibility["new_cluster"] == first.draw.eligibility["new_cluster"]


def test_the_same_draw_again_adds_nothing(project: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra [text] is not installed")
    ingested(project, range(400))
    planned = actions.plan_sample(project)
    assert planned.eligible["new_cluster"] == 40
    actions.sample(project)
    assert actions.sample(project).added == 0


def test_another_rule_is_refused(project: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra [text] is not installed")
    ingested(project, range(400))
    actions.sample(project)
    with (project / "sampling.yaml").open("a") as file:
        file.write("new_cluster: {factor: 3}\n")
    with pytest.raises(WrongUsage, match="another rule for 'new_cluster'"):
        actions.sample(project)


def test_without_times_nothing_is_new(project: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra [text] is not installed")
    ingested(project, range(400), timed=False)
    with pytest.raises(WrongUsage, match="0 traces are new and 0 are earlier"):
        actions.sample(project)


def test_the_first_draw_says_what_to_install(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingested(project, range(50))
    monkeypatch.setattr(text_clusters.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WrongUsage, match=r"scikit-learn") as raised:
        actions.sample(project)
    assert "review-app[text]" in str(raised.value)
