from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.core.events import AnyEvent
from ledger.service.entries import Entries, Sought, devices_of, entries, parties_of
from tests.core.builders import (
    LPP_YEAR,
    declared,
    exported,
    licence,
    party,
    released,
    reserved,
    reversed_,
    used,
)
from tests.store.ledgers import MARK, SIZE, entries_of, put


def found(url: str, *, as_of: Any = None, **sought: Any) -> Entries:  # noqa: ANN401 -- any filter
    return entries(url, Sought(**sought), as_of=as_of)


def ids(url: str, **sought: Any) -> list[str]:  # noqa: ANN401 -- as above
    return [one.event.id for one in found(url, **sought).entries]


def test_every_entry_is_listed_as_it_was_recorded(url: str) -> None:
    put(url, exported("e1"), reversed_("x", "e1"))
    assert found(url).entries == tuple(entries_of(url))
    assert (found(url).more, found(url).head.size) == (False, SIZE + 2)


def test_an_entry_for_programs(url: str) -> None:
    put(url, exported("e1"), reversed_("x", "e1"))
    taken_back, reversal = found(url, since=SIZE).as_data()["entries"]
    assert taken_back == {
        "seq": SIZE + 1,
        "recorded_at": MARK.recorded_at,
        "actor": "ana",
        "via": "api",
        "kind": "lot.exported",
        "id": "e1",
        "on": "2025-08-01",
        "reversed": True,
    }
    assert (reversal["kind"], reversal["reversed"]) == ("record.reversed", False)
    (then,) = found(url, since=SIZE, as_of=SIZE + 1).as_data()["entries"]
    assert then == {**taken_back, "reversed": False}


def test_the_newest_are_kept_and_it_is_said_that_there_are_more(url: str) -> None:
    put(url, exported("e1"), party("z"), exported("e2"), exported("e3"))
    sought = {"kind": "lot.exported"}
    assert ids(url, limit=2, **sought) == ["e2", "e3"]
    assert [found(url, limit=n, **sought).more for n in (2, 3, None)] == [True, False, False]


def test_what_came_after_one_point_and_by_another_is_listed(url: str) -> None:
    put(url, exported("e1"), exported("e2"), exported("e3"))
    assert ids(url, since=SIZE + 1, as_of=SIZE + 2) == ["e2"]
    assert ids(url, since=SIZE + 3) == []
    assert ids(url, since=date(2026, 1, 1)) == [one.event.id for one in entries_of(url)]
    assert ids(url, since=date(2026, 1, 2)) == []
    assert ids(url, since=datetime(2026, 1, 2, tzinfo=UTC))[-1] == "e3"
    with pytest.raises(NotFound, match=f"--since: {SIZE} entries were known, not {SIZE + 1}"):
        found(url, since=SIZE + 1, as_of=SIZE)


def test_a_party_or_device_is_found_wherever_it_is_named(url: str) -> None:
    put(url, exported("e1", end_user="branch"), exported("e2", device="h200"))
    put(url, declared("s", party="branch"), reserved("r", purchaser="branch"), released("x", "r"))
    put(url, used("u", LPP_YEAR, ["branch"], "5"), licence("D1"))
    assert ids(url, party="branch", since=SIZE) == ["e1", "s", "r", "u"]
    assert "e2" in ids(url, device="h200")
    assert "e1" not in ids(url, device="h200")
    assert ids(url, party="branch", device="h100", kind="lot.exported") == ["e1"]


@pytest.mark.parametrize(
    ("event", "parties", "devices"),
    [
        (
            exported("e", intermediate_consignees=["a", "b"], purchaser="c", end_user="d"),
            {"buyer", "seller", "a", "b", "c", "d"},
            {"h100"},
        ),
        (
            party("a", ultimate_parent="b", owners=[{"party": "c", "percent": "60"}]),
            {"a", "b", "c"},
            set(),
        ),
        (licence("D1"), {"buyer"}, {"h100"}),
        (reversed_("x", "e"), set(), set()),
    ],
)
def test_the_parties_and_devices_of_an_event(
    event: AnyEvent, parties: set[str], devices: set[str]
) -> None:
    assert (parties_of(event), devices_of(event)) == (parties, devices)


def test_what_there_is_not_is_said(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"--kind: unknown kind 'lot.sold'. Use one of auth"):
        found(url, kind="lot.sold")
    with pytest.raises(NotFound, match="--party: the party 'nobody' is not registered"):
        found(url, party="nobody")
    with pytest.raises(NotFound, match="--device: the device 'abacus' is not known"):
        found(url, device="abacus")
    assert ids(url, device="nvidia-h20") == []
