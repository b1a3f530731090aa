"""A scenario of recorded events gives what recording them gives; without hypotheses, the ledger."""

import shutil
from contextlib import closing
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.core.encoding import event_data
from ledger.core.events import AnyEvent, KeyAdopted, LedgerCreated
from ledger.core.law.pack import digest
from ledger.core.law.pack import read as pack_of
from ledger.service.packs import adopt
from ledger.service.recording import record
from ledger.service.shell import signature
from ledger.store.ledger import Ledger
from ledger.whatif.answering import answer, no_reports
from ledger.whatif.loading import load
from ledger.whatif.worlds import World, ground
from tests.core.builders import exported, reserved, reversed_
from tests.whatif.asking import (
    CLOUD,
    DOUBLED,
    SCENARIOS,
    TABLE,
    UNI,
    asked,
    column,
    in_world,
    read,
    scenario,
)

LPP: Final = "us-ear/lpp/parent-year"
QUESTIONS: Final[tuple[dict[str, Any], ...]] = (
    {"ask": "breaches"},
    {"ask": "headroom", "days": ["2026-03-31", "2026-12-31", "2027-03-31"]},
    {"ask": "decide", "lots": [{**CLOUD, "quantity": 4000}, {**UNI, "quantity": 700}]},
    {"ask": "authorizations", "lots": [{**UNI, "quantity": 60}]},
    {"ask": "largest", "lots": [UNI, CLOUD], "by": "2027-06-30"},
    {"ask": "earliest", "lots": [{**UNI, "quantity": 1200}]},
)
NAMES_A_DECISION: Final = frozenset({"decision_id", "supposed", "by_event"})


def essence(world: World) -> list[Any]:
    """All answers but for what names the head that they were made at."""
    found = []
    for question in QUESTIONS:
        table = answer(read(question), world, no_reports)
        kept = [n for n, one in enumerate(table.columns) if one.name not in NAMES_A_DECISION]
        found.append([tuple(row[n] for n in kept) for row in table.rows])
    return found


def entries(url: str) -> list[AnyEvent]:
    with closing(Ledger.open(url)) as ledger:
        return [entry.event for entry in ledger.entries()]


def data(events: list[AnyEvent]) -> list[dict[str, Any]]:
    return [event_data(event) for event in events]


@pytest.mark.parametrize("beyond", [1, 4, 9, 25, 40])
def test_a_scenario_of_recorded_events_gives_what_recording_them_gave(
    example_url: str, beyond: int
) -> None:
    """The last events of the ledger are supposed on the head before them."""
    every = entries(example_url)
    rest = every[-beyond:]
    assert not any(isinstance(one, LedgerCreated | KeyAdopted) for one in rest)
    now = in_world(example_url, essence)
    head = len(every) - beyond
    assert in_world(example_url, essence, head, event=data(rest)) == now
    assert in_world(example_url, essence, head) != now or beyond == 1


NEW: Final[list[AnyEvent]] = [
    exported(
        "new/1",
        on="2026-12-01",
        quantity=9000,
        authorization="us-ear/nveu",
        **{k: v for k, v in CLOUD.items() if k != "on"},
    ),
    exported("new/2", on="2026-05-05", quantity=800, **{k: v for k, v in UNI.items() if k != "on"}),
    reserved(
        "new/3",
        on="2027-02-01",
        quantity=500,
        hold_until="2027-06-01",
        **{k: v for k, v in UNI.items() if k != "on"},
    ),
    reversed_("new/4", "more/2"),
    reversed_("new/5", "demo/lot/example-university-br/2026-03"),
]


def test_supposing_on_a_ledger_gives_what_recording_in_a_copy_of_it_gives(
    example_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy.db"
    shutil.copyfile(example_url.removeprefix("sqlite:///"), file)
    url = f"sqlite:///{file}"
    for size, event in enumerate(NEW, start=1):
        with closing(Ledger.open(url)) as ledger, ledger.writing() as writer:
            record(writer, event, signature("cli", actor="ana"))
        supposed = in_world(example_url, essence, event=data(NEW[:size]))
        assert supposed == in_world(url, essence)


@pytest.mark.parametrize("as_a_change", [True, False])
def test_supposing_a_pack_gives_what_adopting_it_in_a_copy_gives(
    example_url: str, tmp_path: Path, *, as_a_change: bool
) -> None:
    """Its caps ask for sums that no adopted pack asked for before."""
    file, house = tmp_path / "copy.db", SCENARIOS.parent / "house.toml"
    shutil.copyfile(example_url.removeprefix("sqlite:///"), file)
    url = f"sqlite:///{file}"
    adopt(url, house)
    text = house.read_text(encoding="utf-8")
    pack = pack_of(text)
    event = {
        "kind": "pack.adopted",
        "on": "2026-01-01",
        "pack": pack.pack,
        "version": pack.version,
        "text": text,
        "digest": digest(text),
    }
    fields: dict[str, Any] = {"law": [{"adopt": str(house)}]} if as_a_change else {"event": [event]}
    supposed = in_world(example_url, essence, **fields)
    assert supposed == in_world(url, essence)
    assert supposed != in_world(example_url, essence)


def test_a_scenario_without_hypotheses_is_the_ledger_as_it_is(example_url: str) -> None:
    for question in QUESTIONS:
        bare = asked(example_url, question)
        assert asked(example_url, question, law=[]) == bare
        assert asked(example_url, question) == bare
    with ground(example_url) as found:
        assert found.world(scenario()).digest == found.bare(None).digest


def test_what_is_supposed_of_different_things_commutes(example_url: str) -> None:
    changes = [
        DOUBLED,
        {"group": "us-ear/partners", "from": "2026-10-01", "add": ["SA"]},
        {"cap": LPP, "from": "2027-01-01", "allowance_tpp": 60_000_000},
    ]
    events = data(NEW[:2]) + data(NEW[3:4])
    wanted = in_world(example_url, essence, law=changes, event=events)
    for law in permutations(changes):
        assert in_world(example_url, essence, law=list(law), event=events) == wanted
    for some in permutations(events):
        assert in_world(example_url, essence, law=changes, event=list(some)) == wanted


def test_a_change_dated_in_the_future_leaves_what_earlier_days_say_of_themselves(
    example_url: str,
) -> None:
    """Allowance, drawdown and breaches of every day before it; headroom looks ahead on purpose."""
    days = [date(2025, 5, 15 + n) for n in range(0, 15, 5)] + [
        date(2026, m, 3) for m in range(1, 7)
    ]
    changes: list[dict[str, Any]] = [
        {**DOUBLED, "allowance_percent": 10},
        {"group": "us-ear/partners", "from": "2026-07-01", "add": ["AE", "BR", "TH"]},
        {"provision": "us-ear/ai-diffusion", "rescinded_on": "2026-07-01"},
        {"cap": "us-ear/uveu/country", "from": "2026-07-01", "percent": 1},
    ]

    def levels(world: World) -> list[Any]:
        view = world.view()
        keys = sorted(view.keys(view.limits()))
        return [(key, on, view.level(key, on)) for key in keys for on in days]

    def passed(world: World) -> list[Any]:
        view = world.view()
        return [
            (key, one.on)
            for key in sorted(view.keys(view.limits()))
            for one in view.days(key)
            if one.on < date(2026, 7, 1)
        ]

    bare = in_world(example_url, levels), in_world(example_url, passed)
    for change in changes:
        with_it = in_world(example_url, levels, law=[change])
        assert (with_it, in_world(example_url, passed, law=[change])) == bare


def test_a_decision_in_a_scenario_has_an_id_of_its_own(example_url: str) -> None:
    question = {"ask": "decide", "lots": [{**CLOUD, "quantity": 4000}]}
    laws: list[list[dict[str, Any]]] = [[], [DOUBLED], [{**DOUBLED, "allowance_percent": 201}]]
    ids = [column(asked(example_url, question, law=law), "decision_id")[0] for law in laws]
    assert len(set(ids)) == 3
    assert column(asked(example_url, question, law=[DOUBLED]), "decision_id") == ids[1:2]


def test_nothing_is_written_to_the_ledger(example_url: str) -> None:
    file = Path(example_url.removeprefix("sqlite:///"))
    before = file.read_bytes()
    with ground(example_url) as found:
        for one in sorted(SCENARIOS.glob("*.toml")):
            essence(found.world(load(one)))
    assert file.read_bytes() == before


def test_a_world_knows_which_events_are_supposed(example_url: str) -> None:
    def told(world: World) -> Any:  # noqa: ANN401 -- pairs
        size = world.prefix.head.size
        return [
            (world.event(place)[0].kind, world.event(place)[1]) for place in (1, size, size + 1)
        ]

    found = in_world(example_url, told, law=[DOUBLED])
    assert [supposed for _, supposed in found] == [False, False, True]
    assert found[0][0] == "ledger.created"
    assert found[2][0] == "pack.adopted"


def test_an_event_or_a_change_that_makes_a_limit_pass_is_named(example_url: str) -> None:
    lowered = {"cap": TABLE, "from": "2026-07-01", "allowance_tpp": 1_000_000_000}
    lot = {"kind": "lot.exported", **CLOUD, "quantity": 60_000, "authorization": "us-ear/nveu"}
    question = {"ask": "breaches", "cap": TABLE}
    assert asked(example_url, question).rows == ()
    supposed: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
        ({"law": [lowered]}, ("what-if law 1", "pack.adopted", "yes")),
        ({"event": [lot]}, ("what-if event 1", "lot.exported", "yes")),
    ]
    for fields, named in supposed:
        table = asked(example_url, question, **fields)
        told = list(zip(*(column(table, n) for n in ("by_event", "kind", "supposed")), strict=True))
        assert told == [named]
    both = asked(example_url, question, law=[lowered], event=[lot])
    assert column(both, "by_event") == ["what-if law 1"]
    assert [str(day) for day in column(both, "first_on")] == ["2026-07-01"]
