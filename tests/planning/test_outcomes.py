from datetime import date, timedelta

import numpy as np

from ledger.intake.deals import DealsFile
from ledger.planning.fan import Days
from ledger.planning.odds import Share
from ledger.planning.outcomes import Closings, Outcome, Played, Simulated, named, quarters_of
from tests.core.selling import deal_of

LAST = date(2026, 12, 31)
DAYS = Days(date(2026, 7, 1), LAST)
NEVER = (LAST + timedelta(days=1)).toordinal()


def outcome(
    *runs: tuple[int, int], cap: str = "cap", gone: tuple[int, ...] = (), **changes: object
) -> Outcome:
    """A cap of two quarters: what is left at the end of each, run by run; passed below nothing."""
    left = np.array(runs)
    fields: dict[str, object] = {
        "key": (cap, ("buyer",)),
        "left": left,
        "passed": left < 0,
        "exhausted": np.array(gone or [NEVER] * len(runs)),
        "limited": (True, True),
        "before": (100, 105),
        "allowance": (200, 205),
    }
    return Outcome(**{**fields, **changes})  # type: ignore[arg-type]  # fields of any type


def simulated(*outcomes: Outcome) -> Simulated:
    deal = deal_of("buyer")
    return Simulated(
        file=DealsFile("deals.csv", "d" * 64, (deal,), (2,)),
        seed=1,
        runs=4,
        days=DAYS,
        since=DAYS.first,
        outcomes=outcomes,
        deals=((Played(2, deal), Closings(4, 1)),),
        sealed={"as_of": {"size": 1, "root": "00"}},
    )


def test_quantiles_are_runs_with_less_room_rather_than_more() -> None:
    found = outcome((10, 0), (30, -5), (20, 0), (40, 0))
    assert found.headroom(0) == {5: 10, 25: 10, 50: 20, 75: 30, 95: 30}
    assert outcome((1, 1), limited=(False, True)).headroom(0) is None


def test_shares_count_runs_that_pass_a_cap_in_a_quarter_or_ever() -> None:
    found = outcome((-1, 5), (5, -1), (-1, -1), (5, 5))
    assert (found.share(0), found.share(1), found.ever) == (Share(2, 4), Share(2, 4), Share(3, 4))


def test_a_day_that_never_comes_is_none_and_stands_last() -> None:
    first, second = date(2026, 7, 9), date(2026, 9, 1)
    gone = (NEVER, second.toordinal(), first.toordinal(), NEVER)
    found = outcome((1, 1), (1, 1), (1, 1), (1, 1), gone=gone)
    assert found.gone_by(LAST) == Share(2, 4)
    assert found.gone_on(LAST) == {5: first, 25: first, 50: second, 75: None, 95: None}


def test_the_likeliest_cap_stands_first_then_the_one_that_is_used_up_most() -> None:
    gone = (DAYS.first.toordinal(), NEVER)
    found = simulated(
        outcome((1, 1), (1, 1), cap="calm"),
        outcome((1, 1), (1, 1), cap="empty", gone=gone),
        outcome((1, -1), (1, 1), cap="passed"),
        outcome((1, 1), (1, 1), cap="calm-too"),
    )
    assert [one.key[0] for one in found.likeliest] == ["passed", "empty", "calm", "calm-too"]


def test_the_answer_writes_amounts_as_texts_and_no_limit_as_null() -> None:
    one = outcome((15, -12), (25, 1), limited=(True, False), allowance=(200, None))
    data = simulated(one).as_data()
    (cap,) = data["caps"]
    assert cap["quarters"][0] == {
        "quarter": "2026Q3",
        "allowance_tpp": "20",
        "without_deals_tpp": "10",
        "headroom_tpp": {"5": "1.5", "25": "1.5", "50": "1.5", "75": "1.5", "95": "1.5"},
        "passed": Share(0, 2).as_data(),
    }
    assert cap["quarters"][1]["headroom_tpp"] is None
    assert cap["quarters"][1]["without_deals_tpp"] is None
    assert cap["exhausted"]["on"] == dict.fromkeys(["5", "25", "50", "75", "95"])
    assert data["deals"][0]["nothing_open"] == 1
    assert data["seed"] == 1


def test_the_tables_hold_the_same() -> None:
    gone = (DAYS.first.toordinal(), NEVER)
    quarters, exhaustion = simulated(outcome((15, -12), (25, 1), gone=gone)).tables()
    assert [str(cell) for cell in quarters.table["p5_tpp"]] == ["1.5", "-1.2"]
    assert quarters.table["passed_runs"].to_list() == [0, 1]
    assert exhaustion.table["p5_on"].to_list() == [DAYS.first]
    assert exhaustion.table["p95_on"].to_list() == [DAYS.first]
    assert exhaustion.table["exhausted_runs"].to_list() == [1]
    assert quarters.report.chart is not None
    assert exhaustion.report.chart is None


def test_quarters_are_those_of_the_calendar() -> None:
    assert [named(one) for one in quarters_of(Days(date(2026, 11, 5), date(2027, 4, 1)))] == [
        "2026Q4",
        "2027Q1",
        "2027Q2",
    ]
