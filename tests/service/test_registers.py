from typing import Any

from ledger.service.registers import Register, devices, parties
from tests.core.builders import device, on, party, reversed_
from tests.store.ledgers import SIZE, put

CATALOGUED = 102


def row(found: Register, name: str) -> dict[str, Any]:
    key = {"parties": "party", "devices": "device"}[found.what]
    (only,) = (one for one in found.rows if one[key] == name)
    return only


def test_every_party_is_listed_by_id_with_its_facts(url: str) -> None:
    found = parties(url, on=on("2026-01-01"))
    assert [one["party"] for one in found.rows] == [
        *("branch", "buyer", "group", "op-ae", "seller"),
    ]
    assert row(found, "branch") == {
        "party": "branch",
        "name": "branch",
        "party_kind": "company",
        "location": "BR",
        "headquarters": "BR",
        "ultimate_parent": "group",
        "ultimate_parent_headquarters": "BR",
        "registered_by": "party-branch-2020-01-01",
        "first_on": "2020-01-01",
    }
    assert found.as_data()["as_of"]["size"] == SIZE


def test_a_party_is_shown_as_it_was_on_the_day(url: str) -> None:
    put(url, party("buyer", on="2026-02-01", headquarters="unknown", ultimate_parent="unknown"))
    before, after = (row(parties(url, on=on(d)), "buyer") for d in ("2026-01-31", "2026-02-01"))
    assert (before["headquarters"], before["ultimate_parent"]) == ("BR", "buyer")
    assert (after["headquarters"], after["ultimate_parent"]) == (None, None)
    then = row(parties(url, on=on("2026-02-01"), as_of=SIZE), "buyer")
    assert then == before


def test_a_party_of_later_days_is_listed_with_the_day(url: str) -> None:
    put(url, party("late", on="2026-02-01"))
    found = row(parties(url, on=on("2026-01-31")), "late")
    assert (found["name"], found["registered_by"], found["first_on"]) == (None, None, "2026-02-01")


def test_a_text_is_looked_for_in_id_and_name(url: str) -> None:
    put(url, party("x1", name="Buyers' Union"), party("x2"))
    found = parties(url, "BUYER", on=on("2026-01-01"))
    assert [one["party"] for one in found.rows] == ["buyer", "x1"]
    assert parties(url, "nobody").rows == ()


def test_devices_are_those_of_the_catalogue_and_of_events(url: str) -> None:
    found = devices(url, on=on("2026-01-01"))
    assert len(found.rows) == CATALOGUED + 2
    assert row(found, "h100")["classified_by"] == "device-h100-2020-01-01"
    known = row(found, "nvidia-h100-sxm")
    assert (known["vendor"], known["unit_tpp"], known["item_class"], known["classified_by"]) == (
        *("NVIDIA", "15831.2", "a-class", None),
    )
    assert [one["device"] for one in devices(url, "h100-SXM").rows] == ["nvidia-h100-sxm"]


def test_a_device_is_shown_as_it_was_rated_on_the_day(url: str) -> None:
    put(url, device("nvidia-h100-sxm", "15900", on="2026-02-01"), device("new", on="2026-02-01"))
    before, after = (devices(url, on=on(day)) for day in ("2026-01-31", "2026-02-01"))
    assert row(before, "nvidia-h100-sxm") == row(
        devices(url, on=on("2026-01-31"), as_of=SIZE), "nvidia-h100-sxm"
    )
    assert row(after, "nvidia-h100-sxm")["unit_tpp"] == "15900"
    assert {row(before, "new")[key] for key in ("model", "unit_tpp", "item_class")} == {None}
    assert row(after, "new")["item_class"] == "a-class"
    put(url, reversed_("x", row(after, "new")["classified_by"]))
    assert "new" not in {one["device"] for one in devices(url, on=on("2026-02-01")).rows}
