"""A lot that is like a valid one must be valid, and be written as it would be without it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.encoding import event_data, parse_event
from ledger.core.errors import InvalidEvent
from ledger.core.plain_lots import LotsAlike, is_plain, named
from tests.core.builders import exported, on, party

DAY = on("2027-12-31")
WRITTEN: dict[str, Any] = {
    "kind": "lot.exported",
    "id": "e1",
    "on": "2025-08-01",
    "device": "h100",
    "quantity": 3,
    "destination": "BR",
    "exporter": "seller",
    "ultimate_consignee": "buyer",
    "authorization": "us-ear/lpp",
}

ODD: dict[str, list[object]] = {
    "id": ["e2", "é", "", " e", "e ", "a\nb", "e\n", "x" * 200, "x" * 201, 7, None, ["e"]],
    "on": [
        "2027-12-31",
        "2025-02-30",
        "2025-8-1",
        "1899-12-31",
        "\u0662025-01-01",
        20250801,
        None,
        DAY,
        [],
        {},
        "2025-08-01 ",
    ],
    "quantity": [1, 100_000_000, 100_000_001, 0, -1, True, "4", 2.0, None],
    "destination": ["US", "br", "AE"],
    "device": ["h200", 1, True],
    "origin": ["US", "TW"],
    "transaction": ["export", "domestic"],
    "document": ["order 7", ""],
    "unit_tpp": ["12.5"],
    "final": [False, 0, True, 1],
    "reservation": ["r1"],
    "intermediate_consignees": [[], ["branch"]],
    "more": ["x"],
    "kind": ["lot.reserved", "party.registered"],
}


def taught(*written: dict[str, Any]) -> LotsAlike:
    alike = LotsAlike()
    for one in written:
        try:
            alike.learn(one, parse_event(one))
        except InvalidEvent:
            continue
    return alike


@st.composite
def changes(draw: st.DrawFn) -> dict[str, object]:
    fields = draw(st.lists(st.sampled_from(sorted(ODD)), max_size=3, unique=True))
    return {field: draw(st.sampled_from(ODD[field])) for field in fields}


@given(st.lists(changes(), max_size=3), changes())
def test_what_is_like_a_valid_lot_is_what_the_event_would_be(
    before: list[dict[str, object]], changed: dict[str, object]
) -> None:
    asked = WRITTEN | changed
    found = taught(WRITTEN, *(WRITTEN | one for one in before)).like(asked)
    if found is not None:
        event = parse_event(asked)
        assert found.data == event_data(event)
        assert found.names == named(event)  # type: ignore[arg-type]  # a plain lot is an export
        assert is_plain(found.data)


@pytest.mark.parametrize(
    "own", [{"id": "e2"}, {"on": "2025-09-30"}, {"quantity": 7}, {"id": "e2", "quantity": 1}]
)
def test_a_lot_that_differs_in_id_day_and_quantity_alone_is_alike(own: dict[str, Any]) -> None:
    alike = taught(WRITTEN)
    assert alike.like(WRITTEN) is not None
    found = alike.like(WRITTEN | own)
    assert found is not None
    assert found.data == event_data(exported("e1", **{"quantity": 3} | own))


@pytest.mark.parametrize("day", [DAY, None, [], {}, "2025-02-30", "2025-8-1", "\u0662025-01-01"])
def test_a_day_that_is_none_or_no_text_is_left_to_the_event(day: object) -> None:
    assert taught(WRITTEN).like(WRITTEN | {"on": day}) is None


def test_a_lot_that_was_never_read_is_like_none() -> None:
    assert LotsAlike().like(WRITTEN) is None
    assert taught(WRITTEN).like(WRITTEN | {"device": "h200"}) is None
    assert taught(WRITTEN).like(WRITTEN | {"document": "order 7"}) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reservation", "r1"),
        ("unit_tpp", "12.5"),
        ("origin", "TW"),
        ("final", False),
        ("final", 0),
        ("intermediate_consignees", []),
    ],
)
def test_what_is_not_plain_or_not_of_texts_is_never_learned(field: str, value: object) -> None:
    written = WRITTEN | {field: value}
    assert taught(written).like(written) is None


def test_an_event_of_another_kind_is_never_learned() -> None:
    alike = LotsAlike()
    alike.learn(WRITTEN, party("buyer"))
    assert alike.like(WRITTEN) is None


def test_more_lots_than_are_kept_begin_anew() -> None:
    alike = LotsAlike(most=1)
    for device in ("h100", "h200"):
        written = WRITTEN | {"device": device}
        alike.learn(written, parse_event(written))
    assert alike.like(WRITTEN) is None
    assert alike.like(WRITTEN | {"device": "h200"}) is not None


@pytest.mark.parametrize(
    ("changed", "plain"),
    [
        ({}, True),
        ({"purchaser": "group", "document": "order 7", "decision_id": "d"}, True),
        ({"destination": "US", "transaction": "domestic"}, True),
        ({"destination": "US"}, False),
        ({"transaction": "reexport"}, False),
        ({"quantity": 0}, False),
        ({"quantity": True}, False),
        ({"on": 20250801}, False),
        ({"kind": "lot.reserved"}, False),
        ({"more": "x"}, False),
    ],
)
def test_a_plain_lot_has_these_fields_alone(changed: dict[str, object], plain: bool) -> None:  # noqa: FBT001 -- a column
    assert is_plain(event_data(exported("e1")) | changed) is plain
