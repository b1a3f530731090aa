import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.service.packs import adopt
from tests.cli.running import Cli
from tests.core.builders import exported, licence, party, reserved
from tests.service.test_packs import EXAMPLE
from tests.store.ledgers import SIZE, head_of, put

DAY = ("--on", "2025-09-01")


def test_each_cap_is_a_table_and_the_untouched_a_line(url: str, cli: Cli) -> None:
    put(url, exported("e1", quantity=1000), licence("D1"))
    ran = cli("headroom", *DAY)
    assert (ran.status, ran.err) == (0, "")
    shown = " ".join(ran.out.split())
    assert shown.startswith("Headroom on 2025-09-01, TPP")
    assert "buyer 26,900,000 15,832,000 0 11,068,000" in shown
    assert "59 % 2025-09-01" in shown
    assert "us-ear/allocation/country: " in shown
    assert "D1, 1" in shown
    assert f"as of head {head_of(url).size}, root {head_of(url).root}" in shown


def test_a_breach_is_negative(url: str, cli: Cli) -> None:
    put(url, exported("e1", quantity=2000))
    shown = " ".join(cli("headroom", *DAY, "--cap", "us-ear/lpp/parent-year").out.split())
    assert "buyer 26,900,000 31,664,000 0 -4,764,000" in shown


def test_reservations_stand_below_with_their_hold(
    url: str, cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", quantity=5, hold_until="2026-02-01"), reserved("r2", quantity=7))
    shown = " ".join(cli("headroom").out.split())
    assert (
        "r1: 5 h100 for buyer in BR on 2025-08-01, 79,160 TPP under us-ear/lpp, held until "
        "2026-02-01, over on 2026-03-01: the next recording from then on releases it" in shown
    )
    clock.tick(1)


def test_the_overview_for_programs_is_one_document(url: str, cli: Cli) -> None:
    put(url, reserved("r1", quantity=5, hold_until="2099-01-01"))
    data = cli("headroom", *DAY, "--json").data
    assert set(data) >= {"on", "findings", "reservations", "overdue", "law", "as_of"}
    assert data["reservations"][0]["open_tpp"] == "79160"
    assert {one["cap"] for one in data["findings"]} >= {"us-ear/allocation/country"}


def test_everything_for_people(cli: Cli) -> None:
    assert "untouched" in cli("headroom", *DAY).out
    whole = cli("headroom", *DAY, "--all").out
    assert "untouched" not in whole
    assert whole.count("790,000,000") > 2 * 100


def test_the_house_is_named(url: str, cli: Cli) -> None:
    adopt(url, EXAMPLE)
    put(url, exported("e1"))
    assert "Example house limits" in cli("headroom", *DAY, "--cap", "house/end-user-365").out


@pytest.mark.parametrize(
    ("flags", "status", "said"),
    [
        (("--cap", "no/cap"), 3, "--cap: no adopted pack has the cap 'no/cap'. List the caps: ch"),
        (("--destination", "QQ"), 2, "--destination: unknown country 'QQ'. Use an ISO 3166-1"),
        (("--destination", "ZZ"), 2, "--destination: unknown country 'ZZ'. Use an ISO 3166-1"),
        (("--holder", "nobody"), 3, "--holder: nothing is held by 'nobody' on 2025-09-01. Name"),
        (("--holder", "who"), 3, "--holder: nothing is held by 'who' on 2025-09-01. Name a party"),
        (("--on", "someday"), 2, "--on: expected a day as YYYY-MM-DD, found 'someday'. Write YYYY"),
        (("--on", "9999-12-31"), 2, "--on: expected a day from "),
        (("--as-of", "99"), 3, f"--as-of: the ledger has {SIZE} entries, not 99. Take the size"),
    ],
)
def test_a_wrong_filter_is_said(flags: tuple[str, ...], status: int, said: str, cli: Cli) -> None:
    day = () if flags[0] == "--on" else DAY
    ran = cli("headroom", *day, *flags, "--json")
    assert ran.status == status
    assert ran.error["message"].startswith(said)
    assert said in cli("headroom", *day, *flags).said


def test_the_same_size_gives_the_same_bytes(url: str, cli: Cli) -> None:
    put(url, reserved("a", hold_until="2099-11-01"), reserved("b", hold_until="2098-11-01"))
    size = str(head_of(url).size)
    at_the_head = cli("headroom", *DAY, "--json").out
    put(url, exported("e1"), party("z"))
    assert cli("headroom", *DAY, "--json", "--as-of", size).out == at_the_head


def test_overdue_holds_keep_their_order(url: str, cli: Cli) -> None:
    put(url, reserved("b", hold_until="2026-01-01"), reserved("a", hold_until="2026-02-01"))
    size = str(head_of(url).size)
    first = cli("headroom", "--on", "2026-02-01", "--json")
    assert first.data["overdue"] == ["b", "a"]
    put(url, party("z"))
    assert cli("headroom", "--on", "2026-02-01", "--json", "--as-of", size).out == first.out


def test_ids_are_shown_as_they_stand(url: str, cli: Cli) -> None:
    put(url, party("a[/]"), exported("e1", ultimate_consignee="a[/]"))
    put(url, reserved("r[/b]", ultimate_consignee="a[/]", hold_until="2099-01-01"))
    shown = cli("headroom", *DAY).out
    assert "a[/]" in shown
    assert "r[/b]: 1 h100 for a[/] in BR" in " ".join(shown.split())
