"""Findings: what one cap says of a lot, or of a holder on a day."""

from collections.abc import Sequence
from datetime import date, timedelta

from ledger.core.grants import later_lines, line_units
from ledger.core.headroom import (
    Book,
    Level,
    counted_from,
    counts_until,
    least,
    level,
    version_on,
    whole_units,
)
from ledger.core.law.caps import Cap, Step
from ledger.core.law.law import Law
from ledger.core.prefix import Prefix
from ledger.core.situation import CoveringLine, Situation
from ledger.core.usage import Tally
from ledger.core.values import Tpp, Value


class Finding(Value):
    """What one cap says: allowance, drawdown and reserved are those of `binding_on`.

    `headroom_tpp` is what a lot of the day may add, before the lot; it may be negative, units are
    not. Null allowance and headroom mean unlimited. `window` is the first and last day that count
    together. `decides` is false for a notice, and for a limit measured on other days.
    """

    cap: str
    title: str
    holder: tuple[str, ...]
    basis: str
    effect: str
    window: tuple[date | None, date | None]
    allowance_tpp: Tpp | None
    drawdown_tpp: Tpp
    reserved_tpp: Tpp
    requested_tpp: Tpp
    headroom_tpp: Tpp | None
    headroom_units: int | None
    fits: bool
    decides: bool
    binding_on: date
    house: str | None = None
    cite: str
    note: str | None = None


def lot_finding(cap_id: str, situation: Situation, tally: Tally) -> Finding | None:
    """What a cap says of a lot; None where it has no figure for the day or the holder is open."""
    versions = versions_for(cap_id, situation)
    cap = version_on(versions, situation.on)
    if cap is None:
        return None
    holder = situation.holder(cap)
    if holder is None:
        return None
    book = Book([]) if cap.window.kind == "lot" else _book(cap, holder, situation, tally)
    return holder_finding(
        versions,
        holder,
        book,
        on=situation.on,
        law=situation.law,
        requested=situation.tpp,
        unit=situation.unit_tpp,
    )


def _book(cap: Cap, holder: tuple[str, ...], situation: Situation, tally: Tally) -> Book:
    if situation.covering_line is None:
        return tally.book(cap, holder, situation.unit_tpp)
    # The version of the law, not the one made for the line: only that one says it is a line's.
    versions = situation.law.versions(cap.id)
    asked = next(version for version in versions if version.valid_from == cap.valid_from)
    return tally.book(asked, holder, situation.unit_tpp, situation.own_line)


def versions_for(cap_id: str, situation: Situation) -> Sequence[Cap]:
    """All versions of a cap; that of a licence line has the line's own quantity as allowance."""
    versions = situation.law.versions(cap_id)
    if not versions.of_licence_line:
        return versions
    covering = situation.covering_line
    if covering is None:
        return [cap for cap in versions if not cap.of_licence_line]
    return [
        line_cap(cap, covering, situation.unit_tpp, situation.prefix, situation.on)
        if cap.of_licence_line
        else cap
        for cap in versions
    ]


def line_cap(cap: Cap, covering: CoveringLine, unit: Tpp, prefix: Prefix, on: date) -> Cap:
    """The cap of a licence line: its quantity with its tolerance, whole units, at a unit's TPP.

    A later amendment of the line is a step from its day on, so that a smaller one binds before.
    """
    later = later_lines(covering.grant, covering.line.line, on, prefix)
    steps = [Step(tpp=Tpp(covering.units * unit))]
    for day, line in later:
        units = line_units(line) if line.device == covering.line.device else 0
        steps.append(Step.model_validate({"from": day, "tpp": Tpp(units * unit)}))
    return cap.model_copy(update={"allowance": tuple(steps)})


def holder_finding(
    versions: Sequence[Cap],
    holder: tuple[str, ...],
    book: Book,
    *,
    on: date,
    law: Law,
    requested: Tpp | None = None,
    unit: Tpp | None = None,
) -> Finding | None:
    """What a cap says of a holder on a day, with or without a lot; None without a figure."""
    cap = version_on(versions, on)
    measured = cap is not None and cap.measured_on != () and f"{on:%m-%d}" in cap.measured_on
    # On a measuring day that day decides; before it the next ones are shown.
    tightest = level(versions, book, on) if measured else least(versions, book, on)
    if tightest is None or cap is None:
        return None
    notice = cap.effect == "notice"
    asked = Tpp(requested or 0)
    # What is shown is the figure of the binding day, so is where it stands.
    binding = cap if tightest.on == on else version_on(versions, tightest.on) or cap
    pack = law.pack_of(cap.id)
    return Finding(
        cap=cap.id,
        title=cap.title,
        holder=holder,
        basis=cap.basis,
        effect=cap.effect,
        window=_window(cap, on, tightest.on),
        allowance_tpp=None if tightest.allowance_tpp is None else Tpp(tightest.allowance_tpp),
        drawdown_tpp=Tpp(tightest.drawdown_tpp),
        reserved_tpp=Tpp(tightest.reserved_tpp),
        requested_tpp=asked,
        headroom_tpp=None if tightest.headroom_tpp is None else Tpp(tightest.headroom_tpp),
        headroom_units=None
        if unit is None
        else whole_units(tightest.headroom_tpp, unit, below=notice),
        fits=_fits(asked, tightest, below=notice),
        decides=not notice and (measured or not cap.measured_on),
        binding_on=tightest.on,
        house=pack.title if pack is not None and cap.beside else None,
        cite=binding.cite,
        note=binding.note,
    )


def _fits(asked: Tpp, least: Level, *, below: bool) -> bool:
    if least.headroom_tpp is None:
        return True
    return asked < least.headroom_tpp if below else asked <= least.headroom_tpp


def _window(cap: Cap, on: date, binding_on: date) -> tuple[date | None, date | None]:
    """First and last day that count together with the lot; null where the window is open."""
    first = counted_from(cap.window, binding_on)
    if cap.window.kind == "rolling":
        return first, binding_on
    until = min(counts_until(cap.window, on), cap.until)
    first = max(first, cap.valid_from) if cap.window.kind == "stock" else first
    return (
        None if first == date.min else first,
        None if until == date.max else until - timedelta(days=1),
    )


def figure(
    cap_id: str, holder: tuple[str, ...], *, on: date, prefix: Prefix, law: Law
) -> Finding | None:
    """A cap's headroom for one holder on a day, without a lot."""
    versions = law.versions(cap_id)
    cap = version_on(versions, on)
    if cap is None:
        return None
    book = Tally(prefix, law, on).book(cap, holder)
    return holder_finding(versions, holder, book, on=on, law=law)
