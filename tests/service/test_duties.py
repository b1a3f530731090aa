"""The duties of a stored ledger: which days are shown, what done means, what is refused."""

from datetime import date

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.calendar import calendar
from ledger.core.errors import AlreadyRecorded, InvalidEvent, InvalidInput, NotFound
from ledger.core.events import DutyDone
from ledger.core.memory import MemoryPrefix
from ledger.service.duties import Wanted, done, duties
from ledger.service.reserving import reverse
from tests.core.builders import AIA, NVEU, exported, licence, on, party, reserved
from tests.store.ledgers import entries_of, head_of, opened, put, stored

REPORT = "us-ear/lpp/report@e1"
NAC = "us-ear/nac"

pytestmark = pytest.mark.usefixtures("clock")  # noon of 2026-03-01


def ids(url: str, first: str, until: str, **more: str) -> list[str]:
    wanted = Wanted(on(first), on(until), **more)  # type: ignore[arg-type]
    return [one.id for one in duties(url, wanted).duties]


def recorded(url: str) -> list[DutyDone]:
    return [e.event for e in entries_of(url) if isinstance(e.event, DutyDone)]


def test_without_days_a_month_back_and_a_quarter_ahead_are_shown(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"), exported("e2", on="2026-01-31"))
    put(url, licence("D1", until="2026-05-31"), licence("D2", until="2026-05-30"))
    found = duties(url, Wanted())
    assert [str(day) for day in (found.first, found.until, found.on)] == [
        "2026-01-30",
        "2026-05-30",
        "2026-03-01",
    ]
    assert [one.id for one in found.duties if "lpp/report" in one.id or "expiry" in one.id] == [
        "us-ear/lpp/report@e1",
        "us-ear/lpp/report@e2",
        "us-ear/license/expiry@D2/2026-05-29",
    ]


@pytest.mark.parametrize(
    ("first", "until", "shown"),
    [
        (None, "2025-06-01", ("2025-05-02", "2025-06-01")),
        (None, "2027-01-01", ("2026-01-30", "2027-01-01")),
        ("2025-06-01", None, ("2025-06-01", "2026-05-30")),
        ("2027-06-01", None, ("2027-06-01", "2027-08-30")),
        (None, "1900-01-02", ("1900-01-01", "1900-01-02")),
        ("2999-12-01", None, ("2999-12-01", "2999-12-31")),
    ],
)
def test_the_day_that_is_not_named_follows_from_the_other(
    first: str | None, until: str | None, shown: tuple[str, str]
) -> None:
    wanted = Wanted(None if first is None else on(first), None if until is None else on(until))
    assert tuple(str(day) for day in wanted.days(on("2026-03-01"))) == shown


def test_days_that_end_before_they_begin_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="--until: 2026-03-01 is the first day out and must"):
        duties(url, Wanted(on("2026-03-01"), on("2026-03-01")))


def test_the_store_gives_the_calendar_of_its_events(url: str) -> None:
    put(
        url,
        exported("e1", quantity=1000),
        exported("e2", quantity=699, on="2025-08-01"),
        exported("e3", quantity=1000, on="2025-09-01"),
        reserved("r1", on="2026-04-01", authorization=NAC, hold_until="2027-01-01"),
        reserved("r2", on="2026-04-01", quantity=3, authorization=NAC, hold_until="2027-01-01"),
        exported("e4", on="2026-02-20", authorization=NAC, reservation="r2"),
        exported("e5", on="2026-02-20", quantity=15981, destination="DE", authorization=AIA),
        exported("e6", destination="AE", ultimate_consignee="op-ae", authorization=NVEU),
        DutyDone(id="d1", on=on("2026-02-01"), duty="us-ear/nac/notice@r2", document="SNAP-R 1"),
        licence("D1", until="2026-05-31"),
        party("core", headquarters="AE", name="Core42"),
    )
    days = {"first": on("2025-01-01"), "until": on("2040-01-01"), "today": on("2026-03-01")}
    memory = MemoryPrefix(entry.event for entry in entries_of(url))
    expected = calendar(memory, memory.law, **days)
    with opened(url) as ledger, ledger.reading() as prefix:
        assert calendar(prefix, ledger.law(prefix), **days) == expected
    assert {"us-ear/lpp/limit-reached@e3", "us-ear/nac/notice@r1", "us-ear/nac/notice@e4"} <= {
        one.id for one in expected
    }
    assert "us-ear/uae-2026/sunset@core" in {one.id for one in expected}


def test_only_a_state_and_a_party_are_shown_on_demand(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"), exported("g1", ultimate_consignee="group"))
    put(url, exported("e2", on="2026-02-20"))
    done(url, REPORT, document="mail 9")
    days = ("2026-03-01", "2026-04-01")
    assert ids(url, *days) == [REPORT, "us-ear/lpp/report@e2"]
    assert ids(url, *days, state="done") == [REPORT]
    assert ids(url, *days, state="overdue") == []
    assert ids(url, *days, state="due") == ["us-ear/lpp/report@e2"]
    assert ids(url, *days, party="group") == []
    assert "us-ear/lpp/report@g1" in ids(url, "2025-08-01", "2025-09-01", party="group")
    with pytest.raises(NotFound, match="--party: the party 'nobody' is not registered"):
        duties(url, Wanted(party="nobody"))


def test_what_is_overdue_from_the_year_before_is_counted(url: str) -> None:
    put(url, exported("e1", on="2025-08-01"), exported("g1", ultimate_consignee="group"))
    put(url, exported("old", on="2024-08-01"))
    # Four duties of each lot in August, and the reports of the status, which has stood since 2025.
    assert duties(url, Wanted(on("2026-02-02"))).older == 4 + 4 + 4
    assert duties(url, Wanted(on("2026-02-02"), party="group")).older == 4
    assert duties(url, Wanted(on("2027-02-01"))).older == 1
    assert duties(url, Wanted(on("2027-02-02"))).older == 0


def test_a_duty_that_is_done_stands_with_its_document(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"))
    made = done(url, REPORT, document="mail 9", on=on("2026-02-28"), actor="ben")
    assert made.new
    assert (made.duty.state, made.duty.document) == ("done", "mail 9")
    (event,) = recorded(url)
    assert (event.duty, event.document, event.on) == (REPORT, "mail 9", on("2026-02-28"))
    assert made.duty.recorded_as == event.id
    assert entries_of(url)[-1].envelope.actor == "ben"
    (found,) = duties(url, Wanted(on("2026-03-01"), on("2026-03-02"))).duties
    assert found == made.duty


def test_the_same_again_is_recorded_once(url: str, clock: FrozenDateTimeFactory) -> None:
    put(url, exported("e1", on="2026-01-30"))
    first = done(url, REPORT, document="mail 9")
    before = stored(url)
    clock.tick(24 * 3600)
    again = done(url, REPORT, document="mail 9")
    assert (again.duty, again.new) == (first.duty, False)
    assert not done(url, REPORT, document="mail 9", on=on("2026-03-01")).new
    for document, day in (("mail 10", None), ("mail 9", on("2026-02-28"))):
        with pytest.raises(AlreadyRecorded, match=r"was done on 2026-03-01: mail 9\. To correct"):
            done(url, REPORT, document=document, on=day)
    assert stored(url) == before


def test_what_was_taken_back_can_be_done_again(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"))
    first = done(url, REPORT, document="mail 9")
    reverse(url, str(first.duty.recorded_as), reason="wrong consignee")
    assert ids(url, "2026-03-01", "2026-03-02", state="done") == []
    assert done(url, REPORT, document="mail 9").new
    assert ids(url, "2026-03-01", "2026-03-02", state="done") == [REPORT]


@pytest.mark.parametrize(
    "duty_id",
    [
        "us-ear/lpp/report@e1",
        "us-ear/veu/report@op-ae/2026-01-15",
        "us-ear/veu/inventory@N-AE/2031-07-15",
        "us-ear/exceptions/records@e1",
        "us-ear/nac/notice@r1",
        "us-ear/license/expiry@D1/2055-12-31",
        "us-ear/uae-2026/sunset@core",
    ],
)
def test_whatever_brings_a_duty_about_it_can_be_done(duty_id: str, url: str) -> None:
    put(
        url,
        exported("e1"),
        exported("e2", destination="AE", ultimate_consignee="op-ae", authorization=NVEU),
        reserved("r1", on="2026-04-01", authorization=NAC, hold_until="2027-01-01"),
        licence("D1", until="2056-01-01"),
        party("core", headquarters="AE", name="Core42"),
    )
    assert done(url, duty_id, document="letter").new


def test_a_duty_that_nothing_brings_about_is_not_found(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"))
    before = stored(url)
    with pytest.raises(NotFound) as failed:
        done(url, "us-ear/lpp/reprot@e1", document="mail 9")
    assert failed.value.sentence.startswith(
        "DUTY_ID: nothing brings the duty 'us-ear/lpp/reprot@e1' about. "
        "The nearest are 'us-ear/lpp/report@e1', "
    )
    assert stored(url) == before


def test_where_there_are_no_duties_none_is_near(url: str, clock: FrozenDateTimeFactory) -> None:
    clock.move_to("2024-01-01 12:00:00")
    with pytest.raises(NotFound, match=r"about\. List them: chipledger duties --json"):
        done(url, "nothing", document="mail 9")


def test_a_day_that_has_not_come_and_an_empty_document_are_refused(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"))
    before = stored(url)
    with pytest.raises(InvalidInput, match="--on: 2026-03-02 has not come yet"):
        done(url, REPORT, document="mail 9", on=on("2026-03-02"))
    with pytest.raises(InvalidEvent, match="document"):
        done(url, REPORT, document="")
    assert stored(url) == before


def test_the_reservation_that_has_expired_brings_no_duty(url: str) -> None:
    put(url, reserved("r1", on="2026-03-10", authorization=NAC, hold_until="2026-02-01"))
    notice = "us-ear/nac/notice@r1"
    assert notice in ids(url, "2026-02-01", "2026-03-01")
    with pytest.raises(NotFound):
        done(url, notice, document="SNAP-R 1")
    # The expiry was recorded before the command was refused, and stays.
    assert notice not in ids(url, "2026-02-01", "2026-03-01")


def test_an_earlier_head_shows_what_was_known_then(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"))
    size = head_of(url).size
    done(url, REPORT, document="mail 9")
    wanted = Wanted(on("2026-03-01"), on("2026-03-02"))
    (then,) = duties(url, wanted, as_of=size).duties
    (now,) = duties(url, wanted).duties
    assert (then.state, now.state) == ("due", "done")
    assert duties(url, wanted, as_of=size).as_of["size"] == size


def test_the_calendar_for_programs(url: str) -> None:
    put(url, exported("e1", on="2026-01-30"))
    data = duties(url, Wanted(on("2026-03-01"), on("2026-03-02"))).as_data()
    assert set(data) == {"first", "until", "on", "duties", "older_overdue", "as_of", "law"}
    assert (data["first"], data["until"], data["on"]) == (
        "2026-03-01",
        "2026-03-02",
        str(date(2026, 3, 1)),
    )
    assert [one["id"] for one in data["duties"]] == [REPORT]
    assert data["as_of"]["size"] == head_of(url).size
    assert {one["pack"] for one in data["law"]} >= {"us-ear/ai-diffusion"}
