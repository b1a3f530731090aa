"""`chipledger settings`: what is printed, and how each command ends."""

import pytest

from tests.cli.running import HOLD, LOT, Cli, Ran
from tests.core.builders import set_to
from tests.store.ledgers import SIZE, entries_of, head_of, put, stored

THRESHOLD = ("settings", "set", "screening/threshold", "95", "--reason", "too many")
ENFORCED = ("settings", "set", "posture/default", "enforced", "--reason", "as advised")


def text(ran: Ran) -> str:
    """What was printed, as one line."""
    return " ".join(ran.out.split())


def value(cli: Cli, name: str, *flags: str) -> str:
    found = cli("settings", *flags, "--json").data["settings"]
    return next(str(one["value"]) for one in found if one["setting"] == name)


def test_every_setting_is_listed_with_its_value_default_and_meaning(url: str, cli: Cli) -> None:
    ran = cli("settings", "--on", "2025-09-01")
    assert (ran.status, ran.err) == (0, "")
    for name in ("threshold", "max-age-days", "max-shrink-percent"):
        assert f"screening/{name} " in text(ran)
    assert "posture/default on-the-books on-the-books" in text(ran)
    assert f"on 2025-09-01; as of head {SIZE}, root {head_of(url).root}" in text(ran)
    data = cli("settings", "--on", "2025-09-01", "--json").data
    assert set(data) == {"on", "settings", "as_of"}
    assert set(data["settings"][0]) == {"setting", "value", "default", "takes", "what"}


def test_a_setting_is_changed_from_a_day_on(url: str, cli: Cli) -> None:
    ran = cli(*THRESHOLD, "--on", "2025-09-01", "--actor", "ana")
    assert (ran.status, text(ran)) == (0, "set screening/threshold = 95 from 2025-09-01")
    days = ("2025-08-31", "2025-09-01")
    found = [value(cli, "screening/threshold", "--on", day) for day in days]
    assert found == ["88", "95"]
    last = entries_of(url)[-1]
    assert (last.event.kind, last.envelope.actor) == ("setting.changed", "ana")
    assert value(cli, "screening/threshold", "--as-of", str(SIZE)) == "88"
    data = cli(*THRESHOLD, "--on", "2025-10-01", "--json").data
    assert data == {
        "id": entries_of(url)[-1].event.id,
        "setting": "screening/threshold",
        "value": "95",
        "on": "2025-10-01",
    }


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (("screening/threshold", "101"), "'101' is no value of screening/threshold. Use a whole"),
        (("posture/default", "lenient"), "Use on-the-books or enforced."),
        (("colour", "red"), "unknown setting 'colour'. Use one of screening/threshold, "),
    ],
)
def test_a_bad_value_or_an_unknown_setting_is_bad_input(
    tokens: tuple[str, str], said: str, url: str, cli: Cli
) -> None:
    before = stored(url)
    ran = cli("settings", "set", *tokens, "--reason", "a test", "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-event")
    assert said in ran.error["message"]
    assert stored(url) == before


@pytest.mark.parametrize("reason", [(), ("--reason", "")])
def test_a_change_without_a_reason_is_bad_input(
    reason: tuple[str, ...], url: str, cli: Cli
) -> None:
    before = stored(url)
    ran = cli("settings", "set", "screening/threshold", "95", *reason, "--json")
    assert ran.status == 2
    assert stored(url) == before


def test_a_bad_day_is_bad_input(cli: Cli) -> None:
    assert cli(*THRESHOLD, "--on", "soon").status == 2
    assert cli("settings", "--on", "soon").status == 2
    assert cli("settings", "--as-of", str(SIZE + 1)).status == 3


@pytest.mark.parametrize("command", ["check", "reserve", "export-lot"])
def test_the_default_posture_is_that_of_the_setting(command: str, cli: Cli) -> None:
    """Five thousand H100 to Brazil are too many on the books, and free as it is enforced."""
    hold = HOLD if command == "reserve" else ()
    tokens = (command, *LOT, "--quantity", "5000", *hold, "--json")
    refused = 4 if command == "export-lot" else 1
    assert cli(*tokens).status == refused
    assert cli(*ENFORCED, "--on", "2025-09-02").status == 0
    assert cli(*tokens).status == refused
    assert cli(*tokens, "--posture", "enforced").status == 0
    assert cli(*ENFORCED, "--on", "2025-09-01").status == 0
    assert cli(*tokens, "--posture", "on-the-books").status == refused
    ran = cli(*tokens)
    assert ran.status == 0
    decision = ran.data if command == "check" else ran.data["decision"]
    assert (decision["posture"], decision["authorization"]) == ("enforced", "us-ear/nlr")


def test_a_changed_value_stands_beside_its_default(url: str, cli: Cli) -> None:
    put(url, set_to("screening/max-age-days", "14"))
    assert "screening/max-age-days 14 30" in text(cli("settings"))
