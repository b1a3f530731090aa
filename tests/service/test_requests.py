from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import InvalidEvent, InvalidRequest
from ledger.core.events import LotReleased
from ledger.core.lots import Request
from ledger.service.requests import built, parse_request
from ledger.store.prefix import StorePrefix
from tests.core.builders import ON, lot, on
from tests.store.ledgers import in_memory


@pytest.fixture(scope="module")
def prefix() -> Iterator[StorePrefix]:
    with closing(in_memory()) as ledger, ledger.reading() as found:
        yield found


def test_a_request_is_read_with_what_follows_from_it(prefix: StorePrefix) -> None:
    found = parse_request(lot(on=ON, quantity="12"), prefix)
    assert (found.on, found.quantity, found.origin) == (on(ON), 12, "US")
    assert (found.transaction, found.end_user) == ("export", "buyer")


def test_a_request_without_a_day_is_about_today(
    prefix: StorePrefix, clock: FrozenDateTimeFactory
) -> None:
    assert parse_request(lot(), prefix).on == on("2026-03-01")
    clock.move_to("2026-03-02 00:00:00")
    assert parse_request(lot(), prefix).on == on("2026-03-02")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quantity": -5}, "quantity: expected a whole quantity from 1 to [0-9]+, found -5"),
        ({"quantity": 0}, "quantity: expected a whole quantity from 1 to [0-9]+, found 0"),
        ({"quantity": "1.5"}, "quantity: expected a whole number, found 1.5"),
        ({"quantity": Decimal("2.5")}, "quantity: expected a whole number, found 2.5"),
        ({"quantity": 1.0}, "quantity: expected an exact number"),
        ({"quantity": True}, "quantity: expected an exact number"),
        ({"quantity": "ten"}, "quantity: expected a number, found 'ten'"),
        ({"quantity": None}, "quantity: expected a number, found None"),
        ({"quantity": 10**10}, "quantity: expected a whole quantity from 1 to [0-9]+"),
        ({"on": "2025-02-30"}, "on: expected a day as YYYY-MM-DD, found '2025-02-30', which is"),
        ({"on": "2025-9-1"}, "on: expected a day as YYYY-MM-DD, found '2025-9-1'"),
        ({"on": "tomorrow"}, "on: expected a day as YYYY-MM-DD, found 'tomorrow'"),
        ({"on": "2025-09-01T00:00:00"}, "on: expected a day as YYYY-MM-DD"),
        ({"on": 20250901}, "on: expected a day as YYYY-MM-DD, found 20250901"),
        ({"destination": "Brazil"}, "destination: .*found 'Brazil'"),
        ({"destination": "br"}, "destination: .*found 'br'"),
        ({"destination": "XX"}, "destination: unknown country 'XX'. Use an ISO 3166-1 alpha-2"),
        ({"origin": "ZZ"}, "origin: unknown country 'ZZ'"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"unit_tpp": "0"}, "unit_tpp: expected TPP of one unit above 0"),
        ({"unit_tpp": "15832.25"}, "unit_tpp: TPP has one decimal place, found 15832.25"),
        ({"transaction": "domestic"}, "transaction 'domestic' does not fit US to BR"),
        ({"device": " h100"}, "device: .*found ' h100'"),
        ({"exporter": ""}, "exporter: .*found ''"),
        ({"intermediate_consignees": "x"}, "intermediate_consignees: .*found 'x'"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(
    wrong: dict[str, object], said: str, prefix: StorePrefix
) -> None:
    with pytest.raises(InvalidRequest, match=f"^request: {said}") as caught:
        parse_request({**lot(on=ON), **wrong}, prefix)
    assert caught.value.exit_status == 2


def test_every_wrong_field_is_named_at_once(prefix: StorePrefix) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request({"quantity": -1, "destination": "BR", "colour": "red"}, prefix)
    for field in ("device", "exporter", "ultimate_consignee"):
        assert f"the field '{field}' is missing" in caught.value.sentence
    assert "quantity: expected a whole quantity" in caught.value.sentence
    assert "unknown field 'colour'" in caught.value.sentence


def test_both_unknown_countries_are_named(prefix: StorePrefix) -> None:
    with pytest.raises(InvalidRequest, match="'QQ'; destination: unknown country 'ZZ'"):
        parse_request(lot(on=ON, origin="QQ", destination="ZZ"), prefix)


def test_an_event_is_built_from_what_is_given() -> None:
    day = date(2026, 1, 1)
    found = built(LotReleased, "release", id="x", on=day, reservation="r", reason="released")
    assert found == LotReleased(id="x", on=day, reservation="r", reason="released")


def test_an_event_that_can_not_be_built_names_each_field() -> None:
    with pytest.raises(InvalidEvent, match=r"^release: id: .*found ''; the field 'reservation' is"):
        built(
            LotReleased, "release", id="", on=date(2026, 1, 1), reservation=None, reason="expired"
        )


def test_a_request_is_a_value(prefix: StorePrefix) -> None:
    data = lot(on=ON)
    assert parse_request(data, prefix) == Request.model_validate(data)
    assert data == lot(on=ON)
