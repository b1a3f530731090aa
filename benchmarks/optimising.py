"""How long a plan takes: 500 deals in 12 quarters, each of any of 20 devices, and where it goes.

Run `python -m benchmarks.optimising [--deals N] [--devices N] [--quarters N] [--for AIM]`. Seeded:
the same numbers are the same deals. There is no raw twin: our share is told apart from HiGHS's.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any, Final, get_args

from benchmarks.measuring import Asked as Limit
from benchmarks.measuring import measure, once
from ledger.core.deals import Deal
from ledger.core.decision import decide
from ledger.core.effects import Effects
from ledger.core.encoding import parse_event
from ledger.core.events import AnyEvent
from ledger.core.kept import kept
from ledger.core.law.law import Law
from ledger.core.law.pack import digest
from ledger.core.prefix import Prefix
from ledger.garbage import uncollected
from ledger.intake.deals import DealsFile
from ledger.planning.choices import market
from ledger.planning.grid import grid
from ledger.planning.limits import Accounts
from ledger.planning.optimise import Asked, Optimiser
from ledger.planning.optimised import Aim
from ledger.planning.program import Program, Wish
from ledger.planning.rehearsal import Rehearsal
from ledger.service.creating import create
from ledger.service.recording import record
from ledger.store.ledger import Ledger
from ledger.store.writer import Signature

SEED = 20_261_127
FIRST = date(2026, 1, 1)
SPLITTABLE = 0.4
LAW_DAY = "2025-01-01"
MARK = Signature(actor="bench", via="api", recorded_at="2026-01-01T00:00:00.000000Z")

COUNTRIES = (
    *("BR", "IN", "MY", "SG", "TH", "AE", "SA", "DE", "JP", "GB", "FR", "KR", "TW", "NL", "CA"),
    *("CL", "MX", "PL", "ID", "VN", "TR", "IL", "QA", "ZA", "EG", "KE", "NG", "CO", "PE", "AR"),
    *("US", "US", "US", "US", "US", "US", "UY", "PH", "KZ", "MA"),
)

DEVICES = (
    *("nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-b200-sxm", "nvidia-gb300-gpu", "nvidia-l40s"),
    *("nvidia-h20", "amd-mi300x", "nvidia-a100-80gb-sxm"),
)

HOUSE = """\
pack = "house/plan"
version = "1"
title = "A house's own limits"
kind = "house"
source = "made up for measuring"

[[cap]]
id = "house/country-quarter"
title = "What a country may be sold in a calendar quarter"
cite = "house rule 1"
per = ["destination"]
basis = "exported"
window = { kind = "calendar-quarter" }
allowance = [{ tpp = 40000000 }, { from = 2027-01-01, tpp = 55000000 }]
beside = true

[[cap]]
id = "house/supply"
title = "What can be made in a calendar quarter"
cite = "house rule 2"
per = ["exporter"]
basis = "exported"
window = { kind = "calendar-quarter" }
allowance = [{ tpp = 500000000 }, { from = 2027-01-01, tpp = 700000000 }]
beside = true
"""


def events(rng: Random, deals: int) -> Iterator[AnyEvent]:
    """A house pack, parties, statuses, what is installed and what is held for later."""
    adopted = {"kind": "pack.adopted", "id": "house", "on": LAW_DAY, "pack": "house/plan"}
    yield parse_event({**adopted, "version": "1", "text": HOUSE, "digest": digest(HOUSE)})
    yield _party("maker", "US")
    for number in range(deals):
        country, buyer = _country(number), f"buyer-{number}"
        yield _party(buyer, country)
        granted = {
            "kind": "authorization.granted",
            "id": f"grant-{number}",
            "on": "2025-06-01",
            "from": "2025-06-01",
            "reference": f"R-{number}",
            "party": buyer,
        }
        if number % 8 == 0 and country not in ("US", "DE", "JP"):
            yield parse_event(
                {**granted, "authorization": "us-ear/nveu", "destinations": [country]}
            )
        if country == "US":
            yield parse_event({**granted, "authorization": "us-ear/uveu"})
            installed = {"party": buyer, "destination": "US", "device": DEVICES[0]}
            fields = {"id": f"stock-{number}", "on": "2025-06-01", "quantity": 40_000}
            yield parse_event({"kind": "stock.declared", **fields, **installed})
        if number % 5 == 0 and country != "US":
            held = {"id": f"held-{number}", "on": str(FIRST + timedelta(days=rng.randint(0, 900)))}
            lot = {"device": DEVICES[0], "quantity": rng.randint(5, 300), "exporter": "maker"}
            yield parse_event(
                {
                    "kind": "lot.reserved",
                    "authorization": "us-ear/lpp",
                    "hold_until": "2029-01-01",
                    "destination": country,
                    "ultimate_consignee": buyer,
                    **held,
                    **lot,
                }
            )


def _country(number: int) -> str:
    return COUNTRIES[number % len(COUNTRIES)]


def _party(party: str, country: str) -> AnyEvent:
    place = {"name": party, "location": country, "headquarters": country}
    known = {"id": f"party-{party}", "on": "2020-01-01", "party": party}
    return parse_event({"kind": "party.registered", **known, **place})


def deals_of(rng: Random, count: int, devices: list[str], quarters: int) -> tuple[Deal, ...]:
    """Deals of every size; each would take any device instead, of one kind a few less or more."""
    last = FIRST + timedelta(days=91 * quarters)
    found = []
    for number in range(count):
        country = _country(number)
        own = rng.choice(devices)
        quantity = max(int(rng.paretovariate(0.9) * 40), 1) % 20_000 + 1
        instead = [
            {"device": one, "quantity": max(quantity * rng.randint(60, 160) // 100, 1)}
            for one in devices
            if one != own
        ]
        # A universal end user sells on in the world; its shares are measured against its stock.
        destination = rng.choice(["BR", "MY", "US"]) if country == "US" else country
        fields = {
            "deal": f"deal-{number}",
            "exporter": "maker",
            "end_user": f"buyer-{number}",
            "destination": destination,
            "device": own,
            "quantity": quantity,
            "instead": instead,
            "earliest": FIRST,
            "latest": last - timedelta(days=1),
            "value": Decimal(quantity * rng.randint(20, 40)),
            "splittable": rng.random() < SPLITTABLE,
        }
        found.append(Deal.model_validate(fields))
    return tuple(found)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began, worked = perf_counter(), process_time()
    yield
    took, work = perf_counter() - began, process_time() - worked
    print(f"  {what:<48} {took:7.2f} s, {work:.2f} s of one processor")


def main() -> None:
    """Fill a ledger, plan the parts of a plan one by one, then the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=500)
    parser.add_argument("--devices", type=int, default=20)
    parser.add_argument("--quarters", type=int, default=12)
    parser.add_argument("--for", dest="aim", choices=("value", "tpp", "number"), default="value")
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args()
    rng = Random(SEED)  # noqa: S311 -- no secret
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/plan.db"
        create(url, actor="bench")
        ledger = Ledger.open(url)
        with ledger.writing() as writer:
            for one in events(rng, asked.deals):
                record(writer, one, MARK)
        with ledger.reading() as prefix:
            law = ledger.law(prefix)
            others = [one for one in sorted(law.catalogue) if one.startswith("nvidia-")]
            devices = list(dict.fromkeys([*DEVICES, *others]))[: asked.devices]
            deals = deals_of(rng, asked.deals, devices, asked.quarters)
            print(f"{len(deals)} deals, {len(devices)} devices, {asked.quarters} quarters")
            with uncollected():
                _parts(prefix, law, deals, asked)
            file = DealsFile("made up", "", deals, tuple(range(2, len(deals) + 2)))
            with _timed("the whole answer"), uncollected():
                optimiser = Optimiser(file, prefix, law, "on-the-books")
                found = optimiser.answer(Asked(asked.aim, seconds=asked.seconds))
            print(f"{found.served} served whole in {len(found.lots)} lots; {found.proof.as_data()}")
        ledger.close()
    print(f"file {Path(__file__).name}, seed {SEED}")


def _parts(prefix: Prefix, law: Law, deals: tuple[Deal, ...], asked: argparse.Namespace) -> None:
    """The steps of a plan one by one."""
    known = kept(prefix)
    effects = Effects(known, law, "on-the-books")
    with _timed("what is open to each deal, and what it draws on"):
        options = [effects.options(deal) for deal in deals]
    with _timed("the accounts of all caps"):
        first, last = min(d.earliest for d in deals), max(d.latest for d in deals)
        opened = market(deals, options, Accounts(known, law, first, last), law)
    with _timed("the days to be tried"):
        tried = grid(opened)
    count = sum(map(len, options))
    print(f"  {count:,} options, {len(opened.accounts):,} accounts, {len(tried.choices):,} choices")
    gains = [
        Fraction(deals[one.deal].value) / deals[one.deal].devices[one.option.device]
        for one in tried.choices
    ]
    with _timed("the program"):
        program = Program(opened, tried.choices, Wish(gains))
    rows, entries = len(program.model.lower), len(program.model.indices)
    print(f"  {len(program.model.gains):,} columns, {rows:,} rows, {entries:,} entries")
    with _timed("HiGHS"):
        solution = program.solved(seconds=asked.seconds)
    print(f"  {solution.status}: {solution.value} of at most {solution.bound}")
    taken = program.taken(solution)
    with _timed(f"deciding {len(taken):,} lots one after the other"):
        rehearsed = Rehearsal(known, law, "on-the-books").of(deals, taken)
    print(f"  {len(rehearsed.went):,} permitted")


MANY: Final = 500
QUARTERS: Final = 12
KINDS: Final = 20
MOST_SECONDS: Final = 10


def measures(folder: Path) -> Iterator[dict[str, Any]]:
    """A row of 500 deals, 12 quarters and 20 devices for each aim of a plan."""
    url = f"sqlite:///{folder}/plan.db"
    rng = Random(SEED)  # noqa: S311 -- no secret
    create(url, actor="bench")
    ledger = Ledger.open(url)
    with ledger.writing() as writer:
        for one in events(rng, MANY):
            record(writer, one, MARK)
    with ledger.reading() as prefix:
        law = ledger.law(prefix)
        others = [one for one in sorted(law.catalogue) if one.startswith("nvidia-")]
        devices = list(dict.fromkeys([*DEVICES, *others]))[:KINDS]
        deals = deals_of(rng, MANY, devices, QUARTERS)
        file = DealsFile("made up", "", deals, tuple(range(2, len(deals) + 2)))

        def planned(aim: Aim) -> object:
            with uncollected():
                optimiser = Optimiser(file, prefix, law, "on-the-books")
                return optimiser.answer(Asked(aim, seconds=5.0))

        def decided() -> object:
            return [decide(deal.request(deal.earliest), law, prefix) for deal in deals]

        for aim in get_args(Aim):
            seconds = once(partial(planned, aim))
            yield measure(
                f"optimise {MANY} deals, {QUARTERS} quarters, {KINDS} devices, for {aim}",
                [seconds],
                "a decision a deal",
                [once(decided)],
                asked=(Limit(f"at most {MOST_SECONDS} s", seconds, MOST_SECONDS),),
            )
    ledger.close()


if __name__ == "__main__":
    main()
