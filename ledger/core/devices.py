"""Devices: TPP from dense rates, performance density, and the item class of one IC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    """The item class of a device; `item_class` is None where a fact is missing.

    `entry` is the paragraph of the Commerce Control List that the unit stands in, if that is known.
    """

    item_class: str | None
    why: str
    cite: str
    entry: str | None = None


def ic_tpp(facts: DeviceFacts) -> Fraction:
    """TPP of one IC of a unit."""
    return Fraction(unit_tpp(facts), facts.ics * TENTHS)


def classify(facts: DeviceFacts, classes: Iterable[ItemClass]) -> Classification:
    """Classify one IC of a device against the classes in force, in their order.

    Missing die area leaves the class open only where a paragraph depends on it, and a stated
    paragraph that contradicts the figures leaves it open always.
    """
    classes = list(classes)
    found = _by_figures(facts, classes)
    if facts.eccn is None or found.item_class is None:
        return found
    stated = next((c.id for c in classes if facts.eccn in c.entries), NO_CLASS)
    listed = stated != NO_CLASS or any(c.id == found.item_class and c.entries for c in classes)
    if listed and stated != found.item_class:
        why = f"its stated paragraph {facts.eccn} is {stated}, its figures {found.item_class}"
        return Classification(None, why, found.cite)
    return replace(found, entry=facts.eccn)


def _by_figures(facts: DeviceFacts, classes: Sequence[ItemClass]) -> Classification:
    tpp = ic_tpp(facts)
    last_cite = ""
    if not classes:
        return Classification(None, "no item class is modelled for that day", "")
    for item_class in sorted(classes, key=lambda row: row.order):
        last_cite = item_class.cite
        floor = item_class.data_center_only_below
        if not facts.data_center and floor is not None and tpp < Fraction(floor, TENTHS):
            continue
        verdicts = [(test, _meets(test, tpp, facts)) for test in item_class.paragraphs]
        for test, verdict in verdicts:
            if verdict:
                entry = _entry(facts, item_class)
                why = f"meets {test.paragraph}"
                return Classification(item_class.id, why, item_class.cite, entry)
        for test, verdict in verdicts:
            if verdict is None:
                why = f"{test.paragraph} depends on {_open_fact(test)}, which is not known"
                return Classification(None, why, item_class.cite)
    why = f"meets no paragraph of {', '.join(c.title for c in classes)}"
    return Classification(NO_CLASS, why, last_cite, NO_CLASS)


def _open_fact(test: ClassTest) -> str:
    return "performance density" if test.min_interconnect_gbps is None else "the link rate"


def _entry(facts: DeviceFacts, item_class: ItemClass) -> str | None:
    """The paragraph of a unit that states none: of one IC the first, of several the second."""
    first, second = (*item_class.entries, None, None)[:2]
    return first if facts.ics == 1 else second


def _meets(test: ClassTest, tpp: Fraction, facts: DeviceFacts) -> bool | None:
    tpp_fits = (test.min_tpp is None or tpp >= Fraction(test.min_tpp, TENTHS)) and (
        test.below_tpp is None or tpp < Fraction(test.below_tpp, TENTHS)
    )
    rate = test.min_interconnect_gbps
    if tpp_fits and rate is not None:
        known = facts.interconnect_gbps
        return None if known is None else known >= rate
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
