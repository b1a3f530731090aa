"""Random worlds and requests that meet the edges of the law on purpose, from a seed.

Each world has a theme that decides which cap or listing its requests come close to; the same
parties, devices and days are drawn for all, so that every theme meets every fact.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.reference.amounts import NVEU_TABLE
from tests.reference.catalogue import CHANGES, DEVICES, NAMES, PLACES, SEATS, STRONG, USES
from tests.reference.world import (
    UNKNOWN,
    Ask,
    Export,
    Licence,
    Party,
    Reading,
    Status,
    Stock,
    Usage,
    World,
)


def world_of(random: Random, theme: str) -> World:
    parties = {"seller": Party("seller", "US", "US")}
    parties |= {f"parent-{n}": _party(random, f"parent-{n}", []) for n in range(3)}
    above = [party for party in parties if party.startswith("parent")]
    parties |= {f"firm-{n}": _party(random, f"firm-{n}", above) for n in range(6)}
    bare = World(parties, DEVICES)
    return _THEMED[theme](random, bare)


def _party(random: Random, name: str, above: Sequence[str]) -> Party:
    location = random.choice(PLACES)
    seat = random.choice([location] * 3 + SEATS[:20] + [random.choice(SEATS)])
    parent = random.choice(["", "", "", UNKNOWN, *above]) if above else ""
    kind = random.choice(["company"] * 5 + ["university", "government"])
    return Party(name, location, seat, parent, kind)


def day_near(random: Random, changes: Sequence[str] = CHANGES) -> str:
    if random.random() < 0.15:
        return (date(2022, 10, 1) + timedelta(days=random.randrange(2100))).isoformat()
    change = date.fromisoformat(random.choice(changes))
    return (change + timedelta(days=random.choice([-1, 0, 0, 1]))).isoformat()


# ---- themes: what each world holds before the request


def _plain(random: Random, world: World) -> World:
    """A little of everything: statuses, licences and lots of whom it may concern."""
    firms = [party for party in world.parties if party != "seller"]
    return replace(
        world,
        statuses=tuple(_status(random, n, firms) for n in range(4)),
        licences=tuple(_licence(random, n, firms) for n in range(2)),
        exports=tuple(_export(random, firms) for _ in range(random.randrange(3))),
        readings=_readings(random),
    )


def _readings(random: Random) -> tuple[Reading, ...]:
    value = random.choice(["", "available", "barred"])
    day = random.choice(["2020-01-01", "2025-06-02", "2026-02-01"])
    return (Reading(day, "us-ear/lpp-in-d1-d4", value),) if value else ()


def _status(random: Random, number: int, firms: Sequence[str]) -> Status:
    authorization = random.choice(["us-ear/uveu", "us-ear/nveu", "us-ear/dc-veu"])
    anywhere = authorization == "us-ear/uveu" and random.random() < 0.5
    places = () if anywhere else tuple(sorted({random.choice(PLACES), random.choice(PLACES)}))
    first = random.choice(["2020-01-01", "2024-10-02", "2025-05-15"])
    until = random.choice(["9999-12-31", "2027-01-01"])
    return Status(authorization, f"S{number}", random.choice(firms), places, first, until)


def _licence(random: Random, number: int, firms: Sequence[str]) -> Licence:
    party, device = random.choice(firms), random.choice([*DEVICES])
    first = random.choice(["2022-11-01", "2024-01-02", "2025-06-02", "2026-01-15"])
    return Licence(f"L{number}", party, random.choice(PLACES), device, 50, first)


def _export(random: Random, firms: Sequence[str]) -> Export:
    day = day_near(random, CHANGES[9:])
    place = random.choice(PLACES)
    authorization = random.choice(["us-ear/lpp", "us-ear/nveu", "us-ear/aia", "us-ear/nlr"])
    device = random.choice(STRONG)
    return Export(
        day, device, random.choice([1, 5, 70]), "US", place, random.choice(firms), authorization
    )


def _lpp(random: Random, world: World) -> World:
    """The year of a pool is full but for 50 units of H100, some of it by a sister's lots."""
    pool = random.choice(["firm-0", "parent-0"])
    parties = world.parties | {"parent-0": Party("parent-0", "BR", "BR")}
    parties["firm-0"] = Party("firm-0", "BR", "BR", "" if pool == "firm-0" else pool)
    parties["firm-1"] = Party("firm-1", "CL", "CL", pool)
    used = 26_900_000 - 50 * 15_832 - random.choice([0, 0, 1, -1])
    years = random.choice([(2025,), (2025, 2026), (2027,)])
    sister = 3 * 15_832
    exports = [
        Export(
            f"{year}-{random.choice(['01-02', '05-15', '12-31'])}",
            "h100",
            3,
            "US",
            "CL",
            "firm-1",
            "us-ear/lpp",
        )
        for year in years
    ]
    usage = [
        Usage(
            f"{year}-{random.choice(['01-01', '06-02', '12-31'])}",
            "us-ear/lpp/parent-year",
            (pool,),
            used - sister,
        )
        for year in years
    ]
    readings = _readings(random)
    return replace(
        world, parties=parties, exports=tuple(exports), usage=tuple(usage), readings=readings
    )


def _nveu(random: Random, world: World) -> World:
    """A company is 50 units of H100 short of one row of the table, from its first day on."""
    place = random.choice(["AE", "BR", "SA", "IN", "KZ", "KH"])
    parties = world.parties | {"firm-0": Party("firm-0", place, random.choice([place, "BR"]))}
    parties["firm-1"] = Party("firm-1", place, place, "firm-0")
    quarter = random.choice([*NVEU_TABLE][1:])
    row = NVEU_TABLE[quarter]
    stock = Stock(random.choice(["2020-01-01", "2025-02-03"]), "firm-0", place, "hgx", 100)
    later = random.choice(["2025-04-01", "2026-01-05", "2027-12-31"])
    more = Export(later, "h100", 10, "US", place, "firm-0", random.choice(["us-ear/lpp", NLR]))
    used = row - 50 * 15_832 - 100 * 126_656 - 10 * 15_832 + random.choice([0, 0, 1])
    usage = Usage(
        f"{quarter[:4]}-{3 * int(quarter[-1]) - 2:02}-01",
        "us-ear/nveu/company-country",
        ("firm-0", place),
        used,
    )
    first = random.choice(["2025-01-13", "2025-05-15"])
    statuses = [Status("us-ear/nveu", "S0", "firm-0", (place,), first)]
    statuses += [Status("us-ear/nveu", "S1", "firm-1", (place,), first)][: random.randrange(2)]
    return replace(
        world, parties=parties, stock=(stock,), exports=(more,), usage=(usage,),
        statuses=tuple(statuses), readings=_readings(random),
    )  # fmt: skip


def _uveu(random: Random, world: World) -> World:
    """A family whose base is 16 (25 %) or 70 (7 %) small units from a limit, or at half."""
    seat = random.choice(["JP", "US", "US"])
    pool = random.choice(["firm-0", "parent-0"])
    parties = world.parties | {"parent-0": Party("parent-0", seat, seat)}
    parent = "" if pool == "firm-0" else pool
    parties["firm-0"] = Party("firm-0", seat, seat if not parent else "BR", parent)
    parties["firm-1"] = Party("firm-1", "CL", "CL", pool)
    home, abroad = random.choice(
        [(762, {"BR": 60, "IN": 60, "MX": 60, "MY": 20, "CL": 38}), (930, {}), (500, {"DE": 450})]
    )
    day = random.choice(["2024-06-03", "2025-06-02"])
    bases = {seat: home} | abroad
    stock = [
        Stock(day, random.choice(["firm-0", "firm-1"]), place, "b200", count)
        for place, count in bases.items()
    ]
    later = Export(
        "2026-02-02",
        "b200",
        random.choice([1, 5]),
        "US",
        random.choice(["CL", seat, "DE"]),
        "firm-0",
        "us-ear/uveu",
    )
    held = [Status("us-ear/uveu", "S0", "firm-0", (), "2025-01-13")]
    held += [Status("us-ear/uveu", "S1", "firm-1", ("CL", "MY"), "2025-01-13")]
    return replace(
        world, parties=parties, stock=tuple(stock),
        exports=(later,) if random.random() < 0.5 else (),
        statuses=tuple(held[: random.choice([1, 2])]), readings=_readings(random),
    )  # fmt: skip


def _allocation(random: Random, world: World) -> World:
    """A country is 5,000 units of H100 from its figure, by a licence and a report."""
    place = random.choice(["BR", "MY", "AE", "SA", "IN", "PL"])
    parties = world.parties | {"firm-0": Party("firm-0", place, place)}
    day = random.choice(["2024-12-31", "2025-01-01", "2025-06-02", "2027-12-31", "2028-01-01"])
    granted = Licence("L0", "firm-1", place, "hgx", 1000, day)
    used = 790_000_000 - 5_000 * 15_832 - 126_656_000 + random.choice([0, 1])
    usage = Usage(
        random.choice(["2025-01-01", "2026-06-01"]), "us-ear/allocation/country", (place,), used
    )
    return replace(world, parties=parties, licences=(granted,), usage=(usage,))


def _china(random: Random, world: World) -> World:
    """Half of the United States' volume of a device is 50 units less those that went."""
    place = random.choice(["CN", "HK", "MO"])
    parties = world.parties | {"firm-0": Party("firm-0", place, random.choice([place, "US"]))}
    parties["firm-1"] = Party("firm-1", "US", "US")
    device = random.choice(["h200", "h200x8", "edge-20999", "edge-21000", "b-x4", "slow-6500"])
    start = random.choice(["2026-01-14", "2026-01-15", "2026-01-20"])
    at_home = Export(start, device, 100, "US", "US", "firm-1", NLR)
    gone = Export(
        random.choice(["2026-01-14", "2026-01-15", "2026-02-02"]), device, 5, "US", "MO",
        "firm-0", "us-ear/license", "L0",
    )  # fmt: skip
    first = random.choice(["2026-01-14", "2026-02-01"])
    line = Licence(
        "L0", "firm-0", "MO", device, 15, first, random.choice(["9999-12-31", "2026-08-01"])
    )
    exports = (at_home, gone)[: random.choice([1, 2])]
    if random.random() < 0.7:
        return replace(world, parties=parties, exports=(at_home,))
    return replace(world, parties=parties, exports=exports, licences=(line,))


def _licensed(random: Random, world: World) -> World:
    """A line of 100 with 50 left, some with a tolerance, some for one exporter."""
    place = random.choice(["CN", "BR", "AE", "IR", "RU", "VN", "NI"])
    parties = world.parties | {"firm-0": Party("firm-0", place, place)}
    device = random.choice(["h100", "h20", "a800", "density-unknown", "a30"])
    first = random.choice(["2022-10-22", "2023-11-17", "2025-05-15", "2026-05-30"])
    until = random.choice(["9999-12-31", "2026-05-31", "2027-04-07"])
    line = Licence(
        "L0",
        "firm-0",
        place,
        device,
        100,
        first,
        until,
        random.choice(["", "seller", "firm-5"]),
        random.choice([0, 10]),
    )
    day = random.choice([first, "2027-12-31"])
    gone = Export(day, device, 50, "US", place, "firm-0", "us-ear/license", "L0")
    return replace(world, parties=parties, licences=(line,), exports=(gone,))


def _uae(random: Random, world: World) -> World:
    """Listed firms, their subsidiaries, the government and others in the Emirates."""
    parties = dict(world.parties)
    listed = random.choice(NAMES)
    parties["parent-0"] = Party(
        listed,
        "AE" if "42" in listed else "US",
        "AE" if "42" in listed else random.choice(["US", "US", "CN"]),
    )
    parties["firm-0"] = replace(parties["parent-0"], location="AE")
    parties["parent-0"] = replace(parties["parent-0"], name=f"owner of {listed}")
    parties["firm-1"] = Party("sub", "AE", "AE", "firm-0", owner="firm-0")
    parties["firm-2"] = Party("sub-sub", "AE", "AE", "firm-0", owner="firm-1")
    parties["firm-3"] = Party("agency", "AE", random.choice(["AE", UNKNOWN]), kind="government")
    share = random.choice([2, 50, 51])
    parties["firm-4"] = Party("other", "AE", "AE")
    parties["firm-5"] = Party("minority", "AE", "AE", owner="firm-0", owner_percent=share)
    return replace(world, parties=parties)


def _partner(random: Random, world: World) -> World:
    """Firms in partner destinations, some with an owner elsewhere."""
    seats = ["DE", "US", "TW", "GB", "GB", "PL", UNKNOWN]
    parties = world.parties | {"parent-0": Party("parent-0", "US", random.choice(seats))}
    above = random.choice(["", "parent-0"])
    parties["firm-0"] = Party("firm-0", "DE", random.choice(seats), above)
    parties["firm-1"] = Party("firm-1", "TW", "TW", above)
    return replace(world, parties=parties, readings=_readings(random))


def _regimes(random: Random, world: World) -> World:
    """Firms where membership of a group changed, or where a rule began or ended."""
    places = ["CN", "MO", "NI", "KH", "CY", "ET", "AE", "SA"]
    homes = random.sample(places, 6)
    firms = {
        f"firm-{n}": Party(f"firm-{n}", random.choice([home, home, "BR"]), home)
        for n, home in enumerate(homes)
    }
    return replace(world, parties=world.parties | firms, readings=_readings(random))


def _dc_veu(random: Random, world: World) -> World:
    """A data center of 2024 with an owner and perhaps another operator."""
    place = random.choice(["AE", "SA", "KZ", "IN", "CN", "BR"])
    parties = world.parties | {"firm-0": Party("firm-0", place, random.choice([place, "CN"]))}
    first = random.choice(["2024-10-02", "2025-01-13"])
    held = [Status("us-ear/dc-veu", f"S{n}", f"firm-{n}", (place,), first) for n in range(2)]
    return replace(world, parties=parties, statuses=tuple(held[: random.choice([1, 2])]))


NLR = "us-ear/nlr"
_THEMED: dict[str, Callable[[Random, World], World]] = {
    "plain": _plain,
    "lpp": _lpp,
    "nveu": _nveu,
    "uveu": _uveu,
    "allocation": _allocation,
    "china": _china,
    "licence": _licensed,
    "uae": _uae,
    "partner": _partner,
    "regimes": _regimes,
    "dc-veu": _dc_veu,
}


# ---- requests


def ask_of(random: Random, world: World, theme: str) -> Ask:
    """A request near what the theme's world holds; one in four is about anything."""
    firms = [party for party in world.parties if party != "seller"]
    near = random.random() < 0.75 and theme != "plain"
    consignee = random.choice(_buyers(theme) if near else firms)
    place = world.parties[consignee].location if random.random() < 0.8 else random.choice(PLACES)
    if near and theme in {"nveu", "uveu", "allocation", "licence", "china", "dc-veu"}:
        place = random.choice([*_places(world), place])
    device = random.choice(_devices(world, theme) if near else [*DEVICES])
    origin = (
        "US"
        if random.random() < (0.9 if near else 0.7)
        else random.choice([place, random.choice(PLACES)])
    )
    end_user = consignee if random.random() < (0.85 if near else 0.5) else random.choice(firms)
    return Ask(
        day_near(random, _FROM.get(theme, CHANGES) if near else CHANGES),
        device,
        random.choice(_quantities(theme, device) if near else (1, 49, 50, 51, 2000, 100_000)),
        place,
        consignee,
        end_user,
        origin,
        random.choice(["seller", "seller", "seller", "firm-5"]),
        random.choice(["", "", "", "seller", random.choice(firms)]),
        (random.choice(firms),) if random.random() < 0.15 else (),
        random.choice(USES) if random.random() < 0.3 else "data center",
    )


_FROM = {
    "lpp": CHANGES[14:],
    "nveu": CHANGES[14:],
    "uveu": CHANGES[14:],
    "allocation": CHANGES[14:],
    "partner": CHANGES[14:],
    "china": CHANGES[18:],
    "uae": CHANGES[23:],
    "dc-veu": ["2024-10-02", "2025-05-15", "2026-07-10"],
}
"""The days of a theme: from the compliance day, the window for China, the rule on the Emirates."""


def _buyers(theme: str) -> list[str]:
    if theme == "china":
        return ["firm-0"]
    if theme in {"uae", "regimes"}:
        return [f"firm-{n}" for n in range(6)]
    return ["firm-0", "firm-0", "firm-1"]


def _places(world: World) -> list[str]:
    held = [place for one in world.statuses for place in one.destinations]
    for one in (world.licences, world.exports, world.stock):
        held += [event.destination for event in one]
    return held + [holder for usage in world.usage for holder in usage.holder if len(holder) == 2]


def _devices(world: World, theme: str) -> list[str]:
    seen = [one.device for one in world.licences] + [one.device for one in world.exports]
    edges = ["a100", "a800", "a30", "gaming", "h20", "fast-1400", "slow-1399"]
    edges += ["fast-other", "edge-2399"]
    near = {"regimes": edges, "uveu": ["b200", "b200", "a30"], "uae": ["h200", "a30", "gaming"]}
    return near.get(theme, seen * 3 + ["h100", "h100", "h200", "a30"])


def _quantities(theme: str, device: str) -> tuple[int, ...]:
    if theme == "uveu":
        return (1, 15, 16, 17, 49, 50, 51, 69, 70, 71)
    if theme == "regimes":
        return (1, 2_000)
    if theme == "allocation":
        return (1_000, 4_999, 5_000, 5_001, 12_999, 13_000, 13_001)
    if theme in {"china", "licence"}:
        return (1, 34, 35, 36, 44, 45, 46, 49, 50, 51, 59, 60, 61)
    return (1, 6, 7, 49, 50, 51, 53) if device != "hgx" else (1, 6, 7)
