from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.deals import Deal
from ledger.core.decision import decide
from ledger.core.errors import NotFound
from ledger.core.positions import Movement
from ledger.intake.deals import DealsFile, InvalidDeals
from ledger.planning.answers import Answer, CheckedPipeline
from ledger.planning.checking import check_deals, check_pipeline
from tests.core.builders import (
    LPP,
    NVEU,
    device,
    exported,
    granted,
    house,
    ledger_of,
    on,
    party,
    set_to,
)
from tests.core.selling import deal_of, world
from tests.planning.naive import Naive, told
from tests.planning.test_searching import deals, parts
from tests.store.ledgers import LPP_UNITS, put

HEADER = (
    "deal,exporter,end_user,country,device,quantity,earliest,latest,priority,splittable,instead"
)
YEAR = ("2026-01-05", "2026-12-31")


def file_of(*some: Deal) -> DealsFile:
    return DealsFile("deals.csv", "d" * 64, some, tuple(range(2, len(some) + 2)))


def checked(*some: Deal) -> CheckedPipeline:
    prefix = world()
    return check_deals(file_of(*some), prefix, prefix.law, "on-the-books")


@dataclass
class NaivePipeline(Naive):
    """The same answers as the check, by decisions alone."""

    def answer(self, deal: Deal, *, scratch: bool) -> tuple[str, list[Movement]]:
        for chip, quantity in deal.devices.items():
            whole = self.first(deal, chip, quantity)
            if whole is not None:
                self.gone += [] if scratch else [whole]
                own = "whole" if whole.on == deal.earliest else "later"
                return own if chip == deal.device else "instead", [whole]
        if deal.splittable:
            split = list(Naive(self.below, self.law, self.gone[:]).split(deal))
            self.gone += [] if scratch else split
            went = sum(one.units for one in split)
            standing = "parts" if went == deal.quantity else "part" if split else "none"
            return standing, split
        most = self.most(deal)
        return ("none", []) if most is None else ("part", [most])


@settings(max_examples=30)
@given(some=st.lists(deals(), min_size=1, max_size=5), data=st.data())
def test_every_deal_stands_as_deciding_each_day_and_quantity_says(
    some: list[Deal], data: st.DataObject
) -> None:
    choices = [
        one.model_copy(
            update={
                "deal": f"{at}",
                "priority": data.draw(st.integers(1, 2)),
                "splittable": data.draw(st.booleans()),
            }
        )
        for at, one in enumerate(some)
    ]
    found = checked(*choices)
    prefix = world()
    alone, in_order = (NaivePipeline(prefix, prefix.law) for _ in range(2))
    for one in sorted(found.deals, key=lambda one: one.place):
        for answer, naive, scratch in ((one.alone, alone, True), (one.in_order, in_order, False)):
            standing, went = naive.answer(one.deal, scratch=scratch)
            assert answer.standing == standing
            if one.deal.splittable or standing not in ("part", "none"):
                assert parts(*answer.parts) == told(went)
            else:
                assert answer.units == sum(part.units for part in went)
        asked = one.deal.request(one.deal.earliest)
        if one.deal.device != "late":
            assert one.outcome == decide(asked, prefix.law, prefix).outcome


def test_deals_go_by_priority_then_earliest_day_then_id() -> None:
    found = checked(
        deal_of("buyer", deal="b", priority=2),
        deal_of("buyer", deal="d", priority=1, earliest="2026-08-01"),
        deal_of("buyer", deal="c", priority=1),
        deal_of("buyer", deal="a", priority=1),
    )
    assert [one.deal.deal for one in sorted(found.deals, key=lambda one: one.place)] == list("acdb")
    assert [one.deal.deal for one in found.deals] == list("bdca")
    assert [one.row for one in found.deals] == [2, 3, 4, 5]


def test_a_deal_that_a_later_one_overtakes_on_an_earlier_day_is_named() -> None:
    # What goes under the small buyers' exception counts in the table and is not limited by it.
    places = ("seller", "US"), ("op-ae", "AE")
    parties = [party(name, headquarters=country) for name, country in places]
    status = granted("N-AE", NVEU, party="op-ae", destinations=["AE"])
    prefix = ledger_of(*parties, device("h100"), status)
    table = 4272750000 // 15832
    days = {"first": "2026-12-10", "then": "2026-12-05"}
    first, then = (
        deal_of("op-ae", deal=name, priority=at, quantity=units, authorization=under).model_copy(
            update={"earliest": on(days[name]), "latest": on(days[name])}
        )
        for at, (name, units, under) in enumerate((("first", table, NVEU), ("then", 5, LPP)), 1)
    )
    found = check_deals(file_of(first, then), prefix, prefix.law, "on-the-books")
    assert standings(found) == {"first": ("whole", "whole"), "then": ("whole", "whole")}
    assert (found.overtaken, found.all_go) == (("first",), False)
    assert found.as_data()["overtaken"] == ["first"]
    alone = check_deals(file_of(first), prefix, prefix.law, "on-the-books")
    assert (alone.overtaken, alone.all_go) == ((), True)


def csv(folder: Path, *rows: str) -> Path:
    file = folder / "deals.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return file


def row(deal: str, quantity: int, *more: str, buyer: str = "buyer,BR", device: str = "h100") -> str:
    cells = [deal, "seller", buyer, device, str(quantity), *YEAR, *more]
    return ",".join([*cells, *[""] * (HEADER.count(",") - 1 - len(cells) + 1)])


def standings(found: CheckedPipeline) -> dict[str, tuple[str, str]]:
    return {one.deal.deal: (one.alone.standing, one.in_order.standing) for one in found.deals}


def test_what_fits_alone_may_not_fit_together(url: str, tmp_path: Path) -> None:
    found = check_pipeline(url, csv(tmp_path, row("one", 1000, "2"), row("two", 900, "1")))
    assert standings(found) == {"one": ("whole", "part"), "two": ("whole", "whole")}
    assert not found.all_go
    last = found.deals[0].in_order
    assert (last.units, last.parts[0].on) == (LPP_UNITS - 900, date(2026, 1, 5))
    assert last.binding is not None
    assert last.binding.as_data() == {
        "cap": "us-ear/lpp/parent-year",
        "holder": ("buyer",),
        "on": "2026-01-05",
        "binding_on": "2026-01-05",
        "headroom_tpp": "12651200",
        "headroom_units": 799,
    }


def test_a_part_that_is_only_the_most_is_not_counted_for_those_after_it(
    url: str, tmp_path: Path
) -> None:
    file = csv(tmp_path, row("large", LPP_UNITS + 1, "1"), row("whole", LPP_UNITS, "2"))
    assert standings(check_pipeline(url, file)) == {
        "large": ("part", "part"),
        "whole": ("whole", "whole"),
    }


def test_a_deal_that_may_be_split_takes_what_there_is(url: str, tmp_path: Path) -> None:
    file = csv(tmp_path, row("large", LPP_UNITS + 1, "1", "yes"), row("after", 1, "2"))
    found = check_pipeline(url, file)
    assert standings(found) == {"large": ("part", "part"), "after": ("whole", "none")}
    assert found.deals[0].in_order.units == LPP_UNITS
    assert found.deals[0].why == ""


def test_a_later_day_and_another_device_are_found(url: str, tmp_path: Path) -> None:
    put(url, exported("gone", quantity=LPP_UNITS, on="2026-01-02"))
    far = row("later", 10).replace("2026-12-31", "2027-03-31")
    found = check_pipeline(url, csv(tmp_path, far, row("other", 2, "", "", "amd-mi210:2")))
    assert standings(found) == {"later": ("later", "later"), "other": ("instead", "instead")}
    later, other = (one.in_order for one in found.deals)
    assert later.parts[0].on == date(2027, 1, 1)
    assert later.binding is not None
    assert later.binding.headroom_units == 0
    assert (other.parts[0].device, other.parts[0].quantity) == ("amd-mi210", 2)
    assert found.all_go


def test_what_the_ledger_does_not_know_is_told_of_each_deal(url: str, tmp_path: Path) -> None:
    odd = row("odd", 1, buyer="byer,XX", device="h900")
    found = check_pipeline(url, csv(tmp_path, odd, row("good", 1)))
    assert standings(found) == {"odd": ("invalid", "invalid"), "good": ("whole", "whole")}
    told_of = {one.field: one.value for one in found.deals[0].unknown}
    assert told_of == {"destination": "XX", "end_user": "byer", "device": "h900"}
    assert found.deals[0].outcome is None
    assert "end_user: the party 'byer' is not registered" in found.deals[0].why
    assert not found.all_go


def test_a_deal_with_no_open_authorization_says_which_requirement_fails(
    url: str, tmp_path: Path
) -> None:
    (one,) = check_pipeline(url, csv(tmp_path, row("cn", 1, buyer="buyer,CN"))).deals
    assert (one.outcome, one.alone) == ("license-required", Answer("none"))
    assert "us-ear/license is not open: needs a live licence line" in one.why


def test_a_house_cap_that_forbids_is_named(url: str, tmp_path: Path) -> None:
    text = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    put(url, house(f"{text}allowance = [{{ tpp = 20000 }}]\n"))
    (one,) = check_pipeline(url, csv(tmp_path, row("two", 2))).deals
    assert one.outcome == "prohibited"
    assert one.alone.units == 1
    assert one.alone.binding is not None
    assert one.alone.binding.cap == "house/cap-1"
    assert "only a cap of your own stands in the way" in one.why


def test_a_cap_that_is_measured_on_a_day_alone_refuses_on_that_day(
    url: str, tmp_path: Path
) -> None:
    text = 'per = ["end_user"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    put(url, house(f'{text}measured_on = ["01-05"]\nallowance = [{{ tpp = 20000 }}]\n'))
    (one,) = check_pipeline(url, csv(tmp_path, row("two", 2))).deals
    assert one.alone.standing == "later"
    assert one.alone.parts[0].on == date(2026, 1, 6)
    assert one.alone.binding is not None
    assert one.alone.binding.headroom_units == 1


def test_an_earlier_head_and_the_posture_of_the_first_day_decide(url: str, tmp_path: Path) -> None:
    file = csv(tmp_path, row("all", LPP_UNITS))
    before = check_pipeline(url, file)
    put(url, exported("gone", on="2026-01-02"), set_to("posture/default", "enforced"))
    after = check_pipeline(url, file)
    assert before.sealed["posture"] == "on-the-books"
    assert after.sealed["posture"] == "enforced"
    size = before.sealed["as_of"]["size"]
    then = check_pipeline(url, file, as_of=size)
    assert then == before
    assert check_pipeline(url, file, as_of=size).as_data() == before.as_data()
    books = check_pipeline(url, file, posture="on-the-books")
    assert [one.alone.standing for one in (*before.deals, *books.deals)] == ["whole", "part"]


def test_a_device_that_is_classified_in_the_window_is_no_answer_before() -> None:
    (one,) = checked(deal_of("buyer", device="late", quantity=1, earliest="2026-09-01")).deals
    assert one.outcome == "unresolved"
    assert "is not classified on 2026-09-01; its first classification" in one.reasons[0]
    assert one.alone.standing == "later"
    assert one.alone.parts[0].on == date(2026, 9, 20)


def test_a_file_that_is_wrong_or_missing_is_refused_before_the_ledger_is_opened(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidDeals):
        check_pipeline("sqlite:///nowhere.db", csv(tmp_path, row("a", 0)))
    with pytest.raises(NotFound):
        check_pipeline("sqlite:///nowhere.db", tmp_path / "nothing.csv")


def test_progress_is_told_deal_by_deal(url: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    file = csv(tmp_path, row("a", 1), row("b", 1))
    check_pipeline(url, file, progress=lambda done, size: seen.append((done, size)))
    assert seen == [(1, 2), (2, 2)]


def test_the_table_holds_every_deal_with_what_binds(url: str, tmp_path: Path) -> None:
    file = csv(
        tmp_path, row("one", 1000, "2"), row("two", 900, "1"), row("cn", 1, buyer="buyer,CN")
    )
    table = check_pipeline(url, file).table().table
    assert table["deal"].to_list() == ["one", "two", "cn"]
    assert table["in_order"].to_list() == ["part", "whole", "none"]
    assert [str(cell) for cell in table["headroom_tpp"]] == ["12651200.0", "None", "None"]
    assert table["order_on"].to_list() == [date(2026, 1, 5), date(2026, 1, 5), None]
