"""Amending: a pack as it would read if one of its rows changed from a day on.

A row is never overwritten: the version of the day ends, and another one begins. So what is changed
from a day on leaves every earlier day as it was, whatever the change is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from math import floor
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from ledger.core.errors import InvalidInput
from ledger.core.law.amendment import ROW_KINDS, Amendment
from ledger.core.law.caps import Cap, Step
from ledger.core.law.law import Law
from ledger.core.law.pack import Pack, rows
from ledger.core.law.row import OPEN_END, Row
from ledger.core.law.rows import Group, Provision
from ledger.core.values import Tpp

HYPOTHESIS: Final = "as changed by a hypothesis"
"""What stands after the citation of a row that is changed."""

ONE_DAY: Final = timedelta(days=1)

AnyRow = TypeVar("AnyRow", bound=Row)


def amended(law: Law, change: Amendment) -> Pack:
    """The pack of a law that holds a row, with the row changed.

    Raises `InvalidInput` for a row that no pack has, one that is not in force on the first day of
    the change, and a value that its field does not take.
    """
    name, begins = ROW_KINDS[change.kind], change.begins or date.min
    pack = _holder(law, change, name)
    versions = [row for row in rows(pack, name) if row.id == change.row]
    if change.ends_on is not None:
        changed = _ended(versions, change.ends_on, change)
    else:
        _in_force(versions, begins, change)
        changed = [
            piece
            for row in versions
            for piece in _pieces(row, begins, change)
            if _has_a_figure(piece, row)
        ]
    if _read_alike(versions, changed):
        raise InvalidInput(
            "it reads the same as before: nothing would change",
            where=f"{change.kind} {change.row}",
            cure="leave it out, or say what is to be otherwise",
        )
    place = next(n for n, row in enumerate(rows(pack, name)) if row.id == change.row)
    others = [row for row in rows(pack, name) if row.id != change.row]
    return pack.model_copy(update={name: (*others[:place], *changed, *others[place:])})


def _read_alike(versions: Sequence[Row], changed: Sequence[Row]) -> bool:
    """Whether versions say the same on every day on which there is one, citations apart."""
    every = (*versions, *changed)
    days = {day for row in every for day in (row.valid_from, row.until)} - {OPEN_END}
    days |= {step.valid_from for row in every if isinstance(row, Cap) for step in row.allowance}
    return all(_said(versions, day) == _said(changed, day) for day in days)


def _said(versions: Sequence[Row], on: date) -> dict[str, Any] | None:
    """All that the version of a day says, but for its days and where it stands."""
    row = next((row for row in versions if row.in_force(on)), None)
    if row is None:
        return None
    said = _within(row, on, on + ONE_DAY).model_dump(exclude={"cite", "valid_from", "until"})
    if isinstance(row, Group):
        said["members"] = {
            one.iso: (one.valid_from, one.until, one.evidence) for one in row.members
        }
    return said


def pack_ended(pack: Pack, ends_on: date) -> Pack:
    """A pack of which every row ends on a day, if it does not end before."""
    update = {
        name: tuple(
            _within(row, row.valid_from, min(row.until, ends_on))
            for row in rows(pack, name)
            if row.valid_from < ends_on
        )
        for name in ROW_KINDS.values()
    }
    return pack.model_copy(update=update)


def _holder(law: Law, change: Amendment, name: str) -> Pack:
    known: set[str] = set()
    for adopted in law.adopted:
        ids = {row.id for row in rows(adopted.pack, name)}
        if change.row in ids:
            return adopted.pack
        known |= ids
    near = get_close_matches(change.row, sorted(known), n=3)
    other = [kind for kind in ROW_KINDS if _has(law, kind, change.row)]
    cure = f"did you mean {' or '.join(near)}" if near else "list the rows: chipledger rules"
    raise InvalidInput(
        f"no adopted pack has the {change.kind} '{change.row}'",
        where=change.kind,
        cure=f"its kind is {' and '.join(other)}: name it so" if other else cure,
    )


def _has(law: Law, kind: str, row_id: str) -> bool:
    return any(row.id == row_id for one in law.adopted for row in rows(one.pack, ROW_KINDS[kind]))


def _in_force(versions: Sequence[Row], on: date, change: Amendment) -> None:
    if not any(row.in_force(on) for row in versions):
        spans = " and ".join(_span(row) for row in versions)
        raise InvalidInput(
            f"it is not in force on {on}, from which it is to change: it is in force {spans}",
            where=f"{change.kind} {change.row}",
            cure="begin the change on a day on which the row is in force",
        )


def _span(row: Row) -> str:
    first = "" if row.valid_from == date.min else f"from {row.valid_from} "
    return f"{first}until {row.until}" if row.until < OPEN_END else f"{first}on".strip()


def _ended(versions: Sequence[Row], ends_on: date, change: Amendment) -> list[Row]:
    """The versions before a day, the last of them ending on it, earlier or later than it did."""
    before = sorted(
        (row for row in versions if row.valid_from < ends_on), key=lambda row: row.valid_from
    )
    if not before:
        first = min(row.valid_from for row in versions)
        raise InvalidInput(
            f"it can't end on {ends_on}: its first day is {first}",
            where=f"{change.kind} {change.row}",
            cure="let it end on a later day",
        )
    last = before[-1]
    return [*before[:-1], _within(last, last.valid_from, ends_on)]


def _pieces(row: AnyRow, begins: date, change: Amendment) -> Iterator[AnyRow]:
    """A version as it was before a change, as changed, and as it is after it."""
    if row.until <= begins or change.until <= row.valid_from:
        yield row
        return
    if row.valid_from < begins:
        yield _within(row, row.valid_from, begins)
    first, end = max(row.valid_from, begins), min(row.until, change.until)
    yield _changed(_within(row, first, end), change)
    if change.until < row.until:
        yield _within(row, change.until, row.until)


def _has_a_figure(piece: Row, row: Row) -> bool:
    """Whether a part of a cap with steps has one of them: without it says nothing."""
    stepped = isinstance(row, Cap) and row.allowance
    return not stepped or (isinstance(piece, Cap) and bool(piece.allowance))


def _within(row: AnyRow, first: date, until: date) -> AnyRow:
    """A row for some days alone; of a cap with the steps of these days."""
    update: dict[str, Any] = {"valid_from": first, "until": until}
    if isinstance(row, Cap):
        update["allowance"] = _steps(row.allowance, first, until)
    return row.model_copy(update=update)


def _steps(steps: Sequence[Step], first: date, until: date) -> tuple[Step, ...]:
    """The steps of some days: the one in force on the first of them begins there."""
    before = [step for step in steps if step.valid_from <= first]
    after = [step for step in steps if first < step.valid_from < until]
    begun = [before[-1].model_copy(update={"valid_from": first})] if before else []
    return (*begun, *after)


def _changed(row: AnyRow, change: Amendment) -> AnyRow:
    """A version with its fields changed, checked as a pack's rows are."""
    data = row.model_dump(by_alias=True, exclude_defaults=True)
    data |= _short(row, change)
    data |= change.set
    for name in change.clear:
        if name not in data:
            raise InvalidInput(
                f"it has no '{name}' to clear",
                where=f"{change.kind} {change.row}",
                cure=f"clear one of {', '.join(sorted(data))}",
            )
        del data[name]
    own = f" ({change.cite})" if change.cite else ""
    if "cite" not in change.set and not row.cite.endswith(own or HYPOTHESIS):
        data["cite"] = f"{row.cite}, {HYPOTHESIS}{own}"
    try:
        found = type(row).model_validate(data)
    except ValidationError as error:
        raise _refused(error, change) from error
    begins = change.begins or date.min
    if change.enforced and isinstance(found, Provision) and not found.enforced(begins):
        raise InvalidInput(
            f"it can't be enforced on {begins}: it is not on the books then",
            where=f"{change.kind} {change.row}",
            cure="begin on a day on which it is in effect, and not rescinded",
        )
    return found


def _refused(error: ValidationError, change: Amendment) -> InvalidInput:
    told = []
    for one in error.errors(include_url=False):
        field = ".".join(map(str, one["loc"]))
        said = one["msg"].removeprefix("Value error, ")
        told.append(f"field {field}: {said}, found {one['input']!r}" if field else said)
    return InvalidInput(
        "; ".join(told),
        where=f"{change.kind} {change.row}",
        cure="docs/law.md says what a row holds",
    )


def _short(row: Row, change: Amendment) -> Mapping[str, Any]:
    """The fields that the short ways to say a change stand for."""
    fields: dict[str, Any] = {}
    if isinstance(row, Cap):
        fields |= _allowance(row, change)
    if isinstance(row, Group) and (change.add or change.remove):
        gone = {*change.remove, *change.add}
        kept = [member for member in row.members if member.iso not in gone]
        fields["members"] = (*kept, *({"iso": iso} for iso in change.add))
    if change.enforced is True:
        fields |= dict.fromkeys(("suspended_on", "suspended_by", "stayed_on", "stayed_by"))
    elif change.enforced is False:
        fields |= {"suspended_on": change.begins, "suspended_by": "a hypothesis"}
    fields |= {
        name: found
        for name in ("rescinded_on", "suspended_on")
        if (found := getattr(change, name)) is not None
    }
    return fields


def _allowance(cap: Cap, change: Amendment) -> Mapping[str, Any]:
    if change.percent is not None:
        proportion = "share" if cap.share is not None else "ratio"
        found = getattr(cap, proportion)
        own = {} if found is None else found.model_dump(exclude_defaults=True)
        return {proportion: {**own, "percent": change.percent}}
    if change.allowance_tpp is not None:
        return {"allowance": (_step(cap.valid_from, change.allowance_tpp),)}
    if change.allowance_percent is not None:
        factor = Fraction(Decimal(change.allowance_percent)) / 100
        return {"allowance": tuple(_scaled(step, factor) for step in cap.allowance)}
    return {}


def _scaled(step: Step, factor: Fraction) -> Mapping[str, Any]:
    scaled = None if step.tpp is None else Tpp(floor(int(step.tpp) * factor))
    return _step(step.valid_from, scaled)


def _step(first: date, tpp: Tpp | None) -> Mapping[str, Any]:
    own = {} if first == date.min else {"from": first}
    return {**own, "tpp": "unlimited" if tpp is None else tpp}
