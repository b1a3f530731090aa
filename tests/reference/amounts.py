"""The caps of the naive reference: each answers whether a lot fits, day by day, from the texts."""

from fractions import Fraction

from tests.reference.facts import (
    PARTNERS,
    Known,
    class_of,
    counted_tpp,
    days,
    parent_of,
    seats,
)
from tests.reference.world import UNKNOWN, Ask, Export, Licence, Stock, World

NVEU_TABLE = {
    "2025-Q1": 633_000_000,
    "2025-Q2": 949_500_000,
    "2025-Q3": 1_266_000_000,
    "2025-Q4": 1_582_500_000,
    "2026-Q1": 1_899_000_000,
    "2026-Q2": 2_690_250_000,
    "2026-Q3": 3_481_500_000,
    "2026-Q4": 4_272_750_000,
    "2027-Q1": 5_064_000_000,
    "2027-Q2": 5_064_000_000,
    "2027-Q3": 5_064_000_000,
    "2027-Q4": 5_064_000_000,
}
"""15 CFR 748.15(a)(2)(iii)(B), Table 1."""


def _lot_tpp(world: World, ask: Ask) -> Fraction:
    """What the lot would draw; an item that may be a-class is taken to be one."""
    if class_of(world, ask.device, ask.on) in {"b", "none"}:
        return Fraction(0)
    return world.devices[ask.device].unit_tpp * ask.quantity


def _base(world: World, day: str) -> list[tuple[Export | Stock, str, Fraction]]:
    """Everything that was ever installed: the event, whose it is, its TPP as the day counts it."""
    owned: list[tuple[Export | Stock, str]] = [(e, e.consignee) for e in world.exports]
    owned += [(s, s.party) for s in world.stock]
    return [
        (event, owner, counted_tpp(world, event.device, event.quantity, day))
        for event, owner in owned
    ]


def _last_day(world: World, ask: Ask) -> str:
    """The last day on which anything of the world changes, or the lot's own."""
    recorded = [e.on for e in world.exports] + [s.on for s in world.stock]
    return max([ask.on, *recorded, *(licence.first for licence in world.licences)])


# ---- LPP, 15 CFR 740.29: 26,900,000 a calendar year, at the ultimate parent


def lpp_fits(world: World, ask: Ask) -> Known:
    parent = parent_of(world, ask.consignee)
    if parent == UNKNOWN:
        return None
    year = ask.on[:4]
    drawn = _lot_tpp(world, ask)
    for export in world.exports:
        if export.authorization == "us-ear/lpp" and export.on[:4] == year:
            whose = parent_of(world, export.consignee)
            drawn += (
                counted_tpp(world, export.device, export.quantity, export.on)
                if whose == parent
                else 0
            )
    for usage in world.usage:
        if usage.cap == "us-ear/lpp/parent-year" and usage.holder == (parent,):
            drawn += usage.tpp if usage.on[:4] == year else 0
    return drawn <= 26_900_000


# ---- NVEU, 15 CFR 748.15: the table minus what is installed, on the day and every later one


def nveu_fits(world: World, ask: Ask) -> Known:
    if class_of(world, ask.device, ask.on) == "b":
        return True
    if ask.on >= "2028-01-01":
        return None
    base = [
        (event.on, tpp)
        for event, owner, tpp in _base(world, ask.on)
        if (owner, event.destination) == (ask.consignee, ask.destination)
    ]
    base += [
        (usage.on, Fraction(usage.tpp))
        for usage in world.usage
        if usage.cap == "us-ear/nveu/company-country"
        and usage.holder == (ask.consignee, ask.destination)
    ]
    lot = _lot_tpp(world, ask)
    for day in days(ask.on, "2027-12-31"):
        quarter = f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"
        installed = sum(tpp for on, tpp in base if on <= day)
        if installed + lot > NVEU_TABLE[quarter]:
            return False
    return True


# ---- UVEU, Supp. No. 10 to part 748, para 6: 25 %, 7 % and, for US companies, 50 %


def uveu_fits(world: World, ask: Ask) -> Known:
    if class_of(world, ask.device, ask.on) == "b":
        return True
    family = parent_of(world, ask.consignee)
    if family == UNKNOWN:
        return None
    mine = [
        (event.on, event.destination, tpp)
        for event, owner, tpp in _base(world, ask.on)
        if parent_of(world, owner) == family
    ]
    later = days(ask.on, _last_day(world, ask))
    return all(_uveu_fits_on(world, ask, day, mine) for day in later)


def _uveu_fits_on(world: World, ask: Ask, day: str, mine: list[tuple[str, str, Fraction]]) -> bool:
    lot = _lot_tpp(world, ask)
    everything = lot + sum(tpp for on, _, tpp in mine if on <= day)
    outside = lot + sum(tpp for on, to, tpp in mine if on <= day and to not in PARTNERS)
    here = lot + sum(tpp for on, to, tpp in mine if on <= day and to == ask.destination)
    abroad = lot + sum(tpp for on, to, tpp in mine if on <= day and to != "US")
    if ask.destination not in PARTNERS:
        if 100 * outside > 25 * everything:
            return False
        if 100 * here > 7 * everything:
            return False
    american = "US" in seats(world, ask.consignee)
    measured = ask.on[5:] in {"02-01", "08-01"} and day[5:] in {"02-01", "08-01"}
    if american and measured and ask.destination != "US":
        return 2 * abroad <= everything
    return True


# ---- licences


def covers(ask: Ask, licence: Licence) -> bool:
    """Whether a live line is for this lot."""
    if not licence.first <= ask.on < licence.until:
        return False
    wanted = (licence.device, licence.party, licence.destination)
    if wanted != (ask.device, ask.consignee, ask.destination):
        return False
    return licence.exporter in {"", ask.exporter}


def left(world: World, licence: Licence, day: str) -> int:
    """Units that a line still covers after what went under it up to a day."""
    gone = [e for e in world.exports if e.reference == licence.reference and e.on <= day]
    allowed = licence.quantity * (100 + licence.tolerance_percent) // 100
    return allowed - sum(e.quantity for e in gone)


def has_left(world: World, ask: Ask, licence: Licence) -> bool:
    """Whether a line has enough left for the lot, what went later included."""
    return ask.quantity <= left(world, licence, "9999-12-31")


def allocation_fits(world: World, ask: Ask) -> Known:
    """742.6(b)(10)(iii): 790,000,000 TPP licensed to a country, 2025 to 2027 as one figure."""
    if ask.on >= "2028-01-01":
        return None
    licensed = _lot_tpp(world, ask)
    partners_draw = reading(world, "us-ear/partner-hq-licences-use-allocation", ask.on) != "no"
    for licence in world.licences:
        there = licence.destination == ask.destination
        draws = partners_draw or PARTNERS.isdisjoint(seats(world, licence.party))
        if there and draws and "2025" <= licence.first[:4] <= "2027":
            licensed += counted_tpp(world, licence.device, licence.quantity, licence.first)
    for usage in world.usage:
        if usage.cap == "us-ear/allocation/country" and usage.holder == (ask.destination,):
            licensed += usage.tpp if "2025" <= usage.on[:4] <= "2027" else 0
    return licensed <= 790_000_000


def china_volume_fits(world: World, ask: Ask) -> bool:
    """Supp. No. 2 to part 748 (dd)(1)(iii): half of the device's US volume, on every later day.

    What live licences to China and Macau still cover is set aside.
    """
    there = {"CN", "HK", "MO"}
    same = [e for e in world.exports if e.device == ask.device and e.on >= "2026-01-15"]
    licences = [
        one for one in world.licences if one.device == ask.device and one.destination in there
    ]
    for day in days(ask.on, _last_day(world, ask)):
        so_far = [e for e in same if e.on <= day]
        gone = sum(e.quantity for e in so_far if e.destination in there)
        open_lines = [one for one in licences if one.first <= day < one.until]
        gone += sum(max(left(world, one, day), 0) for one in open_lines)
        at_home = sum(e.quantity for e in so_far if e.destination == "US")
        if 2 * (gone + ask.quantity) > at_home:
            return False
    return True


def reading(world: World, switch: str, day: str) -> str:
    """The value that was signed last for a switch; empty if none was."""
    signed = [one for one in world.readings if one.switch == switch and one.on <= day]
    return max(signed, key=lambda one: one.on).value if signed else ""
