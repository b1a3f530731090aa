from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256

import numpy as np
import pytest

from ledger.planning.sampling import Sample, sample
from tests.core.selling import deal_of

HALF = deal_of("buyer", probability="50%", earliest="2026-07-01", latest="2026-07-10")


def pairs(found: Sample, first: int = 0) -> dict[int, date]:
    runs = (found.runs + first).tolist()
    return dict(zip(runs, map(date.fromordinal, found.days.tolist()), strict=True))


def test_the_same_seed_and_deal_give_the_same_runs_for_ever() -> None:
    found = sample(HALF, 7, 0, 8)
    assert found.runs.tolist() == RUNS
    assert [str(date.fromordinal(day))[8:] for day in found.days.tolist()] == DAYS


RUNS = [1, 2, 3, 4, 5]
DAYS = ["07", "02", "03", "01", "06"]


def test_a_run_is_two_raw_numbers_of_the_generator() -> None:
    words = sha256(HALF.deal.encode()).digest()
    seed = [7, *(int.from_bytes(words[at : at + 4], "big") for at in range(0, 32, 4))]
    raw = np.random.PCG64DXSM(np.random.SeedSequence(seed)).random_raw(600).tolist()
    naive = {
        run: HALF.earliest + timedelta(days=int(Fraction(raw[2 * run + 1] >> 32, 2**32) * 10))
        for run in range(300)
        if Fraction(raw[2 * run] >> 11, 2**53) < Fraction(1, 2)
    }
    assert pairs(sample(HALF, 7, 0, 300)) == naive


def test_more_runs_begin_with_those_of_fewer_and_parts_make_a_whole() -> None:
    whole = pairs(sample(HALF, 7, 0, 500))
    parts = pairs(sample(HALF, 7, 0, 123)) | pairs(sample(HALF, 7, 123, 500), 123)
    assert parts == whole


def test_deals_and_seeds_are_played_apart() -> None:
    first = pairs(sample(HALF, 7, 0, 500))
    assert pairs(sample(HALF, 8, 0, 500)) != first
    assert pairs(sample(HALF.model_copy(update={"deal": "other"}), 7, 0, 500)) != first
    # What else is changed of a deal changes nothing of its luck.
    assert pairs(sample(HALF.model_copy(update={"quantity": 99}), 7, 0, 500)) == first


def test_a_likelier_deal_closes_in_every_run_in_which_it_closed_before() -> None:
    likelier = HALF.model_copy(update={"probability": deal_of("buyer").probability})
    assert pairs(sample(HALF, 7, 0, 500)).items() <= pairs(sample(likelier, 7, 0, 500)).items()


def test_certain_and_impossible_deals() -> None:
    certain, never = (deal_of("buyer", probability=odds) for odds in ("1", "0"))
    assert sample(certain, 1, 0, 400).runs.tolist() == list(range(400))
    assert sample(never, 1, 0, 400).runs.tolist() == []


def test_a_deal_closes_as_often_as_its_odds_say_on_every_day_alike() -> None:
    """Bounds of four standard deviations, of one fixed seed."""
    runs = 40_000
    found = sample(HALF, 11, 0, runs)
    assert abs(len(found.runs) - runs / 2) < 4 * (runs / 4) ** 0.5
    days = Counter(map(date.fromordinal, found.days.tolist()))
    assert set(days) == {date(2026, 7, day) for day in range(1, 11)}
    expected = len(found.runs) / 10
    assert all(abs(many - expected) < 4 * expected**0.5 for many in days.values())


@pytest.mark.parametrize("day", ["2026-07-01", "2999-12-31"])
def test_a_window_of_one_day_is_that_day(day: str) -> None:
    deal = deal_of("buyer", earliest=day, latest=day)
    assert set(pairs(sample(deal, 3, 0, 50)).values()) == {date.fromisoformat(day)}
