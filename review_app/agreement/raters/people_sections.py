"""People beside people, panels of judges, and notes no criterion caught, as rows and remarks."""

from __future__ import annotations

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.dawid_skene import DawidSkene
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.raters.reviewers import ReviewersReport
from review_app.agreement.report import PanelReport
from review_app.agreement.section import Row, Section, figure
from review_app.agreement.sentence import percent
from review_app.agreement.slicing.uncaught import Uncaught

_COEFFICIENTS = {
    "percent_agreement": "same answer",
    "alpha": "Krippendorff's alpha",
    "ac": "Gwet's AC",
    "kappa": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "conger": "Conger's kappa",
    "brennan_prediger": "Brennan-Prediger",
}


_PANEL = {
    "exact": "same level",
    "within_one": "at most one level away",
    "mean_gap": "mean gap, one reviewer minus the other",
    "qwk": "quadratic weighted kappa",
    "spearman": "Spearman's rho",
    "kendall_tau_b": "Kendall's tau-b",
}
_ICC = {
    "icc1": "ICC(1,1), each trace its own reviewers",
    "icc2": "ICC(2,1), severity counts as error",
    "icc3": "ICC(3,1), severity forgiven",
    "icc1k": "ICC(1,k), of their mean",
    "icc2k": "ICC(2,k), of their mean",
    "icc3k": "ICC(3,k), of their mean",
}


def panel_sections(panel: PanelReport) -> list[Section]:
    """All judges of one criterion together."""
    found = panel.panel
    lines = [f"Mind: {found.warning}."] if found.warning else []
    if found.refusal:
        lines.append(f"The judges together: {found.refusal.rstrip('.')}.")
    rows: list[Row] = [
        (name, *(one.metrics.get(metric) for metric in ("tpr", "tnr", "kappa")))
        for name, one in found.rates.items()
        if not one.refusal
    ]
    if found.joint:
        joint = found.joint
        examples = f"; e.g. {', '.join(joint.examples)}" if joint.examples else ""
        lines.append(
            f"Joint failures, all judges pass and people fail: {joint.n:g} labelled traces; "
            f"{figure(joint.of_failures)} of all bad answers, {figure(joint.of_traffic)} of all traffic{examples}."
        )
    alone = found.independent
    if alone.value is not None and found.correlation is not None:
        lines.append(
            f"{len(found.judges)} judges count as {_few(alone)} independent ones: their errors correlate by "
            f"{found.correlation:.2f}."
        )
    else:
        lines.append(f"How many of the judges are independent is unknown: {alone.reason}.")
    left = f", {found.excluded} without a verdict of every judge left out" if found.excluded else ""
    lines.append(f"{found.n} labelled traces{left}.")
    return [Section(name="panel", head=("judge", "TPR", "TNR", "kappa"), rows=tuple(rows), lines=tuple(lines))]


def _few(judges: Estimate) -> str:
    interval = "" if judges.low is None or judges.high is None else f" ({judges.low:.1f} to {judges.high:.1f})"
    return f"{judges.value:.1f}{interval}"


def people_sections(people: PeopleReport, reviewers: bool = False) -> list[Section]:
    """How far people agree. reviewers: name them; otherwise their flags are only counted."""
    found = [
        _coefficients(people),
        _answers(people),
        _scale(people),
        _pairs(people, reviewers),
        *_each(people.reviewers, reviewers),
    ]
    found.append(_second_opinion(people.reviewers.dawid_skene, reviewers))
    left = tuple((why, n, "ratings") for why, n in people.reliability.excluded.items() if n)
    found.append(Section(name="left_out", head=("reason", "count", "unit"), rows=left))
    return [section for section in found if section.rows or section.lines]


def _coefficients(people: PeopleReport) -> Section:
    told = people.reliability
    if told.refusal:
        return Section(name="people", lines=(f"Not compared: {told.refusal}.",))
    rows: list[Row] = []
    lines = []
    scott = {"fleiss": "Scott's pi"} if told.n_raters == 2 else {}
    for name, text in (_COEFFICIENTS | scott).items():
        one = getattr(told, name)
        if one.value is None:
            lines.append(f"{text}: undefined: {one.reason}.")
        else:
            rows.append((text, one))
    if people.ratio_alpha and people.ratio_alpha.value is not None:
        rows.append(("Krippendorff's alpha, ratio", people.ratio_alpha))
    lines.insert(0, f"{told.n_units:,} traces with two ratings or more, {told.n_pairs:,} pairs.")
    lines += [f"Mind: {note}." for note in (told.paradox, told.unstable) if note]
    if told.undefined_resamples:
        lines.append(f"Alpha was undefined in {told.undefined_resamples} resamples, which are left out.")
    left = "; ".join(f"{n:,} ratings, {why}" for why, n in told.excluded.items() if n)
    lines += [f"Left out: {left}."] if left else []
    lines += [f"Ceiling: {people.ceiling.text}."] if people.ceiling else []
    return Section(
        name="people",
        head=(f"figure ({told.scale})", "value, 95 %"),
        rows=tuple(rows),
        lines=(*lines, f"Intervals of the first two: {told.method}."),
    )


def _answers(people: PeopleReport) -> Section:
    """How often each answer was given."""
    told = people.reliability
    if told.refusal:
        return Section(name="answers")
    shares = ", ".join(f"{one.category} {percent(one.share)}" for one in told.shares[:8])
    return Section(
        name="answers",
        head=("answer", "share", "traces"),
        rows=tuple((str(one.category), one.share, one.n_units) for one in told.shares),
        lines=(f"Answers: {shares}{', …' if len(told.shares) > 8 else ''}.",),
    )


def _second_opinion(found: DawidSkene, reviewers: bool) -> Section:
    """True answers as estimated beside the majority's; nothing where that is refused."""
    if found.refusal:
        return Section(name="second_opinion")
    shares = ", ".join(f"{name} {percent(p)}" for name, p in zip(found.categories, found.prevalence, strict=True))
    told = f"{shares}; {found.n_ratings:,} answers on {found.n:,} traces. {found.method}. It never changes a label."
    rows = [(one.rater, one.n, one.accuracy) for one in found.confusion] if reviewers else []
    return Section(
        name="second_opinion",
        title="How often each reviewer is right, as estimated" if rows else "",
        head=("reviewer", "answers", "right"),
        rows=tuple(rows),
        lines=(f"Second opinion, true answers: {told}",),
    )


def _scale(people: PeopleReport) -> Section:
    """Two people on one scale, and intraclass correlations where the scores are numbers."""
    panel, icc = people.reliability.panel, people.reliability.icc
    rows: list[Row] = []
    lines = []
    for found, names in ((panel, _PANEL), (icc, _ICC)):
        if found is None:
            continue
        for name, text in names.items():
            value, bounds = getattr(found, name), found.intervals.get(name, (None, None))
            if value is not None:
                rows.append(
                    (text, Estimate(value=value, low=bounds[0], high=bounds[1], n=found.n, method=found.method))
                )
    if panel:
        lines += [f"Undefined {name}: {why}." for name, why in panel.undefined.items()]
    if icc and icc.undefined:
        lines.append(f"Intraclass correlation: {icc.undefined}.")
    about = panel or icc
    title = f"On the scale, {about.n:,} traces" if rows and about else ""
    return Section(
        name="people_scale", title=title, head=("figure", "value, 95 %"), rows=tuple(rows), lines=tuple(lines)
    )


def _pairs(people: PeopleReport, reviewers: bool) -> Section:
    if not people.pairs:
        return Section(name="rater_pairs")
    if not reviewers:
        kappas = sorted(pair.kappa.value for pair in people.pairs if pair.kappa.value is not None)
        told = f"kappa {kappas[0]:.3f} to {kappas[-1]:.3f}" if kappas else "kappa undefined"
        return Section(name="rater_pairs", lines=(f"{len(people.pairs)} pairs of reviewers: {told}.",))
    rows = [(pair.first, pair.second, pair.n, pair.percent_agreement, pair.kappa) for pair in people.pairs]
    return Section(
        name="rater_pairs",
        title="Two reviewers each",
        head=("first", "second", "traces", "same answer, 95 %", "Cohen's kappa, 95 %"),
        rows=tuple(rows),
    )


def _each(found: ReviewersReport, reviewers: bool) -> list[Section]:
    groups = len(found.overlap.components)
    told = f"{groups} groups of reviewers share no trace and cannot be compared" if groups > 1 else found.overlap.advice
    lines = [f"Mind: {found.overlap.advice if reviewers else told}."] if told else []
    flagged = [one for one in found.reviewers if one.flags]
    if not reviewers:
        n = sum(len(one.flags) for one in flagged)
        flags = f"{n} {'flag' if n == 1 else 'flags'} on {len(flagged)} of {len(found.reviewers)} reviewers"
        lines += [f"{flags}, for them and the lead."] if n else []
        return [Section(name="reviewers", lines=tuple(lines))]
    rows = [
        (one.rater, one.n, None if one.severity is None else one.severity.shrunk,
         None if one.known is None else one.known.accuracy, one.drift.state, f"{one.n_fast} of {one.n_timed}")
        for one in found.reviewers
    ]  # fmt: skip
    lines += [f"{one.rater}, {flag.kind}: {flag.text}." for one in flagged for flag in one.flags]
    return [
        Section(
            name="reviewers",
            title="Reviewers",
            head=("reviewer", "answers", "severity", "known right", "drift", "too fast"),
            rows=tuple(rows),
            lines=(*lines, found.note),
        )
    ]


def uncaught_section(found: Uncaught | None) -> Section:
    """Notes on traces whose every answer was good."""
    if found is None or not found.codes:
        return Section(name="uncaught")
    rows = [(one.code, one.notes, one.traces, ", ".join(one.examples)) for one in found.codes]
    return Section(
        name="uncaught",
        title=f"Notes no criterion caught: on {found.traces:,} of {found.of:,} traces without a bad answer",
        head=("code", "notes", "traces", "examples"),
        rows=tuple(rows),
        lines=(f"{found.method[0].upper()}{found.method[1:]}.",),
    )
