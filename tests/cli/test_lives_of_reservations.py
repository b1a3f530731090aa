"""Lives of reservations, told in lives_of_reservations.txt, and what resolving one twice does."""

import shlex
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.cli.running import LOT, Cli
from tests.core.builders import LPP_YEAR
from tests.store.ledgers import H100_TPP, LPP_UNITS, head_of

LIVES = dict(
    part.split("\n", 1)
    for part in Path(__file__)
    .with_name("lives_of_reservations.txt")
    .read_text(encoding="utf-8")
    .split("\n# ")[1:]
)

BUNDLES = {
    "TWO": '[{"quantity": 10}, {"quantity": 20}]',
    "THREE": '[{"quantity": 10}, {"quantity": 20, "id": "mine"}, {"quantity": 30}]',
    "GREEDY": f'[{{"quantity": 1}}, {{"quantity": {LPP_UNITS}}}, {{"quantity": 2}}]',
}


def command(text: str, folder: Path) -> list[str]:
    """The words of a command: LOT stands for a lot's flags, ALL for all that the cap holds."""
    for name, content in BUNDLES.items():
        (folder / name).write_text(content, encoding="utf-8")
        text = text.replace(f"--bundle {name} ", f"--bundle {folder / name} ")
    text = text.replace("LOT", shlex.join(LOT)).replace("ALL", str(LPP_UNITS))
    return shlex.split(text.replace("MORE", str(LPP_UNITS + 1)))


def standing(cli: Cli) -> str:
    """What stands: units drawn of the buyer's year, and what each open reservation holds."""
    found = cli("headroom", "--on", "2025-12-31", "--cap", LPP_YEAR, "--json").data
    drawn = sum(int(f["drawdown_tpp"]) for f in found["findings"]) // H100_TPP
    aside = sum(int(f["reserved_tpp"]) for f in found["findings"]) // H100_TPP
    held = {one["reservation"]: one["open_units"] for one in found["reservations"]}
    assert sum(held.values()) == aside
    words = [f"drawn:{drawn}"] if drawn else []
    return " ".join(words + sorted(f"{name}:{units}" for name, units in held.items()))


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
def test_a_life(
    life: str, url: str, cli: Cli, clock: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    for line in life.strip().splitlines():
        day, said, status, appended, left = (part.strip() for part in line.split("|"))
        clock.move_to(f"{day} 09:00:00")
        before = head_of(url).size
        ran = cli(*command(said, tmp_path), "--json")
        assert (ran.status, head_of(url).size - before) == (int(status), int(appended)), (
            f"{line.strip()}\n{ran.out}{ran.err}"
        )
        expected = " ".join(sorted(left.replace("ALL", str(LPP_UNITS)).split()))
        assert " ".join(sorted(standing(cli).split())) == expected, line.strip()


# ---- resolving again: a stated no-op under the same id, a conflict without

FIRST = {
    "release": "release r1",
    "export whole": "export-lot --reservation r1 LOT --quantity 10",
    "export final": "export-lot --reservation r1 LOT --quantity 4 --final",
    "reverse": "reverse r1 --reason error",
    "extend": "extend r1 --hold-until 2026-04-10",
    "expire": "release --overdue",
    "reinstate": "reinstate r1 --hold-until 2026-05-01",
}
"""How a reservation of 10 units is resolved, or goes on, the first time."""

AGAIN = ("release", "extend", "export", "reinstate", "reverse", "expire")
SECOND = {
    "release": "release r1",
    "extend": "extend r1 --hold-until 2026-04-10",
    "export": "export-lot --reservation r1 LOT --quantity 1",
    "reinstate": "reinstate r1",
    "reverse": "reverse r1 --reason error",
    "expire": "release --overdue",
}
ACCEPTED = {
    "release": {"reinstate", "reverse"},
    "export whole": {"reverse"},
    "export final": {"reverse"},
    "reverse": set(),
    "extend": {"release", "export", "reverse"},
    "expire": {"reinstate", "reverse"},
    "reinstate": {"reverse"},
}
"""What may still be done to it then, and is recorded; all else changes nothing."""

NO_OP = {("extend", "extend")} | {(first, "expire") for first in FIRST}
"""What is answered with 0 because it is so already."""


def _live(first: str, cli: Cli, clock: FrozenDateTimeFactory, tmp_path: Path) -> list[str]:
    """A reservation of 10 units up to its first resolution; returns the words of that."""
    clock.move_to("2026-03-01 09:00:00")
    until = "2026-03-10" if first == "expire" else "2026-04-01"
    placed = f"reserve LOT --quantity 10 --id r1 --hold-until {until}"
    assert cli(*command(placed, tmp_path)).status == 0
    if first == "expire":
        clock.move_to("2026-03-10 00:00:00")
    if first == "reinstate":
        assert cli("release", "r1").status == 0
    own = [] if first == "expire" else ["--id", "first"]
    words = [*command(FIRST[first], tmp_path), *own]
    assert cli(*words).status == 0
    return words


@pytest.mark.parametrize("first", FIRST)
def test_resolving_again_is_a_stated_no_op_or_a_conflict(
    first: str, url: str, cli: Cli, clock: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    words = _live(first, cli, clock, tmp_path)
    left, size = standing(cli), head_of(url).size
    again = cli(*words, "--json")
    assert again.status == 0
    assert again.data == {"reservations": []} or again.data["new"] is False
    for second in AGAIN:
        if second in ACCEPTED[first]:
            continue
        ran = cli(*command(SECOND[second], tmp_path), "--json")
        assert ran.status == (0 if (first, second) in NO_OP else 4), (second, ran)
        if ran.status:
            assert ran.error["code"] in {"not-open", "conflict"}
    assert (standing(cli), head_of(url).size) == (left, size)


@pytest.mark.parametrize(
    "pair",
    [(first, second) for first, accepted in ACCEPTED.items() for second in sorted(accepted)],
    ids=" then ".join,
)
def test_what_may_still_be_done_after_a_resolution(
    pair: tuple[str, str], url: str, cli: Cli, clock: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    first, second = pair
    _live(first, cli, clock, tmp_path)
    size = head_of(url).size
    assert cli(*command(SECOND[second], tmp_path)).status == 0
    assert head_of(url).size == size + 1
