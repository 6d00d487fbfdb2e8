"""Bringing in: what a production system left behind becomes a `Trace`, whatever it was written in.

A reader yields a Trace, a Verdict that stood beside it, or a Reject with file, line, field and reason; so what was read
is always what was kept plus what was rejected. Readers stream: memory depends on the longest record, never on the file.
What has no place in a trace goes into its `metadata`. This room reads files and never writes one.
"""
