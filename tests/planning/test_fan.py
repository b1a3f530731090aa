from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.breaches import View
from ledger.core.effects import Effect
from ledger.core.headroom import limit_on, state
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.prefix import Prefix
from ledger.planning.fan import Days, Fan, Gone, Stretch, _left
from ledger.planning.sampling import Sample
from tests.core.builders import cap
from tests.planning.worlds import reading, stored_world

ON = date(2026, 9, 1)
DAYS = Days(date(2026, 7, 1), date(2027, 3, 31))
STOCK = {"basis": "installed", "window": {"kind": "stock"}}
CAPS = [
    cap(allowance=[{"tpp": "100.5"}]),
    cap(allowance=[{"tpp": "100.5"}], **STOCK),
    cap(share={"percent": "7"}, per=("ultimate_consignee",), **STOCK),
    cap(
        per=("device",),
        window={"kind": "period", "first_on": "2026-01-01"},
        ratio={"percent": "50", "of_groups": ["toy/cn"], "to_values": ["US"]},
    ),
]
AMOUNTS = st.integers(-3000, 3000) | st.integers(-(10**30), 10**30)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    with reading(stored_world(tmp_path_factory.mktemp("world"))) as (prefix, law):
        yield _view(prefix, law)


def _view(prefix: Prefix, law: Law) -> View:
    return View(prefix, law)


def _row(*numbers: int) -> Any:  # noqa: ANN401 -- a row of numbers of any size
    return np.array([numbers], dtype=object)


@given(which=st.sampled_from(CAPS), drawn=AMOUNTS, reserved=AMOUNTS, whole=AMOUNTS)
def test_what_is_left_is_what_the_core_says(
    which: Cap, drawn: int, reserved: int, whole: int
) -> None:
    limit = limit_on(which, ON)
    stretch = Stretch(0, 1, limit, which, 0, np.array([0]), _row(0), _row(0), _row(0), ())
    left = _left(stretch, _row(drawn), _row(reserved), _row(whole))
    said = state(which, ON, drawn=drawn, reserved=reserved, whole=whole)
    assert left.tolist() == [[said.headroom_tpp]]


def _lots(*lots: tuple[int, str, int], part: bool = True, whole: bool = False) -> list[Gone]:
    """Lots of 10 tenths a unit: run, day and units."""
    effect = Effect("c", ("h",), part=part, whole=whole)
    return [
        Gone(
            effect,
            Sample(np.array([run]), np.array([date.fromisoformat(on).toordinal()])),
            units,
            units * 10,
            "",
        )
        for run, on, units in lots
    ]


def _figures(fan: Fan, gone: list[Gone], runs: int, *days: str) -> list[list[int]]:
    left, _ = fan.headroom(gone, runs)
    places = [DAYS.place(date.fromisoformat(on)) for on in days]
    return [[int(left[at, run]) for at in places] for run in range(runs)]


def test_runs_do_not_touch_each_other_and_a_rolling_window_gives_back(view: View) -> None:
    fan = Fan(view, ("house/cap-1", ("op-ae",)), DAYS, units=100, unit_tpp=10)
    gone = _lots((0, "2026-10-01", 5), (2, "2026-10-01", 7), (2, "2026-10-02", 1))
    days = ("2026-09-30", "2026-10-01", "2026-12-29", "2026-12-30", "2026-12-31")
    full = 400_000 * 10
    assert _figures(fan, gone, 3, *days) == [
        [full, full - 50, full - 50, full, full],
        [full] * 5,
        [full, full - 70, full - 80, full - 10, full],
    ]


def test_lots_enter_and_leave_where_a_group_turns(view: View) -> None:
    fan = Fan(view, ("house/cap-2", ("seller", "BR")), DAYS, units=100, unit_tpp=10)
    (went,) = _lots((0, "2026-10-05", 5))
    turns = ((date(2026, 10, 1), False), (date(2026, 11, 1), False), (date(2028, 1, 1), True))
    leaving = replace(went, effect=went.effect._replace(turns=turns))
    begins = Effect("c", ("h",), part=False, turns=((turns[1][0], True),))
    entering = replace(went, effect=begins)
    days = ("2026-10-04", "2026-10-05", "2026-10-31", "2026-11-01")
    (none,), (left,), (entered,) = (
        _figures(fan, gone, 1, *days) for gone in ([], [leaving], [entering])
    )
    assert [b - a for a, b in zip(none, left, strict=True)] == [0, -50, -50, 0]
    assert [b - a for a, b in zip(none, entered, strict=True)] == [0, 0, 0, -50]


def test_numbers_of_any_size_give_the_same_as_those_of_64_bits(view: View) -> None:
    key = ("us-ear/uveu/country", ("cloud", "BR"))
    narrow = Fan(view, key, DAYS, units=100, unit_tpp=10)
    wide = Fan(view, key, DAYS, units=2**60, unit_tpp=10)
    assert (narrow.dtype, wide.dtype) == (np.int64, object)
    gone = _lots((0, "2026-10-01", 5), (1, "2026-11-01", 9), whole=True)
    left, limited = narrow.headroom(gone, 2)
    same, also = wide.headroom(gone, 2)
    assert left.tolist() == same.tolist()
    assert limited.tolist() == also.tolist()
    many = _lots((0, "2026-10-01", 2**59))
    (figure,) = _figures(wide, many, 1, "2026-12-31")[0]
    assert figure < -(2**62)


def test_a_day_beyond_the_last_one_draws_nothing(view: View) -> None:
    fan = Fan(view, ("house/cap-1", ("op-ae",)), DAYS, units=100, unit_tpp=10)
    left, _ = fan.headroom(_lots((0, "2027-04-01", 5)), 1)
    none, _ = fan.headroom([], 1)
    assert left.tolist() == none.tolist()


def test_a_cap_that_the_text_measures_by_days_is_measured_on_these_alone(view: View) -> None:
    fan = Fan(view, ("us-ear/uveu/outside-us", ("cloud",)), DAYS, units=1, unit_tpp=1)
    measured = fan.measured()
    on = [day for day, found in zip(DAYS.all(), measured.tolist(), strict=True) if found]
    assert on == [date(2026, 8, 1), date(2027, 2, 1)]
    other = Fan(view, ("house/cap-1", ("op-ae",)), DAYS, units=1, unit_tpp=1)
    assert other.measured().all()


def test_allowances_step_and_are_none_where_nothing_counts(view: View) -> None:
    key = ("house/cap-2", ("seller", "BR"))
    fan = Fan(view, key, DAYS, units=1, unit_tpp=1)
    steps = [fan.allowance(DAYS.place(date.fromisoformat(on))) for on in STEPS]
    assert steps == [9_000_000, 9_000_000, 12_000_000, 12_000_000, 11_000_000]
    nobody = Fan(view, ("us-ear/nveu/company-country", ("buyer", "BR")), DAYS, units=1, unit_tpp=1)
    assert not nobody.limited
    assert nobody.allowance(0) is None


STEPS = ("2026-07-01", "2026-09-30", "2026-10-01", "2027-02-28", "2027-03-01")


def test_notices_and_caps_of_each_lot_are_no_limits_of_a_sum(view: View) -> None:
    for key in (("us-ear/lpp/shipment-notice", ("buyer",)), ("house/cap-5", ("buyer",))):
        assert not Fan(view, key, DAYS, units=1, unit_tpp=1).limited
