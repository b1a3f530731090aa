import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.cli.duties import NAMED
from ledger.service.reserving import reverse
from tests.cli.running import Cli
from tests.core.builders import NVEU, exported, party
from tests.store.ledgers import head_of, put, stored

REPORT = "us-ear/lpp/report@e1"
MARCH = ("--from", "2026-03-01", "--until", "2026-04-01")

pytestmark = pytest.mark.usefixtures("clock")  # noon of 2026-03-01


def test_what_is_due_done_and_overdue_stands_by_its_day(url: str, cli: Cli) -> None:
    put(url, exported("e1", on="2026-01-29"), exported("e2", on="2026-02-20"))
    put(url, exported("e3", on="2026-02-25"))
    cli("duties", "done", "us-ear/lpp/report@e3", "--document", "mail 9")
    ran = cli("duties", "--from", "2026-02-28", "--until", "2026-04-01")
    assert (ran.status, ran.err) == (0, "")
    shown = " ".join(ran.out.split())
    assert shown.startswith(
        "Duties from 2026-02-28 to 2026-03-31: 1 overdue, 1 due, 1 done "
        "(as they stand on 2026-03-01) "
        "due state duty of what cite"
    )
    assert "2026-02-28 overdue us-ear/lpp/report e1 Send the" in shown
    assert "2026-03-22 due us-ear/lpp/report e2 Send the" in shown
    assert "2026-03-27 done us-ear/lpp/report e3 (mail 9, 2026-03-01) Send" in shown
    assert "15 CFR 740.29(g)(1)" in shown
    assert f"as of head {head_of(url).size}, root {head_of(url).root}" in shown
    assert "law us-ear/groups " in shown


def test_equal_duties_of_a_day_share_a_line(url: str, cli: Cli) -> None:
    put(url, *(exported(f"e{n}", on="2026-02-01") for n in range(1, 7)))
    shown = " ".join(cli("duties", *MARCH).out.split())
    assert "2026-03-03 due us-ear/lpp/report e1, e2, e3, e4 and 2 more Send" in shown
    put(url, exported("e7", on="2026-02-01"))
    assert NAMED == 4
    assert "e1, e2, e3, e4 and 3 more" in " ".join(cli("duties", *MARCH).out.split())
    assert len(cli("duties", *MARCH, "--json").data["duties"]) == 7


def test_what_is_overdue_from_before_is_said_with_the_command_that_lists_it(
    url: str, cli: Cli
) -> None:
    put(url, exported("e1", ultimate_consignee="group", on="2025-08-01"))
    shown = " ".join(cli("duties", *MARCH, "--party", "group").out.split())
    assert "Duties from 2026-03-01 to 2026-03-31: none (as they stand on 2026-03-01)" in shown
    flags = "--from 2025-03-01 --until 2026-03-01 --on 2026-03-01 --state overdue --party 'group'"
    assert f"4 more are overdue from the year before: chipledger duties {flags}" in shown
    listed = cli("duties", *flags.replace("'", "").split(), "--json").data["duties"]
    assert [one["state"] for one in listed] == ["overdue"] * 4
    whole = " ".join(cli("duties", *MARCH).out.split())
    assert "--state overdue as of head" in whole


def test_where_nothing_is_due_and_nothing_was_that_is_all(
    cli: Cli, clock: FrozenDateTimeFactory
) -> None:
    clock.move_to("2024-01-01 12:00:00")
    shown = " ".join(cli("duties").out.split())
    assert shown.startswith(
        "Duties from 2023-12-02 to 2024-03-30: none (as they stand on 2024-01-01) as"
    )


def test_the_calendar_for_programs_is_one_document(url: str, cli: Cli) -> None:
    put(url, exported("e1", on="2026-01-30", authorization=NVEU))
    data = cli("duties", "--from", "2026-07-15", "--until", "2026-07-16", "--json").data
    assert list(data) == ["first", "until", "on", "duties", "older_overdue", "as_of", "law"]
    report = next(one for one in data["duties"] if one["duty"] == "us-ear/veu/report")
    assert report == {
        "id": "us-ear/veu/report@buyer/2026-07-15",
        "duty": "us-ear/veu/report",
        "what": "Report the half-year's shipments: end user, address, destination, quantity, "
        "value, ECCN",
        "due_on": "2026-07-15",
        "state": "due",
        "arises_from": ["e1"],
        "party": "buyer",
        "destination": "BR",
        "authorization": NVEU,
        "cite": "15 CFR 748.15(f)(1)",
        "document": None,
        "done_on": None,
        "recorded_as": None,
    }


def test_a_duty_is_done_once(url: str, cli: Cli) -> None:
    put(url, exported("e1", on="2026-01-30"))
    command = ("duties", "done", REPORT, "--document", "mail 9", "--actor", "ben")
    ran = cli(*command)
    assert (ran.status, ran.out[: len(REPORT) + 6]) == (0, f"done  {REPORT}")
    before = stored(url)
    again = cli(*command, "--on", "2026-03-01")
    assert (again.status, again.out[:16]) == (0, "was done already")
    data = cli(*command, "--json").data
    assert (data["id"], data["state"], data["document"], data["new"]) == (
        REPORT,
        "done",
        "mail 9",
        False,
    )
    assert cli("duties", "done", REPORT, "--document", "another").status == 4
    assert stored(url) == before
    assert cli("duties", *MARCH, "--state", "done", "--json").data["duties"][0]["id"] == REPORT


def test_a_duty_that_was_done_in_error_is_taken_back(url: str, cli: Cli) -> None:
    put(url, exported("e1", on="2026-01-30"))
    made = cli("duties", "done", REPORT, "--document", "mail 9", "--json").data
    reverse(url, made["recorded_as"], reason="another lot's")
    states = [one["state"] for one in cli("duties", *MARCH, "--json").data["duties"]]
    assert states == ["due"]


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("done", "us-ear/lpp/report@none", "--document", "x"), 3, "DUTY_ID: nothing brings the"),
        (("done", REPORT, "--document", "x", "--on", "2026-03-02"), 2, "--on: 2026-03-02 has not"),
        (("done", REPORT, "--document", "x", "--on", "soon"), 2, "--on: expected a day"),
        (("done", REPORT), 2, ""),
        (("--from", "soon"), 2, "--from: expected a day"),
        (("--until", "soon"), 2, "--until: expected a day"),
        (("--from", "2026-03-01", "--until", "2026-02-01"), 2, "--until: 2026-02-01 is the first"),
        (("--state", "late"), 2, ""),
        (("--party", "nobody"), 3, "--party: the party 'nobody' is not registered"),
        (("--as-of", "9999"), 3, "--as-of: the ledger has "),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    command: tuple[str, ...], status: int, said: str, url: str, cli: Cli
) -> None:
    put(url, exported("e1", on="2026-01-30"))
    before = stored(url)
    ran = cli("duties", *command, "--json")
    assert ran.status == status
    assert ran.error["message"].startswith(said)
    assert cli("duties", *command).status == status
    assert stored(url) == before


def test_ids_are_shown_as_they_stand(url: str, cli: Cli) -> None:
    put(url, party("a[/]"), exported("e[/b]", on="2026-02-01", ultimate_consignee="a[/]"))
    assert "e[/b]" in cli("duties", *MARCH).out
    made = cli("duties", "done", "us-ear/lpp/report@e[/b]", "--document", "[red]x")
    assert "us-ear/lpp/report@e[/b] on 2026-03-01: [red]x" in made.out
    shown = " ".join(cli("duties", *MARCH, "--party", "a[/]").out.split())
    assert "e[/b] ([red]x, 2026-03-01)" in shown
    assert "--party 'a[/]'" in shown


def test_the_states_are_those_of_the_day_that_is_asked_about(url: str, cli: Cli) -> None:
    put(url, exported("e1", on="2026-01-30"))
    report = "us-ear/lpp/report@e1"
    cli("duties", "done", report, "--document", "a mail", "--on", "2026-02-20")

    def shown(*flags: str) -> tuple[str, str, str]:
        data = cli("duties", *flags, "--json").data
        states = {one["id"]: one["state"] for one in data["duties"]}
        return data["on"], data["first"], states[report]

    assert shown() == ("2026-03-01", "2026-01-30", "done")
    assert shown("--on", "2026-02-20") == ("2026-02-20", "2026-01-21", "done")
    assert shown("--on", "2026-02-19") == ("2026-02-19", "2026-01-20", "due")
    assert "(as they stand on 2026-02-19)" in cli("duties", "--on", "2026-02-19").out
