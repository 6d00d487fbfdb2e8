"""Redaction: what must not be stored is replaced by a typed placeholder (`<EMAIL_3>`) before a store sees it."""
