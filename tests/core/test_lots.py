import pytest
from pydantic import ValidationError

from ledger.core.lots import Lot, Request
from tests.core.builders import lot, request


@pytest.mark.parametrize(
    ("origin", "destination", "transaction"),
    [
        ("US", "BR", "export"),
        ("US", "US", "domestic"),
        ("TW", "BR", "reexport"),
        ("TW", "US", "reexport"),
        ("BR", "BR", "transfer"),
    ],
)
def test_the_transaction_follows_from_origin_and_destination(
    origin: str, destination: str, transaction: str
) -> None:
    found = Lot.model_validate(lot(origin=origin, destination=destination))
    assert found.transaction == transaction
    assert Lot.model_validate(lot(origin=origin, destination=destination) | {}) == found


def test_a_transaction_that_contradicts_the_places_is_refused() -> None:
    with pytest.raises(ValidationError, match="'export' does not fit BR to BR, which is 'transfer"):
        Lot.model_validate(lot(origin="BR", transaction="export"))


def test_the_end_user_is_the_consignee_where_none_is_named() -> None:
    assert request().end_user == "buyer"
    assert request(end_user="operator").end_user == "operator"
    assert request().origin == "US"


def test_a_lot_without_its_consignee_or_destination_is_refused() -> None:
    fields = lot()
    del fields["ultimate_consignee"], fields["destination"]
    with pytest.raises(ValidationError) as refused:
        Lot.model_validate(fields)
    missing = {error["loc"][0] for error in refused.value.errors()}
    assert missing == {"destination", "ultimate_consignee"}


def test_something_that_is_no_table_of_fields_is_refused() -> None:
    with pytest.raises(ValidationError):
        Lot.model_validate("8 H100 to Brazil")


def test_the_parties_are_all_but_the_exporter() -> None:
    found = request(purchaser="trader", intermediate_consignees=["port", "hub"], end_user="lab")
    assert found.parties() == {
        "purchaser": "trader",
        "ultimate_consignee": "buyer",
        "end_user": "lab",
        "intermediate_consignees[0]": "port",
        "intermediate_consignees[1]": "hub",
    }
    assert request().parties() == {"ultimate_consignee": "buyer", "end_user": "buyer"}


def test_a_request_may_name_an_authorization_and_no_unknown_field() -> None:
    assert request(authorization="us-ear/lpp").authorization == "us-ear/lpp"
    assert request().authorization is None
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Request.model_validate(lot(on="2025-09-01", colour="green"))
