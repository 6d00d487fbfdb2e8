"""Keys, tokens and passwords: whatever opens a door. Known by their shape, so they are looked for in every project."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error

import orjson

from review_app.traces.redact.detector import Detector, Shape

# (what it begins with, what follows) of keys that their makers gave a prefix to be found by.
_SHAPES = (
    ("sk-", r"(?:proj-|svcacct-|admin-|ant-[a-z0-9]+-|or-v1-|lf-)?[A-Za-z0-9_-]{20,}"),  # OpenAI, Anthropic, ...
    ("AKIA", "[A-Z2-7]{16}"),  # AWS, long-lived and temporary
    ("ASIA", "[A-Z2-7]{16}"),
    ("AIza", "[A-Za-z0-9_-]{35}"),  # Google
    ("GOCSPX-", "[A-Za-z0-9_-]{28}"),
    ("ya29.", "[A-Za-z0-9_-]{20,}"),
    ("ghp_", "[A-Za-z0-9]{36,}"),  # GitHub
    ("gho_", "[A-Za-z0-9]{36,}"),
    ("ghu_", "[A-Za-z0-9]{36,}"),
    ("ghs_", "[A-Za-z0-9]{36,}"),
    ("ghr_", "[A-Za-z0-9]{36,}"),
    ("github_pat_", "[A-Za-z0-9_]{60,}"),
    ("glpat-", "[A-Za-z0-9_-]{20,}"),  # GitLab
    ("xoxb-", "[A-Za-z0-9-]{20,}"),  # Slack
    ("xoxp-", "[A-Za-z0-9-]{20,}"),
    ("xoxa-", "[A-Za-z0-9-]{20,}"),
    ("xoxs-", "[A-Za-z0-9-]{20,}"),
    ("xapp-", "[A-Za-z0-9-]{20,}"),
    ("sk_live_", "[A-Za-z0-9]{16,}"),  # Stripe
    ("sk_test_", "[A-Za-z0-9]{16,}"),
    ("rk_live_", "[A-Za-z0-9]{16,}"),
    ("rk_test_", "[A-Za-z0-9]{16,}"),
    ("whsec_", "[A-Za-z0-9+/]{24,}"),
    ("hf_", "[A-Za-z0-9]{34,}"),  # Hugging Face
    ("npm_", "[A-Za-z0-9]{36}"),
    ("pypi-AgEI", "[A-Za-z0-9_-]{50,}"),
    ("SG.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),  # SendGrid
    ("gsk_", "[A-Za-z0-9]{40,}"),  # Groq
    ("xai-", "[A-Za-z0-9]{40,}"),
    ("pplx-", "[A-Za-z0-9]{40,}"),
    ("r8_", "[A-Za-z0-9]{37}"),  # Replicate
    ("lsv2_", "(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}"),  # LangSmith
    ("dapi", "[a-f0-9]{32}"),  # Databricks
    ("dop_v1_", "[a-f0-9]{64}"),  # DigitalOcean
    ("shpat_", "[a-fA-F0-9]{32}"),  # Shopify
)
_START, _END = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_])"


def _is_jwt(found: re.Match[str]) -> bool:
    """Whether the first part is the header of a token: base64 of a JSON object that names an algorithm."""
    head = found.group().partition(".")[0]
    try:
        said = orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, Error):
        return False
    return isinstance(said, dict) and "alg" in said


JWT = Shape(
    name="jwt",
    words=("eyJ",),
    pattern=re.compile(_START + r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}"),
    real=_is_jwt,
)
API_KEY = Shape(
    name="api_key",
    words=tuple(start for start, _ in _SHAPES),
    pattern=re.compile(_START + "(?:" + "|".join(re.escape(start) + rest for start, rest in _SHAPES) + ")" + _END),
    # A word with hyphens is no key: one has digits or capitals in it.
    real=lambda found: re.search("[0-9A-Z]", found.group()[4:]) is not None,
)
PRIVATE_KEY = Shape(
    name="private_key",
    words=("PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"),
    # Cut off before its end, it is still most of a key. An encrypted one has lines with single hyphens at its head.
    pattern=re.compile(
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*+"
        r"(?:-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)?"
    ),
)
TOKEN = Shape(
    name="token",
    words=("Bearer ", "bearer ", "Basic ", "basic "),
    pattern=re.compile(
        r"(?:\b[Aa]uthorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?[Bb]asic |\b[Bb]earer )(?P<value>[A-Za-z0-9._~+/-]{16,}=*)"
    ),
    real=lambda found: re.search("[0-9]", found["value"]) is not None,
)
AWS_SECRET = Shape(
    name="api_key",
    words=("aws_secret", "AWS_SECRET", "SecretAccessKey"),
    pattern=re.compile(
        r"(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|SecretAccessKey)[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}[\"'\\]{0,3}"
        r"(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"
    ),
)
PASSWORD = Shape(
    name="password",
    words=("://",),
    # The password of an address: scheme://user:password@host
    pattern=re.compile(r"://[^\s:/@<>\"']{0,64}:(?P<value>[^\s/@<>\"']{1,128})@"),
)

SECRETS: tuple[Detector, ...] = (PRIVATE_KEY, JWT, API_KEY, AWS_SECRET, TOKEN, PASSWORD)
