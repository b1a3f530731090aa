import pytest

from tests.cli.running import HOLD, LOT, Cli
from tests.core.builders import (
    LPP_YEAR,
    attrited,
    exported,
    party,
    released,
    reserved,
    reversed_,
    used,
)
from tests.store.ledgers import SIZE, entries_of, put

DAY = ("--on", "2025-09-01")
YEAR = "us-ear/lpp/parent-year"


def test_an_entry_shows_its_fields_its_movements_and_its_decision(cli: Cli) -> None:
    cli("reserve", *LOT, "--quantity", "10", *HOLD, "--id", "r1", "--actor", "ben")
    ran = cli("explain", "r1")
    assert (ran.status, ran.err) == (0, "")
    shown = " ".join(ran.out.split())
    assert shown.startswith(f"lot.reserved r1 on 2025-09-01, entry {SIZE + 1} recorded ")
    assert " by ben via cli" in shown
    assert "What it moved" in shown
    assert "The decision it was made on, decided again at the head before it" in shown
    assert "permitted under us-ear/lpp" in shown


def test_a_decision_is_found_again_by_its_own_id(cli: Cli) -> None:
    made = cli("reserve", *LOT, "--quantity", "10", *HOLD, "--id", "r1", "--json").data["decision"]
    found = cli("explain", made["decision_id"], "--json").data
    assert found["event"]["id"] == "r1"
    assert found["decision"] == {k: v for k, v in made.items() if k != "alternatives"}


def test_a_reversed_entry_says_so(url: str, cli: Cli) -> None:
    put(url, exported("e1"), reversed_("x", "e1"))
    assert cli("explain", "e1").out.splitlines()[0] == (
        f"lot.exported e1 on 2025-08-01, entry {SIZE + 1}  reversed"
    )
    assert cli("explain", "e1", "--json").data["reversed"] is True
    assert cli("explain", "e1", "--as-of", str(SIZE + 1), "--json").data["reversed"] is False


def test_the_text_of_a_pack_is_not_poured_out(url: str, cli: Cli) -> None:
    shown = cli("explain", entries_of(url)[1].event.id).out
    assert " characters" in shown
    assert "[[group]]" not in shown


def test_a_figure_is_shown_event_by_event_to_the_sum(url: str, cli: Cli) -> None:
    put(url, exported("e1", quantity=10), reserved("r1", quantity=5))
    put(url, used("u1", YEAR, ["buyer"], "1000.5"))
    ran = cli("explain", YEAR, "buyer", *DAY)
    assert ran.status == 0
    shown = " ".join(ran.out.split())
    assert "2025-08-01 e1 exported h100 BR 10 158,320 159,320.5" in shown
    assert "drawn 159,320.5 reserved 79,160 headroom 26,661,519.5 TPP" in shown
    assert "26,900,000 TPP" in shown
    data = cli("explain", YEAR, "buyer", *DAY, "--json").data
    assert [part["event"] for part in data["counted"]] == ["u1", "e1", "r1"]
    assert data["counted"][-1]["sum_tpp"] == "238480.5"


def test_later_draws_and_what_left_are_shown(url: str, cli: Cli) -> None:
    fields = {"ultimate_consignee": "op-ae", "destination": "AE"}
    put(url, exported("e1", quantity=10, **fields))
    put(url, attrited("a1", party="op-ae", destination="AE", quantity=4, on="2025-09-20"))
    ran = cli("explain", "us-ear/nveu/company-country", "op-ae", "AE", *DAY)
    shown = " ".join(ran.out.split())
    assert "binding on 2025-09-01" in shown
    assert "Later draws, not counted on that day" in shown
    assert "a1" in shown.partition("Later draws")[2]


def test_nothing_drawn_is_said(cli: Cli) -> None:
    assert "no event draws on it by that day" in cli("explain", YEAR, "buyer", *DAY).out


@pytest.mark.parametrize(
    ("tokens", "status", "said"),
    [
        (("nothing",), 3, "no event, decision or cap has the id 'nothing'. A decision can be"),
        (
            (YEAR,),
            2,
            f"explain: a holder of {YEAR} is [ultimate_parent], found []. Write: chipledger",
        ),
        ((YEAR, "who"), 2, "ultimate_parent: unknown party 'who'. Write the keys"),
        (("us-ear/nveu/company-country", "op-ae", "QQ"), 2, "destination: unknown country 'QQ'."),
        ((YEAR, "buyer", "--on", "x"), 2, "--on: expected a day as YYYY-MM-DD, found 'x'. Write"),
        (
            (YEAR, "buyer", "--on", "2020-01-01"),
            3,
            f"{YEAR} has no figure of its own on 2020-01-01",
        ),
        (("ledger", "--as-of", "99"), 3, f"--as-of: the ledger has {SIZE} entries, not 99."),
        (("grant-N-AE", "--as-of", "14"), 3, "--as-of: 'grant-N-AE' came later: it is entry 17,"),
    ],
)
def test_what_can_not_be_explained_is_said(
    tokens: tuple[str, ...], status: int, said: str, cli: Cli
) -> None:
    ran = cli("explain", *tokens, "--json")
    assert ran.status == status
    assert ran.error["message"].startswith(said)


def test_ids_are_shown_as_they_stand(url: str, cli: Cli) -> None:
    put(url, party("a[/]"), exported("e[/b]", ultimate_consignee="a[/]"))
    assert cli("explain", "e[/b]").out.startswith("lot.exported e[/b] on 2025-08-01")
    assert "e[/b]" in cli("explain", YEAR, "a[/]", *DAY).out


def test_a_reservation_tells_what_became_of_it(url: str, cli: Cli) -> None:
    put(
        url,
        reserved("r1", quantity=10, bundle="b"),
        exported("e1", quantity=4, reservation="r1"),
        released("x", "r1", reason="expired"),
        reserved("r2", quantity=6, reinstates="r1", bundle="b", hold_until="2099-01-01"),
    )
    told = " ".join(cli("explain", "r1").out.split())
    assert "expired on 2025-09-01 by 'x' · reinstated as r2 · one of the bundle b" in told
    assert "+10 units by r1 · -4 units by e1 · -6 units by x" in told
    again = " ".join(cli("explain", "r2").out.split())
    assert "open: 6 units, held until 2099-01-01 · it reinstates r1" in again
    data = cli("explain", "r1", "--json").data["reservation"]
    assert data["life"] == [
        {"event": "r1", "units": 10},
        {"event": "e1", "units": -4},
        {"event": "x", "units": -6},
    ]
    assert (data["state"], data["ended_by"], data["ended_on"]) == ("expired", "x", "2025-09-01")
    before = cli("explain", "r1", "--as-of", str(SIZE + 2), "--json").data["reservation"]
    assert (before["state"], before["open_units"], before["ended_by"]) == ("open", 6, None)
    assert cli("explain", "e1", "--json").data["reservation"] is None
    # The mark that the reinstatement leaves on the old one is no part of a figure.
    figure = cli("explain", LPP_YEAR, "buyer", "--on", "2025-12-31", "--json").data
    assert [part["units"] for part in figure["counted"]] == [10, 4, -4, -6, 6]


def test_headroom_names_the_links_of_an_open_reservation(url: str, cli: Cli) -> None:
    put(
        url,
        reserved("r1", bundle="b"),
        released("x", "r1"),
        reserved("r2", reinstates="r1", bundle="b", hold_until="2099-01-01"),
    )
    told = " ".join(cli("headroom", "--on", "2025-09-01").out.split())
    assert "held until 2099-01-01, reinstates r1, of bundle b" in told
    (held,) = cli("headroom", "--on", "2025-09-01", "--json").data["reservations"]
    assert (held["lot"]["reinstates"], held["lot"]["bundle"]) == ("r1", "b")
