from ledger.core.events import PartyRegistered
from ledger.core.parties import Lookup, PartyFacts, latest, named_parents, party_facts
from ledger.core.parties import ultimate_parent as top_of
from tests.core.builders import on, party

DAY = on("2025-09-01")


def known(*registrations: PartyRegistered) -> Lookup:
    ordered = sorted(registrations, key=lambda one: one.on)
    return lambda name: [one for one in ordered if one.party == name]


def owner(name: str, percent: str) -> dict[str, str]:
    return {"party": name, "percent": percent}


def test_the_version_in_force_is_the_last_one_that_has_begun() -> None:
    old, new = party("a", on="2025-01-01"), party("a", on="2025-06-01")
    assert latest([old, new], on("2024-12-31")) is None
    assert latest([old, new], on("2025-01-01")) is old
    assert latest([old, new], on("2025-05-31")) is old
    assert latest([old, new], on("2025-06-01")) is new


def test_a_party_without_a_parent_is_its_own() -> None:
    own = party("a", headquarters="BR")
    facts = party_facts("a", DAY, known(own))
    assert facts == PartyFacts("a", "BR", "BR", "a", "BR", "company", (own.id,))


def test_the_facts_of_a_party_hold_those_of_its_ultimate_parent() -> None:
    own = party("a", headquarters="MY", location="SG", ultimate_parent="b", party_kind="university")
    above = party("b", headquarters="CN", party_kind="government")
    facts = party_facts("a", DAY, known(own, above))
    assert facts == PartyFacts("a", "SG", "MY", "b", "CN", "university", (own.id, above.id))


def test_unknown_headquarters_are_not_known() -> None:
    facts = party_facts("a", DAY, known(party("a", headquarters="unknown", location="BR")))
    assert (facts.location, facts.headquarters) == ("BR", None)
    assert facts.ultimate_parent_headquarters is None


def test_a_party_that_is_not_registered_yet_is_not_known() -> None:
    lookup = known(party("a", on="2026-01-01"))
    assert party_facts("a", DAY, lookup) == PartyFacts("a", None, None, None, None)


def test_a_parent_that_is_named_and_not_registered_is_the_top() -> None:
    facts = party_facts("a", DAY, known(party("a", ultimate_parent="abroad")))
    assert (facts.ultimate_parent, facts.ultimate_parent_headquarters) == ("abroad", None)


def test_a_chain_of_parents_is_followed_to_its_top() -> None:
    lookup = known(party("a", ultimate_parent="b"), party("b", ultimate_parent="c"), party("c"))
    assert top_of("a", DAY, lookup) == "c"


def test_a_party_that_names_itself_is_the_top() -> None:
    assert top_of("a", DAY, known(party("a", ultimate_parent="a"))) == "a"


def test_a_parent_stated_as_unknown_leaves_the_top_open() -> None:
    assert top_of("a", DAY, known(party("a", ultimate_parent="unknown"))) is None
    chain = known(party("a", ultimate_parent="b"), party("b", ultimate_parent="unknown"))
    assert top_of("a", DAY, chain) is None


def test_a_cycle_of_parents_leaves_the_top_open() -> None:
    lookup = known(party("a", ultimate_parent="b"), party("b", ultimate_parent="a"))
    assert top_of("a", DAY, lookup) is None


def test_an_owner_of_more_than_half_is_a_parent_and_one_of_half_is_not() -> None:
    more = known(party("a", owners=[owner("x", "49.9"), owner("y", "50.1")]), party("y"))
    half = known(party("a", owners=[owner("x", "50"), owner("y", "50")]), party("y"))
    assert top_of("a", DAY, more) == "y"
    assert top_of("a", DAY, half) == "a"


def test_a_stated_parent_above_the_majority_owner_is_the_top() -> None:
    firm = party("a", ultimate_parent="b", owners=[owner("y", "60")])
    lookup = known(firm, party("b"), party("y", ultimate_parent="b"))
    assert top_of("a", DAY, lookup) == "b"


def test_a_majority_owner_below_whom_the_stated_parent_does_not_stand_leaves_it_open() -> None:
    elsewhere = party("a", ultimate_parent="b", owners=[owner("y", "60")])
    assert top_of("a", DAY, known(elsewhere, party("b"), party("y"))) is None
    itself = party("a", ultimate_parent="a", owners=[owner("y", "60")])
    assert top_of("a", DAY, known(itself, party("y"))) is None
    circle = party("y", ultimate_parent="a")
    assert top_of("a", DAY, known(itself, circle)) is None


def test_stakes_of_one_owner_add_up_to_a_majority() -> None:
    twice = party("a", owners=[owner("y", "30"), owner("y", "30")])
    assert top_of("a", DAY, known(twice, party("y"))) == "y"


def test_ownership_is_that_of_the_day() -> None:
    lookup = known(
        party("a", on="2024-01-01", ultimate_parent="b"),
        party("a", on="2025-06-01", ultimate_parent="c"),
        party("b"),
        party("c"),
    )
    assert top_of("a", on("2025-05-31"), lookup) == "b"
    assert top_of("a", on("2025-06-01"), lookup) == "c"


def test_a_registration_names_its_parent_and_its_majority_owner() -> None:
    both = party("a", ultimate_parent="c", owners=[owner("b", "60"), owner("d", "40")])
    assert named_parents(both) == ("b", "c")
    assert named_parents(party("a")) == ()
    assert named_parents(party("a", ultimate_parent="unknown")) == ()
