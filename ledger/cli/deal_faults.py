"""Faults of files of deals, told row by row."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger.cli.output import console, esc, put, table

if TYPE_CHECKING:
    from ledger.intake.deals import InvalidDeals


@contextmanager
def faults_told(*, as_json: bool) -> "Iterator[list[InvalidDeals]]":
    """Tell the faults of a file of deals row by row; they are in the list if there were any."""
    from ledger.intake.deals import InvalidDeals

    told: list[InvalidDeals] = []
    try:
        yield told
    except InvalidDeals as wrong:
        told.append(wrong)
        if as_json:
            print(json.dumps({"error": wrong.as_data()}), file=sys.stderr)  # noqa: T201
        else:
            _show_faults(wrong)


def _show_faults(wrong: "InvalidDeals") -> None:
    to = console(stderr=True)
    to.print(f"[bold red]{wrong.code}[/]  {esc(wrong.where)}")
    made = table("row", "column", "value", "what is wrong", right=("row",), whole=("column",))
    for fault in wrong.faults:
        cells = (fault.column, fault.value, fault.reason)
        made.add_row(str(fault.row), *(esc(cell) for cell in cells))
    put(to, made)
    to.print(f"{wrong.cure[0].upper()}{wrong.cure[1:]}.", markup=False)
