"""An invented labelled corpus: (text, [(detector, value)]). Nothing in it opens a door or belongs to anybody.

Card numbers are the networks' published test numbers, IBANs the examples of the IBAN Registry, phones from ranges
reserved for fiction where a country has one, addresses from RFC 5737, 3849 and 2606.
"""

from __future__ import annotations

# Assembled, so that no scanner of repositories takes these lines for a leak.
LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hI5kL7nO9qR1tU3wX5"
OPENAI = "sk-" + "proj-" + LETTERS[:44]
ANTHROPIC = "sk-" + "ant-api03-" + LETTERS[:48]
AWS = "AKIA" + "Q3EGRICJ7XAMPLE2"
GITHUB = "ghp_" + LETTERS[:36]
SLACK = "xoxb-" + "123456789012-" + LETTERS[:24]
STRIPE = "sk_live_" + LETTERS[:24]
GOOGLE = "AIza" + LETTERS[:35]
HUGGING = "hf_" + LETTERS[:34]
GITLAB = "glpat-" + LETTERS[:20]
# {"alg":"HS256","typ":"JWT"} . {"sub":"17","name":"Ana"} . a signature
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxNyIsIm5hbWUiOiJBbmEifQ." + LETTERS[:43]
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nq3s=\n-----END RSA PRIVATE KEY-----"
ENCRYPTED = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,2AF25325A9B318F3\n\nMIIEpAIBA\n"
    "-----END RSA PRIVATE KEY-----"
)
PGP = "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2-1\n\nlQOYBF\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----"
# {"alg":"none"} . {"sub":"17"} . nothing
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxNyJ9."

POSITIVE: list[tuple[str, list[tuple[str, str]]]] = [
    (f"OPENAI_API_KEY={OPENAI}", [("api_key", OPENAI)]),
    (f'{{"key": "{ANTHROPIC}"}}', [("api_key", ANTHROPIC)]),
    (f"Mein Schlüssel ist {AWS}, bitte prüfen.", [("api_key", AWS)]),
    (f"git clone https://{GITHUB}@github.com/x/y", [("api_key", GITHUB)]),
    (f"le jeton {SLACK} ne marche pas", [("api_key", SLACK)]),
    (f"stripe.api_key = '{STRIPE}'", [("api_key", STRIPE)]),
    (f"https://maps.example.com/js?key={GOOGLE}&v=3", [("api_key", GOOGLE)]),
    (f"export HF_TOKEN={HUGGING}", [("api_key", HUGGING)]),
    (f"curl -H 'PRIVATE-TOKEN: {GITLAB}'", [("api_key", GITLAB)]),
    (
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        [("api_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")],
    ),
    (f"Authorization: Bearer {JWT}", [("jwt", JWT)]),
    (f"cookie=session:{JWT};", [("jwt", JWT)]),
    ("Authorization: Bearer 9f8e7d6c5b4a39281706f5e4", [("token", "9f8e7d6c5b4a39281706f5e4")]),
    ("authorization: Basic YW5hOnMzY3IzdHB3MTIz", [("token", "YW5hOnMzY3IzdHB3MTIz")]),
    ('{"Authorization": "Bearer abcdef0123456789abcdef"}', [("token", "abcdef0123456789abcdef")]),
    (f"token {UNSIGNED} is accepted", [("jwt", UNSIGNED)]),
    (f"here:\n{PEM}\nthanks", [("private_key", PEM)]),
    (f"and with a passphrase {ENCRYPTED}", [("private_key", ENCRYPTED)]),
    (f"{PGP} was attached", [("private_key", PGP)]),
    ("postgres://app:hunter2secret@db.example.org/x", [("password", "hunter2secret")]),
    ("REDIS_URL=redis://:s3cr3t-w0rd@cache.example.org:6379/0", [("password", "s3cr3t-w0rd")]),
    ("pip install --index-url https://ana:pa55!word@pypi.example.org/simple x", [("password", "pa55!word")]),
    ("Card 4111 1111 1111 1111, exp 12/27", [("card", "4111 1111 1111 1111")]),
    ("Karte: 5555-5555-5555-4444.", [("card", "5555-5555-5555-4444")]),
    ("carte 378282246310005 svp", [("card", "378282246310005")]),
    ("4242 4242 4242 4242 123", [("card", "4242 4242 4242 4242")]),
    ("tarjeta 6011111111111117", [("card", "6011111111111117")]),
    ("カード3530111333300000です", [("card", "3530111333300000")]),
    ("IBAN DE89 3704 0044 0532 0130 00 bei der Bank", [("iban", "DE89 3704 0044 0532 0130 00")]),
    ("GB29NWBK60161331926819", [("iban", "GB29NWBK60161331926819")]),
    ("FR14 2004 1010 0505 0001 3M02 606 BIC PSSTFRPP", [("iban", "FR14 2004 1010 0505 0001 3M02 606")]),
    ("virement vers CH9300762011623852957, merci", [("iban", "CH9300762011623852957")]),
    ("NL91ABNA0417164300", [("iban", "NL91ABNA0417164300")]),
    ("write to ana.lopez+spam@mail.example.org.", [("email", "ana.lopez+spam@mail.example.org")]),
    ("An: jürgen@bücher.example", [("email", "jürgen@bücher.example")]),
    ("メールはtaro@example.co.jpまで", [("email", "taro@example.co.jp")]),
    ("<O'Neil@example.com>", [("email", "O'Neil@example.com")]),
    ("почта иван@пример.рф", [("email", "иван@пример.рф")]),
    ("call +44 20 7946 0958 today", [("phone", "+44 20 7946 0958")]),
    ("Tel. +49 (0)30 23125 000", [("phone", "+49 (0)30 23125 000")]),
    ("(212) 555-0123", [("phone", "(212) 555-0123")]),
    ("my cell: 415-555-0199.", [("phone", "415-555-0199")]),
    ("appelez le 01 99 00 12 34", [("phone", "01 99 00 12 34")]),
    ("ruf an: 0171 39200 12", [("phone", "0171 39200 12")]),
    ("llámame al +34 600 000 001", [("phone", "+34 600 000 001")]),
    ("whatsapp +919876543210", [("phone", "+919876543210")]),
    ("from 203.0.113.17 at noon", [("ip", "203.0.113.17")]),
    ("client=198.51.100.4:8080", [("ip", "198.51.100.4")]),
    ("ping 2001:db8::8a2e:370:7334 fails", [("ip", "2001:db8::8a2e:370:7334")]),
    ("fe80::1ff:fe23:4567:890a.", [("ip", "fe80::1ff:fe23:4567:890a")]),
]

NEGATIVE: list[str] = [
    "Order 4111-2222-3333-4445 has shipped",  # Luhn: 60 + ... not a multiple of ten
    "Bestellnummer 1234567890123456",  # no network begins with 1
    "2026-11-24 2026-11-24 2026-11-24 2026-11-24 2026-11-23",  # the dates of a log, one of which fits Luhn's digit
    "tracking 9400111899223100001234",
    "ISBN 978-3-16-148410-0",
    "timestamp 1732412564123 and 20261124012244",
    "release 2026.11.24, build 1.2.3.4, version 10.0.19045.1",
    "v1.2.3.4-rc1",
    "numpy==2.2.0, pandas 3.0.1.post2",
    "chapter 1.2.3.4.5",
    "localhost 127.0.0.1 and 0.0.0.0",
    "at 12:34:56 or 2026-11-24T01:22:44",
    "std::vector<int> and a::b",
    "MAC 00:1B:44:11:3A:B7",
    "logo@2x.png is too large",
    "npm i left-pad@1.3.0",
    "git@example.org:team/repo.git",
    "@media (max-width: 600px)",
    "user@localhost",
    "DE12 3456 7890 1234 5678 90 is made up",  # 97 does not leave 1
    "AB12 CDEF 3456",
    "SKU GB00-1234-5678-9012",
    "sk-learn is not sk-a-word-with-many-hyphens-in-it",
    "task-based-risk-assessment-of-many-things",
    "the bearer of this letter",
    "Bearer authentication-is-described-below",
    "eyJust.kidding.about-tokens",
    "eyJub3RfYV90b2tlbg.aaaaaaaaaaa.bbbbbbbb",  # no JSON in the header
    "-----BEGIN PUBLIC KEY-----",
    "https://example.org:8080/path@2",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "order 2024-555-0123 and invoice 2026/0017",
    "between 1990-2000 and 01/02/2026",
    "coordinates 52.520008, 13.404954",
    "price 1,234,567.89 or 1 234 567,89",
    "§ 433 BGB, Az. 12 O 345/26",
    "room 0301, seat 012",
    "2001:07:15",
    "the ratio 3:4:5",
]
