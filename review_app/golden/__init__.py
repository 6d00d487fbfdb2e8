"""Settled cases: proposed from a review, approved by somebody else, frozen in numbered releases.

A release is a file of JSON lines that nobody edits: its first line carries a hash over every other byte of it, the
store carries the same hash, and whoever reads a release checks both. A change is a new release.
"""
