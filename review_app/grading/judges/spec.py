"""A judge as its yaml file declares it. Whatever can change an answer is in its version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import orjson
from annotated_types import Ge, Gt, Le, MinLen

from review_app.errors import BadConfig

Seen = Literal["messages", "documents", "tool_calls", "output", "alternative", "error", "correction"]
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, kw_only=True)
class Price:
    """USD per million tokens."""

    input: Annotated[float, Ge(0)]
    output: Annotated[float, Ge(0)]


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One member of the panel. model: as litellm names it; `openai/...` for whatever speaks that protocol. api_base:
    the only address its key is sent to. key: the environment variable that holds the key; None sends none. alias: its
    name in the panel. rpm, tpm: requests and tokens a minute. price: where litellm's list has none, or another."""

    model: Annotated[str, MinLen(1)]
    api_base: str
    key: str | None = None
    alias: str = ""
    concurrency: Annotated[int, Ge(1), Le(1_000)] = 8
    rpm: Annotated[float, Gt(0)] | None = None
    tpm: Annotated[float, Gt(0)] | None = None
    price: Price | None = None

    def __post_init__(self) -> None:
        address = urlsplit(self.api_base)
        if address.scheme not in ("http", "https") or not address.hostname or address.username:
            raise BadConfig(
                f"The api_base of {self.model} is not an http(s) address without a password in it.",
                do="Write for instance https://api.openai.com/v1.",
            )
        if address.scheme == "http" and self.key and not self.is_local:
            raise BadConfig(
                f"The key of {self.model} would travel unencrypted to {address.hostname}.", do="Use an https address."
            )
        if not _NAME.fullmatch(self.name):
            raise BadConfig(f"{self.name!r} cannot name a model.", do="Give it an alias of letters, digits and _.-")

    @property
    def is_local(self) -> bool:
        """Whether its address is this machine."""
        return urlsplit(self.api_base).hostname in _LOOPBACK

    @property
    def name(self) -> str:
        """Its name in the panel."""
        return self.alias or self.model.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How the models answer. samples: how often each is asked about each trace; more than one needs a temperature."""

    temperature: Annotated[float, Ge(0), Le(2)] | None = 0.0
    top_p: Annotated[float, Gt(0), Le(1)] | None = None
    max_tokens: Annotated[int, Ge(16)] = 800
    seed: int | None = None
    samples: Annotated[int, Ge(1), Le(25)] = 1

    def __post_init__(self) -> None:
        if self.samples > 1 and self.temperature == 0:
            raise BadConfig(f"{self.samples} samples at temperature 0 are one sample.", do="Write `temperature: 0.7`.")


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A worked example. given: what a judge sees of a trace. label: one of the judge's own. trace_id: where it is from;
    it must lie in the training part of the labels."""

    given: Mapping[str, Any]
    label: str
    reason: str = ""
    trace_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class JudgeSpec:
    """judges/<name>.yaml. labels: what a model may say -> the rubric's label. bad: the rubric's labels that count as
    failure. sees: the parts of a trace it is shown. timeout: seconds for one call. attempts: calls for one answer."""

    name: str
    criterion: str
    prompt: Annotated[str, MinLen(1)]
    labels: Annotated[Mapping[str, str], MinLen(2)]
    bad: Annotated[tuple[str, ...], MinLen(1)]
    models: Annotated[tuple[ModelSpec, ...], MinLen(1)]
    parameters: Parameters = Parameters()
    sees: Annotated[tuple[Seen, ...], MinLen(1)] = ("messages", "documents", "tool_calls", "output", "error")
    examples: tuple[Shot, ...] = ()
    timeout: Annotated[float, Gt(0), Le(3_600)] = 60.0
    attempts: Annotated[int, Ge(1), Le(20)] = 6

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadConfig(f"{self.name!r} cannot name a judge.", do="Use letters, digits and _.-")
        names = [model.name for model in self.models]
        if len(set(names)) < len(names):
            raise BadConfig(f"Two models of {self.name} have one name: {', '.join(names)}.", do="Give one an `alias`.")
        if unknown := set(self.bad) - set(self.labels.values()):
            raise BadConfig(f"No model can say the bad label {sorted(unknown)[0]!r}.", do="Map a label to it.")
        if set(self.bad) == set(self.labels.values()):
            raise BadConfig(f"Every label of {self.name} is bad.", do="Leave one that is good.")
        if lost := [shot.label for shot in self.examples if shot.label not in self.labels]:
            raise BadConfig(f"An example has the label {lost[0]!r}.", do=f"Use one of: {', '.join(self.labels)}.")

    @property
    def prompt_version(self) -> str:
        """A hash of everything a model is told and shown, apart from the trace."""
        shots = [[dict(shot.given), shot.label, shot.reason] for shot in self.examples]
        return _digest([self.prompt, list(self.labels), shots, list(self.sees)])

    @property
    def members(self) -> tuple[Member, ...]:
        """One for each model."""
        alone = len(self.models) == 1
        return tuple(
            Member(judge=self.name if alone else f"{self.name}/{model.name}", model=model, spec=self)
            for model in self.models
        )

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash of all that decides a verdict; of a panel, of its members' versions."""
        versions = [member.version for member in self.members]
        return versions[0] if len(versions) == 1 else _digest([[m.judge, m.version] for m in self.members])[:12]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One model of a judge: it gives verdicts under `judge` and `version`. A member that joins a panel leaves the
    versions of the others as they are."""

    judge: str
    model: ModelSpec
    spec: JudgeSpec = field(repr=False)

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash of all that decides its verdicts."""
        spec = self.spec
        return _digest([self._asked, spec.criterion, dict(spec.labels), sorted(spec.bad), spec.parameters.samples])[:12]

    @property
    def _asked(self) -> list[Any]:
        given = self.spec.parameters
        settings = [given.temperature, given.top_p, given.max_tokens, given.seed]
        return [self.spec.prompt_version, self.model.model, self.model.api_base, settings]

    def job_key(self, text: bytes, sample: int) -> str:
        """What names one paid question: the same text, prompt, model and parameters are asked once, whatever trace or
        judge needs the answer."""
        return _digest([hashlib.sha256(text).hexdigest(), self._asked, sample])


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
