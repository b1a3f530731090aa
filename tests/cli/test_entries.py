from tests.cli.running import Cli
from tests.core.builders import exported, reversed_
from tests.store.ledgers import SIZE, put


def text(cli: Cli, *flags: str) -> str:
    return " ".join(cli("entries", *flags).out.split())


def test_the_entries_are_shown_with_when_and_by_whom(url: str, cli: Cli) -> None:
    put(url, exported("e1"), reversed_("x[1]", "e1"))
    shown = text(cli, "--since", str(SIZE))
    assert "recorded kind id on by" in shown
    assert "2026-01-02T03:04:05.000000Z lot.exported e1 reversed 2025-08-01 ana" in shown
    assert "record.reversed x[1] 2025-0" in shown
    assert f"as of head {SIZE + 2}, root " in shown


def test_what_is_left_out_is_said(url: str, cli: Cli) -> None:
    put(url, exported("e1"), exported("e2"))
    flags = ("--party", "buyer", "--kind", "lot.exported", "--device", "h100")
    assert "older ones are left out" not in text(cli, *flags)
    shown = text(cli, *flags, "--limit", "1")
    # With blanks around them: the head's root may hold the same letters.
    assert (" e1 " in shown, " e2 " in shown) == (False, True)
    assert "older ones are left out" in shown
    assert "older ones" not in text(cli, *flags, "--limit", "1", "--all")
    assert text(cli, *flags, "--as-of", str(SIZE)).startswith("no entry fits these filters")


def test_the_entries_for_programs_are_one_document(url: str, cli: Cli) -> None:
    put(url, exported("e1"))
    data = cli("entries", "--limit", "1", "--json").data
    assert [one["id"] for one in data["entries"]] == ["e1"]
    assert (data["more"], data["as_of"]["size"]) == (True, SIZE + 1)


def test_wrong_flags_are_told_with_their_name(cli: Cli) -> None:
    said = cli("entries", "--since", "2026-01-01T00:00", "--json").error["message"]
    assert said.startswith("--since: the time '2026-01-01T00:00' says no offset from UTC")
    assert cli("entries", "--limit", "0").status == 2
    assert "--limit: expected a number above 0, found 0" in cli("entries", "--limit", "0").said
    assert cli("entries", "--party", "nobody").status == 3
    assert cli("entries", "--since", str(SIZE + 1)).status == 3
