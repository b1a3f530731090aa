"""Hypotheses become the events that they would be recorded as, and are checked as those are."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.core.errors import AlreadyRecorded, InvalidInput, InvalidRulePack, LedgerError, NotFound
from ledger.core.events import (
    AnyEvent,
    InterpretationAdopted,
    LotExported,
    LotReserved,
    PackAdopted,
)
from ledger.core.law.pack import digest, read
from ledger.whatif.loading import Loaded
from ledger.whatif.supposing import written
from ledger.whatif.worlds import World, ground
from tests.core.builders import ledger_of, pack_text
from tests.whatif.asking import CLOUD, DOUBLED, TABLE, UNI, in_world, scenario

SWITCH = "us-ear/lpp-in-d1-d4"
HOLD = {"kind": "lot.reserved", **UNI, "quantity": 10, "hold_until": "2027-01-01"}


def events(url: str, **fields: Any) -> list[AnyEvent]:  # noqa: ANN401 -- any TOML value
    found: list[AnyEvent] = in_world(url, lambda world: list(world.own), **fields)
    return found


def refused(url: str, **fields: Any) -> LedgerError:  # noqa: ANN401 -- any TOML value
    with pytest.raises(LedgerError) as error:
        events(url, **fields)
    return error.value


def test_a_change_of_the_law_is_the_adoption_of_a_pack_that_reads_as_changed(
    example_url: str,
) -> None:
    (one,) = events(example_url, law=[DOUBLED])
    assert isinstance(one, PackAdopted)
    assert (one.pack, str(one.on), one.id) == (
        "us-ear/validated-end-users",
        "2026-07-01",
        "what-if law 1",
    )
    assert one.digest == digest(one.text)
    pack = read(one.text)
    assert pack.version == one.version
    assert pack.version.endswith(" what-if")
    caps = [cap for cap in pack.caps if cap.id == TABLE]
    assert [str(cap.valid_from) for cap in caps] == ["2025-01-01", "2026-07-01"]


def test_the_law_of_a_scenario_is_what_its_packs_read_as(example_url: str) -> None:
    changes = [
        DOUBLED,
        {"group": "us-ear/partners", "from": "2026-10-01", "add": ["AE"]},
        {"provision": "us-ear/ai-diffusion", "rescinded_on": "2027-01-01"},
        {"cap": TABLE, "from": "2027-01-01", "set": {"note": "looked at twice"}},
        {"pack": "us-ear/parties", "ends_on": "2027-06-01"},
    ]

    def same(world: World) -> bool:
        read_again = {one.pack: read(one.text) for one in world.prefix.packs()}
        return all(one.pack == read_again[one.pack.pack] for one in world.law.adopted)

    assert in_world(example_url, same, law=changes)


def test_every_standard_pack_is_written_as_it_reads() -> None:
    for adopted in ledger_of().law.adopted:
        assert read(written(adopted.pack)) == adopted.pack


def test_an_unlimited_step_is_written_as_such() -> None:
    body = (
        '[[cap]]\nid = "toy/cap"\ntitle = "t"\ncite = "1"\nper = ["end_user"]\nbasis = "exported"\n'
        'window = { kind = "calendar-year" }\nallowance = [{ tpp = "unlimited" }]\n'
    )
    pack = read(pack_text(body))
    assert 'tpp = "unlimited"' in written(pack)
    assert read(written(pack)) == pack


def test_a_switch_is_read_from_a_day_on(example_url: str) -> None:
    change = {"switch": SWITCH, "value": "barred", "from": "2026-10-01", "cite": "a letter"}
    (one,) = events(example_url, law=[change])
    assert isinstance(one, InterpretationAdopted)
    assert (one.switch, one.value, str(one.on), one.cite) == (
        SWITCH,
        "barred",
        "2026-10-01",
        "a letter",
    )


def test_a_lot_without_an_authorization_goes_as_the_law_lets_it(example_url: str) -> None:
    status, _, fact = events(
        example_url,
        event=[
            {"kind": "lot.exported", **CLOUD, "quantity": 100},
            HOLD,
            {"kind": "lot.exported", **UNI, "quantity": 100_000},
        ],
    )
    assert isinstance(status, LotExported)
    assert isinstance(fact, LotExported)
    assert (status.authorization, fact.authorization) == ("us-ear/nveu", "unknown")


def test_a_lot_goes_under_the_licence_line_that_covers_it(example_url: str) -> None:
    grant = {
        "kind": "authorization.granted",
        "on": "2026-11-01",
        "authorization": "us-ear/license",
        "reference": "D-1",
        "party": "example-university-br",
        "destinations": ["BR"],
        "from": "2026-11-01",
        "exporter": "example-exporter",
        "lines": [{"line": 1, "device": "nvidia-h100-sxm", "quantity": 5000}],
    }
    _, lot = events(example_url, event=[grant, {"kind": "lot.exported", **UNI, "quantity": 4000}])
    assert isinstance(lot, LotExported)
    assert (lot.authorization, lot.reference, lot.line) == ("us-ear/license", "D-1", 1)


def test_what_may_not_go_cannot_be_reserved_unless_an_authorization_is_named(
    example_url: str,
) -> None:
    error = refused(example_url, event=[{**HOLD, "quantity": 100_000}])
    assert "the lot can't be reserved: license-required" in error.sentence
    forced = {**HOLD, "quantity": 100_000, "authorization": "us-ear/lpp"}
    (one,) = events(example_url, event=[forced])
    assert isinstance(one, LotReserved)


def test_open_reservations_are_swapped_for_another_device(example_url: str) -> None:
    swap = {"device": "nvidia-h100-sxm", "by": "nvidia-gb300-gpu"}
    whole = events(example_url, swap=[swap])
    less = events(example_url, swap=[{**swap, "keep": "tpp"}])
    placed = [(e.device, e.quantity) for e in whole if isinstance(e, LotReserved)]
    assert placed == [("nvidia-gb300-gpu", 60), ("nvidia-gb300-gpu", 30)]
    assert [e.kind for e in whole] == ["lot.released", "lot.reserved"] * 2
    # 60 x 15,831.2 TPP are 15 GB300 and a rest, 30 are 7.
    assert [e.quantity for e in less if isinstance(e, LotReserved)] == [15, 7]
    other = events(example_url, swap=[{**swap, "ultimate_consignee": "example-cloud-ae"}])
    own = events(example_url, swap=[{**swap, "ultimate_consignee": "example-university-br"}])
    assert (other, own) == ([], whole)
    none = {"device": "nvidia-h200-sxm", "by": "nvidia-gb300-gpu"}
    assert events(example_url, swap=[none]) == []


def test_what_is_reserved_in_a_scenario_is_swapped_in_it_too(example_url: str) -> None:
    swap = {"device": "nvidia-h100-sxm", "by": "nvidia-gb300-gpu"}
    own = events(example_url, event=[HOLD], swap=[swap])
    placed = [(e.device, e.quantity) for e in own if isinstance(e, LotReserved)]
    assert placed == [(UNI["device"], 10), *((swap["by"], n) for n in (60, 30, 10))]


def test_a_pack_that_is_amended_first_is_not_replaced(example_url: str, tmp_path: Path) -> None:
    def text_of(world: World) -> str:
        return next(p.text for p in world.prefix.packs() if p.pack == "us-ear/validated-end-users")

    text = in_world(example_url, text_of)
    (tmp_path / "again.toml").write_text(text + "\n# again\n", encoding="utf-8")
    adopts = {"adopt": str(tmp_path / "again.toml")}
    assert len(events(example_url, law=[adopts, DOUBLED])) == 2
    error = refused(example_url, law=[DOUBLED, adopts])
    assert "it would undo what is supposed of rows of us-ear/validated-end-users" in error.sentence


def test_a_reservation_that_is_worth_less_than_one_unit_is_only_given_up(example_url: str) -> None:
    placed = scenario(event=[{**HOLD, "quantity": 1}])
    swap = {"device": UNI["device"], "by": "nvidia-gb300-gpu", "keep": "tpp"}
    swapped = scenario(swap=[swap])
    both = Loaded(placed.scenario, (*placed.hypotheses, *swapped.hypotheses), "both")
    with ground(example_url) as found:
        own = found.world(both).own
    kinds = Counter(event.kind for event in own)
    # Three holds are given up: one of a single unit, and the two that the ledger has.
    assert kinds == {"lot.reserved": 1 + 2, "lot.released": 3}


def test_the_very_same_event_is_recorded_already(example_url: str) -> None:
    with_id = {"kind": "lot.exported", "id": "more/1", "on": "2026-08-14", "quantity": 40}
    lot = {**UNI, **with_id, "document": "ORDER-1", "authorization": "us-ear/lpp"}
    assert events(example_url, event=[lot]) == []
    error = refused(example_url, event=[{**lot, "quantity": 41}])
    assert isinstance(error, AlreadyRecorded)
    assert error.where.endswith("event[0]")


@pytest.mark.parametrize(
    ("fields", "kind", "said"),
    [
        (
            {"law": [{**DOUBLED, "cap": "us-ear/nveu/company"}]},
            InvalidInput,
            "law[0], cap: no adopted pack has the cap 'us-ear/nveu/company'. Did you mean",
        ),
        (
            {"law": [{"pack": "us-ear/nothing", "ends_on": "2027-01-01"}]},
            InvalidInput,
            "law[0], pack: no adopted pack is called 'us-ear/nothing'. Use one of",
        ),
        (
            {"law": [{"group": "us-ear/partners", "ends_on": "1990-01-01"}]},
            InvalidInput,
            "law[0]",
        ),
        (
            {"law": [{"switch": SWITCH, "value": "perhaps", "from": "2026-01-01"}]},
            InvalidInput,
            "'perhaps' is no reading of",
        ),
        (
            {"law": [{"cap": TABLE, "from": "2026-01-01", "set": {"per": ["device"]}}]},
            InvalidInput,
            "a ratio, and no other cap, is held per device",
        ),
        (
            {"event": [{"kind": "lot.exported", **CLOUD, "quantity": 5, "device": "gb300"}]},
            InvalidInput,
            "event[0], device: the device 'gb300' is not classified",
        ),
        (
            {"event": [{"kind": "lot.exported", **CLOUD, "quantity": "some"}]},
            InvalidInput,
            "event[0]: quantity: expected a number, found 'some'",
        ),
        (
            {"event": [{"kind": "lot.shipped", **CLOUD}]},
            InvalidInput,
            "event[0]: unknown kind 'lot.shipped'",
        ),
        (
            {"event": [{"kind": "ledger.created", "on": "2026-01-01", "ledger": "x"}]},
            InvalidInput,
            "a ledger.created can't be supposed",
        ),
        (
            {
                "event": [
                    {"kind": "record.reversed", "on": "2026-01-01", "target": "x", "reason": "y"}
                ]
            },
            NotFound,
            "event[0]: there is no event 'x'",
        ),
        (
            {
                "event": [
                    {
                        "kind": "list.adopted",
                        "on": "2026-01-01",
                        "name": "csl",
                        "digest": "ab" * 32,
                        "source_on": "2026-01-01",
                        "count": 1,
                    }
                ]
            },
            InvalidInput,
            "are not in this ledger. Adopt the file itself",
        ),
        (
            {"law": [{"group": "us-ear/partners", "from": "2026-10-01", "add": ["ZZ"]}]},
            InvalidInput,
            "law[0], group us-ear/partners: unknown country ZZ. Use ISO 3166-1",
        ),
        (
            {
                "law": [
                    {"switch": SWITCH, "value": "barred", "from": "2026-10-01"},
                    {"switch": SWITCH, "value": "available", "from": "2026-10-01"},
                ]
            },
            InvalidInput,
            "law[1], switch us-ear/lpp-in-d1-d4: it is supposed to be read as barred from",
        ),
        (
            {"law": [DOUBLED, {"pack": "us-ear/validated-end-users", "ends_on": "2027-01-01"}]},
            InvalidInput,
            "law[1], pack: it would undo what is supposed of rows of us-ear/validated-end-users",
        ),
        (
            {"law": [{"cap": TABLE, "from": "2026-01-01", "set": {"basis": "exported"}}]},
            InvalidRulePack,
            "two versions of the cap 'us-ear/nveu/company-country' differ in basis: draws would be",
        ),
        ({"event": [{"kind": ["lot.exported"]}]}, InvalidInput, "event[0]"),
        (
            {"swap": [{"device": "nvidia-h100-sxn", "by": "nvidia-h100-sxm"}]},
            NotFound,
            "swap[0]: the device 'nvidia-h100-sxn' is not classified",
        ),
        (
            {"swap": [{"device": "nvidia-h100-sxm", "by": "nvidia-h100-sxn"}]},
            NotFound,
            "swap[0]: the device 'nvidia-h100-sxn' is not classified",
        ),
    ],
)
def test_what_no_ledger_would_take_is_refused_with_its_place(
    example_url: str, fields: dict[str, Any], kind: type[LedgerError], said: str
) -> None:
    error = refused(example_url, **fields)
    assert isinstance(error, kind)
    assert said in error.sentence


def test_a_pack_may_be_adopted_as_an_event_and_must_fit_the_others(example_url: str) -> None:
    body = (
        '[[cap]]\nid = "house/x"\ntitle = "own"\ncite = "board, 3 May"\nbeside = true\n'
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
        "allowance = [{ tpp = 5 }]\n"
    )
    text = pack_text(body, pack="house", kind="house")
    event = {
        "kind": "pack.adopted",
        "on": "2026-01-01",
        "pack": "house",
        "version": "1",
        "text": text,
        "digest": digest(text),
    }
    (one,) = events(example_url, event=[event])
    assert isinstance(one, PackAdopted)
    clash = text.replace("house/x", TABLE)
    error = refused(example_url, event=[{**event, "text": clash, "digest": digest(clash)}])
    assert isinstance(error, InvalidRulePack)
    assert "belongs to another adopted pack" in error.sentence


def test_amounts_of_a_scenario_are_exact(example_url: str) -> None:
    change = {**DOUBLED, "allowance_percent": Decimal("100.0000001")}
    (one,) = events(example_url, law=[change])
    assert isinstance(one, PackAdopted)
    steps = read(one.text).caps[-1].allowance
    # 3,481,500,000 x 1.000000001 = 3,481,500,003.4815, cut to a tenth.
    assert str(steps[0].tpp) == "3481500003.4"
