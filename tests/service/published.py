"""Screening lists to adopt: small and invented, in each of the forms in which they come."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ledger.core.events import PartyRegistered
from ledger.service.lists import Adoption, adopt
from tests.core.builders import on, party

HEADER: Final = (
    "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,"
    "start_date,end_date,standard_order,license_requirement,license_policy,call_sign,"
    "vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,"
    "source_list_url,alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,"
    "source_information_url,ids"
)
"""The columns of trade.gov's CSV."""

SOURCES: Final = {
    "CMIC": "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC) - Treasury",
    "DPL": "Denied Persons List (DPL) - Bureau of Industry and Security",
    "EL": "Entity List (EL) - Bureau of Industry and Security",
    "ISN": "Nonproliferation Sanctions (ISN) - State Department",
    "MEU": "Military End User (MEU) List - Bureau of Industry and Security",
    "NS-MBS": "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department",
    "SDN": "Specially Designated Nationals (SDN) - Treasury Department",
    "UVL": "Unverified List (UVL) - Bureau of Industry and Security",
}
PUBLISHED: Final = "2025-08-29"
"""The day of the lists below: three days before the lots of the tests."""


class Listed(NamedTuple):
    """One row of a published list."""

    code: str
    number: int
    name: str
    aliases: tuple[str, ...] = ()
    country: str = "MY"

    @property
    def entry(self) -> str:
        return f"{self.code}:{self.number}"


CRIMSON = Listed("EL", 101, "Crimson Harbor Photonics", ("Rotlicht Hafenoptik",))
GRANITE = Listed("MEU", 401, "Granite Falcon Avionics")
INDIGO = Listed("CMIC", 601, "Indigo Pagoda Telephony")
OCHRE = Listed("DPL", 301, "Ochre Lantern Mercantile")
SABLE = Listed("NS-MBS", 701, "Sable Turbine Syndicate")
TEAL = Listed("UVL", 501, "Teal Meadow Optronics")
UMBER = Listed("ISN", 801, "Umber Rocketry Bureau")
VIOLET = Listed("SDN", 201, "Violet Anvil Maritime")
LISTED: Final = (CRIMSON, GRANITE, INDIGO, OCHRE, SABLE, TEAL, UMBER, VIOLET)


def fillers(count: int, code: str = "SDN") -> list[Listed]:
    """Rows that no party of the tests is near."""
    return [Listed(code, 1000 + n, f"Bystander Qoph{n:04} Zayin{n:04}") for n in range(count)]


def csv_list(folder: Path, rows: Iterable[Listed] = LISTED, name: str = "consolidated.csv") -> Path:
    """The 29 columns of trade.gov; they do not say on which day they were published."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER.split(","))
        writer.writeheader()
        writer.writerows(_cells(row) for row in rows)
    return path


def _cells(row: Listed) -> dict[str, str]:
    return {
        "source": SOURCES[row.code],
        "entity_number": str(row.number),
        "type": "Entity",
        "name": row.name,
        "addresses": f"1 Invented Road, Nowhere, {row.country}",
        "alt_names": "; ".join(row.aliases),
    }


def json_list(
    folder: Path,
    rows: Iterable[Listed] = LISTED,
    *,
    day: str = PUBLISHED,
    time: str = "13:15:00",
) -> Path:
    """The JSON of trade.gov."""
    results = [
        {**_cells(row), "addresses": [{"country": row.country}], "alt_names": list(row.aliases)}
        for row in rows
    ]
    stamp = f"{day}T{time}+00:00"
    return _written(folder / "consolidated.json", search_performed_at=stamp, results=results)


def snapshot(folder: Path, rows: Iterable[Listed] = LISTED, *, day: str = PUBLISHED) -> Path:
    """The compact JSON that explains its own keys."""
    codes = sorted(SOURCES)
    entries = [
        {
            "n": row.name,
            "s": codes.index(row.code),
            "a": list(row.aliases),
            "t": "Entity",
            "e": str(row.number),
            "c": [row.country],
        }
        for row in rows
    ]
    tables = {"sources": [SOURCES[code] for code in codes]}
    stamp = f"{day}T13:15:00+00:00"
    return _written(
        folder / "snapshot.json", sourceGeneratedAt=stamp, tables=tables, entries=entries
    )


def _written(path: Path, **content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def adopted_list(
    url: str,
    folder: Path,
    rows: Iterable[Listed] = LISTED,
    *,
    day: str = PUBLISHED,
    force: str | None = None,
) -> Adoption:
    """Adopt a list as published on a day."""
    return adopt(url, csv_list(folder, rows), published=on(day), force=force)


def bearer(row: Listed, *, headquarters: str = "BR", **more: object) -> PartyRegistered:
    """A party that bears the name of a listed one; its id is the first word of the name."""
    return party(row.name.split()[0].lower(), headquarters=headquarters, name=row.name, **more)


def owned(
    name: str, owners: Mapping[str, object], *, headquarters: str = "BR", **more: object
) -> PartyRegistered:
    """A party with owners and their percentages."""
    held = [{"party": owner, "percent": str(percent)} for owner, percent in owners.items()]
    return party(name, headquarters=headquarters, owners=held, **more)
