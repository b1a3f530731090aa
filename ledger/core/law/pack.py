"""A rule pack: its text, its rows, and the checks a text must pass to be adopted."""

import tomllib
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from ledger.core.encoding import faults
from ledger.core.errors import InvalidRulePack
from ledger.core.law.caps import Cap
from ledger.core.law.row import Row
from ledger.core.law.rows import (
    Authorization,
    Coverage,
    Device,
    Duty,
    Gap,
    Group,
    ItemClass,
    LicenceRequirement,
    Listing,
    Provision,
    Remark,
    ReviewPolicy,
    Stop,
    Switch,
)
from ledger.core.values import Id, Text, Value


class Pack(Value):
    """One adopted text: law, a house's own stricter rules, or a device catalogue."""

    pack: Id
    version: Id
    title: Text
    kind: Literal["law", "house", "catalogue"]
    source: Text
    provisions: tuple[Provision, ...] = Field(default=(), alias="provision")
    coverage: tuple[Coverage, ...] = ()
    groups: tuple[Group, ...] = Field(default=(), alias="group")
    classes: tuple[ItemClass, ...] = Field(default=(), alias="class")
    licence_requirements: tuple[LicenceRequirement, ...] = Field(
        default=(), alias="licence_requirement"
    )
    stops: tuple[Stop, ...] = Field(default=(), alias="stop")
    listings: tuple[Listing, ...] = Field(default=(), alias="listing")
    authorizations: tuple[Authorization, ...] = Field(default=(), alias="authorization")
    caps: tuple[Cap, ...] = Field(default=(), alias="cap")
    duties: tuple[Duty, ...] = Field(default=(), alias="duty")
    reviews: tuple[ReviewPolicy, ...] = Field(default=(), alias="review")
    switches: tuple[Switch, ...] = Field(default=(), alias="switch")
    remarks: tuple[Remark, ...] = Field(default=(), alias="remark")
    gaps: tuple[Gap, ...] = Field(default=(), alias="gap")
    devices: tuple[Device, ...] = Field(default=(), alias="device")


ROWS: Final = (
    "provisions",
    "coverage",
    "groups",
    "classes",
    "licence_requirements",
    "stops",
    "listings",
    "authorizations",
    "caps",
    "duties",
    "reviews",
    "switches",
    "remarks",
    "gaps",
)
"""The kinds of law rows, in the order in which people read them."""

_HOUSE_ROWS: Final = frozenset({"caps"})


def rows(pack: Pack, kind: str) -> tuple[Row, ...]:
    """The rows of one kind."""
    found: tuple[Row, ...] = getattr(pack, kind)
    return found


def digest(text: str) -> str:
    """SHA-256 of a pack's text, in hex."""
    return sha256(text.encode()).hexdigest()


def read(text: str, *, where: str = "pack") -> Pack:
    """Read a pack from its TOML text.

    Raises `InvalidRulePack` for text that is no TOML, unknown keys, a missing citation, and
    versions of one id that overlap.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRulePack(f"is not TOML: {error}", where=where) from error
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        raise InvalidRulePack(faults(error), where=where) from error
    _lint(pack, where)
    return pack


def _lint(pack: Pack, where: str) -> None:
    for kind in ROWS:
        _no_overlap(rows(pack, kind), where)
        if pack.kind == "house" and kind not in _HOUSE_ROWS and rows(pack, kind):
            raise InvalidRulePack(
                f"a house pack holds caps only, found {kind}",
                where=where,
                cure="a house pack can only be stricter than the law; take the rows out",
            )
    for cap in pack.caps:
        if (pack.kind == "house") != cap.beside:
            raise InvalidRulePack(
                f"cap {cap.id}: beside = {str(cap.beside).lower()} in a {pack.kind} pack",
                where=where,
                cure="caps of a house pack stand beside every authorization, and only those",
            )
    if len({device.device for device in pack.devices}) != len(pack.devices):
        raise InvalidRulePack("a device stands twice", where=where)


def _no_overlap(found: Iterable[Row], where: str) -> None:
    versions: dict[str, list[Row]] = {}
    for row in found:
        versions.setdefault(row.id, []).append(row)
    for row_id, same in versions.items():
        for earlier, later in pairwise(sorted(same, key=lambda row: row.valid_from)):
            if later.valid_from < earlier.until:
                raise InvalidRulePack(
                    f"two versions of {row_id} overlap on {later.valid_from}",
                    where=where,
                    cure="end the earlier row with until",
                )


def as_data(row: Row) -> dict[str, Any]:
    """A row as plain data for programs: defaults left out."""
    data: dict[str, Any] = row.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return data
