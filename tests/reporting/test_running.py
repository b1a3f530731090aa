"""Running reports: empty ledgers, odd questions, a user's own SQL, earlier heads, exact sums."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from freezegun import freeze_time
from hypothesis import Phase, given, settings

from ledger.core.breaches import View
from ledger.core.calendar import told
from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.core.events import DutyDone
from ledger.core.positions import Kind
from ledger.core.prefix import Prefix
from ledger.reporting.parameters import Quarter
from ledger.reporting.report import named, read, reports
from ledger.reporting.running import Reporting, reporting
from ledger.service.creating import create
from ledger.service.settings import change
from ledger.snapshot.filling import fill_from
from ledger.snapshot.opening import opened, snapshot
from ledger.store.ledger import Ledger
from tests.core.builders import LPP, LPP_YEAR, UVEU, exported, granted, party, reserved, reversed_
from tests.reporting.example import ASKED, IGNORED, TODAY, ran, session
from tests.snapshot.filled import unseen
from tests.store.histories import History
from tests.store.ledgers import CREATED, SIZE, in_memory, put
from tests.store.lists import keep
from tests.store.test_prefix import Transactions, histories, recorded

GIVEN = {**ASKED, "waterfall": {"cap": "us-ear/lpp/parent-year"}}
URL = "sqlite:///unused.db"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Reporting]:
    """A ledger of which nothing is known but the law."""
    url = f"sqlite:///{tmp_path}/empty.db"
    create(url)
    with session(url, tmp_path / "s.duckdb") as found:
        yield found


@pytest.mark.parametrize("name", sorted(reports()))
def test_an_empty_ledger_gives_every_report(name: str, empty: Reporting) -> None:
    found = ran(empty, name, GIVEN.get(name))
    silent = {"catalogue", "headroom", "country-quarter"}
    assert found.table.is_empty() == (name not in silent)
    assert found.head()["as_of"]["size"] == CREATED


@pytest.mark.parametrize("name", sorted(reports()))
def test_a_quarter_in_the_far_future_and_an_unused_cap_give_every_report(
    name: str, reports_on: Reporting
) -> None:
    given = dict(GIVEN.get(name, {}))
    asked = {one.name: one.type for one in reports()[name].parameters}
    later = {"from": "2031Q1", "until": "2031Q2", "quarter": "2031Q1", "on": "2031-05-05"}
    given |= {
        one: text
        for one, text in later.items()
        if asked.get(one) in ("quarter", "day") and (asked[one] == "quarter") == ("Q" in text)
    }
    if "cap" in asked:
        given["cap"] = "us-ear/uveu/outside-us"
    found = ran(reports_on, name, given)
    assert found.table.columns == [one.name for one in found.report.columns]


def test_a_cap_that_no_pack_has_is_not_found(reports_on: Reporting) -> None:
    for name in ("headroom", "waterfall", "utilisation"):
        with pytest.raises(NotFound, match="no adopted pack has the cap 'us-ear/no'"):
            ran(reports_on, name, {"cap": "us-ear/no"})


def test_quarters_in_the_wrong_order_are_refused(reports_on: Reporting) -> None:
    with pytest.raises(InvalidInput, match="2026Q1 comes before 2026Q3"):
        ran(reports_on, "headroom-by-quarter", {"from": "2026Q3", "until": "2026Q1"})


HEAD = "-- title: T\n-- question: Q?\n-- column n: a number\n-- key: n\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "SELECT nothing AS n FROM nowhere", "its SQL can't be run .*nowhere"),  # noqa: S608
        (HEAD + "SELECT 1 AS m", "names the columns n, its SQL gives m"),
        (HEAD.replace("-- key", "-- needs: magic()\n-- key") + "SELECT 1 AS n", "needs 'magic'"),
        (HEAD.replace("-- key", "-- needs: finding(on)\n-- key") + "SELECT 1 AS n", "for 'on'"),
        (HEAD + "INSERT INTO kept.file VALUES ('1', '2', '3')", "can't be run"),  # noqa: S608
    ],
)
def test_a_report_of_ones_own_that_is_wrong_is_told(
    text: str, said: str, reports_on: Reporting, tmp_path: Path
) -> None:
    file = tmp_path / "mine.sql"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said) as caught:
        reports_on.run(read(file), {})
    assert str(file) in caught.value.sentence
    assert ran(reports_on, "lots").table.height  # and what comes after is not disturbed


def test_a_report_of_ones_own_reads_the_views_and_the_core(
    reports_on: Reporting, tmp_path: Path
) -> None:
    file = tmp_path / "mine.sql"
    file.write_text(
        "-- title: T\n-- question: Q?\n-- param on: day = today; the day\n-- needs: finding(on)\n"
        "-- column holder: h\n-- column left_tpp [TPP]: l\n-- key: holder\n"
        "SELECT holder, tpp(headroom) AS left_tpp FROM finding "
        "WHERE cap = 'us-ear/nveu/company-country' AND touched",
        encoding="utf-8",
    )
    found = reports_on.run(read(file), {"on": "2026-11-23"})
    assert found.table.rows() == [("example-cloud-ae / AE", Decimal("3072750000.0"))]


def test_an_earlier_head_shows_what_was_known_then(url: str) -> None:
    put(url, exported("L1", on="2025-06-02", quantity=3))
    put(url, exported("L2", on="2025-06-03"), reversed_("X", "L1"))
    with freeze_time("2026-03-01T12:00:00Z", ignore=IGNORED), reporting(url) as now:
        assert [row[7] for row in ran(now, "lots").table.rows()] == [0, 1]
    with (
        freeze_time("2026-03-01T12:00:00Z", ignore=IGNORED),
        reporting(url, as_of=SIZE + 1) as then,
    ):
        assert [row[1:8:6] for row in ran(then, "lots").table.rows()] == [("L1", 3)]


def test_today_is_that_of_the_ledgers_own_zone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tokyo.db"
    create(url, time_zone="Asia/Tokyo")
    for moment, today in (
        ("2026-12-31T14:59:59Z", date(2026, 12, 31)),
        ("2026-12-31T15:00:00Z", date(2027, 1, 1)),
    ):
        with freeze_time(moment, ignore=IGNORED), reporting(url) as found:
            assert found.today == today
            quarter = ran(found, "balances").values["quarter"]
            assert str(quarter) == ("2026Q3" if today.year == 2026 else "2026Q4")


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Los_Angeles", "2026-12-31"), ("UTC", "2026-12-31"), ("Asia/Tokyo", "2027-01-01")],
)
def test_the_day_of_recording_is_that_of_the_ledgers_own_zone(
    zone: str, day: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/zones.db"
    with freeze_time("2026-12-31T20:00:00Z", ignore=IGNORED):
        create(url, time_zone=zone)
    with session(url, tmp_path / "s.duckdb", date(2027, 1, 2)) as found:
        days = found.shot.engine.execute(
            "SELECT DISTINCT CAST(recorded_on AS VARCHAR) FROM entry_day"
        ).fetchall()
    assert days == [(day,)]


def test_a_reporting_zone_of_its_own_turns_the_day_at_its_own_hour(tmp_path: Path) -> None:
    """The ledger's legal days are Tokyo's, its reports are told in New York."""
    url = f"sqlite:///{tmp_path}/zones.db"
    with freeze_time("2026-12-31T14:00:00Z", ignore=IGNORED):
        create(url, time_zone="Asia/Tokyo")
        change(url, "reporting/time-zone", "America/New_York", reason="a test")
    for moment, today, quarter in (
        ("2027-01-01T04:59:59Z", date(2026, 12, 31), "2026Q3"),
        ("2027-01-01T05:00:00Z", date(2027, 1, 1), "2026Q4"),
    ):
        with freeze_time(moment, ignore=IGNORED):
            change(url, "screening/threshold", "90", reason=moment)
            with reporting(url) as found:
                assert found.today == today
                assert str(ran(found, "balances").values["quarter"]) == quarter
                days = found.shot.engine.execute(
                    "SELECT CAST(recorded_on AS VARCHAR) FROM entry_day ORDER BY seq DESC LIMIT 1"
                ).fetchone()
                assert days == (str(today),)
                told = ran(found, "headroom").about()
                zones = (told["time_zone"], told["reporting_time_zone"])
                assert zones == ("Asia/Tokyo", "America/New_York")


def test_a_query_that_needs_more_memory_says_how_to_give_it(
    reports_on: Reporting, tmp_path: Path
) -> None:
    file = tmp_path / "large.sql"
    file.write_text(
        "-- title: Large\n-- question: How much?\n-- column many: numbers\n-- key: many\n"
        "SELECT list(range) AS many FROM range(30000000) GROUP BY range % 7\n"
    )
    reports_on.shot.engine.execute("SET memory_limit = '20MB'")
    with pytest.raises(Conflict, match="more memory than a query may hold") as caught:
        reports_on.run(read(file), {})
    assert "CHIPLEDGER_QUERY_MEMORY=4GB" in caught.value.sentence


def test_quarters_begin_where_they_are_set_to(url: str, tmp_path: Path) -> None:
    """Of a year that begins in February, January belongs to the last quarter of the year before."""
    put(url, *(exported(day, on=day) for day in ("2026-01-31", "2026-02-01", "2026-04-30")))
    change(url, "reporting/quarters-begin-in", "2", reason="a test", on=date(2026, 1, 1))
    with session(url, tmp_path / "s.duckdb", date(2026, 5, 1)) as found:
        spans = {}
        for text in ("2025Q4", "2026Q1", "last", "this"):
            one = found.run(named("balances"), {"quarter": text}).values["quarter"]
            assert isinstance(one, Quarter)
            spans[text] = (str(one), str(one.first), str(one.last))
        assert spans == {
            "2025Q4": ("2025Q4", "2025-11-01", "2026-01-31"),
            "2026Q1": ("2026Q1", "2026-02-01", "2026-04-30"),
            "last": ("2026Q1", "2026-02-01", "2026-04-30"),
            "this": ("2026Q2", "2026-05-01", "2026-07-31"),
        }
        given = {"from": "2025Q4", "until": "2026Q1", "cap": LPP_YEAR}
        rows = ran(found, "headroom-by-quarter", given).table.rows(named=True)
        drawn = {row["quarter"]: row["drawn_tpp"] for row in rows if row["holder"] == "buyer"}
        # The law's year stays the calendar's: in January one lot was drawn, by April all three.
        assert drawn == {"2025Q4": 15832, "2026Q1": 3 * 15832}
        assert found.sealed()["quarters_begin_in"] == 2


@given(histories)
@settings(max_examples=10, phases=[Phase.generate])
def test_sums_in_sql_are_those_of_the_core(transactions: Transactions) -> None:
    """Drawdown, lots and reservations against movements and levels that the core gives."""
    with closing(in_memory()) as ledger, TemporaryDirectory() as folder:
        history = History()
        keep(ledger.connection)
        for transaction in transactions:
            with ledger.writing() as writer:
                for step in transaction:
                    event = history.event(step)
                    history.events += [event] if recorded(writer, event) else []
        filled = fill_from(ledger, URL, Path(folder) / "s.duckdb", progress=unseen)
        with opened(filled.file, filled.head) as shot, ledger.reading() as prefix:
            found = Reporting(shot, TODAY)
            spans = {"from": "1990-01-01", "until": "2090-01-01"}
            gone: Counter[str] = Counter()
            for lot in prefix.gone(date(1990, 1, 1), date(2090, 1, 1)):
                gone[lot.end_user or lot.party] += lot.tpp
            drawn: Counter[str] = Counter()
            for row in ran(found, "drawdown", spans).table.iter_rows(named=True):
                drawn[row["end_user"]] += int(row["gone_tpp"] * 10)
            assert {k: v for k, v in drawn.items() if v} == {k: v for k, v in gone.items() if v}
            for row in ran(found, "reservations").table.iter_rows(named=True):
                known = prefix.reservation(row["reservation"])
                assert known is not None
                assert row["open_units"] == known.open_units
                assert row["open_tpp"] * 10 == known.open_tpp
                assert row["held_until"] == known.hold_until
            for row in ran(found, "lots", spans).table.iter_rows(named=True):
                standing = [
                    m
                    for m in prefix.movements_of(row["lot"])
                    if m.kind in (Kind.EXPORTED, Kind.DOMESTIC, Kind.ATTRITED)
                ]
                assert row["standing_units"] == sum(m.units for m in standing)
                assert row["standing_tpp"] * 10 == sum(m.tpp for m in standing)
            same_duties(found, prefix)
            view = View(prefix, shot.law)
            on = date(2025, 9, 30)
            for row in ran(found, "headroom", {"on": str(on)}).table.iter_rows(named=True):
                key = (row["cap"], tuple(row["holder"].split(" / ")))
                level = view.level(key, on)
                if level is not None:
                    assert row["drawn_tpp"] * 10 == level.drawdown_tpp
                    assert row["reserved_tpp"] * 10 == level.reserved_tpp
                    assert row["headroom_tpp"] is None or row["headroom_tpp"] <= row["left_tpp"]
            for cap in ("us-ear/lpp/parent-year", "us-ear/uveu/country", "us-ear/license/line"):
                drawn_on(found, view, cap, on)


def same_duties(found: Reporting, prefix: Prefix) -> list[tuple[object, ...]]:
    """The duties that SQL lists, and those that the core does, are what the core alone tells."""
    given = {"from": "2024Q1", "until": "2031Q4", "on": "2026-01-15"}
    rows = ran(found, "duties", given).table.iter_rows(named=True)
    fields = ("id", "due_on", "state", "party", "destination", "authorization_id")
    listed: list[tuple[object, ...]] = [
        (*(row[name] for name in fields), row["document"], row["done_on"]) for row in rows
    ]
    alone = told(
        prefix,
        found.shot.law,
        first=date(2024, 1, 1),
        until=date(2032, 1, 1),
        today=date(2026, 1, 15),
    )
    known = [
        (
            *(one.id, one.due_on, one.state, one.party, one.destination, one.authorization),
            *((None, None) if one.done is None else (one.done.document, one.done.on)),
        )
        for one in alone
    ]
    assert sorted(map(str, listed)) == sorted(map(str, known))
    return listed


def did(event_id: str, duty: str, document: str) -> DutyDone:
    return DutyDone(id=event_id, on=date(2025, 9, 20), duty=duty, document=document)


def test_duties_of_lots_are_told_with_what_was_done(url: str, tmp_path: Path) -> None:
    """Of an export also what was done for its reservation; together for a party; lasting ones."""
    put(
        url,
        party("op", headquarters="DE"),
        granted("V", UVEU, party="op", on="2025-05-15", **{"from": "2025-05-15"}),
        reserved("R", on="2025-09-01", quantity=5, authorization=LPP),
        exported("e1", on="2025-09-10", quantity=2, reservation="R", authorization=LPP),
        exported("e2", on="2025-09-11", quantity=1, authorization=LPP),
        exported("gone", on="2025-09-12", quantity=1, authorization=LPP),
        reversed_("undo", "gone"),
        exported(
            "u1", on="2025-07-10", ultimate_consignee="op", authorization=UVEU, destination="MY"
        ),
        exported(
            "u2", on="2025-08-10", ultimate_consignee="op", authorization=UVEU, destination="DE"
        ),
        did("d1", "us-ear/lpp/direct@R", "letter 1"),
        did("d2", "us-ear/lpp/direct@e2", "letter 2"),
    )
    with snapshot(url, tmp_path / "s.duckdb", progress=unseen) as shot:
        ledger = Ledger.open(url)
        with closing(ledger), ledger.reading() as prefix:
            rows = same_duties(Reporting(shot, TODAY), prefix)
    states = {row[0]: (row[2], row[6]) for row in rows}
    assert states["us-ear/lpp/direct@e1"] == ("done", "letter 1")
    assert states["us-ear/lpp/direct@e2"] == ("done", "letter 2")
    assert not any(str(row[0]).endswith("@gone") for row in rows)
    together = [row for row in rows if str(row[0]).startswith("us-ear/veu/report@op/")]
    assert [row[4] for row in together if row[1] == together[0][1]] == [None]


def drawn_on(found: Reporting, view: View, cap: str, on: date) -> None:
    """The last sum of a holder's draws is what is drawn and reserved on the day."""
    table = ran(found, "waterfall", {"cap": cap, "on": str(on)}).table
    last = {row["holder"]: row["sum_tpp"] for row in table.iter_rows(named=True)}
    for key in view.keys([cap]):
        level = view.level(key, on)
        used = 0 if level is None else level.drawdown_tpp + level.reserved_tpp
        if level is None or level.drawdown_tpp:  # a stock below nothing shows as nothing
            assert last.get(" / ".join(key[1]), 0) * 10 == used
