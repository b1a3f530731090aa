import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.cli.running import HOLD, LOT, Cli
from tests.core.builders import exported, reserved
from tests.service.lots import held_units
from tests.store.ledgers import LPP_UNITS, SIZE, entries_of, head_of, put, stored

TEN = (*LOT, "--quantity", "10")


def test_a_reservation_is_shown_with_its_answer(cli: Cli) -> None:
    ran = cli("reserve", *TEN, *HOLD, "--id", "r1")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"reserved  id r1, entry {SIZE + 1}\npermitted  under us-ear/lpp\n")


def test_a_reservation_for_programs(url: str, cli: Cli) -> None:
    data = cli("reserve", *TEN, *HOLD, "--id", "r1", "--actor", "ben", "--json").data
    assert (data["id"], data["seq"], data["new"]) == ("r1", SIZE + 1, True)
    assert data["decision"]["outcome"] == "permitted"
    assert entries_of(url)[-1].envelope.actor == "ben"


def test_a_retry_is_told_that_it_stood_there(url: str, cli: Cli) -> None:
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    before = stored(url)
    assert "it stood there already and holds 10 units" in cli("reserve", *TEN, "--id", "r1").out
    again = cli("reserve", *TEN, "--id", "r1", "--json")
    assert (again.status, again.data) == (
        0,
        {"id": "r1", "seq": SIZE + 1, "new": False, "open_units": 10},
    )
    assert stored(url) == before


def test_a_refusal_ends_in_1_and_sets_nothing_aside(url: str, cli: Cli) -> None:
    before = stored(url)
    ran = cli("reserve", *LOT, "--quantity", str(LPP_UNITS + 1), *HOLD)
    assert ran.status == 1
    assert ran.out.startswith("not reserved: nothing was set aside\n\nlicense-required")
    data = cli("reserve", *LOT, "--quantity", str(LPP_UNITS + 1), *HOLD, "--json")
    assert (data.status, set(data.data)) == (1, {"decision"})
    assert stored(url) == before


@pytest.mark.parametrize("until", ["2026-03-01", "2020-01-01"])
def test_a_hold_in_the_past_is_bad_input(
    until: str, url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    before = stored(url)
    ran = cli("reserve", *TEN, "--hold-until", until, "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-request")
    assert ran.error["message"].endswith("Name a day after 2026-03-01.")
    assert stored(url) == before
    clock.tick(1)


@pytest.mark.parametrize("until", ["soon", "2026-02-30", "2026-2-3", ""])
def test_a_hold_until_no_day_is_bad_input(until: str, cli: Cli) -> None:
    ran = cli("reserve", *TEN, f"--hold-until={until}", "--json")
    assert ran.status == 2
    assert ran.error["message"].startswith("--hold-until: expected a day as YYYY-MM-DD, found ")
    assert ran.error["message"].endswith("Write YYYY-MM-DD.")


def test_an_id_used_again_with_another_lot_is_a_conflict(url: str, cli: Cli) -> None:
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    before = stored(url)
    ran = cli("reserve", *LOT, "--quantity", "11", *HOLD, "--id", "r1", "--json")
    assert (ran.status, ran.error["code"]) == (4, "already-recorded")
    assert ran.error["message"].startswith("--id: the id 'r1' stands in the ledger with other")
    plain = cli("reserve", *LOT, "--quantity", "11", *HOLD, "--id", "r1")
    assert (plain.status, "already-recorded" in plain.said) == (4, True)
    assert stored(url) == before


def test_a_reservation_released_twice_is_a_conflict(
    url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    ran = cli("release", "r1", "--id", "x")
    assert (ran.status, ran.out) == (0, f"released r1  id x, entry {SIZE + 2}\n")
    before = stored(url)
    again = cli("release", "r1", "--json")
    assert (again.status, again.error["code"]) == (4, "not-open")
    assert again.error["message"] == (
        "the reservation 'r1' was released on 2026-03-01 by 'x' and holds nothing. "
        "Reinstate it with 'chipledger reinstate r1', or record a lot that has gone without it."
    )
    assert stored(url) == before
    clock.tick(1)


@pytest.mark.parametrize(
    "tokens",
    [
        ("release", "nothing"),
        ("reverse", "nothing", "--reason", "why"),
        ("export-lot", "--reservation", "nothing"),
    ],
)
def test_an_unknown_subject_is_not_found(tokens: tuple[str, ...], url: str, cli: Cli) -> None:
    before = stored(url)
    ran = cli(*tokens, "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")
    assert "'nothing'. " in ran.error["message"]
    assert stored(url) == before


def test_an_overdue_hold_counts_until_the_next_command_that_writes(
    url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    whole = (*LOT, "--quantity", str(LPP_UNITS))
    assert cli("reserve", *whole, "--hold-until", "2026-03-10", "--id", "r1").status == 0
    clock.move_to("2026-03-10 00:00:01")
    assert cli("check", *whole).status == 1
    assert "r1" in cli("headroom", "--json").data["overdue"]
    assert ", over on" in " ".join(cli("headroom").out.split())
    assert head_of(url).size == SIZE + 1
    assert cli("reserve", *whole, *HOLD, "--id", "r2").status == 0
    assert held_units(url) == {"r2": LPP_UNITS}
    assert cli("headroom", "--json").data["overdue"] == []


@pytest.mark.parametrize(
    ("tokens", "left"),
    [
        ((), 0),
        (("--quantity", "4"), 6),
        (("--quantity", "4", "--final"), 0),
        (("--quantity", "25", "--more-than-reserved"), 0),
    ],
)
def test_an_export_uses_its_reservation_up(
    tokens: tuple[str, ...], left: int, url: str, cli: Cli
) -> None:
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    which = ("--reservation", "r1", "--on", "2025-09-01", "--document", "ITN-1")
    ran = cli("export-lot", *which, "--id", "e1", *tokens)
    assert ran.status == 0
    assert ran.out.startswith(
        f"recorded export  id e1, entry {SIZE + 2}\npermitted  under us-ear/lpp"
    )
    assert held_units(url) == ({"r1": left} if left else {})


def test_an_export_that_breaks_a_cap_is_recorded_and_says_so(url: str, cli: Cli) -> None:
    over = (*LOT, "--quantity", str(LPP_UNITS + 1))
    refused = cli("export-lot", *over, "--json")
    assert (refused.status, refused.error["code"]) == (4, "conflict")
    assert head_of(url).size == SIZE
    ran = cli("export-lot", *over, "--authorization", "us-ear/lpp")
    assert ran.status == 0
    assert "the lot is not permitted as it was asked about:" in ran.out
    assert "leaves 26,900,000 TPP" in " ".join(ran.out.split())


def test_a_lot_that_has_not_gone_is_bad_input(
    url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    before = stored(url)
    ten = (*LOT[: LOT.index("--on")], "--quantity", "10")
    ran = cli("export-lot", *ten, "--on", "2026-03-02", "--authorization", "unknown", "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-request")
    assert ran.error["message"] == (
        "--on: 2026-03-02 has not come yet: the lot can't have gone. "
        "Reserve headroom for it instead."
    )
    assert stored(url) == before
    assert cli("export-lot", *ten, "--on", "2026-03-01", "--authorization", "unknown").status == 0
    clock.tick(1)


def test_the_same_export_again_is_done_once(url: str, cli: Cli) -> None:
    cli("export-lot", *TEN, "--id", "e1")
    before = stored(url)
    assert cli("export-lot", *TEN, "--id", "e1", "--json").data["new"] is False
    assert "it stood there already" in cli("export-lot", *TEN, "--id", "e1").out
    assert stored(url) == before


def test_an_entry_is_taken_back_once(url: str, cli: Cli) -> None:
    put(url, exported("e1"))
    ran = cli("reverse", "e1", "--reason", "booked twice", "--id", "x")
    assert ran.status == 0
    assert ran.out.startswith(f"reversed e1  id x, entry {SIZE + 2}\n")
    again = cli("reverse", "e1", "--reason", "booked twice", "--json")
    assert (again.status, again.error["code"]) == (4, "not-open")


def test_what_can_not_be_taken_back_is_bad_input(url: str, cli: Cli) -> None:
    before = stored(url)
    for target in ("ledger", entries_of(url)[1].event.id):
        ran = cli("reverse", target, "--reason", "why", "--json")
        assert (ran.status, ran.error["code"]) == (2, "invalid-event")
    assert cli("reverse", "grant-N-AE", "--reason", "").status == 2
    assert stored(url) == before


@pytest.mark.parametrize("name", ["r[/x]", "r[bold]", "ü 1", "--r"])
def test_any_id_is_shown_as_it_stands(name: str, url: str, cli: Cli) -> None:
    ran = cli("reserve", *TEN, *HOLD, f"--id={name}")
    assert (ran.status, ran.out.splitlines()[0]) == (0, f"reserved  id {name}, entry {SIZE + 1}")
    assert name in cli("headroom", "--on", "2025-09-01").out
    put(url, reserved("r9"))


@pytest.mark.parametrize("name", ["", " ", " r", "r ", "a\tb", "x" * 201])
def test_an_id_that_is_none_is_bad_input(name: str, url: str, cli: Cli) -> None:
    before = stored(url)
    for tokens in (("reserve", *TEN, *HOLD), ("export-lot", *TEN)):
        ran = cli(*tokens, f"--id={name}", "--json")
        assert (ran.status, ran.error["code"]) == (2, "invalid-event")
        assert ": id: " in ran.error["message"]
    assert stored(url) == before
