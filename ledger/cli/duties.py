"""`chipledger duties`: what is due, done and overdue; `duties done` records that one was done."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from cyclopts import App, Parameter
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import emit, esc, put, table
from ledger.core.calendar import DutyDue
from ledger.core.headroom import ONE_DAY
from ledger.service import duties as service
from ledger.service.duties import LOOKED_BACK, Calendar, Done, Wanted

STYLE: Final = {"overdue": "bold red", "due": "yellow", "done": "green"}
NAMED: Final = 4
"""How many of those that the same duty is due for on a day are named; the JSON has them all."""

duties = App(
    name="duties",
    help="""Notices, certifications and reports: what is due, done and overdue.

    Example: chipledger duties --from 2026-10-01 --until 2027-01-01
    """,
)


@duties.default
def list_duties(
    *,
    first: Annotated[str | None, Parameter(name="--from")] = None,
    until: str | None = None,
    state: Literal["due", "done", "overdue"] | None = None,
    party: str | None = None,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List what is due, done and overdue, by day.

    Example: chipledger duties --from 2026-10-01 --until 2027-01-01 --state overdue

    Parameters
    ----------
    first
        First day; 30 days before --on if left out.
    until
        First day out; 90 days after --on if left out.
    state
        Only what is due, done or overdue.
    party
        Only duties for lots, grants or listings of this party.
    on
        The day on which they are due, done or overdue; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    wanted = Wanted(as_day(first, "--from"), as_day(until, "--until"), state, party)
    found = service.duties(common.url, wanted, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: _show(to, found, wanted), as_json=common.json)
    return 0


@duties.command
def done(
    duty_id: str,
    *,
    document: str,
    on: str | None = None,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Record that a duty was done, with the document that shows it.

    Example: chipledger duties done us-ear/lpp/report@e-2026-03 --document 'mail of 2026-11-20'

    Parameters
    ----------
    duty_id
        The duty: its row, an @, and what it is due for, as the list has them.
    document
        What shows it: a filing number, a letter, where it is kept.
    on
        The day it was done; today if left out.
    actor
        Who records; else CHIPLEDGER_ACTOR, else the system's user.
    """
    found = service.done(common.url, duty_id, document=document, on=as_day(on, "--on"), actor=actor)
    data: dict[str, Any] = {**found.duty.model_dump(mode="json"), "new": found.new}
    emit(data, lambda to: _show_done(to, found), as_json=common.json)
    return 0


def _show(to: Console, found: Calendar, wanted: Wanted) -> None:
    states = [one.state for one in found.duties]
    counts = ", ".join(f"{states.count(state):,} {state}" for state in STYLE if state in states)
    to.print(
        f"[bold]Duties from {found.first} to {found.until - ONE_DAY}[/]: {counts or 'none'} "
        f"[dim](as they stand on {found.on})[/]"
    )
    if found.duties:
        put(to, _rows(found.duties))
    if found.older:
        party = f" --party '{wanted.party}'" if wanted.party else ""
        days = f"--from {found.first - LOOKED_BACK} --until {found.first} --on {found.on}"
        to.print(
            f"[bold red]{found.older:,} more are overdue[/] from the year before: "
            f"chipledger duties {days} --state overdue{esc(party)}"
        )
    law = esc(", ".join(f"{one['pack']} {one['digest'][:12]}" for one in found.law))
    to.print(f"\n[dim]as of head {found.as_of['size']}, root {found.as_of['root']}\nlaw {law}[/]")


def _rows(found: Sequence[DutyDue]) -> Any:  # noqa: ANN401 -- a rich table
    made = table("due", "state", "duty", "of", "what", "cite", whole=("due", "state", "duty"))
    alike: dict[tuple[object, ...], list[DutyDue]] = {}
    for one in found:
        alike.setdefault((one.due_on, one.duty, one.what, one.state), []).append(one)
    for same in alike.values():
        one = same[0]
        rest = f" and {len(same) - NAMED:,} more" if len(same) > NAMED else ""
        made.add_row(
            str(one.due_on),
            f"[{STYLE[one.state]}]{one.state}[/]",
            esc(one.duty),
            esc(", ".join(map(_of, same[:NAMED])) + rest),
            esc(one.what),
            esc(one.cite),
        )
    return made


def _of(one: DutyDue) -> str:
    """What a duty is due for; of one that was done, with the document."""
    subject = one.id.removeprefix(f"{one.duty}@")
    return subject if one.done_on is None else f"{subject} ({one.document}, {one.done_on})"


def _show_done(to: Console, found: Done) -> None:
    duty = found.duty
    word = "done" if found.new else "was done already"
    to.print(
        f"[bold green]{word}[/]  {esc(duty.id)} on {duty.done_on}: {esc(duty.document)} "
        f"[dim](recorded as {esc(duty.recorded_as)})[/]"
    )
