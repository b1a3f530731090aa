"""The store: entries, head, and the tables that are derived from them."""
