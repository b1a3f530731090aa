"""Signed heads, proofs that an auditor checks without the ledger, and the signing keys."""
