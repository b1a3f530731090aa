"""The ledger fixtures: a test that writes gets a ledger on each engine, verified when it ends."""

from tests.store.fixtures import (
    any_url,
    clock,
    damaged_server_url,
    damaged_url,
    empty_server_url,
    server_url,
)
from tests.store.fixtures import url as file_url

url = any_url

__all__ = [
    "any_url",
    "clock",
    "damaged_server_url",
    "damaged_url",
    "empty_server_url",
    "file_url",
    "server_url",
    "url",
]
