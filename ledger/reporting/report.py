"""A report: a `.sql` file whose header says what it answers, what it asks for and what it gives.

    -- title: Headroom on a day
    -- question: What does each cap still allow, and to whom?
    -- param on: day = today; the day that is asked about
    -- param cap: text?; only this cap
    -- needs: finding(on)
    -- column cap: id of the cap
    -- column headroom_tpp [TPP]: what a lot of the day may add
    -- key: cap
    -- total: headroom_tpp

A parameter is a `day`, `quarter` (two values in SQL, `$name_first` and `$name_last`), `year`,
`whole` number or `text`; with `?` it may be left out and is then NULL. What a report needs is a
table that the core fills (`sources`), named with the parameters, or texts in quotes, that it is
filled for. The `key` names the columns that tell two rows apart, `total` those whose sum means
something.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.core.errors import InvalidInput, NotFound
from ledger.paths import data_folder
from ledger.reporting.parameters import TYPES, Parameter

NAME: Final = re.compile(r"[a-z][a-z0-9-]*")
_LINE: Final = re.compile(
    r"-- (title|question|param|needs|column|key|total)(?: ([a-z0-9_]+))?(?: \[([^\]]+)\])?: (.+)"
)
_PARAM: Final = re.compile(r"([a-z]+)(\?)?(?: = ([^;]+?))?; (.+)")
_NEEDS: Final = re.compile(r"([a-z_]+)\(((?:[a-z_]+|'[^']+')(?:, (?:[a-z_]+|'[^']+'))*)?\)")

_Said = dict[str, list[tuple[str, str | None, str]]]
"""The lines of a header by their keys: name, unit and value of each."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report with its unit, if it has one, and what it means."""

    name: str
    unit: str | None
    meaning: str

    @property
    def label(self) -> str:
        """The column's name for people, with its unit."""
        bare = self.name.removesuffix("_tpp").replace("_", " ")
        told = self.unit in (None, "day") or self.unit in bare.split()
        return bare if told else f"{bare} [{self.unit}]"


@dataclass(frozen=True, slots=True)
class Need:
    """A table that the core fills, and what for: names of parameters, and texts in quotes."""

    source: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One report, as its file says it."""

    name: str
    file: Path
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    needs: tuple[Need, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    totals: tuple[str, ...]
    sql: str

    @property
    def chart(self) -> Path | None:
        """The file of its picture's specification, beside it; None where it has none."""
        file = self.file.with_suffix(".vl.json")
        return file if file.is_file() else None


def read(file: Path) -> Report:
    """Read a report's file; raises `InvalidInput` with the line that is wrong."""
    text = file.read_text(encoding="utf-8")
    said: _Said = {}
    lines = text.splitlines()
    count = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    for number, line in enumerate(lines[:count], start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise _wrong(
                file, number, line, "write '-- title|question|param|needs|column|key|total: ...'"
            )
        key, name, unit, value = found.groups()
        said.setdefault(key, []).append((name or "", unit, value))
    for key in ("title", "question", "column", "key"):
        if key not in said:
            raise _wrong(file, count, "", f"the header has no '-- {key}: ...'")
    return Report(
        name=file.stem,
        file=file,
        title=said["title"][0][2],
        question=said["question"][0][2],
        parameters=tuple(_parameter(file, *one) for one in said.get("param", [])),
        needs=tuple(need for one in said.get("needs", []) for need in _needs(file, one[2])),
        columns=tuple(Column(name, unit, value) for name, unit, value in said["column"]),
        key=_names(file, said, "key"),
        totals=_names(file, said, "total"),
        sql="\n".join(lines[count:]).strip().rstrip(";"),
    )


def _names(file: Path, said: _Said, what: str) -> tuple[str, ...]:
    """The columns that a line of the header names."""
    known = {name for name, _, _ in said["column"]}
    names = tuple(name for one in said.get(what, []) for name in one[2].split(", "))
    for name in names:
        if name not in known:
            raise _wrong(file, 0, name, f"name columns of the report in '-- {what}: ...'")
    return names


def _parameter(file: Path, name: str, _: str | None, value: str) -> Parameter:
    found = _PARAM.fullmatch(value)
    if found is None or found[1] not in TYPES:
        cure = f"write '-- param {name}: TYPE = DEFAULT; MEANING' with a type of {', '.join(TYPES)}"
        raise _wrong(file, 0, value, cure)
    return Parameter(name, found[1], found[2] is not None, found[3], found[4])


def _needs(file: Path, value: str) -> Iterable[Need]:
    for part in value.split("; "):
        found = _NEEDS.fullmatch(part)
        if found is None:
            raise _wrong(file, 0, part, "write '-- needs: SOURCE(PARAMETER, ...)'")
        yield Need(found[1], tuple(found[2].split(", ")) if found[2] else ())


def _wrong(file: Path, number: int, found: str, cure: str) -> InvalidInput:
    where = f"{file}:{number}" if number else str(file)
    return InvalidInput(
        f"'{found}' can't be read in the header of a report", where=where, cure=cure
    )


def reports(own: Path | None = None) -> dict[str, Report]:
    """Every report by its name: those of the program, and those of a folder of the user's.

    Raises `NotFound` for a folder that is not there, `InvalidInput` for a name that is taken.
    """
    found = {one.name: one for one in map(read, sorted(data_folder("reports").glob("*.sql")))}
    if own is None:
        return found
    if not own.is_dir():
        raise NotFound(f"there is no folder {own}", where="--reports", cure="name one of yours")
    for one in map(read, sorted(own.glob("*.sql"))):
        if one.name in found or not NAME.fullmatch(one.name):
            raise InvalidInput(
                f"'{one.name}' is taken, or is no name for a report",
                where=str(one.file),
                cure="name the file in small letters, digits and '-', unlike the program's own",
            )
        found[one.name] = one
    return found


def named(name: str, own: Path | None = None) -> Report:
    """One report; raises `NotFound` with the names that there are."""
    known = reports(own)
    if name not in known:
        raise NotFound(
            f"there is no report '{name}'", where="NAME", cure=f"use one of {', '.join(known)}"
        )
    return known[name]
