import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.core.events import LedgerCreated, PackAdopted
from ledger.core.law.pack import digest
from ledger.paths import RULES
from ledger.service.creating import create
from ledger.service.packs import STANDARD
from ledger.service.shell import legal_today
from ledger.store.connection import create_url
from tests.core.builders import adopted, on, party
from tests.store.ledgers import SIZE, entries_of, head_of, opened, path_of, put, stored, verified


def test_a_new_ledger_knows_its_zone_and_every_standard_pack(
    tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    clock.move_to("2026-01-01 03:00:00")
    head, new = create(url, time_zone="America/New_York", actor="ana")
    assert (head.size, new) == (1 + len(STANDARD), True)
    first, *rest = entries_of(url)
    assert isinstance(first.event, LedgerCreated)
    assert first.event.time_zone == "America/New_York"
    assert first.event.on == on("2025-12-31")
    assert (first.envelope.actor, first.envelope.recorded_at) == (
        "ana",
        "2026-01-01T03:00:00.000000Z",
    )
    packs = [entry.event for entry in rest]
    texts = [(RULES / name).read_text(encoding="utf-8") for name in STANDARD]
    assert [pack.digest for pack in packs if isinstance(pack, PackAdopted)] == [
        digest(text) for text in texts
    ]
    with opened(url) as ledger, ledger.reading() as prefix:
        assert legal_today(prefix) == on("2025-12-31")
    verified(url)


def test_a_ledger_whose_creation_was_interrupted_takes_nothing_until_it_is_created(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    create_url(url).close()  # the tables are there, the first entry is not
    with pytest.raises(NotFound, match=r"it holds no entry: .*Create it again: chipledger init"):
        put(url, party("a"))
    assert create(url)[1]
    assert isinstance(entries_of(url)[0].event, LedgerCreated)
    verified(url)


def test_creating_again_changes_nothing(url: str) -> None:
    before = stored(url)
    for zone in (None, "UTC"):
        assert create(url, time_zone=zone) == (head_of(url), False)
    assert stored(url) == before


def test_a_ledger_keeps_its_zone(url: str, tmp_path: Path) -> None:
    before = stored(url)
    with pytest.raises(Conflict, match="--time-zone: the ledger's legal days are those of UTC, no"):
        create(url, time_zone="Asia/Tokyo")
    assert stored(url) == before
    other = f"sqlite:///{tmp_path}/other.db"
    head, _ = create(other, time_zone="Asia/Tokyo")
    assert create(other) == create(other, time_zone="Asia/Tokyo") == (head, False)
    with pytest.raises(Conflict, match="those of Asia/Tokyo, not of UTC"):
        create(other, time_zone="UTC")


def test_creating_again_adopts_a_standard_pack_that_changed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules"
    copytree(RULES, rules)
    newer = (rules / "devices.toml").read_text(encoding="utf-8") + "\n# a newer edition\n"
    (rules / "devices.toml").write_text(newer, encoding="utf-8")
    monkeypatch.setattr("ledger.service.packs.RULES", rules)
    head, new = create(url)
    assert (head.size, new) == (SIZE + 1, False)
    last = entries_of(url)[-1].event
    assert isinstance(last, PackAdopted)
    assert (last.pack, last.digest) == ("devices", digest(newer))


def test_creating_again_goes_back_to_the_shipped_edition(url: str) -> None:
    text = (RULES / "devices.toml").read_text(encoding="utf-8")
    put(url, adopted(text + "\n# another edition\n", event_id="other"))
    create(url)
    last = entries_of(url)[-1].event
    assert isinstance(last, PackAdopted)
    assert last.digest == digest(text)
    head = head_of(url)
    assert create(url) == (head, False)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "America", "../zone", "/etc/passwd", "\0"])
def test_an_unknown_zone_creates_nothing(zone: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--time-zone: unknown time zone '"):
        create(f"sqlite:///{tmp_path}/new.db", time_zone=zone)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_needs_a_folder_and_a_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no folder"):
        create(f"sqlite:///{tmp_path}/no/new.db")
    with pytest.raises(InvalidInput, match="is a folder"):
        create(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("name", ["a?b.db", "a b#c.db", "100%.db", "ü.db"])
def test_any_file_name_will_do(name: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/{name}"
    create(url)
    assert path_of(url).is_file()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_two_ledgers_have_different_ids(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        create(f"sqlite:///{tmp_path}/{name}.db")
        first = entries_of(f"sqlite:///{tmp_path}/{name}.db")[0].event
        assert isinstance(first, LedgerCreated)
        ids.add(first.ledger)
    assert len(ids) == 2


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert create(f"sqlite:///{tmp_path}/empty.db")[1]
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        assert connection.execute("SELECT count(*) FROM head").fetchone() == (1,)
