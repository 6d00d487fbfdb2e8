"""May we ship? A candidate held against a baseline over the same golden release.

Words: a *metric* is one score per golden example; a *margin* is the largest loss we accept; a *blocker* is a check
that must hold on every example; a *decision* is pass, block or inconclusive, with its reasons.

Pass has to be shown: too little data is inconclusive, never a pass. The gate reads no file, runs no candidate and
fills no gap: a missing, doubled or unknown case is an error.
"""
