from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.planning.odds import QUANTILES, Share, place, quantiles


@given(runs=st.integers(1, 5000), data=st.data())
def test_the_interval_is_that_of_wilson_and_holds_the_share(runs: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, runs))
    share = Share(hits, runs)
    z, part = 1.959963984540054, hits / runs
    middle = (part + z * z / (2 * runs)) / (1 + z * z / runs)
    around = z / (1 + z * z / runs) * sqrt(part * (1 - part) / runs + z * z / (4 * runs * runs))
    low, high = share.interval
    assert low <= Decimal(hits) / runs <= high
    assert low <= Decimal(str(middle - around)) + Decimal("1e-9")
    assert high >= Decimal(str(middle + around)) - Decimal("1e-9")
    assert float(low) == pytest.approx(max(middle - around, 0), abs=1.1e-4)
    assert float(high) == pytest.approx(min(middle + around, 1), abs=1.1e-4)
    assert 0 <= low <= share.share <= high + Decimal("0.0001")


def test_no_run_begins_at_nothing_and_every_run_ends_at_one() -> None:
    assert Share(0, 1000).interval == (Decimal(0), Decimal("0.0039"))
    assert Share(1000, 1000).interval == (Decimal("0.9961"), Decimal(1))
    assert Share(1, 3).as_data() == {
        "runs": 1,
        "of": 3,
        "share": "0.3334",
        "from": "0.0614",
        "to": "0.7924",
    }


@given(runs=st.lists(st.integers(), min_size=1))
def test_a_quantile_is_a_run_and_never_more_than_its_part_of_them(runs: list[int]) -> None:
    ordered = sorted(runs)
    for percent, found in quantiles(ordered).items():
        assert found in runs
        at = place(percent, len(runs))
        assert at * 100 <= percent * (len(runs) - 1) < (at + 1) * 100
        assert found == ordered[at]
    assert tuple(quantiles(ordered)) == QUANTILES
