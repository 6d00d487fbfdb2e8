"""The yaml files of a project folder, read into one frozen `Settings`; a mistake is named by file, line and field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from review_app.errors import BadConfig, WrongUsage
from review_app.gate.policy import GatePolicy
from review_app.grading.checks.spec import CheckSpec, specs_from
from review_app.review.rubric import Rubric
from review_app.sampling.plan import SamplePlan
from review_app.traces.yaml_file import load, read

FILES = ("project.yaml", "rubric.yaml", "checks.yaml", "sampling.yaml", "gate.yaml")


@dataclass(frozen=True, kw_only=True)
class Project:
    """project.yaml. owner_mode: one accountable person may approve what they proposed.
    trusted_user_header: the header in which a reverse proxy names the person; without it we serve only this machine."""

    name: str
    owner_mode: bool = False
    trusted_user_header: str | None = None


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
    def database(self) -> Path:
        """Where the store's file is."""
        return self.folder / "review.db"

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
    return Settings(
        folder=folder,
        project=load(folder / "project.yaml", Project),
        rubric=load(folder / "rubric.yaml", Rubric),
        checks=_checks(folder / "checks.yaml"),
        plan=load(folder / "sampling.yaml", SamplePlan),
        gate=load(folder / "gate.yaml", GatePolicy),
    )


def _checks(path: Path) -> tuple[CheckSpec, ...]:
    content = read(path).value
    listed = content.get("checks") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise BadConfig("There is no list `checks:` in it.", where=str(path), do="Write `checks: []` to run none.")
    try:
        return specs_from(listed)
    except BadConfig as fault:
        raise BadConfig(fault.message, where=f"{path}: {fault.where}".rstrip(": "), do=fault.do) from fault
