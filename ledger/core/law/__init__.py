"""The law as data: rows, packs, and the law as it stands on a day."""
