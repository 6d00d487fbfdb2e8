"""The traces a figure was counted from, so that nobody has to take a number on trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd

from review_app.actions.evidence import evidence, labels_under
from review_app.actions.queueing import LEADING, require_role, role
from review_app.actions.topics import TOPIC, topics_of
from review_app.actions.traffic_counts import frame_info
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.judges.pairing import Pairs, pair
from review_app.agreement.raters.people import PeopleLabels
from review_app.agreement.slicing.slices import Term
from review_app.agreement.slicing.uncaught import uncaught_notes
from review_app.errors import NotAllowed, WrongUsage
from review_app.review.rubric import Rubric
from review_app.store import candidates, codes, rubrics
from review_app.store import draws as draw_table
from review_app.store import reviews as review_table
from review_app.store.blindness import unseen, waits

Figure = Mapping[str, str]
"""What was counted, as conditions that all hold; plain text, so that it can stand in an address.

draw: traces a draw added. uncaught: those with a note of this code that no criterion caught. Else criterion and
rubric_version, with one of
- judge and judge_version: the drawn traces it was measured on (naive: those nobody drew as well);
- panel: those on which every judge of the criterion gave a verdict; `said` is then flagged by any, or passed by all;
- people: those that people answered: answer (a label given), by and beside (who answered), twice (two people or more).
Of a judge or panel: said (flagged, passed), truth (bad, good: where people tied, half of it; clearly_bad,
clearly_good: without these), week, prompt_version, least and most (of the judge's P(bad)), where (a slice: `where`)."""

_QUESTION = {"criterion", "rubric_version"}
_OF_JUDGE = {"said", "truth", "week", "prompt_version", "least", "most", "where"}
CONDITIONS: Mapping[str, set[str]] = {
    "draw": {"draw"},
    "uncaught": {"uncaught"},
    "judge": {*_QUESTION, *_OF_JUDGE, "judge", "judge_version", "naive"},
    "panel": {*_QUESTION, "panel", "said", "truth"},
    "people": {*_QUESTION, "people", "answer", "by", "beside", "twice"},
}
"""What a figure is of -> everything that can be asked of it."""

_SHOWN = ["trace_id", "route", "language", "n_turns", "n_documents", "n_tools"]
_TRUTH: Mapping[str, Callable[[pd.Series], pd.Series]] = {
    "bad": lambda y: y > 0,
    "good": lambda y: y < 1,
    "clearly_bad": lambda y: y > 0.5,
    "clearly_good": lambda y: y < 0.5,
}
_SAID = {"flagged": True, "passed": False}


@dataclass(frozen=True, kw_only=True)
class FigureTraces:
    """count: as the figure has it, so a trace on which people tied may count half. n: traces that count in it; hidden:
    of them, those this person may not see here yet. traces: the others: trace_id, route, language, n_turns,
    n_documents, n_tools."""

    count: float
    n: int
    hidden: int
    traces: pd.DataFrame


class _Counted(NamedTuple):
    """trace_id -> how much of it counts; speaks: of what its being there tells, for who must not know that yet."""

    share: pd.Series
    of_judges: bool
    of_people: bool


def slice_text(terms: tuple[Term, ...]) -> str:
    """The conditions of a slice as a figure's `where`."""
    asked = [{name: value for name, value in vars(one).items() if value is not None} for one in terms]
    return orjson.dumps(asked).decode()


def slice_words(where: str) -> str:
    """The same in words; "" where it is not the text of a slice."""
    try:
        return " and ".join(str(Term(**one)) for one in _terms(where))
    except (TypeError, ValueError):
        return ""


def traces_behind(project: Path, person: str, figure: Figure) -> FigureTraces:
    """The traces behind a figure, by id, as this person may see them.

    A trace they may still be asked about is left out and counted; and who does not lead learns here no more than
    project.yaml's `reveal` tells them at the desk. Raises WrongUsage where there is no such figure, NotAllowed for
    draws and for others by name where the person does not lead."""
    require_role(project, person)
    _check(figure, person, role(project, person) in LEADING)
    workspace = opened(project)
    found = _found(workspace, figure, person)
    kept = found.share.index[~found.share.index.isin(list(_hidden(workspace, person, found)))]
    return FigureTraces(
        count=float(found.share.sum()),
        n=len(found.share),
        hidden=len(found.share) - len(kept),
        traces=candidates.about(workspace.store, sorted(kept))[_SHOWN],
    )


def _check(figure: Figure, person: str, leads: bool) -> None:
    kind = next((kind for kind in CONDITIONS if kind in figure), "")
    unknown = sorted(set(figure) - CONDITIONS.get(kind, set()))
    if not kind or unknown:
        raise WrongUsage(
            f"No figure of a {kind} is counted by {unknown[0][:80]!r}." if kind else "This names no figure.",
            do="Follow a number of the pages Agreement, Blind spots, Reviewers or Sampling.",
        )
    others = "beside" in figure or figure.get("by", person) != person
    if not leads and ("draw" in figure or others):
        raise NotAllowed(f"{person} may not list these traces.", do="Ask a lead: this speaks of draws, or of others.")


def _hidden(workspace: Workspace, person: str, found: _Counted) -> set[str]:
    """As `disagreements` keeps them back."""
    if not found.of_judges and not found.of_people:
        return set()
    kept_back = unseen(workspace.store, person)
    if role(workspace.settings.folder, person) != "reviewer":
        return kept_back
    policy, names = workspace.settings.project.reveal, set(found.share.index)
    if (found.of_judges and not policy.verdicts) or (found.of_people and policy.others == "never"):
        return names
    if found.of_people and policy.others == "after_all":
        kept_back |= {one for one in names if waits(workspace.store, one)}
    return kept_back


def _found(workspace: Workspace, figure: Figure, person: str) -> _Counted:
    if "uncaught" in figure:
        return _uncaught(workspace, figure)
    return _drawn(workspace, figure) if "draw" in figure else _labelled(workspace, figure, person)


def _uncaught(workspace: Workspace, figure: Figure) -> _Counted:
    store = workspace.store
    rows, _ = uncaught_notes(codes.notes(store), codes.coded(store), review_table.frame(store), rubrics.every(store))
    mine = rows.loc[rows["code"] == figure["uncaught"], "trace_id"].drop_duplicates()
    return _Counted(pd.Series(1.0, index=pd.Index(mine)), of_judges=False, of_people=True)


def _drawn(workspace: Workspace, figure: Figure) -> _Counted:
    """Having been drawn says nothing of what anybody thought."""
    store, queue = workspace.store, workspace.settings.plan.queue
    every = pd.concat([draw_table.drawn(store, queue), draw_table.drawn_by_waves(store, queue)])
    mine = every.loc[every["added_by"] == figure["draw"], "trace_id"].drop_duplicates()
    return _Counted(pd.Series(1.0, index=pd.Index(mine)), of_judges=False, of_people=False)


def _labelled(workspace: Workspace, figure: Figure, person: str) -> _Counted:
    rubric = _rubric(workspace, figure)
    given = evidence(workspace)
    topics = topics_of(workspace) if TOPIC in figure.get("where", "") else None
    verdicts, labelled = given.verdicts, labels_under(workspace, rubric, given, topics).people
    if "people" in figure:
        names = _answered(labelled, figure)
        # Who reads only their own answers learns nothing of others.
        own = "by" in figure and figure["by"] == person and "beside" not in figure
        return _Counted(pd.Series(1.0, index=pd.Index(names)), of_judges=False, of_people=not own)
    if "panel" in figure:
        rows = _together(workspace, labelled, verdicts, rubric, figure)
    else:
        pairs = _pairs(labelled, verdicts, rubric, figure)
        rows = pairs.judged if "naive" in figure else pairs.drawn
    return _Counted(_share(_holding(rows, figure), figure), of_judges=True, of_people=True)


def _rubric(workspace: Workspace, figure: Figure) -> Rubric:
    version, current = figure.get("rubric_version", ""), workspace.settings.rubric
    rubric = current if version == current.version else rubrics.every(workspace.store).get(version)
    if rubric is None or figure.get("criterion") not in [one.name for one in rubric.criteria]:
        raise WrongUsage(
            f"There is no question {figure.get('criterion', '')!r} in a rubric {version!r}.",
            do="Open the page again: the figure may be gone.",
        )
    return rubric


def _pairs(labelled: PeopleLabels, verdicts: pd.DataFrame, rubric: Rubric, figure: Figure) -> Pairs:
    labels, name = labelled.labels, figure["criterion"]
    mine = labels[(labels["criterion"] == name) & (labels["rubric_version"] == rubric.version)]
    said = (verdicts["judge"] == figure["judge"]) & (verdicts["judge_version"] == figure.get("judge_version", ""))
    return pair(mine, verdicts[said & (verdicts["criterion"] == name)], rubric.criterion(name))


def _together(
    workspace: Workspace, labelled: PeopleLabels, verdicts: pd.DataFrame, rubric: Rubric, figure: Figure
) -> pd.DataFrame:
    """The traces with a verdict of every judge; flagged where any of them flagged."""
    panels = frame_info(workspace, rubric).panels
    panel = next((one for one in panels if one.criterion == figure["criterion"]), None)
    if panel is None:
        raise WrongUsage("These are not several judges.", do="Open the page again: the figure may be gone.")
    each = [
        _pairs(labelled, verdicts, rubric, {**figure, "judge": judge, "judge_version": version}).drawn
        for judge, version in panel.judges
    ]
    flags = pd.concat([rows.set_index("trace_id")["flagged"] for rows in each], axis=1, join="inner").any(axis=1)
    rows = each[0][each[0]["trace_id"].isin(flags.index)]
    return rows.assign(flagged=rows["trace_id"].map(flags))


def _holding(rows: pd.DataFrame, figure: Figure) -> pd.DataFrame:
    keep = pd.Series(True, index=rows.index)
    for name in _OF_JUDGE & set(figure):
        keep &= _holds(rows, name, figure[name])
    return rows[keep]


def _holds(rows: pd.DataFrame, name: str, value: str) -> Any:
    try:
        match name:
            case "said":
                return rows["flagged"] == _SAID[value]
            case "truth":
                return _TRUTH[value](rows["y"])
            case "least":
                return rows["bad_probability"] >= float(value)
            case "most":
                return rows["bad_probability"] <= float(value)
            case "where":
                met = [term.holds(rows[term.column]) for term in (Term(**one) for one in _terms(value))]
                return np.logical_and.reduce(met)
            case _:
                return rows[name].notna() & (rows[name].astype(str) == value)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongUsage(f"{name} cannot be {value[:80]!r}.", do="Open the page again and follow its link.") from error


def _terms(value: str) -> list[dict[str, Any]]:
    found = orjson.loads(value)
    if not isinstance(found, list) or not found:
        raise ValueError("no condition")
    return [{**one, "common": tuple(one["common"])} if "common" in one else one for one in found]


def _share(rows: pd.DataFrame, figure: Figure) -> pd.Series:
    """trace_id -> 1, or of a tie the half that counts on the side asked for."""
    whole = pd.Series(1.0, index=rows["trace_id"])
    y = rows["y"].to_numpy(dtype=float)
    return whole * {"bad": y, "good": 1 - y}.get(figure.get("truth", ""), np.ones(len(rows)))


def _answered(labelled: PeopleLabels, figure: Figure) -> list[str]:
    """Traces people answered; known answers are never among them, as nobody may tell these apart."""
    votes = _of(labelled.votes, figure)
    held = votes.groupby("trace_id")["reviewer"].nunique()
    kept = set(held.index[held >= (2 if "twice" in figure else 1)])
    if "answer" in figure:
        kept &= set(votes.loc[votes["label"] == figure["answer"], "trace_id"])
    for name in {"by", "beside"} & set(figure):
        kept &= set(votes.loc[votes["reviewer"] == figure[name], "trace_id"])
    return sorted(kept)


def _of(rows: pd.DataFrame, figure: Figure) -> pd.DataFrame:
    return rows[(rows["criterion"] == figure["criterion"]) & (rows["rubric_version"] == figure["rubric_version"])]
