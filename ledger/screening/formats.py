"""The forms in which the Consolidated Screening List comes, each read into the same rows.

The 29-column CSV and the JSON are those of trade.gov
(https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv and .json);
the snapshot is the compact JSON that explains its own keys.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from ledger.core.errors import InvalidInput

COLUMNS: Final = ("source", "entity_number", "type", "name", "addresses", "alt_names")
"""Those of the CSV's columns that are read."""

CURE: Final = (
    "take consolidated.csv or consolidated.json from https://www.trade.gov/consolidated-screening"
    "-list, unchanged"
)

_END_OF_FILE: Final = "\x1a"
_CODE: Final = re.compile(r"^[A-Z]{2}$")
_WRITTEN_OTHERWISE: Final = {"PRC": "CN"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One party as the file has it; `fault` says what is wrong with the row as a whole."""

    number: int
    source: str = ""
    entity_number: str = ""
    kind: str = ""
    name: str = ""
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """The rows of a file and the day on which the publisher generated it, where it says so."""

    rows: Iterator[ListRow]
    source_day: date | None


def publication(content: bytes, *, where: str) -> Publication:
    """Tell the form from the content; raises `InvalidInput` where it is none of the three."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"byte {error.start} is not UTF-8 text",
            where=where,
            cure=CURE,
        ) from error
    if text.lstrip()[:1] == "{":
        return _json(text, where)
    return Publication(_csv_rows(text, where), None)


# ---- CSV


def _csv_rows(text: str, where: str) -> Iterator[ListRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                header = _header(cells, where)
            elif any(cell.strip(f" {_END_OF_FILE}") for cell in cells):
                yield _csv_row(number, header, cells)
    except csv.Error as error:
        raise InvalidInput(
            f"the CSV can't be read: {error}",
            where=f"{where}, row {number + 1}",
            cure=CURE,
        ) from error
    if not header:
        raise InvalidInput("the file is empty", where=where, cure=CURE)


def _header(cells: list[str], where: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise InvalidInput(
            f"the header lacks the column {', '.join(missing)}; it starts with '{header[0][:80]}'"
            if header
            else "the first line is empty",
            where=f"{where}, row 1",
            cure=CURE,
        )
    return header


def _csv_row(number: int, header: list[str], cells: list[str]) -> ListRow:
    if len(cells) != len(header):
        return ListRow(number, fault=f"{len(cells)} cells, expected {len(header)}")
    cell = dict(zip(header, cells, strict=True))
    return ListRow(
        number,
        source=cell["source"],
        entity_number=cell["entity_number"],
        kind=cell["type"],
        name=cell["name"],
        aliases=(cell["alt_names"],),
        countries=_countries(
            address.rpartition(",")[2] for address in re.split(r";\s", cell["addresses"])
        ),
    )


# ---- JSON


def _json(text: str, where: str) -> Publication:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"the JSON can't be read: {error}", where=where, cure=CURE) from error
    except RecursionError:
        raise InvalidInput("the JSON is nested too deeply", where=where, cure=CURE) from None
    if isinstance(found.get("results"), list):
        return Publication(_json_rows(found["results"]), _json_day(found, where))
    if isinstance(found.get("entries"), list) and isinstance(found.get("tables"), dict):
        sources = found["tables"].get("sources")
        if isinstance(sources, list):
            day = _day(found.get("sourceGeneratedAt"), where)
            return Publication(_snapshot_rows(found["entries"], sources), day)
    raise InvalidInput(
        f"expected 'results' or 'entries' with 'tables', found {', '.join(list(found)[:10])}",
        where=where,
        cure=CURE,
    )


def _json_rows(results: list[Any]) -> Iterator[ListRow]:
    for number, result in enumerate(results, start=1):
        if not isinstance(result, dict):
            yield ListRow(number, fault=f"expected an object, found {str(result)[:80]}")
            continue
        addresses = result.get("addresses") or []
        if not isinstance(addresses, list):
            yield ListRow(number, fault=f"addresses: expected a list, found {str(addresses)[:80]}")
            continue
        yield ListRow(
            number,
            source=_text(result.get("source")),
            entity_number=_text(result.get("entity_number")),
            kind=_text(result.get("type")),
            name=_text(result.get("name")),
            aliases=_texts(result.get("alt_names")),
            countries=_countries(
                _text(address.get("country")) for address in addresses if isinstance(address, dict)
            ),
        )


def _snapshot_rows(entries: list[Any], sources: list[Any]) -> Iterator[ListRow]:
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            yield ListRow(number, fault=f"expected an object, found {str(entry)[:80]}")
            continue
        yield ListRow(
            number,
            source=_listed(sources, entry.get("s")),
            entity_number=_text(entry.get("e")),
            kind=_text(entry.get("t")),
            name=_text(entry.get("n")),
            aliases=_texts(entry.get("a")),
            countries=_countries(iter(_texts(entry.get("c")))),
        )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _listed(table: list[Any], place: object) -> str:
    return _text(table[place]) if isinstance(place, int) and 0 <= place < len(table) else ""


def _json_day(found: dict[str, Any], where: str) -> date | None:
    """The day of the search or file, else the latest on which one of its lists changed."""
    if said := found.get("search_performed_at"):
        return _day(said, where)
    lists = [*_list(found.get("sources_used")), *_list(found.get("sources"))]
    stamps = [
        one.get("source_last_updated") or one.get("last_updated")
        for one in lists
        if isinstance(one, dict)
    ]
    return max((day for stamp in stamps if (day := _day(stamp, where))), default=None)


def _day(stamp: object, where: str) -> date | None:
    """The day in UTC of a time stamp."""
    if stamp is None:
        return None
    try:
        at = datetime.fromisoformat(_text(stamp))
    except ValueError as error:
        raise InvalidInput(
            f"expected a time such as 2026-07-31T13:15:00+00:00, found '{stamp}'",
            where=where,
            cure=CURE,
        ) from error
    return (at.astimezone(UTC) if at.tzinfo else at).date()


# ---- cells


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(_text, value))
    return (_text(value),)


def _countries(found: Iterator[str]) -> tuple[str, ...]:
    """The two-letter codes among what stands where a country should; regions have none."""
    codes = (_WRITTEN_OTHERWISE.get(text.strip(), text.strip()) for text in found)
    return tuple(sorted({code for code in codes if _CODE.fullmatch(code)}))
