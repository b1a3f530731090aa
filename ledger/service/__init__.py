"""The use cases: read, decide, append. Here, and nowhere below, is the clock."""
