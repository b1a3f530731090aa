import pytest

from ledger.core.errors import NotFound
from ledger.core.ratings import classed_alike, device_on, facts_on
from tests.core.builders import (
    device,
    ledger_of,
    on,
)
from tests.core.lives import life


def test_the_device_is_that_of_the_day_and_an_event_overrides_the_catalogue() -> None:
    ledger = ledger_of(device("nvidia-h100-sxm", "16000", on="2025-06-01"))
    assert "nvidia-h100-sxm" in ledger.law.catalogue
    before = device_on("nvidia-h100-sxm", on("2025-05-31"), ledger, ledger.law)
    assert str(before.unit_tpp) == "15831.2"
    after = device_on("nvidia-h100-sxm", on("2025-06-01"), ledger, ledger.law)
    assert str(after.unit_tpp) == "16000"


def test_an_unknown_device_and_one_not_yet_classified_are_not_found() -> None:
    ledger = life(device("new", on="2026-01-01"))
    with pytest.raises(NotFound, match="the device 'nothing' is not classified"):
        device_on("nothing", on("2025-01-01"), ledger, ledger.law)
    with pytest.raises(NotFound, match="on 2025-01-01; its first classification is of 2026-01-01"):
        device_on("new", on("2025-01-01"), ledger, ledger.law)


def test_facts_of_a_device_before_all_of_them_are_the_earliest_that_are_known() -> None:
    ledger = ledger_of(device("late", "15832", on="2026-01-01"), device("late", on="2027-01-01"))
    found = facts_on("late", on("2025-01-01"), ledger, ledger.law)
    assert getattr(found, "on", None) == on("2026-01-01")
    catalogued = facts_on("nvidia-h100-sxm", on("2025-01-01"), ledger, ledger.law)
    assert getattr(catalogued, "device", None) == "nvidia-h100-sxm"
    assert facts_on("nothing", on("2025-01-01"), ledger, ledger.law) is None


def test_devices_are_alike_that_are_of_one_class_on_every_day() -> None:
    ledger = ledger_of(
        device("small", "100", on="2025-01-01"),
        device("tiny", "50", on="2025-01-01"),
        device("large", "20000", on="2025-01-01"),
        device("grown", "100", on="2025-01-01"),
        device("grown", "20000", on="2025-06-01", id="again"),
        device("later", "100", on="2025-02-01"),
    )
    found = classed_alike(ledger, ledger.law)
    assert found["tiny"] == found["small"]
    firsts = [found[name] for name in ("small", "large", "grown", "later", "nvidia-h100-sxm")]
    assert len(set(firsts)) == len(firsts)
    assert found["nvidia-h100-sxm"] == found["amd-mi300x"]
