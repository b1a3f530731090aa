"""Restatement: what differs from the filed pack, line by line, by which event; thirds net."""

import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.core.errors import Conflict, InvalidInput
from ledger.core.events import AnyEvent
from ledger.reporting.filing import check
from ledger.reporting.packs import Pack
from tests.core.builders import event, exported, reversed_
from tests.reporting.example import UNI, example, put_all
from tests.reporting.test_packs import made
from tests.snapshot.filled import unseen

CAP = "us-ear/lpp/parent-year / example-university-br"
H100 = Decimal("15831.2")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return example(tmp_path)


def told(pack: Pack, report: str) -> list[tuple[object, ...]]:
    """The lines of one report: line, column, filed, now, difference, events."""
    return [row[1:] for row in pack.ran[-1].table.rows() if row[0] == report]


def differences(pack: Pack) -> Counter[tuple[str, str, str]]:
    """The amounts that changed, by report, line and column."""
    found: Counter[tuple[str, str, str]] = Counter()
    for report, line, column, _, _, difference, _ in pack.ran[-1].table.rows():
        if difference is not None:
            found[report, line, column] += difference
    return found


def corrected(url: str, *events: AnyEvent) -> None:
    put_all(url, events)


def test_nothing_new_is_no_difference(url: str, tmp_path: Path) -> None:
    first = made(url, tmp_path / "1")
    second = made(url, tmp_path / "2", against=first.folder)
    assert second.ran[-1].table.is_empty()
    assert second.manifest["restates"]["as_of"] == first.manifest["as_of"]


def test_a_late_lot_and_a_reversal_are_told_with_their_events(url: str, tmp_path: Path) -> None:
    first = made(url, tmp_path / "1")
    corrected(
        url,
        exported("late/1", on="2026-09-20", quantity=3, **UNI),
        reversed_("undo/2", "more/2"),
    )
    second = made(url, tmp_path / "2", against=first.folder)
    lots = {(line, column): rest for line, column, *rest in told(second, "lots")}
    assert lots["late/1", "shipped_units"] == [None, "3", Decimal(3), "late/1"]
    assert lots["more/2", "standing_units"] == ["25", "0", Decimal(-25), "undo/2"]
    assert ("more/1", "standing_units") not in lots
    balances = {column: rest for line, column, *rest in told(second, "balances") if line == CAP}
    assert balances["drawn_tpp"][2:] == [3 * H100, "late/1, undo/2"]
    assert balances["returned_tpp"][2] == 25 * H100
    assert balances["closing_tpp"][2] == -22 * H100
    assert balances["left_tpp"][2] == 22 * H100
    assert {line for line, *_ in told(second, "balances")} == {CAP}


def test_what_states_facts_is_named_where_nothing_moved(url: str, tmp_path: Path) -> None:
    first = made(url, tmp_path / "1")
    corrected(
        url,
        event(
            kind="authorization.amended",
            id="amend/1",
            on="2026-07-15",
            reference="shipments/cn-tencent-h200",
            until="2026-08-01",
            reason="shortened",
        ),
    )
    second = made(url, tmp_path / "2", against=first.folder)
    licences = told(second, "licences")
    assert {(line, column) for line, column, *_ in licences} >= {
        ("shipments/cn-tencent-h200 / 1", "valid_until_on"),
        ("shipments/cn-tencent-h200 / 1", "valid"),
    }
    assert {rest[-1] for rest in licences} == {"amend/1"}


def test_what_is_recorded_later_of_a_lot_or_licence_is_told_with_its_events(
    url: str, tmp_path: Path
) -> None:
    first = made(url, tmp_path / "1")
    corrected(
        url,
        event(
            kind="lot.attrited",
            id="back/2",
            on="2026-11-10",
            party="example-university-br",
            destination="BR",
            device="nvidia-h100-sxm",
            quantity=5,
            reason="returned",
            lot="more/2",
        ),
        exported(
            "late/licensed",
            on="2026-09-01",
            quantity=7,
            device="nvidia-gb300-gpu",
            destination="AM",
            exporter="nvidia",
            ultimate_consignee="firebird-ai",
            end_user="firebird-ai",
            authorization="us-ear/license",
            reference="shipments/am-firebird-gb300-second",
            line=1,
        ),
        exported("other/quarter", on="2026-05-01", quantity=1, **UNI),
    )
    second = made(url, tmp_path / "2", against=first.folder)
    lots = {(line, column): rest for line, column, *rest in told(second, "lots")}
    assert lots["more/2", "standing_units"] == ["25", "20", Decimal(-5), "back/2"]
    licences = {(line, column): rest for line, column, *rest in told(second, "licences")}
    line = "shipments/am-firebird-gb300-second / 1"
    assert licences[line, "drawn_tpp"][2:] == [Decimal(7 * 60_000), "late/licensed"]
    drawdown = {rest[-1] for line, *rest in told(second, "drawdown")}
    assert drawdown == {"late/licensed"}
    balances = {column: rest for line, column, *rest in told(second, "balances") if line == CAP}
    assert balances["opening_tpp"][2:] == [H100, "other/quarter"]


def test_a_third_nets_against_the_second(url: str, tmp_path: Path) -> None:
    first = made(url, tmp_path / "1")
    corrected(url, exported("late/1", on="2026-09-20", quantity=3, **UNI))
    second = made(url, tmp_path / "2", against=first.folder)
    corrected(
        url,
        reversed_("undo/late", "late/1"),
        exported("late/2", on="2026-07-20", quantity=8, **UNI),
    )
    third = made(url, tmp_path / "3", against=second.folder)
    direct = made(url, tmp_path / "4", against=first.folder)
    net = differences(second)
    for key, amount in differences(third).items():
        net[key] += amount
    assert {k: v for k, v in net.items() if v} == {
        k: v for k, v in differences(direct).items() if v
    }
    assert third.manifest["restates"]["as_of"] == second.manifest["as_of"]


def test_the_restatement_is_part_of_the_pack(url: str, tmp_path: Path) -> None:
    first = made(url, tmp_path / "1")
    corrected(url, exported("late/1", on="2026-09-20", quantity=3, **UNI))
    second = made(url, tmp_path / "2", against=first.folder)
    assert (second.folder / "tables" / "restatement.csv").is_file()
    manifest = json.loads((second.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["reports"][-1]["name"] == "restatement"
    page = (second.folder / "quarterly-2026Q3.html").read_text(encoding="utf-8")
    assert "What differs from the pack that was filed" in page


def test_a_restated_pack_is_made_again_beside_the_one_that_it_restates(
    url: str, tmp_path: Path
) -> None:
    first = made(url, tmp_path / "1")
    corrected(url, exported("late/1", on="2026-09-20", quantity=3, **UNI))
    second = made(url, tmp_path / "2", against=first.folder)
    alone = check(second.folder, url, progress=unseen)
    assert alone.equal
    assert "were not derived" in alone.notes[0]
    beside = check(second.folder, url, against=first.folder, progress=unseen)
    assert (beside.differences, beside.notes) == ((), ())


def test_a_filed_pack_that_is_of_no_use_is_refused(url: str, tmp_path: Path) -> None:
    first = made(url, tmp_path / "1")
    with pytest.raises(InvalidInput, match="is of 2026Q3, not of 2026Q2"):
        made(url, tmp_path / "2", "2026Q2", against=first.folder)
    (tmp_path / "theirs").mkdir()
    other = made(example(tmp_path / "theirs"), tmp_path / "other")
    with pytest.raises(Conflict, match="of another ledger"):
        made(url, tmp_path / "2", against=other.folder)
    (tmp_path / "fork").mkdir()
    shutil.copy(tmp_path / "example.db", tmp_path / "fork" / "example.db")
    fork = f"sqlite:///{tmp_path}/fork/example.db"
    corrected(fork, exported("fork/1", on="2026-09-20", **UNI))
    corrected(url, exported("main/1", on="2026-09-20", **UNI), exported("main/2", **UNI))
    of_fork = made(fork, tmp_path / "of-fork")
    with pytest.raises(Conflict, match="a head that this ledger does not have"):
        made(url, tmp_path / "2", against=of_fork.folder)
    (first.folder / "tables" / "lots.csv").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"not as it was made: tables/lots\.csv was changed"):
        made(url, tmp_path / "2", against=first.folder)
    assert not (tmp_path / "2").exists()
