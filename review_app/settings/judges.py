"""judges/*.yaml: one file per judge. Read when a judge is used, so that a mistake in one stops no page."""

from __future__ import annotations

from pathlib import Path

from review_app.errors import BadConfig, WrongUsage
from review_app.grading.judges.spec import JudgeSpec
from review_app.review.rubric import Criterion, Rubric
from review_app.settings import Settings
from review_app.traces.yaml_file import load

_KINDS = ("binary", "ordinal", "categorical", "pairwise")


def judges(settings: Settings) -> tuple[JudgeSpec, ...]:
    """Every judge of the project, by name. Raises BadConfig where a file is wrong or does not fit the rubric."""
    found = [_judge(path, settings.rubric) for path in sorted((settings.folder / "judges").glob("*.yaml"))]
    return tuple(found)


def judge(settings: Settings, name: str | None = None) -> JudgeSpec:
    """The judge called `name`; without one, the only judge there is. Raises WrongUsage."""
    found = judges(settings)
    chosen = [one for one in found if name in (None, one.name)]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(one.name for one in found) or "none"
    what = f"There is no judge {name!r}" if name else "It must be said which judge"
    raise WrongUsage(
        f"{what}; there are: {names}.",
        where=str(settings.folder / "judges"),
        do="Name one of them, or write one: review-app judge new NAME",
    )


def _judge(path: Path, rubric: Rubric) -> JudgeSpec:
    spec = load(path, JudgeSpec)
    if spec.name != path.stem:
        raise BadConfig(f"The judge {spec.name!r} is in {path.name}.", where=str(path), do="Give both one name.")
    known = {criterion.name: criterion for criterion in rubric.criteria}
    if spec.criterion not in known:
        names = ", ".join(known)
        raise BadConfig(f"The rubric has no criterion {spec.criterion!r}.", where=str(path), do=f"Use one of: {names}.")
    _check_labels(path, spec, known[spec.criterion])
    return spec


def _check_labels(path: Path, spec: JudgeSpec, criterion: Criterion) -> None:
    if criterion.kind not in _KINDS:
        raise BadConfig(
            f"{criterion.name} is {criterion.kind}, and a judge gives labels.",
            where=str(path),
            do=f"Use a criterion that is one of: {', '.join(_KINDS)}.",
        )
    targets = set(spec.labels.values())
    if unknown := targets - set(criterion.values()):
        raise BadConfig(
            f"{criterion.name} has no label {sorted(unknown)[0]!r}.",
            where=f"{path}: labels",
            do=f"Use: {', '.join(criterion.values())}.",
        )
    if criterion.bad and set(spec.bad) != set(criterion.bad) & targets:
        raise BadConfig(
            f"The rubric says that {', '.join(criterion.bad)} is bad, the judge says {', '.join(spec.bad)}.",
            where=f"{path}: bad",
            do="Make them agree: every rate is about the bad labels.",
        )
