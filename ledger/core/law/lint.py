"""Lint: what the adopted packs should not say, alone or together.

To add a rule, write a function that yields a `Fault` for every row it finds fault with, and enter
it in `RULES` under an id of its own, with a title.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import combinations, pairwise
from typing import Final, Literal, NamedTuple, get_args

from ledger.core.law.caps import Cap
from ledger.core.law.conditions import BOUNDED
from ledger.core.law.law import Law
from ledger.core.law.pack import Mistake
from ledger.core.law.row import OPEN_END, Row
from ledger.core.law.rows import Authorization, Duty, Gap, Provision, Remark, ReviewPolicy, Switch
from ledger.core.law.shelf import Place, Shelf
from ledger.core.lots import Transaction
from ledger.core.values import COUNTRY, Tpp, shown

Severity = Literal["error", "warning"]


class Fault(NamedTuple):
    """What is wrong with one field of a row; its severity where it is not that of the rule."""

    place: Place
    field: str
    found: str
    expected: str
    severity: Severity | None = None


def _day(on: date) -> str:
    return {date.min: "the beginning", OPEN_END: "the end"}.get(on, str(on))


def _quoted(value: str) -> str:
    return f"'{value}'" if value else "no value"


# ---- versions and days


def _overlaps(shelf: Shelf) -> Iterator[Fault]:
    for one, after in shelf.successions():
        if after.row.valid_from < one.row.until:
            found = f"{_day(after.row.valid_from)}, while {one.pack.pack} has a version until "
            yield Fault(after, "from", found + _day(one.row.until), "one version for each day")


def _lapses(shelf: Shelf) -> Iterator[Fault]:
    for one, after in shelf.successions():
        if after.row.valid_from > one.row.until:
            expected = f"{one.row.until}, on which the version before it ends"
            yield Fault(after, "from", _day(after.row.valid_from), expected)


def _ended_before(shelf: Shelf) -> Iterator[Fault]:
    for place in shelf.all():
        spans = [("until", place.row.valid_from, place.row.until)]
        for at, one in enumerate(getattr(place.row, "members", ())):
            spans.append((f"members[{at}].until", one.valid_from, one.until))
        if isinstance(place.row, Provision) and place.row.stayed_on is not None:
            spans.append(("stayed_until", place.row.stayed_on, place.row.stayed_until))
        for field, first, until in spans:
            if until <= first:
                yield Fault(place, field, _day(until), f"a day after {_day(first)}")


# ---- caps, and what draws on them


def _undrawn_caps(shelf: Shelf) -> Iterator[Fault]:
    drawn = shelf.named("cap")
    for place, cap in shelf.of(Cap):
        if cap.id not in drawn and not cap.beside:
            found = "a cap that no row names"
            yield Fault(place, "id", found, "an authorization, review or duty that draws on it")


def _idle_duties(shelf: Shelf) -> Iterator[Fault]:
    authorizations = [row for _, row in shelf.of(Authorization)]
    beside = {cap.id for _, cap in shelf.of(Cap) if cap.beside}
    for place, duty in shelf.of(Duty):
        drawn = {cap for row in authorizations if row.id in duty.authorizations for cap in row.caps}
        if duty.cap is not None and duty.cap not in drawn | beside:
            yield Fault(place, "cap", _quoted(duty.cap), "a cap on which its authorizations draw")


def _unlimited(shelf: Shelf) -> Iterator[Fault]:
    limits = {cap.id for _, cap in shelf.of(Cap) if cap.effect == "limit"}
    for place, row in shelf.of(Authorization):
        limiting = [one for one in row.caps if one in limits]
        if row.unlimited and limiting:
            found = f"true, and the limit {limiting[0]}"
            yield Fault(place, "unlimited", found, "either of the two")
        if not row.unlimited and not limiting:
            yield Fault(place, "caps", "no cap that limits it", "one, or unlimited = true")


_OWNERS: Final = ("family", "ultimate_parent", "ultimate_consignee")


def _uncountable(shelf: Shelf) -> Iterator[Fault]:
    for place, cap in shelf.of(Cap):
        drawing = [row for _, row in shelf.of(Authorization) if cap.id in row.caps]
        for found, expected in (*_untold(cap), *_unheld(cap, {row.kind for row in drawing})):
            yield Fault(place, "per", found, expected)


def _untold(cap: Cap) -> Iterator[tuple[str, str]]:
    """Keys of a holder that the draws of a cap do not tell."""
    if not cap.of_licence_line:
        for key in sorted({"reference", "line"} & set(cap.per)):
            yield key, "it beside the other of reference and line, with of_licence_line = true"
    if cap.basis == "licensed":
        for key in sorted({"end_user", "exporter"} & set(cap.per)):
            yield key, f"a key that every licence has: it need not name its {key}"
    if cap.basis == "installed" and "exporter" in cap.per:
        yield "exporter", "a key that stock has: what is declared or moved names no exporter"
    owners = [key for key in cap.per if key in _OWNERS]
    if cap.share is not None and (not owners or set(cap.per) - {*owners, "destination"}):
        yield ", ".join(cap.per), "the owner, alone or with the destination, for a share"


def _unheld(cap: Cap, kinds: set[str]) -> Iterator[tuple[str, str]]:
    """Holders that the grants, or the lots, which draw on a cap do not have."""
    if cap.of_licence_line and (cap.beside or kinds - {"licence"}):
        yield "reference, line", "a cap that licences alone draw on: no other lot has a line"
    if cap.of_licence_line and cap.basis != "exported":
        yield f"reference, line of what is {cap.basis}", "the basis 'exported' for a licence line"
    held = cap.per[0] in _OWNERS and cap.per[1:] in ((), ("destination",))
    if "status" in kinds and not held:
        yield ", ".join(cap.per), "the owner, or owner and destination: a status is granted to them"


def _steps(shelf: Shelf) -> Iterator[Fault]:
    for place, cap in shelf.of(Cap):
        yield from _decreases(place, cap)
        for at, step in enumerate(cap.allowance):
            own_day = cap.valid_from <= step.valid_from < cap.until
            if not own_day and step.valid_from != date.min:
                expected = f"a day of the cap's own, {_day(cap.valid_from)} to {_day(cap.until)}"
                yield Fault(place, f"allowance[{at}].from", _day(step.valid_from), expected)
        first = cap.allowance[0].valid_from if cap.allowance else cap.valid_from
        if first > cap.valid_from:
            expected = f"{_day(cap.valid_from)}, from which the cap is in force"
            yield Fault(place, "allowance[0].from", _day(first), expected)


def _decreases(place: Place, cap: Cap) -> Iterator[Fault]:
    for at, (one, after) in enumerate(pairwise(cap.allowance), start=1):
        if _less(after.tpp, one.tpp) and "decreases" not in (cap.note or ""):
            expected = f"{shown(one.tpp)} or more, or a note that the figure decreases"
            yield Fault(place, f"allowance[{at}].tpp", shown(after.tpp), expected)


def _less(one: Tpp | None, other: Tpp | None) -> bool:
    """Whether an amount is less than another; None is unlimited."""
    return one is not None and (other is None or one < other)


# ---- citations and evidence


_NO_CITATION: Final = re.compile(r"^\W*(none|n/?a|unknown)?\W*$|\b(tbd|tbc|todo)\b", re.IGNORECASE)


def _uncited(shelf: Shelf) -> Iterator[Fault]:
    for place in shelf.all():
        for field, cite in _cites(place.row):
            if _NO_CITATION.search(cite):
                yield Fault(place, field, _quoted(cite.strip()), "where the text stands")
            elif place.pack.kind == "law" and not re.search(r"\d", cite):
                # What is not modelled may be law that has no one number.
                severity: Severity = "warning" if isinstance(place.row, Gap) else "error"
                yield Fault(place, field, _quoted(cite), "the number of a law or day", severity)


def _cites(row: Row) -> Iterator[tuple[str, str]]:
    yield "cite", row.cite
    for part in ("requirements", "unless", "members"):
        for place, one in enumerate(getattr(row, part, ())):
            if one.cite is not None:
                yield f"{part}[{place}].cite", one.cite


def _unconfirmed(shelf: Shelf) -> Iterator[Fault]:
    for place in shelf.all():
        if place.row.note is None and not isinstance(place.row, Remark):
            marks = [("evidence", place.row.evidence)]
            for at, member in enumerate(getattr(place.row, "members", ())):
                if member.cite is None:
                    marks.append((f"members[{at}].evidence", member.evidence))
            for field, mark in marks:
                if mark == "UNCONFIRMED":
                    yield Fault(place, field, mark, "a note of the row that says what is open")


# ---- names and values


def _switches(shelf: Shelf) -> Iterator[Fault]:
    read = shelf.named("switch")
    readings = {switch.id: switch.values for _, switch in shelf.of(Switch)}
    for place, switch in shelf.of(Switch):
        if switch.id not in read:
            found = "a switch that no test and no cap reads"
            yield Fault(place, "id", found, "a test or a cap that asks for it", "warning")
        if switch.unset not in (None, *switch.values):
            yield Fault(
                place, "unset", _quoted(switch.unset or ""), f"one of {', '.join(switch.values)}"
            )
    for place, field, name, values in _readings(shelf):
        for value in values or ("",):
            if name in readings and value not in readings[name]:
                yield Fault(place, field, _quoted(value), f"one of {', '.join(readings[name])}")


def _readings(shelf: Shelf) -> Iterator[tuple[Place, str, str, tuple[str, ...]]]:
    """Every field that asks for readings of a switch."""
    for place, field, test in shelf.tests():
        if test.switch is not None:
            yield place, f"{field}.values", test.switch, test.values
    for place, cap in shelf.of(Cap):
        for switch, value in (cap.counts.when_switch or {}).items():
            yield place, f"counts.when_switch.{switch}", switch, (value,)


def _unread(*kinds: str) -> Callable[[Shelf], Iterator[Fault]]:
    """Rows of some kinds that no row names, and that no note says to stand for reference."""

    def find(shelf: Shelf) -> Iterator[Fault]:
        for kind in kinds:
            read = shelf.named(kind)
            for place in shelf.places[kind]:
                if place.row.id not in read and "for reference" not in (place.row.note or ""):
                    expected = "a row that names it, or a note that it stands for reference"
                    yield Fault(place, "id", f"a {kind} that no row names", expected)

    return find


def _unknown(*kinds: str) -> Callable[[Shelf], Iterator[Fault]]:
    """Names of some kinds that no adopted pack has."""

    def find(shelf: Shelf) -> Iterator[Fault]:
        for place, field, kind, one in shelf.mentions:
            if kind in kinds and one not in shelf.ids(kind):
                yield Fault(place, field, _quoted(one), f"the id of a known {kind}")

    return find


def _unreached(shelf: Shelf) -> Iterator[Fault]:
    ordered = sorted(shelf.of(ReviewPolicy), key=lambda found: found[1].order)
    for (one_place, one), (place, after) in combinations(ordered, 2):
        lasting = one.valid_from <= after.valid_from and after.until <= one.until
        if lasting and one.provision == after.provision and set(one.when) <= set(after.when):
            found = f"all tests of {one_place.name}, which is asked before it"
            yield Fault(place, "when", found, "a test that the earlier row does not ask")


_LIST_CODE: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_SCREENED: Final = frozenset({"screening", "owner_screening", "affiliate"})


def _codes(shelf: Shelf) -> Iterator[Fault]:
    for place, field, test in shelf.tests():
        if test.fact in _SCREENED:
            for code in test.values or ("",):
                if not _LIST_CODE.fullmatch(code):
                    expected = "the code of a list, such as EL or NS-MBS"
                    yield Fault(place, f"{field}.values", _quoted(code), expected)


_PLACES: Final = frozenset({"origin", "destination", "location", "headquarters"})
_COUNTRY: Final = ("a country as two capital letters", COUNTRY)
_FORMS: Final = {
    "data_center": ("yes or no", "yes|no"),
    "transaction": (" or ".join(get_args(Transaction)), "|".join(get_args(Transaction))),
    "party_kind": ("company, government or university", "company|government|university"),
    **dict.fromkeys(_PLACES, _COUNTRY),
}
"""Facts of few values: those values, in words and as a pattern."""

_WITHOUT_VALUES: Final = frozenset({*BOUNDED, *_SCREENED, "switch", "licence_line"})
"""Facts that a test needs no values of, or for which another rule asks for them."""


def _values(shelf: Shelf) -> Iterator[Fault]:
    for place, field, test in shelf.tests():
        expected, form = _FORMS.get(test.fact, ("values", ".*"))
        for name, values in (("values", test.values), ("not_values", test.not_values)):
            wrong = [value for value in values if not re.fullmatch(form, value)]
            yield from (Fault(place, f"{field}.{name}", f"'{one}'", expected) for one in wrong)
        groups = (*test.groups, *test.not_groups)
        if groups and test.fact not in _PLACES:
            found = f"a test of {test.fact} with the group '{groups[0]}'"
            yield Fault(place, field, found, "a group in a test of a place only")
        if not (groups or test.values or test.not_values or test.fact in _WITHOUT_VALUES):
            yield Fault(place, field, f"a test of {test.fact} without values", expected)


# ---- the rules


class Rule(NamedTuple):
    """A lint rule: what it finds, how grave that is, and the function that finds it."""

    title: str
    severity: Severity
    find: Callable[[Shelf], Iterator[Fault]]


_READ: Final = ("group", "class", "listing")
_NAMED_ROWS: Final = ("group", "cap", "provision", "switch", "class", "listing")

RULES: Final = {
    "L001": Rule("versions of one id that overlap", "error", _overlaps),
    "L002": Rule("days between two versions of one id", "warning", _lapses),
    "L003": Rule("a cap on which nothing draws", "error", _undrawn_caps),
    "L004": Rule("an authorization without a limit that does not say so", "error", _unlimited),
    "L005": Rule("a cap whose holder the draws do not tell", "error", _uncountable),
    "L006": Rule("a citation without the number of a law", "error", _uncited),
    "L007": Rule("a switch that nothing reads, or a reading it lacks", "error", _switches),
    "L008": Rule("an allowance that decreases, or steps outside its days", "error", _steps),
    "L009": Rule("a provision that nothing rests on", "warning", _unread("provision")),
    "L010": Rule("a group, class or listing that nothing reads", "warning", _unread(*_READ)),
    "L011": Rule("UNCONFIRMED without a note", "warning", _unconfirmed),
    "L012": Rule("an authorization that no pack has", "error", _unknown("authorization")),
    "L013": Rule("an end that is not after the beginning", "error", _ended_before),
    "L014": Rule("a review policy that is never reached", "error", _unreached),
    "L015": Rule("a screening code that no list has", "warning", _codes),
    "L016": Rule("a test of what its fact never is", "error", _values),
    "L017": Rule("the name of a row that no pack has", "error", _unknown(*_NAMED_ROWS)),
    "L018": Rule("a duty that waits for a cap on which no lot draws", "error", _idle_duties),
}


def lint(law: Law) -> list[Mistake]:
    """Everything that the rules find in the packs together, errors first."""
    shelf = Shelf(law)
    found = [
        _told(rule, fault, severity)
        for rule, (_, severity, find) in RULES.items()
        for fault in find(shelf)
    ]
    return sorted(found, key=lambda one: one.severity)


def _told(rule: str, fault: Fault, severity: Severity) -> Mistake:
    return Mistake(
        rule=rule,
        file=fault.place.pack.pack,
        row=fault.place.name,
        field=fault.field,
        found=fault.found,
        expected=fault.expected,
        severity=fault.severity or severity,
    )
