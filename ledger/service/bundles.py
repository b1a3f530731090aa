"""Bundles: several lots reserved in one transaction or not at all, and ended or held together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.alternatives import alternatives
from ledger.core.decision import Decision
from ledger.core.errors import InvalidEvent, InvalidRequest
from ledger.core.events import LotReserved
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.movements import recording
from ledger.core.overlay import overlay
from ledger.core.positions import Movement
from ledger.core.prefix import Prefix
from ledger.service.checking import Answer
from ledger.service.recorded import Recorded, other_content
from ledger.service.recording import check_names, expire_overdue, record
from ledger.service.requests import parse_request
from ledger.service.reserving import (
    as_before,
    decision_on,
    hold_day,
    recorded_before,
    reservation_of,
)
from ledger.service.shell import new_id
from ledger.service.writing import writing
from ledger.store.writer import Signature, Writer


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle and its lots: all of them recorded, or none, each with its own answer."""

    bundle: str
    lots: tuple[tuple[str, Recorded], ...]

    @property
    def reserved(self) -> bool:
        """Whether the bundle holds: whether every lot was permitted."""
        return all(made.appended is not None for _, made in self.lots)

    @property
    def refused(self) -> list[tuple[int, Answer]]:
        """The lots that are not permitted, by their place from 1, with the answer of each."""
        return [
            (place, made.answer)
            for place, (_, made) in enumerate(self.lots, start=1)
            if made.answer is not None and made.answer.decision.outcome != "permitted"
        ]

    def as_data(self) -> dict[str, Any]:
        """The outcome for programs: every lot with its decision."""
        lots = [
            {"lot": place, "id": name, **made.as_data()}
            for place, (name, made) in enumerate(self.lots, start=1)
        ]
        return {
            "bundle": self.bundle,
            "reserved": self.reserved,
            "refused": [place for place, _ in self.refused],
            "lots": lots,
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """A lot of a bundle: the id it gets and what is asked for."""

    name: str
    request: Request


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for every lot of a bundle."""

    bundle: str
    hold_until: date
    posture: Posture | None

    def reservation(self, one: _Asked, decision: Decision, prefix: Prefix, law: Law) -> LotReserved:
        """The event that reserves one of its lots."""
        more = {"id": one.name, "hold_until": self.hold_until, "bundle": self.bundle}
        return reservation_of(one.request, decision, prefix, law, **more)


def reserve_bundle(
    url: str,
    lots: Sequence[Mapping[str, Any]],
    *,
    bundle: str | None = None,
    hold_until: date | None = None,
    posture: Posture | None = None,
    actor: str | None = None,
) -> Bundle:
    """Set headroom aside for every lot or for none; each is decided after those before it.

    A lot may bring its `id`; else it is that of the bundle, a stroke and its place. The same bundle
    with the same lots is reserved once. Raises `InvalidRequest` naming the lot, or
    `AlreadyRecorded`.
    """
    with writing(url, actor=actor) as (writer, mark):
        return reserve_bundle_in(
            writer, mark, lots, bundle=bundle, hold_until=hold_until, posture=posture
        )


def reserve_bundle_in(
    writer: Writer,
    mark: Signature,
    lots: Sequence[Mapping[str, Any]],
    *,
    bundle: str | None = None,
    hold_until: date | None = None,
    posture: Posture | None = None,
) -> Bundle:
    """The same inside a transaction; what is not permitted or raises has appended only expiries."""
    expire_overdue(writer, mark)
    name = new_id("bundle") if bundle is None else bundle
    asked = _asked(lots, name, writer)
    known = _known(name, asked, hold_until, writer)
    if known is not None:
        return known
    terms = _Terms(name, hold_day(hold_until, writer), posture)
    rehearsed = _rehearsed(asked, terms, writer)
    if not all(answer.decision.outcome == "permitted" for answer in rehearsed):
        answers = zip(asked, rehearsed, strict=True)
        return Bundle(name, tuple((one.name, Recorded("", None, said)) for one, said in answers))
    return Bundle(name, tuple((one.name, _reserved(one, terms, writer, mark)) for one in asked))


def _asked(lots: Sequence[Mapping[str, Any]], bundle: str, writer: Writer) -> list[_Asked]:
    if not lots:
        raise InvalidRequest("the bundle holds no lot", where="--bundle", cure="write at least one")
    asked: list[_Asked] = []
    for place, lot in enumerate(lots, start=1):
        with _of_lot(place):
            name = str(lot.get("id", f"{bundle}/{place}"))
            fields = {field: value for field, value in lot.items() if field != "id"}
            request = parse_request(as_before(fields, name, writer), writer.prefix)
            if name in {one.name for one in asked}:
                raise InvalidRequest(f"the id '{name}' stands twice", cure="name each lot once")
            asked.append(_Asked(name, request))
    return asked


@contextmanager
def _of_lot(place: int) -> Iterator[None]:
    """Says of bad input which lot of the bundle it stands in."""
    try:
        yield
    except (InvalidRequest, InvalidEvent) as error:
        where = f"lot {place}: {error.where}" if error.where else f"lot {place}"
        raise type(error)(error.what, where=where, cure=error.cure) from error


def _rehearsed(asked: Sequence[_Asked], terms: _Terms, writer: Writer) -> list[Answer]:
    """What each lot would be answered after the permitted ones before it; nothing is appended.

    So a bundle that is refused, or has a fault, leaves nothing to take back.
    """
    held: list[Movement] = []
    answers = []
    for place, one in enumerate(asked, start=1):
        before = overlay(writer.prefix, tuple(held))
        with _of_lot(place):
            decision = decision_on(one.request, before, writer, terms.posture)
            if decision.outcome != "permitted":
                answers.append(Answer(decision, alternatives(decision, writer.law, before)))
                continue
            event = terms.reservation(one, decision, before, writer.law)
            check_names(event, writer)
        held += recording(event, before, writer.law).movements
        answers.append(Answer(decision, ()))
    return answers


def _reserved(one: _Asked, terms: _Terms, writer: Writer, mark: Signature) -> Recorded:
    """One lot recorded, on the decision at the head that it is appended to."""
    decision = decision_on(one.request, writer.prefix, writer, terms.posture)
    event = terms.reservation(one, decision, writer.prefix, writer.law)
    return Recorded(event.id, record(writer, event, mark), Answer(decision, ()))


def _known(
    bundle: str, asked: Sequence[_Asked], hold_until: date | None, writer: Writer
) -> Bundle | None:
    """The same bundle reserved before, so that a retry is done once.

    Raises `AlreadyRecorded` where it held other lots, or where only some of the ids are known.
    """
    placed = [one for one in writer.prefix.bundle(bundle) if one.reinstates is None]
    found = [
        (one.name, recorded_before(one.name, one.request, hold_until, writer, bundle=bundle))
        for one in asked
    ]
    known = [(name, made) for name, made in found if made is not None]
    strangers = {one.id for one in placed} - {one.name for one in asked}
    if not known and not placed:
        return None
    if strangers or len(known) < len(asked):
        raise other_content(bundle, _place_of(placed, known, writer))
    return Bundle(bundle, tuple(known))


def _place_of(
    placed: Sequence[LotReserved], known: Sequence[tuple[str, Recorded]], writer: Writer
) -> int:
    """The entry of a bundle that is there already, by the first of its lots."""
    name = placed[0].id if placed else known[0][0]
    found = writer.prefix.locate(name)
    return 0 if found is None else found[0]
