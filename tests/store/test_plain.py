"""Plain lots folded without building their events give what `recording` gives of them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.encoding import Envelope, canonical, encode
from ledger.core.events import LotExported
from ledger.core.law.law import Law
from ledger.core.movements import recording
from ledger.store.cells import position_row
from ledger.store.ledger import Ledger
from ledger.store.plain import PlainLots, plain_lot
from tests.core.builders import ON, device, exported, on
from tests.store.ledgers import SIZE, in_memory

SEQ = SIZE + 1


def folded(lots: PlainLots, seq: int, body: bytes, law: Law) -> tuple[object, ...] | None:
    """The row of a stored body; None where it is no plain lot."""
    lot = plain_lot(body, seq)
    return None if lot is None else lots.row_of(seq, lot, law)


def envelope(seq: int) -> Envelope:
    return Envelope(seq=seq, recorded_at="2026-01-02T03:04:05Z", actor="ana", via="import")


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with closing(in_memory()) as made:
        yield made


def row_of(ledger: Ledger, event: LotExported) -> tuple[object, ...] | None:
    with ledger.reading() as prefix:
        body = encode(event, envelope(SEQ))
        return folded(PlainLots(prefix), SEQ, body, ledger.law(prefix))


plain_lots = st.fixed_dictionaries(
    {
        "quantity": st.integers(1, 10**6),
        "device": st.sampled_from(["h100", "h200", "nvidia-h20"]),
        "destination": st.sampled_from(["BR", "US", "AE"]),
        "on": st.sampled_from(["2025-06-10", ON, "2027-12-31"]),
    },
    optional={
        "purchaser": st.just("group"),
        "document": st.sampled_from(["order 7", "Größe ü", '"quoted"', "tab\there"]),
        "end_user": st.just("branch"),
        "decision_id": st.just("d" * 64),
    },
)


@given(plain_lots)
def test_a_plain_lot_gives_the_row_that_recording_gives(fields: dict[str, Any]) -> None:
    with closing(in_memory()) as ledger, ledger.reading() as prefix:
        event = exported("é-1", **fields)
        assert isinstance(event, LotExported)
        law = ledger.law(prefix)
        (movement,) = recording(event, prefix, law).movements
        row = folded(PlainLots(prefix), SEQ, encode(event, envelope(SEQ)), law)
        assert row == position_row(SEQ, 0, movement)


@pytest.mark.parametrize(
    "fields",
    [
        {"unit_tpp": "12.5"},
        {"reservation": "r1"},
        {"reservation": "r1", "final": True},
        {"reference": "D1", "line": 1, "authorization": "us-ear/license"},
        {"origin": "TW", "transaction": "reexport"},
        {"intermediate_consignees": ["branch"]},
        {"device": "unknown-chip"},
        {"end_use": "weather"},
    ],
)
def test_a_lot_that_names_more_is_left_to_recording(fields: dict[str, Any], ledger: Ledger) -> None:
    event = exported("e1", **fields)
    assert isinstance(event, LotExported)
    assert row_of(ledger, event) is None


def test_a_body_that_is_not_as_it_is_written_is_left_to_decoding(ledger: Ledger) -> None:
    event = exported("e1")
    body = encode(event, envelope(SEQ))
    record = orjson.loads(body)
    others = [
        body.replace(b'"quantity":1', b'"quantity":1.0'),
        body.replace(b'"quantity":1', b'"quantity":0'),
        body.replace(b'"quantity":1', b'"quantity":"1"'),
        body.replace(b'"quantity":1', b'"quantity": 1'),
        body.replace(b'"v":1', b'"v":2'),
        body.replace(b'"transaction":"export"', b'"transaction":"domestic"'),
        body + b" ",
        body[:-1],
        canonical({**record, "more": "x"}),
        canonical({**record, "event": {**record["event"], "more": "x"}}),
        canonical({**record, "event": {**record["event"], "on": "2025-02-30"}}),
    ]
    with ledger.reading() as prefix:
        lots, law = PlainLots(prefix), ledger.law(prefix)
        assert folded(lots, SEQ, body, law) is not None
        assert [folded(lots, SEQ, other, law) for other in others] == [None] * len(others)
        assert folded(lots, SEQ + 1, body, law) is None


def test_a_new_rating_is_seen() -> None:
    with closing(in_memory()) as ledger, ledger.reading() as prefix:
        lots, law = PlainLots(prefix), ledger.law(prefix)
        body = encode(exported("e1", on=ON), envelope(SEQ))
        first = folded(lots, SEQ, body, law)
        lots._units[("h100", ON)] = 7
        assert folded(lots, SEQ, body, law) != first
        lots.forget(device("h100", "16000", on=str(on("2025-01-01"))))
        assert folded(lots, SEQ, body, law) == first
