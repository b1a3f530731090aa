"""The exact value types that every other module speaks: TPP, exact decimals, days, codes."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import CoreSchema, core_schema

TENTHS: Final = 10
"""TPP is counted in integer tenths (design, chapter 4)."""

LARGEST_UNIT_TPP: Final = 10_000_000
LARGEST_QUANTITY: Final = 100_000_000
"""Together they keep the sum of hundreds of the largest lots inside a signed 64-bit column."""

LARGEST_TPP: Final = 10**15
"""The largest amount that a row may state: that of the largest lot."""

MOST_DIGITS: Final = 30
"""Before or after the decimal point; `1e999999999` would else be written out digit by digit."""


FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999
"""Days outside are typing errors, and windows around them would leave the calendar."""


class Value(BaseModel):
    """An immutable record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Tpp(int):
    """Total processing performance, held as an exact number of tenths.

    The integer value *is* the tenths, so sums and comparisons are integer arithmetic; text and
    JSON show the decimal number. `Tpp(158312)` is 15831.2 TPP; `Tpp.of("15831.2")` reads it.
    """

    __slots__ = ()

    @classmethod
    def of(cls, amount: object) -> Self:
        """Read an amount of TPP from an int, a Decimal or text.

        Raises `ValueError` for floats, for more than one decimal place and for what is no number.
        """
        if isinstance(amount, cls):
            return amount
        tenths = Fraction(exact(amount)) * TENTHS
        if tenths.denominator != 1:
            msg = f"TPP has one decimal place, found {amount}; round it up to the next 0.1"
            raise ValueError(msg)
        return cls(tenths.numerator)

    @classmethod
    def ceiling(cls, number: Fraction | Decimal) -> Self:
        """Round a computed amount up to 0.1 TPP, so that no cap is ever passed by rounding."""
        return cls(ceil(Fraction(number) * TENTHS))

    def __str__(self) -> str:
        """Write the amount as a plain decimal number, without a trailing `.0`."""
        whole, tenth = divmod(abs(int(self)), TENTHS)
        sign = "-" if self < 0 else ""
        return f"{sign}{whole}.{tenth}" if tenth else f"{sign}{whole}"

    def grouped(self) -> str:
        """Write the amount for people: thousands separated."""
        whole, tenth = divmod(abs(int(self)), TENTHS)
        sign = "-" if self < 0 else ""
        return f"{sign}{whole:,}.{tenth}" if tenth else f"{sign}{whole:,}"

    def __repr__(self) -> str:
        """Show the decimal number, not the tenths."""
        return f"Tpp({self!s})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        """Accept a number or text, write text."""
        return core_schema.no_info_plain_validator_function(
            cls.of,
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        """Describe the written form for the published schemas."""
        return {
            "anyOf": [
                {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9])?$"},
                {"type": "number"},
            ],
            "description": "TPP, one decimal place",
        }


_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
"""Plain digits: Python would also read underscores and the digits of other scripts."""


def shown(amount: Tpp | None) -> str:
    """An amount for people; None is unlimited."""
    return "unlimited" if amount is None else amount.grouped()


def exact(amount: object) -> Decimal:
    """Read an exact decimal from an int, a Decimal or text; floats are refused."""
    if isinstance(amount, bool | float):
        msg = f"expected an exact number (an integer, or text such as '19.4'), found {amount!r}"
        raise ValueError(msg)  # noqa: TRY004 -- pydantic turns ValueError into a row error
    if not isinstance(amount, int | str | Decimal):
        msg = f"expected a number, found {amount!r}"
        raise ValueError(msg)  # noqa: TRY004 -- as above
    if isinstance(amount, str) and not _NUMBER.fullmatch(amount):
        msg = f"expected a number, found {amount!r}"
        raise ValueError(msg)
    number = Decimal(amount)
    if not number.is_finite():
        msg = f"expected a finite number, found {amount!r}"
        raise ValueError(msg)
    if number and abs(number.adjusted()) > MOST_DIGITS:
        msg = f"expected a number of at most {MOST_DIGITS} digits, found {amount!r}"
        raise ValueError(msg)
    return number


def plain(number: Decimal) -> str:
    """Write a decimal in one canonical way: no exponent, no trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def whole(amount: object) -> int:
    """Read a whole number from an int or its decimal text; fractions are refused."""
    if type(amount) is int and abs(amount) < LARGEST_TPP:
        return amount
    number = exact(amount)
    if number != number.to_integral_value():
        msg = f"expected a whole number, found {amount}"
        raise ValueError(msg)
    return int(number)


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def day(value: object) -> date:
    """Read a calendar day from a date or from text as YYYY-MM-DD; timestamps are refused."""
    if type(value) is date or (isinstance(value, date) and not hasattr(value, "hour")):
        return _near(date(value.year, value.month, value.day))
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        msg = f"expected a day as YYYY-MM-DD, found {value!r}"
        raise ValueError(msg)
    try:
        found = date.fromisoformat(value)
    except ValueError:
        msg = f"expected a day as YYYY-MM-DD, found {value!r}, which is not in the calendar"
        raise ValueError(msg) from None
    return _near(found)


def _near(found: date) -> date:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        msg = f"expected a day from {FIRST_YEAR} to {LAST_YEAR}, found {found}"
        raise ValueError(msg)
    return found


def _positive(number: Decimal) -> Decimal:
    if number <= 0:
        msg = f"expected a number above 0, found {plain(number)}"
        raise ValueError(msg)
    return number


def _unit_tpp(amount: object) -> Tpp:
    unit = Tpp.of(amount)
    if not 0 < unit <= LARGEST_UNIT_TPP * TENTHS:
        msg = f"expected TPP of one unit above 0 and at most {LARGEST_UNIT_TPP}, found {unit}"
        raise ValueError(msg)
    return unit


def _amount(amount: object) -> Tpp:
    tpp = Tpp.of(amount)
    if not 0 <= tpp <= LARGEST_TPP * TENTHS:
        msg = f"expected TPP of 0 or more and at most {LARGEST_TPP}, found {tpp}"
        raise ValueError(msg)
    return tpp


def _quantity(amount: object) -> int:
    quantity = whole(amount)
    if not 0 < quantity <= LARGEST_QUANTITY:
        msg = f"expected a whole quantity from 1 to {LARGEST_QUANTITY}, found {quantity}"
        raise ValueError(msg)
    return quantity


Exact = Annotated[
    Decimal,
    BeforeValidator(exact),
    PlainSerializer(plain, return_type=str),
]
Positive = Annotated[
    Decimal,
    BeforeValidator(lambda v: _positive(exact(v))),
    PlainSerializer(plain, return_type=str),
]
UnitTpp = Annotated[Tpp, BeforeValidator(_unit_tpp)]
AmountTpp = Annotated[Tpp, BeforeValidator(_amount)]
Quantity = Annotated[int, BeforeValidator(_quantity), Field(ge=1, le=LARGEST_QUANTITY)]
Day = Annotated[date, BeforeValidator(day)]
COUNTRY: Final = r"^[A-Z]{2}$"
HEADQUARTERS: Final = r"^([A-Z]{2}|unknown)$"
ID: Final = r"^[^\s\x00-\x1f]([^\x00-\x1f]{0,198}[^\s\x00-\x1f])?$"
VERIFIER_KEY: Final = r"^[^\s+\x00-\x1f]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$"
PATTERN_WORDS: Final = {
    COUNTRY: "a country as two capital letters, such as AE or BR",
    HEADQUARTERS: "a country as two capital letters, such as AE or BR, or 'unknown'",
    ID: "an id of 1 to 200 characters without blanks at its ends",
    VERIFIER_KEY: "a verifier key, as NAME+ID+KEY",
}
"""What a pattern asks for, in words for people."""

Country = Annotated[str, Field(pattern=COUNTRY)]
Headquarters = Annotated[str, Field(pattern=HEADQUARTERS)]
Id = Annotated[str, Field(pattern=ID)]
VerifierKey = Annotated[str, Field(pattern=VERIFIER_KEY, max_length=500)]
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
UNKNOWN: Final = "unknown"
