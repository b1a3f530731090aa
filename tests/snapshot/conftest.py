"""The ledger fixtures, for tests that fill snapshots from one."""

from tests.store.fixtures import any_url, clock, url

__all__ = ["any_url", "clock", "url"]
