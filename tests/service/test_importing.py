import csv
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.core.events import LotExported, LotReleased, StockDeclared
from ledger.service.importing import HELD_BACK, Import, Interrupted, Order, import_files
from ledger.store.ledger import Ledger
from tests.service.files import (
    COLUMNS,
    MAP,
    ROOT,
    adds_up,
    column_map,
    entries,
    faults,
    lines,
    party,
    row,
    run,
    table,
)
from tests.store.ledgers import head_of

PUBLIC = ROOT.parent / "shared" / "data" / "public_shipments.csv"


def _counts(done: Import) -> tuple[int, int, int, int]:
    assert adds_up(done)
    return done.appended, done.already_present, done.skipped.total(), done.rejected.total()


def _as_xlsx(path: Path, rows: list[dict[str, str]]) -> Path:
    frame = pl.DataFrame(rows, schema=COLUMNS).with_columns(pl.col("units").cast(pl.Float64))
    frame.write_excel(path)
    return path


def _as_parquet(path: Path, rows: list[dict[str, str]]) -> Path:
    frame = pl.DataFrame(rows, schema=COLUMNS)
    frame = frame.with_columns(pl.col("units").cast(pl.Int32), pl.col("day").str.to_date())
    frame.write_parquet(path)
    return path


# ---- what goes in


@pytest.mark.parametrize(
    ("name", "written"),
    [("a.csv", table), ("a.XLSX", _as_xlsx), ("a.parquet", _as_parquet)],
)
def test_lots_come_from_every_kind_of_table(
    name: str, written: Callable[[Path, list[dict[str, str]]], Path], url: str, tmp_path: Path
) -> None:
    file = written(tmp_path / name, [row(1), row(2, units=4096), row(3, status="plan")])
    done = run(url, file, column_map=column_map(tmp_path))
    assert _counts(done) == (2, 0, 1, 0)
    assert done.rejects_file is None
    assert not (tmp_path / "rejects.csv").exists()
    lots = [entry for entry in entries(url) if isinstance(entry.event, LotExported)]
    assert [(lot.event.id, lot.event.quantity) for lot in lots] == [  # type: ignore[union-attr]
        ("orders/1", 10),
        ("orders/2", 4096),
    ]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    batches = [lot.envelope.batch for lot in lots]
    assert [(batch.file, batch.row) for batch in batches if batch] == [(digest, 2), (digest, 3)]
    assert {lot.envelope.via for lot in lots} == {"import"}
    assert {lot.envelope.actor for lot in lots} == {"tester"}


def test_parties_are_registered_once_with_the_row_that_names_them_first(
    url: str, tmp_path: Path
) -> None:
    file = table(tmp_path / "a.csv", [row(1), row(2)])
    before = head_of(url).size
    done = run(url, file, column_map=column_map(tmp_path))
    assert done.events == 4
    new = entries(url)[before:]
    assert [entry.event.id for entry in new] == [
        "orders/party/our-house",
        "orders/party/uni-brasil",
        "orders/1",
        "orders/2",
    ]
    assert [entry.envelope.batch.row for entry in new if entry.envelope.batch] == [2, 2, 2, 3]


def test_json_lines_bring_any_event(url: str, tmp_path: Path) -> None:
    stock = {
        "kind": "stock.declared",
        "id": "stock",
        "on": "2026-01-01",
        "party": "p",
        "destination": "BR",
        "device": "nvidia-h20",
        "quantity": 7,
    }
    done = run(url, lines(tmp_path / "a.jsonl", [party("p"), stock, stock]))
    assert _counts(done) == (2, 1, 0, 0)
    (event,) = [entry.event for entry in entries(url) if isinstance(entry.event, StockDeclared)]
    assert event.quantity == 7


def test_several_files_are_one_import(url: str, tmp_path: Path) -> None:
    first = lines(tmp_path / "a.jsonl", [party("seller"), {"kind": "?"}])
    second = table(tmp_path / "b.csv", [row(1), row(2, status="odd")])
    done = run(url, first, second, column_map=column_map(tmp_path))
    assert _counts(done) == (2, 0, 0, 2)
    assert [(fault["file"], fault["row"]) for fault in faults(done)] == [
        (str(first), "2"),
        (str(second), "3"),
    ]


def test_units_that_could_not_leave_a_stock_are_counted(url: str, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", [row(1), row(2, status="gone", units=25)])
    done = run(url, file, column_map=column_map(tmp_path))
    assert _counts(done) == (2, 0, 0, 0)
    assert done.excess_units == 15


# ---- once, and again


def test_the_same_file_again_changes_nothing(url: str, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", [row(1), row(2), row(3, status="plan"), row(4, units="x")])
    columns = column_map(tmp_path)
    first = run(url, file, column_map=columns)
    assert _counts(first) == (2, 0, 1, 1)
    again = run(url, file, column_map=columns)
    assert _counts(again) == (0, 2, 1, 1)
    assert (again.head, again.events) == (first.head, 0)


def test_a_longer_file_appends_only_what_is_new(url: str, tmp_path: Path) -> None:
    columns = column_map(tmp_path)
    run(url, table(tmp_path / "a.csv", [row(1)]), column_map=columns)
    longer = table(tmp_path / "a.csv", [row(0), row(1), row(2)])
    assert _counts(run(url, longer, column_map=columns)) == (2, 1, 0, 0)


def test_a_changed_row_under_the_same_key_is_rejected(url: str, tmp_path: Path) -> None:
    columns = column_map(tmp_path)
    run(url, table(tmp_path / "a.csv", [row(1)]), column_map=columns)
    done = run(url, table(tmp_path / "a.csv", [row(1, units=11)]), column_map=columns)
    assert _counts(done) == (0, 0, 0, 1)
    (fault,) = faults(done)
    assert (fault["column"], fault["value"]) == ("order", "orders/1")
    assert "imported before with other content" in fault["reason"]
    assert "reverse" in fault["reason"]


def test_a_changed_line_under_the_same_id_is_rejected(url: str, tmp_path: Path) -> None:
    done = run(url, lines(tmp_path / "a.jsonl", [party("p"), party("p", name="other")]))
    assert _counts(done) == (1, 0, 0, 1)
    assert "'party p' stands in the ledger with other content" in faults(done)[0]["reason"]


def test_of_two_rows_with_one_natural_key_the_second_is_rejected(url: str, tmp_path: Path) -> None:
    rows = [row(1, status="plan"), row(1), row(1, units=11), row(1)]
    file = table(tmp_path / "a.csv", rows)
    columns = column_map(tmp_path)
    for expected in ((1, 0, 1, 2), (0, 1, 1, 2)):
        done = run(url, file, column_map=columns)
        assert _counts(done) == expected
        assert [fault["row"] for fault in faults(done)] == ["4", "5"]
        assert "row 3 has the same natural key" in faults(done)[0]["reason"]


# ---- faults


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"country": "XX"}, "country", "unknown country 'XX'"),
        ({"product": "h900"}, "product", "'h900' is not classified"),
        ({"units": "-5"}, "units", "whole quantity"),
        ({"units": "0.5"}, "units", "whole number"),
        ({"units": ""}, "units", "'quantity' is missing"),
        ({"day": "2026-02-30"}, "day", "not in the calendar"),
        ({"day": "31.03.2026"}, "day", "YYYY-MM-DD"),
        ({"status": "odd"}, "status", "odd"),
        ({"headquarters": "XX", "customer": "New"}, "headquarters", "unknown country"),
    ],
)
def test_a_bad_cell_is_reported_with_row_column_value_and_reason(
    cells: dict[str, str], column: str, said: str, url: str, tmp_path: Path
) -> None:
    file = table(tmp_path / "a.csv", [row(1), row(2, **cells), row(3)])
    done = run(url, file, column_map=column_map(tmp_path))
    assert _counts(done) == (2, 0, 0, 1)
    found = [fault for fault in faults(done) if fault["column"] == column]
    assert [(fault["file"], fault["row"], fault["value"]) for fault in found] == [
        (str(file), "3", cells[column])
    ]
    assert said in found[0]["reason"]


def test_every_unknown_thing_of_a_row_is_a_line_of_its_own(url: str, tmp_path: Path) -> None:
    lot = {
        "kind": "lot.exported",
        "id": "lot",
        "on": "2026-01-01",
        "device": "h900",
        "quantity": 1,
        "destination": "XX",
        "exporter": "nobody",
        "ultimate_consignee": "no one",
        "authorization": "magic",
    }
    done = run(url, lines(tmp_path / "a.jsonl", [lot]))
    assert _counts(done) == (0, 0, 0, 1)
    assert Counter(fault["column"] for fault in faults(done)) == Counter(
        ["destination", "exporter", "ultimate_consignee", "end_user", "device", "authorization"]
    )
    assert {fault["row"] for fault in faults(done)} == {"1"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"kind": "ledger.created", "ledger": "x"}, "created once"),
        ({"kind": "lot.released", "reservation": "r", "reason": "released"}, "no reservation"),
        ({"kind": "record.reversed", "target": "t", "reason": "x"}, "no event 't'"),
        (
            {"kind": "pack.adopted", "pack": "p", "version": "1", "text": "x", "digest": "0" * 64},
            "",
        ),
    ],
)
def test_an_event_that_the_ledger_refuses_is_a_row_error(
    event: dict[str, object], said: str, url: str, tmp_path: Path
) -> None:
    before = head_of(url)
    done = run(url, lines(tmp_path / "a.jsonl", [{"id": "new", "on": "2026-01-01", **event}]))
    assert _counts(done) == (0, 0, 0, 1)
    assert said in faults(done)[0]["reason"]
    assert head_of(url) == before


def test_a_pack_that_clashes_with_an_adopted_one_is_a_row_error(url: str, tmp_path: Path) -> None:
    text = (ROOT / "ledger" / "rules" / "us_ear" / "items.toml").read_text(encoding="utf-8")
    text = text.replace('pack = "us-ear/items"', 'pack = "house/items"')
    event = {
        "kind": "pack.adopted",
        "id": "pack",
        "on": "2026-01-01",
        "pack": tomllib.loads(text)["pack"],
        "version": tomllib.loads(text)["version"],
        "text": text,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }
    done = run(url, lines(tmp_path / "a.jsonl", [event, party("p")]))
    assert _counts(done) == (1, 0, 0, 1)
    assert "another adopted pack" in faults(done)[0]["reason"]


def test_values_that_no_terminal_shows_still_reach_the_rejects_file(
    url: str, tmp_path: Path
) -> None:
    event = {**party("p"), "name": "\ud800\n=1+1"}
    done = run(url, lines(tmp_path / "a.jsonl", [event]))
    assert faults(done)[0]["value"] == "\\ud800 =1+1"


# ---- files and maps that can't be read


def test_a_file_or_map_that_is_not_there_is_not_found(url: str, tmp_path: Path) -> None:
    good = table(tmp_path / "a.csv", [row(1)])
    with pytest.raises(NotFound, match="none"):
        run(url, tmp_path / "none.jsonl")
    with pytest.raises(NotFound, match="none"):
        run(url, good, column_map=tmp_path / "none.toml")
    with pytest.raises(NotFound):
        run(url, tmp_path)


def test_nothing_is_written_when_one_of_the_files_can_not_be_read(url: str, tmp_path: Path) -> None:
    before = head_of(url)
    good = lines(tmp_path / "a.jsonl", [party("p")])
    with pytest.raises(NotFound):
        run(url, good, tmp_path / "none.jsonl")
    assert head_of(url) == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", "x", "'.txt' is no ending"),
        ("a.csv", "order,day\n1,2026-01-01\n", "names the column 'status'"),
        ("a.csv", "", "empty"),
        ("a.xlsx", "order", "can't be read as XLSX"),
        ("a.parquet", "order", "can't be read as Parquet"),
    ],
)
def test_a_file_that_can_not_be_read_is_invalid_input(
    name: str, content: str, said: str, url: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        run(url, tmp_path / name, table(tmp_path / "b.csv", []), column_map=column_map(tmp_path))


def test_a_table_needs_a_map_and_a_map_a_table(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--map"):
        run(url, table(tmp_path / "a.csv", []))
    with pytest.raises(InvalidInput, match="would not be used"):
        run(url, lines(tmp_path / "a.jsonl", []), column_map=column_map(tmp_path))


def test_files_without_rows_are_imported_as_such(url: str, tmp_path: Path) -> None:
    before = head_of(url)
    done = run(
        url,
        table(tmp_path / "a.csv", []),
        lines(tmp_path / "a.jsonl", []),
        column_map=column_map(tmp_path),
    )
    assert (done.rows, done.head) == (0, before)


def test_without_a_ledger_nothing_is_imported(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="init"):
        run(f"sqlite:///{tmp_path}/none.db", lines(tmp_path / "a.jsonl", [party("p")]))


# ---- the rejects file


def test_rejects_go_to_the_working_directory_unless_a_file_is_named(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    file = table(tmp_path / "a.csv", [row(1, units=0)])
    columns = column_map(tmp_path)
    done = import_files(url, Order(files=[file], column_map=columns))
    assert done.rejects_file == "a.csv.rejects.csv"
    many = import_files(url, Order(files=[file, file], column_map=columns))
    assert many.rejects_file == "import.rejects.csv"
    named = import_files(url, Order(files=[file], column_map=columns, rejects=Path("named.csv")))
    assert named.rejects_file == "named.csv"
    assert {path.name for path in Path().iterdir()} == {
        "a.csv.rejects.csv",
        "import.rejects.csv",
        "named.csv",
    }
    assert Path("named.csv").read_bytes().startswith(b"file,row,column,value,reason\n")


def test_a_rejects_file_that_can_not_be_written_stops_the_import_first(
    url: str, tmp_path: Path
) -> None:
    file = lines(tmp_path / "a.jsonl", [party("p")])
    before = head_of(url)
    for place in (tmp_path / "none" / "r.csv", tmp_path, file):
        with pytest.raises(InvalidInput, match="--rejects"):
            run(url, file, rejects=place)
    assert head_of(url) == before


# ---- atomic and dry run


def test_an_atomic_import_goes_in_whole(url: str, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", [row(n) for n in range(5)])
    done = run(url, file, column_map=column_map(tmp_path), atomic=True)
    assert _counts(done) == (5, 0, 0, 0)
    assert head_of(url) == done.head


def test_an_atomic_import_with_a_rejected_row_writes_nothing(url: str, tmp_path: Path) -> None:
    columns = column_map(tmp_path)
    run(url, table(tmp_path / "a.csv", [row(1)]), column_map=columns)
    before = head_of(url)
    file = table(tmp_path / "a.csv", [row(1), row(2), row(3, status="plan"), row(4, units="x")])
    done = run(url, file, column_map=columns, atomic=True)
    assert _counts(done) == (0, 1, 2, 1)
    assert done.skipped[HELD_BACK] == 1
    assert (done.events, done.head, head_of(url)) == (0, before, before)
    assert [fault["row"] for fault in faults(done)] == ["5"]


@pytest.mark.parametrize("atomic", [False, True])
def test_a_dry_run_counts_as_the_import_would_and_writes_nothing(
    *, atomic: bool, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    columns = column_map(tmp_path)
    file = table(tmp_path / "a.csv", [row(1), row(2), row(1), row(3, status="plan")])
    before = head_of(url)
    dry = run(url, file, column_map=columns, dry_run=True, atomic=atomic)
    assert (dry.head, head_of(url), dry.rejects_file) == (before, before, None)
    assert list(tmp_path.glob("*rejects*")) == []
    named = run(
        url, file, column_map=columns, dry_run=True, atomic=atomic, rejects=tmp_path / "r.csv"
    )
    assert [fault["row"] for fault in faults(named)] == ["4"]
    wet = run(url, file, column_map=columns, atomic=atomic)
    assert _counts(dry) == _counts(named) == _counts(wet)
    assert dry.events == wet.events


@pytest.mark.parametrize(
    ("rows", "said"), [(20, "the first 20 rows are done with"), (0, "no row is in the ledger")]
)
def test_an_import_stopped_by_hand_says_how_far_it_came_and_goes_on(
    rows: int, said: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.service.importing.ROWS_AT_ONCE", 10)
    before = head_of(url)
    events = [party(f"p{n}") for n in range(12)], [party(f"q{n}") for n in range(23)]
    files = [
        lines(tmp_path / f"{name}.jsonl", some) for name, some in zip("ab", events, strict=True)
    ]
    order = Order(files=files, atomic=not rows, rejects=tmp_path / "r.csv", commit_every=10)

    def stop(done: int, size: int) -> None:
        if done > size // 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=f"stopped by hand: {said}. Import the same files again"):
        import_files(url, order, progress=stop)
    assert head_of(url).size - before.size == rows
    assert sorted(one.name for one in tmp_path.glob("*.[jc]s*")) == ["a.jsonl", "b.jsonl"]
    done = import_files(url, order)
    assert (done.appended, done.already_present) == (35 - rows, rows)


def test_an_error_in_the_middle_leaves_whole_commits_and_can_be_repeated(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.service.importing.ROWS_AT_ONCE", 10)
    before = head_of(url)
    file = lines(tmp_path / "a.jsonl", [party(f"p{n}") for n in range(35)])
    ledger = Ledger.open(url)

    def busy(done: int, size: int) -> None:
        if done > size // 2:
            ledger.connection.execute("BEGIN IMMEDIATE")

    monkeypatch.setattr("ledger.store.connection.BUSY_SECONDS", 0)
    with pytest.raises(Conflict, match="can't be written now"):
        import_files(url, Order(files=[file], commit_every=10), progress=busy)
    ledger.connection.execute("ROLLBACK")
    ledger.close()
    assert head_of(url).size == before.size + 20
    assert list(tmp_path.glob("*.part")) == []
    assert _counts(run(url, file)) == (15, 20, 0, 0)


def test_so_many_rows_are_committed_together(url: str, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [party(f"p{n}") for n in range(2_500)])
    seen: list[tuple[int, int]] = []
    before = head_of(url).size
    order = Order(files=[file], commit_every=1_000)
    done = import_files(url, order, progress=lambda at, size: seen.append((at, size)))
    assert _counts(done) == (2_500, 0, 0, 0)
    ledger = Ledger.open(url)
    heads = [size for (size,) in ledger.connection.execute("SELECT size FROM head ORDER BY size")]
    ledger.close()
    assert heads[-3:] == [before + 1_000, before + 2_000, before + 2_500]
    size = file.stat().st_size
    assert [at for at, _ in seen] == sorted(at for at, _ in seen)
    assert seen[-1] == (size, size)


def test_overdue_reservations_expire_before_the_first_row(url: str, tmp_path: Path) -> None:
    reservation = {
        "kind": "lot.reserved",
        "id": "r",
        "on": "2026-12-01",
        "device": "nvidia-h100-sxm",
        "quantity": 1,
        "destination": "BR",
        "exporter": "p",
        "ultimate_consignee": "p",
        "authorization": "us-ear/lpp",
        "hold_until": "2026-06-01",
    }
    with freeze_time("2026-05-01"):
        run(url, lines(tmp_path / "a.jsonl", [party("p"), reservation]))
    again = lines(tmp_path / "b.jsonl", [party("p"), party("q")])
    with freeze_time("2026-06-01"):
        dry = run(url, again, dry_run=True)
        assert not any(isinstance(entry.event, LotReleased) for entry in entries(url))
        done = run(url, again)
    assert _counts(dry) == _counts(done) == (1, 1, 0, 0)
    assert [type(entry.event).__name__ for entry in entries(url)[-2:]] == [
        "LotReleased",
        "PartyRegistered",
    ]


# ---- the examples and the public reports


def test_the_demo_files_go_in_but_for_the_row_in_equivalents(url: str, tmp_path: Path) -> None:
    examples = ROOT / "examples"
    done = run(
        url,
        examples / "demo.jsonl",
        examples / "shipments.csv",
        column_map=examples / "shipments.map.toml",
        rejects=tmp_path / "r.csv",
    )
    assert _counts(done) == (40, 0, 1, 1)
    assert [fault["value"] for fault in faults(done)] == ["A100-equivalents"]


def test_every_public_report_is_accounted_for(url: str, tmp_path: Path) -> None:
    if not PUBLIC.is_file():
        pytest.skip("the shared data folder is not here: ../shared/data/public_shipments.csv")
    columns = ROOT / "examples" / "public_shipments.map.toml"
    before = head_of(url).size
    done = run(url, PUBLIC, column_map=columns, rejects=tmp_path / "r.csv")
    assert (done.rows, *_counts(done)) == (98, 45, 0, 30, 23)

    with PUBLIC.open(encoding="utf-8", newline="") as file:
        reports = dict(enumerate(csv.DictReader(file), start=2))
    new = [entry for entry in entries(url)[before:] if entry.event.kind != "party.registered"]
    placed = {entry.envelope.batch.row: entry.event for entry in new if entry.envelope.batch}
    refused = {int(fault["row"]): fault["reason"] for fault in faults(done)}
    left = set(reports) - set(placed) - set(refused)
    assert (len(placed), len(refused), len(left)) == (45, 23, 30)
    assert Counter(event.kind for event in placed.values()) == {
        "lot.exported": 21,
        "stock.declared": 16,
        "authorization.granted": 8,
    }
    for number, report in reports.items():
        usable = report["accelerator_id"] and report["quantity"]
        home = "CN" if report["exporter"] == "Huawei" else "US"
        if report["destination_iso2"] == home:
            assert "domestic" in refused[number]
        elif not usable:
            assert number in refused
        elif number in placed:
            data = json.loads(placed[number].model_dump_json())
            lot = (data.get("lines") or [data])[0]
            assert str(lot["quantity"]) == report["quantity"]
            assert lot["device"] == report["accelerator_id"]
    again = run(url, PUBLIC, column_map=columns, rejects=tmp_path / "r.csv")
    assert _counts(again) == (0, 45, 30, 23)
    assert again.head == done.head


# ---- any file at all

odd_rows = st.builds(
    lambda order, cells: row(order, **cells),
    st.integers(1, 6),
    st.dictionaries(
        st.sampled_from(COLUMNS[1:]),
        st.one_of(
            st.sampled_from(["", "plan", "odd", "gone", "US", "XX", "-1", "7", "2026-01-01"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8),
        ),
        max_size=3,
    ),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(odd_rows, max_size=12), atomic=st.booleans(), dry_run=st.booleans())
def test_whatever_the_rows_are_each_is_counted_once_and_what_was_appended_is_there(
    *, rows: list[dict[str, str]], atomic: bool, dry_run: bool, url: str, tmp_path: Path
) -> None:
    file = table(tmp_path / "a.csv", rows)
    columns = column_map(tmp_path, MAP.replace('"orders"', f'"{len(entries(url))}"'))
    before = {entry.event.id for entry in entries(url)}
    rejects = tmp_path / "r.csv"
    done = run(url, file, column_map=columns, atomic=atomic, dry_run=dry_run, rejects=rejects)
    assert adds_up(done)
    assert done.rows == len(rows)
    new = [entry for entry in entries(url) if entry.event.id not in before]
    if dry_run or (atomic and done.rejected):
        assert new == []
        return
    assert len(new) == done.events
    own = {entry.envelope.batch.row for entry in new if entry.envelope.batch}
    assert len(own) == done.appended
    again = run(url, file, column_map=columns, rejects=rejects)
    assert (again.appended, again.already_present) == (0, done.appended + done.already_present)
    assert again.rejected == done.rejected
