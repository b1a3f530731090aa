"""Filling a snapshot: what is new is copied once, from either engine, and from one ledger only."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.core.positions import BASIS, Query
from ledger.core.prefix import Head
from ledger.snapshot import filling
from ledger.snapshot.engine import VARIABLE, _limits
from ledger.snapshot.opening import opened, snapshot
from tests.core.builders import adopted, exported, house, licence, on, party, reserved, reversed_
from tests.snapshot.filled import filled, shot, unseen
from tests.store.ledgers import SIZE, fresh, head_of, put

LOTS = (
    exported("L1", on="2025-06-02", quantity=3, document="ITN-1"),
    reserved("R1", on="2025-07-01", quantity=2, hold_until="2099-01-01"),
    exported("L2", on="2025-09-30", quantity=5, end_use="weather", purchaser="seller"),
)


def test_the_first_filling_copies_all_and_the_next_what_is_new(
    any_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "s.duckdb"
    put(any_url, *LOTS[:2])
    assert filled(any_url, file).entries == SIZE + 2
    assert filled(any_url, file).entries == 0
    head = put(any_url, LOTS[2], licence("R9"), party("late"))
    last = filled(any_url, file)
    assert (last.entries, last.head) == (3, head)
    with opened(file, head) as found:
        assert found.engine.execute("SELECT count(*) FROM entry").fetchone() == (head.size,)
        lots = found.engine.execute(
            "SELECT event_id, quantity, tpp, document, end_use, origin, purchaser FROM lot "
            "ORDER BY seq"
        ).fetchall()
        assert lots == [
            ("L1", 3, 3 * 158_320, "ITN-1", "unstated", "US", None),
            ("R1", 2, 2 * 158_320, None, "unstated", "US", None),
            ("L2", 5, 5 * 158_320, None, "weather", "US", "seller"),
        ]
        assert found.prefix.find("L2") == LOTS[2]
        assert found.engine.execute("SELECT size FROM kept.segment ORDER BY 1").fetchall() == [
            (SIZE + 2,),
            (head.size,),
        ]


def test_who_recorded_what_and_when_is_kept(url: str) -> None:
    put(url, LOTS[0])
    with shot(url) as found:
        row = found.engine.execute(
            "SELECT kind, actor, via, CAST(recorded_at AS VARCHAR), batch_file, body FROM entry "
            "WHERE event_id = 'L1'"
        ).fetchone()
    assert row == ("lot.exported", "ana", "api", "2026-01-02 03:04:05", None, None)


def test_what_was_reversed_is_marked_and_facts_that_were_are_left_out(url: str) -> None:
    head = put(url, *LOTS, party("late"), reversed_("X1", "L1"), reversed_("X2", party("late").id))
    with shot(url) as found:
        lots = found.engine.execute("SELECT event_id, reversed_at FROM lot ORDER BY seq").fetchall()
        assert lots == [("L1", head.size - 1), ("R1", None), ("L2", None)]
        late = found.engine.execute("SELECT count(*) FROM party WHERE party = 'late'").fetchone()
        assert late == (0,)


def test_an_earlier_size_does_not_see_what_came_later(url: str) -> None:
    put(url, LOTS[0])
    put(url, LOTS[2], reversed_("X1", "L1"))
    with snapshot(url, as_of=SIZE + 1, progress=unseen) as found:
        lots = found.engine.execute("SELECT event_id, reversed_at FROM lot").fetchall()
        assert lots == [("L1", None)]
        assert found.sealed()["as_of"]["size"] == SIZE + 1


def test_a_size_that_was_not_reached_is_not_found(url: str) -> None:
    with pytest.raises(NotFound, match="not 5000"), snapshot(url, as_of=5000, progress=unseen):
        pass


def test_the_law_that_was_replaced_gives_way_to_the_last_adoption(url: str) -> None:
    limit = (
        'per = ["end_user"]\nbasis = "exported"\nwindow = {{ kind = "calendar-quarter" }}\n'
        "allowance = [{{ tpp = {0} }}]\n"
    )
    put(url, house(limit.format(100)))
    put(url, adopted(house(limit.format(200)).text, event_id="again"))
    with shot(url) as found:
        steps = found.engine.execute("SELECT tpp FROM law_step WHERE cap LIKE 'house/%'").fetchall()
    assert steps == [(2000,)]


def test_every_row_of_law_is_there_with_its_citation(url: str) -> None:
    with shot(url) as found:
        rows = found.engine.execute("SELECT count(*), count(cite) FROM law_row").fetchone()
        packs = found.engine.execute("SELECT pack, digest FROM law_pack ORDER BY seq").fetchall()
    assert rows[0] == rows[1] > 100
    assert packs == [(one.pack, one.digest) for one in found.law.digests]


def test_a_snapshot_of_another_ledger_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = fresh(tmp_path / "other")
    put(other, LOTS[0])
    file = tmp_path / "s.duckdb"
    head = filled(other, file).head
    put(url, LOTS[2])
    with pytest.raises(Conflict, match="of another ledger"):
        filled(url, file)
    with opened(file, head) as found:
        assert found.engine.execute("SELECT event_id FROM lot").fetchall() == [("L1",)]


def test_a_snapshot_of_another_version_is_made_anew(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.duckdb"
    monkeypatch.setattr(filling, "VERSION", "0")
    filled(url, file)
    monkeypatch.undo()
    assert filled(url, file).entries == SIZE


def test_a_file_that_is_no_snapshot_is_left_alone(url: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to be read as one\n" * 500)
    with pytest.raises(InvalidInput, match="can't be opened as a snapshot"):
        filled(url, file)
    assert file.read_text().startswith("not a database")
    with pytest.raises(NotFound, match="no folder"):
        filled(url, tmp_path / "nowhere" / "s.duckdb")


def test_a_filling_that_fails_half_way_leaves_the_snapshot_as_it_was(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.duckdb"
    before = filled(url, file).head
    put(url, *LOTS)

    def stopped(_: int, __: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filling.fill(url, file, progress=stopped)
    with opened(file, before) as found:
        kept = found.engine.execute("SELECT count(*), max(seq) FROM kept.position").fetchone()
        assert kept == (0, None)
    assert filled(url, file).entries == len(LOTS)
    monkeypatch.setattr(filling, "ROWS_AT_ONCE", 2)
    again = filled(url, tmp_path / "in-small-steps.duckdb")
    with opened(again.file, again.head) as small, opened(file, again.head) as found:
        for table in ("entry", "lot", "position", "party"):
            rows = f"SELECT * FROM {table} ORDER BY ALL"  # noqa: S608 -- our own tables
            assert small.engine.execute(rows).fetchall() == found.engine.execute(rows).fetchall()


def test_any_number_read_a_snapshot_that_is_up_to_date(url: str) -> None:
    with shot(url) as one, shot(url) as other:
        assert one.prefix.head == other.prefix.head == head_of(url)


def test_a_snapshot_that_another_program_writes_is_in_use(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess
    import sys

    file = tmp_path / "s.duckdb"
    filled(url, file)
    hold = f"import duckdb; c = duckdb.connect({str(file)!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        monkeypatch.setattr(filling, "TRIES", 2)
        put(url, exported("L9"))
        with pytest.raises(Conflict, match="in use by another program"):
            filled(url, file)
        other.communicate("\n")
    assert filled(url, file).entries == 1


def test_a_ledger_file_has_its_snapshot_beside_it_and_a_server_s_is_named_by_its_id() -> None:
    place = filling.default_file("sqlite:////data/x.db", "id-1")
    assert place == Path("/data/x.db.snapshot.duckdb")
    assert filling.default_file("postgresql+psycopg://h/d", "id-1") == Path(
        "chipledger-id-1.snapshot.duckdb"
    )


def test_the_file_is_read_by_duckdb_alone(url: str, tmp_path: Path) -> None:
    put(url, *LOTS)
    file = tmp_path / "s.duckdb"
    filled(url, file)
    with closing(duckdb.connect(str(file), read_only=True)) as bare:
        found = bare.execute("SELECT sum(units), sum(tpp) FROM kept.drawn").fetchall()
    assert found == [(10, 10 * 158_320)]


def test_the_head_is_the_ledgers(url: str) -> None:
    made = filled(url)
    assert made.head == head_of(url)
    with opened(made.file, Head(SIZE, made.head.root)) as found:
        assert found.prefix.head == made.head


def test_sums_that_need_more_than_64_bits_are_exact(url: str, tmp_path: Path) -> None:
    """No ledger of today comes near; if one does, its sums are still whole numbers."""
    put(url, LOTS[0])
    made = filled(url, tmp_path / "s.duckdb")
    most = 2**63 - 1
    with closing(duckdb.connect(str(made.file))) as bare:
        bare.execute(
            "INSERT INTO kept.monthly SELECT * REPLACE (?::HUGEINT AS tpp) FROM kept.monthly",
            [most],
        )
    query = Query(("party", "destination"), ("buyer",), BASIS["exported"], on("2026-01-01"))
    with opened(made.file, made.head) as found:
        (row,) = found.prefix.draws(query)
    assert row.tpp == most + 3 * 158_320


def test_ids_are_texts_whatever_stands_in_them(url: str) -> None:
    odd = ("a{b}", "a{0}", "a}", "o'neil", "a{{b}}", 'x"y', "a%b", "a?b")
    lots = [exported(one, quantity=n, ultimate_consignee=one) for n, one in enumerate(odd, start=1)]
    put(url, *(party(one, id=f"party {one}") for one in odd), *lots)
    with shot(url) as found:
        for number, one in enumerate(odd, start=1):
            query = Query(("party", "destination"), (one,), BASIS["exported"], on("2026-01-01"))
            (row,) = found.prefix.draws(query)
            assert (row.party, row.units) == (one, number)
            assert [event for event, _ in found.prefix.listed(query)] == [one]
            named = query._replace(authorizations=frozenset({one}))
            assert not [*found.prefix.draws(named)]
            gone = found.prefix.gone(on("2020-01-01"), on("2030-01-01"), (one,))
            assert not gone


def test_what_needs_more_memory_than_a_query_may_hold_says_how_to_give_it(url: str) -> None:
    with shot(url) as found:
        found.engine.execute("SET memory_limit = '20MB'")
        with pytest.raises(Conflict, match="more memory than a query may hold") as caught:
            found.engine.execute("SELECT list(range) FROM range(30000000) GROUP BY range % 7")
    assert f"{VARIABLE}=4GB" in caught.value.sentence


def test_an_amount_of_memory_that_is_none_is_told_and_no_snapshot_is_blamed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limits.cache_clear()
    monkeypatch.setenv(VARIABLE, "lots")
    with pytest.raises(InvalidInput, match="'lots' is no amount of memory") as caught:
        filled(url)
    assert caught.value.sentence.startswith(VARIABLE)
    monkeypatch.setenv(VARIABLE, "2GB")
    with shot(url) as found:
        assert found.engine.execute("SELECT current_setting('memory_limit')").fetchone() == (
            "1.8 GiB",
        )
    _limits.cache_clear()
