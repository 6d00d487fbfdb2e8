"""What people think: the rubric, what a reviewer may see before answering, what an answer must contain.

Blindness is a matter of types here: `BlindTrace` has no field for a verdict, a check's result, the reason a trace was
drawn or a colleague's review, so no page built on it can show one. `Reveal` has them, and is only made for somebody
whose own review of that trace is stored.
"""
