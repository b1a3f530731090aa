"""A record and a column map make events: the first fitting route decides what the row becomes."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final, assert_never

from pydantic import ValidationError

from ledger.core.encoding import parse_event
from ledger.core.errors import InvalidEvent
from ledger.core.events import PartyRegistered
from ledger.intake.column_map import (
    CellTest,
    ColumnMap,
    Condition,
    Constant,
    Listed,
    Nested,
    OfColumn,
    OfParty,
    OfQuarter,
    OfRow,
    Party,
    Route,
    Source,
)
from ledger.intake.rows import (
    Brought,
    Facts,
    Fault,
    Rejected,
    Skipped,
    error_faults,
    field_faults,
    rejected,
    shown,
)
from ledger.intake.tables import Record

NO_ROUTE: Final = "no route of the map fits"
MONTHS_A_QUARTER: Final = 3
_QUARTER: Final = re.compile(r"[Qq]?([1-4])")
_YEAR: Final = re.compile(r"[0-9]{4}")
_NOT_IN_A_KEY: Final = re.compile(r"[%/\x00-\x1f\x7f-\x9f]")
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def bring(record: Record, columns: ColumnMap) -> Brought:
    """What a record brings under a map: its event and parties, a reason to skip it, or faults."""
    if record.broken:
        return rejected(record.broken, label="broken row")
    cells = record.cells
    route = next((route for route in columns.route if _fits(route, cells)), None)
    if route is None:
        return rejected(NO_ROUTE)
    if route.skip is not None:
        return Skipped(route.skip)
    if route.reject is not None:
        about = next(iter(route.when), "")
        return rejected(route.reject, column=about, value=cells.get(about, ""))
    if not any(cells[column] for column in columns.key):
        return rejected("the row has no key", column=columns.key[0])
    return _Reading(columns, cells).facts(route)


def row_id(columns: ColumnMap, cells: Mapping[str, str]) -> str:
    """A row's id: the map's source and the cells of the natural key, joined by a slash."""
    return "/".join((columns.source, *(_escaped(cells[column]) for column in columns.key)))


def slug(name: str) -> str:
    """A party id from a name: lower case, without accents, words joined by hyphens."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _BETWEEN_WORDS.sub("-", plain.casefold()).strip("-")


def _escaped(cell: str) -> str:
    """A cell inside of an id: what joins ids or can't stand in one is written as in a URL."""
    return _NOT_IN_A_KEY.sub(lambda found: f"%{ord(found[0]):02X}", cell)


def _fits(route: Route, cells: Mapping[str, str]) -> bool:
    return all(_holds(condition, cells[column]) for column, condition in route.when.items())


def _holds(condition: Condition, cell: str) -> bool:
    match condition:
        case str():
            return cell == condition
        case CellTest(matches=str() as pattern):
            return fnmatchcase(cell, pattern)
        case CellTest(none_of=tuple() as unwanted):
            return cell not in unwanted
        case CellTest(empty=bool() as empty):
            return (not cell) is empty
        case CellTest():
            return False
        case _:
            return cell in condition


class _Reading:
    """One row being read: gathers the parties it names, and every fault on the way."""

    def __init__(self, columns: ColumnMap, cells: Mapping[str, str]) -> None:
        self.columns, self.cells = columns, cells
        self.parties: dict[str, PartyRegistered] = {}
        self.roles: set[str] = set()
        self.faults: list[Fault] = []
        self.came_from: dict[str, str] = {}
        self.columns_of: dict[str, dict[str, str]] = {}

    def facts(self, route: Route) -> Brought:
        """The event of a route, or all that is wrong with it."""
        data = self._object({**self.columns.fields, **route.fields}, "")
        data |= {"id": row_id(self.columns, self.cells), "kind": route.kind}
        self.came_from["id"] = self.columns.key[0]
        if "ultimate_consignee" in self.came_from:
            self.came_from.setdefault("end_user", self.came_from["ultimate_consignee"])
        try:
            event = parse_event(data)
        except InvalidEvent as error:
            self._add(error_faults(error, self.came_from))
            return Rejected(tuple(self.faults))
        if self.faults:
            return Rejected(tuple(self.faults))
        self.columns_of[event.id] = self.came_from
        return Facts(event, tuple(self.parties.values()), self.columns_of, by_key=True)

    def _add(self, faults: Iterable[Fault]) -> None:
        """Take over faults of columns that none was named for yet."""
        for fault in faults:
            if fault.column not in {known.column for known in self.faults}:
                self.faults.append(fault)

    def _object(self, sources: Mapping[str, Source], path: str) -> dict[str, Any]:
        read = {name: self._value(source, f"{path}{name}") for name, source in sources.items()}
        return {name: value for name, value in read.items() if value is not None}

    def _value(self, source: Source, path: str) -> Any:  # noqa: ANN401, PLR0911 -- any value; one case for each source
        """The value of a field, None where the row has none."""
        match source:
            case OfColumn():
                self.came_from[path] = source.column
                return self._cell(source)
            case Constant():
                return source.value
            case OfParty():
                return self._party(source.party, path)
            case OfQuarter():
                return self._quarter_day(source, path)
            case OfRow():
                self.came_from[path] = self.columns.key[0]
                return row_id(self.columns, self.cells)
            case Nested():
                return self._object(source.fields, f"{path}.") or None
            case Listed():
                numbered = {f"{place}": one for place, one in enumerate(source.members)}
                return list(self._object(numbered, f"{path}.").values()) or None
            case _:
                assert_never(source)

    def _cell(self, source: OfColumn) -> str | list[str] | None:
        cell = self.cells[source.column]
        if not cell:
            return source.empty
        if source.split is not None:
            return [part.strip() for part in cell.split(source.split) if part.strip()] or None
        if source.values is not None and cell not in source.values and source.others == "refuse":
            self._wrong(source.column, f"the map's values for this column don't list '{cell}'")
        return cell if source.values is None else source.values.get(cell, cell)

    def _wrong(self, column: str, reason: str) -> None:
        fault = Fault(
            column, shown(self.cells.get(column, "")), reason, f"wrong or missing: {column}"
        )
        self._add([fault])

    def _quarter_day(self, source: OfQuarter, path: str) -> date | None:
        year, quarter = self.cells[source.year], self.cells[source.quarter]
        numbered = _QUARTER.fullmatch(quarter)
        good_year = _YEAR.fullmatch(year) and year != "0000"
        self.came_from[path] = source.quarter if good_year else source.year
        if year and not good_year:
            self._wrong(source.year, f"expected a year of four digits, found '{shown(year)}'")
        if quarter and numbered is None:
            self._wrong(source.quarter, f"expected a quarter from 1 to 4, found '{shown(quarter)}'")
        if numbered is None or not good_year:
            return None
        return quarter_day(
            int(year) + source.plus_years, int(numbered[1]), last=source.day == "last"
        )

    def _party(self, role: str, path: str) -> Any:  # noqa: ANN401 -- as above
        """The id of the party in a role; it will be registered if the ledger does not know it."""
        described = next(party for party in self.columns.party if party.role == role)
        name = self._value(described.name, path)
        if name is None:
            return None
        own = slug(name) if described.id is None else self._value(described.id, path)
        if own is not None and role not in self.roles:
            self.roles.add(role)
            self._register(described, own)
        return own

    def _register(self, described: Party, party: str) -> None:
        came_from, self.came_from = self.came_from, {}
        for source in (described.id, described.name):
            if isinstance(source, OfColumn):
                for field in ("party", "id"):
                    self.came_from.setdefault(field, source.column)
        data = self._object(described.sources(), "")
        data |= {"id": f"{self.columns.source}/party/{party}", "party": party, "on": described.on}
        try:
            registered = PartyRegistered.model_validate(data)
        except ValidationError as error:
            self._add(field_faults(error, self.came_from))
        else:
            before = self.parties.setdefault(party, registered)
            self.columns_of.setdefault(registered.id, self.came_from)
            if before.headquarters != registered.headquarters:
                column = self.came_from.get("headquarters", "headquarters")
                found_both = f"{before.headquarters} and {registered.headquarters}"
                self._wrong(column, f"the row gives '{party}' two headquarters, {found_both}")
        self.came_from = came_from


def quarter_day(year: int, quarter: int, *, last: bool) -> date:
    """The first or the last day of a quarter."""
    month = quarter * MONTHS_A_QUARTER if last else (quarter - 1) * MONTHS_A_QUARTER + 1
    return date(year, month, monthrange(year, month)[1] if last else 1)
