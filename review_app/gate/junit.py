"""A decision as JUnit XML, which every CI knows how to show: a test case for each metric and each blocker."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from review_app.gate.decision import Decision

# What XML 1.0 has no room for, in any spelling; a name or an id from a file may hold it.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN = 50


def as_junit(decision: Decision) -> str:
    """Block is a failure and inconclusive an error, so that a CI is green on pass alone."""
    suite = ElementTree.Element("testsuite", name=f"gate over golden release {decision.release_number}")
    for metric in decision.metrics:
        case = _case(suite, "metric", metric.name)
        changed = [f"{one.example_id}: {one.baseline:g} to {one.candidate:g}" for one in metric.changed[:_SHOWN]]
        if metric.outcome != "pass":
            kind = "failure" if metric.outcome == "block" else "error"
            _fault(case, kind, metric.outcome, metric.reason, changed)
    for blocker in decision.blockers:
        case = _case(suite, "blocker", blocker.name)
        if blocker.failed:
            said = f"failed on {len(blocker.failed)} of {blocker.n} examples"
            _fault(case, "failure", "block", said, list(blocker.failed[:_SHOWN]))
    for kind in ("failure", "error"):
        suite.set({"failure": "failures", "error": "errors"}[kind], str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    output = ElementTree.SubElement(suite, "system-out")
    output.text = _clean("\n".join([decision.outcome, *decision.reasons, *decision.notes]))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _case(suite: ElementTree.Element, kind: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=f"gate.{kind}", name=_clean(name))


def _fault(case: ElementTree.Element, tag: str, kind: str, said: str, lines: list[str]) -> None:
    ElementTree.SubElement(case, tag, type=kind, message=_clean(said)).text = _clean("\n".join(lines))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
