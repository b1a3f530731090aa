from datetime import date

from ledger.core.headroom import level
from ledger.core.law.caps import Cap
from ledger.core.memory import MemoryPrefix
from ledger.core.usage import Asks, Tally
from tests.core.builders import (
    ALLOCATION,
    LPP,
    LPP_YEAR,
    NVEU,
    ON,
    TABLE,
    adopted,
    attrited,
    cap,
    declared,
    device,
    exported,
    house,
    ledger_of,
    licence,
    on,
    pack_text,
    party,
    people,
    relocated,
    reserved,
    signed,
    used,
)

MONTH_ENDS = ("2025-06-29", "2025-06-30", "2025-07-01", "2025-07-31")
OUTSIDE, COUNTRY, OUTSIDE_US = (
    "us-ear/uveu/outside-partners",
    "us-ear/uveu/country",
    "us-ear/uveu/outside-us",
)


def of(ledger: MemoryPrefix, cap_id: str) -> Cap:
    (found,) = ledger.law.versions(cap_id)
    return found


def counted(
    ledger: MemoryPrefix, found: str | Cap, *holder: str, day: str = ON
) -> list[tuple[str, str, int]]:
    """The movements that a cap counts, as day, device and units."""
    tally = Tally(ledger, ledger.law, on(day))
    asked = of(ledger, found) if isinstance(found, str) else found
    rows = [(str(row.on), row.device, row.units) for row in tally.drawn(asked, holder)]
    listed = sorted((str(m.on), m.device, m.units) for _, m in tally.listed(asked, holder))
    assert sum(units for *_, units in rows) == sum(units for *_, units in listed)
    return rows


def total(ledger: MemoryPrefix, found: str | Cap, *holder: str, day: str = "2027-12-31") -> int:
    """What a cap counts in all, in whole TPP: drawn and reserved."""
    asked = of(ledger, found) if isinstance(found, str) else found
    book = Tally(ledger, ledger.law, on(ON)).book(asked, holder)
    first, last = on("2020-01-01"), on(day)
    return (book.drawn(first, last) + book.reserved(first, last)) // 10


def test_a_cap_counts_the_draws_of_its_holder_only() -> None:
    ledger = ledger_of(
        *people("buyer", "other"),
        exported("e", quantity=2),
        exported("f", quantity=4, ultimate_consignee="other"),
    )
    assert counted(ledger, LPP_YEAR, "buyer") == [("2025-08-01", "h100", 2)]
    assert total(ledger, LPP_YEAR, "buyer") == 2 * 15832


def test_a_cap_counts_the_draws_of_its_authorizations_only() -> None:
    ledger = ledger_of(
        *people("buyer"), exported("e", quantity=2), exported("f", authorization=NVEU)
    )
    assert total(ledger, LPP_YEAR, "buyer") == 2 * 15832
    assert total(ledger, TABLE, "buyer", "BR") == 3 * 15832


def test_reported_draws_of_others_count_on_their_day() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 900), exported("e"))
    assert total(ledger, LPP_YEAR, "buyer") == 900 + 15832
    assert total(ledger, LPP_YEAR, "buyer", day="2025-06-01") == 0
    assert total(ledger, LPP_YEAR, "buyer", day="2025-06-02") == 900


def test_a_book_is_read_once_for_each_cap_and_holder() -> None:
    ledger = ledger_of(*people("buyer"))
    tally = Tally(ledger, ledger.law, on(ON))
    one = tally.book(of(ledger, LPP_YEAR), ("buyer",))
    assert tally.book(of(ledger, LPP_YEAR), ("buyer",)) is one
    assert tally.book(of(ledger, LPP_YEAR), ("other",)) is not one


def test_open_reservations_are_counted_apart() -> None:
    ledger = ledger_of(*people("buyer"), exported("e"), reserved("r", quantity=2))
    book = Tally(ledger, ledger.law, on(ON)).book(of(ledger, LPP_YEAR), ("buyer",))
    first, last = on("2025-01-01"), on("2025-12-31")
    assert book.drawn(first, last) == 158320
    assert book.reserved(first, last) == 2 * 158320


# ---- classes


def test_only_the_classes_that_a_cap_names_are_counted() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("h20", "2368", performance_density="2.91"),
        exported("e", device="h20", quantity=9, authorization=NVEU),
        exported("f", authorization=NVEU),
    )
    assert counted(ledger, TABLE, "buyer", "BR") == [("2025-08-01", "h100", 1)]


def test_a_draw_whose_class_is_not_known_counts() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("dark", "3000", performance_density=None),
        exported("e", device="dark", quantity=9),
    )
    assert counted(ledger, LPP_YEAR, "buyer") == [("2025-08-01", "dark", 9)]


def test_a_draw_is_classified_as_of_its_own_day() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("grows", "1000"),
        device("grows", "15832", on="2025-08-15"),
        exported("e", device="grows", quantity=2),
        exported("f", device="grows", quantity=4, on="2025-08-16"),
    )
    assert counted(ledger, LPP_YEAR, "buyer") == [("2025-08-16", "grows", 4)]


def test_a_draw_of_a_device_that_is_no_longer_known_counts() -> None:
    ledger = ledger_of(*people("buyer"), exported("e"))
    classified = [e for e in ledger.events if e.id != "device-h100-2020-01-01"]
    ledger.events = classified
    assert counted(ledger, LPP_YEAR, "buyer") == [("2025-08-01", "h100", 1)]


# ---- families


def test_subsidiaries_draw_on_the_cap_of_their_ultimate_parent() -> None:
    ledger = ledger_of(
        *people("top"),
        party("sub", ultimate_parent="top"),
        party("away", on="2020-01-01", ultimate_parent="top"),
        party("away", on="2025-07-01", ultimate_parent="away"),
        exported("e", quantity=1, ultimate_consignee="top"),
        exported("f", quantity=2, ultimate_consignee="sub", destination="CL"),
        exported("g", quantity=4, ultimate_consignee="away", on="2025-06-30"),
        exported("h", quantity=8, ultimate_consignee="away", on="2025-07-01"),
    )
    assert total(ledger, LPP_YEAR, "top") == 7 * 15832
    assert total(ledger, LPP_YEAR, "away") == 8 * 15832


def test_draws_of_a_party_whose_parent_is_not_known_count_for_whoever_may_be_it() -> None:
    ledger = ledger_of(
        *people("top"),
        party("sub", on="2020-01-01", ultimate_parent="top"),
        party("sub", on="2025-07-01", ultimate_parent="unknown"),
        exported("e", quantity=2, ultimate_consignee="sub"),
    )
    assert total(ledger, LPP_YEAR, "top") == 2 * 15832


# ---- the allocation


def test_licences_count_for_their_destination_when_they_are_granted() -> None:
    ledger = ledger_of(*people("buyer"), licence(quantity=3), exported("e"))
    assert total(ledger, ALLOCATION, "BR") == 3 * 15832
    assert total(ledger, ALLOCATION, "CL") == 0


def test_whether_licences_to_partner_headquarters_count_follows_the_switch() -> None:
    events = [*people("buyer", headquarters="DE"), licence(quantity=3)]
    below = [*people("top", headquarters="DE"), party("buyer", ultimate_parent="top")]
    switch = "us-ear/partner-hq-licences-use-allocation"
    assert total(ledger_of(*events), ALLOCATION, "BR") == 3 * 15832
    spared = ledger_of(*events, signed("i", switch, "no"))
    assert total(spared, ALLOCATION, "BR") == 0
    parent = ledger_of(*below, licence(quantity=3), signed("i", switch, "no"))
    assert total(parent, ALLOCATION, "BR") == 0
    other = ledger_of(*people("buyer"), licence(quantity=3), signed("i", switch, "no"))
    assert total(other, ALLOCATION, "BR") == 3 * 15832


# ---- shares


def share_of(
    ledger: MemoryPrefix, cap_id: str, *holder: str, day: str = ON
) -> tuple[int, int, int]:
    """Drawn and reserved part of the numerator, and the denominator, in H100."""
    book = Tally(ledger, ledger.law, on(ON)).book(of(ledger, cap_id), holder)
    first, last = on("2020-01-01"), on(day)
    numbers = (book.drawn(first, last), book.reserved(first, last), book.whole(last))
    return tuple(number // 158320 for number in numbers)  # type: ignore[return-value]  # three


def test_the_whole_is_everywhere_and_the_part_is_outside() -> None:
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        declared("s", quantity=100, destination="US"),
        declared("t", quantity=20, destination="DE"),
        exported("e", quantity=3, destination="MY"),
        exported("f", quantity=4, destination="SG"),
        reserved("r", quantity=5, destination="MY"),
        reserved("q", quantity=7, destination="DE"),
    )
    assert share_of(ledger, OUTSIDE, "buyer") == (7, 5, 127)
    assert share_of(ledger, COUNTRY, "buyer", "MY") == (3, 5, 127)
    assert share_of(ledger, OUTSIDE_US, "buyer") == (27, 12, 127)


def test_what_leaves_a_country_leaves_its_share() -> None:
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        exported("e", quantity=10, destination="MY"),
        attrited("a", quantity=2, destination="MY"),
        relocated("m", quantity=3, destination_from="MY", destination_to="US"),
    )
    assert share_of(ledger, COUNTRY, "buyer", "MY", day="2025-12-31") == (5, 0, 8)


def test_a_country_that_joins_the_partners_leaves_the_share_on_that_day() -> None:
    group = """[[group]]
id = "friends"
title = "friends"
cite = "a test"
members = [{ iso = "MY", from = 2026-01-01, until = 2026-06-01 }, { iso = "SG", from = 2019-01-01 }]
"""
    rows = """per = ["family"]
basis = "installed"
window = { kind = "stock" }
share = { percent = 50, outside_groups = ["friends"] }
"""
    ledger = ledger_of(
        *people("buyer"),
        adopted(pack_text(group, pack="friends")),
        house(rows),
        exported("e", quantity=10, destination="MY"),
        exported("f", quantity=2, destination="SG"),
        reserved("r", quantity=4, destination="MY"),
    )
    days = ["2025-12-31", "2026-01-01", "2026-05-31", "2026-06-01"]
    found = [share_of(ledger, "house/cap-1", "buyer", day=day) for day in days]
    assert found == [(10, 4, 12), (0, 0, 12), (0, 0, 12), (10, 4, 12)]


# ---- keys and windows


def test_a_cap_of_a_licence_line_counts_what_went_under_the_line() -> None:
    ledger = ledger_of(
        *people("buyer"),
        licence("D100"),
        exported("e", quantity=2, reference="D100", line=1),
        exported("f", quantity=4),
    )
    line = cap(per=("reference", "line"), of_licence_line=True)
    assert counted(ledger, line, "D100", "1") == [("2025-08-01", "h100", 2)]
    assert counted(ledger, line, "D100", "2") == []


def test_a_cap_may_count_by_end_user_or_exporter() -> None:
    ledger = ledger_of(
        *people("buyer"), exported("e", quantity=2, end_user="lab"), exported("f", exporter="own")
    )
    rows = [{"tpp": 1}]
    assert counted(ledger, cap(per=("end_user",), allowance=rows), "lab")[0][2] == 2
    assert counted(ledger, cap(per=("exporter",), allowance=rows), "own")[0][2] == 1
    both = cap(per=("end_user", "destination"), allowance=rows)
    assert counted(ledger, both, "lab", "BR")[0][2] == 2


def test_a_period_counts_nothing_before_its_first_day() -> None:
    ledger = ledger_of(
        *people("buyer"), exported("e", on="2025-07-31"), exported("f", on="2025-08-01", quantity=2)
    )
    period = cap(window={"kind": "period", "first_on": "2025-08-01"}, allowance=[{"tpp": 1}])
    assert counted(ledger, period, "buyer") == [("2025-08-01", "h100", 2)]


def test_a_query_is_exact_over_the_days_of_a_rolling_window_and_cut_where_facts_change() -> None:
    ledger = ledger_of(*people("top"), party("top", on="2025-03-15"))
    tally = Tally(ledger, ledger.law, on(ON))
    rolling = cap(window={"kind": "rolling", "days": 30}, allowance=[{"tpp": 1}])
    assert tally._query(rolling, ("top",), frozenset()).exact_from == on("2025-08-02")
    cuts = tally._cuts(of(ledger, LPP_YEAR), ["top"])
    assert cuts == {on("2020-01-01"), on("2025-03-15")}
    period = cap(window={"kind": "period", "first_on": "2025-01-13"}, allowance=[{"tpp": 1}])
    assert tally._cuts(period, []) == frozenset()
    assert tally._query(period, ("top",), frozenset()).first_on == on("2025-01-13")
    assert tally._query(of(ledger, LPP_YEAR), ("top",), cuts).authorizations == {LPP}


# ---- what is freed


def test_a_domestic_reservation_is_no_export_to_be() -> None:
    rows = 'per = ["end_user"]\nwindow = { kind = "stock" }\nallowance = [{ tpp = 1 }]\n'
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        house(rows.replace("stock", "calendar-year") + 'basis = "exported"\n'),
        house(rows + 'basis = "installed"\n', pack="base"),
        reserved("r", quantity=3, destination="US"),
        reserved("q", quantity=1),
    )
    assert total(ledger, "house/cap-1", "buyer") == 15832
    assert total(ledger, "base/cap-1", "buyer") == 4 * 15832
    book = Tally(ledger, ledger.law, on(ON)).book(of(ledger, "base/cap-1"), ("buyer",))
    assert book.drawn(on("2020-01-01"), on("2027-12-31")) == 0


def test_units_that_leave_free_what_they_drew() -> None:
    ledger = ledger_of(
        *people("buyer"),
        exported("e", quantity=5, authorization=NVEU),
        attrited("a", quantity=1),
        relocated("m", quantity=2),
    )
    assert total(ledger, TABLE, "buyer", "BR") == 2 * 15832
    assert total(ledger, TABLE, "buyer", "CL") == 2 * 15832


def test_what_was_once_of_another_class_frees_nothing() -> None:
    grown = [device("grows", "1000"), device("grows", "15832", on="2025-08-15")]
    ledger = ledger_of(
        *people("buyer"),
        *grown,
        exported("e", device="grows", quantity=5, authorization=NVEU),
        exported("f", quantity=2, authorization=NVEU),
        attrited("a", device="grows", quantity=5),
    )
    assert counted(ledger, TABLE, "buyer", "BR") == [("2025-08-01", "h100", 2)]
    later = exported("g", device="grows", quantity=3, on="2025-09-01", authorization=NVEU)
    ledger.append(later)
    ledger.append(attrited("b", device="grows", quantity=3))
    assert total(ledger, TABLE, "buyer", "BR") == 5 * 15832


def test_what_was_of_another_class_for_a_while_frees_nothing() -> None:
    ratings = (("2020-01-01", "15832"), ("2025-06-01", "1000"), ("2025-07-01", "15832"))
    ledger = ledger_of(
        *people("buyer"),
        *(device("wavers", tpp, on=day) for day, tpp in ratings),
        exported("e", device="wavers", quantity=4, on="2025-06-02", authorization=NVEU),
        exported("f", quantity=3, authorization=NVEU),
        attrited("a", device="wavers", quantity=4),
    )
    assert total(ledger, TABLE, "buyer", "BR") == 3 * 15832


def test_a_class_of_later_days_takes_nothing_from_what_was_freed_before() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("shrinks", "15832"),
        device("shrinks", "1000", on="2025-10-01"),
        exported("e", device="shrinks", quantity=5, authorization=NVEU),
        attrited("a", device="shrinks", quantity=2),
        attrited("b", device="shrinks", quantity=2, on="2025-10-01"),
    )
    assert total(ledger, TABLE, "buyer", "BR") == 3 * 15832


def test_units_whose_class_is_not_known_free_nothing() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("dark", "3000", performance_density=None),
        exported("e", device="dark", quantity=9, authorization=NVEU),
        attrited("a", device="dark", quantity=9),
    )
    assert counted(ledger, TABLE, "buyer", "BR") == [("2025-08-01", "dark", 9)]


def test_units_of_a_party_that_changed_its_parent_free_nothing_of_the_new_one() -> None:
    rows = 'per = ["family"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    ledger = ledger_of(
        *people("old", "new"),
        house(rows + "allowance = [{ tpp = 1 }]\n"),
        party("sub", ultimate_parent="old"),
        party("sub", on="2025-07-01", ultimate_parent="new"),
        declared("s", party="new", quantity=9),
        declared("t", party="sub", quantity=4),
        attrited("a", party="sub", quantity=1, on="2025-06-30"),
        attrited("b", party="sub", quantity=3, on="2025-07-01"),
    )
    assert total(ledger, "house/cap-1", "old") == 3 * 15832
    assert total(ledger, "house/cap-1", "new") == 9 * 15832


def test_units_of_a_party_whose_parent_is_not_known_free_nothing() -> None:
    rows = 'per = ["family"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    ledger = ledger_of(
        *people("top"),
        house(rows + "allowance = [{ tpp = 1 }]\n"),
        party("sub", ultimate_parent="top"),
        party("sub", on="2025-07-01", ultimate_parent="unknown"),
        declared("s", party="sub", quantity=4),
        attrited("a", party="sub", quantity=1, on="2025-06-30"),
        attrited("b", party="sub", quantity=1, on="2025-07-01"),
    )
    assert total(ledger, "house/cap-1", "top") == 3 * 15832


def test_units_of_a_party_that_came_later_than_its_parent_are_freed() -> None:
    rows = 'per = ["family"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    ledger = ledger_of(
        *people("top"),
        house(rows + "allowance = [{ tpp = 1 }]\n"),
        party("sub", on="2025-01-15", ultimate_parent="top"),
        declared("s", party="sub", quantity=4),
        attrited("a", party="sub", quantity=3),
    )
    assert total(ledger, "house/cap-1", "top") == 15832


def test_a_parent_that_moves_takes_its_subsidiaries_with_it() -> None:
    rows = 'per = ["family"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    ledger = ledger_of(
        *people("top", "middle"),
        house(rows + "allowance = [{ tpp = 1 }]\n"),
        party("sub", ultimate_parent="middle"),
        party("middle", on="2025-07-01", ultimate_parent="top"),
        declared("s", party="sub", quantity=4),
        attrited("a", party="sub", quantity=3, on="2025-08-01"),
        declared("t", party="top", quantity=9),
    )
    assert total(ledger, "house/cap-1", "middle") == 4 * 15832
    assert total(ledger, "house/cap-1", "top") == 9 * 15832


def test_a_licence_line_is_counted_in_units_of_the_rating_that_is_asked() -> None:
    ledger = ledger_of(
        *people("buyer"),
        licence("D100"),
        exported("e", quantity=2, unit_tpp="100", reference="D100", line=1),
        reserved("r", quantity=3, reference="D100", line=1),
    )
    line = of(ledger, "us-ear/license/line")
    tally = Tally(ledger, ledger.law, on(ON))
    first, last = on("2020-01-01"), on("2027-12-31")
    for unit in (158320, 7):
        book = tally.book(line, ("D100", "1"), unit)
        assert (book.drawn(first, last), book.reserved(first, last)) == (2 * unit, 3 * unit)
    assert tally.book(line, ("D100", "1"), 7) is tally.book(line, ("D100", "1"), 7)


def test_freed_units_that_may_have_counted_leave_the_whole_of_a_share() -> None:
    """A party that changed its parent scraps what it declared since: nothing of it is left."""
    ledger = ledger_of(
        *people("buyer", "sub"),
        party("sub", on="2025-03-01", ultimate_parent="buyer", id="moved"),
        declared("s", party="sub", destination="US", quantity=100, on="2025-04-01"),
        attrited("a", party="sub", destination="US", quantity=100, on="2025-05-20"),
    )
    cap = ledger.law.versions("us-ear/uveu/country")[0]
    book = Tally(ledger, ledger.law, on("2025-09-01")).book(cap, ("buyer", "MY"))
    assert book.whole(on("2025-09-01")) == 0


# ---- what counts together with a lot


def test_for_a_lot_the_days_of_its_own_window_are_read() -> None:
    days = ["2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01"]
    ledger = ledger_of(*people("buyer"), *(exported(day, on=day) for day in days))
    asked: tuple[tuple[Asks, list[str]], ...] = (
        ("days", days),
        ("month", days[1:3]),
        ("lot", days[1:3]),
        ("day", days[1:2]),
    )
    for asks, expected in asked:
        tally = Tally(ledger, ledger.law, on(ON), asks=asks)
        drawn = tally.drawn(of(ledger, LPP_YEAR), ("buyer",))
        assert [str(row.on) for row in drawn] == expected


def test_a_month_that_counts_as_a_whole_on_its_last_day_is_one_sum() -> None:
    """Told of the last day alone no day of the month matters; of a rolling window each does."""
    rolling = 'per = ["end_user"]\nbasis = "exported"\nallowance = [{ tpp = 100000 }]\n'
    pack = house(rolling + 'window = { kind = "rolling", days = 30 }\n')
    ledger = ledger_of(*people("buyer"), pack)
    found = [
        (cap_id, day, str(next(tally.queries(of(ledger, cap_id), ("buyer",))).exact_from))
        for cap_id in (LPP_YEAR, "house/cap-1")
        for day in ("2025-06-29", "2025-06-30")
        for tally in [Tally(ledger, ledger.law, on(day), asks="day")]
    ]
    assert found == [
        (LPP_YEAR, "2025-06-29", "2025-06-29"),
        (LPP_YEAR, "2025-06-30", "2025-07-01"),
        ("house/cap-1", "2025-06-29", "2025-05-30"),
        ("house/cap-1", "2025-06-30", "2025-05-31"),
    ]


def test_the_sums_of_a_day_are_those_of_its_book() -> None:
    """Expected, summed by month or day by day: the level of the day is the same."""
    lots = [exported(day, on=day, quantity=n) for n, day in enumerate(MONTH_ENDS, start=1)]
    ledger = ledger_of(*people("buyer"), *lots)
    cap = of(ledger, LPP_YEAR)
    for day in MONTH_ENDS:
        alone = Tally(ledger, ledger.law, on(day), asks="day")
        ledger.expect(alone.queries(cap, ("buyer",)))
        every_day = Tally(ledger, ledger.law, on(day))
        assert level([cap], alone.book(cap, ("buyer",)), on(day)) == level(
            [cap], every_day.book(cap, ("buyer",)), on(day)
        )


def test_what_is_told_of_an_item_is_what_a_cap_asks_for() -> None:
    rows = 'basis = "exported"\nwindow = { kind = "calendar-year" }\nallowance = [{ tpp = 1 }]\n'
    pack = house('per = ["device", "end_user"]\n' + rows, 'per = ["end_user"]\n' + rows)
    ledger = ledger_of(*people("buyer"), pack)
    tally = Tally(ledger, ledger.law, on(ON))
    told = {
        cap_id: next(tally.queries(of(ledger, cap_id), holder)).told
        for cap_id, holder in (
            (LPP_YEAR, ("buyer",)),
            ("us-ear/china/us-volume", ("h100",)),
            ("house/cap-1", ("h100", "buyer")),
            ("house/cap-2", ("buyer",)),
        )
    }
    assert [*told.values()] == ["class", "item", "item", "nothing"]


def test_a_cap_whose_window_was_changed_is_read_as_a_whole() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nallowance = [{ tpp = 100000 }]\n'
    early = 'until = 2025-10-01\nwindow = { kind = "calendar-quarter" }\n'
    late = 'from = 2025-10-01\nwindow = { kind = "calendar-year" }\n'
    pack = house(rows + early, rows + late)
    text = pack.text.replace("house/cap-2", "house/cap-1")
    ledger = ledger_of(*people("buyer"), adopted(text), exported("e", on="2025-05-15"))
    version = ledger.law.versions("house/cap-1")[0]
    tally = Tally(ledger, ledger.law, on(ON), asks="month")
    assert [str(row.on) for row in tally.drawn(version, ("buyer",))] == ["2025-05-15"]
    assert tally._query(version, ("buyer",), frozenset()).exact_from == date.min


def test_what_is_known_serves_a_later_prefix() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 1000))
    first = Tally(ledger, ledger.law, on(ON))
    yearly, year = of(ledger, LPP_YEAR), (on("2025-01-01"), on("2025-12-31"))
    assert first.book(yearly, ("buyer",)).drawn(*year) == 10000
    ledger.append(exported("e"))
    later = Tally(ledger, ledger.law, on(ON), first.known)
    assert later.book(yearly, ("buyer",)).drawn(*year) == 168320
    assert first.book(yearly, ("buyer",)).drawn(*year) == 10000
