"""How far a judge's confidence can be read as a probability, and how to mend it where it cannot."""
