from ledger.core.deals import Deal
from ledger.core.kept import kept
from ledger.core.openings import Openings, who_of
from ledger.core.prefix import Prefix
from tests.core.builders import LICENCE, LPP, LPP_YEAR, NVEU, UVEU, on
from tests.core.selling import deal_of, world

DAY = on("2026-09-01")


def openings(prefix: Prefix | None = None) -> Openings:
    return Openings(kept(prefix or world()), world().law, "on-the-books")


def told(found: Openings, deal: Deal, device: str = "h100") -> dict[str, dict[str, object]]:
    return {
        f"{one.authorization} {one.line}".strip(): dict(one.limits)
        for one in found.of(deal, device, DAY)
    }


def test_what_is_open_names_the_holder_of_each_cap_that_limits_it() -> None:
    found = told(openings(), deal_of("branch"))
    assert found[LPP][LPP_YEAR] == ("buyer",)
    assert found[LPP]["house/cap-2"] == ("seller", "CL")


def test_lots_that_are_alike_are_asked_about_once_and_keep_their_own_holders() -> None:
    found = openings()
    first, second = deal_of("buyer", destination="CL"), deal_of("branch")
    told(found, first)
    asked = len(found._open)
    assert told(found, second)[LPP]["house/cap-1"] == ("branch",)
    assert len(found._open) == asked
    assert told(found, first)[LPP]["house/cap-1"] == ("buyer",)


def test_a_status_opens_what_another_party_is_not_open_to() -> None:
    found = openings()
    assert NVEU in told(found, deal_of("op-ae"))
    assert NVEU not in told(found, deal_of("buyer", destination="AE"))
    assert UVEU in told(found, deal_of("cloud-br"))


def test_a_licence_is_open_line_by_line_and_for_its_own_device_alone() -> None:
    found = openings()
    own = {key for key in told(found, deal_of("buyer")) if key.startswith(LICENCE)}
    assert own == {f"{LICENCE} D1/1", f"{LICENCE} D2/1"}
    other = {key for key in told(found, deal_of("buyer"), "h200") if key.startswith(LICENCE)}
    assert other == {f"{LICENCE} D1/2"}
    assert found.lined(deal_of("buyer"), "h200")
    assert not found.lined(deal_of("op-ae"), "h200")


def test_who_a_deal_is_with_is_all_but_its_device_and_days() -> None:
    assert who_of(deal_of("buyer")) == who_of(deal_of("buyer", device="h200", quantity=9))
    assert who_of(deal_of("buyer")) != who_of(deal_of("buyer", end_use="research"))


def test_a_device_is_what_it_is_classified_as_on_the_day() -> None:
    found = openings()
    before = found.of_device(deal_of("buyer"), "h200", on("2026-11-14"))
    after = found.of_device(deal_of("buyer"), "h200", on("2026-11-15"))
    assert (before.unit_tpp, after.unit_tpp) == (159_000, 160_000)
    assert before.alike == after.alike
    small = found.of_device(deal_of("buyer"), "small", DAY)
    assert small.alike != before.alike
