"""The quarterly pack: whole or not there, always the same, checked with and without a ledger."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import fastexcel
import polars as pl
import pypdfium2
import pytest
from freezegun import freeze_time

from ledger.checkpoint.verifying import read_key
from ledger.core.errors import InvalidInput, LedgerDamaged
from ledger.core.settings import QUARTERS
from ledger.reporting import packs
from ledger.reporting.filing import check, make
from ledger.reporting.packs import Pack
from ledger.reporting.parameters import Quarter
from ledger.service.proving import signed_head
from ledger.service.settings import change
from ledger.store.ledger import Ledger
from ledger.store.tiles import TILE, peaks
from tests.core.builders import exported
from tests.reporting.example import IGNORED, UNI, example, put_all
from tests.snapshot.filled import unseen
from tests.store.ledgers import tamper

TODAY = "2026-11-23T10:00:00Z"
TODAY_ON = date(2026, 11, 23)


def made(url: str, out: Path, quarter: str = "2026Q3", against: Path | None = None) -> Pack:
    with freeze_time(TODAY, ignore=IGNORED):
        return make(url, quarter, out, against=against, progress=unseen)


@pytest.fixture(scope="module")
def filed(example_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of 2026Q3 of the example; a test that changes it takes a copy."""
    return made(example_url, tmp_path_factory.mktemp("filed") / "2026Q3").folder


@pytest.fixture
def copied(filed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filed, tmp_path / "copy"))


def differences(folder: Path, url: str | None = None, key: str | None = None) -> tuple[str, ...]:
    verifier = None if key is None else read_key(key)
    return check(folder, url, key=verifier, progress=unseen).differences


def test_a_pack_has_all_of_it_and_names_it(filed: Path, example_url: str) -> None:
    manifest = json.loads((filed / "manifest.json").read_text(encoding="utf-8"))
    names = [one["name"] for one in manifest["reports"]]
    assert names == list(packs.contents(Quarter.of(TODAY_ON), TODAY_ON))
    files = set(manifest["files"])
    assert {f"tables/{name}.{kind}" for name in names for kind in ("csv", "parquet")} < files
    assert {"quarterly-2026Q3.xlsx", "quarterly-2026Q3.pdf", "quarterly-2026Q3.html"} < files
    assert {"head.checkpoint", "pictures/headroom.svg"} < files
    assert files == {
        one.relative_to(filed).as_posix() for one in filed.rglob("*") if one.is_file()
    } - {"manifest.json"}
    assert manifest["as_of"]["root"] == signed_head(example_url).head.root
    assert len(manifest["law"]) == 8
    assert manifest["reports"][0]["parameters"] == {"quarter": "2026Q3"}


def test_the_cover_says_what_the_tables_sum_to(filed: Path) -> None:
    cover = pypdfium2.PdfDocument(filed / "quarterly-2026Q3.pdf")[0].get_textpage()
    said = cover.get_text_range()
    lots = pl.read_parquet(filed / "tables" / "lots.parquet")
    assert f"{lots.height:,}" in said
    assert f"{lots['standing_units'].sum():,}" in said
    assert "Compliance report 2026Q3" in said
    assert "Prepared by" in said
    page = (filed / "quarterly-2026Q3.html").read_text(encoding="utf-8")
    tpp = sum(lots["standing_tpp"].to_list())
    assert f"{tpp:,f}".removesuffix(".0") in page


def test_balances_of_consecutive_quarters_meet(example_url: str, tmp_path: Path) -> None:
    second = made(example_url, tmp_path / "q2", "2026Q2")
    third = made(example_url, tmp_path / "q3", "2026Q3")
    before, after = (one.ran[0].table for one in (second, third))
    opening = {row[:2]: row[3] for row in after.rows()}
    closing = {row[:2]: row[9] for row in before.rows()}
    assert opening == closing


def test_the_same_quarter_again_is_the_same_bytes(
    filed: Path, example_url: str, tmp_path: Path
) -> None:
    again = made(example_url, tmp_path / "again").folder
    for file in sorted(filed.rglob("*")):
        if file.is_file():
            assert file.read_bytes() == (again / file.relative_to(filed)).read_bytes(), file.name


def test_what_is_filed_is_not_overwritten(copied: Path, example_url: str) -> None:
    before = (copied / "manifest.json").read_bytes()
    with pytest.raises(InvalidInput, match="there is something in"):
        made(example_url, copied)
    assert (copied / "manifest.json").read_bytes() == before


def test_a_pack_that_fails_half_way_is_not_there(
    example_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(packs, "_tables", broken)
    with pytest.raises(KeyboardInterrupt):
        made(example_url, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()
    monkeypatch.undo()
    assert made(example_url, tmp_path / "pack").folder.is_dir()
    assert [one.name for one in tmp_path.iterdir()] == ["pack"]


@pytest.mark.parametrize("quarter", ["2031Q1", "1999Q4", "last", "2026q1"])
def test_any_quarter_gives_a_pack(quarter: str, example_url: str, tmp_path: Path) -> None:
    pack = made(example_url, tmp_path / "pack", quarter)
    assert differences(pack.folder) == ()


def test_what_is_no_quarter_is_told(example_url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected a quarter such as 2026Q3"):
        made(example_url, tmp_path / "pack", "2026-07")


# ---- verifying


def test_a_pack_is_equal_alone_with_its_key_and_with_its_ledger(
    filed: Path, example_url: str
) -> None:
    assert differences(filed) == ()
    key = signed_head(example_url).key
    assert key is not None
    found = check(filed, example_url, key=read_key(key), progress=unseen)
    assert (found.equal, found.signature, found.derived) == (True, "valid", True)
    assert differences(filed, example_url) == ()


def test_a_pack_stays_equal_when_the_ledger_grows(tmp_path: Path) -> None:
    url = example(tmp_path)
    pack = made(url, tmp_path / "pack")
    put_all(url, (exported("later/1", on="2026-08-01", quantity=3, **UNI),))
    assert differences(pack.folder, url) == ()


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed byte": (
        lambda pack: (pack / "tables" / "lots.csv").write_text("on_day\n", encoding="utf-8"),
        "tables/lots.csv was changed",
    ),
    "a lost file": (
        lambda pack: (pack / "quarterly-2026Q3.pdf").unlink(),
        "quarterly-2026Q3.pdf is missing",
    ),
    "a file too many": (
        lambda pack: (pack / "letter.txt").write_text("dear sir", encoding="utf-8"),
        "letter.txt is not named",
    ),
}


@pytest.mark.parametrize("what", sorted(CHANGES))
def test_what_was_changed_in_a_pack_is_found(what: str, copied: Path) -> None:
    change, said = CHANGES[what]
    change(copied)
    (found,) = differences(copied)
    assert found.startswith(said)


def forged(folder: Path, **changes: object) -> None:
    """Change the manifest, and let it name the files as they are."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"files": packs.digests(folder), **changes}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_manifest_that_was_changed_with_its_file_is_found_by_the_ledger(
    copied: Path, example_url: str
) -> None:
    file = copied / "tables" / "balances.parquet"
    table = pl.read_parquet(file)
    changed = table.with_columns(pl.col("closing_tpp") + pl.lit(1).cast(table["closing_tpp"].dtype))
    changed.write_parquet(file)
    forged(copied)
    assert differences(copied) == ()
    (found,) = differences(copied, example_url)
    assert "balances, row 1 (cap us-ear/allocation/country, holder AE), column closing_tpp" in found
    assert "filed 2100000001.0, derived 2100000000.0" in found


def test_every_file_of_a_pack_is_made_again(copied: Path, example_url: str) -> None:
    for name in ("tables/lots.csv", "quarterly-2026Q3.xlsx", "pictures/flows.svg"):
        (copied / name).write_text("forged", encoding="utf-8")
    forged(copied)
    found = differences(copied, example_url)
    assert [one.partition(" is not what")[0] for one in sorted(found)] == [
        "pictures/flows.svg",
        "quarterly-2026Q3.xlsx",
        "tables/lots.csv",
    ]


FORGERIES: dict[str, tuple[dict[str, object], str]] = {
    "another law": ({"law": []}, "law is [], the ledger gives"),
    "another zone": ({"time_zone": "Asia/Tokyo"}, "time_zone is Asia/Tokyo"),
    "another day": ({"made_on": "2026-11-01"}, "of duties it says"),
    "no reports": ({"reports": []}, "of balances it says None"),
    "a restatement": ({"restates": {"as_of": 1}}, "it restates"),
}


@pytest.mark.parametrize("what", sorted(FORGERIES))
def test_a_manifest_that_says_otherwise_is_found_by_the_ledger(
    what: str, copied: Path, example_url: str
) -> None:
    changes, said = FORGERIES[what]
    forged(copied, **changes)
    found = differences(copied, example_url)
    if what == "a restatement":  # its pack is not named, so that this much can't be said
        assert check(copied, example_url, progress=unseen).notes
    else:
        assert any(said in one for one in found)


def test_a_report_that_was_left_out_is_found_by_the_ledger(copied: Path, example_url: str) -> None:
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    for kind in ("csv", "parquet"):
        (copied / "tables" / f"breaches.{kind}").unlink()
    forged(copied, reports=[one for one in manifest["reports"] if one["name"] != "breaches"])
    found = " ".join(differences(copied, example_url))
    assert "of breaches it says None" in found
    assert "breaches.parquet can't be read" in found


def test_a_pack_whose_signature_was_taken_away_is_found_by_the_key(
    copied: Path, example_url: str
) -> None:
    (copied / "head.checkpoint").unlink()
    forged(copied, signed=False)
    key = signed_head(example_url).key
    assert differences(copied, key=key) == ("the pack is not signed",)


def test_a_snapshot_that_was_changed_fools_nobody(tmp_path: Path) -> None:
    url = example(tmp_path)
    pack = made(url, tmp_path / "pack")
    snapshot = Path(f"{tmp_path}/example.db.snapshot.duckdb")
    with closing(duckdb.connect(str(snapshot))) as raw:
        raw.execute("UPDATE kept.position SET units = units * 2, tpp = tpp * 2")
        raw.execute("UPDATE kept.drawn SET units = units * 2, tpp = tpp * 2")
    assert differences(pack.folder, url) == ()
    forged_pack = made(url, tmp_path / "forged")
    assert any("lots, row 1" in one for one in differences(forged_pack.folder, url))


def test_a_sheet_that_is_full_says_what_is_left(
    example_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "MOST_ROWS", 2)
    pack = made(example_url, tmp_path / "pack")
    book = fastexcel.read_excel(pack.folder / "quarterly-2026Q3.xlsx")
    cells = book.load_sheet("lots", header_row=None, dtypes="string").to_polars().rows()
    lots = pack.ran[1]
    assert len(cells) == 1 + 2 + 2
    total = lots.totals()[[one.name for one in lots.report.columns].index("shipped_units")]
    assert total is not None
    assert float(str(cells[3][5])) == total
    assert str(cells[4][0]).startswith(f"{lots.table.height - 2} more rows are in CSV and Parquet")


def test_a_head_that_is_another_is_found(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    manifest["as_of"]["root"] = "ab" * 32
    (copied / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (found,) = differences(copied)
    assert found.startswith("head.checkpoint is of head")


def test_a_head_that_another_key_signed_is_found(filed: Path, tmp_path: Path) -> None:
    other = example(tmp_path)
    key = signed_head(other).key
    assert key is not None
    (found,) = differences(filed, key=key)
    assert found.startswith("head.checkpoint: ")


def test_another_ledger_and_one_that_has_not_come_so_far_differ(
    filed: Path, url: str, tmp_path: Path
) -> None:
    (found,) = differences(filed, url)
    assert "has not reached the pack's head" in found
    theirs = example(tmp_path)
    found = " ".join(differences(filed, theirs))
    assert "ledger is ledger-" in found
    assert "as_of is" in found


def test_a_ledger_with_another_tree_differs(tmp_path: Path) -> None:
    url = example(tmp_path)
    pack = made(url, tmp_path / "pack")
    with closing(Ledger.open(url)) as ledger:
        other = peaks([bytes(32)] * (ledger.head().size % TILE))
        tamper(ledger.connection, "UPDATE entry SET leaf_hash = zeroblob(32)")
        tamper(ledger.connection, "UPDATE tile SET nodes = ? WHERE length(nodes) < 8192", (other,))
    (found,) = differences(pack.folder, url)
    assert "as_of is" in found


def test_a_ledger_whose_tree_is_not_that_of_its_entries_is_damaged(tmp_path: Path) -> None:
    url = example(tmp_path)
    pack = made(url, tmp_path / "pack")
    with closing(Ledger.open(url)) as ledger:
        tamper(ledger.connection, "UPDATE tile SET nodes = zeroblob(length(nodes))")
    with pytest.raises(LedgerDamaged, match="of the Merkle tree is not what the entries give"):
        differences(pack.folder, url)


def test_a_folder_that_is_no_pack_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no pack that can be read"):
        differences(tmp_path)
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InvalidInput, match="holds no pack that can be read"):
        differences(tmp_path)


def test_a_pack_of_quarters_of_another_month_is_made_again_as_it_was(
    tmp_path: Path,
) -> None:
    """The settings are those of the day on which it was made, whatever they are today."""
    url = example(tmp_path)
    change(url, QUARTERS, "2", reason="our year begins in February", on=date(2026, 1, 1))
    pack = made(url, tmp_path / "pack")
    assert pack.manifest["quarters_begin_in"] == 2
    page = (pack.folder / "quarterly-2026Q3.html").read_text(encoding="utf-8")
    assert "legal days in UTC, quarters from the first of February on" in page
    assert pack.ran[1].about()["parameters"] == {"from": "2026-08-01", "until": "2026-10-31"}
    change(url, QUARTERS, "1", reason="no longer", on=date(2026, 11, 21))
    assert differences(pack.folder, url) == ()
