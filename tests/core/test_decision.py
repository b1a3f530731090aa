from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import ENGINE
from ledger.core.decision import PackDigest, decide, decision_id
from ledger.core.errors import InvalidRequest
from ledger.core.law.law import Law
from ledger.core.memory import MemoryPrefix
from ledger.core.prefix import Head
from tests.core.builders import (
    AIA,
    ALLOCATION,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    UVEU,
    candidate_of,
    decided,
    declared,
    device,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    people,
    released,
    request,
    reserved,
    signed,
    used,
)

# ---- outcomes


def test_a_lot_is_permitted_under_the_first_available_authorization() -> None:
    decision = decided(ledger_of(*people("buyer"), licence()), quantity=8)
    assert (decision.outcome, decision.authorization, decision.review) == ("permitted", LPP, None)
    assert str(decision.tpp) == "126656"
    assert decision.item_class == "a-class"
    assert decision.findings == candidate_of(decision, LPP).findings
    assert decision.reasons[-1] == "us-ear/lpp is available: 15 CFR 740.29"
    assert decision.reasons[0].startswith("us-ear/nlr is ineligible: needs no licence requirement")
    assert len(decision.reasons) == 5


def test_a_lot_that_no_authorization_carries_needs_a_licence() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 26900000))
    decision = decided(ledger)
    assert (decision.outcome, decision.authorization) == ("license-required", None)
    assert decision.review == "presumption-of-approval"
    assert [finding.cap for finding in decision.findings] == [ALLOCATION]
    assert decision.duties == ()
    assert any("leaves 0 TPP for buyer" in reason for reason in decision.reasons)


def test_the_licence_candidate_shows_the_allocation_that_an_application_meets() -> None:
    decision = decided(ledger_of(*people("buyer"), licence(quantity=5)))
    shown = [finding.cap for finding in candidate_of(decision, "us-ear/license").findings]
    assert shown == ["us-ear/license/line", ALLOCATION]
    assert all(ALLOCATION not in {f.cap for f in c.findings} for c in decision.candidates[:-1])


def test_an_open_fact_makes_the_answer_unresolved_and_not_a_licence() -> None:
    decision = decided(ledger_of(*people("buyer")), destination="SA")
    assert (decision.outcome, decision.authorization, decision.review) == ("unresolved", None, None)
    assert any(reason.startswith("us-ear/lpp is unresolved") for reason in decision.reasons)


def test_what_is_not_modelled_is_named_in_the_reasons() -> None:
    a30 = device("a30", "2640", performance_density="3.19")
    decision = decided(ledger_of(*people("buyer"), a30), device="a30")
    assert decision.outcome == "unresolved"
    assert decision.reasons[-1].startswith("not modelled: b-class items (742.6(a)(6)(iii)(B))")
    assert decision.reasons[-1].endswith("(15 CFR 742.6(a)(6)(iii)(B); 744.23(a)(3))")


def test_a_house_limit_alone_prohibits() -> None:
    limit = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 365 }\n'
        "allowance = [{ tpp = 20000 }]"
    )
    ledger = ledger_of(*people("buyer"), limit)
    assert decided(ledger).outcome == "permitted"
    prohibited = decided(ledger, quantity=2)
    assert (prohibited.outcome, prohibited.review) == ("prohibited", None)
    ledger.append(exported("e", on="2024-09-02"))
    assert decided(ledger).outcome == "prohibited"
    assert decided(ledger, on="2025-09-02").outcome == "permitted"


def test_without_law_everything_is_unresolved() -> None:
    ledger = ledger_of(*people("buyer"), standard=False)
    decision = decide(request(), Law([]), ledger)
    assert (decision.outcome, decision.candidates) == ("unresolved", ())


def test_the_day_before_compliance_is_unresolved() -> None:
    ledger = ledger_of(*people("buyer"))
    assert decided(ledger, on="2025-05-14").outcome == "unresolved"
    assert decided(ledger, on="2025-05-15").outcome == "permitted"


# ---- postures


def test_the_other_posture_is_shown_where_it_differs() -> None:
    ledger = ledger_of(*people("buyer"))
    books = decided(ledger)
    assert books.other_posture is not None
    assert (books.other_posture.posture, books.other_posture.outcome) == ("enforced", "unresolved")
    enforced = decided(ledger, "enforced")
    assert (enforced.outcome, enforced.posture) == ("unresolved", "enforced")
    assert enforced.other_posture is not None
    assert (enforced.other_posture.posture, enforced.other_posture.authorization) == (
        "on-the-books",
        LPP,
    )


def test_an_answer_that_both_postures_give_is_not_repeated() -> None:
    assert decided(ledger_of(*people("buyer")), on="2025-05-14").other_posture is None


# ---- a named authorization


def test_a_named_authorization_is_the_only_candidate() -> None:
    ledger = ledger_of(*people("buyer"), granted("n", NVEU, destinations=["BR"]))
    assert decided(ledger).authorization == NVEU
    forced = decided(ledger, authorization=LPP)
    assert (forced.authorization, [c.authorization for c in forced.candidates]) == (LPP, [LPP])
    barred = decided(ledger, authorization=AIA)
    assert barred.outcome == "license-required"


def test_an_authorization_that_no_pack_knows_is_an_invalid_request() -> None:
    with pytest.raises(
        InvalidRequest, match="no adopted pack knows the authorization 'us-ear/x'"
    ) as refused:
        decided(ledger_of(*people("buyer")), authorization="us-ear/x")
    assert refused.value.where == "authorization"
    assert LPP in refused.value.cure


# ---- what an answer names


def test_an_answer_names_its_law_and_its_head() -> None:
    ledger = ledger_of(*people("buyer"))
    decision = decided(ledger)
    assert decision.as_of.size == len(ledger.events)
    assert decision.as_of.root == ledger.head.root
    assert decision.law == tuple(
        PackDigest(pack=p.pack, version=p.version, digest=p.digest) for p in ledger.packs()
    )


def test_the_id_of_a_decision_follows_from_all_that_it_depends_on() -> None:
    ledger = ledger_of(*people("buyer"))
    decision = decided(ledger)
    assert decision.decision_id == decided(ledger).decision_id
    head = Head(1, "00")
    ids = [
        decision_id(request(), head, "on-the-books"),
        decision_id(request(), head, "enforced"),
        decision_id(request(quantity=2), head, "on-the-books"),
        decision_id(request(), Head(2, "00"), "on-the-books"),
        decision_id(request(), Head(1, "01"), "on-the-books"),
        decision_id(request(), head, "on-the-books", "D1/1"),
        decision_id(request(), head, "on-the-books", line="D1/1"),
        decision_id(request(), head, "on-the-books", "r", "D1/1"),
    ]
    assert len(set(ids)) == len(ids)
    assert all(len(one) == 64 for one in ids)
    assert ENGINE.startswith("chipledger/")


def test_an_answer_as_of_an_earlier_head_is_what_was_known_then() -> None:
    events = [*people("buyer"), used("u", LPP_YEAR, ["buyer"], 26900000)]
    assert decided(ledger_of(*events[:-1])).outcome == "permitted"
    assert decided(ledger_of(*events)).outcome == "license-required"


def test_deciding_changes_nothing() -> None:
    ledger = ledger_of(*people("buyer"), reserved("r"))
    before = list(ledger.events)
    assert decided(ledger) == decided(ledger)
    assert ledger.events == before


def test_a_lot_that_uses_up_a_reservation_is_decided_without_it() -> None:
    full = reserved("r", quantity=1699, on="2025-08-01")
    ledger = ledger_of(*people("buyer"), full)
    assert decided(ledger).outcome == "license-required"
    free = decide(request(), ledger.law, ledger, without="r")
    assert (free.outcome, free.without) == ("permitted", "r")
    assert free.findings[0].reserved_tpp == 0
    assert free.as_of == decided(ledger).as_of
    assert free.decision_id != decided(ledger).decision_id
    partly = ledger_of(*people("buyer"), full, exported("e", reservation="r", quantity=1698))
    assert decide(request(), partly.law, partly, without="r").outcome == "permitted"
    assert decide(request(quantity=2), partly.law, partly, without="r").outcome != "permitted"


# ---- what later facts bind


def test_a_lot_of_this_quarter_is_bound_by_a_reservation_of_the_next() -> None:
    status = granted("n", NVEU, destinations=["BR"])
    ledger = ledger_of(
        *people("buyer"),
        status,
        reserved("r", quantity=118000, on="2026-02-01", authorization=NVEU),
    )
    decision = decided(ledger, on="2025-12-01", authorization=NVEU, quantity=1946)
    (finding,) = decision.findings
    assert (finding.binding_on, finding.fits) == (on("2026-02-01"), True)
    assert finding.headroom_tpp is not None
    assert finding.headroom_tpp == 1899000000_0 - 118000 * 158320
    assert (
        decided(ledger, on="2025-12-01", authorization=NVEU, quantity=1947).outcome != "permitted"
    )


def test_a_signed_reading_opens_lpp_where_the_text_conflicts() -> None:
    ledger = ledger_of(*people("buyer"), signed("i", "us-ear/lpp-in-d1-d4", "available"))
    assert decided(ledger, destination="SA").authorization == LPP
    barred = ledger_of(*people("buyer"), signed("i", "us-ear/lpp-in-d1-d4", "barred"))
    assert decided(barred, destination="SA").outcome == "license-required"


# ---- property: what was accepted never passes a cap on a later day

FROM = date(2025, 5, 15)
THROUGH = date(2027, 12, 31)
LENGTH = (THROUGH - FROM).days
NVEU_STEPS = [
    ("2025-01-01", 633_000_000),
    ("2025-04-01", 949_500_000),
    ("2025-07-01", 1_266_000_000),
    ("2025-10-01", 1_582_500_000),
    ("2026-01-01", 1_899_000_000),
    ("2026-04-01", 2_690_250_000),
    ("2026-07-01", 3_481_500_000),
    ("2026-10-01", 4_272_750_000),
    ("2027-01-01", 5_064_000_000),
]
ROLLING = house(
    'per = ["ultimate_consignee"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
    "allowance = [{ tpp = 1000 }, { from = 2026-03-01, tpp = 400 }, "
    "{ from = 2027-01-01, tpp = 900 }]"
)
steps = st.lists(
    st.tuples(
        st.integers(0, LENGTH),
        st.integers(1, 6),
        st.sampled_from(["reserve", "reserve", "export", "ship", "release"]),
    ),
    min_size=2,
    max_size=10,
)


class Life:
    """A random life of one holder: only what `decide` permits is recorded.

    `book` is kept by hand: lot id to its day and the quantity that is reserved or gone.
    """

    def __init__(self, ledger: MemoryPrefix, **lot: object) -> None:
        self.ledger, self.lot = ledger, lot
        self.book: dict[str, tuple[date, int]] = {}
        self.open: list[str] = []

    def live(self, moves: list[tuple[int, int, str]]) -> None:
        for number, (offset, quantity, move) in enumerate(moves):
            name, day = f"lot-{number}", FROM + timedelta(days=offset)
            if move in ("reserve", "export"):
                self._ask(name, day, quantity, move)
            elif self.open:
                self._close(self.open.pop(offset % len(self.open)), name, quantity, move)

    def _ask(self, name: str, day: date, quantity: int, move: str) -> None:
        fields: dict[str, object] = {**self.lot, "on": str(day), "quantity": quantity}
        if decided(self.ledger, "on-the-books", **fields).outcome != "permitted":
            return
        self.book[name] = (day, quantity)
        if move == "reserve":
            self.ledger.append(reserved(name, **fields))
            self.open.append(name)
        else:
            self.ledger.append(exported(name, **fields))

    def _close(self, held: str, name: str, quantity: int, move: str) -> None:
        """Ship a part on the day it was held for and close the rest, or give it all up."""
        day, booked = self.book.pop(held)
        if move == "release":
            self.ledger.append(released(name, held))
            return
        gone = min(quantity, booked)
        fields: dict[str, object] = {**self.lot, "on": str(day), "quantity": gone}
        self.ledger.append(exported(name, **fields, reservation=held, final=True))
        self.book[name] = (day, gone)

    def drawn(self, first: date, last: date) -> int:
        return sum(quantity for day, quantity in self.book.values() if first <= day <= last)


def every_day() -> list[date]:
    return [FROM + timedelta(days=n) for n in range(LENGTH + 1)]


lives = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@lives
@given(steps)
def test_accepted_lots_never_pass_the_yearly_cap_of_lpp(moves: list[tuple[int, int, str]]) -> None:
    unit = 5_000_000
    ledger = ledger_of(*people("buyer"), device("big", str(unit)))
    life = Life(ledger, device="big", authorization=LPP)
    life.live(moves)
    for year in (2025, 2026, 2027):
        assert life.drawn(date(year, 1, 1), date(year, 12, 31)) * unit <= 26_900_000


@lives
@given(steps)
def test_accepted_lots_never_pass_the_table_of_a_validated_end_user(
    moves: list[tuple[int, int, str]],
) -> None:
    unit = 10_000_000
    ledger = ledger_of(
        *people("buyer"), device("big", str(unit)), granted("n", NVEU, destinations=["BR"])
    )
    life = Life(ledger, device="big", authorization=NVEU)
    life.live([(offset, quantity * 30, move) for offset, quantity, move in moves])
    for day in every_day():
        allowed = next(tpp for start, tpp in reversed(NVEU_STEPS) if on(start) <= day)
        assert life.drawn(date.min, day) * unit <= allowed


@lives
@given(steps)
def test_accepted_lots_never_pass_a_rolling_cap_that_falls_and_rises(
    moves: list[tuple[int, int, str]],
) -> None:
    unit = 100
    ledger = ledger_of(*people("buyer"), ROLLING, device("small", str(unit)))
    life = Life(ledger, device="small")
    life.live([(offset % 500, quantity, move) for offset, quantity, move in moves])
    for day in every_day():
        allowed = 1000 if day < date(2026, 3, 1) else 400 if day < date(2027, 1, 1) else 900
        assert life.drawn(day - timedelta(days=89), day) * unit <= allowed


@lives
@given(steps)
def test_accepted_lots_keep_the_share_of_a_universal_end_user_once_they_have_gone(
    moves: list[tuple[int, int, str]],
) -> None:
    """Open reservations enter the numerator only: the share is held when all of them have gone."""
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        declared("s", quantity=100, destination="US"),
        granted("u", UVEU),
    )
    life = Life(ledger, destination="MY", authorization=UVEU)
    life.live(moves)
    for day in every_day():
        here = life.drawn(date.min, day)
        assert Fraction(here, 100 + here) <= Fraction(Decimal("0.07"))


def test_the_random_lives_reach_their_caps() -> None:
    """A life that asks for too much is stopped at the cap, not far below it."""
    ledger = ledger_of(*people("buyer"), device("big", "5000000"))
    life = Life(ledger, device="big", authorization=LPP)
    life.live([(10, 3, "reserve"), (0, 3, "export"), (20, 2, "reserve"), (400, 5, "export")])
    assert life.drawn(date(2025, 1, 1), date(2025, 12, 31)) == 5
    assert life.drawn(date(2026, 1, 1), date(2026, 12, 31)) == 5


# ---- a named line


def test_a_lot_is_decided_under_the_line_that_is_named() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1", quantity=10), licence("D2", quantity=2))
    asked = request(quantity=5, authorization=LICENCE)
    free = decide(asked, ledger.law, ledger)
    assert (free.outcome, free.line, free.findings[0].holder) == ("permitted", None, ("D1", "1"))
    named = decide(asked, ledger.law, ledger, line="D2/1")
    (line, _) = candidate_of(named, LICENCE).findings
    assert (named.outcome, named.line) == ("license-required", "D2/1")
    assert (line.holder, line.headroom_units) == (("D2", "1"), 2)
    assert named.decision_id != free.decision_id
    missing = decide(asked, ledger.law, ledger, line="D3/1")
    assert candidate_of(missing, LICENCE).status == "ineligible"


def test_a_domestic_reservation_is_used_up_by_its_lot() -> None:
    rows = 'per = ["end_user"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        house(rows + "allowance = [{ tpp = 15832 }]\n"),
        reserved("r", destination="US"),
    )
    lot = request(destination="US", on="2025-09-01")
    assert decide(lot, ledger.law, ledger).outcome == "prohibited"
    assert decide(lot, ledger.law, ledger, without="r").outcome == "permitted"


# ---- what is not modelled


def test_an_open_review_of_an_application_is_said() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 10**15, on="2028-01-01"))
    decision = decided(ledger, on="2028-01-01")
    assert (decision.outcome, decision.review) == ("license-required", None)
    assert decision.reasons[-1] == (
        "how an application would be reviewed is open: a fact or figure is not known"
    )
    known = decided(ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 10**15)))
    assert known.review is not None
    assert not any("is open" in reason for reason in known.reasons)


@pytest.mark.parametrize("destination", ["CU", "IR", "KP", "SY", "RU", "BY"])
def test_even_a_plain_device_to_an_embargoed_place_is_unresolved(destination: str) -> None:
    plain = device("plain", "100", performance_density="0.1", dram_bandwidth_gbps="100")
    decision = decided(ledger_of(*people("buyer"), plain), device="plain", destination=destination)
    assert decision.outcome == "unresolved"
    assert any("Embargoes of part 746" in reason for reason in decision.reasons)
    assert decided(ledger_of(*people("buyer"), plain), device="plain").outcome == "permitted"


@pytest.mark.parametrize(
    ("headquarters", "destination", "bandwidth", "outcome"),
    [
        ("BR", "CN", "4000", "unresolved"),
        ("BR", "MO", "1400", "unresolved"),
        ("BR", "CN", None, "unresolved"),
        ("BR", "CN", "1399.9", "permitted"),
        ("CN", "BR", "4000", "unresolved"),
        ("unknown", "BR", "4000", "unresolved"),
        ("CN", "BR", "1399.9", "permitted"),
        ("BR", "BR", "4000", "permitted"),
    ],
)
def test_what_companies_were_told_by_letter_is_unresolved(
    headquarters: str, destination: str, bandwidth: str | None, outcome: str
) -> None:
    h20 = device("h20", "1000", performance_density="0.5", dram_bandwidth_gbps=bandwidth)
    ledger = ledger_of(*people("buyer", headquarters=headquarters), h20)
    decision = decided(ledger, device="h20", destination=destination)
    assert decision.outcome == outcome
    told = [reason for reason in decision.reasons if "told to one company by letter" in reason]
    assert bool(told) is (outcome == "unresolved")


@pytest.mark.parametrize("authorization", ["us-ear/aca", "us-ear/nac", "us-ear/acm"])
def test_an_authorization_that_is_not_modelled_is_unresolved_and_its_lots_are_facts(
    authorization: str,
) -> None:
    ledger = ledger_of(*people("buyer"), exported("e", authorization=authorization))
    found = decided(ledger, authorization=authorization)
    assert (found.outcome, found.candidates) == ("unresolved", ())
    assert f"{authorization} is not modelled" in found.reasons
    assert authorization in ledger.law.authorization_ids()
