"""A published list of parties as a value: who is on it, from which day, under which digest."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ledger.core.errors import InvalidInput, NotFound
from ledger.screening.formats import CURE, ListRow, publication

KINDS: Final = {kind.casefold(): kind for kind in ("Entity", "Individual", "Vessel", "Aircraft")}
SHOWN: Final = 20
"""Row errors that are told one by one; the rest is counted."""

VERSION: Final = 1
_CODE: Final = re.compile(r"\(([^()]+)\)")
_NO_CODE: Final = re.compile(r"[^A-Z0-9]+")
_AND: Final = re.compile(r"^(?:and|or)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListedParty:
    """One entry of a list; `entry` names it within its list and stays from issue to issue.

    `source` is the list's code (EL, SDN, ...), `countries` those of its addresses (ISO 3166-1
    alpha-2), `kind` Entity, Individual, Vessel, Aircraft or None where the list does not say.
    """

    entry: str
    source: str
    name: str
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class ScreeningList:
    """All parties in the order of their entries, and the bytes that say the same.

    `source_day` is the day on which the publisher generated the file, where it says so.
    """

    parties: tuple[ListedParty, ...]
    source_day: date | None
    content: bytes
    digest: str
    file_digest: str


def read_list(path: Path) -> ScreeningList:
    """Read a published file; raises `NotFound`, or `InvalidInput` as `parsed` does."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotFound(f"can't read {path}: {error.strerror}", cure="check the path") from error
    return parsed(content, where=str(path))


def parsed(content: bytes, *, where: str) -> ScreeningList:
    """Read the bytes of a published file.

    Raises `InvalidInput` with all faulty rows, or where the file holds no party: a list that is
    read in part would let pass whom it leaves out.
    """
    published = publication(content, where=where)
    found: list[ListedParty] = []
    faults: list[str] = []
    for row in published.rows:
        if fault := _fault(row):
            faults.append(f"row {row.number}: {fault}")
        else:
            found.append(_party(row))
    if faults:
        raise InvalidInput(_told(faults), where=where, cure=CURE)
    if not found:
        raise InvalidInput("the file lists no party", where=where, cure=CURE)
    parties = _unique(found)
    canonical = written(parties)
    return ScreeningList(
        parties,
        published.source_day,
        canonical,
        sha256(canonical).hexdigest(),
        sha256(content).hexdigest(),
    )


def written(parties: Iterable[ListedParty]) -> bytes:
    """The canonical content: compact JSON in UTF-8, parties by entry, empty fields left out."""
    ordered = sorted(parties, key=lambda party: party.entry)
    body = {"parties": [_fields(party) for party in ordered], "v": VERSION}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_content(content: bytes) -> tuple[ListedParty, ...]:
    """Read what `written` wrote; raises `InvalidInput` for anything else."""
    try:
        body = json.loads(content)
        version = body["v"]
        parties = tuple(_read_party(fields) for fields in body["parties"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("this is no content of a screening list", cure=_ANEW) from error
    if version != VERSION:
        raise InvalidInput(f"content of version {version}, expected {VERSION}", cure=_ANEW)
    return parties


_ANEW: Final = "adopt the list again from the published file"


def _read_party(fields: dict[str, Any]) -> ListedParty:
    many = {name: tuple(fields.get(name, ())) for name in ("aliases", "countries")}
    return ListedParty(**{**fields, **many})


def _fields(party: ListedParty) -> dict[str, object]:
    fields: dict[str, object] = {
        "entry": party.entry,
        "source": party.source,
        "name": party.name,
        "aliases": party.aliases,
        "countries": party.countries,
        "kind": party.kind,
    }
    return {name: value for name, value in fields.items() if value}


# ---- rows


def _fault(row: ListRow) -> str:
    """What is wrong with a row: column, found, expected; empty if nothing is."""
    if row.fault:
        return row.fault
    if not row.source.strip():
        return "column source: found nothing, expected the name of a list"
    if not row.name.strip():
        return "column name: found nothing, expected a name"
    if row.kind.strip() and row.kind.strip().casefold() not in KINDS:
        return f"column type: found '{row.kind}', expected {', '.join(KINDS.values())} or nothing"
    return ""


def _told(faults: list[str]) -> str:
    shown = "; ".join(islice(faults, SHOWN))
    count = f"{len(faults)} row{'s' * (len(faults) > 1)} can't be read"
    return f"{count}: {shown}" + ("; ..." if len(faults) > SHOWN else "")


def _party(row: ListRow) -> ListedParty:
    source, name = _code(row.source), _plain(row.name)
    number = row.entity_number.strip()
    if not number:
        said = "\x1f".join((name, *row.countries))
        number = sha256(said.encode()).hexdigest()[:12]
    aliases = (_AND.sub("", _plain(part)) for many in row.aliases for part in many.split(";"))
    return ListedParty(
        f"{source}:{number}",
        source,
        name,
        tuple(dict.fromkeys(alias for alias in aliases if alias)),
        row.countries,
        KINDS.get(row.kind.strip().casefold()),
    )


def _code(source: str) -> str:
    """The code in the name of a list, `NS-MBS` of `... List (NS-MBS List) - Treasury ...`."""
    if found := _CODE.search(source):
        return _plain(found[1].removesuffix(" List")).upper()
    return _NO_CODE.sub("-", source.partition(" - ")[0].upper()).strip("-") or "UNKNOWN"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _unique(parties: list[ListedParty]) -> tuple[ListedParty, ...]:
    """Number the entries that the list has more than once: same name, countries and no number."""
    same: defaultdict[str, list[ListedParty]] = defaultdict(list)
    for party in parties:
        same[party.entry].append(party)
    numbered = [
        party if place == 1 else replace(party, entry=f"{entry}-{place}")
        for entry, many in same.items()
        for place, party in enumerate(sorted(many, key=lambda one: (one.name, one.aliases)), 1)
    ]
    return tuple(sorted(numbered, key=lambda party: party.entry))
