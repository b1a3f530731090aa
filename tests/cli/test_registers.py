from tests.cli.running import Cli
from tests.core.builders import device, party
from tests.store.ledgers import SIZE, put

DAY = ("--on", "2026-01-01")


def text(cli: Cli, *tokens: str) -> str:
    return " ".join(cli(*tokens).out.split())


def test_the_parties_are_shown_with_place_and_parent(url: str, cli: Cli) -> None:
    put(url, party("z[1]", on="2026-02-01", headquarters="unknown", ultimate_parent="unknown"))
    shown = text(cli, "parties", *DAY)
    assert "branch branch BR BR group" in shown
    assert "z[1] registered from 2026-02-01 on" in shown
    assert f"on 2026-01-01; as of head {SIZE + 1}, root" in shown
    assert "z[1] z[1] US unknown unknown" in text(cli, "parties", "z[", "--on", "2026-02-01")
    assert text(cli, "parties", "nobody", *DAY).startswith("no parties fit on 2026-01-01; as of")


def test_the_devices_are_shown_with_tpp_and_class(url: str, cli: Cli) -> None:
    put(url, device("new", on="2026-02-01"))
    assert "new not classified yet unknown on 2026-01-01" in text(cli, "devices", "new", *DAY)
    assert "15,831.2 a-class catalogue" in text(cli, "devices", "nvidia-h100-sxm", *DAY)
    assert "15,832 a-class device-h100-" in text(cli, "devices", "h100", *DAY)
    assert text(cli, "devices", "abacus", *DAY).startswith("no devices fit on 2026-01-01")


def test_registers_for_programs_are_one_document_and_know_what_was_known(
    url: str, cli: Cli
) -> None:
    put(url, party("later"), device("new"))
    for command in ("parties", "devices"):
        now = cli(command, *DAY, "--json").data
        then = cli(command, *DAY, "--as-of", str(SIZE), "--json").data
        assert (list(now), len(now[command])) == (["on", command, "as_of"], len(then[command]) + 1)
        assert now["on"] == "2026-01-01"
    assert cli("parties", "--on", "tomorrow").status == 2
