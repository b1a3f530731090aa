"""What a refused command leaves: the expiries before it, and nothing of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import Conflict, HeadMoved, LedgerDamaged, LedgerError, NotFound, NotOpen
from ledger.core.events import AnyEvent
from ledger.service.duties import done
from ledger.service.exporting import export_lot
from ledger.service.extending import extend
from ledger.service.lists import clear
from ledger.service.packs import adopt
from ledger.service.recording import expire_overdue, record
from ledger.service.releasing import release
from ledger.service.reserving import reserve
from ledger.service.settings import change
from ledger.service.writing import writing
from tests.core.builders import exported, on, reserved
from tests.service.lots import asked, held_units
from tests.service.test_packs import house_text
from tests.store.ledgers import entries_of, path_of, put, stored

PASSED = {"hold_until": "2026-02-10"}


def kinds(url: str) -> list[tuple[str, str]]:
    """The last two entries: kind and id."""
    return [(entry.event.kind, entry.event.id) for entry in entries_of(url)[-2:]]


def no_house(url: str) -> Path:
    file = path_of(url).parent / "pack.toml"
    file.write_text(house_text("", kind="catalogue"), encoding="utf-8")
    return file


REFUSED: dict[str, Callable[[str], object]] = {
    "has expired by then": lambda url: extend(url, "r1", on("2026-06-01")),
    "not found": lambda url: release(url, "nothing"),
    "bad input": lambda url: reserve(url, {**asked(), "device": "h999"}),
    "a setting that takes other values": lambda url: change(url, "posture", "odd", reason="x"),
    "a pack that is no house's": lambda url: adopt(url, no_house(url)),
    "a duty of nothing": lambda url: done(url, "nothing", document="d"),
    "a party of nobody": lambda url: clear(url, "nobody", ["x"], reason="x", signed_by="ana"),
    "export of nothing": lambda url: export_lot(url, {}, extra={"reservation": "nothing"}),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_a_command_that_is_refused_keeps_the_expiries_before_it(
    refused: Callable[[str], object], url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", **PASSED))
    with pytest.raises(LedgerError):
        refused(url)
    last = entries_of(url)[-1].event
    assert (last.kind, getattr(last, "reason", None)) == ("lot.released", "expired")
    assert held_units(url) == {}
    del clock


def _record_and_fail(url: str, error: Exception, *events: AnyEvent) -> None:
    with writing(url) as (writer, mark):
        expire_overdue(writer, mark)
        for event in events:
            record(writer, event, mark)
        raise error


@pytest.mark.parametrize("error", [NotFound("no"), Conflict("no"), NotOpen("no")])
def test_what_a_command_recorded_before_it_failed_is_undone(
    error: Exception, url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", **PASSED))
    before = stored(url)
    with pytest.raises(type(error)):
        _record_and_fail(url, error, exported("e1"))
    assert stored(url) == before
    del clock


@pytest.mark.parametrize("error", [HeadMoved("it moved"), LedgerDamaged("it is"), KeyError("bug")])
def test_what_is_no_refusal_undoes_everything(
    error: Exception, url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", **PASSED))
    before = stored(url)
    with pytest.raises(type(error)):
        _record_and_fail(url, error)
    assert stored(url) == before
    del clock


def test_a_reservation_with_the_longest_id_expires_like_any_other(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    """No writer is ever stuck on an id that leaves no room around it."""
    name = "r" * 200
    put(url, reserved(name, **PASSED))
    reserve(url, asked(), event_id="r2")
    assert kinds(url)[1] == ("lot.reserved", "r2")
    assert kinds(url)[0][0] == "lot.released"
    assert held_units(url) == {"r2": 1}
    del clock
