"""The example ledger: the public shipments and fictional end users of `examples/`, and more.

To what the demonstration imports it adds what reports must show besides: reservations in every
state, corrections, a duty that was done, a list and a clearance.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from freezegun import freeze_time

from ledger.core.events import AnyEvent
from ledger.paths import data_folder
from ledger.reporting.report import named
from ledger.reporting.running import Ran, Reporting
from ledger.service.creating import create
from ledger.service.duties import done
from ledger.service.importing import Order, import_files
from ledger.service.keys import ensure
from ledger.service.recording import record
from ledger.service.shell import signature
from ledger.snapshot.opening import snapshot
from ledger.store.ledger import Ledger
from tests.core.builders import attrited, event, exported, reserved, reversed_
from tests.snapshot.filled import unseen

TODAY: Final = date(2026, 11, 23)
IGNORED: Final = ["_pytest", "xdist", "execnet"]
UNI: Final = {
    "device": "nvidia-h100-sxm",
    "destination": "BR",
    "exporter": "example-exporter",
    "ultimate_consignee": "example-university-br",
    "end_user": "example-university-br",
}

MORE: Final[tuple[AnyEvent, ...]] = (
    exported("more/1", on="2026-08-14", quantity=40, document="ORDER-1", **UNI),
    exported("more/2", on="2026-09-30", quantity=25, document="ORDER-2", **UNI),
    exported("more/3", on="2026-09-15", quantity=5, **UNI),
    reversed_("more/3-back", "more/3"),
    attrited(
        "more/lost",
        on="2026-10-02",
        party="example-university-br",
        destination="BR",
        device="nvidia-h100-sxm",
        quantity=2,
        reason="returned",
        lot="more/1",
    ),
    reserved("more/held", on="2026-12-10", quantity=60, hold_until="2026-12-01", **UNI),
    reserved("more/long", on="2027-02-01", quantity=30, hold_until="2027-06-01", **UNI),
    reserved("more/used", on="2026-11-01", quantity=10, hold_until="2026-12-31", **UNI),
    exported("more/4", on="2026-11-02", quantity=10, reservation="more/used", **UNI),
    reserved("more/given-up", on="2026-11-01", quantity=7, hold_until="2026-12-31", **UNI),
    event(
        kind="lot.released",
        id="more/released",
        on="2026-11-05",
        reservation="more/given-up",
        reason="released",
    ),
)


def example(folder: Path) -> str:
    """Make the example ledger in a folder; returns its URL."""
    url = f"sqlite:///{folder}/example.db"
    examples = data_folder("examples")
    with freeze_time("2026-11-20T09:00:00Z", ignore=IGNORED):
        create(url, actor="ana")
        ensure(url, actor="ana")
        import_files(url, Order([examples / "demo.jsonl"], actor="ana"))
        shipments = Order(
            [examples / "shipments.csv"],
            column_map=examples / "shipments.map.toml",
            rejects=folder / "rejects.csv",
            actor="ana",
        )
        import_files(url, shipments)
        put_all(url, MORE)
        done(url, first_duty(url), document="filed 2026-11-19", actor="ben")
    return url


def put_all(url: str, events: tuple[AnyEvent, ...]) -> None:
    """Record events as somebody at a desk would, one after the other in one transaction."""
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            for one in events:
                record(writer, one, signature("cli", actor="ana"))
    finally:
        ledger.close()


def first_duty(url: str) -> str:
    """A duty of the example that somebody can do."""
    from ledger.service.duties import Wanted, duties

    wanted = Wanted(first=date(2026, 1, 1), until=date(2026, 11, 20), state="overdue")
    return duties(url, wanted).duties[0].id


@contextmanager
def session(url: str, file: Path, today: date = TODAY) -> Iterator[Reporting]:
    """Reports on a ledger, on a day that stands still."""
    with snapshot(url, file, progress=unseen) as shot:
        yield Reporting(shot, today)


def ran(on: Reporting, name: str, given: Mapping[str, str] | None = None) -> Ran:
    """A report of the program, run."""
    return on.run(named(name), given or {})


ASKED: Final[dict[str, dict[str, str]]] = {
    "waterfall": {"cap": "us-ear/lpp/parent-year"},
    "balances": {"quarter": "2026Q3"},
    "headroom-by-quarter": {"from": "2026Q3", "until": "2027Q2"},
    "country-quarter": {"from": "2026Q4", "until": "2026Q4"},
    "lots": {"from": "2022-01-01"},
    "drawdown": {"from": "2022-01-01"},
    "flows": {"from": "2022-01-01"},
    "duties": {"from": "2026Q1", "until": "2026Q4"},
}
"""What the golden files are asked for, where the defaults would show little or too much."""
