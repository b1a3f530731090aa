"""Ownership by listed parties, with a naive reference beside it that walks every path."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.events import PartyRegistered
from ledger.core.ownership import Holding, Listed, chain, held_by, owners_of
from ledger.core.parties import Lookup
from ledger.core.values import UNKNOWN
from tests.core.builders import on, party

DAY = on("2025-10-01")
HALF, WHOLE = Fraction(50), Fraction(100)


def known(*registrations: PartyRegistered) -> Lookup:
    by_name: dict[str, list[PartyRegistered]] = {}
    for one in sorted(registrations, key=lambda one: one.on):
        by_name.setdefault(one.party, []).append(one)
    return lambda name: by_name.get(name, [])


def owned(
    name: str, *, since: str = "2020-01-01", parent: str | None = None, **percents: str
) -> PartyRegistered:
    """A party and its owners: `owned("a", b="60")`."""
    owners = [{"party": owner, "percent": percent} for owner, percent in percents.items()]
    return party(name, on=since, ultimate_parent=parent, owners=owners)


def twice(name: str, owner: str, percent: str) -> PartyRegistered:
    return party(name, owners=[{"party": owner, "percent": percent}] * 2)


def only(*names: str, in_doubt: tuple[str, ...] = ()) -> Listed:
    return lambda name: None if name in in_doubt else name in names


def held(
    *registrations: PartyRegistered, listed: Listed | None = None, of: str = "a", day: date = DAY
) -> Holding:
    """What listed owners hold of `a`; `huawei` is listed, and everyone is registered."""
    lookup = known(*registrations, party("huawei"))
    return held_by(of, day, lookup, listed or only("huawei"), whole_from=HALF)


def bounds(found: Holding) -> tuple[Fraction | int, Fraction | int]:
    return found.at_least, found.at_most


def exactly(percent: str) -> tuple[Fraction | int, Fraction | int]:
    return Fraction(percent), Fraction(percent)


# ---- what is known


def test_a_party_that_is_listed_itself_is_held_wholly() -> None:
    assert held(of="huawei") == Holding(WHOLE, WHOLE, ("listed itself",), ())


def test_a_party_without_owners_is_held_by_nobody() -> None:
    assert held(party("a")) == Holding(Fraction(0), Fraction(0), (), ())


def test_a_listed_owner_counts_with_its_percentage() -> None:
    found = held(owned("a", huawei="60", b="40"), party("b"))
    assert found == Holding(Fraction(60), Fraction(60), ("60 % by huawei (listed)",), ())


@pytest.mark.parametrize(
    ("percent", "reached"),
    [("49.99", False), ("49.99999999999999999999999999", False), ("50", True), ("50.01", True)],
)
def test_the_threshold_is_reached_exactly(percent: str, *, reached: bool) -> None:
    assert held(owned("a", huawei=percent)).reaches(HALF) is reached


def test_two_listed_owners_of_a_quarter_each_add_up() -> None:
    found = held(owned("a", huawei="25", zte="25"), party("zte"), listed=only("huawei", "zte"))
    assert found.reaches(50) is True
    assert found.paths == ("25 % by huawei (listed)", "25 % by zte (listed)")


def test_an_owner_stated_twice_counts_twice() -> None:
    found = held(twice("a", "huawei", "25"))
    assert bounds(found) == exactly("50")


def test_an_owner_held_by_half_counts_whole() -> None:
    found = held(owned("a", holdco="40"), owned("holdco", huawei="70"))
    assert bounds(found) == exactly("40")
    assert found.paths == (
        "40 % by holdco, itself 70 % held by listed owners, so counted whole",
        "holdco: 70 % by huawei (listed)",
    )


def test_an_owner_held_by_less_counts_in_proportion() -> None:
    found = held(owned("a", holdco="50", huawei="25"), owned("holdco", huawei="40"))
    assert bounds(found) == exactly("45")
    assert found.paths == (
        "50 % by holdco, itself 40 % held by listed owners, so counted as 20 %",
        "25 % by huawei (listed)",
        "holdco: 40 % by huawei (listed)",
    )


def test_sixty_percent_of_sixty_percent_counts_whole_at_each_step() -> None:
    found = held(owned("a", b="60"), owned("b", c="60"), owned("c", huawei="60"))
    assert bounds(found) == exactly("60")


def test_a_long_percentage_is_cut_in_the_text_and_not_rounded_up() -> None:
    found = held(owned("a", b="40"), owned("b", huawei="49.99999"))
    assert bounds(found) == exactly("19.999996")
    assert found.paths[0] == (
        "40 % by b, itself about 49.9999 % held by listed owners, so counted as about 19.9999 %"
    )


def test_the_share_from_which_an_owner_counts_whole_is_the_callers() -> None:
    lookup = known(owned("a", b="60"), owned("b", huawei="30"), party("huawei"))
    quarter = held_by("a", DAY, lookup, only("huawei"), whole_from=Fraction(25))
    assert bounds(quarter) == exactly("60")
    half = held_by("a", DAY, lookup, only("huawei"), whole_from=HALF)
    assert bounds(half) == exactly("18")


def test_ownership_is_that_of_the_day() -> None:
    versions = (owned("a", huawei="60"), owned("a", since="2025-06-01", huawei="40"))
    assert bounds(held(*versions, day=on("2025-05-31"))) == exactly("60")
    assert bounds(held(*versions, day=on("2025-06-01"))) == exactly("40")


def test_what_stands_above_a_listed_owner_does_not_matter() -> None:
    listed = only("zte", in_doubt=("state",))
    found = held(owned("a", zte="60"), owned("zte", state="90", abroad="90"), listed=listed)
    assert found == Holding(Fraction(60), Fraction(60), ("60 % by zte (listed)",), ())


# ---- an ultimate parent


def test_an_ultimate_parent_without_figures_owns_the_party_wholly() -> None:
    found = held(owned("a", parent="huawei", b="60"), party("b"))
    assert bounds(found) == exactly("100")
    assert found.paths == ("100 % by huawei, the ultimate parent (no majority stated) (listed)",)


def test_an_ultimate_parent_with_a_stated_minority_owns_the_party_wholly() -> None:
    assert bounds(held(owned("a", parent="huawei", huawei="20"))) == exactly("100")


def test_an_ultimate_parent_with_a_stated_majority_owns_what_is_stated() -> None:
    assert bounds(held(owned("a", parent="huawei", huawei="51"))) == exactly("51")


def test_a_party_that_is_its_own_ultimate_parent_has_none_above_it() -> None:
    assert held(owned("a", parent="a")) == Holding(Fraction(0), Fraction(0), (), ())


def test_a_stake_held_through_an_owner_is_not_counted_again_for_the_parent() -> None:
    family = owned("a", parent="c", b="60"), owned("b", parent="c", c="100")
    assert bounds(held(*family, owned("c", huawei="35"))) == exactly("35")


def test_a_parent_holds_what_nobody_is_stated_for_beside_the_owners() -> None:
    found = held(owned("a", parent="c", huawei="25"), owned("c", huawei="40"))
    assert bounds(found) == exactly("55")


def test_an_unknown_ultimate_parent_leaves_the_rest_open() -> None:
    found = held(owned("a", parent="unknown", huawei="30", b="70"), party("b"))
    assert bounds(found) == (30, 100)
    assert found.reaches(HALF) is None
    assert found.findings == ("the ultimate parent of a is stated as unknown",)
    assert found.paths[-1] == (
        "100 % by unknown, the ultimate parent (no majority stated), itself 0 to 100 % held by "
        "listed owners, so counted as 0 to 100 %"
    )


def test_an_unknown_ultimate_parent_may_be_another_than_the_unknown_owner() -> None:
    assert bounds(held(owned("a", parent="unknown", unknown="60"))) == (0, 100)


# ---- what is not known counts against the shipper


def test_an_owner_that_is_not_registered_may_be_held_wholly() -> None:
    found = held(owned("a", ghost="30", huawei="25"))
    assert bounds(found) == (25, 55)
    assert found.reaches(HALF) is None
    assert found.reaches(25) is True
    assert found.reaches(56) is False
    assert found.findings == ("ghost is not registered on 2025-10-01, so its owners are not known",)
    assert found.paths[0] == (
        "30 % by ghost, itself 0 to 100 % held by listed owners, so counted as 0 to 30 %"
    )


def test_an_owner_that_is_registered_later_is_not_registered_on_the_day() -> None:
    found = held(owned("a", b="50"), owned("b", since="2025-10-02"))
    assert bounds(found) == (0, 50)


def test_an_owner_that_is_listed_needs_no_registration() -> None:
    found = held(owned("a", ghost="50"), listed=only("ghost"))
    assert (bounds(found), found.findings) == (exactly("50"), ())


def test_a_party_that_is_not_registered_is_open() -> None:
    assert bounds(held()) == (0, 100)
    assert bounds(held(of=UNKNOWN)) == (0, 100)


def test_an_owner_stated_as_unknown_is_open_and_nobody_is_asked_about_it() -> None:
    asked: list[str] = []

    def listed(name: str) -> bool:
        asked.append(name)
        return False

    found = held(owned("a", unknown="20"), party("unknown"), listed=listed)
    assert bounds(found) == (0, 20)
    assert found.findings == ("an owner of a is stated as unknown",)
    assert UNKNOWN not in asked


def test_an_owner_whose_listing_is_not_known_may_count_wholly() -> None:
    found = held(owned("a", b="60"), party("b"), listed=only(in_doubt=("b",)))
    assert bounds(found) == (0, 60)
    assert found.findings == ("whether b is listed is not known",)


def test_an_owner_whose_listing_is_not_known_counts_for_what_listed_owners_hold_of_it() -> None:
    found = held(
        owned("a", b="60"), owned("b", huawei="60"), listed=only("huawei", in_doubt=("b",))
    )
    assert bounds(found) == exactly("60")


def test_a_party_whose_own_listing_is_not_known_is_open() -> None:
    found = held(owned("a", huawei="10"), listed=only("huawei", in_doubt=("a",)))
    assert bounds(found) == (10, 100)


def test_percentages_above_a_hundred_are_a_finding_and_capped() -> None:
    found = held(owned("a", huawei="70", zte="50.5"), listed=only("huawei", "zte"))
    assert bounds(found) == exactly("100")
    assert found.findings == ("the owners of a add up to 120.5 %, more than 100",)


# ---- circles


def test_a_party_that_owns_a_part_of_itself() -> None:
    found = held(owned("a", a="30", huawei="40"))
    assert bounds(found) == (40, 70)
    assert found.findings == ("a owns a part of itself",)


def test_two_that_own_one_another_are_open() -> None:
    found = held(owned("a", b="60"), owned("b", a="60"))
    assert bounds(found) == (0, 60)
    assert found.findings == ("a, b own one another in a circle",)


def test_a_circle_does_not_undo_what_is_sure_without_it() -> None:
    circle = owned("a", b="60"), owned("b", huawei="60", a="10")
    assert bounds(held(*circle)) == (60, 60)
    assert bounds(held(*circle, of="b")) == (70, 70)


def test_a_listed_owner_in_a_circle_is_sure() -> None:
    found = held(owned("a", huawei="50"), owned("huawei", a="10"))
    assert bounds(found) == exactly("50")


def test_a_circle_above_the_party_is_open_for_it() -> None:
    found = held(owned("a", b="80"), owned("b", c="30"), owned("c", b="100"))
    assert bounds(found) == (0, 24)
    assert found.findings == ("b, c own one another in a circle",)


# ---- large


def test_a_diamond_of_depth_thirty_is_quick() -> None:
    levels = [f"{level}" for level in range(31)]
    diamond = [
        owned(f"{side}{low}", **{f"l{high}": "30", f"r{high}": "30"})
        for low, high in pairwise(levels)
        for side in "lr"
    ]
    top = owned("l30", huawei="50"), owned("r30", huawei="50")
    assert bounds(held(*diamond, *top, of="l0")) == exactly("60")


@pytest.mark.parametrize(
    ("percent", "expected"), [("60", Fraction(60)), ("40", 100 * Fraction(2, 5) ** 1000)]
)
def test_a_chain_of_a_thousand_is_followed_to_its_top(percent: str, expected: Fraction) -> None:
    links = [owned(f"p{n}", **{f"p{n + 1}": percent}) for n in range(1000)]
    found = held(*links, party("p1000"), of="p0", listed=only("p1000"))
    assert bounds(found) == (expected, expected)


def test_a_circle_of_a_thousand_ends() -> None:
    ring = [owned(f"p{n}", **{f"p{(n + 1) % 1000}": "60"}) for n in range(1000)]
    assert bounds(held(*ring, of="p0")) == (0, 60)
    fed = owned("p999", huawei="50", p0="50")
    assert bounds(held(*ring[:-1], fed, of="p0")) == exactly("60")


# ---- owners and everyone above


def test_the_owners_are_those_stated_and_a_parent_without_a_majority() -> None:
    lookup = known(owned("a", parent="c", b="60", c="20"), owned("d", parent="unknown"))
    assert owners_of("a", DAY, lookup) == (("b", Decimal(60)), ("c", Decimal(100)))
    assert owners_of("d", DAY, lookup) == ()
    assert owners_of("nobody", DAY, lookup) == ()


def test_the_chain_is_everyone_above_nearest_first() -> None:
    lookup = known(
        owned("a", parent="top", b="60", c="40"),
        owned("b", d="10", a="5"),
        owned("c", d="10", unknown="20"),
        owned("d", parent="unknown"),
    )
    assert chain("a", DAY, lookup) == ("b", "c", "top", "d")
    assert chain("nobody", DAY, lookup) == ()


# ---- random registers against a naive reference


@dataclass(frozen=True)
class Register:
    """Parties by number; those left out of `owners` are not registered."""

    owners: dict[str, tuple[tuple[str, int], ...]]
    parents: dict[str, str]
    listed: dict[str, bool | None]

    def held(self, name: str) -> Holding:
        events = [
            party(
                one,
                ultimate_parent=self.parents.get(one),
                owners=[{"party": o, "percent": str(p)} for o, p in stakes],
            )
            for one, stakes in self.owners.items()
        ]
        return held_by(name, DAY, known(*events), self.listed.__getitem__, whole_from=HALF)


def registers(*, acyclic: bool) -> st.SearchStrategy[Register]:
    return st.integers(1, 6).flatmap(lambda size: _registers(size, acyclic=acyclic))


@st.composite
def _registers(draw: st.DrawFn, size: int, *, acyclic: bool) -> Register:
    names = [f"p{n}" for n in range(size)]
    owners: dict[str, tuple[tuple[str, int], ...]] = {}
    parents: dict[str, str] = {}
    for place, name in enumerate(names):
        above = names[place + 1 :] if acyclic else names
        if draw(st.integers(0, 5)) == 0:
            continue
        stake = st.tuples(st.sampled_from([*above, UNKNOWN]), st.integers(1, 60))
        owners[name] = tuple(draw(st.lists(stake, max_size=3)))
        if draw(st.integers(0, 3)) == 0:
            parents[name] = draw(st.sampled_from([*above, UNKNOWN]))
    listings = st.sampled_from([False, False, False, True, None])
    return Register(owners, parents, {name: draw(listings) for name in names})


Rate = Callable[[str], Fraction]


def once(register: Register, name: str, rate: Rate, *, against: bool) -> Fraction:
    """Percent held of one party, given that of its owners; every doubt decided one way."""
    listed = register.listed.get(name)
    if listed or (listed is None and against):
        return WHOLE
    if name not in register.owners:
        return WHOLE if against else Fraction(0)
    stakes, parent = register.owners[name], register.parents.get(name, name)
    majority = sum(percent for owner, percent in stakes if owner == parent != UNKNOWN) > 50
    behind = Fraction(0) if parent == name or majority else counted(rate(parent))
    parts = [percent * max(counted(rate(owner)), behind) / 100 for owner, percent in stakes]
    rest = max(0, 100 - sum(percent for _, percent in stakes)) * behind / 100
    return min(WHOLE, sum(parts, rest))


def counted(rate: Fraction) -> Fraction:
    return WHOLE if rate >= HALF else rate


def walked(register: Register, name: str, *, against: bool) -> Fraction:
    """The reference: plain recursion, which ends because nobody owns anyone above it."""
    above: Rate = lambda owner: walked(register, owner, against=against)  # noqa: E731
    return once(register, name, above, against=against)


def repeated(register: Register, *, against: bool) -> dict[str, Fraction]:
    """The reference with circles: reckon anew from the last round, often enough to settle."""
    found = dict.fromkeys([*register.listed, UNKNOWN], WHOLE if against else Fraction(0))
    for _ in range(2 * len(found)):
        last = found
        found = {one: once(register, one, last.__getitem__, against=against) for one in last}
    return found


@given(registers(acyclic=True))
def test_without_circles_the_holding_is_that_of_the_naive_walk(register: Register) -> None:
    for name in register.listed:
        low, high = (walked(register, name, against=against) for against in (False, True))
        assert bounds(register.held(name)) == (low, high)


@given(registers(acyclic=False))
def test_with_circles_the_bounds_are_never_tighter_than_the_truth(register: Register) -> None:
    low, high = repeated(register, against=False), repeated(register, against=True)
    for name in register.listed:
        found = register.held(name)
        assert 0 <= found.at_least <= low[name]
        assert high[name] <= found.at_most <= 100


@given(registers(acyclic=False))
def test_what_is_sure_is_never_more_than_what_may_be(register: Register) -> None:
    for name in register.listed:
        found = register.held(name)
        assert found.at_least <= found.at_most
        assert found.paths or found.at_most == 0 or found.findings


@given(registers(acyclic=False), st.data())
def test_listing_one_more_party_never_lowers_a_holding(
    register: Register, data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from(sorted(register.listed)))
    more = replace(register, listed=register.listed | {one: True})
    for name in register.listed:
        before, after = register.held(name), more.held(name)
        assert after.at_least >= before.at_least
        assert after.at_most >= before.at_most


@given(registers(acyclic=False))
def test_the_order_of_owners_and_registrations_does_not_matter(register: Register) -> None:
    turned = {name: stakes[::-1] for name, stakes in reversed(register.owners.items())}
    other = replace(register, owners=turned)
    for name in register.listed:
        assert bounds(register.held(name)) == bounds(other.held(name))
