"""An import that recognises lots must leave what one that reads each of them anew leaves."""

import json
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.encoding import event_data as data_of
from ledger.core.encoding import parse_event
from ledger.core.events import AnyEvent
from ledger.core.plain_lots import LotsAlike
from ledger.intake import lines as reader
from ledger.service.importing import Import, Order, import_files
from ledger.store.verification import verify
from tests.core.builders import device, exported, party, reversed_
from tests.service.files import adds_up
from tests.store.ledgers import dump, fresh, opened

plain = st.builds(
    lambda number, day, quantity, changed: (
        data_of(exported(f"e{number}")) | {"on": day, "quantity": quantity} | changed
    ),
    st.integers(1, 9),
    st.sampled_from(["2025-08-01", "2026-01-15", "2025-02-30"]),
    st.sampled_from([1, 2, 0]),
    st.sampled_from(
        [
            {},
            {},
            {"destination": "US", "transaction": "domestic"},
            {"device": "unknown-chip"},
            {"ultimate_consignee": "nobody"},
            {"document": "order 7"},
            {"reservation": "r1"},
            {"more": "x"},
        ]
    ),
)
between = st.sampled_from(
    [
        data_of(device("h100", "16000", on="2025-01-01")),
        data_of(reversed_("x1", "e1")),
        data_of(reversed_("x2", "device-h100-2025-01-01")),
        data_of(party("nobody")),
        {"kind": "lot.exported"},
    ]
)
rows = st.lists(plain | plain | between, max_size=14)


def imported(folder: Path, file: Path, **terms: Any) -> tuple[dict[str, Any], Import, str]:  # noqa: ANN401 -- those of an order
    """Every table of a fresh ledger after an import, its counts and its rejects."""
    url, rejects = fresh(folder), folder / "rejects.csv"
    with freeze_time("2026-01-02T03:04:05"):
        done = import_files(url, Order([file], rejects=rejects, actor="ana", **terms))
    with opened(url) as ledger:
        verify(ledger)
        told = rejects.read_text(encoding="utf-8") if done.rejected else ""
        return dump(ledger), done, told


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, atomic=st.booleans())
def test_what_is_recognised_is_recorded_counted_and_rejected_as_ever(
    *, rows: list[dict[str, Any]], atomic: bool, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    quick = imported(tmp_path, file, atomic=atomic)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LotsAlike, "like", lambda *_: None)
        slow = imported(tmp_path, file, atomic=atomic)
    assert adds_up(quick[1])
    assert quick == slow


def test_lots_that_are_alike_are_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.jsonl"
    lots = [data_of(exported(f"e{number}", quantity=number)) for number in (1, 2, 3)]
    file.write_text("".join(json.dumps(one) + "\n" for one in lots), encoding="utf-8")
    read: list[str] = []

    def watched(written: dict[str, Any]) -> AnyEvent:
        read.append(written["id"])
        return parse_event(written)

    monkeypatch.setattr(reader, "parse_event", watched)
    _, done, _ = imported(tmp_path, file)
    assert (done.appended, read) == (3, ["e1"])
