from ledger.core.positions import Drawn, Kind
from ledger.core.running import Running
from tests.core.builders import on

ROW = Drawn(on("2025-09-01"), Kind.EXPORTED, "us-ear/lpp", "h100", "buyer", "BR", 1, 10)


def test_running_sums_are_read_anew_each_time() -> None:
    rows = [ROW]
    sums = Running([], lambda: rows)
    assert list(sums) == [ROW]
    rows.append(ROW)
    assert list(sums) == [ROW, ROW]


def test_what_was_added_is_the_very_list_that_was_given() -> None:
    added = [ROW]
    assert Running(added, list).added is added
