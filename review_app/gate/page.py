"""A decision as one HTML file: nothing is loaded, nothing is run, and every text from a file is text."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from review_app.gate.decision import ChangedCase, Decision, MetricResult
from review_app.gate.report import figure, interval

_SHOWN = 100
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1f;background:#fff}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d5d5dd}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f7;padding:.6rem;margin:.2rem 0}
.pass{color:#0b6b2e}.block{color:#a3131a}.inconclusive{color:#7a4b00}summary{cursor:pointer;padding:.3rem 0}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}@media(max-width:45rem){.sides{grid-template-columns:1fr}}
"""
_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
# Control signs, and those that turn or hide what stands beside them.
_HIDES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class CaseTexts:
    """What a reader needs to see of a changed case; None where there was no such text."""

    question: str
    expected: str | None
    baseline: str | None
    candidate: str | None


@dataclass(frozen=True, kw_only=True)
class _Cases:
    """What is known of the cases, by example_id."""

    texts: Mapping[str, CaseTexts]
    links: Mapping[str, str]


def as_html(
    decision: Decision, texts: Mapping[str, CaseTexts] | None = None, links: Mapping[str, str] | None = None
) -> str:
    """The whole report; changed cases worst first, each with both answers behind one click. texts: by example_id.
    links: example_id -> where the two answers stand side by side."""
    cases = _Cases(texts=texts or {}, links=links or {})
    said = "".join(f"<li>{_text(reason)}</li>" for reason in (*decision.reasons, *decision.notes))
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    body = [
        f'<h1 class="{decision.outcome}">{decision.outcome.upper()}</h1><ul>{said}</ul>',
        f"<p>{_about(decision)}</p>",
        _metrics(decision.metrics),
        *(_blocker(one.name, one.n, one.failed, cases) for one in decision.blockers),
        *(_changes(metric, cases) for metric in decision.metrics if metric.changed),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest)}">'
        '<meta name="viewport" content="width=device-width"><title>Gate: '
        f"{decision.outcome}</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _about(decision: Decision) -> str:
    pair = f"{decision.pair}." if decision.pair else ""
    return (
        f"Golden release {decision.release_number} (<code>{_text(decision.release_hash)}</code>), "
        f"{decision.n_examples} examples; alpha {decision.policy.alpha:g}, one-sided; look {decision.look}. "
        f"{_text(pair)}"
    )


def _metrics(metrics: Iterable[MetricResult]) -> str:
    rows = "".join(_row(metric) for metric in metrics)
    heads = ("metric", "baseline", "candidate", "change", "interval", "margin", "p", "n", "needs n", "answer")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f"<h2>Metrics</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""


def _row(metric: MetricResult) -> str:
    cells = (
        metric.name, figure(metric.baseline_rate), figure(metric.candidate_rate),
        figure(metric.difference.value, "+.3f"), interval(metric), f"{metric.margin:.3f}", figure(metric.p),
        str(metric.n), str(metric.needed_n),
    )  # fmt: skip
    plain = "".join(f"<td>{_text(cell)}</td>" for cell in cells)
    return f'<tr>{plain}<td class="{metric.outcome}">{metric.outcome}</td></tr>'


def _blocker(name: str, n: int, failed: tuple[str, ...], cases: _Cases) -> str:
    said = f"failed on {len(failed)} of {n}" if failed else f"holds on all {n}"
    shown = "".join(_case(one, one, cases) for one in failed[:_SHOWN])
    return f"<h2>Blocker {_text(name)}: {said}</h2>{shown}{_left(len(failed))}"


def _changes(metric: MetricResult, cases: _Cases) -> str:
    shown = "".join(_case(one.example_id, _line(one), cases) for one in metric.changed[:_SHOWN])
    return f"<h2>Changed: {_text(metric.name)}</h2>{shown}{_left(len(metric.changed))}"


def _line(case: ChangedCase) -> str:
    return f"{case.example_id}: {case.baseline:g} to {case.candidate:g}"


def _left(count: int) -> str:
    return f"<p>and {count - _SHOWN} more</p>" if count > _SHOWN else ""


def _case(example_id: str, line: str, cases: _Cases) -> str:
    found, address = cases.texts.get(example_id), cases.links.get(example_id)
    link = f'<p><a href="{_text(address)}">side by side</a></p>' if address else ""
    if found is None:
        return f"<p>{_text(line)}</p>{link}"
    expected = "" if found.expected is None else f"<p>expected</p>{_block(found.expected)}"
    return (
        f"<details><summary>{_text(line)}</summary>{link}<p>input</p>{_block(found.question)}{expected}"
        f'<div class="sides"><div><p>baseline</p>{_block(found.baseline)}</div>'
        f"<div><p>candidate</p>{_block(found.candidate)}</div></div></details>"
    )


def _block(text: str | None) -> str:
    return "<p>no answer</p>" if text is None else f'<pre dir="auto">{_text(text)}</pre>'


def _text(text: str) -> str:
    return html.escape(_HIDES.sub("\N{REPLACEMENT CHARACTER}", text))
