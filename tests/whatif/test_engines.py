"""Scenarios on either engine: the same answers, and reports on a ledger that lies on a server."""

from ledger.paths import data_folder
from ledger.service.importing import Order, import_files
from ledger.whatif.loading import load
from tests.store.fixtures import any_url, clock
from tests.whatif.asking import SCENARIOS, compared, scenario

__all__ = ["any_url", "clock"]


def test_scenarios_are_asked_on_either_engine(any_url: str) -> None:
    import_files(any_url, Order([data_folder("examples") / "demo.jsonl"], actor="ana"))
    question = {"ask": "report", "report": "headroom", "parameters": {"on": "2026-12-31"}}
    doubled = load(SCENARIOS / "nveu-doubled.toml")
    found = compared(any_url, doubled, scenario(event=[], question=[question]))
    room, fits, _, report = found.questions
    assert [answered.title for answered in found.questions][-1] == "report headroom"
    late = [row.cells[1] for row in room.rows if str(row.key[0]) == "2026-12-31"]
    assert late[0] is not None
    assert str(late[0][3]) == "7345500000"
    assert [str(cells[0]) for cells in fits.rows[0].cells if cells is not None] == [
        "51212",
        "122425",
        "51212",
    ]
    assert any(report.differs(row) for row in report.rows)
