"""The snapshot: a sealed prefix of a ledger as columns, which reports read instead of the ledger.

`filling` copies new entries into a DuckDB file, `prefix` answers the core's questions from it,
`archive` writes it as Parquet, `opening` opens one that is up to date.
"""
