from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import InvalidInput, NotFound
from ledger.service.overview import Filters, Overview, headroom
from ledger.service.packs import adopt
from ledger.service.shell import countries
from tests.core.builders import (
    ALLOCATION,
    LICENCE,
    LPP_YEAR,
    NVEU,
    ON,
    TABLE,
    UVEU,
    amended,
    declared,
    exported,
    granted,
    licence,
    on,
    party,
    reserved,
    reversed_,
    used,
)
from tests.service.test_packs import EXAMPLE, HOUSE_CAP
from tests.store.ledgers import H100_TPP, SIZE, head_of, put

LINE = "us-ear/license/line"


def overview(url: str, *, day: str = ON, **filters: Any) -> Overview:  # noqa: ANN401 -- any filter
    return headroom(url, Filters(**filters), on=on(day))


def figures(found: Overview) -> dict[tuple[str, tuple[str, ...]], tuple[str, str, str]]:
    """Cap and holder with drawn, reserved and headroom."""
    return {
        (f.cap, f.holder): (str(f.drawdown_tpp), str(f.reserved_tpp), str(f.headroom_tpp))
        for f in found.findings
    }


def test_a_fresh_ledger_shows_statuses_and_untouched_destinations(url: str) -> None:
    found = overview(url)
    assert [(f.cap, f.holder) for f in found.findings] == [(TABLE, ("op-ae", "AE"))]
    assert set(found.untouched) == {ALLOCATION}
    assert ("BR",) in [f.holder for f in found.untouched[ALLOCATION]]
    assert ("US",) not in [f.holder for f in found.untouched[ALLOCATION]]
    assert (found.reservations, found.overdue) == ((), ())
    assert found.as_of == {"size": SIZE, "root": head_of(url).root}


def test_every_draw_and_reservation_shows_with_its_holder(url: str) -> None:
    put(url, exported("e1", quantity=10), reserved("r1", quantity=5, hold_until="2099-01-01"))
    put(url, exported("e2", quantity=7, ultimate_consignee="branch", destination="CL"))
    put(url, used("u1", LPP_YEAR, ["buyer"], "1000.5"))
    left = 26_900_000 - 15 * H100_TPP - 1000.5
    shown = figures(overview(url))
    assert shown[LPP_YEAR, ("buyer",)] == (
        f"{10 * H100_TPP + 1000.5}",
        f"{5 * H100_TPP}",
        f"{left}",
    )
    assert shown[LPP_YEAR, ("group",)][0] == f"{7 * H100_TPP}"
    assert (LPP_YEAR, ("branch",)) not in shown


def test_overview_asks_about_one_day(url: str) -> None:
    put(url, exported("e1", quantity=10))
    assert (LPP_YEAR, ("buyer",)) in figures(overview(url, day="2025-12-31"))
    assert (LPP_YEAR, ("buyer",)) not in figures(overview(url, day="2026-01-01"))


def test_without_a_day_it_is_about_today(url: str, clock: FrozenDateTimeFactory) -> None:
    assert headroom(url, Filters()).on == on("2026-03-01")
    clock.move_to("2026-07-01")
    assert headroom(url, Filters()).on == on("2026-07-01")


def test_only_a_cap_a_holder_or_a_destination(url: str) -> None:
    put(url, exported("e1"), exported("e2", ultimate_consignee="group", destination="CL"))
    assert {cap for cap, _ in figures(overview(url, cap=LPP_YEAR))} == {LPP_YEAR}
    of_group = figures(overview(url, holder="group"))
    assert {holder for _, holder in of_group} == {("group",)}
    assert (LPP_YEAR, ("group",)) in of_group
    in_ae = overview(url, destination="AE")
    assert set(figures(in_ae)) == {(TABLE, ("op-ae", "AE"))}
    assert {key: len(rows) for key, rows in in_ae.untouched.items()} == {ALLOCATION: 1}


def test_the_filters_hold_for_reservations_too(url: str) -> None:
    put(url, reserved("r1"), reserved("r2", ultimate_consignee="group", destination="CL"))
    put(url, reserved("r3", end_user="group"))

    def held(**filters: str) -> list[str]:
        return [one.event.id for one in overview(url, **filters).reservations]

    assert held() == ["r1", "r2", "r3"]
    assert held(destination="CL") == ["r2"]
    assert held(destination="BR") == ["r1", "r3"]
    assert held(holder="buyer") == ["r1", "r3"]
    assert held(holder="group") == ["r2", "r3"]


def test_everything_lists_the_untouched_too(url: str) -> None:
    found = overview(url, everything=True)
    assert found.untouched == {}
    assert len(found.findings) > 100
    assert len(overview(url, cap=ALLOCATION, everything=True).findings) == len(found.findings) - 1


@pytest.mark.parametrize(
    ("filters", "kind", "said"),
    [
        ({"cap": "no/cap"}, NotFound, "--cap: no adopted pack has the cap 'no/cap'. List the caps"),
        ({"destination": "ZZ"}, InvalidInput, "--destination: unknown country 'ZZ'. Use an ISO"),
        ({"holder": "nobody"}, NotFound, "--holder: nothing is held by 'nobody' on 2025-09-01"),
        ({"destination": "QQ"}, InvalidInput, "--destination: unknown country 'QQ'. Use an ISO"),
        ({"holder": "who"}, NotFound, "--holder: nothing is held by 'who' on 2025-09-01"),
    ],
)
def test_an_unknown_filter_is_said(
    filters: dict[str, str], kind: type[NotFound | InvalidInput], said: str, url: str
) -> None:
    with pytest.raises(kind, match=said):
        overview(url, **filters)


def test_a_licence_line_shows_its_balance_at_its_own_device(url: str) -> None:
    put(
        url,
        licence("D1", quantity=100),
        exported("e1", quantity=30, authorization=LICENCE, reference="D1", line=1),
    )
    put(url, licence("D2", quantity=10))
    lines = [
        {"line": 1, "device": "h200", "quantity": 10},
        {"line": 2, "device": "h100", "quantity": 4},
    ]
    put(url, amended("a1", "D2", lines=lines))
    shown = figures(overview(url, cap=LINE))
    assert shown[LINE, ("D1", "1")] == (f"{30 * H100_TPP}", "0", f"{70 * H100_TPP}")
    assert shown[LINE, ("D2", "1")] == ("0", "0", "159000")
    assert shown[LINE, ("D2", "2")] == ("0", "0", f"{4 * H100_TPP}")


def test_a_line_that_only_an_amendment_of_an_earlier_grant_has_is_shown(url: str) -> None:
    more = [{"line": 2, "device": "h200", "quantity": 5}]
    put(url, licence("D1"), amended("a", "D1", lines=more), reversed_("x", "grant-D1"))
    put(url, licence("D1", id="again"))
    lines = {one.holder: str(one.allowance_tpp) for one in overview(url, cap=LINE).findings}
    assert lines == {("D1", "1"): str(100 * H100_TPP), ("D1", "2"): str(5 * 15900)}


def test_a_licence_shows_while_it_is_valid(url: str) -> None:
    put(url, licence("D1", until="2025-10-01"), licence("D2"), reversed_("x", "grant-D2"))
    assert set(figures(overview(url, cap=LINE))) == {(LINE, ("D1", "1"))}
    assert figures(overview(url, cap=LINE, day="2025-10-01")) == {}


def test_a_family_with_a_status_shows_each_country_it_is_in(url: str) -> None:
    put(
        url, party("uv", headquarters="DE"), party("uv-br", headquarters="DE", ultimate_parent="uv")
    )
    put(url, granted("U1", UVEU, party="uv"), declared("d1", party="uv", destination="DE"))
    put(url, declared("d2", party="uv-br", quantity=1))
    shown = figures(overview(url, holder="uv"))
    assert ("us-ear/uveu/country", ("uv", "BR")) in shown
    assert shown["us-ear/uveu/outside-partners", ("uv",)][0] == f"{H100_TPP}"
    assert ("us-ear/uveu/outside-us", ("uv",)) not in shown


def test_a_house_cap_shows_where_something_draws_on_it(url: str) -> None:
    adopt(url, EXAMPLE)
    put(url, exported("e1", quantity=10))
    shown = overview(url, cap=HOUSE_CAP).findings
    assert [(f.holder, f.house) for f in shown] == [(("buyer",), "Example house limits")]


def test_reservations_show_in_the_order_of_their_last_day_and_the_overdue_apart(
    url: str,
) -> None:
    put(url, reserved("b", hold_until="2026-02-01"), reserved("c", hold_until="2026-01-01"))
    put(url, reserved("a", hold_until="2026-05-01"))
    assert overview(url).overdue == ()
    found = overview(url, day="2026-02-01")
    assert [one.event.id for one in found.reservations] == ["c", "b", "a"]
    assert found.overdue == ("c", "b")
    data = found.as_data()
    assert [(one["reservation"], one["open_units"]) for one in data["reservations"]] == [
        ("c", 1),
        ("b", 1),
        ("a", 1),
    ]


def test_the_same_size_shows_the_same_whatever_came_later(url: str) -> None:
    put(url, reserved("a", hold_until="2099-11-01"), reserved("b", hold_until="2098-11-01"))
    put(url, exported("e1"), licence("D1"))
    then = head_of(url).size
    first = headroom(url, Filters(), on=on(ON), as_of=then).as_data()
    put(url, exported("e2"), reversed_("x", "a"), party("z"))
    assert headroom(url, Filters(), on=on(ON), as_of=then).as_data() == first
    assert headroom(url, Filters(), on=on(ON)).as_data() != first


def test_the_names_of_the_countries_are_known() -> None:
    assert countries()["BR"] == "Brazil"
    assert NVEU not in countries()
