"""What machines think of a trace: the results of deterministic checks, and the verdicts of judges.

A check never guesses: it passes, fails, does not apply, or says that it could not be carried out. A verdict without a
label is missing, with the reason as its status; it is never turned into a number. Neither is a review: only people
give those.
"""
