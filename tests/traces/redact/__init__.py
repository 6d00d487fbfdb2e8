"""Redaction: detectors, placeholders, rules."""
