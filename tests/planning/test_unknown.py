from ledger.core.deals import Deal
from ledger.planning.unknown import unknown_in
from tests.core.selling import deal_of, world

COUNTRIES = {"US", "BR", "AE"}


def faults(deal: Deal) -> list[tuple[str, str]]:
    prefix = world()
    return [(one.field, one.value) for one in unknown_in(deal, prefix, prefix.law, COUNTRIES)]


def test_a_deal_that_names_what_is_known_has_no_fault() -> None:
    assert faults(deal_of("buyer")) == []
    catalogue = [{"device": "nvidia-h20", "quantity": 1}]
    assert faults(deal_of("buyer", authorization="us-ear/lpp", instead=catalogue)) == []


def test_everything_unknown_is_told_once() -> None:
    odd = deal_of(
        "buyer",
        exporter="x",
        end_user="y",
        ultimate_consignee="y",
        destination="ZZ",
        origin="YY",
        device="h900",
        instead=[{"device": "h901", "quantity": 1}],
        authorization="us-ear/none",
    )
    assert faults(odd) == [
        ("origin", "YY"),
        ("destination", "ZZ"),
        ("exporter", "x"),
        ("end_user", "y"),
        ("device", "h900"),
        ("instead", "h901"),
        ("authorization", "us-ear/none"),
    ]


def test_an_owner_of_another_name_is_told_by_itself() -> None:
    assert faults(deal_of("buyer", ultimate_consignee="z")) == [("ultimate_consignee", "z")]


def test_a_device_that_is_classified_only_after_the_window_is_unknown() -> None:
    assert faults(deal_of("buyer", device="late", latest="2026-09-19")) == [("device", "late")]
    assert faults(deal_of("buyer", device="late", latest="2026-09-20")) == []
