import pytest

from ledger.core.encoding import Entry, Envelope
from ledger.core.errors import InvalidRulePack
from ledger.core.memory import MemoryPrefix
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.positions import BASIS, Drawn, Kind, Query
from ledger.core.prefix import Head
from tests.core.asking import near
from tests.core.builders import (
    FIRST,
    LPP_YEAR,
    NVEU,
    adopted,
    amended,
    attrited,
    cleared,
    device,
    ended,
    event,
    exported,
    extended,
    granted,
    ledger_of,
    licence,
    list_adopted,
    on,
    pack_text,
    party,
    people,
    released,
    reserved,
    reversed_,
    set_to,
    signed,
    used,
)


def test_entries_are_folded_with_or_without_their_envelope() -> None:
    envelope = Envelope(seq=1, recorded_at="2026-01-02T03:04:05Z", actor="ana", via="cli")
    found = MemoryPrefix([Entry(envelope=envelope, event=party("a")), party("b")])
    assert [e.id for e in found.events] == ["party-a-2020-01-01", "party-b-2020-01-01"]
    assert found.head == Head(2, EMPTY_ROOT.hex())
    assert MemoryPrefix().head.size == 0


def test_the_law_is_that_of_the_packs_adopted_so_far() -> None:
    ledger = MemoryPrefix()
    assert not list(ledger.law.adopted)
    ledger.append(adopted(pack_text("# first", pack="a")))
    ledger.append(adopted(pack_text("# first", pack="b")))
    second = adopted(pack_text("# second", pack="a"), event_id="again")
    ledger.append(second)
    assert [p.pack for p in ledger.packs()] == ["a", "b"]
    assert [one.digest == second.digest for one in ledger.law.adopted] == [True, False]
    assert ledger.law is ledger.law


def test_the_law_of_a_broken_pack_is_refused() -> None:
    broken = event(
        kind="pack.adopted",
        id="p",
        on="2025-01-01",
        pack="p",
        version="1",
        text="[",
        digest="0" * 64,
    )
    with pytest.raises(InvalidRulePack, match="is not TOML"):
        _ = MemoryPrefix([broken]).law


def test_registrations_stand_in_the_order_of_their_days() -> None:
    ledger = ledger_of(
        party("a", on="2025-06-01"),
        party("a", on="2024-01-01"),
        party("b"),
        party("a", on="2025-06-01", id="a-corrected"),
        party("a", on="2025-07-01"),
        reversed_("x", "party-a-2025-07-01"),
    )
    assert [one.id for one in ledger.party("a")] == [
        "party-a-2024-01-01",
        "party-a-2025-06-01",
        "a-corrected",
    ]
    assert ledger.party("nobody") == []


def test_a_party_leads_to_those_that_ever_named_it_as_parent() -> None:
    owners = [{"party": "top", "percent": "60"}]
    ledger = ledger_of(
        party("b", ultimate_parent="top"),
        party("b", on="2025-06-01", ultimate_parent="other"),
        party("a", owners=owners),
        party("c"),
    )
    assert ledger.below("top") == ["a", "b"]
    assert ledger.below("c") == []


def test_classifications_of_a_device_stand_in_the_order_of_their_days() -> None:
    ledger = ledger_of(device("b", on="2025-06-01"), device("b", on="2024-01-01"), device("a"))
    assert [one.on for one in ledger.device("b")] == [on("2024-01-01"), on("2025-06-01")]
    assert ledger.devices() == ["a", "b"]
    assert ledger.device_days() == {on("2024-01-01"), on("2025-06-01"), on("2020-01-01")}


def test_grants_are_found_by_party_reference_and_authorization() -> None:
    ledger = ledger_of(
        *people("buyer"),
        licence("D1"),
        licence("D2"),
        granted("N1", NVEU, party="other"),
        reversed_("x", "grant-D2"),
    )
    assert [grant.reference for grant in ledger.grants_to("buyer")] == ["D1"]
    assert [grant.reference for grant in ledger.granted(NVEU)] == ["N1"]
    assert getattr(ledger.grant("N1"), "party", None) == "other"
    assert ledger.grant("D2") is None


def test_changes_of_a_grant_stand_in_the_order_of_their_days() -> None:
    ledger = ledger_of(
        *people("buyer"),
        licence("D1"),
        licence("D2"),
        ended("end", "D1", "2025-12-01"),
        amended("one", "D1", on="2025-06-01", until="2027-01-01"),
        amended("two", "D2", until="2027-01-01"),
    )
    assert [change.id for change in ledger.grant_changes("D1")] == ["one", "end"]


def test_readings_of_a_switch_stand_in_the_order_of_their_days() -> None:
    ledger = ledger_of(
        signed("late", "s", "yes", day="2025-06-01"),
        signed("early", "s", "no", day="2025-01-01"),
        signed("other", "t", "no"),
    )
    assert [one.id for one in ledger.readings("s")] == ["early", "late"]


def test_reported_usage_is_found_by_cap_and_holder() -> None:
    ledger = ledger_of(
        used("a", LPP_YEAR, ["buyer"], 1),
        used("b", LPP_YEAR, ["other"], 1),
        used("c", "us-ear/nveu/company-country", ["x", "BR"], 1),
        used("d", LPP_YEAR, ["buyer"], 2),
        reversed_("y", "d"),
    )
    assert [one.id for one in ledger.usage(LPP_YEAR, ("buyer",))] == ["a"]
    assert ledger.reported_holders(LPP_YEAR) == [("buyer",), ("other",)]


def test_draws_are_summed_by_day_and_all_that_tells_them_apart() -> None:
    ledger = ledger_of(
        *people("buyer"),
        exported("e", quantity=1),
        exported("f", quantity=2),
        exported("g", quantity=4, on="2025-08-02"),
        exported("h", quantity=8, authorization=NVEU),
        standard=False,
    )
    query = Query(("party", "destination"), ("buyer", "BR"), BASIS["exported"], on("2020-01-01"))
    found = [(row.on, row.authorization, row.units, row.tpp) for row in ledger.draws(query)]
    assert found == [
        (on("2025-08-01"), "us-ear/lpp", 3, 474960),
        (on("2025-08-01"), NVEU, 8, 1266560),
        (on("2025-08-02"), "us-ear/lpp", 4, 633280),
    ]
    assert isinstance(next(iter(ledger.draws(query))), Drawn)
    listed = [(by, movement.units) for by, movement in ledger.listed(query)]
    assert listed == [("e", 1), ("f", 2), ("g", 4), ("h", 8)]


def test_a_reservation_knows_what_is_left_and_until_when() -> None:
    ledger = ledger_of(*people("buyer"), reserved("r", quantity=10), standard=False)
    ledger.append(exported("e", quantity=4, reservation="r"))
    found = ledger.reservation("r")
    assert found is not None
    assert (found.open_units, found.open_tpp, found.released) == (6, 949920, False)
    assert found.hold_until == on("2025-12-01")
    ledger.append(released("x", "r"))
    assert getattr(ledger.reservation("r"), "released", None) is True
    assert ledger.reservation("e") is None
    assert ledger.reservation("nothing") is None


def test_the_last_extension_of_a_hold_counts() -> None:
    ledger = ledger_of(*people("buyer"), reserved("r"), standard=False)
    for event_id, until in (("a", "2026-01-01"), ("b", "2026-02-01")):
        ledger.append(extended(event_id, until, "r"))
    assert getattr(ledger.reservation("r"), "hold_until", None) == on("2026-02-01")
    ledger.append(reversed_("x", "b"))
    assert getattr(ledger.reservation("r"), "hold_until", None) == on("2026-01-01")


def test_a_reversed_reservation_counts_as_released() -> None:
    ledger = ledger_of(*people("buyer"), reserved("r"), reversed_("x", "r"), standard=False)
    assert getattr(ledger.reservation("r"), "released", None) is True
    assert ledger.is_reversed("r")
    assert not ledger.is_reversed("x")


def test_events_and_their_movements_are_found_by_id() -> None:
    ledger = ledger_of(
        *people("buyer"),
        reserved("r", quantity=10),
        exported("e", quantity=4, reservation="r"),
        standard=False,
    )
    assert getattr(ledger.find("e"), "kind", None) == "lot.exported"
    assert ledger.find("nothing") is None
    assert [(m.kind, m.units) for m in ledger.movements_of("r")] == [
        (Kind.RESERVED, 10),
        (Kind.RESERVED, -4),
    ]
    assert [(m.kind, m.units) for m in ledger.caused_by("e")] == [
        (Kind.EXPORTED, 4),
        (Kind.RESERVED, -4),
    ]


def test_holders_are_the_combinations_that_have_movements() -> None:
    ledger = ledger_of(
        *people("buyer", "other"),
        exported("e"),
        exported("f", ultimate_consignee="other", destination="CL"),
        licence(),
        standard=False,
    )
    assert ledger.holders(("party", "destination")) == [("buyer", "BR"), ("other", "CL")]
    assert ledger.holders(("line",)) == [("D100/1",)]


# ---- lists, clearances, settings, duties


def test_lists_stand_in_the_order_in_which_they_were_published() -> None:
    august = list_adopted("august", source_on="2025-08-29")
    july = list_adopted("july", source_on="2025-07-31")
    again = list_adopted("again", source_on="2025-08-29")
    prefix = MemoryPrefix([august, july, again])
    assert [one.id for one in prefix.lists()] == ["july", "august", "again"]
    prefix.append(reversed_("x", "august"))
    assert [one.id for one in prefix.lists()] == ["july", "again"]


def test_names_are_looked_up_in_the_lists_where_there_is_a_matcher() -> None:
    assert MemoryPrefix([list_adopted()]).matches("ab" * 32, ["Evil Chips"], 88) == ()
    (match,) = MemoryPrefix(matcher=near).matches("ab" * 32, ["Evil Chips"], 88)
    assert match.entry == "EL:1"


def test_clearances_and_settings_stand_in_the_order_of_their_days() -> None:
    late, early = (cleared("a", "EL:1", day=f"2025-0{month}-01") for month in (9, 8))
    other = cleared("b", "EL:1")
    down = set_to("screening/threshold", "80", day=FIRST)
    up = set_to("screening/threshold", "95", day="2025-02-01")
    prefix = MemoryPrefix([late, early, other, up, down, set_to("posture/default", "enforced")])
    assert prefix.clearances("a") == [early, late]
    assert prefix.clearances("nobody") == []
    assert prefix.settings("screening/threshold") == [down, up]
    prefix.append(reversed_("x", late.id))
    prefix.append(reversed_("y", up.id))
    assert prefix.clearances("a") == [early]
    assert prefix.settings("screening/threshold") == [down]


def test_duties_that_were_done_are_known_until_that_is_taken_back() -> None:
    done = [
        event(kind="duty.done", id=f"d{n}", on="2025-09-20", duty=f"report {n}", document="a mail")
        for n in (1, 2)
    ]
    prefix = MemoryPrefix(done)
    assert [one.duty for one in prefix.duties_done()] == ["report 1", "report 2"]
    prefix.append(reversed_("x", "d1"))
    assert [one.duty for one in prefix.duties_done()] == ["report 2"]


def test_the_life_of_a_lot_names_the_event_behind_each_movement() -> None:
    prefix = MemoryPrefix(
        [
            *people("buyer"),
            reserved("r", quantity=5),
            reserved("other"),
            exported("e", quantity=2, reservation="r"),
            reversed_("x", "e"),
        ]
    )
    told = [(by, m.units) for by, m in prefix.life_of("r")]
    assert told == [("r", 5), ("e", -2), ("x", 2)]
    assert [(by, m.units) for by, m in prefix.life_of("e")] == [("e", 2), ("x", -2)]
    assert prefix.life_of("nothing") == []


def test_a_bundle_knows_its_reservations_until_one_is_taken_back() -> None:
    placed = [reserved(f"r{n}", bundle="b") for n in (1, 2)]
    prefix = MemoryPrefix([*people("buyer"), *placed, reserved("r3"), reserved("r4", bundle="c")])
    assert prefix.bundle("b") == placed
    assert prefix.bundle("nothing") == []
    prefix.append(reversed_("x", "r1"))
    assert prefix.bundle("b") == placed[1:]


def test_every_registered_party_is_known() -> None:
    prefix = MemoryPrefix([party("b"), party("a"), party("b", on="2025-01-01"), party("c")])
    assert prefix.parties() == ["a", "b", "c"]
    prefix.append(reversed_("x", party("c").id))
    assert prefix.parties() == ["a", "b"]


def test_what_has_gone_is_told_lot_by_lot_as_it_stands_now() -> None:
    domestic = {"destination": "US", "transaction": "domestic", "authorization": "us-ear/nlr"}
    prefix = MemoryPrefix(
        [
            *people("buyer"),
            exported("e2", on="2025-08-14", quantity=3),
            exported("e1", on="2025-08-01", quantity=5),
            exported("home", on="2025-08-14", quantity=2, **domestic),
            exported("later", on="2025-09-01"),
            reserved("r", on="2025-08-14"),
            attrited("a", lot="e1", quantity=1),
        ]
    )

    def gone(first: str, until: str) -> list[tuple[str, int]]:
        return [(one.lot, one.units) for one in prefix.gone(on(first), on(until))]

    whole = [("e1", 5), ("e2", 3), ("home", 2)]
    assert gone("2025-08-01", "2025-09-01") == whole
    assert gone("2025-08-02", "2025-08-15") == whole[1:]
    assert gone("2025-08-14", "2025-08-14") == []
    prefix.append(reversed_("x", "e2"))
    assert gone("2025-08-01", "2025-09-01") == [whole[0], whole[2]]
