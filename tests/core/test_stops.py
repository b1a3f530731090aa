"""What stands before every authorization: listed parties, affiliates, embargoes, suspect items."""

import pytest

from ledger.core.events import AnyEvent
from ledger.core.law.row import Posture
from ledger.core.stops import Stopped, stops_of
from tests.core.asking import situation
from tests.core.builders import adopted, cleared, list_adopted, pack_text, party, signed

EVIL, BANK = party("evil", name="Evil Chips"), party("bank", name="Bad Bank")
DAN = party("dan", name="Denied Dan")
HALF = party("firm", owners=[{"party": "evil", "percent": "50"}])


def stopped(*events: AnyEvent, enforced: object = False, **lot: object) -> dict[str, Stopped]:
    """The stops that a lot meets, by the ends of their ids."""
    posture: Posture = "enforced" if enforced else "on-the-books"
    found = stops_of(situation(list_adopted(), *events, **lot), posture)
    return {one.row.id.removeprefix("us-ear/stop/"): one for one in found}


def test_nothing_stops_an_ordinary_lot() -> None:
    assert stopped() == {}


# ---- listed parties


@pytest.mark.parametrize("role", ["exporter", "purchaser", "ultimate_consignee", "end_user"])
def test_a_listed_party_in_any_role_stops_the_lot(role: str) -> None:
    (one,) = stopped(EVIL, **{role: "evil"}).values()
    assert (one.row.effect, one.surely) == ("license-required", True)
    assert one.found == "evil matches 'Evil Chips' (EL:1, score 100)"
    assert one.sources == ("the request", "list")


def test_an_intermediate_consignee_is_a_party_too() -> None:
    assert set(stopped(EVIL, intermediate_consignees=["buyer", "evil"])) == {"entity-list"}


@pytest.mark.parametrize(
    ("who", "stop", "effect"),
    [
        ("dan", "denied-persons", "prohibited"),
        ("bank", "designated-nationals", "prohibited"),
        ("evil", "entity-list", "license-required"),
    ],
)
def test_the_list_says_how_a_lot_is_stopped(who: str, stop: str, effect: str) -> None:
    (one,) = stopped(DAN, BANK, EVIL, end_user=who).items()
    assert (one[0], one[1].row.effect) == (stop, effect)


@pytest.mark.parametrize(
    ("effect", "kind", "closed"),
    [
        ("prohibited", "licence", True),
        ("prohibited", "none", True),
        ("license-required", "licence", False),
        ("license-required", "none", True),
        ("license-required", "status", True),
    ],
)
def test_a_sure_stop_closes_all_but_a_licence_and_a_prohibition_that_too(
    effect: str, kind: str, *, closed: bool
) -> None:
    (one,) = toy(effect)
    assert (one.closes(kind), one.surely_closes(kind)) == (True, closed)


@pytest.mark.parametrize("effect", ["license-required", "unresolved"])
def test_a_licence_passes_a_stop_that_it_lifts_and_no_other(effect: str) -> None:
    (lifted,) = toy(effect, "lifted_by_licence = true\n")
    (other,) = toy(effect)
    assert (lifted.closes("licence"), other.closes("licence")) == (False, True)
    assert other.surely_closes("licence") is False
    assert lifted.closes("exception") is True


def toy(effect: str, more: str = "") -> list[Stopped]:
    row = f'[[stop]]\nid = "toy"\ntitle = "t"\ncite = "c"\neffect = "{effect}"\n{more}when = []\n'
    return list(stopped(adopted(pack_text(row))).values())


def test_a_lot_inside_the_united_states_meets_prohibitions_only() -> None:
    """The Entity List asks for licences of exports; a denied person may take no part at all."""
    home = party("evil", name="Evil Chips", headquarters="US")
    assert stopped(home, end_user="evil", destination="US") == {}
    assert set(stopped(DAN, end_user="dan", destination="US")) == {"denied-persons"}


def test_a_party_that_was_cleared_stops_nothing() -> None:
    assert stopped(EVIL, cleared("evil", "EL:1"), end_user="evil") == {}


def test_a_name_that_can_not_be_screened_leaves_every_list_in_doubt() -> None:
    found = stopped(party("x", name="!"), end_user="x")
    assert {"denied-persons", "entity-list"} <= set(found)
    assert not any(one.surely for one in found.values())


# ---- owners and affiliates


def test_a_listed_owner_is_a_doubt_that_a_person_resolves() -> None:
    tenth = party("firm", owners=[{"party": "evil", "percent": "10"}])
    (one,) = stopped(EVIL, tenth, end_user="firm").values()
    assert (one.row.id, one.surely) == ("us-ear/stop/listed-owner", False)
    assert stopped(EVIL, tenth, cleared("firm", "EL:1"), end_user="firm") == {}


@pytest.mark.parametrize(
    ("day", "stops"),
    [
        ("2025-09-28", set()),
        ("2025-09-29", {"affiliates-2025"}),
        ("2025-11-09", {"affiliates-2025"}),
        ("2025-11-10", set()),
        ("2026-11-09", set()),
        ("2026-11-10", {"affiliates-2026"}),
    ],
)
def test_the_affiliates_rule_stands_on_its_days(day: str, stops: set[str]) -> None:
    """Live from 2025-09-29, stayed from 2025-11-10 to 2026-11-09 (90 FR 47201; 90 FR 50857)."""
    found = stopped(EVIL, HALF, end_user="firm", on=day)
    assert set(found) - {"listed-owner"} == stops


@pytest.mark.parametrize(("reading", "surely"), [(None, False), ("active", True)])
def test_after_the_stay_a_reading_says_whether_the_affiliates_rule_is_back(
    reading: str | None, *, surely: bool
) -> None:
    signed_by = (signed("i", "us-ear/affiliates-after-stay", reading),) if reading else ()
    found = stopped(EVIL, HALF, *signed_by, end_user="firm", on="2026-11-10")
    assert found["affiliates-2026"].surely is surely


def test_a_reading_that_the_stay_goes_on_takes_the_affiliates_rule_away() -> None:
    reading = signed("i", "us-ear/affiliates-after-stay", "stayed")
    found = stopped(EVIL, HALF, reading, end_user="firm", on="2026-11-10")
    assert "affiliates-2026" not in found


# ---- places and items


@pytest.mark.parametrize("destination", ["CU", "IR", "KP", "SY", "RU", "BY"])
def test_an_embargoed_destination_stops_every_lot(destination: str) -> None:
    one = stopped(destination=destination)["embargo"]
    assert (one.row.effect, one.surely, one.found) == ("license-required", True, destination)


def test_a_party_of_an_embargoed_country_is_a_doubt_anywhere() -> None:
    (one,) = stopped(party("x", headquarters="IR", location="BR"), end_user="x").values()
    assert (one.row.id, one.surely) == ("us-ear/stop/embargoed-party", False)


@pytest.mark.parametrize(
    ("chip", "day", "stops"),
    [
        ("910b3", "2025-05-12", []),
        ("910b3", "2025-05-13", [False]),
        ("910c", "2025-05-13", [False]),
        ("910", "2025-05-13", [False]),
    ],
)
def test_an_ascend_chip_of_the_guidance_is_in_doubt_from_its_day_on(
    chip: str, day: str, stops: list[bool]
) -> None:
    """The guidance on General Prohibition 10 names three and says that its list is not complete."""
    found = stopped(device=f"huawei-ascend-{chip}", on=day)
    assert [one.surely for one in found.values()] == stops


# ---- toy stops: what the standard packs do not use

ACT = """[[provision]]
id = "toy/act"
title = "an act"
cite = "toy 1"
published_on = 2025-01-01
effective_on = 2025-01-01
compliance_on = 2025-01-01
suspended_on = 2025-06-01
"""
STOP = """[[stop]]
id = "toy"
title = "Chile"
cite = "toy 2"
effect = "prohibited"
when = [{ fact = "destination", values = ["CL"] }]
"""


def test_a_stop_of_a_provision_stands_where_that_decides() -> None:
    pack = adopted(pack_text(ACT + STOP + 'provision = "toy/act"\n'))
    assert set(stopped(pack, destination="CL")) == {"toy"}
    assert stopped(pack, destination="CL", enforced=True) == {}


def test_a_stop_that_is_unconfirmed_is_a_doubt_and_no_stop() -> None:
    pack = adopted(pack_text(STOP + 'evidence = "UNCONFIRMED"\n'))
    assert stopped(pack, destination="CL")["toy"].surely is False
    assert stopped(pack) == {}


def test_a_stop_on_an_open_fact_is_a_doubt() -> None:
    group = '[[group]]\nid = "g"\ntitle = "t"\ncite = "c"\n'
    group += 'members = [{ iso = "CL", evidence = "UNCONFIRMED" }]\n'
    rows = group + STOP.replace('values = ["CL"]', 'groups = ["g"]')
    assert stopped(adopted(pack_text(rows)), destination="CL")["toy"].surely is False


def test_a_stop_says_what_was_found_without_the_transaction() -> None:
    rows = STOP.replace("when = [", 'when = [{ fact = "transaction", values = ["export"] }, ')
    one = stopped(adopted(pack_text(rows)), destination="CL")["toy"]
    assert one.found == "CL"
    assert one.sources == ("the request",)
