"""How far opinions can be trusted: a judge's verdicts held against people's reviews.

Words: a trace *fails* when people gave a bad label and is *flagged* when the judge did; failure is the positive class.
A *label* is what people settled on for one trace and criterion. The *frame* is everything that was eligible for the
draw; figures marked weighted speak of the frame, naive ones only of the labelled traces.

It never reads a file or a table, never guesses a probability a trace was not drawn with, never mixes two versions of
a judge or a rubric, and never turns "undefined" into a number: a refusal is a result, with its reason.
"""
