from datetime import date

from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.prefix import Match
from ledger.core.screening import Hit, clearance, hits, labels, list_on, names_of, uncleared
from tests.core.asking import near
from tests.core.builders import cleared, list_adopted, on, party, reversed_, set_to

DAY = on("2025-09-01")
JULY = list_adopted("july", "a7" * 32, source_on="2025-07-31")
AUGUST = list_adopted("august", "a8" * 32, source_on="2025-08-29")
EVIL = party("evil", name="Evil Chips")


def ledger(*events: AnyEvent) -> MemoryPrefix:
    return MemoryPrefix(events, matcher=near)


def listed_on(day: str, *events: AnyEvent) -> str | None:
    found = list_on(ledger(*events), on(day))
    return None if found is None else found.id


# ---- which list


def test_the_list_of_a_day_is_the_last_one_published_by_then() -> None:
    days = ["2025-07-31", "2025-08-28", "2025-08-29", "2026-01-01"]
    assert [listed_on(day, JULY, AUGUST) for day in days] == ["july", "july", "august", "august"]


def test_the_order_of_adoption_plays_no_part() -> None:
    assert listed_on("2025-08-30", AUGUST, JULY) == "august"


def test_a_day_before_every_list_has_the_first_one_and_not_none() -> None:
    assert listed_on("2025-01-01", AUGUST, JULY) == "july"


def test_of_two_lists_of_a_day_the_one_adopted_last_counts() -> None:
    again = list_adopted("again", "a9" * 32, source_on="2025-08-29")
    assert listed_on("2025-09-01", AUGUST, again) == "again"


def test_without_a_list_there_is_none() -> None:
    assert listed_on("2025-09-01") is None
    assert listed_on("2025-09-01", AUGUST, reversed_("x", "august")) is None


# ---- which names


def names(*registrations: AnyEvent, day: str = "2025-09-01") -> tuple[str, ...]:
    return names_of("a", on(day), ledger(*registrations))


def test_a_party_is_screened_by_its_name_and_aliases_of_the_day() -> None:
    old = party("a", name="Old Name", aliases=["Alias One", "Alias Two"])
    new = party("a", name="New Name", on="2025-06-01")
    assert names(old, new, day="2025-05-31") == ("Old Name", "Alias One", "Alias Two")
    assert names(old, new, day="2025-06-01") == ("New Name",)


def test_a_day_before_the_first_registration_has_the_names_of_that_one() -> None:
    assert names(party("a", name="A Name", on="2026-01-01")) == ("A Name",)


def test_a_name_without_a_letter_or_digit_is_left_out() -> None:
    assert names(party("a", name="—", aliases=["(!)", "Ä", "7"])) == ("Ä", "7")
    assert names(party("a", name="...")) == ()


def test_a_party_that_nobody_registered_has_no_names() -> None:
    assert names() == ()


# ---- hits


def found_for(party_id: str, day: date, prefix: MemoryPrefix) -> tuple[Hit, ...]:
    """Hits on the list of the day."""
    return hits(party_id, list_on(prefix, day), day, prefix)


def entries(*events: AnyEvent, party_id: str = "evil", day: str = "2025-09-01") -> list[str]:
    return [hit.match.entry for hit in found_for(party_id, on(day), ledger(AUGUST, *events))]


def test_a_party_is_matched_by_its_name_or_by_an_alias() -> None:
    assert entries(EVIL) == ["EL:1"]
    assert entries(party("evil", name="Trading", aliases=["Evil Chips", "Bad Bank"])) == [
        "EL:1",
        "SDN:2",
    ]
    assert entries(party("evil", name="Good Chips")) == []


def test_a_party_without_a_name_or_a_ledger_without_a_list_has_no_hits() -> None:
    assert entries(party("evil", name="—")) == []
    assert found_for("evil", DAY, ledger(EVIL)) == ()


def test_the_contents_are_those_of_the_list_of_the_day() -> None:
    asked: list[tuple[str, int]] = []

    def asking(digest: str, _: object, at_least: int) -> list[Match]:
        asked.append((digest, at_least))
        return []

    prefix = MemoryPrefix([JULY, AUGUST, EVIL], matcher=asking)
    for day in ("2025-08-28", "2025-08-29"):
        found_for("evil", on(day), prefix)
    assert asked == [(JULY.digest, 88), (AUGUST.digest, 88)]


def test_a_name_is_a_hit_from_the_threshold_of_the_day_on() -> None:
    nearly = party("evil", name="Evil Chip Co")
    stricter = set_to("screening/threshold", "92", day="2025-09-01")
    days = ["2025-08-31", "2025-09-01"]
    assert [entries(nearly, stricter, day=day) for day in days] == [["EL:1"], []]
    even = set_to("screening/threshold", "91", day="2025-09-01")
    assert entries(nearly, even) == ["EL:1"]


# ---- clearances


def match_of(entry: str, name: str = "Evil Chips") -> Match:
    return Match(entry, "EL", "EVIL CHIPS", name, 100, "the same")


def test_a_clearance_stands_from_its_day_for_its_party_and_entry() -> None:
    when = cleared("evil", "EL:1", day="2025-09-01")
    prefix = ledger(party("evil", name="Evil Chips"), when)
    one = match_of("EL:1")
    assert clearance("evil", one, on("2025-08-31"), prefix) is None
    assert clearance("evil", one, on("2025-09-01"), prefix) == when
    assert clearance("evil", match_of("EL:2"), on("2025-09-01"), prefix) is None
    assert clearance("other", one, on("2025-09-01"), prefix) is None


def test_a_name_that_a_party_takes_later_is_not_cleared() -> None:
    when = cleared("evil", "EL:1", day="2025-09-01")
    named = [party("evil", name="Good Bakery"), party("evil", name="Evil Chips", on="2025-10-01")]
    assert clearance("evil", match_of("EL:1"), on("2025-11-01"), ledger(*named, when)) is None
    later = cleared("evil", "EL:1", day="2025-10-02")
    assert clearance("evil", match_of("EL:1"), on("2025-11-01"), ledger(*named, later)) == later


def test_a_clearance_that_was_taken_back_clears_nothing() -> None:
    when = cleared("evil", "EL:1")
    prefix = ledger(party("evil", name="Evil Chips"), when, reversed_("x", when.id))
    assert clearance("evil", match_of("EL:1"), DAY, prefix) is None


def test_only_uncleared_hits_on_the_asked_lists_count() -> None:
    both = party("evil", name="Evil Chips", aliases=["Bad Bank"])
    found = found_for("evil", DAY, ledger(AUGUST, both, cleared("evil", "EL:1")))
    assert [hit.match.entry for hit in uncleared(found, ["EL", "SDN"])] == ["SDN:2"]
    assert uncleared(found, ["EL", "MEU"]) == []
    assert len(found) == 2, "a hit that was cleared stays known"


# ---- in words


def hit(party_id: str, entry: str, *, by: str | None = None) -> Hit:
    match = Match(entry, "EL", "Evil Chips", "Evil", 93, "the same words")
    return Hit(party_id, match, None if by is None else cleared(party_id, entry))


def test_a_hit_in_words_says_how_near_it_is_and_who_cleared_it() -> None:
    assert hit("evil", "EL:1").label == "evil matches 'Evil Chips' (EL:1, score 93)"
    assert hit("evil", "EL:1", by="Ana").label == (
        "evil matches 'Evil Chips' (EL:1, score 93, cleared by Ana)"
    )


def test_of_each_party_the_best_hit_is_told_and_how_many_more() -> None:
    found = [hit("a", "EL:1"), hit("a", "EL:2"), hit("b", "EL:3"), hit("a", "EL:4")]
    assert labels(found) == (
        "a matches 'Evil Chips' (EL:1, score 93) and 2 more; "
        "b matches 'Evil Chips' (EL:3, score 93)"
    )
    assert labels([]) == ""
