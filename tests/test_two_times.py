"""The same question at the same head gives the same bytes for ever."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent
from ledger.core.law.pack import read
from ledger.service.duties import done
from ledger.service.lists import clear
from ledger.service.recording import record
from ledger.service.shell import signature
from ledger.store import ledger as ledgers
from ledger.store import projector
from ledger.store.ledger import Ledger
from tests.cli.running import LOT
from tests.core.builders import (
    LPP_YEAR,
    declared,
    device,
    ended,
    exported,
    house,
    licence,
    on,
    party,
    reserved,
    reversed_,
    set_to,
    signed,
)
from tests.service.published import Listed, adopted_list
from tests.service.reads import Asked, reads
from tests.store.histories import History, Step, days, lot_fields, steps, steps_of
from tests.store.ledgers import MARK, fresh, head_of, opened
from tests.store.lists import keep

Transactions = list[list[Step]]

histories = st.lists(st.lists(steps, min_size=1, max_size=8), min_size=2, max_size=4)
questions = st.builds(
    lambda lots, day, events: Asked(tuple(lots), day, tuple(events)),
    st.lists(
        steps.map(lambda one: {**lot_fields(one), "on": one.day, "quantity": one.quantity}),
        min_size=1,
        max_size=2,
    ),
    days,
    st.lists(st.integers(0, 20).map("e{}".format), max_size=2),
)
FOCUS = (
    ("lot.reserved", "export from a reservation", "lot.released", "lot.extended"),
    ("record.reversed", "lot.exported", "lot.reserved", "attrition of a lot", "lot.relocated"),
    ("party.registered", "lot.exported", "lot.reserved", "device.classified"),
    ("authorization.granted", "authorization.amended", "authorization.ended", "lot.exported"),
    ("list.adopted", "party.cleared", "setting.changed", "party.registered"),
    ("pack.adopted", "lot.exported", "lot.reserved", "interpretation.adopted", "duty.done"),
)
"""Kinds that meet each other: what changes, and the answers that it must not reach."""

NOWS = ("2026-03-01 12:00:00", "2025-06-19 23:59:59", "2031-01-01 00:00:00")


@pytest.fixture(scope="module", autouse=True)
def _packs_are_read_once() -> Iterator[None]:
    """The same text gives the same pack: hundreds of answers need not parse it again."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(read)
        for module in (ledgers, projector):
            patch.setattr(module, "read", once)
        yield


def grow(ledger: Ledger, history: History, transaction: list[Step]) -> None:
    """Record random steps; those that are refused leave nothing."""
    with ledger.writing() as writer:
        for step in transaction:
            event = history.event(step)
            try:
                if record(writer, event, MARK).new:
                    history.events.append(event)
            except LedgerError:
                continue


def same_for_ever(transactions: Transactions, asked: Asked) -> None:
    """Ask at each head, go on recording, and ask again as of that head, at other times."""
    with TemporaryDirectory() as folder, freeze_time(NOWS[0]) as clock:
        url = fresh(Path(folder))
        history, answers = History(), {}
        with opened(url) as ledger:
            keep(ledger.connection)
            for transaction in transactions:
                grow(ledger, history, transaction)
                answers[ledger.head().size] = reads(url, asked)
        for size, then in answers.items():
            clock.move_to(NOWS[1 + size % 2])
            again = reads(url, asked, size)
            for name, answer in then.items():
                if size < max(answers) and "no event, decision or cap" in answer:
                    continue  # the refusal may add that the event came later
                assert again[name] == answer, name


@given(histories, questions)
@settings(max_examples=12)
def test_an_answer_at_a_size_is_the_same_whatever_comes_later(
    transactions: Transactions, asked: Asked
) -> None:
    same_for_ever(transactions, asked)


@pytest.mark.parametrize("kinds", FOCUS, ids=lambda kinds: kinds[0])
def test_an_answer_at_a_size_is_the_same_where_facts_change(kinds: tuple[str, ...]) -> None:
    narrow = st.lists(st.lists(steps_of(*kinds), min_size=2, max_size=10), min_size=2, max_size=3)
    settings(max_examples=6)(given(narrow, questions)(same_for_ever))()


# ---- the command line, in processes of its own

DAY = ("--on", "2025-09-20")
FIGURE = ("explain", LPP_YEAR, "buyer", *DAY)
COMMANDS = (
    ("check", *LOT, "--quantity", "300", "--json"),
    ("check", *LOT, "--quantity", "1700", "--json"),
    ("check", *LOT, "--quantity", "3", "--end-user", "branch", "--json"),
    *(
        (*tokens, *form)
        for form in ((), ("--json",))
        for tokens in (
            ("headroom", *DAY),
            ("headroom", *DAY, "--all"),
            ("explain", "r1"),
            ("explain", "e1"),
            FIGURE,
            ("duties", *DAY),
            ("rules",),
            ("rules", *DAY),
            ("lists", *DAY),
            ("lists", "screen", *DAY),
            ("settings", *DAY),
            ("entries", "--device", "h100"),
            ("parties", *DAY),
            ("devices", *DAY),
        )
    ),
)
"""Every read; of `check` what programs get, since it tells people which days have passed today."""

LISTS = ((Listed("SDN", 1, "Group"),), (Listed("SDN", 1, "Group"), Listed("EL", 2, "Buyer")))
HOUSE_CAP = (
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
    "allowance = [{ tpp = 500000 }]\n"
)
BEFORE: tuple[AnyEvent, ...] = (
    exported("e1", quantity=40),
    exported("e2", quantity=30, on="2025-07-01"),
    reserved("r1", quantity=20, hold_until="2026-12-01"),
    reserved("r2", quantity=10, on="2025-09-25", hold_until="2026-01-01"),
    licence("D1", until="2026-05-31"),
    declared("s1"),
    set_to("screening/max-age-days", "7"),
)
AFTER: tuple[AnyEvent, ...] = (
    exported("e3", quantity=5, on="2025-06-02"),
    exported("e4", quantity=4, reservation="r1", final=True, on="2025-08-20"),
    reversed_("x1", "e1"),
    reversed_("x2", "r2"),
    party("buyer", on="2025-06-01", ultimate_parent="group"),
    device("h100", "15900", on="2025-07-15"),
    house(HOUSE_CAP),
    ended("end", "D1", "2025-09-10"),
    set_to("screening/threshold", "70"),
    signed("sw", "us-ear/lpp-in-d1-d4", "available"),
)


def said(url: str, *, now: str, seed: int, as_of: str | None = None) -> list[str]:
    """What every read prints, in a process with a clock and a hash seed of its own."""
    at = () if as_of is None else ("--as-of", as_of)
    done = subprocess.run(
        [sys.executable, "-m", "tests.saying", now, url],
        input=json.dumps([[*tokens, *at] for tokens in COMMANDS]),
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = fresh(tmp_path)
    with freeze_time("2026-02-03 10:00:00"):
        adopted_list(made, tmp_path, LISTS[0], day="2025-08-01")
        stamped(made, BEFORE)
    return made


def stamped(url: str, events: Iterable[AnyEvent]) -> None:
    with opened(url) as ledger, ledger.writing() as writer:
        for event in events:
            record(writer, event, signature("cli", actor="ana"))


def test_processes_at_other_times_with_other_hashes_print_the_same(
    url: str, tmp_path: Path
) -> None:
    size = head_of(url).size
    then = said(url, now="2026-02-03 11:00:00", seed=1)
    assert not [one for one in then if "error" in one[:12] or not one]
    assert said(url, now="2031-01-01 00:00:00", seed=2) == then
    with freeze_time("2026-02-05 10:00:00"):
        adopted_list(url, tmp_path, LISTS[1], day="2025-09-01")
        clear(url, "group", ["SDN:1"], reason="another", signed_by="ana", on=on("2025-09-01"))
        done(url, "us-ear/lpp/report@e2", document="a mail", on=on("2025-09-01"))
        stamped(url, AFTER)
    assert said(url, now="2026-02-06 00:00:00", seed=3) != then
    for number, as_of in enumerate((str(size), "2026-02-03", "2026-02-05T09:59:59+00:00")):
        again = said(url, now=f"202{number}-05-05 05:05:05", seed=4 + number, as_of=as_of)
        for tokens, one, other in zip(COMMANDS, then, again, strict=True):
            assert one == other, (tokens, as_of)
