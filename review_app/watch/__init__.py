"""Whether what was settled once still stands for what comes in.

Functions on counts; nothing of actions, the store or the pages is known here.
"""
