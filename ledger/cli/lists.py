"""`chipledger lists`: screening lists that were adopted, hits of the parties, clearances."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import console, emit, esc, heading, lines, put, table
from ledger.core.errors import InvalidInput
from ledger.core.events import PartyCleared
from ledger.service import lists as service
from ledger.service.lists import Adoption, Lists
from ledger.service.screening import Screened
from ledger.service.screening import screen as screen_parties

lists = App(
    name="lists",
    help="""Screening lists: the adopted ones, who matches them, who was cleared.

    Example: chipledger lists adopt consolidated.csv --published 2026-11-20
    """,
)


@lists.default
def list_lists(
    *,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the adopted screening lists with their days, counts and digests.

    Example: chipledger lists

    Parameters
    ----------
    on
        The day of which the ages are; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    found = service.lists(common.url, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: _show_lists(to, found), as_json=common.json)
    return 0


@lists.command
def adopt(
    file: Path,
    *,
    published: str | None = None,
    force: str | None = None,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Adopt a list: the Consolidated Screening List as CSV or JSON, or a compact snapshot.

    Its contents go into the ledger under their digest. A list that is more than 5 percent shorter
    than the one before, as a whole or in one of its parts, is refused.

    Example: chipledger lists adopt consolidated.csv --published 2026-11-20

    Parameters
    ----------
    file
        The file as published.
    published
        The day it was published, where the file does not say (the CSV does not).
    force
        Why a list that shrank is right.
    actor
        Who adopts it; else CHIPLEDGER_ACTOR, else the system's user.
    """
    to = console(stderr=True)
    waiting = (
        to.status("reading the list and making its index") if to.is_terminal else nullcontext()
    )
    with waiting:
        done = service.adopt(
            common.url, file, published=as_day(published, "--published"), force=force, actor=actor
        )
    emit(done.as_data(), lambda to: _show_adoption(to, done), as_json=common.json)
    return 0


@lists.command
def screen(
    *parties: str,
    name: Annotated[tuple[str, ...], Parameter(consume_multiple=False)] = (),
    on: str | None = None,
    as_of: AsOfFlag = None,
    explain: bool = False,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Screen registered parties against the list of the day. Exit status 1 if a hit is not cleared.

    Example: chipledger lists screen uni-br; chipledger lists screen --name 'Acme Trading FZE'

    Parameters
    ----------
    parties
        Party ids; every registered party if none is named.
    name
        A bare name to screen instead, of a party that is not registered.
    on
        The day; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    explain
        Show how each score came about.
    """
    found = screen_parties(common.url, parties, names=name, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: _show_hits(to, found, whole=explain), as_json=common.json)
    return int(any(hit.clearance is None for hit in found.hits) or bool(found.nameless))


@lists.command
def clear(
    party: str,
    *hits: str,
    reason: str,
    signed_by: str,
    on: str | None = None,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Record that hits do not stop a party, and why: from their day on they are no stop.

    Of a party that matches by name: it is not the listed one. Of a party whose owner matches: the
    owner is no obstacle. What the law asks of affiliates stands.

    Example: chipledger lists clear uni-br SDN:1234 --reason 'other city, other founder'
    --signed-by 'A. Lima'

    Parameters
    ----------
    party
        Party id.
    hits
        The listed parties, as `lists screen` names them.
    reason
        Why they are not the same, or why the owner is no obstacle.
    signed_by
        Who answers for it.
    on
        The day from which it holds; today if left out.
    actor
        Who records; else CHIPLEDGER_ACTOR, else the system's user.
    """
    if not hits:
        raise InvalidInput("no hit is named", where="lists clear", cure="name at least one HIT")
    cleared = service.clear(
        common.url,
        party,
        hits,
        reason=reason,
        signed_by=signed_by,
        on=as_day(on, "--on"),
        actor=actor,
    )
    emit(_cleared_data(cleared), lambda to: _show_cleared(to, cleared), as_json=common.json)
    return 0


def _cleared_data(cleared: Sequence[PartyCleared]) -> dict[str, Any]:
    return {
        "cleared": [{"id": e.id, "party": e.party, "hit": e.hit, "on": str(e.on)} for e in cleared]
    }


def _show_cleared(to: Console, cleared: Sequence[PartyCleared]) -> None:
    said = (f"{e.party} cleared of {e.hit} from {e.on}, signed by {e.signed_by}" for e in cleared)
    lines(to, said)


def _show_lists(to: Console, found: Lists) -> None:
    if not found.adopted:
        to.print("no screening list is adopted: chipledger lists adopt FILE")
    else:
        made = table("list", "published", "adopted", "parties", "age", "digest", right=("parties",))
        for one in found.adopted:
            age = found.age_days(one)
            old = "later" if age is None else f"{age} days"
            if age is not None and age > found.max_age_days:
                old = f"[yellow]{old}[/]"
            if one == found.decides:
                old += ", decides"
            cells = (esc(one.name), f"{one.source_on}", f"{one.on}", f"{one.count:,}", old)
            made.add_row(*cells, one.digest[:16])
        put(to, made)
    to.print(f"[dim]on {found.on}; as of head {found.head.size}, root {found.head.root}[/]")


def _show_adoption(to: Console, done: Adoption) -> None:
    word = "adopted" if done.new else "already adopted"
    event = done.event
    to.print(
        f"[bold green]{word}[/]  {esc(event.name)} of {event.source_on}: {event.count:,} parties, "
        f"digest {event.digest[:16]}; SHA-256 of the file {done.file_digest[:16]}"
    )
    made = table("part", "parties", "before", right=("parties", "before"))
    for source in dict.fromkeys((*done.by_source, *done.before)):
        before = done.before.get(source)
        shown = "" if before is None else f"{before:,}"
        made.add_row(esc(source), f"{done.by_source.get(source, 0):,}", shown)
    put(to, made)
    to.print(f"[dim]as of head {done.head.size}, root {done.head.root}[/]")


def _show_hits(to: Console, found: Screened, *, whole: bool) -> None:
    for party in found.nameless:
        to.print(f"[magenta]{esc(party)}[/] can't be screened: its name has no letter or digit")
    if found.hits:
        made = table("score", "party", "hit", "listed name", "standing", right=("score",))
        for hit in found.hits:
            cleared = hit.clearance
            style = "dim" if cleared else "bold red"
            standing = f"cleared by {cleared.signed_by}: {cleared.reason}" if cleared else "stops"
            below = found.owner_of.get(hit.party, [])
            standing += f"; an owner of {', '.join(below)}" if below else ""
            cells = (hit.party, hit.match.entry, hit.match.listed_name, standing)
            made.add_row(f"[{style}]{hit.match.score}[/]", *(esc(cell) for cell in cells))
        put(to, made)
    if whole:
        heading(to, "Why")
        lines(to, (f"{h.party}, {h.match.entry}: {h.match.why}" for h in found.hits))
    clear_ones = found.parties - len({hit.party for hit in found.hits}) - len(found.nameless)
    to.print(
        f"{found.parties:,} screened, {clear_ones:,} without a hit, from a score of "
        f"{found.threshold} on; {esc(found.adopted.name)} of {found.adopted.source_on} "
        f"({found.adopted.count:,} parties)"
    )
    to.print(f"[dim]as of head {found.head.size}, root {found.head.root}[/]")
