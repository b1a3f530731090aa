from datetime import date, timedelta
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.candidates import Candidate
from ledger.core.deals import Deal
from ledger.core.decision import decide
from ledger.core.effects import EVERYWHERE, Effect, Effects, Option
from ledger.core.errors import InvalidRequest
from ledger.core.events import LotExported
from ledger.core.findings import Finding
from ledger.core.headroom import Book
from ledger.core.law.row import Posture
from ledger.core.movements import recording
from ledger.core.overlay import overlay
from ledger.core.prefix import Prefix
from ledger.core.usage import Tally
from tests.core.builders import LICENCE, LPP, NVEU, TABLE, UVEU, on
from tests.core.selling import BUYERS, deal_of, world

RATIO = "house/cap-4"
FAR = date(2030, 1, 1)
POSTURES: list[Posture] = ["on-the-books", "enforced"]


@cache
def effects(posture: Posture) -> Effects:
    """One for all deals, as it is meant to be used: what is found of one serves the others."""
    return Effects(world(), world().law, posture)


def options(deal: Deal, posture: Posture = "on-the-books") -> list[Option]:
    return effects(posture).options(deal)


def stretches(found: list[Option], authorization: str) -> list[tuple[str, str]]:
    return [
        (str(one.first_on), str(one.until)) for one in found if one.authorization == authorization
    ]


def effect_of(option: Option, cap: str) -> list[Effect]:
    return [one for one in option.draws if one.cap == cap]


def test_an_option_holds_while_the_status_is_live_and_names_its_caps() -> None:
    found = options(deal_of("op-ae", latest="2027-12-31"))
    national = [one for one in found if one.authorization == NVEU]
    assert national[-1].until == on("2027-04-01")  # as the amendment has it
    assert national[0].first_on == on("2026-07-01")
    assert effect_of(national[0], TABLE) == [Effect(TABLE, ("op-ae", "AE"), part=True, limits=True)]


def test_a_lot_under_another_authorization_draws_on_a_stock_that_does_not_limit_it() -> None:
    found = next(one for one in options(deal_of("op-ae")) if one.authorization == LPP)
    (table,) = effect_of(found, TABLE)
    assert (table.part, table.limits) == (True, False)
    assert effect_of(found, "us-ear/lpp/parent-year")[0].limits


def test_a_share_has_the_family_in_its_denominator_wherever_the_unit_goes() -> None:
    found = next(one for one in options(deal_of("cloud-br")) if one.authorization == UVEU)
    assert effect_of(found, "us-ear/uveu/outside-partners") == [
        Effect("us-ear/uveu/outside-partners", ("cloud",), part=True, whole=True, limits=True)
    ]
    assert effect_of(found, "us-ear/uveu/country") == [
        Effect("us-ear/uveu/country", ("cloud", "MY"), part=True, limits=True),
        Effect("us-ear/uveu/country", ("cloud", EVERYWHERE), part=False, whole=True),
    ]


def test_a_cap_that_is_measured_on_certain_days_limits_on_all() -> None:
    found = next(one for one in options(deal_of("cloud")) if one.authorization == UVEU)
    (outside,) = effect_of(found, "us-ear/uveu/outside-us")
    assert outside.limits


def test_each_licence_line_is_an_option_of_its_own() -> None:
    found = [one for one in options(deal_of("buyer")) if one.authorization == LICENCE]
    assert {one.line for one in found} == {"D1/1", "D2/1", "D3/1"}
    assert {e.holder for one in found for e in effect_of(one, "us-ear/license/line")} == {
        ("D1", "1"),
        ("D2", "1"),
        ("D3", "1"),
    }
    assert max(one.until for one in found if one.line == "D3/1") == on("2026-08-20")


def test_a_unit_weighs_what_its_classification_of_the_day_says() -> None:
    found = options(deal_of("buyer", device="h200", authorization=LPP))
    assert {one.unit_tpp for one in found if one.until <= on("2026-11-15")} == {159000}
    assert {one.unit_tpp for one in found if one.first_on >= on("2026-11-15")} == {160000}
    assert any(one.first_on == on("2026-11-15") for one in found)


def test_a_device_that_is_classified_later_goes_from_that_day_on() -> None:
    found = options(deal_of("buyer", device="late"))
    assert min(one.first_on for one in found) == on("2026-09-20")
    with pytest.raises(InvalidRequest, match="first classification is of 2026-09-20"):
        options(deal_of("buyer", device="late", latest="2026-09-19"))


def test_a_device_of_the_catalogue_goes_on_any_day_and_no_house_cap_counts_before_it_begins() -> (
    None
):
    found = options(deal_of("buyer", device="nvidia-h20", earliest="2025-06-01"))
    assert min(one.first_on for one in found) == on("2025-06-01")
    assert not [e for one in found if one.until <= on("2026-02-01") for e in effect_of(one, RATIO)]


def test_who_and_what_is_unknown_is_bad_input() -> None:
    with pytest.raises(InvalidRequest, match="'nobody' is not registered"):
        options(deal_of("buyer", exporter="nobody"))
    with pytest.raises(InvalidRequest, match="'h900' is not classified"):
        options(deal_of("buyer", device="h900"))


def test_nothing_is_open_where_a_fact_is_unknown() -> None:
    assert [one for one in options(deal_of("lost")) if one.authorization == LPP] == []


def test_a_named_authorization_is_the_only_one() -> None:
    found = options(deal_of("op-ae", authorization=NVEU))
    assert {one.authorization for one in found} == {NVEU}


# ---- every option against the decision of its day, and against the books


deals = st.builds(
    lambda buyer, place, first, days, devices, forced: deal_of(
        buyer,
        destination=place or BUYERS[buyer],
        earliest=str(on("2026-01-20") + timedelta(days=first)),
        latest=str(on("2026-01-20") + timedelta(days=first + days)),
        device=devices[0],
        instead=[{"device": one, "quantity": 1} for one in devices[1:]],
        authorization=forced,
    ),
    st.sampled_from(sorted(BUYERS)),
    st.sampled_from([None, None, "US", "DE", "BR", "AE"]),
    st.integers(0, 500),
    st.integers(0, 400),
    st.lists(st.sampled_from(["h100", "h200", "small"]), min_size=1, max_size=2, unique=True),
    st.sampled_from([None, None, None, LPP, NVEU]),
)


def open_on(
    deal: Deal, device: str, day: date, posture: Posture
) -> set[tuple[str, str, frozenset[tuple[str, tuple[str, ...]]]]]:
    """What a decision says of one unit: the open authorizations with the caps that limit it."""
    asked = deal.request(day, device, 1)
    found = set()
    for line in [None, "D1/1", "D1/2", "D2/1", "D3/1", "D-CN/1"]:
        decision = decide(asked, world().law, world(), posture, line=line)
        for one in decision.candidates:
            if (one.kind == "licence") == (line is not None) and _open(one):
                limits = frozenset((f.cap, f.holder) for f in one.findings if _limits(f))
                found.add((one.authorization, line or "", limits))
    return found


def _limits(found: Finding) -> bool:
    """A licence shows what an application would meet: that decides nothing."""
    measured = world().law.versions(found.cap)[0].measured_on
    return found.effect == "limit" and (found.decides or bool(measured))


def _open(one: Candidate) -> bool:
    return one.status != "ineligible" and all(found.holds for found in one.requirements)


@settings(deadline=None, max_examples=60)
@given(deals, st.sampled_from(POSTURES), st.data())
def test_options_are_what_the_decision_finds_open(
    deal: Deal, posture: Posture, data: st.DataObject
) -> None:
    found = options(deal, posture)
    edges = {deal.earliest, deal.latest, *(one.first_on for one in found)}
    edges |= {one.until - timedelta(days=1) for one in found}
    days = st.sampled_from(sorted(edges)) | st.dates(deal.earliest, deal.latest)
    for day in data.draw(st.lists(days, min_size=1, max_size=2)):
        for device in deal.devices:
            mine = [
                one for one in found if one.device == device and one.first_on <= day < one.until
            ]
            assert {
                (
                    one.authorization,
                    one.line,
                    frozenset((e.cap, e.holder) for e in one.draws if e.limits),
                )
                for one in mine
            } == open_on(deal, device, day, posture)


@settings(deadline=None, max_examples=60)
@given(deals, st.data())
def test_an_option_names_every_cap_whose_book_the_recorded_lot_changes(
    deal: Deal, data: st.DataObject
) -> None:
    found = options(deal)
    if not found:
        return
    option = data.draw(st.sampled_from(found))
    day = data.draw(st.dates(option.first_on, option.until - timedelta(days=1)))
    after = overlay(world(), recording(_lot(deal, option, day), world(), world().law).movements)
    changed = {}
    for key in _keys(deal, day):
        was, now = (_book(prefix, key, day) for prefix in (world(), after))
        turns = tuple(
            (later, now.drawn(later, later) > was.drawn(later, later))
            for later in now.days
            if later > day and now.drawn(later, later) != was.drawn(later, later)
        )
        part = now.drawn(day, day) - was.drawn(day, day)
        whole = now.whole(FAR) - was.whole(FAR)
        if part or whole or turns:
            changed[key] = (part, whole, turns)
    assert changed == _named(option, deal, day)


Key = tuple[str, tuple[str, ...]]


def _lot(deal: Deal, option: Option, day: date) -> LotExported:
    lot = deal.request(day, option.device, 1).model_dump(mode="json", exclude_none=True)
    reference, _, line = option.line.rpartition("/")
    licensed = {"reference": reference, "line": int(line)} if line else {}
    more = {"id": "new", "authorization": option.authorization, **licensed}
    return LotExported.model_validate(lot | more)


def _keys(deal: Deal, day: date) -> list[Key]:
    """Every cap with every holder that a lot of the deal, or of its family, might count for."""
    parties = sorted({deal.end_user, "cloud", "buyer"})
    lines = [("D1", "1"), ("D1", "2"), ("D2", "1"), ("D3", "1"), ("D-CN", "1")]
    named = {
        "exporter": ["seller"],
        "destination": _places(deal),
        "device": ["h100", "h200", "small"],
    }
    return [
        (cap.id, holder)
        for cap in world().law.caps
        if cap.until > day and cap.basis != "licensed"
        for holder in (
            lines if cap.of_licence_line else product(*(named.get(k, parties) for k in cap.per))
        )
    ]


def _places(deal: Deal) -> list[str]:
    return sorted({deal.destination, "US", "CL"})


def _book(prefix: Prefix, key: Key, day: date) -> Book:
    cap = next(cap for cap in world().law.versions(key[0]) if cap.until > day)
    return Tally(prefix, world().law, day).book(cap, key[1], 1)


def _named(
    option: Option, deal: Deal, day: date
) -> dict[Key, tuple[int, int, tuple[tuple[date, bool], ...]]]:
    """The same of what an option says."""
    found: dict[Key, tuple[int, int, tuple[tuple[date, bool], ...]]] = {}
    for one in option.draws:
        if one.part or one.whole or one.turns:
            cap = world().law.versions(one.cap)[0]
            weight = 1 if cap.of_licence_line else option.unit_tpp
            places = _places(deal) if EVERYWHERE in one.holder else [""]
            for place in places:
                key = one.cap, tuple(place if name == EVERYWHERE else name for name in one.holder)
                part, whole, turns = found.get(key, (0, 0, ()))
                turns += tuple((later, to) for later, to in one.turns if later > day)
                found[key] = (part + weight * one.part, whole + weight * one.whole, turns)
    return found
