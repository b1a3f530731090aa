"""Status: on the books or enforced, covered or not, and what a reader must know besides."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from ledger.core.devices import unit_tpp
from ledger.core.law.caps import Cap
from ledger.core.law.conditions import EVERYONE
from ledger.core.law.row import Evidence, Posture, Row
from ledger.core.law.rows import Provision
from ledger.core.settings import setting
from ledger.core.situation import Situation
from ledger.core.values import Value


class StatusNote(Value):
    """The standing of a provision, or a warning about the law and lists that were used."""

    provision: str
    on_the_books: bool | None
    enforced: bool | None
    since: date | None
    text: str
    cite: str


def status_notes(
    situation: Situation, posture: Posture, rested_on: Iterable[str]
) -> Iterator[StatusNote]:
    """What a reader of the answer must know of the standing of the law and the lists.

    `rested_on` names the provisions, authorizations and caps that the answer looked at.
    """
    rested_on = set(rested_on)
    for provision in situation.law.provisions:
        if not provision.in_force(situation.on):
            continue
        if provision.id in rested_on or _suspended(provision, situation.on):
            yield _standing(provision, situation.on)
    covered = situation.rules.coverage.get(posture)
    if covered is not None and covered.known_until <= situation.on:
        yield _note(
            covered.id,
            f"the law is known up to {covered.known_until}; later changes were not looked for",
            covered.cite,
            since=covered.known_until,
        )
    yield from _ratings(situation)
    yield from _evidence(situation, {*rested_on, *situation.consulted})
    for gap in situation.rules.gaps:
        if gap.warn_when and situation.holds(gap.warn_when) is not False:
            yield _note(gap.id, f"not modelled, and may matter here: {gap.title}", gap.cite)
    for remark in situation.rules.remarks:
        spoken = remark.posture in (None, posture)
        if spoken and situation.holds(remark.when) is not False:
            yield _note(remark.id, remark.text, remark.cite)
    yield from screening_notes(situation)


def _suspended(provision: Provision, on: date) -> bool:
    """Whether a provision is suspended on a day: every answer then says so."""
    return provision.suspended_on is not None and provision.suspended_on <= on


def screening_notes(situation: Situation) -> Iterator[StatusNote]:
    """Which list the parties were screened against, how old it is, and who was cleared."""
    on, prefix = situation.on, situation.prefix
    adopted = situation.screening_list
    cite = "15 CFR parts 744 and 746"
    if adopted is None:
        yield _note(
            "screening", "no screening list is adopted: no party was screened against any", cite
        )
        return
    said = f"screened against {adopted.name} of {adopted.source_on} ({adopted.count:,} parties)"
    age, most = (on - adopted.source_on).days, int(setting("screening/max-age-days", on, prefix))
    if age > most:
        said += f": it is {age} days old, more than {most}; adopt a new one: chipledger lists adopt"
    elif age < 0:
        said += ": the oldest list there is, and newer than the lot's day"
    yield _note("screening", said, f"digest {adopted.digest[:16]}", since=adopted.source_on)
    for party in dict.fromkeys(facts.party for _, facts in situation.roles(EVERYONE)):
        for hit in situation.hits(party):
            if hit.clearance is not None:
                yield _note("screening", f"{hit.label}: {hit.clearance.reason}", hit.clearance.id)


def _note(provision: str, text: str, cite: str, *, since: date | None = None) -> StatusNote:
    return StatusNote(
        provision=provision, on_the_books=None, enforced=None, since=since, text=text, cite=cite
    )


def _ratings(situation: Situation) -> Iterator[StatusNote]:
    """Where the TPP that was counted is not that of the catalogue."""
    request, device = situation.request, situation.request.device
    rated = unit_tpp(situation.device)
    if situation.unit_tpp != rated:
        yield _note(
            device,
            f"the lot states {situation.unit_tpp.grouped()} TPP a unit, its classification "
            f"{rated.grouped()}",
            situation.device.source,
        )
    catalogued = situation.law.catalogue.get(device)
    if catalogued is not None and rated != unit_tpp(catalogued):
        yield _note(
            device,
            f"classified by an event with {rated.grouped()} TPP a unit; the catalogue has "
            f"{unit_tpp(catalogued).grouped()}",
            situation.device.source,
            since=max(v.on for v in situation.prefix.device(device) if v.on <= request.on),
        )


WEAKER: Final[dict[Evidence, str]] = {
    "text": "one transcription of the text",
    "later-copy": "a later copy of the text",
    "secondary": "commentary",
    "inference": "inference",
}
"""How rows are attested that decide although the text was not confirmed independently."""


def _evidence(situation: Situation, rested_on: set[str]) -> Iterator[StatusNote]:
    """Which rows rest on one source or a later copy: they decide, and the answer says so."""
    law, on = situation.law, situation.on
    rows: list[Row] = [*law.authorizations(on), *law.caps, *law.groups, *law.listings(on)]
    named = {part for one in rested_on for part in law.parts(one)}
    used = [row for row in rows if row.id in named and row.in_force(on)]
    for mark, source in WEAKER.items():
        ids = sorted({row.id for row in used if row.evidence == mark and not _is_house(row)})
        if ids:
            yield _note("evidence", f"{', '.join(ids)}: known from {source}", "the rows' marks")


def _is_house(row: Row) -> bool:
    return isinstance(row, Cap) and row.beside


def _standing(provision: Provision, on: date) -> StatusNote:
    since, text = provision.compliance_on, provision.title
    if provision.suspended_on is not None and provision.suspended_on <= on:
        since, text = provision.suspended_on, provision.suspended_by or text
    if provision.stayed_on is not None and provision.stayed(on):
        since, text = provision.stayed_on, provision.stayed_by or text
    return StatusNote(
        provision=provision.id,
        on_the_books=provision.on_the_books(on),
        enforced=provision.enforced(on),
        since=since,
        text=text,
        cite=provision.cite,
    )
