"""Names, places and the like, found by Microsoft Presidio: a model's opinion, with neither a shape nor a checksum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from review_app.errors import BadConfig
from review_app.traces.redact.detector import Found, Span


class Presidio:
    """A detector. Raises BadConfig where Presidio or the model is not installed; Presidio itself would fetch one."""

    name = "named"
    hint = None

    def __init__(self, model: str, language: str, entities: Sequence[str], threshold: float) -> None:
        self._analyzer = _analyzer(model, language)
        self._asked: dict[str, Any] = {"language": language, "entities": list(entities), "score_threshold": threshold}

    def found(self, texts: Sequence[str]) -> Iterator[Found]:
        """What Presidio says stands there; of two that overlap, the longer."""
        for place, text in enumerate(texts):
            said = [(hit.start, hit.end) for hit in self._analyzer.analyze(text=text, **self._asked)]
            if said:
                yield place, _apart(said)


def _apart(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end))
    return sorted(kept)


@lru_cache(maxsize=4)  # loading a model takes seconds, and the receiver asks for it with each request
def _analyzer(model: str, language: str) -> Any:
    try:
        engine, nlp = import_module("presidio_analyzer"), import_module("presidio_analyzer.nlp_engine")
        installed = import_module("spacy.util").is_package(model)
    except ModuleNotFoundError as fault:
        raise BadConfig(
            f"Redaction asks for Presidio, and {fault.name} is not installed.",
            where="project.yaml: redaction.presidio",
            do="Install it with `pip install 'review-app[presidio]'`, or remove `presidio`.",
        ) from fault
    if not installed:
        raise BadConfig(
            f"The spaCy model {model!r} is not installed.",
            where="project.yaml: redaction.presidio.model",
            do=f"Install it, for instance with `python -m spacy download {model}`.",
        )
    settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
    made = nlp.NlpEngineProvider(nlp_configuration=settings).create_engine()
    return engine.AnalyzerEngine(nlp_engine=made, supported_languages=[language])
