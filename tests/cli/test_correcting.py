import json
from pathlib import Path

import pytest

from tests.cli.running import LOT, Cli
from tests.core.builders import LPP_YEAR, declared, exported
from tests.store.ledgers import SIZE, put


def said(text: str) -> str:
    return " ".join(text.split())


def test_a_reversal_shows_what_it_restates_and_cures(url: str, cli: Cli) -> None:
    put(url, exported("e", quantity=1800))
    ran = cli("reverse", "e", "--reason", "booked twice", "--id", "x")
    assert (ran.status, ran.err) == (0, "")
    shown = said(ran.out)
    assert shown.startswith(f"reversed e id x, entry {SIZE + 2}")
    assert "2025-08-01 28,497,600 → 0 0 -1,597,600 → 26,900,000" in shown
    assert f"No longer passed · {LPP_YEAR} for buyer: 2025-08-01 to 2025-12-31" in shown


def test_an_export_that_breaks_a_cap_says_so(cli: Cli) -> None:
    lot = (*LOT, "--quantity", "1800", "--authorization", "us-ear/lpp", "--id", "e")
    shown = said(cli("export-lot", *lot).out)
    assert "Passed now, and not before" in shown
    assert "buyer 2025-09-01 to 2025-12-31 2025-09-01 1,597,600 28,497,600 26,900,000 e" in shown
    again = cli("export-lot", *lot, "--json").data["restated"]
    (breach,) = again["breaches"]
    assert (breach["event"], breach["cap"], breach["over_tpp"]) == ("e", LPP_YEAR, "1597600")
    (figure,) = again["figures"]
    assert figure["before"]["headroom_tpp"] == "26900000"
    assert figure["after"]["headroom_tpp"] == "-1597600"


def test_the_breach_list(url: str, cli: Cli) -> None:
    put(url, exported("e", quantity=1800))
    ran = cli("headroom", "--breaches")
    assert (ran.status, ran.err) == (0, "")
    shown = said(ran.out)
    assert shown.startswith("1 breach, TPP us-ear/lpp/parent-year LPP: TPP per ultimate parent")
    assert f"e (entry {SIZE + 1})" in shown
    assert "on the books; not enforced on these days" in shown
    assert f"as of head {SIZE + 1}, root " in shown
    data = cli("headroom", "--breaches", "--on", "2025-12-31", "--json").data
    assert [one["event"] for one in data["breaches"]] == ["e"]
    none = cli("headroom", "--breaches", "--on", "2026-01-01")
    assert none.status == 0
    assert said(none.out).startswith("0 breaches on 2026-01-01 or later, TPP as of head")
    assert cli("headroom", "--breaches", "--holder", "nobody").status == 3


def test_units_come_back_leave_and_move(url: str, cli: Cli) -> None:
    put(url, declared("s", party="op-ae", destination="AE", quantity=10))
    day = ("--on", "2025-09-02")
    back = cli("return", "s", "--quantity", "2", *day, "--id", "b", "--json").data
    assert (back["id"], back["excess_units"], len(back["restated"]["figures"])) == ("b", 0, 1)
    place = ("--party", "op-ae", "--device", "h100", "--quantity", "9", *day)
    lost = cli("attrit", *place, "--destination", "AE", "--reason", "failed", "--id", "a")
    assert "1 units are not recorded there and free nothing" in said(lost.out)
    moved = cli("relocate", *place, "--from", "AE", "--to", "BR", "--json").data
    assert moved["excess_units"] == 9
    assert cli("return", "nothing", "--quantity", "1").status == 3


def test_a_device_and_a_party_are_corrected(url: str, cli: Cli) -> None:
    put(url, exported("e", quantity=1600), exported("f", quantity=5, ultimate_consignee="branch"))
    rated = ("--unit-tpp", "17000", "--on", "2025-01-01", "--source", "a sheet")
    made = cli("rerate", "h100", *rated, "--id", "r", "--json").data
    assert [one["event"] for one in made["restated"]["breaches"]] == ["r"]
    moved = cli("correct-party", "branch", "--no-parent", "--on", "2020-01-01", "--json").data
    assert {tuple(one["holder"]) for one in moved["restated"]["figures"]} == {
        ("branch",),
        ("group",),
    }
    nothing = cli("correct-party", "branch", "--on", "2020-01-01")
    assert nothing.status == 2
    assert "nothing is to change" in nothing.said


def test_an_entry_is_replaced_by_flags_or_by_a_file(url: str, cli: Cli, tmp_path: Path) -> None:
    put(url, exported("e", quantity=1800), declared("s"))
    made = cli("replace", "e", "--quantity", "18", "--reason", "typed wrong", "--id", "e-b")
    assert said(made.out).startswith(f"replaced e id e-b, entry {SIZE + 4}")
    file = tmp_path / "new.json"
    new = {"party": "buyer", "destination": "BR", "device": "h100", "quantity": 3}
    file.write_text(json.dumps(new), encoding="utf-8")
    why = ("--reason", "counted again")
    data = cli("replace", "s", "--event", str(file), *why, "--id", "s-b", "--json").data
    assert (data["id"], data["new"]) == ("s-b", True)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), (2, "nothing is to change")),
        (("--event", "{file}", "--quantity", "1"), (2, "is given twice")),
        (("--event", "no-such-file"), (3, "can't read")),
        (("--event", "{file}"), (2, "is no JSON")),
        (("--event", "{list}"), (2, "holds no object")),
    ],
)
def test_a_replacement_needs_one_new_content(
    url: str, cli: Cli, tmp_path: Path, flags: tuple[str, ...], expected: tuple[int, str]
) -> None:
    status, text = expected
    put(url, exported("e"))
    (tmp_path / "file").write_text("{", encoding="utf-8")
    (tmp_path / "list").write_text("[1]", encoding="utf-8")
    named = {"file": str(tmp_path / "file"), "list": str(tmp_path / "list")}
    ran = cli("replace", "e", "--reason", "why", *(flag.format(**named) for flag in flags))
    assert ran.status == status
    assert text in ran.said


def test_each_command_has_help_with_an_example(cli: Cli) -> None:
    for name in ("reverse", "replace", "return", "attrit", "relocate", "rerate", "correct-party"):
        assert f"Example: chipledger {name}" in said(cli(name, "--help").out)
