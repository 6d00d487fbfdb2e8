"""Every error a person can meet. Each says what happened, where, and what to do.

ReviewAppError        exit 1   something of ours failed
├── StoreBusy                  another process held the store too long, or was faster: try again
├── LeaseLost                  the slot went to somebody else: the text is kept, claim again
└── WrongUsage        exit 2   what was asked, or a file that was given, cannot work as it stands
    ├── BadConfig              a yaml file of the project: file, line and field are named
    ├── BadInput               a file to read: where, and which rows
    ├── NotAllowed             this person may not do this
    ├── NotEnoughData          a number was asked that the data cannot carry
    └── ReleaseChanged         a golden release is not the one that was approved

Exit 3 (block) and 4 (inconclusive) are answers of the gate, not errors.
"""

from __future__ import annotations


class ReviewAppError(Exception):
    """What happened (`message`, with values), `where` (file, line, field) and what to `do` about it."""

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", do: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.do = message, where, do

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"\n  what to do: {self.do}" if self.do else ""
        return f"{place}{self.message}{remedy}"


class StoreBusy(ReviewAppError):
    """The store was locked for longer than we wait, or somebody else did the same in the meantime."""


class LeaseLost(ReviewAppError):
    """The lease on a slot ran out and the slot was given on."""


class WrongUsage(ReviewAppError):
    """The caller can mend this."""

    exit_code = 2


class BadConfig(WrongUsage):
    """A yaml file of the project is wrong."""


class BadInput(WrongUsage):
    """A file given to us cannot be read as asked."""


class NotAllowed(WrongUsage):
    """The person may not do this."""


class NotEnoughData(WrongUsage):
    """The data cannot carry the number asked for."""


class ReleaseChanged(WrongUsage):
    """The bytes of a golden release do not match its hash, or it is not the release that was named."""
