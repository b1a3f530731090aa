"""Files to import: rows of one small table, and the map that reads them."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ledger.core.encoding import Entry
from ledger.service.importing import Import, Order, import_files
from ledger.store.ledger import Ledger

ROOT = Path(__file__).parents[2]
COLUMNS = ("order", "day", "product", "units", "country", "customer", "headquarters", "status")
MAP = """
source = "orders"
key = ["order"]

[fields]
on = { column = "day" }

[[party]]
as = "seller"
from = 2020-01-01
name = { value = "Our House" }
location = { value = "US" }
headquarters = { value = "US" }

[[party]]
as = "customer"
from = 2020-01-01
name = { column = "customer" }
location = { column = "country" }
headquarters = { column = "headquarters", empty = "unknown" }

[[route]]
when = { status = "plan" }
skip = "planned"

[[route]]
when = { status = "odd" }
reject = "odd"

[[route]]
when = { status = "gone" }
kind = "lot.attrited"

[route.fields]
party = { party = "customer" }
destination = { column = "country" }
device = { column = "product" }
quantity = { column = "units" }
reason = { value = "lost" }

[[route]]
kind = "lot.exported"

[route.fields]
device = { column = "product" }
quantity = { column = "units" }
destination = { column = "country" }
exporter = { party = "seller" }
ultimate_consignee = { party = "customer" }
authorization = { value = "unknown" }
"""


def row(order: object, **cells: object) -> dict[str, str]:
    """A good row, but for the cells given."""
    good = {
        "day": "2026-03-31",
        "product": "nvidia-h100-sxm",
        "units": "10",
        "country": "BR",
        "customer": "Uni Brasil",
        "headquarters": "BR",
        "status": "",
    }
    return {"order": str(order), **good, **{name: str(cell) for name, cell in cells.items()}}


def column_map(folder: Path, text: str = MAP) -> Path:
    path = folder / "orders.map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def table(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def lines(path: Path, events: Iterable[Mapping[str, Any]]) -> Path:
    text = "".join(json.dumps(event) + "\n" for event in events)
    path.write_text(text, encoding="utf-8")
    return path


def party(party_id: str, **fields: object) -> dict[str, object]:
    return {
        "kind": "party.registered",
        "id": f"party {party_id}",
        "on": "2020-01-01",
        "party": party_id,
        "name": party_id,
        "location": "US",
        "headquarters": "US",
        **fields,
    }


def run(
    url: str,
    *files: Path,
    column_map: Path | None = None,
    dry_run: bool = False,
    atomic: bool = False,
    rejects: Path | None = None,
) -> Import:
    """Import; the rejects file stands beside the first file unless it is named."""
    beside = None if dry_run else files[0].with_name("rejects.csv")
    order = Order(
        files=files,
        column_map=column_map,
        dry_run=dry_run,
        atomic=atomic,
        rejects=rejects or beside,
        actor="tester",
    )
    return import_files(url, order)


def faults(done: Import) -> list[dict[str, str]]:
    assert done.rejects_file is not None
    with Path(done.rejects_file).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def entries(url: str) -> list[Entry]:
    ledger = Ledger.open(url)
    try:
        return list(ledger.entries())
    finally:
        ledger.close()


def adds_up(done: Import) -> bool:
    data = done.as_data()
    counted = ("appended", "already_present", "skipped", "rejected")
    return bool(data["rows"] == sum(data[count] for count in counted))
