"""What leads to a person: card and account numbers, addresses, phones. Looked for where a project asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from review_app.traces.redact import checksums
from review_app.traces.redact.detector import Detector, Scan, Shape, Span

# Digits with single spaces or hyphens between them, as cards are written.
_DIGIT_RUN = re.compile(r"(?<![A-Za-z0-9_.,#-])\d(?:[ -]?\d){12,}(?![A-Za-z0-9_])")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9])")
_IBAN_REST = re.compile(r"(?:[ -]?[A-Za-z0-9]){11,32}")
_LONGEST_CARD = 19
# Four by four, American Express 4-6-5 and Diners 4-6-4, or in one piece: dates in a row are none of these.
_CARD_GROUPS = re.compile(r"\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}")


def _cards(text: str) -> Iterator[Span]:
    """Every card number; beside it, in the same run, may stand other digits, such as its security code."""
    for run in _DIGIT_RUN.finditer(text):
        places = [run.start() + place for place, sign in enumerate(run.group()) if sign.isdigit()]
        first = 0
        while first < len(places):
            length = _card_length(text, places, first)
            if length:
                yield places[first], places[first + length - 1] + 1
            first += length or 1


def _card_length(text: str, places: list[int], first: int) -> int:
    """How many digits from `places[first]` on are a card; 0 where none begins there."""
    if first and places[first] == places[first - 1] + 1:
        return 0  # inside a number
    for length in range(min(_LONGEST_CARD, len(places) - first), 12, -1):
        last = first + length
        ends = last == len(places) or places[last] != places[last - 1] + 1
        written = text[places[first] : places[last - 1] + 1]
        if ends and _CARD_GROUPS.fullmatch(written) and checksums.card(re.sub("[ -]", "", written)):
            return length
    return 0


def _ibans(text: str) -> Iterator[Span]:
    """Every IBAN, in groups or not; its country says where it ends, whatever is written behind it."""
    for found in _IBAN_START.finditer(text):
        length = checksums.iban_length(found.group()[:2])
        rest = _IBAN_REST.match(text, found.end())
        if length is None or rest is None:
            continue
        places = [found.end() + place for place, sign in enumerate(rest.group()) if sign.isalnum()][: length - 4]
        written = found.group() + "".join(text[place] for place in places)
        behind = text[places[-1] + 1 : places[-1] + 2]
        if not behind.isalnum() and written.isascii() and checksums.iban(written.upper()):
            yield found.start(), places[-1] + 1


_FILES = "png jpg jpeg gif svg webp avif ico css js mjs map json html htm pdf mp3 mp4"
# A letter of a script that puts spaces between words; in others an address stands right beside the words around it.
_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_LABEL = rf"{_LETTER}(?:{_LETTER}|-){{0,62}}"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,8}}\.(?P<tld>(?:(?!\d){_LETTER}){{2,24}}|xn--[a-z0-9-]{{1,59}})"

EMAIL = Shape(
    name="email",
    words=("@",),
    pattern=re.compile(rf"(?<!{_LETTER})(?<![.+%'-])(?:{_LETTER}|[.+%'-]){{1,64}}@{_HOST}(?!{_LETTER}|[@-])"),
    # `logo@2x.png` is a file, `git@host.org:team/repo` a repository.
    real=lambda found: (
        found["tld"].lower() not in _FILES.split()
        and not (found.group().startswith("git@") and found.string[found.end() : found.end() + 1] == ":")
    ),
)
_PHONE = re.compile(
    r"(?<![\w.,/#+:=-])(?:"
    r"(?:\+|00)[1-9]\d{0,2}(?:[ ./-]?\(0\))?(?:[ ./()-]{0,2}\d){6,12}"  # with the code of a country
    r"|\(?[2-9]\d{2}\)?[ .-]{1,2}[2-9]\d{2}[ .-]\d{4}"  # North America
    r"|\(?0\d{1,4}\)?(?:[ /-]{1,2}\d{2,8}){1,5}"  # with the trunk zero
    r")(?![\w]|[.,:/-]\d)"
)
_DATE = re.compile(r"0?\d[/-]\d{1,2}[/-]\d{2,4}|00\d{2}[ -]")


def _is_phone(found: re.Match[str]) -> bool:
    """Whether it has as many digits as a phone number (ITU-T E.164: at most 15), and is no date."""
    said = found.group()
    digits = sum(sign.isdigit() for sign in said)
    fewest = 8 if said.startswith(("+", "00")) else 9
    return fewest <= digits <= 15 and not _DATE.fullmatch(said)


def _phones(text: str) -> Iterator[Span]:
    return (match.span() for match in _PHONE.finditer(text) if _is_phone(match))


_IP = re.compile(
    r"(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?)"
    r"(?![\w-]|\.\w)"
)
_VERSION = re.compile(r"(?:version|release|build|\bver\.?|\bv\.?|firmware|update)[ :=]{0,2}$", re.IGNORECASE)


def _is_ip(found: re.Match[str]) -> bool:
    """Whether it is an address of a machine other than this one, and not written as a version."""
    said = found.group().rstrip(":") if not found.group().endswith("::") else found.group()
    try:
        address = ip_address(said)
    except ValueError:
        return False
    if "." not in said and not any(sign.isdigit() for sign in said):
        return False  # `a::b` is a name in C++
    before = found.string[max(0, found.start() - 12) : found.start()]
    return not (address.is_loopback or address.is_unspecified or _VERSION.search(before))


def _ips(text: str) -> Iterator[Span]:
    return (match.span() for match in _IP.finditer(text) if _is_ip(match))


IP = Scan(name="ip", hint=r"\d\.\d{1,3}\.\d{1,3}\.\d|:[0-9A-Fa-f]{0,4}:", spans=_ips)
CARD = Scan(name="card", hint=r"\d(?:[ -]?\d){12}", spans=_cards)
IBAN = Scan(name="iban", hint=r"[A-Z]{2}\d{2}[ -]?[A-Za-z0-9]{3}", spans=_ibans)
PHONE = Scan(name="phone", hint=r"\d(?:[ ./()-]{0,3}\d){7}", spans=_phones)

# In this order: an account number holds runs of digits that could be a phone's.
PERSONAL: tuple[Detector, ...] = (IBAN, CARD, EMAIL, IP, PHONE)
