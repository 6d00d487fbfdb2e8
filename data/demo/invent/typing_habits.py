"""How people type: greetings left out, capitals dropped, letters swapped, accents lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from random import Random
from typing import Any

from . import phrases

_WORD = re.compile(r"(?<!\S)[a-zà-ÿß]{6,}(?=[\s,.?!])")
_GREETING = re.compile(r"(?i)(hi|hey|hello|hallo|guten|moin|bonjour|subject|quick one|madame)\b")
_SMALL = re.compile(
    r"(Can|Could|Do|Does|Did|How|Is|Are|Where|What|Which|When|Why|Would|Who|Please|My|The|We|Any|There|Will|"
    r"Wie|Was|Wann|Wo|Bis|Ab|Ist|Kann|Können|Darf|Muss|Meine?|Der|Die|Das|Gibt|Ich|Wir|Bitte|Habe|Gilt|Komme|"
    r"Je|On|Peut|Quelle?|Les|Le|La|Des|Mon|Vous|Comment|Mettre|Livrez|Pourriez)\b"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def letter(ask: str, turns: Mapping[str, Any], slots: Mapping[str, Any], language: str, rng: Random) -> str:
    """A customer's first message: greeting, question, perhaps an aside, perhaps a closing, typed by a human."""
    voice = phrases.Voice(language=language, loose=True)
    opening, closing = rng.choice(turns["user_open"]), rng.choice(turns["user_close"])
    if _GREETING.match(ask):
        opening = ""
    body = [phrases.plain(ask, slots, voice, rng)]
    if rng.random() < 0.36:
        body.insert(rng.choice((0, 1, 1, 1, 1)), phrases.plain(rng.choice(turns["aside"]), slots, voice, rng))
    paragraphs = "\n" in ask or rng.random() < 0.35
    middle = " ".join([*(_ended(part) for part in body[:-1]), body[-1]])
    if closing and not paragraphs:
        middle = _ended(middle)
    text = ("\n\n" if paragraphs else " ").join(piece for piece in (opening, middle, closing) if piece)
    # A German date brings its own full stop.
    whole = re.sub(r"(?<!\.)\.\.(?!\.)", ".", phrases.tidy(phrases.plain(text, slots, voice, rng)))
    return typed(whole, language, rng)


def joined(lead: str, question: str) -> str:
    """A second question behind its lead-in, with the capital it then should have."""
    small = lead[-1] not in ".!?:" and _SMALL.match(question)
    return f"{lead} {question[0].lower() + question[1:] if small else question}"


def typed(text: str, language: str, rng: Random) -> str:
    """The text as it was typed: mostly clean, sometimes with a slip, sometimes without any care."""
    habit = rng.random()
    if habit < 0.16:
        text = text.lower() if language != "de" or rng.random() < 0.7 else text
        text = text.replace("'", "") if language == "en" else text
    if 0.1 < habit < 0.28:
        text = _slip(text, rng)
    if rng.random() < 0.08:
        text = text.translate(_UMLAUTS) if language == "de" else text
        text = _bare(text) if language == "fr" else text
    return text


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!", ")", "…", ":")) else f"{sentence}."


def _slip(text: str, rng: Random) -> str:
    # Names and addresses are left alone: people know how to spell those.
    words = [found for found in _WORD.finditer(text) if "@" not in found.group()]
    if not words:
        return text
    found = rng.choice(words)
    at = found.start() + rng.randrange(2, len(found.group()) - 2)
    kind = rng.random()
    if kind < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind < 0.8 else text[:at] + text[at] + text[at:]


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
