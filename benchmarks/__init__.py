"""Measures, each beside a raw baseline from the same run."""
