"""The entry script, alone in its folder: Streamlit puts that folder first on the import path, where a neighbour called
`trace` or `session` would hide somebody else's module."""
