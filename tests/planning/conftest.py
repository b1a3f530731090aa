"""The ledger fixtures."""

from tests.store.fixtures import clock, url

__all__ = ["clock", "url"]
