"""Name matching of parties against a published screening list: pure, no clock, no ledger."""
