"""A row of a rule pack: dated, cited, and marked with how well it is attested."""

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from ledger.core.values import Day, Id, Text, Value

Evidence = Literal[
    "text+independent", "text", "later-copy", "secondary", "inference", "UNCONFIRMED"
]
"""How well a row is attested; only UNCONFIRMED leaves a requirement open (design, chapter 6)."""

Posture = Literal["on-the-books", "enforced"]

POSTURES: Final[tuple[Posture, Posture]] = ("on-the-books", "enforced")

Review = Literal[
    "presumption-of-approval", "case-by-case", "policy-of-denial", "presumption-of-denial"
]

OPEN_END: Final = date.max


def _day_of_year(text: object) -> str:
    """A day that every year has, as MM-DD."""
    if not isinstance(text, str) or not re.fullmatch(r"\d\d-\d\d", text):
        msg = f"expected a day of the year as MM-DD, found {text!r}"
        raise ValueError(msg)
    try:
        date.fromisoformat(f"{COMMON_YEAR}-{text}")
    except ValueError:
        msg = f"expected a day that every year has, as MM-DD, found {text!r}"
        raise ValueError(msg) from None
    return text


COMMON_YEAR: Final = 2001
"""Any year without a 29 February."""

DayOfYear = Annotated[str, BeforeValidator(_day_of_year)]


class Row(Value):
    """A dated, cited row: in force from `from` to the day before `until`."""

    id: Id
    cite: Text
    valid_from: Day = Field(default=date.min, alias="from")
    until: Day = OPEN_END
    evidence: Evidence = "text"
    note: Text | None = None

    def in_force(self, on: date) -> bool:
        """Whether the row is in force on a day."""
        return self.valid_from <= on < self.until
