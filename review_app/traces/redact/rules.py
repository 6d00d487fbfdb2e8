"""The section `redaction` of project.yaml: what is taken out of traces before they are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Gt, Le
from pydantic import AfterValidator

from review_app.traces.redact.access_keys import SECRETS
from review_app.traces.redact.detector import Detector
from review_app.traces.redact.own_patterns import OwnPattern, fault
from review_app.traces.redact.personal import PERSONAL
from review_app.traces.redact.presidio import Presidio

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_TAKEN = {detector.name for detector in (*SECRETS, *PERSONAL)}


def _sound(patterns: Mapping[str, str]) -> Mapping[str, str]:
    for name, pattern in patterns.items():
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise ValueError(f"has the name {name!r}; a name is new, in small letters, digits and underscores")
        if wrong := fault(pattern):
            raise ValueError(f"has a pattern {name!r} that RE2 cannot use: {wrong}")
    return patterns


@dataclass(frozen=True, kw_only=True)
class PresidioRules:
    """Names, places and the like, found by Microsoft Presidio (extra `presidio`). model: an installed spaCy model; we
    fetch none. entities: Presidio's words for what to find. threshold: the least score, in (0, 1]."""

    model: str
    entities: tuple[str, ...] = ("PERSON", "LOCATION")
    language: str = "en"
    threshold: Annotated[float, Gt(0), Le(1)] = 0.6


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """secrets: keys, tokens and passwords. personal: which of email, phone, card, iban and ip. patterns: name -> an RE2
    pattern of your own. presidio: names and places, with the extra."""

    secrets: bool = True
    personal: tuple[Literal["email", "phone", "card", "iban", "ip"], ...] = ()
    patterns: Annotated[Mapping[str, str], AfterValidator(_sound)] = field(default_factory=dict)
    presidio: PresidioRules | None = None

    def detectors(self) -> tuple[Detector, ...]:
        """Those in force, in the order in which they look. Presidio's model is loaded here."""
        own = [OwnPattern(name=name, pattern=pattern) for name, pattern in self.patterns.items()]
        asked = [detector for detector in PERSONAL if detector.name in self.personal]
        rules = self.presidio
        named = [Presidio(rules.model, rules.language, rules.entities, rules.threshold)] if rules else []
        return (*(SECRETS if self.secrets else ()), *own, *asked, *named)
