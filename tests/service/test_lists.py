"""Adopting screening lists: what is kept, what is refused, and that a change of it is found."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.encoding import event_data
from ledger.core.errors import Conflict, InvalidEvent, InvalidInput, LedgerDamaged, NotFound
from ledger.core.events import ListAdopted
from ledger.screening.lists import read_content, read_list
from ledger.service.creating import create
from ledger.service.lists import adopt, lists, screen
from ledger.service.settings import change
from ledger.store import blobs
from tests.core.builders import list_adopted, on, party, reserved, reversed_
from tests.service import files
from tests.service.published import (
    CRIMSON,
    LISTED,
    PUBLISHED,
    VIOLET,
    Listed,
    adopted_list,
    bearer,
    csv_list,
    fillers,
    json_list,
    snapshot,
)
from tests.store.ledgers import (
    SIZE,
    entries_of,
    head_of,
    opened,
    path_of,
    put,
    stored,
    tamper,
    verified,
)

DAY = on(PUBLISHED)
Form = Callable[[Path], Path]


def events_of(url: str) -> list[ListAdopted]:
    return [one.event for one in entries_of(url) if isinstance(one.event, ListAdopted)]


def content_of(url: str, digest: str) -> list[str]:
    """The entries that stand in the ledger under a digest."""
    with opened(url) as ledger:
        return [one.entry for one in read_content(blobs.get(ledger.connection, digest))]


# ---- what an adoption keeps


@pytest.mark.parametrize("form", [csv_list, json_list, snapshot])
def test_each_form_is_adopted_with_its_day_count_digest_and_contents(
    form: Form, url: str, tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    file = form(tmp_path)
    done = adopt(url, file, published=DAY, actor="ana")
    (event,) = events_of(url)
    assert event == done.event
    assert (event.name, event.on, event.source_on) == ("us-csl", on("2026-03-01"), DAY)
    assert (event.count, event.reason) == (len(LISTED), None)
    assert event.digest == read_list(file).digest
    assert content_of(url, event.digest) == sorted(row.entry for row in LISTED)
    assert done.head == head_of(url)
    clock.tick(1)


def test_every_form_gives_the_same_digest(url: str, tmp_path: Path) -> None:
    found = [adopt(url, form(tmp_path), published=DAY) for form in (csv_list, json_list, snapshot)]
    assert [one.new for one in found] == [True, False, False]
    assert len(events_of(url)) == 1


def test_an_adoption_tells_how_each_part_grew(url: str, tmp_path: Path) -> None:
    first = adopted_list(url, tmp_path, [CRIMSON, *fillers(20)])
    assert (first.by_source, first.before) == ({"EL": 1, "SDN": 20}, {})
    second = adopted_list(url, tmp_path, [CRIMSON, *fillers(21)], day="2025-08-30")
    assert (second.by_source, second.before) == ({"EL": 1, "SDN": 21}, {"EL": 1, "SDN": 20})
    assert second.as_data()["as_of"]["size"] == SIZE + 2


def test_the_same_list_is_adopted_once(
    url: str, tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    first = adopted_list(url, tmp_path)
    before = stored(url)
    clock.move_to("2026-03-09 12:00:00")
    again = adopted_list(url, tmp_path)
    assert (again.new, again.event) == (False, first.event)
    assert stored(url) == before


def test_the_same_contents_of_another_day_are_another_list(url: str, tmp_path: Path) -> None:
    digests = {
        adopted_list(url, tmp_path, day=day).event.digest for day in ("2025-08-29", "2025-08-30")
    }
    assert len(digests) == 1
    assert [str(one.source_on) for one in events_of(url)] == ["2025-08-29", "2025-08-30"]


def test_a_list_that_was_taken_back_can_be_adopted_again(url: str, tmp_path: Path) -> None:
    first = adopted_list(url, tmp_path)
    put(url, reversed_("x", first.event.id))
    assert lists(url).adopted == ()
    again = adopted_list(url, tmp_path)
    assert again.new
    assert again.event.id != first.event.id
    assert lists(url).adopted == (again.event,)


def test_an_adoption_releases_holds_that_are_past_their_day_first(
    url: str, tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", hold_until="2026-02-01"))
    adopted_list(url, tmp_path)
    kinds = [one.event.kind for one in entries_of(url)[SIZE + 1 :]]
    assert kinds == ["lot.released", "list.adopted"]
    clock.tick(1)


# ---- lists that shrank


def counts(sdn: int, el: int) -> list[Listed]:
    return [*fillers(sdn, "SDN"), *fillers(el, "EL")]


def then(url: str, folder: Path, *sizes: tuple[int, int], force: str | None = None) -> ListAdopted:
    """Adopt lists of these sizes (SDN, EL), a day apart; the last one by force, if at all."""
    for number, (sdn, el) in enumerate(sizes):
        last = number == len(sizes) - 1
        done = adopt(
            url,
            csv_list(folder, counts(sdn, el)),
            published=on(f"2025-08-{number + 1:02}"),
            force=force if last else None,
        )
    return done.event


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((94, 100), r"more than 5 %: SDN from 100 to 94\. Get the list again"),
        ((100, 94), r"more than 5 %: EL from 100 to 94\."),
        ((94, 94), r"all from 200 to 188, EL from 100 to 94, SDN from 100 to 94\."),
        ((189, 0), r"more than 5 %: all from 200 to 189, EL from 100 to 0\."),
        ((110, 94), r"more than 5 %: EL from 100 to 94\."),
    ],
)
def test_a_list_that_shrank_as_a_whole_or_in_one_part_is_refused(
    sizes: tuple[int, int], said: str, url: str, tmp_path: Path
) -> None:
    then(url, tmp_path, (100, 100))
    before = stored(url)
    with pytest.raises(Conflict, match=said) as caught:
        then(url, tmp_path, (100, 100), sizes)
    assert caught.value.exit_status == 4
    assert caught.value.cure == "get the list again; if it is right, say why: --force REASON"
    assert stored(url) == before


@pytest.mark.parametrize("sizes", [(95, 100), (95, 95), (100, 100), (400, 95)])
def test_a_list_that_shrank_by_exactly_five_percent_is_taken(
    sizes: tuple[int, int], url: str, tmp_path: Path
) -> None:
    assert then(url, tmp_path, (100, 100), sizes).count == sum(sizes)


def test_a_reason_lets_a_shorter_list_in_and_stands_in_the_event(url: str, tmp_path: Path) -> None:
    event = then(url, tmp_path, (100, 100), (10, 100), force="Syria was delisted")
    assert (event.reason, event.count) == ("Syria was delisted", 110)
    assert events_of(url)[-1] == event


def test_how_much_a_list_may_shrink_is_a_setting_of_today(url: str, tmp_path: Path) -> None:
    change(url, "screening/max-shrink-percent", "50", reason="a test")
    assert then(url, tmp_path, (100, 100), (50, 50)).count == 100
    with pytest.raises(Conflict, match="more than 50 %"):
        then(url, tmp_path, (100, 100), (50, 50), (24, 26))


def test_an_older_list_may_be_adopted_later_for_the_days_it_was_current(
    url: str, tmp_path: Path
) -> None:
    put(url, bearer(CRIMSON))
    adopted_list(url, tmp_path, [VIOLET, *fillers(40)], day="2025-08-29")
    older = adopted_list(url, tmp_path, [CRIMSON], day="2025-07-01")
    assert (older.new, older.before) == (True, {})
    days = ["2025-06-30", "2025-07-01", "2025-08-28", "2025-08-29"]
    found = [len(screen(url, ["crimson"], on=on(day)).hits) for day in days]
    assert found == [1, 1, 1, 0]
    assert [str(one.source_on) for one in lists(url).adopted] == ["2025-07-01", "2025-08-29"]


def test_a_list_is_compared_with_the_one_published_before_it(url: str, tmp_path: Path) -> None:
    adopted_list(url, tmp_path, fillers(40), day="2025-06-01")
    adopted_list(url, tmp_path, fillers(80), day="2025-08-01")
    between = adopted_list(url, tmp_path, fillers(39), day="2025-07-01")
    assert between.before == {"SDN": 40}


# ---- files that are no list, and days that are none


def test_a_table_without_a_day_says_how_to_name_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        adopt(url, csv_list(tmp_path))
    assert caught.value.what == "the file does not say on which day it was published"
    assert caught.value.cure == "name the day: --published YYYY-MM-DD"
    assert head_of(url).size == SIZE


def test_a_day_that_the_file_contradicts_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="it is of 2025-08-29, not of 2025-08-30"):
        adopt(url, json_list(tmp_path), published=on("2025-08-30"))


@pytest.mark.parametrize(("day", "taken"), [("2026-03-01", True), ("2026-03-02", False)])
def test_a_day_that_has_not_come_is_refused(
    day: str,
    taken: bool,
    url: str,
    tmp_path: Path,
    clock: FrozenDateTimeFactory,  # noqa: FBT001 -- a case
) -> None:
    if taken:
        assert adopted_list(url, tmp_path, day=day).new
    else:
        with pytest.raises(InvalidInput, match="the list is of 2026-03-02, which has not come"):
            adopted_list(url, tmp_path, day=day)
        assert head_of(url).size == SIZE
    clock.tick(1)


def test_a_list_of_this_hour_is_taken_where_the_day_begins_later(tmp_path: Path) -> None:
    """At one in the morning in London it is still the day before in New York."""
    url = f"sqlite:///{tmp_path / 'york.db'}"
    create(url, time_zone="America/New_York")
    file = json_list(tmp_path, day="2026-03-01")
    from freezegun import freeze_time

    with freeze_time("2026-03-02 01:00:00", ignore=["_pytest", "xdist", "execnet"]):
        file.write_text(file.read_text().replace("2026-03-01T13:15", "2026-03-02T00:45"))
        assert adopt(url, file).new


BROKEN: dict[str, tuple[str, str]] = {
    "a row of another length": ("EL,1,2,3\n", "row 2: 4 cells, expected 29"),
    "no source": (f"{',' * 5}A Name{',' * 23}\n", "row 2: column source: found nothing"),
    "no name": (f",Entity List (EL){',' * 27}\n", "row 2: column name: found nothing"),
    "another type": (
        f",Entity List (EL),,Ghost,,A Name{',' * 23}\n",
        "row 2: column type: found 'Ghost', expected Entity, Individual",
    ),
    "an open quote": (f',"Entity List{"," * 27}\n', "row 2"),
    "no row at all": ("", "the file lists no party"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_names_row_and_column_and_changes_nothing(
    fault: str, url: str, tmp_path: Path
) -> None:
    adopted_list(url, tmp_path)
    before = stored(url)
    text, said = BROKEN[fault]
    file = csv_list(tmp_path, [])
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        adopt(url, file, published=DAY)
    assert said in caught.value.sentence
    assert str(file) in caught.value.sentence
    assert stored(url) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        '{"results": []}',
        '{"results": [1]}',
        '{"results": [{"name": "A", "source": ""}]}',
        '{"results": [{"name": "A", "source": "B", "type": "C"}]}',
        '{"results": [{"name": "A", "source": "B", "addresses": 5}]}',
        '{"results": [], "sources_used": 5}',
        '{"entries": [], "tables": {}}',
        '{"entries": [{"n": "A", "s": 9}], "tables": {"sources": ["B"]}}',
        '{"entries": [{"n": "A"}], "tables": {"sources": ["B"]}, "sourceGeneratedAt": "May"}',
        '{"a":' * 100_000,
        "name,source\nA,B\n",
        "\x00\x01",
    ],
)
def test_what_is_no_list_is_bad_input_and_changes_nothing(
    text: str, url: str, tmp_path: Path
) -> None:
    before = stored(url)
    file = tmp_path / "list.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput):
        adopt(url, file, published=DAY)
    assert stored(url) == before


def test_a_file_that_is_not_there_is_not_found(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="can't read .*none.csv: No such file"):
        adopt(url, tmp_path / "none.csv", published=DAY)


# ---- an event without its contents


def line_of(event: ListAdopted) -> dict[str, object]:
    data: dict[str, object] = event_data(event)
    return data


def test_an_event_whose_contents_are_missing_is_refused(url: str, tmp_path: Path) -> None:
    file = files.lines(tmp_path / "events.jsonl", [line_of(list_adopted())])
    done = files.run(url, file)
    assert (done.appended, done.rejected.total()) == (0, 1)
    (fault,) = files.faults(done)
    assert "the contents of the list with the digest abab" in fault["reason"]
    assert "Adopt the file itself: chipledger lists adopt FILE" in fault["reason"]
    with pytest.raises(InvalidEvent, match="are not in this ledger"):
        put(url, list_adopted())
    assert head_of(url).size == SIZE


def test_an_event_whose_contents_are_there_goes_in(url: str, tmp_path: Path) -> None:
    event = adopted_list(url, tmp_path).event
    other = event.model_copy(update={"id": "again", "source_on": on("2025-09-30")})
    done = files.run(url, files.lines(tmp_path / "events.jsonl", [line_of(other)]))
    assert done.appended == 1
    assert [one.id for one in lists(url).adopted] == [event.id, "again"]


# ---- verification


def attacked(url: str, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path_of(url))) as connection:
        tamper(connection, sql, values)
        connection.commit()


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("DELETE FROM blob", "blob {digest}: its contents are missing."),
        ("UPDATE blob SET content = x'00'", "blob {digest}: can't be read ("),
        ("UPDATE blob SET content = 'text'", "blob {digest}: "),
        ("UPDATE blob SET content = 7", "blob {digest}: "),
        ("UPDATE blob SET content = NULL", "blob {digest}: "),
        ("UPDATE list_index SET data = x'00'", "list_index {digest}: the index of a screening"),
        ("UPDATE list_index SET data = data || x'00'", "list_index {digest}: the index of a scre"),
        ("UPDATE list_index SET data = 'text'", "list_index {digest}: the index of a screening"),
    ],
)
def test_a_changed_list_is_found(attack: str, said: str, damaged_url: str, tmp_path: Path) -> None:
    event = adopted_list(damaged_url, tmp_path).event
    assert verified(damaged_url).entries == SIZE + 1
    try:
        attacked(damaged_url, attack)
    except sqlite3.IntegrityError:
        return  # the table itself refuses what is no content
    with pytest.raises(LedgerDamaged) as caught:
        verified(damaged_url)
    assert caught.value.sentence.startswith(said.format(digest=event.digest))
    assert caught.value.cure == "stop writing and restore the ledger from a backup"


def test_contents_of_another_list_under_the_digest_are_found(
    damaged_url: str, tmp_path: Path
) -> None:
    """Someone takes a party off the list and packs the rest again."""
    event = adopted_list(damaged_url, tmp_path).event
    other = read_list(csv_list(tmp_path, [row for row in LISTED if row != CRIMSON]))
    with opened(damaged_url) as ledger:
        blobs.put(ledger.connection, other.digest, other.content)
    attacked(
        damaged_url,
        "UPDATE blob SET content = (SELECT content FROM blob WHERE digest = ?) WHERE digest = ?",
        other.digest,
        event.digest,
    )
    with pytest.raises(LedgerDamaged, match=f"its contents have the digest {other.digest}"):
        verified(damaged_url)


def test_the_index_of_another_list_is_found(damaged_url: str, tmp_path: Path) -> None:
    first = adopted_list(damaged_url, tmp_path).event.digest
    second = adopted_list(damaged_url, tmp_path, [*LISTED, *fillers(3)], day="2025-08-30").event
    attacked(
        damaged_url,
        "UPDATE list_index SET data = (SELECT data FROM list_index WHERE digest = ?)",
        second.digest,
    )
    with pytest.raises(LedgerDamaged, match=f"list_index {first}"):
        verified(damaged_url)


@pytest.mark.parametrize("name", ["blob_no_update", "blob_no_delete"])
def test_contents_whose_trigger_was_dropped_are_found(name: str, damaged_url: str) -> None:
    with closing(sqlite3.connect(path_of(damaged_url))) as connection:
        connection.execute(f"DROP TRIGGER {name}")
    with pytest.raises(LedgerDamaged, match=r"blob: the trigger that refuses .* is gone"):
        verified(damaged_url)


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM list_index",
        "UPDATE list_index SET version = 'of another day'",
        "UPDATE list_index SET data = x'00'",
    ],
)
def test_an_index_that_is_lost_is_made_again(
    loss: str, damaged_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(damaged_url, bearer(CRIMSON), party("harmless"))
    adopted_list(damaged_url, tmp_path)
    attacked(damaged_url, loss)
    monkeypatch.setattr(blobs, "_INDEXES", {})
    assert [hit.party for hit in screen(damaged_url).hits] == ["crimson"]
