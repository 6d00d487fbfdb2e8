"""Whether a certificate still holds: what a judge said since it was certified, beside what people said of the same."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from review_app.actions.judges import labels
from review_app.actions.judging import Certificate
from review_app.actions.workspace import Workspace
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges.drifted import drifted
from review_app.agreement.judges.label_rates import label_rates


@dataclass(frozen=True, kw_only=True)
class SinceCertified:
    """A judge's rates on production traces it judged after its certificate, and people labelled. fallen: which of them
    are surely below the certificate's, in words; none where nothing speaks against it."""

    tpr: Estimate
    tnr: Estimate
    fallen: tuple[str, ...]


def since_certified(workspace: Workspace, proof: Certificate, truth: pd.DataFrame) -> SinceCertified:
    """Weighted by the draw as the certificate was. truth: labels.human_labels of its criterion. Candidates' answers
    are not in it: over the hard cases of a golden set any judge is worse than in production."""
    least = workspace.settings.project.evidence.labels_per_verdict
    said = labels.flags(workspace, proof.judge, proof.judge_version, proof.criterion, proof.at)
    tpr, tnr = label_rates(truth.merge(said, on="trace_id"))
    told = {"failures flagged": (proof.tpr, tpr), "good answers passed": (proof.tnr, tnr)}
    fallen = tuple(
        f"{what}: {_interval(then)} when it was certified, {_interval(now)} on {now.n} traces since"
        for what, (then, now) in told.items()
        if drifted(then, now, least)
    )
    return SinceCertified(tpr=tpr, tnr=tnr, fallen=fallen)


def _interval(rate: Estimate) -> str:
    return f"{rate.value:.3f} ({rate.low:.3f} to {rate.high:.3f})"
