"""The hand-written sources: scenarios, knowledge base, people, turns of phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).resolve().parent.parent / "source"
LANGUAGES = ("en", "de", "fr")


@dataclass(frozen=True, kw_only=True)
class Bad:
    """An answer that fails as a whole. kind: its reason label. why: what a reviewer says of it."""

    kind: str
    say: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One situation, with everything the customer and the assistant may say in it.

    docs: retrieved for sure. near: retrieved sometimes. gist: what a right answer does, in English, for a judge to say.
    ask, say: variants. bad: wholly wrong answers. why: kind -> what is wrong, with <right> and <wrong>.
    tools: [name, arguments, result], a result that starts with "ERROR " is an error. needs_order: may be asked for it.
    half: which `ask` variants, from 0, ask for what an `incomplete` answer leaves out; none given means each does.
    triage: the JSON answer of route ticket_triage, instead of `say`.
    """

    id: str
    route: str
    language: str
    gist: str
    ask: tuple[str, ...]
    say: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    bad: tuple[Bad, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[Any, ...] = ()
    set: Mapping[str, str] = field(default_factory=dict)
    needs_order: bool = False
    half: tuple[int, ...] = ()
    triage: Mapping[str, Any] | None = None

    @property
    def planted(self) -> bool:
        """Whether judge-a's blind spot lies in this slice."""
        return self.language == "de" and self.route in ("returns_refunds", "warranty_repair")

    @property
    def asks_bike(self) -> bool:
        """Whether the assistant may first ask which bike it is."""
        return self.route in ("troubleshooting", "warranty_repair")


def read() -> dict[tuple[str, str], list[Scenario]]:
    """(language, route) -> its scenarios, in the order they are written."""
    found: dict[tuple[str, str], list[Scenario]] = {}
    for path in sorted(SOURCE.glob("??/*.yaml")):
        if path.stem in ("people", "phrases", "kb"):
            continue
        language, route = path.parent.name, path.stem.split("-")[0]
        for raw in _yaml(path):
            found.setdefault((language, route), []).append(_scenario(raw, language, route))
    return found


def articles() -> dict[str, dict[str, dict[str, Any]]]:
    """language -> kb id -> title, source, text."""
    return {language: {a["id"]: a for a in _yaml(SOURCE / language / "kb.yaml")} for language in LANGUAGES}


def sheet(language: str, name: str) -> Any:
    """A language's `people` or `phrases`."""
    return _yaml(SOURCE / language / f"{name}.yaml")


def shared(name: str) -> Any:
    """A source that is not bound to a language: `opinions`, `system`."""
    return _yaml(SOURCE / f"{name}.yaml")


def variants(text: str) -> tuple[str, ...]:
    """Texts written one under the other, a line of two dashes between them."""
    return tuple(part.strip() for part in f"\n{text}\n".split("\n--\n") if part.strip())


def _scenario(raw: dict[str, Any], language: str, route: str) -> Scenario:
    fields = dict(raw) | {"language": language, "route": route}
    fields |= {name: variants(raw.get(name, "")) for name in ("ask", "say")}
    fields |= {name: tuple(raw.get(name, ())) for name in ("docs", "near", "tools", "half")}
    fields["bad"] = tuple(Bad(**one) for one in raw.get("bad", ()))
    return Scenario(**fields)


def _yaml(path: Path) -> Any:
    # The C loader reads the same in a tenth of the time.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
