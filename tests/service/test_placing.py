from pathlib import Path

import pytest

from ledger.core.errors import LedgerDamaged
from ledger.core.events import PartyRegistered
from ledger.store.writer import Writer
from tests.service.files import column_map, entries, faults, lines, party, row, run, table
from tests.store.ledgers import head_of


def _registered(url: str, party_id: str) -> list[str]:
    events = [entry.event for entry in entries(url)]
    found = [e for e in events if isinstance(e, PartyRegistered) and e.party == party_id]
    return [e.headquarters for e in found]


@pytest.mark.parametrize(
    "cells",
    [
        {"product": "h900"},
        {"country": "XX"},
        {"headquarters": "XX"},
        {"status": "gone", "headquarters": "XX"},
    ],
)
def test_a_row_whose_event_is_refused_leaves_no_party_behind(
    cells: dict[str, str], url: str, tmp_path: Path
) -> None:
    before = head_of(url)
    done = run(url, table(tmp_path / "a.csv", [row(1, **cells)]), column_map=column_map(tmp_path))
    assert done.rejected.total() == 1
    assert head_of(url) == before


def test_a_licence_of_a_new_party_that_was_granted_before_leaves_no_party_behind(
    url: str, tmp_path: Path
) -> None:
    text = """
source = "grants"
key = ["order"]
[[party]]
as = "customer"
from = 2020-01-01
name = { column = "customer" }
location = { column = "country" }
headquarters = { column = "country" }
[[route]]
kind = "authorization.granted"
fields = { on = { column = "day" }, from = { column = "day" }, party = { party = "customer" }, \
reference = { value = "ONE" }, authorization = { value = "us-ear/nveu" }, \
destinations = { list = [{ column = "country" }] } }
"""
    file = table(tmp_path / "a.csv", [row(1), row(2, customer="Another")])
    done = run(url, file, column_map=column_map(tmp_path, text))
    assert (done.appended, done.rejected.total()) == (1, 1)
    assert "'ONE' was granted before" in faults(done)[0]["reason"]
    assert _registered(url, "another") == []


def test_what_the_ledger_knows_of_a_party_wins_but_not_in_silence(url: str, tmp_path: Path) -> None:
    columns = column_map(tmp_path)
    run(url, lines(tmp_path / "a.jsonl", [party("uni-brasil", headquarters="CN")]))
    rows = [row(1), row(2, headquarters=""), row(3, headquarters="CN", country="TH")]
    done = run(url, table(tmp_path / "a.csv", rows), column_map=columns)
    assert (done.appended, done.rejected.total()) == (2, 1)
    (fault,) = faults(done)
    assert (fault["row"], fault["column"], fault["value"]) == ("2", "headquarters", "BR")
    assert "registered with headquarters CN, this row says BR" in fault["reason"]
    assert _registered(url, "uni-brasil") == ["CN"]


def test_headquarters_become_known_by_an_event_of_their_own(url: str, tmp_path: Path) -> None:
    columns = column_map(tmp_path)
    rows = [row(1, headquarters=""), row(2, headquarters="CN")]
    done = run(url, table(tmp_path / "a.csv", rows), column_map=columns)
    assert (done.appended, done.rejected.total()) == (1, 1)
    assert "registered with headquarters unknown, this row says CN" in faults(done)[0]["reason"]


def test_a_registration_that_was_taken_back_is_not_made_again_in_silence(
    url: str, tmp_path: Path
) -> None:
    columns = column_map(tmp_path)
    run(url, table(tmp_path / "a.csv", [row(1)]), column_map=columns)
    reversal = {
        "kind": "record.reversed",
        "id": "undo",
        "on": "2026-01-01",
        "target": "orders/party/uni-brasil",
        "reason": "wrong name",
    }
    run(url, lines(tmp_path / "a.jsonl", [reversal]))
    before = head_of(url)
    done = run(url, table(tmp_path / "a.csv", [row(2)]), column_map=columns)
    assert done.rejected.total() == 1
    assert "was reversed" in faults(done)[0]["reason"]
    assert head_of(url) == before


def test_a_damaged_ledger_is_no_fault_of_a_row(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> int:
        raise LedgerDamaged("the root differs")

    monkeypatch.setattr(Writer, "recorded", damaged)
    with pytest.raises(LedgerDamaged):
        run(url, lines(tmp_path / "a.jsonl", [party("p")]))
