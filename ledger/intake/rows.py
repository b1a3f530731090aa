"""What a source row brings: events, a reason to skip it, or the faults for which it is refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from ledger.core.encoding import each_fault
from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent, PartyRegistered
from ledger.core.plain_lots import PlainLot

LONGEST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a row: the column, the value found, the sentence, and its short name."""

    column: str
    value: str
    reason: str
    label: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The event of a row, the parties it names, and the column that each of their fields came from.

    `columns` is keyed by the id of the event or the registration.
    """

    event: AnyEvent
    parties: tuple[PartyRegistered, ...] = ()
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    by_key: bool = False

    def column(self, event: AnyEvent, path: str) -> str:
        """The column that a field of the event or of a registration came from."""
        return source_column(path, self.columns.get(event.id, {}))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that the map leaves out, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that can't be used as it stands."""

    faults: tuple[Fault, ...]


Brought = Facts | PlainLot | Skipped | Rejected


@dataclass(frozen=True, slots=True)
class Row:
    """A source row: its number as a person sees it, how far into the file it ends, what it brings.

    `number` is the line of a JSON Lines file; in a table the header is row 1. `at` has the unit of
    the source's `size`.
    """

    number: int
    at: int
    brought: Brought

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the events that the row would have recorded."""
        if isinstance(self.brought, PlainLot):
            return (self.brought.data["id"],)
        if isinstance(self.brought, Facts):
            return (*[party.id for party in self.brought.parties], self.brought.event.id)
        return ()


def shown(value: object) -> str:
    """A value as one short line."""
    text = "" if value is None else str(value)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[: LONGEST_SHOWN - 1]}…"


def rejected(
    reason: str, *, column: str = "", value: object = "", label: str | None = None
) -> Rejected:
    """A row refused for one fault."""
    return Rejected((Fault(column, shown(value), reason, label or reason),))


def source_column(path: str, columns: dict[str, str]) -> str:
    """The column that a field came from, or one it is part of; else the field's own name."""
    dotted = path.replace("[", ".").replace("]", "")
    within = dotted
    while within not in columns and "." in within:
        within = within.rpartition(".")[0]
    return columns.get(within, dotted)


def field_faults(error: ValidationError, columns: dict[str, str]) -> Iterable[Fault]:
    """Every wrong field of an event, by its source column."""
    for path, found, said in each_fault(error):
        column = source_column(path, columns)
        yield Fault(column, shown(found), said, f"wrong or missing: {column or 'event'}")


def error_faults(error: LedgerError, columns: dict[str, str]) -> tuple[Fault, ...]:
    """An error as the faults of a row: one per wrong field where it names fields."""
    cause = error.__cause__
    if isinstance(cause, ValidationError) and "union" not in cause.errors()[0]["type"]:
        return tuple(field_faults(cause, columns))
    said = error.sentence.removeprefix(f"{error.where}: ")
    return (Fault("", "", said, error.code.replace("-", " ")),)
