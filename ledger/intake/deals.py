"""Files of deals: a CSV, XLSX, Parquet or JSON file is read whole, or every fault of it is told.

Columns bear the names of the deal's fields, in any order; `country` and `id` are other names for
`destination` and `deal`. An empty cell leaves its field out. A file with faults gives no deal:
a pipeline that lacks some of its deals looks as if there were more room than there is.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from ledger.core.deals import Deal
from ledger.core.encoding import parse_json
from ledger.core.errors import InvalidInput, NotFound
from ledger.intake.column_map import ColumnMap
from ledger.intake.rows import field_faults, shown
from ledger.intake.sources import TABLES
from ledger.intake.tables import HEADER_ROW

ALSO: Final = {"country": "destination", "id": "deal"}
"""Other names of fields."""

YES_OR_NO: Final = {"yes": True, "true": True, "no": False, "false": False}
DELIMITERS: Final = (",", ";", "\t", "|")
OWNER: Final = "ultimate_consignee"
"""The end user itself, if left out."""

CURE: Final = "correct the file: docs/pipeline.md describes every column"

_FIELDS: Final = frozenset(Deal.model_fields)
_NEEDED: Final = {name for name, one in Deal.model_fields.items() if one.is_required()} - {OWNER}
_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")
_PART: Final = re.compile(r"(.+):([^:]+)")


class _Row(NamedTuple):
    """A row as written: its cells by field, the column that each came from, what is wrong with it.

    The column is the field's own name where it is not among `columns`.
    """

    number: int
    cells: dict[str, Any]
    columns: dict[str, str]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with a file of deals: where it stands, what was found and why it is wrong."""

    file: str
    row: int
    column: str
    value: str
    reason: str

    @property
    def sentence(self) -> str:
        """The fault as a clause."""
        column = f", column {self.column}" if self.column else ""
        found = f" ('{self.value}')" if self.value and self.value not in self.reason else ""
        return f"row {self.row}{column}: {self.reason}{found}"


class InvalidDeals(InvalidInput):
    """A file of deals has wrong cells; `faults` are all of them, row by row."""

    def __init__(self, path: Path, faults: Iterable[RowFault]) -> None:
        self.faults = tuple(faults)
        told = "; ".join(fault.sentence for fault in self.faults)
        super().__init__(told, where=str(path), cure=CURE)

    def as_data(self) -> dict[str, Any]:
        """The error for programs."""
        faults = [asdict(fault) for fault in self.faults]
        return {"code": self.code, "message": self.sentence, "faults": faults}


@dataclass(frozen=True, slots=True)
class DealsFile:
    """The deals of a file in its order, the row of each, and the digest of the file's bytes."""

    name: str
    digest: str
    deals: tuple[Deal, ...]
    rows: tuple[int, ...]


def read_deals_file(path: Path) -> DealsFile:
    """The deals of a file with their rows: those of a table count its header, a list's do not.

    Raises `NotFound` where there is no such file, `InvalidInput` where it can't be read as its name
    says, `InvalidDeals` with every wrong column and cell.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotFound(f"can't read {path}: {error.strerror}", cure="check the path") from error
    listed = path.suffix.lower() == ".json"
    rows = _listed(path, content) if listed else _of_table(path, content)
    reading = _Reading(path)
    for row in rows:
        reading.take(row)
    if reading.faults:
        raise InvalidDeals(path, reading.faults)
    if not reading.deals:
        raise InvalidInput("holds no deal", where=str(path), cure=CURE)
    digest = hashlib.sha256(content).hexdigest()
    return DealsFile(str(path), digest, tuple(reading.deals), tuple(reading.rows))


def _of_table(path: Path, content: bytes) -> Iterator[_Row]:
    """The rows of a table; raises for its header."""
    ending = path.suffix.lower()
    if ending not in TABLES:
        known = ", ".join(sorted((*TABLES, ".json")))
        raise InvalidInput(
            f"'{ending}' is no ending that says how to read the file",
            where=str(path),
            cure=f"name it with one of {known}",
        )
    table = TABLES[ending](path, _columns(content))
    faults = list(_wrong_columns(path, table.columns))
    if faults:
        raise InvalidDeals(path, faults)
    columns = {_field(column): column for column in table.columns}
    for record in table.records():
        cells = {_field(column): cell for column, cell in record.cells.items() if cell}
        yield _Row(record.number, cells, columns, record.broken)


def _columns(content: bytes) -> ColumnMap:
    """What the readers of tables are told: how a CSV file's first line parts its columns."""
    header = content.partition(b"\n")[0].decode(errors="replace")
    fields = {
        "source": "deals",
        "key": [*Deal.model_fields, *ALSO],
        "delimiter": max(DELIMITERS, key=header.count),
        "route": [{"skip": "a deal is no event"}],
    }
    return ColumnMap.model_validate(fields)


def _field(column: str) -> str:
    """The field that a column is named for: `End user` is `end_user`."""
    name = _BETWEEN_WORDS.sub("_", column.casefold().strip())
    return ALSO.get(name, name)


def _wrong_columns(path: Path, columns: Iterable[str]) -> Iterator[RowFault]:
    """Columns that no field is named for, fields that two stand for, and those that are missing."""
    fields: dict[str, str] = {}
    for column in filter(None, columns):
        field = _field(column)
        if field not in _FIELDS:
            reason = f"no field of a deal has this name; they are {', '.join(Deal.model_fields)}"
            yield RowFault(str(path), HEADER_ROW, column, "", reason)
        elif field in fields:
            reason = f"the column {fields[field]} stands for the same field"
            yield RowFault(str(path), HEADER_ROW, column, "", reason)
        fields.setdefault(field, column)
    for field in [name for name in Deal.model_fields if name in _NEEDED - fields.keys()]:
        yield RowFault(str(path), HEADER_ROW, field, "", "the column is missing")


def _listed(path: Path, content: bytes) -> Iterator[_Row]:
    """The objects of a JSON list, the first of them row 1."""
    try:
        data = parse_json(content.decode("utf-8-sig"))
    except ValueError as error:
        raise InvalidInput(f"is no JSON text ({error})", where=str(path), cure=CURE) from error
    if not isinstance(data, list):
        raise InvalidInput("holds no list of deals", where=str(path), cure=CURE)
    for number, one in enumerate(data, start=1):
        if not isinstance(one, dict):
            yield _Row(number, {}, {}, f"expected an object, found {shown(one)}")
            continue
        columns: dict[str, str] = {}
        for name in map(str, one):
            columns.setdefault(ALSO.get(name, name), name)
        twice = "two names stand for the same field" if len(columns) < len(one) else ""
        yield _Row(number, {field: one[name] for field, name in columns.items()}, columns, twice)


class _Reading:
    """A file being read: the deals so far, and every fault."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.deals: list[Deal] = []
        self.rows: list[int] = []
        self.faults: list[RowFault] = []
        self._row_of: dict[object, int] = {}

    def take(self, row: _Row) -> None:
        """Take one row: its deal, or all that is wrong with it."""
        if row.broken:
            self._wrong(row, "", "", row.broken)
            return
        # A row without an id is like no other: a number is no text.
        own = str(row.cells["deal"]) if "deal" in row.cells else row.number
        before = self._row_of.setdefault(own, row.number)
        if before != row.number:
            self._wrong(row, "deal", row.cells["deal"], f"row {before} holds a deal of this id")
        fields, unread = _read(row)
        try:
            self.deals.append(Deal.model_validate(fields))
            self.rows.append(row.number)
        except ValidationError as error:
            for fault in field_faults(error, {}):
                field = fault.column.partition(".")[0]
                # An owner is missing only because the end user is; the cell was told of before.
                if field not in unread and (field != OWNER or "end_user" in fields):
                    # A fault of the row as a whole shows no value: it would be the row.
                    value = fault.value if field else ""
                    self._wrong(row, field, value, fault.reason.removeprefix(f"{field}: "))
        for field, reason in unread.items():
            self._wrong(row, field, row.cells[field], reason)

    def _wrong(self, row: _Row, field: str, value: object, reason: str) -> None:
        column = row.columns.get(field, field)
        self.faults.append(RowFault(str(self.path), row.number, column, shown(value), reason))


def _read(row: _Row) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a row as a deal takes them, and why each of the others can't be read."""
    fields: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for field, written in row.cells.items():
        meaning = _MEANINGS.get(field) if isinstance(written, str) else None
        try:
            fields[field] = written if meaning is None else meaning(written)
        except ValueError as error:
            unread[field] = str(error)
    return fields, unread


def _yes_or_no(written: str) -> bool:
    meant = YES_OR_NO.get(written.casefold())
    if meant is None:
        msg = f"expected yes or no, found '{written}'"
        raise ValueError(msg)
    return meant


def _parts(written: str) -> list[dict[str, str]]:
    """The devices that a deal would take instead, each with its quantity."""
    parts = []
    for part in filter(None, map(str.strip, written.split(";"))):
        found = _PART.fullmatch(part)
        if found is None:
            msg = f"expected device:quantity; device:quantity, found '{written}'"
            raise ValueError(msg)
        parts.append({"device": found[1].strip(), "quantity": found[2].strip()})
    return parts


def _nowhere(written: str) -> str:
    msg = f"a cell stands in a column without a name, found '{written}'"
    raise ValueError(msg)


_MEANINGS: Final[dict[str, Callable[[str], Any]]] = {
    "fixed": _yes_or_no,
    "splittable": _yes_or_no,
    "instead": _parts,
    "": _nowhere,
}
"""How a text is read where a field is none."""
