"""A release as other tools read it: one file per tool, each a function from the release to the files it comes to.

Every file names the release and its hash. What a tool would run, fetch or fill in (formulas, templates, addresses of
files) is defused, so that a case says in the other tool what it says here.
"""
