"""What a command recorded: the entry, whether it is new, the answer behind it."""

from dataclasses import dataclass
from typing import Any

from ledger.core.errors import AlreadyRecorded
from ledger.service.checking import Answer
from ledger.store.writer import Appended


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded: the event's id, its place, whether it is new, and the answer behind it.

    `open_units` says of a reservation that stood there already what it still holds; `note` why
    nothing had to be done.
    """

    event_id: str
    appended: Appended | None
    answer: Answer | None = None
    open_units: int | None = None
    note: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The outcome for programs; of a refusal, the answer alone."""
        data: dict[str, Any] = {}
        if self.appended is not None:
            data = {"id": self.event_id, "seq": self.appended.seq, "new": self.appended.new}
        if self.open_units is not None:
            data["open_units"] = self.open_units
        if self.note is not None:
            data["note"] = self.note
        if self.answer is not None:
            data["decision"] = self.answer.as_data()
        return data


@dataclass(frozen=True, slots=True)
class Together:
    """What was recorded about several reservations in one transaction."""

    each: tuple[tuple[str, Recorded], ...]

    def as_data(self) -> dict[str, Any]:
        """The outcome for programs: each reservation with its entry."""
        return {"reservations": [{"reservation": r, **made.as_data()} for r, made in self.each]}


def other_content(event_id: str, seq: int) -> AlreadyRecorded:
    """The id stands in the ledger for something else."""
    return AlreadyRecorded(
        f"the id '{event_id}' stands in the ledger with other content (entry {seq})",
        where="--id",
        cure="use another id for another fact; to correct the old one, reverse it first",
    )
