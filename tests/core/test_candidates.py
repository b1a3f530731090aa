from ledger.core.candidates import Candidate
from ledger.core.events import AnyEvent
from tests.core.builders import (
    AIA,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    UVEU,
    adopted,
    candidate_of,
    decided,
    declared,
    device,
    finding_of,
    granted,
    house,
    ledger_of,
    licence,
    pack_text,
    party,
    people,
    used,
)

YEARLY = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
LIMIT = YEARLY.replace("{", "{{").replace("}", "}}") + "allowance = [{{ tpp = {} }}]\n"


def of(authorization: str, *events: AnyEvent, **lot: object) -> Candidate:
    decision = decided(ledger_of(*people("buyer"), *events), "on-the-books", **lot)
    return candidate_of(decision, authorization)


def holding(found: Candidate) -> dict[str, bool | None]:
    return {requirement.fact: requirement.holds for requirement in found.requirements}


def test_a_candidate_is_available_where_every_requirement_and_cap_holds() -> None:
    found = of(LPP)
    assert found.status == "available"
    assert all(requirement.holds for requirement in found.requirements)
    assert [f.cap for f in found.findings] == [LPP_YEAR, "us-ear/lpp/shipment-notice"]
    assert found.because == found.cite == "15 CFR 740.29"


def test_a_requirement_that_fails_makes_it_ineligible_and_shows_no_cap() -> None:
    found = of(LPP, origin="BR")
    assert (found.status, found.findings) == ("ineligible", ())
    assert found.because == (
        "needs an export or reexport: LPP does not cover a transfer within a country; "
        "found transfer (15 CFR 740.29(a))"
    )


def test_a_cap_that_is_passed_makes_it_exceed() -> None:
    found = of(LPP, used("u", LPP_YEAR, ["buyer"], 26900000))
    assert found.status == "exceeds-cap"
    assert found.because == (
        "us-ear/lpp/parent-year leaves 0 TPP for buyer on 2025-09-01, "
        "the lot has 15,832 (15 CFR 740.29(a),(d))"
    )


def test_a_cap_that_is_passed_goes_before_an_open_fact() -> None:
    used_up = used("u", LPP_YEAR, ["buyer"], 26900000)
    assert of(LPP, used_up, destination="SA").status == "exceeds-cap"
    assert holding(of(LPP, used_up, destination="SA"))["switch"] is None


def test_an_open_fact_leaves_it_unresolved() -> None:
    found = of(LPP, destination="SA")
    assert found.status == "unresolved"
    needs = "needs a signed reading that LPP is open to D:1 and D:4"
    assert found.because.startswith(f"no reading adopted for us-ear/lpp-in-d1-d4: {needs}")
    assert found.because.endswith("(15 CFR 740.2(a)(9)(ii); 740.29(c))")


def test_a_requirement_applies_only_where_it_says() -> None:
    assert "switch" not in holding(of(LPP))
    assert holding(of(LPP, destination="SA"))["switch"] is None


def test_a_threshold_that_is_reached_refuses_nothing() -> None:
    found = of(LPP, unit_tpp="3200000")
    assert (found.status, found.findings[1].fits) == ("available", False)


def test_a_day_before_the_law_is_known_is_open_for_every_candidate() -> None:
    found = of(LPP, on="2025-05-14")
    assert found.status == "unresolved"
    assert holding(found)["coverage"] is None
    assert "no adopted pack covers that day and posture" in [r.found for r in found.requirements]


def test_a_provision_that_does_not_decide_makes_it_ineligible() -> None:
    coverage = '[[coverage]]\nid = "toy"\ncite = "toy 1"\nposture = "enforced"\n'
    ledger = ledger_of(*people("buyer"), adopted(pack_text(coverage)))
    found = candidate_of(decided(ledger, "enforced"), LPP)
    assert (found.status, holding(found)["provision"]) == ("ineligible", False)
    assert found.because == (
        "needs us-ear/ai-diffusion in effect; found it does not decide on 2025-09-01 as enforced "
        "(15 CFR 740.29)"
    )
    nlr = candidate_of(decided(ledger, "enforced"), "us-ear/nlr")
    assert "licence_requirement" not in holding(nlr)
    assert nlr.status == "available"


# ---- no licence required


def test_nlr_is_closed_where_a_rule_asks_for_a_licence() -> None:
    found = of("us-ear/nlr")
    assert found.status == "ineligible"
    assert found.requirements[0].found == "it applies to a-class (meets 3A090.a.1), export"


def test_nlr_is_open_where_no_rule_asks_for_a_licence() -> None:
    h20 = device("h20", "2368", performance_density="2.91")
    found = of("us-ear/nlr", h20, device="h20")
    assert found.status == "available"
    assert "it does not apply to none" in found.requirements[0].found
    domestic = of("us-ear/nlr", destination="US")
    assert (domestic.status, domestic.findings) == ("available", ())


def test_nlr_is_open_to_nobody_whose_class_is_not_known() -> None:
    found = of("us-ear/nlr", device("dark", "3000", performance_density=None), device="dark")
    assert found.status == "unresolved"
    assert "it may apply to a class that is not known" in found.requirements[0].found


def test_what_is_not_modelled_leaves_nlr_open_where_it_may_matter() -> None:
    a30 = device("a30", "2640", performance_density="3.19")
    found = of("us-ear/nlr", a30, device="a30")
    assert found.status == "unresolved"
    assert holding(found)["not_modelled"] is None
    assert "us-ear/gap/b-class" in {gap.id for gap in ledger_of().law.gaps(_DAY)}
    assert "not_modelled" not in holding(of("us-ear/nlr"))


_DAY = device("x").on


# ---- toy law: what the standard packs do not use


def toy(requirement: str, rows: str = "") -> AnyEvent:
    caps = 'caps = ["toy/cap"]\n' if rows else ""
    head = '[[authorization]]\nid = "toy/leave"\ntitle = "leave"\ncite = "toy 1"\norder = 1\n'
    needs = '[[authorization.requirements]]\nfact = "destination"\nneeds = "Brazil"\n'
    needs += 'cite = "toy 2"\n'
    return adopted(pack_text(f'{head}kind = "exception"\n{caps}{needs}{requirement}\n{rows}'))


def test_an_unconfirmed_requirement_is_open_whatever_was_found() -> None:
    for values in ('["BR"]', '["CL"]'):
        found = of("toy/leave", toy(f'values = {values}\nevidence = "UNCONFIRMED"'))
        assert (found.status, found.requirements[0].holds) == ("unresolved", None)


def test_a_requirement_that_may_apply_and_fails_is_open() -> None:
    when = 'when = [{ fact = "destination", groups = ["us-ear/partners"] }]\n'
    maybe = of("toy/leave", toy('values = ["CL"]\n' + when), destination="GL")
    assert (maybe.status, maybe.requirements[0].holds) == ("unresolved", None)
    meets = of("toy/leave", toy('values = ["GL"]\n' + when), destination="GL")
    assert meets.requirements[0].holds is True


def test_a_cap_without_a_figure_leaves_the_candidate_open() -> None:
    found = of(NVEU, granted("n", NVEU, destinations=["BR"]), on="2028-01-01")
    assert found.status == "unresolved"
    (cap,) = [r for r in found.requirements if r.fact == "cap"]
    assert cap.needs == "a figure of us-ear/nveu/company-country for the holder on 2028-01-01"
    assert cap.cite == "15 CFR 748.15(a)(2)(iii)(B), Table 1"


def test_a_cap_is_asked_once_however_many_versions_it_has() -> None:
    rows = "".join(
        f'[[cap]]\nid = "toy/cap"\ntitle = "t"\ncite = "toy 3"\nper = ["end_user"]\n'
        f'basis = "exported"\nwindow = {{ kind = "calendar-year" }}\n{dates}\n'
        "allowance = [{ tpp = 99999 }]\n"
        for dates in ("until = 2025-06-01", "from = 2025-06-01")
    )
    found = of("toy/leave", toy('values = ["BR"]', rows))
    assert [f.cap for f in found.findings] == ["toy/cap"]


def test_a_cap_counts_a_lot_only_of_its_authorizations_classes_and_places() -> None:
    head = '[[cap]]\nid = "toy/cap"\ntitle = "t"\ncite = "toy 3"\nper = ["end_user"]\n'
    head += 'window = { kind = "calendar-year" }\nallowance = [{ tpp = 1 }]\n'
    counting = {
        'basis = "exported"\n': True,
        'basis = "licensed"\n': False,
        'basis = "exported"\ncounts = { authorizations = ["toy/other"] }\n': False,
        'basis = "exported"\ncounts = { authorizations = ["toy/leave"] }\n': True,
        'basis = "exported"\ncounts = { classes = ["b-class"] }\n': False,
        'basis = "exported"\ncounts = { classes = ["a-class"] }\n': True,
        'basis = "exported"\nwhen = [{ fact = "destination", values = ["CL"] }]\n': False,
        'basis = "exported"\nwhen = [{ fact = "destination", values = ["BR"] }]\n': True,
    }
    for rows, counts in counting.items():
        found = of("toy/leave", toy('values = ["BR"]', head + rows))
        assert bool(found.findings) is counts, rows


def test_a_lot_inside_the_united_states_counts_as_installed_and_not_as_exported() -> None:
    stock = 'per = ["end_user"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    stock += "allowance = [{ tpp = 100 }]\n"
    limits = house(LIMIT.format(1), stock)
    found = of("us-ear/nlr", limits, destination="US")
    assert [f.cap for f in found.findings] == ["house/cap-2"]
    assert (found.status, found.findings[0].fits) == ("exceeds-cap", False)


# ---- house caps


def test_a_house_cap_stands_beside_every_authorization() -> None:
    decision = decided(ledger_of(*people("buyer"), house(LIMIT.format(1))), "on-the-books")
    found = candidate_of(decision, LPP)
    assert found.status == "exceeds-cap"
    assert found.by_law == "available"
    assert found.because.startswith("house/cap-1 of the house pack leaves 1 TPP for buyer")
    assert finding_of(decision, "house/cap-1").house == "the house pack"
    assert decision.outcome == "prohibited"


def test_a_house_cap_is_left_out_of_what_the_law_alone_says() -> None:
    used_up = used("u", LPP_YEAR, ["buyer"], 26900000)
    both = of(LPP, house(LIMIT.format(1)), used_up)
    assert (both.status, both.by_law) == ("exceeds-cap", "exceeds-cap")
    open_fact = of(LPP, house(LIMIT.format(1)), destination="SA")
    assert (open_fact.status, open_fact.by_law) == ("exceeds-cap", "unresolved")
    refused = of(LPP, house(LIMIT.format(1)), origin="BR")
    assert refused.by_law == "ineligible"


def test_a_house_cap_of_other_days_is_not_asked() -> None:
    ended = house(LIMIT.format(1) + "until = 2025-09-01\n")
    assert of(LPP, ended).status == "available"
    assert of(LPP, house(LIMIT.format(1) + "until = 2025-09-02\n")).status == "exceeds-cap"


# ---- the standard authorizations


def test_aia_needs_partner_places_recipients_and_headquarters() -> None:
    german = people("buyer", headquarters="DE")
    assert candidate_of(decided(ledger_of(*german), destination="DE"), AIA).status == "available"
    chinese = party("trader", headquarters="CN")
    bought = decided(ledger_of(*german, chinese), destination="DE", purchaser="trader")
    assert candidate_of(bought, AIA).status == "ineligible"
    abroad = party("lab", headquarters="DE", location="BR")
    used_there = decided(ledger_of(*german, abroad), destination="DE", end_user="lab")
    assert candidate_of(used_there, AIA).status == "ineligible"


def test_uveu_draws_on_its_three_shares() -> None:
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        declared("s", quantity=1000, destination="US"),
        granted("u", UVEU),
    )
    found = candidate_of(decided(ledger, destination="MY"), UVEU)
    assert [f.cap for f in found.findings] == [
        "us-ear/uveu/outside-partners",
        "us-ear/uveu/country",
        "us-ear/uveu/outside-us",
    ]
    assert found.status == "available"
    inside = candidate_of(decided(ledger, destination="DE"), UVEU)
    assert [f.cap for f in inside.findings] == ["us-ear/uveu/outside-us"]


def test_the_owner_and_the_operator_hold_a_status_each() -> None:
    ledger = ledger_of(
        *people("buyer", "operator"), granted("n", NVEU, party="buyer", destinations=["BR"])
    )
    alone = candidate_of(decided(ledger, end_user="operator"), NVEU)
    assert (alone.status, holding(alone)["status"]) == ("ineligible", False)
    ledger.append(granted("o", NVEU, party="operator", destinations=["BR"]))
    assert candidate_of(decided(ledger, end_user="operator"), NVEU).status == "available"


def test_a_licence_is_available_while_its_line_covers_the_lot() -> None:
    found = of(LICENCE, licence(quantity=8), quantity=8)
    assert (found.status, found.findings[0].headroom_units) == ("available", 8)
    assert of(LICENCE, licence(quantity=8), quantity=9).status == "exceeds-cap"
    assert of(LICENCE, quantity=9).status == "ineligible"


def test_a_candidate_may_show_one_more_finding() -> None:
    found = of(LPP)
    assert found.with_finding(None) is found
    more = found.with_finding(found.findings[0])
    assert found.findings[0].decides is True
    shown_only = found.findings[0].model_copy(update={"decides": False})
    assert more.findings == (*found.findings, shown_only)
    assert (more.status, more.requirements) == (found.status, found.requirements)
    assert len(found.findings) == 2


def test_a_lot_before_a_period_begins_does_not_count_against_it() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nallowance = [{ tpp = 100 }]\n'
    period = house(rows + 'window = { kind = "period", first_on = 2027-01-01 }\n')
    assert decided(ledger_of(*people("buyer"), period)).outcome == "permitted"
