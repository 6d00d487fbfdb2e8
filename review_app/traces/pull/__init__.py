"""Traces over the HTTP API of the tool that has them: page by page, oldest first, through that tool's reader. Keys come
from the environment and go to the named host alone; nothing here writes anything."""
