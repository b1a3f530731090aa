from pathlib import Path

import pytest

from tests.cli.running import runner
from tests.core.builders import exported
from tests.store.ledgers import SIZE, head_of, put, stored, verified


def test_a_copy_is_told_with_its_head(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(url, exported("e1"))
    cli = runner(capsys)
    head = head_of(url)
    ran = cli("copy", url, f"sqlite:///{tmp_path}/one.db", "--json")
    assert ran.status == 0
    assert ran.data == {
        "entries": SIZE + 1,
        "head": {"size": head.size, "root": head.root},
        "verified": True,
    }
    ran = cli("copy", url, f"sqlite:///{tmp_path}/two.db")
    assert (ran.status, ran.err) == (0, "")
    assert " ".join(ran.out.split()) == (
        f"copied {SIZE + 1} entries to sqlite:///{tmp_path}/two.db, size and root are those of the "
        f"source head {head.size}, root {head.root}"
    )
    for name in ("one", "two"):
        assert stored(f"sqlite:///{tmp_path}/{name}.db") == stored(url)
        verified(f"sqlite:///{tmp_path}/{name}.db")


def test_a_target_that_holds_a_ledger_is_a_conflict(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = runner(capsys)("copy", url, url, "--json")
    assert (ran.status, ran.error["code"]) == (4, "conflict")
    assert ran.error["message"] == (
        f"TO: {url} holds a ledger already. Name a file, database or schema that holds none: "
        "nothing is ever overwritten."
    )


def test_both_ledgers_must_be_named(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = runner(capsys)("copy", url, "--json")
    assert (ran.status, ran.error["code"]) == (2, "wrong-usage")
    assert "TO" in ran.error["message"]
