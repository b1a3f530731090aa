"""`chipledger lists`: what is printed, and how each command ends."""

from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.encoding import event_data
from ledger.core.events import ListAdopted
from tests.cli.running import LOT, Cli, Ran
from tests.core.builders import licence, list_adopted, party
from tests.service.files import lines
from tests.service.published import (
    CRIMSON,
    OCHRE,
    PUBLISHED,
    adopted_list,
    bearer,
    csv_list,
    fillers,
    json_list,
    owned,
    snapshot,
)
from tests.store.ledgers import SIZE, entries_of, head_of, path_of, put, stored

WHY = ("--reason", "another town", "--signed-by", "A. Lima", "--on", "2025-09-01")


def text(ran: Ran) -> str:
    """What was printed, as one line."""
    return " ".join(ran.out.split())


def lot_for(consignee: str, day: str = "2025-09-01") -> tuple[str, ...]:
    others = {"buyer": consignee, "2025-09-01": day}
    return tuple(others.get(word, word) for word in LOT)


@pytest.fixture
def listed(url: str, tmp_path: Path) -> str:
    """A ledger with a list and two parties that bear names of it."""
    put(url, bearer(CRIMSON), bearer(OCHRE))
    adopted_list(url, tmp_path)
    return url


# ---- adopt


def test_a_table_is_adopted_with_its_day(url: str, cli: Cli, tmp_path: Path) -> None:
    file = str(csv_list(tmp_path))
    ran = cli("lists", "adopt", file, "--published", PUBLISHED, "--actor", "ana")
    (event,) = [one.event for one in entries_of(url) if isinstance(one.event, ListAdopted)]
    assert (ran.status, ran.err) == (0, "")
    shown = text(ran)
    assert f"adopted us-csl of 2025-08-29: 8 parties, digest {event.digest[:16]}" in shown
    assert f"as of head {SIZE + 1}, root {head_of(url).root}" in shown
    again = cli("lists", "adopt", file, "--published", PUBLISHED)
    assert again.status == 0
    assert text(again).startswith("already adopted us-csl of 2025-08-29")
    assert entries_of(url)[-1].envelope.actor == "ana"


def test_an_adoption_for_programs(url: str, cli: Cli, tmp_path: Path) -> None:
    data = cli("lists", "adopt", str(json_list(tmp_path)), "--json").data
    assert (data["list"], data["source_on"], data["count"]) == ("us-csl", PUBLISHED, 8)
    assert (data["new"], data["before"], data["by_source"]["NS-MBS"]) == (True, {}, 1)
    assert data["as_of"] == {"size": SIZE + 1, "root": head_of(url).root}
    second = cli("lists", "adopt", str(snapshot(tmp_path)), "--json").data
    assert (second["new"], second["digest"]) == (False, data["digest"])


def test_a_list_that_shrank_ends_in_4_and_needs_a_reason(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    adopted_list(url, tmp_path, fillers(100))
    before = stored(url)
    shorter = str(csv_list(tmp_path, fillers(94)))
    command = ("lists", "adopt", shorter, "--published", "2025-08-30", "--json")
    ran = cli(*command)
    assert (ran.status, ran.error["code"]) == (4, "conflict")
    assert "all from 100 to 94, SDN from 100 to 94" in ran.error["message"]
    assert ran.error["message"].endswith("--force REASON.")
    assert stored(url) == before
    assert cli(*command, "--force", "they told us").status == 0
    shown = cli("lists", "--json").data["lists"]
    assert [one["reason"] for one in shown] == [None, "they told us"]


DAYS = {
    (): "does not say on which day it was published. Name the day: --published YYYY-MM-DD.",
    ("--published", "tomorrow"): "--published: expected a day",
    ("--published", "2099-12-31"): "the list is of 2099-12-31, which has not come",
}


@pytest.mark.parametrize("flags", DAYS, ids=" ".join)
def test_a_list_without_a_good_day_is_bad_input(
    flags: tuple[str, ...], url: str, cli: Cli, tmp_path: Path
) -> None:
    ran = cli("lists", "adopt", str(csv_list(tmp_path)), *flags, "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-input")
    assert DAYS[flags] in ran.error["message"]
    assert head_of(url).size == SIZE


def test_a_broken_file_is_bad_input_and_names_its_rows(url: str, cli: Cli, tmp_path: Path) -> None:
    file = csv_list(tmp_path)
    rows = file.read_text(encoding="utf-8").replace(",Entity,", ",Ghost,", 2)
    file.write_text(rows, encoding="utf-8")
    ran = cli("lists", "adopt", str(file), "--published", PUBLISHED, "--json")
    assert ran.status == 2
    assert "2 rows can't be read: row 2: column type: found 'Ghost'" in ran.error["message"]
    assert "; row 3: column type: found 'Ghost'" in ran.error["message"]
    assert head_of(url).size == SIZE


def test_a_file_or_ledger_that_is_not_there_is_not_found(cli: Cli, tmp_path: Path) -> None:
    ran = cli("lists", "adopt", str(tmp_path / "none.csv"), "--published", PUBLISHED, "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")


@pytest.mark.parametrize(
    "command",
    [
        ("adopt", "FILE", "--published", "2025-08-30", "--force", ""),
        ("clear", "crimson", "EL:101", "--reason", "", "--signed-by", "Ana"),
        ("clear", "crimson", "EL:101", "--reason", "why", "--signed-by", ""),
    ],
    ids=" ".join,
)
def test_an_empty_reason_is_bad_input(
    command: tuple[str, ...], listed: str, cli: Cli, tmp_path: Path
) -> None:
    before = stored(listed)
    file = str(csv_list(tmp_path, [OCHRE]))
    ran = cli("lists", *(file if word == "FILE" else word for word in command), "--json")
    assert ran.status == 2
    assert stored(listed) == before


# ---- list


def test_the_adopted_lists_are_shown_with_their_age(
    url: str, cli: Cli, tmp_path: Path, clock: FrozenDateTimeFactory
) -> None:
    assert text(cli("lists")).startswith("no screening list is adopted: chipledger lists adopt")
    adopted_list(url, tmp_path, day="2026-02-27")
    adopted_list(url, tmp_path, [CRIMSON], day="2025-08-29", force="an extract")
    data = cli("lists", "--json").data
    found = [(one["source_on"], one["age_days"], one["count"]) for one in data["lists"]]
    assert found == [("2025-08-29", 184, 1), ("2026-02-27", 2, 8)]
    assert {one["adopted_on"] for one in data["lists"]} == {"2026-03-01"}
    assert data["max_age_days"] == 30
    assert "184 days" in text(cli("lists"))
    assert "2 days, decides" in text(cli("lists"))
    then = text(cli("lists", "--on", "2025-08-30"))
    assert "1 days, decides" in then
    assert "later" in then
    assert "on 2025-08-30; as of head" in then
    assert cli("lists", "--as-of", str(SIZE), "--json").data["lists"] == []
    clock.tick(1)


# ---- screen


def test_screening_ends_in_1_while_a_hit_is_not_cleared(listed: str, cli: Cli) -> None:
    ran = cli("lists", "screen")
    assert ran.status == 1
    assert "100 crimson EL:101 Crimson Harbor Photonics stops" in text(ran)
    assert "7 screened, 5 without a hit, from a score of 88 on; us-csl of 2025-08-29" in text(ran)
    assert "in common:" not in ran.out
    assert "in common: crimson, harbor, photonics" in text(cli("lists", "screen", "--explain"))
    assert cli("lists", "screen", "buyer", "seller").status == 0
    assert cli("lists", "screen", "crimson").status == 1
    assert cli("lists", "clear", "crimson", "EL:101", *WHY).status == 0
    after = cli("lists", "screen", "crimson")
    assert after.status == 0
    assert "cleared by A. Lima: another town" in text(after)
    assert cli("lists", "screen", "crimson", "--on", "2025-08-31").status == 1
    assert cli("lists", "screen", "ochre").status == 1
    assert head_of(listed).size == SIZE + 4


def test_bare_names_are_screened(listed: str, cli: Cli) -> None:
    command = ("lists", "screen", "--name", "Crimson Harbour Photonics Ltd")
    assert cli(*command).status == 1
    data = cli(*command, "--name", "Lavender Kettle", "--json").data
    assert (data["parties"], data["threshold"], data["not_screened"]) == (2, 88, [])
    (hit,) = data["hits"]
    assert (hit["party"], hit["hit"], hit["list"]) == (command[-1], "EL:101", "EL")
    assert (hit["cleared_by"], hit["cleared_because"]) == (None, None)
    assert cli("lists", "screen", "--name", "Lavender Kettle").status == 0
    assert head_of(listed).size == SIZE + 3


def test_a_party_named_beside_a_bare_name_is_screened_too(listed: str, cli: Cli) -> None:
    ran = cli("lists", "screen", "crimson", "--name", "Lavender Kettle", "--json")
    assert ran.status in (1, 2)
    assert head_of(listed).size == SIZE + 3


def test_a_party_that_can_not_be_screened_ends_in_1(listed: str, cli: Cli) -> None:
    put(listed, party("dashes", name="— —"))
    ran = cli("lists", "screen", "dashes")
    assert ran.status == 1
    assert "dashes can't be screened: its name has no letter or digit" in text(ran)
    assert cli("lists", "screen", "dashes", "--json").data["not_screened"] == ["dashes"]
    assert cli("lists", "screen", "--name", "---").status != 0


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (("screen",), "no screening list is adopted. Adopt one: chipledger lists adopt FILE."),
        (("screen", "--name", "Crimson"), "no screening list is adopted."),
        (("clear", "buyer", "EL:101", *WHY), "have no hit 'EL:101'; they have none."),
        (("clear", "nobody", "EL:101", *WHY), "the party 'nobody' is not registered."),
    ],
)
def test_without_a_list_there_is_nothing_to_be_found(
    tokens: tuple[str, ...], said: str, cli: Cli
) -> None:
    ran = cli("lists", *tokens, "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")
    assert said in ran.error["message"]


# ---- clear


def test_several_hits_are_cleared_in_one_command(listed: str, cli: Cli) -> None:
    put(listed, party("twin", name=CRIMSON.name, aliases=[OCHRE.name]))
    ran = cli("lists", "clear", "twin", "EL:101", "DPL:301", *WHY)
    assert ran.status == 0
    assert "twin cleared of EL:101 from 2025-09-01, signed by A. Lima" in text(ran)
    assert head_of(listed).size == SIZE + 6
    again = cli("lists", "clear", "twin", "EL:101", *WHY, "--json").data["cleared"]
    assert [(one["hit"], one["on"]) for one in again] == [("EL:101", "2025-09-01")]
    assert cli("lists", "screen", "twin").status == 0


def test_an_unknown_hit_is_not_found_and_clears_nothing(listed: str, cli: Cli) -> None:
    before = stored(listed)
    ran = cli("lists", "clear", "crimson", "EL:101", "EL:102", *WHY, "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")
    assert "have no hit 'EL:102'; they have EL:101" in ran.error["message"]
    assert (
        cli("lists", "clear", "crimson", *WHY, "--json")
        .error["message"]
        .startswith("lists clear: no hit is named.")
    )
    assert stored(listed) == before


# ---- check


@pytest.mark.parametrize(
    ("consignee", "outcome"), [("ochre", "prohibited"), ("crimson", "license-required")]
)
def test_a_lot_for_a_listed_party_ends_in_1(
    consignee: str, outcome: str, listed: str, cli: Cli
) -> None:
    lot = ("check", *lot_for(consignee), "--quantity", "1")
    ran = cli(*lot)
    assert ran.status == 1
    assert ran.out.startswith(outcome)
    assert "screened against us-csl of 2025-08-29 (8 parties)" in text(ran)
    assert cli("check", *LOT, "--quantity", "1").status == 0
    hit = {"ochre": "DPL:301", "crimson": "EL:101"}[consignee]
    assert cli("lists", "clear", consignee, hit, *WHY).status == 0
    assert cli(*lot).status == 0
    assert cli("check", *lot_for(consignee, "2025-08-31"), "--quantity", "1").status == 1
    assert cli(*lot, "--as-of", str(head_of(listed).size - 1)).status == 1
    assert cli(*lot, "--as-of", str(SIZE + 2)).status == 0


def test_a_lot_for_a_subsidiary_waits_for_a_person(listed: str, cli: Cli) -> None:
    put(listed, owned("child", {"ochre": 30}))
    lot = ("check", *lot_for("child"), "--quantity", "1")
    assert cli(*lot).out.startswith("unresolved")
    assert cli("lists", "clear", "child", "DPL:301", *WHY).status == 0
    assert cli(*lot).status == 0


def test_a_licence_carries_a_lot_to_the_entity_list(listed: str, cli: Cli) -> None:
    put(listed, *(licence(name, quantity=2, party=name) for name in ("crimson", "ochre")))
    assert cli("check", *lot_for("crimson"), "--quantity", "2").status == 0
    assert cli("check", *lot_for("crimson"), "--quantity", "3").status == 1
    assert cli("check", *lot_for("ochre"), "--quantity", "2").out.startswith("prohibited")


def test_an_imported_list_without_its_contents_is_rejected(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    file = lines(tmp_path / "events.jsonl", [event_data(list_adopted())])
    rejects = str(tmp_path / "rejects.csv")
    ran = cli("import", str(file), "--rejects", rejects, "--json")
    assert (ran.status, ran.data["rejected"]) == (1, 1)
    assert head_of(url).size == SIZE
    assert path_of(url).is_file()
