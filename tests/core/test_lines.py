"""The line of a licence on a day, and what one of its units is rated at."""

from ledger.core.lines import licence_line
from ledger.core.memory import MemoryPrefix
from tests.core.builders import amended, device, ledger_of, licence, on, people, reversed_

MORE = {"line": 1, "device": "h100", "quantity": 130}
SECOND = {"line": 2, "device": "h100", "quantity": 7}


def units_and_rating(ledger: MemoryPrefix, line: str = "1") -> tuple[int, int] | None:
    found = licence_line(("D1", line), on("2025-09-01"), ledger, ledger.law)
    return None if found is None else (found[0].units, int(found[1]))


def test_a_unit_is_rated_as_it_was_licensed_last() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1"))
    assert units_and_rating(ledger) == (100, 158320)
    ledger.append(device("h100", "16000", on="2025-05-01", id="rate"))
    ledger.append(amended("a", "D1", lines=[MORE]))
    assert units_and_rating(ledger) == (130, 160000)
    ledger.append(reversed_("x", "rate"))
    assert units_and_rating(ledger) == (130, 158320)


def test_a_line_that_stands_by_an_amendment_alone_is_rated_as_it_was() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1"))
    ledger.append(amended("a", "D1", lines=[SECOND]))
    ledger.append(amended("b", "D1", on="2025-07-01", lines=[SECOND]))
    ledger.append(reversed_("x", "a"))
    assert units_and_rating(ledger, "2") == (7, 158320)


def test_there_is_no_line_where_none_was_granted() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1"))
    assert units_and_rating(ledger, "9") is None
    assert licence_line(("D9", "1"), on("2025-09-01"), ledger, ledger.law) is None


def test_a_line_that_an_earlier_grant_drew_for_is_rated_as_its_device_is() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1"))
    for one in (amended("a", "D1", lines=[SECOND]), reversed_("x", "grant-D1")):
        ledger.append(one)
    ledger.append(licence("D1", id="again"))
    assert units_and_rating(ledger, "2") == (7, 158320)
