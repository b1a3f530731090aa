"""chipledger: may this shipment go, under which authority, and what is left?"""

from typing import Final

__version__ = "0.1.0"
ENGINE: Final = "chipledger/2"
"""Named in every decision id: raised when the same inputs may decide otherwise."""
