"""Facts for the naive reference, read off the texts: country groups by day, the class of an item.

Three answers everywhere: True, False, and None where a fact is missing. Literals on purpose.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from tests.reference.world import UNKNOWN, Ask, Device, World

Known = bool | None


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


PARTNERS = _set("AU BE CA DK FI FR DE IE IT JP NL NZ NO KR ES SE TW GB US")
A5 = _set(
    "AR AT AU BE BG CA CH CZ DE DK EE ES FI FR GB GR HR HU IE IN IS IT JP KR LT LU LV NL NO NZ "
    "PL PT RO SE SI SK TR"
)
A6 = _set("AL CY IL MT MX SG TW ZA")
D1 = _set("AM AZ BY CN GE IQ KG KH KP KZ LA LY MD MM MN MO RU TJ TM UZ VE VN YE")
D4 = _set("BH BY CN EG IL IQ IR JO KP KW LB LY MO OM PK QA RU SA SY VE YE")
D5 = _set("AF BY CD CF CN CU ER HT IQ IR KP LB LY MM RU SD SO SS SY VE ZW")
EMBARGOED = _set("BY CU IR KP RU SY")
EMBARGOED_SEAT = _set("CU IR KP SY")


def every(*answers: Known) -> Known:
    if False in answers:
        return False
    return None if None in answers else True


def some(*answers: Known) -> Known:
    if True in answers:
        return True
    return None if None in answers else False


def negated(answer: Known) -> Known:
    return None if answer is None else not answer


def days(first: str, last: str) -> Iterator[str]:
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day.isoformat()
        day += timedelta(days=1)


# ---- countries


def _china(country: str) -> str:
    return "CN" if country == "HK" else country


def in_d1(country: str, day: str) -> Known:
    if country == "NI":
        return None if day < "2024-03-14" else True
    return _china(country) in D1


def in_d4(country: str, day: str) -> Known:
    if country == "AE":
        return day <= "2026-07-09"
    return _china(country) in D4


def in_d5(country: str, day: str) -> Known:
    if country in {UNKNOWN, "ET"}:
        return None
    if country == "KH":
        return day <= "2026-02-02"
    if country == "CY":
        return day <= "2024-05-29"
    if country == "NI":
        return None if day == "2024-03-14" else day > "2024-03-14"
    return _china(country) in D5


def d5_or_macau(country: str, day: str) -> Known:
    return True if country == "MO" else in_d5(country, day)


def in_a5_or_a6(country: str, day: str) -> bool:
    if country == "AE":
        return day >= "2026-07-10"
    return country in A5 or country in A6


def licence_destination(country: str, day: str) -> Known:
    """Country Groups D:1, D:4 and D:5, without A:5 and A:6."""
    if in_a5_or_a6(country, day):
        return False
    return some(in_d1(country, day), in_d4(country, day), in_d5(country, day))


def is_partner(country: str) -> Known:
    return None if country == UNKNOWN else country in PARTNERS


# ---- parties


def named(ask: Ask) -> list[str]:
    """Every party to the lot but the exporter."""
    parties = [ask.purchaser, *ask.between, ask.consignee, ask.end_user]
    return [party for party in parties if party]


def parent_of(world: World, party: str) -> str:
    """The ultimate parent: as stated, or that of who owns more than half, or the party itself."""
    facts = world.parties[party]
    if facts.owner and facts.owner_percent > 50 and not facts.parent:
        return parent_of(world, facts.owner)
    return facts.parent or party


def seats(world: World, party: str) -> list[str]:
    """Where a party and its ultimate parent are headquartered."""
    parent = parent_of(world, party)
    above = UNKNOWN if parent == UNKNOWN else world.parties[parent].headquarters
    return [world.parties[party].headquarters, above]


def all_seats(world: World, ask: Ask) -> list[str]:
    return [seat for party in named(ask) for seat in seats(world, party)]


def seated_in_d5(world: World, ask: Ask) -> Known:
    return some(*(d5_or_macau(seat, ask.on) for seat in all_seats(world, ask)))


# ---- items


def ic_tpp(device: Device) -> Fraction:
    return device.unit_tpp / device.ics


def item_class(device: Device, day: str) -> str:
    """One of a, b, none and unknown: ECCN 3A090 as it read on the day."""
    if day < "2023-11-17":
        return _class_of_2022(device)
    tpp = ic_tpp(device)
    if tpp >= 4800:
        return "a"
    if tpp < 1600 or not device.data_center:
        return "none"
    if device.density is None:
        return UNKNOWN
    return _class_by_density(tpp, device.density)


def _class_by_density(tpp: Fraction, density: Fraction) -> str:
    if density >= Fraction("5.92"):
        return "a"
    if tpp >= 2400 and density >= Fraction("1.6"):
        return "b"
    return "b" if density >= Fraction("3.2") else "none"


def _class_of_2022(device: Device) -> str:
    if ic_tpp(device) < 4800:
        return "none"
    if device.interconnect_gbps is None:
        return UNKNOWN
    return "a" if device.interconnect_gbps >= 600 else "none"


def is_class(found: str, *wanted: str) -> Known:
    return None if found == UNKNOWN else found in wanted


def class_of(world: World, device: str, day: str) -> str:
    return item_class(world.devices[device], day)


def counted_tpp(world: World, device: str, quantity: int, day: str) -> Fraction:
    """What units draw on the caps that count a-class items."""
    if class_of(world, device, day) != "a":
        return Fraction(0)
    return world.devices[device].unit_tpp * quantity
