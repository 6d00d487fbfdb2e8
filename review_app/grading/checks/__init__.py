"""Deterministic checks: the same trace and the same version of a check give the same result, always.

One file per family. Each check is a frozen dataclass whose fields are its parameters in checks.yaml, with the `LAYER`
it belongs to, a `VERSION` that is raised when its code comes to answer differently, and a `run` that says what it
found. `run.run_checks` is how other rooms call them.
"""
