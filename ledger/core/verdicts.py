"""A verdict: what a test found, whether it holds, and where the facts behind it stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test found, and whether it holds; None where a fact is not known.

    `sources` are the ids of the events that the facts stand in, or words for what is no event.
    """

    holds: bool | None
    found: str
    sources: tuple[str, ...] = ()
