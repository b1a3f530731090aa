"""Damage ends in status 5 and names its place, whichever command meets it."""

import sqlite3
from contextlib import closing

import pytest

from ledger.store.connection import KEPT
from tests.cli.running import LOT, Cli, runner
from tests.core.builders import exported, reserved
from tests.store.ledgers import CREATED, SIZE, head_of, path_of, put, stored, tamper


@pytest.fixture
def damaged(damaged_url: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line on a ledger that the test damages."""
    put(damaged_url, exported("e1"), reserved("r1", hold_until="2099-01-01"))
    return runner(capsys, "--ledger", damaged_url)


def attack(url: str, *changes: str) -> None:
    """Change the file as its owner can."""
    with closing(sqlite3.connect(path_of(url))) as connection:
        for one in changes:
            tamper(connection, one)
        connection.commit()


def test_a_sound_ledger_is_verified(url: str, cli: Cli) -> None:
    put(url, exported("e1"))
    head = head_of(url)
    before = stored(url)
    ran = cli("verify")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"verified  {SIZE + 1} entries in 3 commits, 1 movements",
        f"head {SIZE + 1}, root {head.root}",
    ]
    assert cli("verify", "--json").data == {
        "verified": True,
        "entries": SIZE + 1,
        "commits": 3,
        "movements": 1,
        "head": {"size": SIZE + 1, "root": head.root},
    }
    assert stored(url) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE entry SET body = replace(CAST(body AS TEXT),'h100','x') WHERE event_id = 'e1'",
            f"entry {SIZE + 1}: its body is stored as text",
        ),
        (
            "UPDATE entry SET body = CAST(replace(body,'h100','x') AS BLOB) WHERE event_id='e1'",
            f"entry {SIZE + 1}: the leaf hash is ",
        ),
        ("UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 3", "entry 3: the leaf hash is 00"),
        (
            "UPDATE head SET root = zeroblob(32) WHERE size = (SELECT min(size) FROM head)",
            f"entry {CREATED}: the root of the head is",
        ),
        (
            "UPDATE tile SET nodes = zeroblob(608)",
            "tiles: tile 0/0 of the Merkle tree is not what",
        ),
        (
            "UPDATE position SET units = 9",
            "position: the derived table position has (",
        ),
        ("UPDATE hold SET open_units = 9", "hold: the derived table hold has ("),
        ("DELETE FROM day_total", "day_total: the derived table day_total lacks a row that"),
        (
            "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
            f"entry {SIZE + 2}: the head says {SIZE + 2} entries, {SIZE + 1} are stored",
        ),
        (
            "DELETE FROM head WHERE size = (SELECT max(size) FROM head)",
            f"entry {SIZE + 1}: {SIZE + 2} entries are stored, the last head has",
        ),
    ],
)
def test_damage_ends_in_5_and_names_its_place(
    change: str, said: str, damaged: Cli, damaged_url: str
) -> None:
    attack(damaged_url, change)
    ran = damaged("verify", "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    assert ran.error["message"].startswith(said)
    cure = (
        "as they were written." if "derived table" in said else "restore the ledger from a backup."
    )
    assert ran.error["message"].endswith(cure)
    plain = damaged("verify")
    assert (plain.status, plain.said.startswith(f"ledger-damaged {said}")) == (5, True)


@pytest.mark.parametrize("name", [f"{t}_no_{c}" for t in KEPT for c in ("update", "delete")])
def test_a_dropped_trigger_is_damage(name: str, damaged: Cli, damaged_url: str) -> None:
    with closing(sqlite3.connect(path_of(damaged_url))) as connection:
        connection.execute(f"DROP TRIGGER {name}")
    ran = damaged("verify", "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    table, _, change = name.partition("_no_")
    said = f"{table}: the trigger that refuses {change.upper()} is gone or changed."
    assert ran.error["message"].startswith(said)


@pytest.mark.parametrize("command", ["verify", "headroom", "init", "rules"])
@pytest.mark.parametrize("lost", ["DROP TABLE entry", "DROP TABLE head"])
def test_a_file_that_lost_its_entries_or_heads_is_damaged(
    lost: str, command: str, damaged: Cli, damaged_url: str
) -> None:
    with closing(sqlite3.connect(path_of(damaged_url))) as connection:
        connection.execute(lost)
    ran = damaged(command, "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    assert "has lost its entries or heads. Restore it from a backup." in ran.error["message"]


@pytest.mark.parametrize(
    "tokens",
    [
        ("check", *LOT, "--quantity", "1"),
        ("reserve", *LOT, "--quantity", "1"),
        ("headroom",),
        ("explain", "party-buyer-2020-01-01"),
        ("verify",),
    ],
    ids=lambda tokens: tokens[0],
)
def test_a_command_that_meets_a_damaged_body_stops(
    tokens: tuple[str, ...], damaged: Cli, damaged_url: str
) -> None:
    attack(
        damaged_url,
        "UPDATE entry SET body = x'7b7d' WHERE kind = 'party.registered'",
        "UPDATE entry SET body = x'00' WHERE kind = 'authorization.granted'",
    )
    before = stored(damaged_url)
    ran = damaged(*tokens, "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    assert ran.error["message"].startswith("entry ")
    assert stored(damaged_url) == before


@pytest.mark.parametrize("command", ["verify", "headroom", "init", "rules"])
@pytest.mark.parametrize("kept", [0, 1, 10, 99, 100, 512, 4096, 10_000, 50_000])
def test_a_file_that_is_cut_off_is_damaged_or_no_ledger(
    command: str, kept: int, damaged: Cli, damaged_url: str
) -> None:
    file = path_of(damaged_url)
    file.write_bytes(file.read_bytes()[:kept])
    if command == "init" and kept <= 1:
        return  # SQLite takes it for an empty file, which init makes a ledger.
    ran = damaged(command, "--json")
    assert ran.status in (3, 5)
    assert ran.error["code"] in ("not-found", "ledger-damaged")
    assert str(file) in ran.error["message"] or "the ledger file" in ran.error["message"]


@pytest.mark.parametrize("noise", [b"\x00", b"\xff", b"garbage "])
def test_a_file_of_garbage_is_damaged(noise: bytes, damaged: Cli, damaged_url: str) -> None:
    path_of(damaged_url).write_bytes(noise * 20_000)
    ran = damaged("verify", "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    assert "can't be read" in ran.error["message"]


@pytest.mark.parametrize("page", range(1, 12))
def test_a_page_of_garbage_is_found(page: int, damaged: Cli, damaged_url: str) -> None:
    file = path_of(damaged_url)
    whole = bytearray(file.read_bytes())
    whole[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    file.write_bytes(whole)
    ran = damaged("verify", "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
