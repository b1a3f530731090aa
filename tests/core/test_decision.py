import pytest

from ledger.core.decision import ENGINE, Decision, decide, decision_id
from ledger.core.errors import InvalidRequest
from ledger.core.events import AnyEvent
from ledger.core.law.law import Law, PackDigest
from ledger.core.law.row import Posture
from ledger.core.prefix import Head
from tests.core.asking import near
from tests.core.builders import (
    AIA,
    ALLOCATION,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    adopted,
    candidate_of,
    cleared,
    decided,
    device,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    list_adopted,
    on,
    pack_text,
    party,
    people,
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
    assert decision.reasons[0].startswith("us-ear/nlr is not open: needs no licence requirement")
    before = ["nlr", "aca", "nac", "acm", "aia", "veu", "lpp"]  # the others: no status is held
    assert [reason.split()[0] for reason in decision.reasons] == [f"us-ear/{one}" for one in before]


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
    rows = '[[gap]]\nid = "toy/gap"\ntitle = "fog"\ncite = "toy 1"\n'
    rows += 'when = [{ fact = "destination", values = ["US"] }]\n'
    decision = decided(ledger_of(*people("buyer"), adopted(pack_text(rows))), destination="US")
    assert decision.outcome == "unresolved"
    assert decision.reasons[-1] == "not modelled: fog (toy 1)"


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


def test_the_day_before_compliance_has_the_rules_of_before() -> None:
    ledger = ledger_of(*people("buyer"))
    assert decided(ledger, on="2025-05-14").authorization == "us-ear/nlr"
    assert decided(ledger, on="2025-05-15").authorization == LPP


def test_the_day_before_the_first_rule_is_unresolved() -> None:
    ledger = ledger_of(*people("buyer"))
    assert decided(ledger, on="2022-10-20").outcome == "unresolved"
    assert decided(ledger, on="2022-10-21").outcome != "unresolved"


# ---- postures


def test_the_other_posture_is_shown_where_it_differs() -> None:
    ledger = ledger_of(*people("buyer"))
    books = decided(ledger)
    assert books.other_posture is not None
    other = books.other_posture
    assert (books.authorization, other.posture, other.authorization) == (
        *(LPP, "enforced", "us-ear/nlr"),
    )
    enforced = decided(ledger, "enforced")
    assert (enforced.outcome, enforced.posture) == ("permitted", "enforced")
    assert enforced.authorization == "us-ear/nlr"
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
        "how an application would be reviewed is open: "
        "us-ear/allocation/country has no figure for the day"
    )
    known = decided(ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 10**15)))
    assert known.review is not None
    assert not any("is open" in reason for reason in known.reasons)


@pytest.mark.parametrize("destination", ["CU", "IR", "KP", "SY", "RU", "BY"])
def test_even_a_plain_device_to_an_embargoed_place_needs_a_licence(destination: str) -> None:
    plain = device("plain", "100", performance_density="0.1", dram_bandwidth_gbps="100")
    decision = decided(ledger_of(*people("buyer"), plain), device="plain", destination=destination)
    assert (decision.outcome, decision.review) == ("license-required", None)
    assert decision.reasons[0].startswith("every authorization but a licence is stopped: a dest")
    assert decided(ledger_of(*people("buyer"), plain), device="plain").outcome == "permitted"


def test_a_letter_reaches_the_chips_of_those_whom_it_was_sent_to() -> None:
    outcomes = []
    for vendor in ("NVIDIA", "AMD", "Cambricon"):
        chip = device("fast", "1000", vendor=vendor, dram_bandwidth_gbps="4000")
        ledger = ledger_of(*people("buyer"), chip)
        outcomes.append(decided(ledger, device="fast", destination="CN").outcome)
    assert outcomes == ["unresolved", "unresolved", "permitted"]


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
    told = [reason for reason in decision.reasons if "told to NVIDIA and AMD by letter" in reason]
    assert bool(told) is (outcome == "unresolved")


def test_an_authorization_that_is_not_modelled_is_unresolved_and_its_lots_are_facts() -> None:
    rows = '[[gap]]\nid = "g"\ntitle = "t"\ncite = "c"\nauthorizations = ["toy/leave"]\n'
    pack = adopted(pack_text(rows))
    ledger = ledger_of(*people("buyer"), pack, exported("e", authorization="toy/leave"))
    found = decided(ledger, authorization="toy/leave")
    assert (found.outcome, found.candidates) == ("unresolved", ())
    assert "toy/leave is not modelled" in found.reasons
    assert "toy/leave" in ledger.law.authorization_ids()


# ---- what stands before every authorization


def stopped(*events: AnyEvent, **lot: object) -> Decision:
    """The answer on a lot to a buyer, screened against a list of a few names."""
    ledger = ledger_of(*people("buyer"), list_adopted(), *events, matcher=near)
    return decided(ledger, "on-the-books", **lot)


def test_a_denied_person_prohibits_whatever_would_be_open() -> None:
    found = stopped(party("dan", name="Denied Dan"), licence(), purchaser="dan")
    assert (found.outcome, found.authorization, found.review) == ("prohibited", None, None)
    assert found.duties == ()
    assert found.reasons[0] == (
        "every authorization is stopped: a party on the Denied Persons List; "
        "dan matches 'Denied Dan' (DPL:3, score 100) "
        "(15 CFR 764.3(a)(2); Supp. No. 1 to part 764)"
    )
    assert not any(c.status == "available" for c in found.candidates)


def test_a_party_of_the_entity_list_needs_a_licence_and_may_have_one() -> None:
    evil = party("evil", name="Evil Chips")
    found = stopped(evil, purchaser="evil")
    assert (found.outcome, found.review) == ("license-required", None)
    assert found.reasons[-1] == (
        "how an application would be reviewed is open: the policy is that of a party on the "
        "Entity List"
    )
    assert sum("Entity List" in reason for reason in found.reasons) == 2, "not once a candidate"
    held = stopped(evil, licence(), purchaser="evil")
    assert (held.outcome, held.authorization) == ("permitted", LICENCE)


def test_a_party_that_may_be_denied_leaves_the_answer_open() -> None:
    found = stopped(party("x", name="!"), purchaser="x")
    assert found.outcome == "unresolved"
    assert found.reasons[0].startswith("every authorization is in doubt: a party on the Denied")
    assert "its name has no letter or digit" in found.reasons[0]


def test_a_prohibition_in_doubt_is_no_licence_requirement() -> None:
    """Nothing but the doubt is open: the lot would need a licence even so."""
    nameless = party("x", name="!")
    found = stopped(nameless, purchaser="x", destination="CN")
    assert (found.outcome, found.review) == ("unresolved", None)


def test_a_listed_owner_leaves_the_answer_open_until_a_person_resolves_it() -> None:
    owners = [{"party": "evil", "percent": "10"}]
    firm = (party("evil", name="Evil Chips"), party("firm", owners=owners))
    assert stopped(*firm, end_user="firm").outcome == "unresolved"
    resolved = stopped(*firm, cleared("firm", "EL:1"), end_user="firm")
    assert (resolved.outcome, resolved.authorization) == ("permitted", LPP)


# ---- what an answer rests on


def rests_on(posture: Posture, **lot: object) -> set[str]:
    """The provisions of which an answer tells how they stand."""
    decision = decided(ledger_of(*people("buyer")), posture, **lot)
    return {note.provision for note in decision.status if note.on_the_books is not None}


def test_an_answer_tells_how_the_provisions_stand_that_it_rests_on() -> None:
    framework = "us-ear/ai-diffusion"
    assert rests_on("on-the-books") == {framework}
    assert rests_on("enforced") == {framework}, "suspended: every answer says so"
    asked = {framework, "us-ear/ac-2023", "us-ear/ac-2023/a-class"}
    assert rests_on("enforced", destination="SA") == asked, "the scope, and the review"
    assert rests_on("on-the-books", on="2024-01-01", destination="SA") == asked - {framework}
