"""How the demo's traces, verdicts and reviews are invented out of the hand-written texts in `source/`.

Everything is decided by random generators seeded with text, so the same sources give the same bytes anywhere.
"""
