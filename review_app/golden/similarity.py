"""How alike two conversations are: Jaccard similarity of word shingles, and a short signature to estimate it from.

The signature (MinHash; Broder 1997) is stored with a case and compared years later, so it is spelled out here and
depends on no library: `signature` must give the same numbers for the same text for ever.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np

from review_app.traces.trace import Trace

HASHES = 128
SPREAD = (0.25 / HASHES) ** 0.5
"""The most a similarity estimated from two signatures has as standard error: sqrt(j (1 - j) / 128) <= .044."""

_WORDS = 3
_WORD = re.compile(r"\w+")
_PRIME = np.uint64((1 << 31) - 1)
# Fixed for ever: multipliers and shifts of the 128 hash functions h -> (a h + b) mod (2^31 - 1).
_DRAWN = np.array(
    [
        int.from_bytes(hashlib.md5(f"minhash {number}".encode(), usedforsecurity=False).digest()[:4]) >> 1
        for number in range(2 * HASHES)
    ],
    dtype=np.uint64,
)
_A, _B = _DRAWN[:HASHES] % (_PRIME - np.uint64(1)) + np.uint64(1), _DRAWN[HASHES:] % _PRIME


def question(trace: Trace) -> str:
    """What was asked: everything said before the output but the system's prompt, which all traces of a route share."""
    return "\n".join(message.text for message in trace.messages if message.role != "system")


def shingles(text: str) -> frozenset[str]:
    """Every three words that stand together, in small letters; all words together where there are fewer."""
    words = _WORD.findall(text.casefold())
    last = max(len(words) - _WORDS, 0)
    return frozenset(" ".join(words[start : start + _WORDS]) for start in range(last + 1)) if words else frozenset()


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared shingles among all of both, in [0, 1]; 0 where both are empty: nothing was said, so nothing is alike."""
    return len(one & other) / len(one | other) if one or other else 0.0


def signature(found: frozenset[str]) -> np.ndarray:
    """128 numbers below 2^31, uint32; the share of equal places of two signatures estimates their Jaccard similarity.

    Without shingles all numbers are the largest uint32, which no other signature has."""
    if not found:
        return np.full(HASHES, np.iinfo(np.uint32).max, dtype=np.uint32)
    digests = [hashlib.md5(shingle.encode(), usedforsecurity=False).digest()[:4] for shingle in sorted(found)]
    hashed = np.array([int.from_bytes(digest) >> 1 for digest in digests], dtype=np.uint64)
    return np.asarray(((hashed[:, None] * _A + _B) % _PRIME).min(axis=0), dtype=np.uint32)


def estimated(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Estimated similarity of one signature to each row of `others` (n x 128), in [0, 1]."""
    said = one[0] != np.iinfo(np.uint32).max
    return np.asarray((others == one).mean(axis=1) * said, dtype=float)


def as_text(found: np.ndarray) -> str:
    """A signature as it is stored: 1,024 hex digits, each number most significant digit first."""
    return found.astype(">u4").tobytes().hex()


def from_texts(stored: list[str]) -> np.ndarray:
    """Stored signatures as rows, n x 128."""
    return np.frombuffer(bytes.fromhex("".join(stored)), dtype=">u4").reshape(-1, HASHES).astype(np.uint32)
