"""Reports: one `.sql` file each, run on a snapshot, with what the core found beside its tables."""
