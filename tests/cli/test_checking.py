import io
import json
from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.paths import data_folder
from ledger.service.packs import adopt
from tests.cli.running import LOT, Cli
from tests.core.builders import exported, lot, party, reserved, reversed_
from tests.service.test_packs import EXAMPLE
from tests.store.ledgers import LPP_UNITS, SIZE, head_of, put, stored


def test_a_permitted_lot_is_shown_with_its_ground_and_headroom(url: str, cli: Cli) -> None:
    ran = cli("check", *LOT, "--quantity", "50")
    assert (ran.status, ran.err) == (0, "")
    shown = " ".join(ran.out.split())
    assert shown.startswith("permitted under us-ear/lpp 50 h100 (a-class) = 791,600 TPP, export US")
    assert "26,900,000 0 0 26,900,000 791,600 26,108,400 1,699" in shown
    assert "15 CFR 740.29" in shown
    assert "This advises; it is not legal clearance." in shown
    assert f"as of head {SIZE}, root {head_of(url).root}" in shown


def test_a_lot_that_is_not_permitted_says_why_and_what_would_go(cli: Cli) -> None:
    ran = cli("check", *LOT, "--quantity", "1700")
    assert ran.status == 1
    shown = " ".join(ran.out.split())
    assert shown.startswith("license-required review: ")
    assert "us-ear/lpp/parent-year leaves 26,900,000 TPP for buyer on 2025-09-01" in shown
    assert "→ quantity 1,699 on that day, under us-ear/lpp" in shown
    split = "1,699 on 2025-09-01 under us-ear/lpp and 1 on 2026-01-01 under us-ear/lpp"
    assert f"→ split: {split}" in shown


def test_the_house_is_named(url: str, cli: Cli) -> None:
    adopt(url, EXAMPLE)
    tokens = ("--device", "h100", "--exporter", "seller", "--on", "2025-09-01")
    who = ("--ultimate-consignee", "op-ae", "--destination", "AE", "--quantity", "30000")
    ran = cli("check", *tokens, *who)
    assert ran.status == 1
    assert ran.out.startswith("prohibited")
    assert "house/end-user-365 of Example house limits leaves" in " ".join(ran.out.split())


def test_every_authorization_can_be_shown(cli: Cli) -> None:
    short, whole = (
        cli("check", *LOT, "--quantity", "1", *more).out for more in ((), ("--explain",))
    )
    assert "us-ear/nveu: ineligible" not in short
    for name in ("aia", "uveu", "nveu", "lpp", "license", "nlr"):
        assert f"us-ear/{name}: " in whole


def test_the_answer_for_programs_is_one_document(url: str, cli: Cli) -> None:
    put(url, exported("e1"))
    ran = cli("check", *LOT, "--quantity", "1700", "--json")
    assert ran.status == 1
    assert (ran.data["outcome"], ran.data["tpp"]) == ("license-required", "26914400")
    assert ran.data["as_of"]["size"] == SIZE + 1
    assert {one["change"] for one in ran.data["alternatives"]} >= {"quantity", "split"}


def fields_at(schema: dict[str, Any], *path: str) -> set[str]:
    """The fields that a schema has at a place, references followed and lists entered."""
    found = schema
    for name in path:
        found = found["properties"][name]
        found = found.get("items", found)
        if "$ref" in found:
            found = schema["$defs"][found["$ref"].rpartition("/")[2]]
    assert found["additionalProperties"] is False
    return set(found["properties"])


@pytest.mark.parametrize("quantity", ["1", "1700"])
def test_the_answer_for_programs_has_the_fields_of_its_schema(quantity: str, cli: Cli) -> None:
    text = (data_folder("schemas") / "decision.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    data = cli("check", *LOT, "--quantity", quantity, "--json").data
    assert set(data) == fields_at(schema) == set(schema["required"])
    for path in ("request", "as_of"):
        assert set(data[path]) == fields_at(schema, path)
    for name in ("candidates", "findings", "duties", "status", "law", "alternatives"):
        if quantity == "1700" or name != "alternatives":
            assert all(set(one) == fields_at(schema, name) for one in data[name])
    for name in ("requirements", "findings"):
        rows = [row for one in data["candidates"] for row in one[name]]
        assert rows
        assert all(set(row) == fields_at(schema, "candidates", name) for row in rows)


def test_the_same_head_gives_the_same_bytes(url: str, cli: Cli) -> None:
    put(url, exported("e1", quantity=1000), reserved("r1", quantity=100, hold_until="2099-01-01"))
    question = ("check", *LOT, "--quantity", "700", "--json")
    size = str(head_of(url).size)
    at_the_head = cli(*question)
    as_of = cli(*question, "--as-of", size)
    put(url, exported("e2", quantity=500, on="2025-08-31"), party("buyer", on="2025-01-15"))
    put(url, reversed_("x", "e1"))
    adopt(url, EXAMPLE)
    later = cli(*question, "--as-of", size)
    assert later.out.encode() == as_of.out.encode() == at_the_head.out.encode()
    assert cli(*question).out != later.out


def test_overdue_holds_are_told(url: str, cli: Cli, clock: FrozenDateTimeFactory) -> None:
    put(url, reserved("r[1]", quantity=100, hold_until="2026-02-01"))
    shown = cli("check", *LOT, "--quantity", "1").out
    assert "overdue on 2026-03-01, still counted: reservation r[1]" in shown
    assert head_of(url).size == SIZE + 1
    clock.tick(1)


@pytest.mark.parametrize("name", ["lot.json", "lot.toml", "-"])
def test_a_request_can_come_from_a_file_or_a_pipe(
    name: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = lot(on="2025-09-01", quantity=5, intermediate_consignees=["group"])
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in fields.items())
    text = text if name == "lot.toml" else json.dumps(fields)
    place = name if name == "-" else str(tmp_path / name)
    if name == "-":
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
    else:
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = cli("check", "--request", place, "--quantity", "7", "--json").data["request"]
    assert (found["quantity"], found["intermediate_consignees"]) == (7, ["group"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is neither JSON nor TOML as its name says"),
        ("[1]", "holds no object. Write one object with the fields"),
        ("null", "holds no object"),
        ('{"quantity": 1.5}', "quantity: expected a whole number, found 1.5"),
        ('{"quantity": NaN}', "NaN is no number"),
        ('{"quantity": 1e99999999999999999999}', "expected a number"),
        ('{"device": "a", "device": "b"}', "the field 'device' stands twice"),
        ('{"colour": "red"}', "unknown field 'colour'"),
        ("[" * 100_000, "nested too deeply"),
        ('{"quantity": 1' + "0" * 5000 + "}", "4300 digits"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_request_is_bad_input(
    text: str | bytes, said: str, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "lot.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = cli("check", "--request", str(file), "--json")
    assert ran.status == 2
    assert ran.error["code"] == "invalid-request"
    assert said in ran.error["message"]


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_can_not_be_read_is_not_found(name: str, cli: Cli, tmp_path: Path) -> None:
    ran = cli("check", "--request", str(tmp_path / name), "--json")
    assert ran.status == 3
    assert "can't read" in ran.error["message"]


BAD: list[tuple[tuple[str, ...], str, str]] = [
    (("--device", "h999"), "device: the device 'h999' is not classified.", "Record device.class"),
    (("--destination", "QQ"), "destination: unknown country 'QQ'.", "Use an ISO 3166-1 alpha-2"),
    (("--destination", "Brazil"), "destination: expected a country as two cap", "found 'Brazil'"),
    (("--origin", "QQ"), "origin: unknown country 'QQ'.", "Use an ISO 3166-1 alpha-2"),
    (
        ("--ultimate-consignee", "who"),
        "ultimate_consignee: the party 'who' is not",
        "Record party.",
    ),
    (("--end-user", "who"), "end_user: the party 'who' is not registered.", "Record party."),
    (("--exporter", "who"), "exporter: the party 'who' is not registered.", "Record party."),
    (("--quantity", "-5"), "quantity: expected a whole quantity from 1 to ", "found -5"),
    (("--quantity=-5",), "quantity: expected a whole quantity from 1 to ", "found -5"),
    (("--quantity", "0"), "quantity: expected a whole quantity from 1 to ", "found 0"),
    (("--quantity", "1.5"), "quantity: expected a whole number, found 1.5", "found 1.5"),
    (("--quantity", "ten"), "quantity: expected a number, found 'ten'", "found 'ten'"),
    (("--quantity", "1_000"), "quantity: expected a number, found '1_000'", "found '1_000'"),
    (("--quantity", "\u0661\u0662"), "quantity: expected a number", "found '\u0661\u0662'"),
    (("--unit-tpp", "15_832"), "unit_tpp: expected a number", "found '15_832'"),
    (("--on", "2025-02-30"), "on: expected a day as YYYY-MM-DD", "not in the calendar"),
    (("--on", "tomorrow"), "on: expected a day as YYYY-MM-DD", "found 'tomorrow'"),
    (("--on", "9999-12-31"), "on: expected a day from ", "found 9999-12-31"),
    (("--unit-tpp", "0"), "unit_tpp: expected TPP of one unit above 0", "found 0"),
    (("--transaction", "domestic"), "transaction 'domestic' does not fit US to BR", "'export'"),
    (("--authorization", "us-ear/x"), "authorization: no adopted pack knows", "leave it out"),
]
"""Flags over a good lot, how the sentence begins to say what and where, and how it goes on."""


@pytest.mark.parametrize("command", ["check", "reserve", "export-lot"])
@pytest.mark.parametrize("bad", BAD, ids=[" ".join(one[0]) for one in BAD])
def test_bad_input_says_what_where_and_what_to_do_and_writes_nothing(
    command: str, bad: tuple[tuple[str, ...], str, str], url: str, cli: Cli
) -> None:
    flags, what, then = bad
    before = stored(url)
    good = {**dict(zip(LOT[::2], LOT[1::2], strict=True)), "--quantity": "1"}
    good.pop(flags[0].partition("=")[0], None)
    tokens = [word for pair in good.items() for word in pair]
    ran = cli(command, *tokens, *flags, "--json")
    assert ran.status == 2
    assert ran.error["code"] in ("invalid-request", "invalid-event")
    assert what in ran.error["message"]
    assert then in ran.error["message"]
    assert stored(url) == before


@pytest.mark.parametrize(
    ("size", "status"), [("-1", 2), (str(SIZE + 1), 3), ("0", 2), (str(SIZE), 0)]
)
def test_as_of_names_a_size_that_was_reached(size: str, status: int, cli: Cli) -> None:
    assert cli("check", *LOT, "--quantity", "1", f"--as-of={size}").status == status


def test_as_of_a_time_or_day_is_as_of_the_size_that_the_ledger_had_then(
    cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    tokens = ("check", *LOT, "--quantity", "1", "--json")
    then = cli(*tokens).out
    cli("reserve", *LOT, "--quantity", "5", "--hold-until", "2099-01-01")
    assert cli(*tokens).out != then
    for as_of in (str(SIZE), "2026-02-28", "2026-03-01T11:59:59.999999Z", "2026-03-01 13:59+02:00"):
        assert cli(*tokens, "--as-of", as_of).out == then
    for as_of in ("2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01T14:00+02:00", "2999-01-01"):
        assert cli(*tokens, "--as-of", as_of).out == cli(*tokens).out
    ran = cli(*tokens, "--as-of", "2026-01-01")
    assert ran.status == 3
    assert "--as-of: nothing was recorded by 2026-01-01" in ran.error["message"]
    assert cli(*tokens, "--as-of", "2026-03-01T12:00:00").status == 2
    clock.tick(1)


@pytest.mark.parametrize("name", ["a[/]", "b[red]", "c[/red] d", "[bold]"])
def test_ids_are_shown_as_they_stand(name: str, url: str, cli: Cli) -> None:
    put(url, party(name))
    tokens = [name if word == "buyer" else word for word in LOT]
    ran = cli("check", *tokens, "--quantity", "1700", "--explain")
    assert ran.status == 1
    assert f"for {name}, operated by {name}" in ran.out


def test_the_largest_lot_is_answered(cli: Cli) -> None:
    most = ("--quantity", str(LPP_UNITS * 50_000))
    assert cli("check", *LOT, *most, "--unit-tpp", "10000000", "--json").status == 1
