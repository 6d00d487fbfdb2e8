"""The docs say what the code says: every setting and every command stands in them, and nothing that is gone."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from review_app.agreement.minimum_evidence import MinimumEvidence
from review_app.gate.policy import BlockerRule, GatePolicy, MetricRule, ReleaseRule
from review_app.golden.policy import GoldenPolicy
from review_app.grading.checks.kinds import KINDS
from review_app.grading.checks.spec import Only
from review_app.grading.judges.spec import JudgeSpec, ModelSpec, Parameters, Price, Shot
from review_app.grading.scale import Scale
from review_app.grading.verdict_file import VerdictMapping
from review_app.review.review_file import ReviewMapping
from review_app.review.rubric import Criterion, Rubric
from review_app.sampling.plan import Frame, KnownAnswers, Overlap, Repeats, SamplePlan
from review_app.settings import FILES, Judging, Person, Project, RevealPolicy
from review_app.traces.document_columns import Documents
from review_app.traces.lake_mapping import JudgeColumns, LakeMapping
from review_app.traces.mapping import TraceMapping
from review_app.traces.readers import formats
from review_app.traces.trace import Trace

from .test_architecture import COMMANDS, modules, room

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the docs are in a checkout, not in the wheel")


def said(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


DESCRIBED: list[tuple[str, type[Any]]] = [
    ("docs/configuration.md", Project),
    ("docs/configuration.md", Rubric),
    ("docs/configuration.md", Criterion),
    ("docs/configuration.md", SamplePlan),
    ("docs/configuration.md", Frame),
    ("docs/configuration.md", Overlap),
    ("docs/configuration.md", Repeats),
    ("docs/configuration.md", KnownAnswers),
    ("docs/configuration.md", Person),
    ("docs/configuration.md", RevealPolicy),
    ("docs/configuration.md", MinimumEvidence),
    ("docs/agreement.md", MinimumEvidence),
    ("docs/configuration.md", GatePolicy),
    ("docs/configuration.md", MetricRule),
    ("docs/configuration.md", BlockerRule),
    ("docs/configuration.md", ReleaseRule),
    ("docs/golden.md", GoldenPolicy),
    ("docs/configuration.md", Only),
    ("docs/configuration.md", Scale),
    ("docs/configuration.md", VerdictMapping),
    ("docs/configuration.md", ReviewMapping),
    ("docs/mapping.md", TraceMapping),
    ("docs/scale.md", LakeMapping),
    ("docs/scale.md", JudgeColumns),
    ("docs/mapping.md", Documents),
    ("docs/traces.md", Trace),
    ("docs/judges.md", JudgeSpec),
    ("docs/judges.md", ModelSpec),
    ("docs/judges.md", Parameters),
    ("docs/judges.md", Price),
    ("docs/judges.md", Shot),
    ("docs/configuration.md", Judging),
]


@pytest.mark.parametrize(("page", "kind"), DESCRIBED, ids=lambda value: getattr(value, "__name__", "page"))
def test_every_setting_is_described(page: str, kind: type[Any]) -> None:
    words = set(re.findall(r"\w+", said(page)))
    assert {field.name for field in fields(kind)} - words == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_is_described(kind: str) -> None:
    assert f"`{kind}`" in said("docs/checks.md")
    for field in fields(KINDS[kind]):
        assert f"`{field.name}`" in said("docs/checks.md")


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_is_in_the_readme(path: str) -> None:
    assert all(re.search(rf"\b{word}\b", said("README.md")) for word in path.split())


def test_every_format_is_described() -> None:
    assert [name for name in formats() if name not in said("docs/traces.md")] == []


def test_every_room_is_described() -> None:
    page = said("docs/architecture.md")
    rooms = {room(path) for path in modules()} - {"__init__"}
    assert [name for name in sorted(rooms) if not re.search(rf"\b{name}\b", page)] == []


def test_every_yaml_file_is_described() -> None:
    assert [name for name in FILES if f"## {name}" not in said("docs/configuration.md")] == []


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
