"""Corrections on a stored ledger: what each records and restates, and that retries do nothing."""

from typing import Any

import pytest

from ledger.core.errors import AlreadyRecorded, InvalidEvent, NotFound, NotOpen
from ledger.core.events import DeviceClassified, LotExported, PartyRegistered, RecordReversed
from ledger.service import correcting as service
from ledger.service.recorded import Recorded
from ledger.service.reserving import reverse
from ledger.service.restating import Restatement, restated
from tests.core.builders import LPP_YEAR, NVEU, TABLE, declared, exported, on, released, reserved
from tests.store.ledgers import SIZE, entries_of, head_of, put, stored

AE = {"destination": "AE", "ultimate_consignee": "op-ae", "authorization": NVEU}


def what(url: str, made: Recorded) -> Restatement:
    assert made.appended is not None
    return restated(url, (made.appended.seq,))


def figures(found: Restatement) -> list[tuple[str, str, str, str]]:
    """Cap, holder, drawn before and after on the day of the change."""
    return [
        (
            one.cap,
            "/".join(one.holder),
            str(one.before.drawdown_tpp if one.before else None),
            str(one.after.drawdown_tpp if one.after else None),
        )
        for one in found.figures
    ]


def test_a_return_frees_what_the_lot_drew(url: str) -> None:
    put(url, exported("e", quantity=10, unit_tpp="15000", on="2025-09-01", **AE))
    made = service.returned(url, "e", 4, on=on("2025-09-02"), event_id="back")
    assert figures(what(url, made)) == [(TABLE, "op-ae/AE", "150000", "90000")]
    assert service.returned(url, "e", 4, on=on("2025-09-02"), event_id="back").appended is not None
    assert head_of(url).size == SIZE + 2
    more = service.returned(url, "e", 9, on=on("2025-09-03"))
    assert more.appended is not None
    assert more.appended.excess_units == 3


def test_units_that_left_a_stock_need_a_place_and_of_a_lot_none(url: str) -> None:
    put(url, declared("s", party="op-ae", destination="AE", quantity=10))
    fields: dict[str, Any] = {"quantity": 2, "reason": "failed", "on": on("2025-09-02")}
    service.attrit(url, {**fields, "lot": "s"})
    place = {"party": "op-ae", "destination": "AE", "device": "h100"}
    made = service.attrit(url, {**fields, **place})
    assert figures(what(url, made)) == [(TABLE, "op-ae/AE", "126656", "94992")]
    with pytest.raises(NotFound, match="no export or stock has the id 'none'"):
        service.attrit(url, {**fields, "lot": "none"})
    with pytest.raises(InvalidEvent, match="party"):
        service.attrit(url, fields)


def test_a_relocation_restates_both_places(url: str) -> None:
    put(url, declared("s", party="op-ae", destination="AE", quantity=10))
    moved: dict[str, Any] = {"party": "op-ae", "device": "h100", "quantity": 3}
    moved |= {"destination_from": "AE", "destination_to": "BR", "on": on("2025-09-02")}
    made = service.relocate(url, moved, event_id="m")
    assert figures(what(url, made)) == [(TABLE, "op-ae/AE", "158320", "110824")]


def test_a_re_rating_restates_the_lots_from_its_day_on(url: str) -> None:
    put(url, exported("e1", quantity=1000), exported("e2", on="2025-09-05", quantity=650))
    made = service.rerate(
        url, "h100", {"unit_tpp": "20000", "source": "a sheet"}, on=on("2025-09-01")
    )
    event = entries_of(url)[-1].event
    assert isinstance(event, DeviceClassified)
    assert (str(event.unit_tpp), event.data_center, str(event.performance_density)) == (
        "20000",
        True,
        "19.4",
    )
    found = what(url, made)
    assert figures(found) == [(LPP_YEAR, "buyer", "26122800", "28832000")]
    assert [(str(one.breach.first_on), one.entry.event.id) for one in found.breaches] == [
        ("2025-09-05", event.id)
    ]
    back = what(url, reverse(url, event.id, reason="another sheet"))
    assert figures(back) == [(LPP_YEAR, "buyer", "28832000", "26122800")]
    assert len(back.cured) == 1
    with pytest.raises(NotFound, match="is not classified"):
        service.rerate(url, "nothing", {"unit_tpp": "1", "source": "x"}, on=on("2025-09-01"))


def test_a_device_of_the_catalogue_can_be_rated_anew(url: str) -> None:
    put(url, exported("e", device="nvidia-h100-sxm", quantity=10))
    made = service.rerate(
        url, "nvidia-h100-sxm", {"unit_tpp": "16000", "source": "x"}, on=on("2025-01-01")
    )
    ((cap, holder, _, after),) = figures(what(url, made))
    assert (cap, holder, after) == (LPP_YEAR, "buyer", "160000")


def test_a_corrected_party_moves_what_it_drew_to_another_family(url: str) -> None:
    put(
        url,
        exported("e", quantity=1000),
        exported("f", quantity=900, ultimate_consignee="branch"),
    )
    made = service.correct_party(url, "branch", {"ultimate_parent": "buyer"}, on=on("2020-01-01"))
    found = what(url, made)
    assert figures(found) == [
        (LPP_YEAR, "buyer", "15832000", "30080800"),
        (LPP_YEAR, "group", "14248800", "0"),
    ]
    assert {str(one.on) for one in found.figures} == {"2025-08-01"}
    assert [one.breach.holder for one in found.breaches] == [("buyer",)]
    event = entries_of(url)[-1].event
    assert isinstance(event, PartyRegistered)
    assert (event.headquarters, event.name) == ("BR", "branch")
    alone = service.correct_party(url, "branch", {"ultimate_parent": ""}, on=on("2020-01-01"))
    assert [one.breach.holder for one in what(url, alone).cured] == [("buyer",)]
    with pytest.raises(NotFound, match="not registered on 2019-01-01; its first"):
        service.correct_party(url, "branch", {"name": "x"}, on=on("2019-01-01"))
    with pytest.raises(NotFound, match="the party 'nobody' is not registered"):
        service.correct_party(url, "nobody", {"name": "x"}, on=on("2025-01-01"))


# ---- replacing


def replaced(url: str, target: str, content: dict[str, Any], **more: Any) -> Recorded:  # noqa: ANN401
    whole = more.pop("whole", False)
    return service.replace(url, target, content, whole=whole, reason="wrong", **more)


def test_a_replacement_is_a_reversal_and_the_new_event_linked_both_ways(url: str) -> None:
    put(url, exported("e", quantity=1800, document="X1", decision_id="d"))
    made = replaced(url, "e", {"quantity": "180"}, event_id="e-b")
    undone, new = (entry.event for entry in entries_of(url)[-2:])
    assert isinstance(undone, RecordReversed)
    assert isinstance(new, LotExported)
    assert (undone.target, undone.replaced_by, new.id) == ("e", "e-b", "e-b")
    assert (new.quantity, new.document, new.decision_id) == (180, "X1", None)
    assert made.appended is not None
    found = restated(url, (made.appended.seq - 1, made.appended.seq))
    assert figures(found) == [(LPP_YEAR, "buyer", "28497600", "2849760")]
    assert len(found.cured) == 1
    before = stored(url)
    again = replaced(url, "e", {"quantity": "180"}, event_id="e-b")
    assert again.appended is not None
    assert not again.appended.new
    assert stored(url) == before


def test_a_replacement_that_can_t_be_recorded_takes_nothing_back(url: str) -> None:
    put(url, exported("e"), exported("other"))
    before = stored(url)
    with pytest.raises(InvalidEvent, match="nobody"):
        replaced(url, "e", {"ultimate_consignee": "nobody", "end_user": "nobody"})
    with pytest.raises(AlreadyRecorded, match="other"):
        replaced(url, "e", {"quantity": 2}, event_id="other")
    with pytest.raises(NotFound, match="there is no event 'none'"):
        replaced(url, "none", {"quantity": 2})
    with pytest.raises(InvalidEvent, match=r"is a party\.registered"):
        replaced(url, "party-buyer-2020-01-01", {"quantity": 2})
    assert stored(url) == before


def test_any_event_can_be_replaced_by_a_whole_one(url: str) -> None:
    put(url, declared("s", party="op-ae", destination="AE", quantity=10))
    new = {"id": "s-b", "party": "op-ae", "destination": "AE", "device": "h100", "quantity": 4}
    made = replaced(url, "s", new, whole=True)
    assert made.event_id == "s-b"
    assert entries_of(url)[-1].event.on == on("2025-02-01")
    with pytest.raises(NotOpen):
        replaced(url, "s", new, whole=True, event_id="s-c")


def test_an_export_from_a_reservation_uses_it_again_unless_it_is_closed(url: str) -> None:
    hold = {"hold_until": "2099-01-01", "on": "2025-09-01"}
    put(
        url,
        reserved("r", quantity=10, **hold),
        exported("e", quantity=4, reservation="r"),
        reserved("q", quantity=10, **hold),
        exported("f", quantity=4, reservation="q", device="h100"),
        released("gone", "q"),
    )
    replaced(url, "e", {"quantity": 5}, event_id="e-b")
    first = entries_of(url)[-1].event
    replaced(url, "f", {"quantity": 5}, event_id="f-b")
    second = entries_of(url)[-1].event
    assert isinstance(first, LotExported)
    assert isinstance(second, LotExported)
    assert (first.reservation, second.reservation) == ("r", None)
    again = replaced(url, "f", {"quantity": 5}, event_id="f-b")
    assert again.appended is not None
    assert not again.appended.new


def test_a_reservation_is_not_replaced_since_it_must_be_decided(url: str) -> None:
    put(url, reserved("r", quantity=10, hold_until="2099-01-01"))
    with pytest.raises(InvalidEvent, match="Release a reservation and place another"):
        replaced(url, "r", {"quantity": 5})


def test_another_device_or_owner_brings_its_own_rating_and_end_user(url: str) -> None:
    put(url, exported("e", quantity=2, unit_tpp="15000"))
    replaced(url, "e", {"device": "h200", "ultimate_consignee": "group"}, event_id="e-b")
    new = entries_of(url)[-1].event
    assert isinstance(new, LotExported)
    assert (new.unit_tpp, new.end_user, new.transaction) == (None, "group", "export")
