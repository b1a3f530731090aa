"""Mistakes that users of other ledgers and quota systems report: none of them can be made here.

Each test is one requirement of docs/reservations.md, by its number there.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.encoding import event_data
from ledger.core.events import AnyEvent
from ledger.service.reserving import reserve as reserve_lot
from tests.cli.running import HOLD, LOT, Cli
from tests.core.builders import LPP_YEAR, event, exported, house, on, released, reserved
from tests.service.lots import LONG, asked, held_units, tpp
from tests.store.ledgers import LPP_UNITS, entries_of, head_of, put, stored, verified

ALL = ("--quantity", str(LPP_UNITS))
TEN = (*LOT, "--quantity", "10")


def figures(cli: Cli, *tokens: str) -> dict[str, tuple[str, str]]:
    """Drawn and reserved TPP of every cap and holder that anything stands against."""
    found = cli("headroom", "--on", "2025-12-31", *tokens, "--json").data["findings"]
    return {
        f"{f['cap']} {'/'.join(f['holder'])}": (f["drawdown_tpp"], f["reserved_tpp"])
        for f in found
        if (f["drawdown_tpp"], f["reserved_tpp"]) != ("0", "0")
    }


def test_r1_open_reservations_count_in_every_check(cli: Cli) -> None:
    assert cli("check", *LOT, *ALL).status == 0
    cli("reserve", *LOT, "--quantity", "1", *HOLD, "--id", "r1")
    assert cli("check", *LOT, *ALL).status == 1
    assert cli("reserve", *LOT, *ALL, *HOLD).status == 1
    assert cli("export-lot", *LOT, *ALL).status == 4
    finding = cli("check", *LOT, "--quantity", "1", "--json").data["findings"][0]
    assert (finding["reserved_tpp"], finding["headroom_units"]) == (tpp(1), LPP_UNITS - 1)
    cli("release", "r1")
    assert cli("check", *LOT, *ALL).status == 0


def test_r2_a_reservation_is_resolved_once_and_never_committed_after_its_rejection(
    url: str, cli: Cli
) -> None:
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    cli("release", "r1", "--id", "x")
    before = stored(url)
    twice = cli("release", "r1", "--json")
    late = cli("export-lot", "--reservation", "r1", *LOT, "--json")
    for ran in (twice, late):
        assert (ran.status, ran.error["code"]) == (4, "not-open")
        assert "'r1' was released on " in ran.error["message"]
        assert "by 'x' and holds nothing" in ran.error["message"]
    assert stored(url) == before


def test_r3_what_ended_is_carried_on_late_checked_again_and_linked(
    url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    cli("reserve", *LOT, *ALL, "--hold-until", "2026-03-10", "--id", "r1")
    clock.move_to("2026-03-11")
    cli("reserve", *TEN, *HOLD, "--id", "other")
    assert cli("reinstate", "r1").status == 1
    cli("release", "other")
    made = cli("reinstate", "r1", "--id", "r2", "--json")
    assert (made.status, made.data["decision"]["outcome"]) == (0, "permitted")
    assert cli("explain", "r2", "--json").data["reservation"]["reinstates"] == "r1"
    before = cli("explain", "r1", "--json").data["reservation"]
    assert (before["state"], before["reinstated_by"]) == ("expired", "r2")
    assert held_units(url) == {"r2": LPP_UNITS}


@pytest.mark.parametrize(
    ("gone", "flags", "left"),
    [
        ("4", (), {"r1": 6}),
        ("4", ("--final",), {}),
        ("15", ("--more-than-reserved",), {}),
        ("15", ("--more-than-reserved", "--final"), {}),
    ],
)
def test_r4_less_or_more_goes_than_was_reserved_but_more_only_if_that_is_said(
    gone: str, flags: tuple[str, ...], left: dict[str, int], url: str, cli: Cli
) -> None:
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    shipped = ("export-lot", "--reservation", "r1", *LOT, "--quantity", gone)
    if "--more-than-reserved" in flags:
        refused = cli(*shipped, "--json")
        assert (refused.status, refused.error["code"]) == (4, "conflict")
        assert "'r1' still holds 10. Correct the quantity, or say" in refused.error["message"]
    assert cli(*shipped, *flags).status == 0
    assert held_units(url) == left
    assert figures(cli, "--cap", LPP_YEAR)[f"{LPP_YEAR} buyer"][0] == tpp(int(gone))


def test_r4_what_goes_beyond_the_reservation_is_checked_and_recorded_all_the_same(cli: Cli) -> None:
    cli("reserve", *LOT, *ALL, *HOLD, "--id", "r1")
    beyond = ("--quantity", str(LPP_UNITS + 1), "--more-than-reserved")
    made = cli("export-lot", "--reservation", "r1", *LOT, *beyond, "--json")
    assert (made.status, made.data["decision"]["outcome"]) == (0, "license-required")
    assert figures(cli, "--cap", LPP_YEAR)[f"{LPP_YEAR} buyer"] == (tpp(LPP_UNITS + 1), "0")


def test_r5_a_bundle_is_placed_held_and_released_whole_across_every_cap(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    put(url, house('per = ["exporter"]\nbasis = "exported"\n' + YEARLY))
    lots = tmp_path / "lots.jsonl"
    consignees = ("buyer", "group")
    lots.write_text(
        "\n".join(json.dumps({"quantity": 5, "ultimate_consignee": one}) for one in consignees)
    )
    flags = LOT[: LOT.index("--ultimate-consignee")] + LOT[LOT.index("--exporter") :]
    assert cli("reserve", "--bundle", str(lots), *flags, *HOLD, "--id", "b").status == 0
    assert {found[1] for found in figures(cli, "--cap", LPP_YEAR).values()} == {tpp(5)}
    assert figures(cli, "--cap", "house/cap-1") == {"house/cap-1 seller": ("0", tpp(10))}
    assert cli("release", "--bundle", "b").status == 0
    assert figures(cli) == {}


YEARLY = 'window = { kind = "calendar-year" }\nallowance = [{ tpp = 20000000 }]\n'


def test_r6_limits_are_dated_data_of_each_holder(url: str, cli: Cli) -> None:
    lowered = "allowance = [{ tpp = 20000000 }, { from = 2025-10-01, tpp = 100000 }]\n"
    rows = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    put(url, house(rows + lowered))
    made = cli("reserve", *TEN, *HOLD, "--json")
    assert made.status == 1
    found = [f for c in made.data["decision"]["candidates"] for f in c["findings"]]
    bound = next(f for f in found if f["cap"] == "house/cap-1")
    # The later, lower limit binds a lot of September already.
    assert (bound["binding_on"], bound["headroom_units"]) == ("2025-10-01", 6)
    assert cli("reserve", *LOT, "--quantity", "6", *HOLD).status == 0


def test_r7_the_decision_returns_what_every_cap_leaves_at_one_head(url: str, cli: Cli) -> None:
    put(url, house('per = ["end_user"]\nbasis = "exported"\n' + YEARLY))
    before = head_of(url)
    decision = cli("reserve", *TEN, *HOLD, "--id", "r1", "--json").data["decision"]
    assert decision["as_of"] == {"size": before.size, "root": before.root}
    left = {f["cap"]: f["headroom_units"] for f in decision["findings"]}
    assert (left[LPP_YEAR], left["house/cap-1"]) == (LPP_UNITS, 1263)


def test_r8_a_back_dated_fact_is_recorded_and_what_it_breaks_is_said(cli: Cli) -> None:
    cli("reserve", *LOT, *ALL, *HOLD, "--id", "r1")
    early = ("--quantity", "1", "--authorization", "us-ear/lpp", "--json")
    back = [*LOT, *early]
    back[back.index("--on") + 1] = "2025-06-02"
    made = cli("export-lot", *back)
    assert (made.status, made.data["decision"]["outcome"]) == (0, "license-required")
    found = [f for c in made.data["decision"]["candidates"] for f in c["findings"]]
    year = next(f for f in found if f["cap"] == LPP_YEAR)
    assert (year["fits"], year["binding_on"]) == (False, "2025-09-01")


def test_r9_what_is_refused_is_charged_nothing(url: str, cli: Cli, tmp_path: Path) -> None:
    lots = tmp_path / "lots.json"
    lots.write_text(json.dumps([{"quantity": 1}, {"quantity": LPP_UNITS}]))
    cli("reserve", *TEN, *HOLD, "--id", "r1")
    cli("release", "r1")
    cli("reserve", *TEN, *HOLD, "--id", "r2")
    before, left = stored(url), figures(cli)
    for tokens in (
        ("reserve", *LOT, *ALL, *HOLD),
        ("reserve", "--bundle", str(lots), *LOT, *HOLD),
        ("reserve", "--replaces", "r2", "--quantity", str(LPP_UNITS + 1)),
    ):
        assert cli(*tokens).status == 1
    assert cli("reserve", *LOT, "--quantity", "many", *HOLD).status == 2
    assert cli("extend", "r1", "--hold-until", "2099-02-01").status == 4
    assert (stored(url), figures(cli)) == (before, left)


def test_r10_writers_at_once_never_admit_too_much_and_all_caps_move_together(
    url: str, cli: Cli
) -> None:
    caps = [f'per = [{per}]\nbasis = "exported"\n{YEARLY}' for per in ('"end_user"', '"exporter"')]
    put(url, house(*caps))

    def ask(number: int) -> bool:
        made = reserve_lot(url, asked(200), event_id=f"r{number}", hold_until=LONG)
        return made.appended is not None

    with ThreadPoolExecutor(4) as pool:
        admitted = sum(pool.map(ask, range(12)))
    assert admitted == 6  # 1,263 units fit the house's caps
    assert len(held_units(url)) == 6
    assert {aside for _, aside in figures(cli).values()} == {tpp(1200)}
    assert verified(url).entries == head_of(url).size


# ---- facts that are imported


def _written(file: Path, *events: AnyEvent) -> str:
    """A file of events, one a line."""
    file.write_text("\n".join(json.dumps(event_data(one)) for one in events), encoding="utf-8")
    return str(file)


def test_an_imported_export_of_a_reservation_that_ended_is_recorded_and_told(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    put(url, reserved("r1", quantity=10, hold_until=str(LONG)))
    cli("release", "r1")
    late = exported("e1", quantity=4, reservation="r1", final=True)
    file = _written(tmp_path / "late.jsonl", late, exported("e2", quantity=2))
    done = cli("import", file, "--json").data
    assert (done["appended"], done["rejected"], done["unreserved_units"]) == (2, 0, 4)
    assert figures(cli, "--cap", LPP_YEAR) == {f"{LPP_YEAR} buyer": (tpp(6), "0")}
    assert entries_of(url)[-2].event == late
    again = cli("import", file, "--json").data
    assert (again["already_present"], again["unreserved_units"]) == (2, 0)


def test_what_is_imported_about_a_reservation_that_ended_and_is_no_fact_is_rejected(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    put(url, reserved("r1", quantity=10), exported("e", quantity=10, reservation="r1"))
    longer = event(
        kind="lot.extended", id="x", on="2025-09-01", reservation="r1", hold_until="2099-01-01"
    )
    claims = (released("y", "r1"), longer, reserved("r2", quantity=1, reinstates="r1"))
    rejects = tmp_path / "rejects.csv"
    file = _written(tmp_path / "claims.jsonl", *claims)
    ran = cli("import", file, "--json", "--rejects", str(rejects))
    assert (ran.status, ran.data["rejected"], ran.data["appended"]) == (1, 3, 0)
    assert rejects.read_text(encoding="utf-8").count("was used up on 2025-08-01 by 'e'") == 3


def test_the_import_tells_people_what_no_reservation_held(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    put(url, reserved("r1", quantity=10, hold_until=str(LONG)))
    ran = cli(
        "import", _written(tmp_path / "a.jsonl", exported("e", quantity=14, reservation="r1"))
    )
    assert "4 units went from reservations that no longer held them" in " ".join(ran.out.split())
    assert held_units(url) == {}


def test_a_check_says_that_an_overdue_hold_is_still_counted(
    url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", quantity=10, hold_until="2026-03-01", on="2025-09-01"))
    before = stored(url)
    assert "still counted: reservation r1" in cli("check", *TEN).out
    assert cli("headroom", "--json").data["overdue"] == ["r1"]
    assert stored(url) == before
    released = cli("release", "--overdue", "--json").data["reservations"]
    assert [one["reservation"] for one in released] == ["r1"]
    assert on("2026-03-01") == entries_of(url)[-1].event.on
    assert "overdue" not in cli("check", *TEN).out
    clock.tick(1)
