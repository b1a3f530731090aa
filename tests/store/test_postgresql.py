"""What is PostgreSQL's own: its locks, roles, schemas, connections, and attacks of its owner."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, Final

import psycopg
import pytest

from ledger.core.errors import Conflict, InvalidInput, LedgerDamaged, NotFound
from ledger.service.checking import check
from ledger.store import connection as connections
from ledger.store import postgresql
from ledger.store.connection import KEPT, create_url, open_url
from ledger.store.ledger import Ledger
from ledger.store.postgresql import CHANGES, PostgresConnection, told
from ledger.store.tables import METADATA
from ledger.store.verification import verify
from tests.core.builders import exported, party
from tests.store.ledgers import (
    MARK,
    SIZE,
    entries_of,
    head_of,
    opened,
    put,
    stored,
    verified,
)
from tests.store.servers import admin, database_of, drop, empty_database, url_of

SECRET: Final = "s3cret"  # noqa: S105 -- of a test


def asked(url: str, sql: str) -> list[tuple[Any, ...]]:
    """What a superuser does to the database of a ledger."""
    with closing(admin(url)) as connection:
        done = connection.execute(sql)
        return done.fetchall() if done.description else []


def raw_of(ledger: Ledger) -> "psycopg.Connection[tuple[Any, ...]]":
    assert isinstance(ledger.connection, PostgresConnection)
    return ledger.connection.raw


# ---- what keeps the entries


@pytest.mark.parametrize("table", KEPT)
def test_a_kept_table_refuses_to_be_emptied(table: str, server_url: str) -> None:
    before = stored(server_url)
    with opened(server_url) as ledger, pytest.raises(Conflict, match=f"{table} is append-only"):
        ledger.connection.execute(f"TRUNCATE {table}")
    assert stored(server_url) == before


TOOTHLESS: Final = {
    "dropped": "DROP TRIGGER entry_no_update ON entry",
    "switched off": "ALTER TABLE entry DISABLE TRIGGER entry_no_update",
    "for replicas only": "ALTER TABLE entry ENABLE REPLICA TRIGGER entry_no_update",
    "never": "DROP TRIGGER entry_no_update ON entry; CREATE TRIGGER entry_no_update BEFORE UPDATE "
    "ON entry FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION append_only()",
    "of one column": "DROP TRIGGER entry_no_update ON entry; CREATE TRIGGER entry_no_update BEFORE "
    "UPDATE OF kind ON entry FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    "of another change": "DROP TRIGGER entry_no_update ON entry; CREATE TRIGGER entry_no_update "
    "BEFORE INSERT ON entry FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    "each row": "DROP TRIGGER entry_no_update ON entry; CREATE TRIGGER entry_no_update BEFORE "
    "UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION append_only()",
}


@pytest.mark.parametrize("attack", TOOTHLESS.values(), ids=TOOTHLESS)
def test_a_trigger_that_no_longer_bites_is_found(attack: str, damaged_server_url: str) -> None:
    asked(damaged_server_url, attack)
    with pytest.raises(LedgerDamaged, match="entry: the trigger that refuses UPDATE is gone or ch"):
        verified(damaged_server_url)


def test_every_trigger_that_is_dropped_is_missed_by_name(damaged_server_url: str) -> None:
    for table in KEPT:
        for change in CHANGES:
            name = f"{table}_no_{change.lower()}"
            asked(damaged_server_url, f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            with pytest.raises(LedgerDamaged, match=f"{table}: the trigger that refuses {change} "):
                verified(damaged_server_url)
            asked(damaged_server_url, f"ALTER TABLE {table} ENABLE TRIGGER {name}")
    assert verified(damaged_server_url).entries == SIZE


def test_a_function_that_lets_changes_pass_is_found(damaged_server_url: str) -> None:
    asked(
        damaged_server_url,
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NULL; END'",
    )
    with pytest.raises(LedgerDamaged, match="refuses UPDATE is gone or changed"):
        verified(damaged_server_url)


INVENTED: Final = (
    "INSERT INTO position SELECT 12, 0, '2025-01-01', 'exported', 'h100', 'buyer', 'BR', 1, 1, "
    "'x', '', '', '', ''"
)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("UPDATE entry SET body = body || '\\x20' WHERE seq = 12", "entry 12: its body is not"),
        ("UPDATE entry SET leaf_hash = '' WHERE seq = 12", "entry 12: the leaf hash is , comp"),
        ("DELETE FROM entry WHERE seq = 12", "entry 12: the next entry is 13"),
        ("DELETE FROM entry WHERE seq = 17", "entry 17: the head says 17 entries"),
        ("DELETE FROM head WHERE size > 10", "entry 10: .* the last head has 9"),
        ("UPDATE head SET root = '\\x00'", "entry 9: the root of the head is 00, computed"),
        ("UPDATE registry SET subject = 'x' WHERE seq = 12", "registry: the derived table"),
        ("DELETE FROM registry WHERE seq = 12", "registry: .* lacks a row"),
        (INVENTED, "position: .* has a row that the entries do not give"),
    ],
)
def test_what_a_superuser_does_past_the_triggers_is_found_where_it_was_done(
    attack: str, said: str, damaged_server_url: str
) -> None:
    asked(damaged_server_url, f"SET session_replication_role = replica; {attack}")
    with pytest.raises(LedgerDamaged, match=said):
        verified(damaged_server_url)


@pytest.mark.parametrize("lost", ["entry", "head"])
def test_a_ledger_that_lost_a_table_is_damaged_and_not_made_anew(
    lost: str, damaged_server_url: str
) -> None:
    asked(damaged_server_url, f"DROP TABLE {lost}")
    for use in (open_url, create_url):
        with pytest.raises(LedgerDamaged, match=r"has lost its entries or heads. Restore it from"):
            use(damaged_server_url)
    assert asked(damaged_server_url, f"SELECT to_regclass('{lost}')") == [(None,)]


def test_a_derived_table_that_is_gone_is_damage_that_a_rebuild_cures(
    damaged_server_url: str,
) -> None:
    asked(damaged_server_url, "DROP TABLE day_total")
    with pytest.raises(LedgerDamaged, match=r"table of the ledger is missing .*day_total.*rebui"):
        verified(damaged_server_url)


# ---- text, numbers and bytes


def test_every_text_of_every_table_is_compared_byte_by_byte(server_url: str) -> None:
    found = asked(
        server_url,
        "SELECT table_name, column_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'text'",
    )
    assert {row[0] for row in found} == set(METADATA.tables) - {"tile", "head"}
    assert {row[2] for row in found} == {"C"}


def test_a_nul_that_the_server_can_not_hold_is_bad_input(server_url: str) -> None:
    """Events never hold one: the core refuses it on either engine."""
    with opened(server_url) as ledger, pytest.raises(InvalidInput, match="a text can't be kept"):
        ledger.connection.execute("SELECT 1 FROM entry WHERE event_id = ?", ("a\0b",))


# ---- one writer


def test_a_writer_sees_what_was_committed_while_it_waited(server_url: str) -> None:
    """The lock is given before the state is read: else the second would append at the old head."""
    waits = Event()

    def second() -> int:
        with opened(server_url) as ledger:
            waits.set()
            with ledger.writing() as writer:
                return writer.append(party("second"), MARK).seq

    with ThreadPoolExecutor(1) as pool, opened(server_url) as first:
        with first.writing() as writer:
            place = writer.append(party("first"), MARK).seq
            future = pool.submit(second)
            waits.wait()
            _until_somebody_waits_for_a_lock(server_url)
        assert (place, future.result()) == (SIZE + 1, SIZE + 2)


def _until_somebody_waits_for_a_lock(url: str) -> None:
    sql = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    while asked(url, sql) == [(0,)]:
        pass


def test_a_connection_writes_again_and_again(server_url: str) -> None:
    """The driver prepares what is asked often; beginning to write is not to be prepared."""
    with opened(server_url) as ledger:
        for number in range(12):
            with ledger.writing() as writer:
                assert writer.append(party(f"p{number}"), MARK).seq == SIZE + 1 + number
        prepared = raw_of(ledger).execute("SELECT statement FROM pg_prepared_statements").fetchall()
    assert not any("advisory" in statement for (statement,) in prepared)


def test_reading_keeps_what_the_driver_has_prepared(server_url: str) -> None:
    with opened(server_url) as ledger:
        for _ in range(8):
            with ledger.reading() as prefix:
                prefix.find("ledger")
        prepared = raw_of(ledger).execute("SELECT statement FROM pg_prepared_statements").fetchall()
    assert any("FROM head" in statement for (statement,) in prepared)


def test_no_bound_is_no_wait_and_not_a_wait_for_ever(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0)
    with opened(server_url) as ledger, ledger.writing():
        assert ledger.connection.execute("SHOW lock_timeout").fetchone() == ("1ms",)


def test_every_commit_waits_for_the_disk_whatever_the_role_prefers(server_url: str) -> None:
    name = database_of(server_url)
    asked(server_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    with opened(server_url) as ledger, ledger.writing():
        assert ledger.connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_writer_that_falls_silent_loses_its_turn(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that vanished with its network does not hold the ledger for ever."""
    before = stored(server_url)
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 1)
    with opened(server_url) as silent:
        with pytest.raises(Conflict, match="can't be reached or written now"):
            falls_silent(silent, server_url)
        assert not silent.connection.in_transaction
    assert head_of(server_url).size == SIZE + 1
    assert stored(server_url) != before
    assert [one.event.id for one in entries_of(server_url)][-1] == "party-b-2020-01-01"


def falls_silent(ledger: Ledger, url: str) -> None:
    with ledger.writing() as writer:
        writer.append(party("a"), MARK)
        put(url, party("b"))  # waits for its turn, and gets it


# ---- connections that fail


def test_a_connection_lost_in_the_middle_leaves_nothing_behind(server_url: str) -> None:
    before = stored(server_url)
    with opened(server_url) as ledger:
        with pytest.raises(Conflict, match=r"can't be reached or written now \(.*try again"):
            cut_off(ledger, server_url)
        with pytest.raises(Conflict, match="can't be reached"):
            ledger.head()
    assert stored(server_url) == before


def cut_off(ledger: Ledger, url: str, error: Exception | None = None) -> None:
    """Lose the connection after everything was written and before it is committed."""
    with ledger.writing() as writer:
        writer.append(exported("e1"), MARK)
        writer.finish()
        asked(url, f"SELECT pg_terminate_backend({raw_of(ledger).info.backend_pid}, 5000)")
        if error is not None:
            raise error


def test_what_went_wrong_is_told_although_the_server_is_gone_too(server_url: str) -> None:
    wrong = NotFound("no lot of the test")
    with opened(server_url) as ledger, pytest.raises(NotFound, match="no lot of the test"):
        cut_off(ledger, server_url, wrong)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://ana:s3cret@127.0.0.1:1/ledger", "refused"),
        ("postgresql+psycopg://ana:s3cret@/ledger?host=/nowhere/at/all", "No such file"),
        ("postgresql://ana@127.0.0.1:1/ledger?password=s3cret", "refused"),
    ],
)
def test_a_server_that_is_not_there_is_not_found(url: str, said: str) -> None:
    for use in (open_url, create_url):
        with pytest.raises(NotFound, match=rf"can't connect to postgresql.*ana@.*{said}") as caught:
            use(url)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://ana:s3cret/x@host/ledger",
        "postgresql+psycopg://ana:s3cret@x@host/ledger",
        "postgresql+psycopg://ana:s3cret?x@host/ledger",
        "postgresql+psycopg://ana:s3cret%zz@host/ledger",
        "postgresql+psycopg://ana:s3cret@host/ledger?no_such_option=1",
        "postgres://ana:s3cret@host/ledger",
    ],
)
def test_a_url_that_can_not_be_read_says_so_without_its_password(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"ledger URL .*[Ww]rite .*postgresql") as caught:
        open_url(url)
    assert SECRET not in str(caught.value)


def test_a_database_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match='database "nowhere" does not exist'):
        open_url(url_of("nowhere"))


def test_a_database_without_a_ledger_holds_none(empty_server_url: str) -> None:
    with pytest.raises(NotFound, match=r"holds no ledger. Create one: chipledger init"):
        open_url(empty_server_url)


def test_a_database_that_can_not_hold_every_letter_is_refused() -> None:
    url = empty_database("TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    with pytest.raises(InvalidInput, match=r"is encoded as LATIN1. Create it with ENCODING 'UTF8'"):
        create_url(url)
    drop(url)


def test_a_wrong_password_is_told_and_never_shown(server_url: str) -> None:
    _needs_a_password("keyed")
    name = database_of(server_url)
    asked(server_url, f"GRANT pg_read_all_data TO keyed; GRANT ALL ON DATABASE {name} TO keyed")
    wrong = url_of(name, user=f"keyed:{SECRET}")
    with pytest.raises(NotFound, match=r"keyed.* password authentication failed") as caught:
        open_url(wrong)
    assert SECRET not in str(caught.value)
    with opened(url_of(name, user="keyed:the%40right%2Fone")) as ledger:
        assert ledger.head() == head_of(server_url)


def _needs_a_password(role: str) -> None:
    """A role that the server asks for a password, as it asks nobody else in the tests."""
    with closing(admin()) as connection:
        connection.execute("SELECT pg_advisory_lock(3)")
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            return
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'the@right/one'")
        (file,) = connection.execute("SHOW hba_file").fetchone() or ("",)
        rules = Path(str(file))
        text = rules.read_text(encoding="utf-8")
        rules.write_text(f"local all {role} scram-sha-256\n{text}", encoding="utf-8")
        connection.execute("SELECT pg_reload_conf()")
        while connection.execute(
            "SELECT count(*) FROM pg_hba_file_rules WHERE %s = ANY (user_name)", (role,)
        ).fetchone() != (1,):
            pass


# ---- roles


@pytest.fixture
def role() -> Iterator[str]:
    """A role without any right."""
    name = f"role{os.getpid()}"
    with closing(admin()) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
        yield name
        connection.execute(f"DROP ROLE IF EXISTS {name}")


def test_a_role_without_rights_is_told_so(role: str, server_url: str) -> None:
    with pytest.raises(Conflict, match=r"permission denied for table .*the user may"):
        open_url(url_of(database_of(server_url), user=role))


def test_a_role_that_may_not_create_is_told_so(role: str, empty_server_url: str) -> None:
    with pytest.raises(Conflict, match=r"permission denied for schema public.*the user may"):
        create_url(url_of(database_of(empty_server_url), user=role))
    assert asked(empty_server_url, "SELECT to_regclass('entry')") == [(None,)]


def test_a_reader_reads_and_verifies_and_writes_nothing(role: str, server_url: str) -> None:
    put(server_url, exported("e1", quantity=3))
    asked(server_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    url = url_of(database_of(server_url), user=role)
    request = {
        "device": "h100",
        "quantity": 1,
        "destination": "BR",
        "ultimate_consignee": "buyer",
        "exporter": "seller",
        "on": "2025-09-01",
    }
    assert check(url, request).decision == check(server_url, request).decision
    assert verified(url) == verified(server_url)
    with pytest.raises(Conflict, match=r"permission denied for table .*the user may write"):
        put(url, party("a"))
    asked(server_url, f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")


# ---- two ledgers in one database


def test_two_schemas_hold_two_ledgers_that_know_nothing_of_each_other(server_url: str) -> None:
    before = stored(server_url)
    asked(server_url, "CREATE SCHEMA north; CREATE SCHEMA south")
    name = database_of(server_url)
    north, south = (url_of(name, options=f"-csearch_path%3D{one}") for one in ("north", "south"))
    with pytest.raises(NotFound, match="holds no ledger"):
        open_url(north)
    for url in (north, south):
        with closing(create_url(url)) as made:
            assert made.execute("SELECT count(*) FROM entry").fetchall() == [(0,)]
    asked(server_url, "DROP FUNCTION south.append_only CASCADE")
    with (
        closing(Ledger.create(north)) as one,
        closing(Ledger.create(south)) as other,
        one.writing() as first,
    ):
        first.append(party("a"), MARK)
        with other.writing() as second:  # has a lock of its own
            second.append(party("b"), MARK)
    assert verified(north).entries == 1
    with pytest.raises(LedgerDamaged, match="trigger"):
        verified(south)
    assert stored(server_url) == before


def test_a_schema_that_is_not_there_is_not_found(empty_server_url: str) -> None:
    url = url_of(database_of(empty_server_url), options="-csearch_path%3Dnowhere")
    with pytest.raises(NotFound, match="has no schema to create a ledger in"):
        create_url(url)


def test_tables_of_another_program_are_left_alone(empty_server_url: str) -> None:
    asked(empty_server_url, "CREATE TABLE entry (x int)")
    with pytest.raises(Conflict, match=r"stands in the way .*entry.* empty schema"):
        create_url(empty_server_url)
    asked(empty_server_url, "DROP TABLE entry; CREATE TABLE alembic_version (version_num text)")
    asked(empty_server_url, "INSERT INTO alembic_version VALUES ('4711abcd')")
    with pytest.raises(Conflict, match="are those of another program or of a newer version"):
        create_url(empty_server_url)
    found = asked(empty_server_url, "SELECT relname FROM pg_class WHERE relnamespace = "
                  "'public'::regnamespace AND relkind = 'r'")  # fmt: skip
    assert found == [("alembic_version",)]


# ---- damage that the server itself finds


def test_a_page_that_the_server_can_not_read_is_damage() -> None:
    class Torn(psycopg.errors.DataCorrupted):
        """As the server tells it of a page whose checksum is wrong."""

    found = told(Torn("invalid page in block 7 of relation base/5/16397"))
    assert isinstance(found, LedgerDamaged)
    assert "invalid page in block 7" in found.sentence


def test_a_verification_of_a_server_ledger_is_over_with_its_transaction(server_url: str) -> None:
    with opened(server_url) as ledger:
        verify(ledger)
        assert not ledger.connection.in_transaction
