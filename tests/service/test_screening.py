"""Screening parties and names against the list of the day, and clearing hits."""

from datetime import date
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import InvalidInput, NotFound
from ledger.service.lists import clear
from ledger.service.screening import Screened, screen
from tests.core.builders import on, party, reversed_
from tests.service.published import (
    CRIMSON,
    GRANITE,
    OCHRE,
    VIOLET,
    adopted_list,
    bearer,
    owned,
)
from tests.store.ledgers import SIZE, entries_of, head_of, put, stored

DAY = on("2025-09-01")
NAMELESS = party("dashes", name="— —")


@pytest.fixture
def listed(url: str, tmp_path: Path) -> str:
    """A ledger with a list, two parties that bear listed names, and one that is owned by one."""
    put(url, bearer(CRIMSON), bearer(VIOLET), owned("child", {"crimson": 60}))
    adopted_list(url, tmp_path)
    return url


def found(screened: Screened) -> list[tuple[str, str, int]]:
    return [(hit.party, hit.match.entry, hit.match.score) for hit in screened.hits]


def cleared_by(screened: Screened) -> dict[str, str | None]:
    return {
        hit.match.entry: None if hit.clearance is None else hit.clearance.signed_by
        for hit in screened.hits
    }


def cleared(url: str, party_id: str, *hits: str, day: date | None = DAY) -> list[str]:
    events = clear(url, party_id, hits, reason="another town", signed_by="A. Lima", on=day)
    return [event.hit for event in events]


# ---- screening


def test_every_registered_party_is_screened(listed: str) -> None:
    answer = screen(listed, on=DAY)
    assert found(answer) == [("crimson", "EL:101", 100), ("violet", "SDN:201", 100)]
    assert (answer.parties, answer.nameless, answer.threshold) == (8, (), 88)
    assert (answer.adopted.count, answer.head) == (8, head_of(listed))


def test_screening_writes_nothing(listed: str) -> None:
    before = stored(listed)
    screen(listed, on=DAY)
    assert stored(listed) == before


def test_named_parties_are_screened_and_no_other(listed: str) -> None:
    assert found(screen(listed, ["violet", "buyer"], on=DAY)) == [("violet", "SDN:201", 100)]
    assert found(screen(listed, ["buyer"], on=DAY)) == []


def test_an_owner_is_not_the_party_that_it_owns(listed: str) -> None:
    answer = screen(listed, ["child"], on=DAY)
    assert {hit.party for hit in answer.hits} == {"crimson"}
    assert answer.owner_of["crimson"] == ["child"]


@pytest.mark.parametrize(
    "name",
    [
        "Crimson Harbor Photonics",
        "CRIMSON HARBOR PHOTONICS SDN. BHD.",
        "Photonics Crimson Harbor, Ltd",
        "Rotlicht Hafenoptik GmbH",
        "Crimson Harbour Photonics",
    ],
)
def test_a_bare_name_is_screened_by_name_and_alias(name: str, listed: str) -> None:
    answer = screen(listed, names=[name], on=DAY)
    assert [hit.match.entry for hit in answer.hits] == ["EL:101"]
    assert answer.hits[0].party == name
    assert answer.parties == 1


def test_a_bare_name_that_nobody_bears_has_no_hit(listed: str) -> None:
    assert found(screen(listed, names=["Lavender Kettle Bakery"], on=DAY)) == []


def test_parties_and_bare_names_are_screened_together(listed: str) -> None:
    answer = screen(listed, ["violet"], names=["Crimson Harbor Photonics"], on=DAY)
    assert {hit.match.entry for hit in answer.hits} == {"SDN:201", "EL:101"}


def test_a_party_is_matched_by_its_alias(url: str, tmp_path: Path) -> None:
    put(url, party("front", name="Sunny Trading", aliases=["Rotlicht Hafenoptik"]))
    adopted_list(url, tmp_path)
    (hit,) = screen(url, on=DAY).hits
    assert (hit.party, hit.match.listed_name) == ("front", "Rotlicht Hafenoptik")
    assert hit.match.party_name == "Rotlicht Hafenoptik"


def test_a_name_counts_from_its_day_on(listed: str) -> None:
    put(listed, party("buyer", on="2025-09-01", name=CRIMSON.name))
    days = ["2025-08-31", "2025-09-01"]
    assert [len(screen(listed, ["buyer"], on=on(day)).hits) for day in days] == [0, 1]


def test_what_can_not_be_screened_is_said(listed: str) -> None:
    put(listed, NAMELESS)
    answer = screen(listed, on=DAY)
    assert (answer.nameless, answer.parties) == (("dashes",), 9)
    with pytest.raises(InvalidInput, match="no name has a letter or a digit"):
        screen(listed, names=["(!)"], on=DAY)


def test_an_unknown_party_is_not_found(listed: str) -> None:
    with pytest.raises(NotFound, match=r"the party 'nobody' is not registered\. Name registered"):
        screen(listed, ["crimson", "nobody"], on=DAY)


def test_without_a_list_there_is_nothing_to_screen_against(url: str) -> None:
    with pytest.raises(NotFound, match=r"is adopted\. Adopt one: chipledger lists"):
        screen(url, on=DAY)
    with pytest.raises(NotFound, match="no screening list is adopted"):
        screen(url, names=["Crimson Harbor Photonics"], on=DAY)


def test_an_earlier_head_knows_no_list(listed: str) -> None:
    head = head_of(listed).size
    with pytest.raises(NotFound, match="no screening list is adopted"):
        screen(listed, on=DAY, as_of=head - 1)
    assert screen(listed, on=DAY, as_of=head).hits


def test_without_a_day_it_is_today(listed: str, clock: FrozenDateTimeFactory) -> None:
    assert screen(listed).on == on("2026-03-01")
    clock.tick(1)


# ---- clearing


def test_a_hit_is_cleared_with_reason_and_signature(listed: str) -> None:
    assert cleared(listed, "crimson", "EL:101") == ["EL:101"]
    (event,) = [one.event for one in entries_of(listed) if one.event.kind == "party.cleared"]
    assert (event.on, getattr(event, "reason", "")) == (DAY, "another town")
    assert cleared_by(screen(listed, on=DAY)) == {"EL:101": "A. Lima", "SDN:201": None}


def test_a_clearance_holds_from_its_day_on(listed: str) -> None:
    cleared(listed, "crimson", "EL:101")
    before = screen(listed, ["crimson"], on=on("2025-08-31"))
    assert cleared_by(before) == {"EL:101": None}


def test_several_hits_are_cleared_at_once_and_each_once(listed: str) -> None:
    put(listed, party("twin", name=CRIMSON.name, aliases=[OCHRE.name, GRANITE.name]))
    named = ("EL:101", "DPL:301", "EL:101")
    assert cleared(listed, "twin", *named) == ["EL:101", "DPL:301"]
    answer = screen(listed, ["twin"], on=DAY)
    assert cleared_by(answer) == {"EL:101": "A. Lima", "DPL:301": "A. Lima", "MEU:401": None}


def test_a_clearance_that_was_taken_back_clears_nothing(listed: str) -> None:
    cleared(listed, "crimson", "EL:101")
    put(listed, reversed_("x", entries_of(listed)[-1].event.id))
    assert cleared_by(screen(listed, ["crimson"], on=DAY)) == {"EL:101": None}


@pytest.mark.parametrize(
    ("party_id", "hits", "said"),
    [
        ("crimson", ("SDN:201",), r"have no hit 'SDN:201'; they have EL:101\. See its hits"),
        ("crimson", ("EL:101", "EL:102"), "have no hit 'EL:102'; they have EL:101"),
        ("buyer", ("EL:101",), "'buyer' and its owners have no hit 'EL:101'; they have none"),
        ("nobody", ("EL:101",), "the party 'nobody' is not registered"),
    ],
)
def test_an_unknown_hit_clears_nothing(
    party_id: str, hits: tuple[str, ...], said: str, listed: str
) -> None:
    before = stored(listed)
    with pytest.raises(NotFound, match=said):
        cleared(listed, party_id, *hits)
    assert stored(listed) == before


def test_an_owners_hit_can_be_cleared_for_what_it_owns(listed: str) -> None:
    assert cleared(listed, "child", "EL:101") == ["EL:101"]
    assert cleared_by(screen(listed, on=DAY)) == {"EL:101": None, "SDN:201": None}


def test_without_a_list_there_is_no_hit_to_clear(url: str) -> None:
    put(url, bearer(CRIMSON))
    with pytest.raises(NotFound, match="they have none"):
        cleared(url, "crimson", "EL:101")
    assert head_of(url).size == SIZE + 1


def test_a_bare_name_is_not_cleared_with_the_party_whose_id_it_is(listed: str) -> None:
    put(listed, party(CRIMSON.name, name=CRIMSON.name))
    cleared(listed, CRIMSON.name, "EL:101")
    assert cleared_by(screen(listed, names=[CRIMSON.name], on=DAY)) == {"EL:101": None}


def test_a_clearance_says_why_and_who(listed: str) -> None:
    before = stored(listed)
    for reason, name in (("", "A. Lima"), ("another town", "")):
        with pytest.raises(InvalidInput):
            clear(listed, "crimson", ["EL:101"], reason=reason, signed_by=name)
    assert stored(listed) == before
