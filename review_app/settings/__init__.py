"""The yaml files of a project folder, read into one frozen `Settings`; a mistake is named by file, line and field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator

from review_app.agreement.minimum_evidence import MinimumEvidence
from review_app.errors import BadConfig, WrongUsage
from review_app.gate.policy import GatePolicy
from review_app.golden.policy import GoldenPolicy
from review_app.grading.checks.spec import CheckSpec, specs_from
from review_app.review.rubric import Rubric
from review_app.sampling.plan import SamplePlan
from review_app.traces.redact.rules import Redaction
from review_app.traces.yaml_file import load, read

FILES = ("project.yaml", "rubric.yaml", "checks.yaml", "sampling.yaml", "gate.yaml")

# Nothing that could end a link in a report early.
_ADDRESS = re.compile(r"https?://[^\s<>()\"'`]{1,500}")

Role = Literal["reviewer", "lead", "admin", "auditor"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """One of the team. skills: tags; whoever has one may be given the traces that need it."""

    role: Role = "reviewer"
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RevealPolicy:
    """What a reviewer learns of a trace once their own review is stored. verdicts: what the judges said and why.
    others: what colleagues answered: once nobody's review is to come (after_all), as soon as they did (at_once), or
    never."""

    verdicts: bool = True
    others: Literal["after_all", "at_once", "never"] = "after_all"


def _web_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("should be an address like https://review.example.org")
    return value


def _long_form(value: Any) -> Any:
    return {"role": value} if isinstance(value, str) else value


@dataclass(frozen=True, kw_only=True)
class Judging:
    """What judges may cost, in USD, and when one may be trusted. ask_above_usd: a run that may cost more must be
    approved. cap_per_run_usd, cap_per_day_usd (UTC): nothing is sent that could lead beyond them. target, floor: a
    certified judge's rates, of failures found and of good answers passed, reach the target, and the lower ends of their
    intervals the floor."""

    ask_above_usd: Annotated[float, Ge(0)] = 1.0
    cap_per_run_usd: Annotated[float, Ge(0)] = 20.0
    cap_per_day_usd: Annotated[float, Ge(0)] = 50.0
    target: Annotated[float, Ge(0), Le(1)] = 0.90
    floor: Annotated[float, Ge(0), Le(1)] = 0.80


@dataclass(frozen=True, kw_only=True)
class Project:
    """project.yaml. owner_mode: one accountable person may approve what they proposed.
    trusted_user_header: the header in which a reverse proxy names the person; without it we serve only this machine.
    store: a file, from the project folder, or a postgresql:// address; it may hold a password, so it is never shown.
    public_url: where people reach these pages; reports of the gate link there.
    people: name -> who they are (`ana: lead` for short). Nobody listed: everybody is lead and has every skill.
    reveal: what a reviewer learns after answering. judge_families: judge, or model of the traces -> its model family;
    judges of one family may share what they cannot see, and favour their own. exchanged_judges: name under which a
    judge of pairs was shown the two outputs in the other order -> its own name. evidence: how much must be there before
    a figure is shown.
    golden: how cases of the golden set are split and compared.
    settle_seconds: a received trace is made once no span came for it for so long. keep_spans_days: so long after the
    last one its spans are kept, for those that come late. judging: what judges may cost, and what makes one trusted."""

    name: str
    owner_mode: bool = False
    trusted_user_header: str | None = None
    store: str | None = field(default=None, repr=False)
    public_url: Annotated[str, AfterValidator(_web_address)] | None = None
    people: Mapping[str, Annotated[Person, BeforeValidator(_long_form)]] = field(default_factory=dict)
    reveal: RevealPolicy = RevealPolicy()
    judge_families: Mapping[str, str] = field(default_factory=dict)
    exchanged_judges: Mapping[str, str] = field(default_factory=dict)
    evidence: MinimumEvidence = field(default_factory=MinimumEvidence)
    redaction: Redaction = field(default_factory=Redaction)
    golden: GoldenPolicy = field(default_factory=GoldenPolicy)
    settle_seconds: Annotated[float, Ge(0), Le(86_400)] = 30
    judging: Judging = Judging()
    keep_spans_days: Annotated[float, Ge(1), Le(3_650)] = 14


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a team edits. `folder` is the project folder."""

    folder: Path
    project: Project
    rubric: Rubric
    checks: tuple[CheckSpec, ...]
    plan: SamplePlan
    gate: GatePolicy

    @property
    def store(self) -> Path | str:
        """Where the store is: a file, or the address of a database."""
        chosen = self.project.store or "review.db"
        return chosen if "://" in chosen else self.folder / chosen

    @property
    def releases(self) -> Path:
        """The folder of golden releases."""
        return self.folder / "golden"


def settings(folder: Path) -> Settings:
    """Read a project folder. Raises WrongUsage where there is none, BadConfig where a file is wrong."""
    if not (folder / "project.yaml").is_file():
        raise WrongUsage(
            "There is no project here (no project.yaml).",
            where=str(folder),
            do="Make one with `review-app init`, name one with `--project FOLDER`, or try `review-app demo`.",
        )
    project, plan = load(folder / "project.yaml", Project), load(folder / "sampling.yaml", SamplePlan)
    if project.people:
        _check_people(project.people, plan, folder)
    return Settings(
        folder=folder,
        project=project,
        rubric=load(folder / "rubric.yaml", Rubric),
        checks=_checks(folder / "checks.yaml"),
        plan=plan,
        gate=load(folder / "gate.yaml", GatePolicy),
    )


def _check_people(people: Mapping[str, Person], plan: SamplePlan, folder: Path) -> None:
    """What would leave work undone for ever: nobody to decide, or traces that nobody may take."""
    if not any(person.role in ("lead", "admin") for person in people.values()):
        raise BadConfig(
            f"None of the {len(people)} listed people is lead or admin.",
            where=f"{folder / 'project.yaml'}: people",
            do="Make somebody lead, for instance `ana: lead`; or list nobody, then everybody is.",
        )
    known = {skill for person in people.values() if person.role != "auditor" for skill in person.skills}
    for needed in plan.skills.values():
        if needed not in known:
            raise BadConfig(
                f"Traces need the skill {needed!r}, and nobody who reviews has it.",
                where=f"{folder / 'sampling.yaml'}: skills",
                do="Give it to somebody under `people` in project.yaml, as in `ben: {skills: [" + needed + "]}`.",
            )


def _checks(path: Path) -> tuple[CheckSpec, ...]:
    content = read(path).value
    listed = content.get("checks") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise BadConfig("There is no list `checks:` in it.", where=str(path), do="Write `checks: []` to run none.")
    try:
        return specs_from(listed, path.parent)
    except BadConfig as fault:
        raise BadConfig(fault.message, where=f"{path}: {fault.where}".rstrip(": "), do=fault.do) from fault
