"""Every exception of chipledger; each builds its own sentence: what, where, what to do.

LedgerError
├── InvalidInput       422, exit 2
│   ├── InvalidEvent
│   ├── InvalidRequest
│   └── InvalidRulePack
├── NotFound           404, exit 3
├── Conflict           409, exit 4
│   ├── HeadMoved
│   ├── AlreadyRecorded
│   └── NotOpen
└── LedgerDamaged      500, exit 5
    └── NotProven

A refusal (a lot that may not go) is a value, not an error.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ledger.core.law.pack import Mistake


class LedgerError(Exception):
    """Anything chipledger refuses to do, with a code for programs and a sentence for people."""

    code: ClassVar[str] = "ledger-error"
    exit_status: ClassVar[int] = 2
    http_status: ClassVar[int] = 422

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        """Build the sentence from what is wrong, where it stands and what to do about it."""
        self.what, self.where, self.cure = what, where, cure
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What, where, what to do, as one line."""
        place = f"{self.where}: " if self.where else ""
        cure = f". {self.cure[0].upper()}{self.cure[1:]}" if self.cure else ""
        return f"{place}{self.what}{cure}."


class InvalidInput(LedgerError):
    """The input can't be read as what it should be."""

    code = "invalid-input"


class InvalidEvent(InvalidInput):
    """An event has an unknown field, a wrong value or names something that is not known."""

    code = "invalid-event"


class InvalidRequest(InvalidInput):
    """A request has an unknown field, a wrong value or names something that is not known."""

    code = "invalid-request"


class InvalidRulePack(InvalidInput):
    """A rule pack can't be adopted; `mistakes` are those of its text, one by one."""

    code = "invalid-rule-pack"

    def __init__(
        self, what: str, *, where: str = "", cure: str = "", mistakes: Iterable["Mistake"] = ()
    ) -> None:
        super().__init__(what, where=where, cure=cure)
        self.mistakes = tuple(mistakes)


class NotFound(LedgerError):
    """What the command is about does not exist."""

    code = "not-found"
    exit_status = 3
    http_status = 404


class Conflict(LedgerError):
    """The ledger's present state does not allow it."""

    code = "conflict"
    exit_status = 4
    http_status = 409


class HeadMoved(Conflict):
    """Another writer moved the head in between."""

    code = "head-moved"


class AlreadyRecorded(Conflict):
    """The id stands in the ledger with other content."""

    code = "already-recorded"


class NotOpen(Conflict):
    """The reservation or record is no longer open."""

    code = "not-open"


class LedgerDamaged(LedgerError):
    """What is stored is not what was written: stop writing."""

    code = "ledger-damaged"
    exit_status = 5
    http_status = 500


class NotProven(LedgerDamaged):
    """A proof or a signature does not show what it should."""

    code = "not-proven"
