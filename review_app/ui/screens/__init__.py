"""One function per page: read, show, act.

The folder is not called `pages`: beside the entry script, Streamlit would take one of that name for its own navigation
and run its files as they are.
"""
