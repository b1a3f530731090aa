"""Short lives of a buyer: what one more event adds, and what is installed after them."""

from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import INSTALLED, Query
from tests.core.builders import amounts, device, ledger_of, on, people

B200 = device("b200", "36000")


def life(*events: AnyEvent) -> MemoryPrefix:
    return ledger_of(*people("buyer"), B200, *events, standard=False)


def draws(ledger: MemoryPrefix, new: AnyEvent) -> list[tuple[str, int, str]]:
    """What an event adds: kind, units and TPP of each movement."""
    return amounts(ledger.append(new).movements)


def installed(ledger: MemoryPrefix, destination: str = "BR") -> tuple[int, int]:
    query = Query(("party", "destination"), ("buyer", destination), INSTALLED, on("2020-01-01"))
    rows = list(ledger.draws(query))
    return sum(row.units for row in rows), sum(row.tpp for row in rows)
