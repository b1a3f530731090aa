import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import AlreadyRecorded, InvalidEvent, InvalidRulePack, LedgerError, NotFound
from ledger.core.events import AnyEvent, LedgerCreated, LotReleased, PackAdopted
from ledger.core.law.pack import digest
from ledger.service.recording import expire_overdue, record
from tests.core.builders import (
    LPP_YEAR,
    TABLE,
    adopted,
    amended,
    attrited,
    declared,
    event,
    exported,
    granted,
    key_adopted,
    licence,
    on,
    pack_text,
    party,
    released,
    relocated,
    reserved,
    reversed_,
    signed,
    used,
)
from tests.store.ledgers import MARK, SIZE, entries_of, head_of, opened, put, stored


def pack_event(text: str, **changes: object) -> PackAdopted:
    fields = {"id": "p", "on": "2025-01-01", "pack": "toy", "version": "1", "text": text}
    return PackAdopted.model_validate({**fields, "digest": digest(text), **changes})


def test_the_very_same_event_is_recorded_once(url: str) -> None:
    with opened(url) as ledger:
        with ledger.writing() as writer:
            first = record(writer, exported("e1"), MARK)
            again = record(writer, exported("e1"), MARK)
        with ledger.writing() as writer:
            later = record(writer, exported("e1"), MARK)
    assert [(one.seq, one.new) for one in (first, again, later)] == [
        (SIZE + 1, True),
        (SIZE + 1, False),
        (SIZE + 1, False),
    ]


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        (exported("e", destination="QQ"), InvalidEvent, "destination: unknown country 'QQ'. Use"),
        (exported("e", origin="QQ"), InvalidEvent, "origin: unknown country 'QQ'. Use an ISO"),
        (party("p", headquarters="QQ"), InvalidEvent, "headquarters: unknown country 'QQ'. Use"),
        (exported("e", device="h999"), InvalidEvent, "device: the device 'h999' is not classified"),
        (
            exported("e", on="2019-12-31"),
            InvalidEvent,
            "'h100' is not classified on 2019-12-31; its first classification is of 2020-01-01",
        ),
        (
            exported("e", ultimate_consignee="who"),
            InvalidEvent,
            "consignee: the party 'who' is not registered; end_user: the party 'who' is not reg",
        ),
        (
            exported("e", exporter="who"),
            InvalidEvent,
            "exporter: the party 'who' is not registered",
        ),
        (
            exported("e", authorization="us-ear/nope"),
            InvalidEvent,
            "no adopted pack knows the authorization 'us-ear/nope'. Use one of us-ear/aca,",
        ),
        (
            exported("e", reference="D9", line=1, authorization="us-ear/license"),
            InvalidEvent,
            "reference: no authorization has the reference 'D9'",
        ),
        (
            granted("N1", "us-ear/lpp"),
            InvalidEvent,
            "'us-ear/lpp' is not granted to anyone. Use one of us-ear/dc-veu, us-ear/license",
        ),
        (
            granted("N-AE", "us-ear/nveu", id="n", destinations=["AE"]),
            InvalidEvent,
            "'N-AE' was granted before. Amend",
        ),
        (
            granted("N1", "us-ear/nveu", party="op-ae"),
            InvalidEvent,
            "destinations: us-ear/nveu is granted for exactly one destination. Record one grant f",
        ),
        (
            granted("N1", "us-ear/nveu", party="op-ae", destinations=["AE", "QA"]),
            InvalidEvent,
            "us-ear/nveu is granted for exactly one destination",
        ),
        (
            amended("a", "N-AE", destinations=["AE", "QA"]),
            InvalidEvent,
            "us-ear/nveu is granted for exactly one destination",
        ),
        (
            amended("a", "N-AE", destinations=[]),
            InvalidEvent,
            "us-ear/nveu is granted for exactly one destination",
        ),
        (amended("a", "D9", until="2027-01-01"), NotFound, "no authorization has the reference"),
        (
            licence("D1", lines=[{"line": 1, "device": "h999", "quantity": 1}]),
            InvalidEvent,
            r"lines\[0\].device: the device 'h999' is not classified",
        ),
        (licence("D1", destinations=["QQ"]), InvalidEvent, r"destinations\[0\]: unknown country"),
        (used("u", "no/cap", ["x"], 1), InvalidEvent, "unknown cap 'no/cap'. List the caps"),
        (used("u", LPP_YEAR, ["a", "BR"], 1), InvalidEvent, r"is \[ultimate_parent\]. Name each"),
        (used("u", TABLE, ["op-ae"], 1), InvalidEvent, "is .ultimate_consignee, destination."),
        (signed("s", "no/switch", "yes"), InvalidEvent, "unknown switch 'no/switch'. Use one of"),
        (
            signed("s", "us-ear/lpp-in-d1-d4", "maybe"),
            InvalidEvent,
            "'maybe' is no reading of us-ear/lpp-in-d1-d4. Use one of available, barred",
        ),
        (released("x", "nothing"), NotFound, "there is no reservation 'nothing'. The open ones"),
        (exported("e", reservation="nothing"), LedgerError, "no reservation 'nothing'"),
        (attrited("a", lot="nothing"), LedgerError, "no export or stock has the id 'nothing'"),
        (declared("d", party="who"), InvalidEvent, "party: the party 'who' is not registered"),
        (relocated("m", destination_to="QQ"), InvalidEvent, "destination_to: unknown country 'QQ'"),
        (reversed_("x", "nothing"), NotFound, "there is no event 'nothing'. Look its id up"),
        (reversed_("x", "ledger"), InvalidEvent, "a ledger.created can't be reversed"),
        (
            LedgerCreated(id="second", on=on("2026-01-01"), ledger="l"),
            InvalidEvent,
            "second: a ledger is created once, by 'chipledger init'",
        ),
        (
            key_adopted(),
            InvalidEvent,
            "key-1: a key is adopted where it is made. Use 'chipledger keys rotate' or",
        ),
        (pack_event("["), InvalidRulePack, "p: is not TOML"),
        (
            pack_event(pack_text("x = 1")),
            InvalidRulePack,
            "p: row pack, field x: found the unknown key",
        ),
        (
            pack_event(pack_text(""), version="2"),
            InvalidEvent,
            "its text is of toy 1, the event sa",
        ),
        (pack_event(pack_text(""), digest="0" * 64), InvalidEvent, "is not the digest of the text"),
        (
            pack_event(pack_text('[[group]]\nid = "g"\ntitle = "t"\ncite = "c"\nunion = ["h"]')),
            InvalidRulePack,
            "g names the group 'h', which no adopted pack has",
        ),
    ],
)
def test_what_can_not_be_recorded_is_refused_with_what_to_do(
    wrong: AnyEvent, kind: type[LedgerError], said: str, url: str
) -> None:
    before = stored(url)
    with pytest.raises(kind, match=said) as caught:
        put(url, exported("good"), wrong)
    assert caught.value.cure or kind is InvalidRulePack
    assert stored(url) == before


def test_a_caller_that_goes_on_after_a_refusal_commits_only_what_was_accepted(url: str) -> None:
    refused = 0
    with opened(url) as ledger, ledger.writing() as writer:
        for one in (exported("e1"), pack_event("["), exported("e2"), released("x", "nothing")):
            try:
                record(writer, one, MARK)
            except LedgerError:
                refused += 1
    assert refused == 2
    assert [entry.event.id for entry in entries_of(url)[SIZE:]] == ["e1", "e2"]


def test_the_adoption_of_a_pack_is_never_taken_back(url: str) -> None:
    put(url, adopted(pack_text("# none"), event_id="toy"))
    with pytest.raises(InvalidEvent, match="adoption of 'toy' can't be reversed"):
        put(url, reversed_("x", "toy"))


def test_an_id_with_other_content_is_a_conflict(url: str) -> None:
    put(url, exported("e1"))
    before = stored(url)
    with pytest.raises(AlreadyRecorded, match=rf"other content \(entry {SIZE + 1}\)"):
        put(url, declared("e1"))
    assert stored(url) == before


# ---- expiry


def test_overdue_reservations_are_released_as_expired_today(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("a", hold_until="2026-02-10"), reserved("b", hold_until="2026-03-01"))
    put(url, reserved("c", hold_until="2026-03-02"))
    with opened(url) as ledger, ledger.writing() as writer:
        assert expire_overdue(writer, MARK) == ["a", "b"]
        assert expire_overdue(writer, MARK) == []
    added = [entry.event for entry in entries_of(url)[SIZE + 3 :]]
    assert [(e.reservation, e.reason) for e in added if isinstance(e, LotReleased)] == [
        ("a", "expired"),
        ("b", "expired"),
    ]
    assert {e.on for e in added} == {on("2026-03-01")}
    clock.move_to("2026-03-02 00:00:01")
    with opened(url) as ledger, ledger.writing() as writer:
        assert expire_overdue(writer, MARK, but="c") == []
        assert expire_overdue(writer, MARK) == ["c"]


def test_the_legal_day_is_that_of_the_ledgers_zone(url: str, clock: FrozenDateTimeFactory) -> None:
    put(url, reserved("a", hold_until="2026-03-02"))
    clock.move_to("2026-03-01 23:59:59")
    with opened(url) as ledger, ledger.writing() as writer:
        assert expire_overdue(writer, MARK) == []
    clock.tick(1)
    with opened(url) as ledger, ledger.writing() as writer:
        assert expire_overdue(writer, MARK) == ["a"]


def test_a_reservation_that_expired_twice_has_two_events(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("a", hold_until="2026-02-10"))
    for size in (SIZE + 1, SIZE + 3):
        with opened(url) as ledger, ledger.writing() as writer:
            expire_overdue(writer, MARK)
        assert entries_of(url)[-1].event.id == f"expiry of a ({size})"
        put(url, reversed_(f"undo-{size}", f"expiry of a ({size})"))
    del clock
    assert head_of(url).size == SIZE + 5


def test_reversing_an_extension_lets_the_hold_expire(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    fields = {"id": "x1", "on": "2026-02-01", "reservation": "a", "hold_until": "2026-06-01"}
    put(url, reserved("a", hold_until="2026-02-10"), event(kind="lot.extended", **fields))
    with opened(url) as ledger, ledger.writing() as writer:
        assert expire_overdue(writer, MARK) == []
    put(url, reversed_("x2", "x1"))
    with opened(url) as ledger, ledger.writing() as writer:
        assert expire_overdue(writer, MARK) == ["a"]
    del clock
