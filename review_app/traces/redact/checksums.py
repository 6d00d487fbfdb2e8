"""What tells a number of a card or an account from any other: its check digits, its length, its first digits."""

from __future__ import annotations

# Length of an IBAN by country: SWIFT, IBAN Registry (ISO 13616), release 99.
_IBANS = """
    AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28
    EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23
    IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27
    MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24
    SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[3:]) for entry in _IBANS.split()}
# First digits -> lengths, of the networks that are in use (ISO/IEC 7812). Ranges are of equal width, ends included.
_CARDS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),  # Discover
    ("644", "659", (16, 17, 18, 19)),
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14,)),
    ("38", "39", (14,)),
    ("3528", "3589", (16,)),  # JCB
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
)


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def card(digits: str) -> bool:
    """Whether these digits are a card number: first digits and length of a network, and the Luhn digit."""
    known = any(low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in _CARDS)
    return known and luhn(digits)


def iban_length(country: str) -> int | None:
    """How many characters an IBAN of this country has; None for a country that has none."""
    return _IBAN_LENGTHS.get(country)


def iban(text: str) -> bool:
    """Whether this is an IBAN, written without spaces: its country's length, and 1 as remainder of 97 (ISO 7064)."""
    if len(text) != iban_length(text[:2]):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1
