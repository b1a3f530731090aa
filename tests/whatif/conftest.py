"""The example ledger, which nobody writes to, and how scenarios are asked of it."""

from tests.reporting.conftest import example_url

__all__ = ["example_url"]
