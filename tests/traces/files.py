"""Files for tests."""

from __future__ import annotations

from pathlib import Path


def write(folder: Path, content: bytes | str, name: str = "file") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
