"""Small random cases: a ledger whose caps are nearly full, and a few deals that compete."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from ledger.core.deals import Deal
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    TABLE,
    UVEU,
    Fields,
    declared,
    device,
    exported,
    granted,
    house,
    ledger_of,
    on,
    party,
    reserved,
    used,
)

UNIT = 15832
"""TPP of one H100."""

BASES = ("2026-06-28", "2026-07-30", "2026-09-29", "2026-12-30")
"""First days: a step of the NVEU table, a measuring day, a quarter's and a year's end follow."""

TABLE_ON = {"2026-06-28": 2690250000, "2026-07-30": 3481500000}
TABLE_ON |= {"2026-09-29": 3481500000, "2026-12-30": 4272750000}

BUYERS = {"buyer": "BR", "branch": "CL", "cloud": "BR", "cloud-br": "MY", "op-ae": "AE"}

PEOPLE: tuple[AnyEvent, ...] = (
    party("seller", headquarters="US"),
    party("buyer"),
    party("branch", ultimate_parent="buyer"),
    party("cloud", headquarters="US"),
    party("cloud-br", ultimate_parent="cloud", headquarters="US"),
    party("op-ae", headquarters="AE"),
    device("h100"),
    device("h50", "7916"),
    granted("U", UVEU, party="cloud", destinations=[]),
    granted("U-BR", UVEU, party="cloud-br", destinations=[]),
    granted("N-AE", NVEU, party="op-ae", destinations=["AE"]),
)


_STOCKS = (9, 11, 12, 13, 14, 15, 26, 28, 30)
"""Units of which 7 % or 25 % are nearly a whole number."""


class Case(NamedTuple):
    """A ledger and the deals that are to be planned on it."""

    ledger: MemoryPrefix
    deals: tuple[Deal, ...]
    base: date


def case(seed: int) -> Case:
    """The same case for the same seed."""
    rng = Random(seed)  # noqa: S311 -- no secret
    base = on(rng.choice(BASES))
    ledger = ledger_of(house(*_caps(rng, base)), *PEOPLE, *_history(rng, base))
    count = rng.choice([1, 2, 2, 3, 3])
    of_shares = rng.random() < 0.4
    deals = [_deal(rng, base, number, of_shares=of_shares) for number in range(count)]
    return Case(ledger, tuple(deals), base)


def day(base: date, after: int) -> str:
    return str(base + timedelta(days=after))


def _caps(rng: Random, base: date) -> list[str]:
    """A few house caps of a few units each."""

    def room(least: int = 1, most: int = 5) -> int:
        return UNIT * rng.randint(least, most) + rng.choice([0, 0, 7, UNIT // 2])

    steps = f"[{{ tpp = {room()} }}, {{ from = {day(base, 2)}, tpp = {room()} }}]"
    every = (
        (
            f'per = ["end_user"]\nbasis = "exported"\nallowance = [{{ tpp = {room(1, 3)} }}]\n'
            f'window = {{ kind = "rolling", days = {rng.randint(2, 4)} }}\n'
        ),
        (
            f'per = ["exporter"]\nbasis = "exported"\nallowance = [{{ tpp = {room(2, 5)} }}]\n'
            f'window = {{ kind = "rolling", days = {rng.randint(2, 3)} }}\n'
        ),
        (
            f'per = ["destination"]\nbasis = "installed"\nallowance = {steps}\n'
            'window = { kind = "stock" }\n'
        ),
        (
            f'per = ["ultimate_parent"]\nbasis = "exported"\nallowance = {steps}\n'
            'window = { kind = "calendar-quarter" }\n'
        ),
        (
            f'per = ["exporter"]\nbasis = "exported"\nallowance = [{{ tpp = {room(3, 7)} }}]\n'
            f'window = {{ kind = "period", first_on = {day(base, -20)} }}\n'
            f"until = {day(base, rng.randint(1, 9))}\n"
        ),
        (
            'per = ["device"]\nbasis = "exported"\n'
            f"ratio = {{ percent = {rng.choice([40, 50, 75])}, "
            'of_groups = ["us-ear/d5-or-macau"], to_values = ["US", "AE"] }\n'
            f'window = {{ kind = "period", first_on = {day(base, -20)} }}\n'
            'when = [{ fact = "destination", groups = ["us-ear/d5-or-macau"] }]\n'
        ),
    )
    return rng.sample(every, rng.choice([0, 1, 1, 2]))


def _history(rng: Random, base: date) -> list[AnyEvent]:
    """Caps of the law that are nearly full, what is installed, and what is held for later."""
    units = rng.randint(0, 4)
    full = TABLE_ON[str(base)] - UNIT * units
    events: list[AnyEvent] = [
        used("table", TABLE, ["op-ae", "AE"], str(full), on="2026-01-10"),
        used("lpp", LPP_YEAR, ["buyer"], str(26900000 - UNIT * rng.randint(0, 5)), on="2026-02-01"),
        used(
            "lpp-ae", LPP_YEAR, ["op-ae"], str(26900000 - UNIT * rng.randint(0, 3)), on="2026-02-01"
        ),
        declared("stock-us", party="cloud", destination="US", quantity=rng.choice(_STOCKS)),
    ]
    if rng.random() < 0.3:
        events.append(declared("stock-my", party="cloud-br", destination="MY", quantity=1))
    if rng.random() < 0.3:
        line: Fields = {"line": 1, "device": "h100", "quantity": rng.randint(1, 3)}
        ends = day(base, rng.randint(2, 30))
        to_buyer: Fields = {"party": "buyer", "destinations": ["BR"], "lines": [line]}
        events.append(granted("D1", LICENCE, until=ends, **to_buyer))
    for number in range(rng.choice([0, 0, 1, 2])):
        buyer = rng.choice(sorted(BUYERS))
        fields: Fields = {"ultimate_consignee": buyer, "destination": BUYERS[buyer]}
        fields |= {"quantity": 1, "authorization": _under(buyer)}
        if rng.random() < 0.6:
            held: Fields = {"on": day(base, rng.randint(0, 8)), "hold_until": "2027-12-01"}
            events.append(reserved(f"held-{number}", **fields, **held))
        else:
            gone: Fields = {"on": day(base, rng.randint(-3, 3))}
            events.append(exported(f"gone-{number}", **fields, **gone))
    return events


def _under(buyer: str) -> str:
    return {"cloud": UVEU, "cloud-br": UVEU, "op-ae": NVEU}.get(buyer, LPP)


def _deal(rng: Random, base: date, number: int, *, of_shares: bool) -> Deal:
    """A deal with anybody, or with the universal end user, of whose stock it takes a share."""
    buyer = rng.choice(["cloud", "cloud", "cloud-br"] if of_shares else sorted(BUYERS))
    first = rng.randint(0, 3)
    splittable = rng.random() < 0.35
    fields: Fields = {
        "deal": f"deal-{number}",
        "exporter": "seller",
        "end_user": buyer,
        "destination": "US" if buyer == "cloud" and rng.random() < 0.4 else BUYERS[buyer],
        "device": "h100",
        "quantity": rng.randint(1, 2) if splittable else rng.randint(1, 4),
        "earliest": day(base, first),
        "latest": day(base, first + rng.randint(0, 4)),
        "value": str(rng.randint(1, 30)),
        "splittable": splittable,
    }
    if of_shares:
        fields["authorization"] = rng.choice([UVEU, UVEU, UVEU, None])
    if fields["destination"] == "US":
        fields["authorization"] = None
    if rng.random() < 0.3:
        fields["instead"] = [{"device": "h50", "quantity": rng.randint(1, 3)}]
    return Deal.model_validate(fields)
