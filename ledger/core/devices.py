"""Devices: TPP from dense rates, performance density, and the item class of one IC."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ledger.core.events import DeviceFacts
from ledger.core.law.rows import ClassTest, ItemClass
from ledger.core.values import TENTHS, Tpp

NO_CLASS = "none"


def computed_tpp(rates: dict[str, Decimal]) -> Tpp:
    """TPP from dense rates: the largest of rate x bit length, rounded up to 0.1.

    `rates` maps the bit length of the widest multiply input to dense tera operations a second.
    Source: ECCN 3A090, technical notes.
    """
    return Tpp.ceiling(max(Fraction(rate) * int(bits) for bits, rate in rates.items()))


def unit_tpp(facts: DeviceFacts) -> Tpp:
    """TPP of one unit: as stated, or computed from the rates."""
    return computed_tpp(facts.rates) if facts.unit_tpp is None else facts.unit_tpp  # type: ignore[arg-type]  # the model holds one of the two


@dataclass(frozen=True, slots=True)
class Classification:
    """The item class of a device; `item_class` is None where a fact is missing."""

    item_class: str | None
    why: str
    cite: str


def classify(facts: DeviceFacts, classes: Iterable[ItemClass]) -> Classification:
    """Classify one IC of a device against the classes in force, in their order.

    Missing die area leaves the class open only where a paragraph depends on it.
    """
    ic_tpp = Fraction(unit_tpp(facts), facts.ics * TENTHS)
    last_cite = ""
    classes = list(classes)
    if not classes:
        return Classification(None, "no item class is modelled for that day", "")
    for item_class in sorted(classes, key=lambda row: row.order):
        last_cite = item_class.cite
        floor = item_class.data_center_only_below
        if not facts.data_center and floor is not None and ic_tpp < Fraction(floor, TENTHS):
            continue
        verdicts = [(test, _meets(test, ic_tpp, facts)) for test in item_class.paragraphs]
        for test, verdict in verdicts:
            if verdict:
                return Classification(item_class.id, f"meets {test.paragraph}", item_class.cite)
        for test, verdict in verdicts:
            if verdict is None:
                why = f"{test.paragraph} depends on performance density, which is not known"
                return Classification(None, why, item_class.cite)
    return Classification(NO_CLASS, "meets no paragraph of 3A090.a or .b", last_cite)


def _meets(test: ClassTest, ic_tpp: Fraction, facts: DeviceFacts) -> bool | None:
    tpp_fits = (test.min_tpp is None or ic_tpp >= Fraction(test.min_tpp, TENTHS)) and (
        test.below_tpp is None or ic_tpp < Fraction(test.below_tpp, TENTHS)
    )
    least, below = test.min_performance_density, test.below_performance_density
    if not tpp_fits:
        return False
    if least is None and below is None:
        return True
    density = performance_density(facts)
    if density is None:
        return None
    return (least is None or density >= Fraction(least)) and (
        below is None or density < Fraction(below)
    )


def performance_density(facts: DeviceFacts) -> Fraction | None:
    """TPP of one IC per mm2 of its applicable die area, exact; None where neither is known.

    A die area wins over a stated density, which is usually rounded.
    """
    if facts.die_area_mm2 is not None:
        return Fraction(unit_tpp(facts), facts.ics * TENTHS) / Fraction(facts.die_area_mm2)
    stated = facts.performance_density
    return None if stated is None else Fraction(stated)
