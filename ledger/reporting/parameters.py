"""Parameters of reports: texts of a command line as exact values for SQL and the core."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ledger.core.errors import InvalidInput
from ledger.core.headroom import ONE_DAY
from ledger.core.values import FIRST_YEAR, LAST_YEAR, day, whole

TYPES: Final = ("day", "quarter", "year", "whole", "text")

_QUARTER: Final = re.compile(r"(\d{4})-?[Qq]([1-4])")


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year whose first one begins in a month: of January unless it is set otherwise.

    It has the number of the year in which that first quarter begins.
    """

    year: int
    number: int
    begins_in: int = 1

    @classmethod
    def of(cls, on: date, begins_in: int = 1) -> "Quarter":
        """The quarter that a day is in."""
        months = 12 * on.year + on.month - begins_in
        return cls(months // 12, months % 12 // 3 + 1, begins_in)

    @property
    def first(self) -> date:
        """Its first day."""
        months = 12 * self.year + self.begins_in - 1 + 3 * (self.number - 1)
        return date(months // 12, months % 12 + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after.first - ONE_DAY

    @property
    def before(self) -> "Quarter":
        """The quarter before it."""
        return Quarter.of(self.first - ONE_DAY, self.begins_in)

    @property
    def after(self) -> "Quarter":
        """The next quarter."""
        years, number = divmod(self.number, 4)
        return replace(self, year=self.year + years, number=number + 1)

    def __str__(self) -> str:
        """As people write it: 2026Q3."""
        return f"{self.year}Q{self.number}"


Given = date | Quarter | int | str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a report asks for: a name, a type, whether it may be left out, its default, meaning."""

    name: str
    type: str
    optional: bool
    default: str | None
    meaning: str

    def read(self, text: str | None, today: date, begins_in: int = 1) -> Given:
        """Its value from a text; raises `InvalidInput`."""
        told = self.default if text is None else text
        if told is None:
            if self.optional:
                return None
            raise InvalidInput(
                f"the report asks for '{self.name}': {self.meaning}",
                where=f"--param {self.name}",
                cure=f"give it: --param {self.name}={_EXAMPLES[self.type]}",
            )
        try:
            return _read(self.type, told.strip(), today, begins_in)
        except ValueError as error:
            raise InvalidInput(
                str(error),
                where=f"--param {self.name}",
                cure=f"write it as {self.name}={_EXAMPLES[self.type]}",
            ) from error


_EXAMPLES: Final = {
    "day": "2026-09-30",
    "quarter": "2026Q3",
    "year": "2026",
    "whole": "30",
    "text": "TEXT",
}


def quarter(text: str, today: date, begins_in: int = 1) -> Quarter:
    """A quarter such as 2026Q3, `this` or `last`; raises `ValueError`."""
    if text in ("this", "last"):
        present = Quarter.of(today, begins_in)
        return present if text == "this" else present.before
    found = _QUARTER.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        msg = f"expected a quarter such as 2026Q3, 'this' or 'last', found '{text}'"
        raise ValueError(msg)
    return Quarter(int(found[1]), int(found[2]), begins_in)


def _read(kind: str, text: str, today: date, begins_in: int) -> Given:
    match kind:
        case "day":
            return today if text == "today" else day(text)
        case "quarter":
            return quarter(text, today, begins_in)
        case "year":
            year = today.year if text == "this" else whole(text)
            if not FIRST_YEAR <= year <= LAST_YEAR:
                msg = f"expected a year from {FIRST_YEAR} to {LAST_YEAR}, found {year}"
                raise ValueError(msg)
            return year
        case "whole":
            number = whole(text)
            if number < 0:
                msg = f"expected a whole number of 0 or more, found {number}"
                raise ValueError(msg)
            return number
        case _:
            if not text:
                msg = "expected a text, found nothing"
                raise ValueError(msg)
            return text


def resolved(
    parameters: Iterable[Parameter],
    given: Mapping[str, str],
    today: date,
    begins_in: int = 1,
) -> dict[str, Given]:
    """Every parameter of a report with its value; raises `InvalidInput` for one that it has not.

    `begins_in` is the month in which the first quarter of a year begins.
    """
    known = {one.name: one for one in parameters}
    for name in given:
        if name not in known:
            asked = ", ".join(known) or "none"
            raise InvalidInput(
                f"the report has no parameter '{name}'",
                where="--param",
                cure=f"its parameters are: {asked}",
            )
    return {name: one.read(given.get(name), today, begins_in) for name, one in known.items()}


def bound(values: Mapping[str, Given], sql: str) -> dict[str, object]:
    """The values as SQL takes them: those that a statement names."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Quarter):
            found |= {f"{name}_first": value.first, f"{name}_last": value.last}
        else:
            found[name] = value
    return {name: value for name, value in found.items() if re.search(rf"\${name}\b", sql)}
