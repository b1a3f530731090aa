"""chipledger: may this shipment go, under which authority, and what is left?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.whatif.notebook import OpenLedger

__version__ = "0.1.0"


def open(url: str = "sqlite:///chipledger.db") -> "OpenLedger":  # noqa: A001 -- as files are opened
    """Open a ledger for what-if questions in a notebook or a program; see docs/notebook.md."""
    from ledger.whatif.notebook import OpenLedger

    return OpenLedger(url)
