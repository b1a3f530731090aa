"""The ledger fixtures: each test that writes gets a ledger that is verified when it ends."""

from tests.store.fixtures import clock, damaged_url, server_url, url

__all__ = ["clock", "damaged_url", "server_url", "url"]
