from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.breaches import Key, View
from ledger.core.deals import Deal
from ledger.core.errors import InvalidInput
from ledger.core.law.law import Law
from ledger.core.overlay import overlay
from ledger.core.positions import Kind, Movement
from ledger.core.prefix import Prefix
from ledger.planning.checking import check_pipeline
from ledger.planning.outcomes import Outcome, Simulated, named, quarters_of
from ledger.planning.sampling import sample
from ledger.planning.simulating import Asked, Simulation, simulate_pipeline
from tests.core.builders import amended, exported, set_to
from tests.core.selling import BUYERS, deal_of
from tests.planning.test_checking import csv, file_of, row
from tests.planning.worlds import reading, stored_world
from tests.store.ledgers import H100_TPP, LPP_UNITS, put

FIRST = date(2026, 6, 20)
RUNS = 3


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prefix, Law]]:
    with reading(stored_world(tmp_path_factory.mktemp("world"))) as found:
        yield found


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    buyer = draw(st.sampled_from(sorted(BUYERS)))
    earliest = FIRST + timedelta(days=draw(st.integers(0, 200)))
    return deal_of(
        buyer,
        earliest=earliest,
        latest=earliest + timedelta(days=draw(st.integers(0, 120))),
        quantity=draw(st.sampled_from([1, 5, 13, 40])),
        device=draw(st.sampled_from(["h100", "h200", "small"])),
        destination=draw(st.sampled_from([BUYERS[buyer], BUYERS[buyer], "BR", "DE", "CN", "US"])),
        probability=draw(st.sampled_from(["1", "0.6"])),
    )


def run_of(simulation: Simulation, seed: int, run: int) -> Iterator[Movement]:
    """The lots of one run, each as it would be recorded."""
    for played in simulation.played:
        deal, drawn = played.deal, sample(played.deal, seed, 0, RUNS)
        for at, ordinal in zip(drawn.runs.tolist(), drawn.days.tolist(), strict=True):
            on = date.fromordinal(ordinal)
            options = simulation.ways.of(deal, deal.device)
            open_ones = simulation.ways.open_on(options, on)
            if at == run and open_ones:
                yield Movement(
                    on=on,
                    kind=Kind.EXPORTED if deal.destination != "US" else Kind.DOMESTIC,
                    device=deal.device,
                    party=deal.ultimate_consignee,
                    destination=deal.destination,
                    units=deal.quantity,
                    tpp=deal.quantity * open_ones[0].unit_tpp,
                    lot=deal.deal,
                    authorization=open_ones[0].authorization,
                    end_user=deal.end_user,
                    exporter=deal.exporter,
                    line=open_ones[0].line,
                )


def rooms_of(view: View, key: Key, simulated: Simulated) -> Iterator[tuple[date, int | None]]:
    """What a cap leaves on each day, as the core says it; None where it limits nothing."""
    for on in simulated.days.all():
        found = view.level(key, on)
        cap = next((one for one in view.versions(key[0]) if one.in_force(on)), None)
        measured = cap is None or not cap.measured_on or f"{on:%m-%d}" in cap.measured_on
        yield on, None if found is None or not measured else found.headroom_tpp


@settings(max_examples=40)
@given(some=st.lists(deals(), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_every_run_is_what_the_core_says_of_its_lots(
    stored: tuple[Prefix, Law], some: list[Deal], seed: int
) -> None:
    _as_the_core_says(stored, some, seed)


@pytest.mark.parametrize("quantity", [3, 12, 40])
def test_what_is_set_aside_for_a_licence_line_is_given_back_as_deals_go_under_it(
    stored: tuple[Prefix, Law], quantity: int
) -> None:
    found = _as_the_core_says(stored, [deal_of("shop-cn", quantity=quantity)], 1)
    (ratio,) = (one for one in found.outcomes if one.key == ("house/cap-4", ("h100",)))
    assert ratio.limited[-1]
    assert (ratio.left[0, -1] == ratio.before[-1]) == (quantity <= 12)


def test_a_line_that_is_amended_gives_back_what_is_still_set_aside_for_it(tmp_path: Path) -> None:
    url = stored_world(tmp_path)
    fewer: dict[str, object] = {"line": 1, "device": "h100", "quantity": 6}
    put(url, amended("D-CN-less", "D-CN", on="2026-10-01", lines=[fewer]))
    with reading(url) as found:
        for quantity in (4, 9):
            _as_the_core_says(found, [deal_of("shop-cn", quantity=quantity)], 1)


def _as_the_core_says(stored: tuple[Prefix, Law], some: list[Deal], seed: int) -> Simulated:
    """Play some deals, and ask the core about the lots of each run."""
    prefix, law = stored
    named = [one.model_copy(update={"deal": f"{at}"}) for at, one in enumerate(some)]
    simulation = Simulation(prefix, law, "on-the-books", file_of(*named), None)
    simulated = simulation.run(file_of(*named), seed, RUNS, lambda _, __: None)
    assert {one.key for one in simulated.outcomes} <= set(simulation.keys())
    for run in range(RUNS):
        view = View(overlay(prefix, list(run_of(simulation, seed, run))), law)
        for outcome in simulated.outcomes:
            _same(outcome, run, list(rooms_of(view, outcome.key, simulated)), simulated)
    return simulated


def _same(
    outcome: Outcome, run: int, rooms: list[tuple[date, int | None]], simulated: Simulated
) -> None:
    quarters = quarters_of(simulated.days)
    for at, first in enumerate(quarters):
        until = quarters[at + 1] if at + 1 < len(quarters) else date.max
        inside = [(on, room) for on, room in rooms if first <= on < until]
        asked = [room for on, room in inside if on >= simulated.since and room is not None]
        assert bool(outcome.passed[run, at]) == any(room < 0 for room in asked)
        last = inside[-1][1]
        if outcome.limited[at] and last is not None:
            assert outcome.left[run, at] == last
    empty = [on for on, room in rooms if on >= simulated.since and room is not None and room <= 0]
    end = simulated.days.last + timedelta(days=1)
    assert outcome.exhausted[run] == min(empty, default=end).toordinal()


def test_a_deal_under_which_nothing_is_open_is_left_out_and_said(
    stored: tuple[Prefix, Law],
) -> None:
    prefix, law = stored
    deals = (
        deal_of("buyer", deal="cn", destination="CN", device="h200"),
        deal_of("buyer", deal="who", end_user="nobody", ultimate_consignee="buyer"),
        deal_of("buyer", deal="late", device="late", earliest="2026-09-11", latest="2026-09-30"),
    )
    simulation = Simulation(prefix, law, "on-the-books", file_of(*deals), None)
    found = simulation.run(file_of(*deals), 1, 200, lambda _, __: None)
    assert [(one.deal.deal, one.why) for one in found.left_out] == [
        ("cn", "no authorization is open to it on any day of its window"),
        ("who", "end_user: the party 'nobody' is not registered"),
    ]
    _, _, (late, closings) = found.deals
    days = sample(late.deal, 1, 0, 200).days
    before = int((days < date(2026, 9, 20).toordinal()).sum())
    assert (closings.closed, closings.shut) == (200, before)
    assert 0 < before < 200
    assert found.as_data()["deals"][2]["nothing_open"] == before
    assert found.as_data()["deals"][0]["left_out"] is not None


def test_many_runs_are_played_some_at_a_time_with_the_same_end(
    stored: tuple[Prefix, Law], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, law = stored
    deals = (deal_of("buyer", probability="0.5"), deal_of("op-ae", deal="b", probability="0.5"))
    file, seen = file_of(*deals), []
    simulation = Simulation(prefix, law, "on-the-books", file, None)
    whole = simulation.run(file, 5, 25, lambda done, size: seen.append((done, size)))
    assert seen[-1][0] == seen[-1][1]
    monkeypatch.setattr("ledger.planning.simulating.RUNS_AT_ONCE", 7)
    assert simulation.run(file, 5, 25, lambda _, __: None).as_data() == whole.as_data()


def test_more_figures_than_can_be_kept_are_refused(
    stored: tuple[Prefix, Law], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, law = stored
    file = file_of(deal_of("op-ae"))
    simulation = Simulation(prefix, law, "on-the-books", file, None)
    found = simulation.run(file, 1, 4, lambda _, __: None)
    figures = len(found.outcomes) * len(quarters_of(found.days)) * 4
    monkeypatch.setattr("ledger.planning.simulating.MOST_FIGURES", figures)
    assert simulation.run(file, 1, 4, lambda _, __: None).runs == 4
    with pytest.raises(InvalidInput, match="are too many to be kept"):
        simulation.run(file, 1, 5, lambda _, __: None)


def test_another_deal_changes_nothing_where_it_draws_nothing(stored: tuple[Prefix, Law]) -> None:
    prefix, law = stored
    first, other = deal_of("op-ae", probability="0.5"), deal_of("cloud", deal="b", destination="JP")
    alone, both = (
        Simulation(prefix, law, "on-the-books", file, None).run(file, 5, 50, lambda _, __: None)
        for file in (file_of(first), file_of(other, first))
    )
    key = ("house/cap-1", ("op-ae",))
    (one,) = (found for found in alone.outcomes if found.key == key)
    (same,) = (found for found in both.outcomes if found.key == key)
    assert one.left.tolist() == same.left.tolist()


def test_the_last_quarter_is_that_of_the_last_deal_or_the_one_that_is_named(
    url: str, tmp_path: Path
) -> None:
    file = csv(tmp_path, row("a", 900), row("b", 900))
    own = simulate_pipeline(url, file, Asked(1, 3))
    assert own.days.last == date(2026, 12, 31)
    assert own.since == date(2026, 1, 5)
    far = simulate_pipeline(url, file, Asked(1, 3, date(2027, 2, 1)))
    assert [named(one) for one in quarters_of(far.days)][-1] == "2027Q1"
    (year,) = (one for one in far.outcomes if one.key[0] == "us-ear/lpp/parent-year")
    # In another year nothing of the last one counts.
    assert year.left[:, -1].tolist() == [LPP_UNITS_TPP] * 3
    near = simulate_pipeline(url, file, Asked(1, 3, date(2026, 2, 1)))
    assert near.days.last == date(2026, 3, 31)


LPP_UNITS_TPP = 26_900_000 * 10


def test_a_ledger_is_asked_at_an_earlier_head(url: str, tmp_path: Path) -> None:
    file = csv(tmp_path, row("a", 900))
    before = simulate_pipeline(url, file, Asked(1, 5)).as_data()
    put(url, exported("gone", quantity=900, on="2026-01-02"), set_to("posture/default", "enforced"))
    after = simulate_pipeline(url, file, Asked(1, 5)).as_data()
    then = simulate_pipeline(url, file, Asked(1, 5), as_of=before["as_of"]["size"]).as_data()
    assert then == before
    assert after["posture"] == "enforced"
    assert after["caps"] != before["caps"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"runs": 0}, "from 1 to 100,000 runs"),
        ({"runs": 100_001}, "from 1 to 100,000 runs"),
        ({"seed": -1}, "0 or more"),
        ({"until": date(2026, 1, 4)}, "before the first day"),
        ({"until": date(2047, 1, 1)}, "of more than 20 years"),
    ],
)
def test_what_cannot_be_played_is_refused(
    asked: dict[str, Any], said: str, url: str, tmp_path: Path
) -> None:
    fields = {"seed": 1, "runs": 1, **asked}
    with pytest.raises(InvalidInput, match=said):
        simulate_pipeline(url, csv(tmp_path, row("a", 1)), Asked(**fields))


def test_both_engines_check_and_play_alike(any_url: str, tmp_path: Path) -> None:
    put(any_url, exported("gone", quantity=900, on="2026-01-02"))
    file = csv(tmp_path, row("a", 500, "1"), row("b", 500, "2", "yes"))
    checked = check_pipeline(any_url, file)
    assert [one.in_order.units for one in checked.deals] == [500, LPP_UNITS - 1400]
    found = simulate_pipeline(any_url, file, Asked(1, 20))
    (year,) = (one for one in found.outcomes if one.key[0] == "us-ear/lpp/parent-year")
    assert year.left[:, -1].tolist() == [LPP_UNITS_TPP - 1900 * H100_TPP * 10] * 20
