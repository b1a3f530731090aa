"""Adopting screening lists: what is kept, what is refused, and that a change of it is found."""

from collections.abc import Callable
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.core.events import ListAdopted
from ledger.screening.lists import read_content, read_list
from ledger.service.creating import create
from ledger.service.lists import adopt, lists
from ledger.service.screening import screen
from ledger.service.settings import change
from ledger.store import blobs
from tests.core.builders import on, reserved, reversed_, set_to
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
    put,
    stored,
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
    for number, (sdn, el) in enumerate(sizes, start=1):
        file = csv_list(folder, counts(sdn, el))
        reason = force if number == len(sizes) else None
        adopt(url, file, published=on(f"2025-08-{number:02}"), force=reason)
    return events_of(url)[-1]


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


def test_a_reason_is_not_empty(url: str, tmp_path: Path) -> None:
    then(url, tmp_path, (100, 100))
    before = stored(url)
    with pytest.raises(InvalidInput):
        adopt(url, csv_list(tmp_path, counts(10, 10)), published=on("2025-08-02"), force="")
    assert stored(url) == before


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
    with pytest.raises(Conflict, match="shrank by more than 5 %: all from 41 to 1"):
        adopted_list(url, tmp_path, [CRIMSON], day="2025-07-01")
    older = adopted_list(url, tmp_path, [CRIMSON], day="2025-07-01", force="it was that short")
    assert (older.new, older.before) == (True, {"SDN": 41})
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


def test_a_day_that_has_not_come_is_refused(
    url: str, tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    with pytest.raises(InvalidInput, match="the list is of 2026-03-02, which has not come"):
        adopted_list(url, tmp_path, day="2026-03-02")
    assert head_of(url).size == SIZE
    assert adopted_list(url, tmp_path, day="2026-03-01").new
    clock.tick(1)


def test_a_list_of_this_hour_is_taken_where_the_day_begins_later(
    tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    """At one in the morning in London it is still the day before in New York."""
    url = f"sqlite:///{tmp_path / 'york.db'}"
    create(url, time_zone="America/New_York")
    clock.move_to("2026-03-02 01:00:00")
    file = json_list(tmp_path, day="2026-03-02", time="00:45:00")
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
    with pytest.raises(NotFound, match=r"can't read .*none\.csv: No such file"):
        adopt(url, tmp_path / "none.csv", published=DAY)


# ---- the list of a day


def test_the_list_that_decides_on_a_day_is_marked_and_its_age_is_that_of_the_day(
    url: str, tmp_path: Path
) -> None:
    adopted_list(url, tmp_path, day="2025-08-01")
    adopted_list(url, tmp_path, day="2025-08-29")

    def shown(day: str) -> list[tuple[str, int | None, bool]]:
        data = lists(url, on=on(day)).as_data()
        assert data["on"] == day
        return [(one["source_on"], one["age_days"], one["decides"]) for one in data["lists"]]

    assert shown("2025-07-31") == [("2025-08-01", None, True), ("2025-08-29", None, False)]
    assert shown("2025-08-28") == [("2025-08-01", 27, True), ("2025-08-29", None, False)]
    assert shown("2025-08-29") == [("2025-08-01", 28, False), ("2025-08-29", 0, True)]


def test_the_most_days_a_list_may_be_old_are_those_of_the_day(url: str) -> None:
    put(url, set_to("screening/max-age-days", "7", day="2025-08-10"))
    assert lists(url, on=on("2025-08-09")).max_age_days == 30
    assert lists(url, on=on("2025-08-10")).max_age_days == 7
