"""The ledger fixtures."""

from tests.store.fixtures import any_url, clock, url

__all__ = ["any_url", "clock", "url"]
