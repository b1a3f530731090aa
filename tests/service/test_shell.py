"""Ids that the shell makes up: of their time, and never the same."""

from datetime import UTC, datetime
from uuid import UUID

from freezegun import freeze_time

from ledger.service.shell import new_id

MANY = 1000


def uuid_of(made: str) -> UUID:
    return UUID(made.removeprefix("lot-"))


def test_an_id_begins_with_its_time() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)
    with freeze_time(moment):
        made = uuid_of(new_id("lot"))
    assert made.int >> 80 == int(moment.timestamp() * 1000)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_ids_stand_in_the_order_of_their_times() -> None:
    made = []
    for second in range(10, 20):
        with freeze_time(f"2026-01-02T03:04:{second}Z"):
            made.append(new_id("lot"))
    assert made == sorted(made)


def test_no_two_ids_of_one_moment_are_alike() -> None:
    with freeze_time("2026-01-02T03:04:05Z"):
        made = {new_id("lot") for _ in range(MANY)}
    assert len(made) == MANY
    assert all((uuid_of(one).version, uuid_of(one).variant[:9]) == (7, "specified") for one in made)
