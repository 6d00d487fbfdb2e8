"""Redaction on the way into the store, by the rules of the project."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from review_app.review.review_file import ImportedReview
from review_app.store.prepared import Prepared, prepare
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.lines import SHOWN
from review_app.traces.received import ReceivedRecord
from review_app.traces.redact.placeholders import Interim
from review_app.traces.redact.records import redacted
from review_app.traces.redact.redactor import Redactor
from review_app.traces.redact.rules import Redaction
from review_app.traces.trace import decode

Opinion = TypeVar("Opinion", bound=Verdict | HumanOpinion | ImportedReview)

_SAID = ("label", "rationale", "note", "correction", "beside")
_LAST_WORD = re.compile(r"[^\s\"'<>,;]+$")


class Redacting:
    """Everything one run stores goes through here."""

    def __init__(self, rules: Redaction) -> None:
        self._redactor = Redactor(rules.detectors())

    @property
    def found(self) -> Mapping[str, int]:
        """Detector -> how many values it replaced."""
        return dict(self._redactor.found)

    def traces(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """Traces without what was found in them, in the same order."""
        suspects = self._redactor.suspects([one.body for one in prepared])
        return [self._trace(one) if suspect else one for one, suspect in zip(prepared, suspects, strict=True)]

    def records(self, records: Sequence[ReceivedRecord], key: bytes) -> list[ReceivedRecord]:
        """Received spans and log records without what was found in them; key: the project's, for their placeholders."""
        return redacted(records, self._redactor, key)

    def opinion(self, opinion: Opinion) -> Opinion:
        """What a judge or a person said, without what was found in their words."""
        said = {name: told for name in _SAID if (told := getattr(opinion, name, None))}
        clean = self._redactor.opinion(opinion.trace_id, list(said.values()))
        changed: dict[str, Any] = {name: new for name, new in zip(said, clean, strict=True) if new != said[name]}
        return replace(opinion, **changed) if changed else opinion

    def early_feedback(self, trace_id: str, texts: Sequence[str], key: bytes) -> list[str]:
        """What a user said of a trace that is not here yet, with interim placeholders."""
        naming = Interim(key, trace_id)
        return [str(self._redactor.value(text, naming)) for text in texts]

    def feedback(self, body: str, texts: Sequence[str]) -> list[str]:
        """What a user said of a trace that is stored; its placeholders keep their meaning."""
        return self._redactor.texts(texts, body)

    def words(self, texts: Sequence[str]) -> list[str]:
        """Texts of no trace, in the same order."""
        return self._redactor.texts(texts)

    def reject(self, reject: Reject) -> Reject:
        """A line of the rejects file. Where its text was cut, the last word goes: it may be the half of a secret."""
        raw = _LAST_WORD.sub("…", reject.raw) if len(reject.raw) >= SHOWN else reject.raw
        raw, reason = self._redactor.texts([raw, reject.reason])
        return replace(reject, raw=raw, reason=reason)

    def _trace(self, prepared: Prepared) -> Prepared:
        body = self._redactor.trace(prepared.body)
        return prepared if body is None else prepare(decode(body.encode()))
