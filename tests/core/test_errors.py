import pytest

from ledger.core import errors
from ledger.core.errors import (
    AlreadyRecorded,
    Conflict,
    HeadMoved,
    InvalidEvent,
    InvalidInput,
    InvalidRequest,
    InvalidRulePack,
    LedgerDamaged,
    LedgerError,
    NotFound,
    NotOpen,
    NotProven,
)


@pytest.mark.parametrize(
    ("error", "code", "exit_status", "http_status"),
    [
        (InvalidInput, "invalid-input", 2, 422),
        (InvalidEvent, "invalid-event", 2, 422),
        (InvalidRequest, "invalid-request", 2, 422),
        (InvalidRulePack, "invalid-rule-pack", 2, 422),
        (NotFound, "not-found", 3, 404),
        (Conflict, "conflict", 4, 409),
        (HeadMoved, "head-moved", 4, 409),
        (AlreadyRecorded, "already-recorded", 4, 409),
        (NotOpen, "not-open", 4, 409),
        (LedgerDamaged, "ledger-damaged", 5, 500),
        (NotProven, "not-proven", 5, 500),
    ],
)
def test_each_error_has_its_code_and_statuses(
    error: type[LedgerError], code: str, exit_status: int, http_status: int
) -> None:
    found = error("it broke")
    assert isinstance(found, LedgerError)
    assert (found.code, found.exit_status, found.http_status) == (code, exit_status, http_status)


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = NotFound("there is no lot 'x'", where="row 7", cure="look it up")
    assert str(error) == error.sentence == "row 7: there is no lot 'x'. Look it up."


def test_an_error_may_leave_out_where_and_cure() -> None:
    assert str(NotFound("there is no lot 'x'")) == "there is no lot 'x'."
    assert (NotFound("x").where, NotFound("x").cure) == ("", "")


def test_every_error_stands_in_the_tree_at_the_top_of_the_file() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    named = {one.__name__ for one in found if one.__module__ == errors.__name__}
    assert all(name in str(errors.__doc__) for name in named)
