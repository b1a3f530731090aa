"""Shares: the numerator follows the groups that a share names; a family is read once for all."""

from ledger.core.headroom import Draw
from ledger.core.law.caps import Share
from ledger.core.positions import Drawn, Kind
from ledger.core.shares import Family, Outside
from tests.core.builders import law_of, on

LAW = law_of(
    """
[[group]]
id = "toy/friends"
cite = "a test"
title = "friends"
members = [{ iso = "DE" }, { iso = "BR", from = 2025-06-01, until = 2026-01-01 }]
"""
)
SHARE = Share.model_validate(
    {"percent": "25", "outside_groups": ["toy/friends"], "outside_values": ["US"]}
)


def row(place: str, tpp: int, day: str = "2025-01-10", kind: Kind = Kind.EXPORTED) -> Drawn:
    return Drawn(on(day), kind, "toy/a", "h100", "buyer", place, 1, tpp)


OUTSIDE = Outside(SHARE, LAW)


def told(place: str, day: str) -> list[tuple[str, int]]:
    return [(str(one.on), one.tpp) for one in OUTSIDE.draws(row(place, 100, day))]


def test_a_draw_is_out_while_its_destination_is_a_friend() -> None:
    assert told("CL", "2025-01-10") == [("2025-01-10", 100)]
    assert told("DE", "2025-01-10") == []
    assert told("US", "2025-01-10") == []
    assert told("BR", "2025-01-10") == [
        ("2025-01-10", 100),
        ("2025-06-01", -100),
        ("2026-01-01", 100),
    ]
    assert told("BR", "2025-07-01") == [("2026-01-01", 100)]
    assert told("BR", "2026-01-01") == [("2026-01-01", 100)]


def test_a_family_gives_the_same_as_its_rows_one_by_one() -> None:
    rows = [
        row("CL", 5),
        row("BR", 7),
        row("DE", 11, "2025-02-01"),
        row("CL", 3, "2025-02-01", Kind.RESERVED),
    ]
    family = Family()
    for one in rows:
        if one.kind is not Kind.RESERVED:
            family.whole[one.on] += one.tpp
        family.parts[one.destination].append(one)
    whole = [Draw(on("2025-01-10"), 0, whole=12), Draw(on("2025-02-01"), 0, whole=11)]
    for destination in (None, "CL", "BR", "MX"):
        own = [one for one in rows if destination in (None, one.destination)]
        parts = [draw for one in own for draw in OUTSIDE.draws(one)]
        found = list(family.draws(OUTSIDE, destination))
        assert sorted(found) == sorted([*whole, *parts])
