from ledger.core.candidates import Candidate
from ledger.core.events import AnyEvent
from ledger.core.requirements import RequirementFound
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


def by_row(found: Candidate) -> dict[str, RequirementFound]:
    return {requirement.row: requirement for requirement in found.requirements}


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
    found = of("toy/leave", toy('values = ["BR"]'), on="2022-10-20")
    assert found.status == "unresolved"
    assert holding(found)["coverage"] is None
    assert "no adopted pack covers that day and posture" in [r.found for r in found.requirements]


def test_a_provision_that_does_not_decide_makes_it_ineligible() -> None:
    ledger = ledger_of(*people("buyer"))
    found = candidate_of(decided(ledger, "enforced"), LPP)
    assert (found.status, holding(found)["provision"]) == ("ineligible", False)
    assert found.because == (
        "needs us-ear/ai-diffusion in effect; found it does not decide on 2025-09-01 as enforced "
        "(15 CFR 740.29)"
    )
    nlr = candidate_of(decided(ledger, "enforced"), "us-ear/nlr")
    assert "us-ear/worldwide-a-class" not in {requirement.row for requirement in nlr.requirements}
    assert nlr.status == "available"


# ---- no licence required


def test_nlr_is_closed_where_a_rule_asks_for_a_licence() -> None:
    found = of("us-ear/nlr")
    assert found.status == "ineligible"
    asked = by_row(found)["us-ear/worldwide-a-class"]
    assert asked.holds is False
    assert asked.found == "it applies: a-class (meets 3A090.a.1); export; BR"
    assert asked.sources == ("device-h100-2020-01-01", "the request")
    assert asked.cite == "15 CFR 742.6(a)(6)(iii)(A)"


def test_nlr_is_open_where_no_rule_asks_for_a_licence() -> None:
    h20 = device("h20", "2368", performance_density="2.91")
    found = of("us-ear/nlr", h20, device="h20")
    assert found.status == "available"
    asked = by_row(found)["us-ear/worldwide-a-class"]
    assert asked.found.startswith("it does not apply: none (meets no paragraph")
    domestic = of("us-ear/nlr", destination="US")
    assert (domestic.status, domestic.findings) == ("available", ())


def test_nlr_is_open_to_nobody_whose_class_is_not_known() -> None:
    found = of("us-ear/nlr", device("dark", "3000", performance_density=None), device="dark")
    assert found.status == "unresolved"
    asked = by_row(found)["us-ear/worldwide-a-class"]
    assert asked.found.startswith("it may apply: unknown (3A090.a.2 depends on performance density")


def test_what_is_not_modelled_leaves_nlr_open_where_it_may_matter() -> None:
    fast = device("fast", "1000", performance_density="1", dram_bandwidth_gbps="4000")
    found = of("us-ear/nlr", fast, device="fast", destination="CN")
    assert found.status == "unresolved"
    gap = by_row(found)["us-ear/gap/company-letters-destination"]
    assert (gap.fact, gap.holds) == ("not_modelled", None)
    assert "not_modelled" not in holding(of("us-ear/nlr", fast, device="fast"))


def test_an_exemption_opens_nlr_to_those_whom_it_frees() -> None:
    """The Emirates' government needs no licence from 2026-07-10 on (91 FR 43034)."""
    ministry = party("ministry", headquarters="AE", party_kind="government")
    lot = {"destination": "AE", "ultimate_consignee": "ministry"}
    found = [of("us-ear/nlr", ministry, **lot, on=day) for day in ("2026-07-09", "2026-07-10")]
    assert [one.status for one in found] == ["ineligible", "available"]
    asked = by_row(found[1])["us-ear/uae-2026/emirates"]
    assert "ministry (ultimate_consignee) named in us-ear/uae-licence-free" in asked.found
    unnamed = of("us-ear/nlr", destination="AE", on="2026-07-10")
    assert unnamed.status == "ineligible"


def test_a_licence_requirement_that_is_unconfirmed_leaves_nlr_open() -> None:
    rows = '[[licence_requirement]]\nid = "toy/asked"\ntitle = "a licence"\ncite = "toy 1"\n'
    rows += 'provision = "us-ear/ac-2023"\nevidence = "UNCONFIRMED"\n'
    rows += 'when = [{ fact = "destination", values = ["US"] }]\n'
    pack = adopted(pack_text(rows))
    found = of("us-ear/nlr", pack, destination="US")
    assert (found.status, by_row(found)["toy/asked"].holds) == ("unresolved", None)
    elsewhere = of("us-ear/nlr", pack, device("a30", "100"), device="a30")
    assert by_row(elsewhere)["toy/asked"].holds is True


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


# ---- what stands before every authorization


def before(stop: str, authorization: str, *events: AnyEvent, **lot: object) -> Candidate:
    """A candidate of a lot to Chile, which a toy stop stops."""
    rows = f'[[stop]]\nid = "toy"\ntitle = "Chile"\ncite = "toy 9"\neffect = "{stop}"\n'
    rows += "lifted_by_licence = true\n"
    rows += 'when = [{ fact = "destination", values = ["CL"] }]\n'
    return of(authorization, adopted(pack_text(rows)), *events, destination="CL", **lot)


def test_a_stop_closes_every_authorization_but_a_licence() -> None:
    found = before("license-required", LPP)
    assert (found.status, found.stopped, found.findings) == ("ineligible", True, ())
    assert found.because == "needs nothing that stops the lot: Chile; found CL (toy 9)"
    assert (by_row(found)["toy"].fact, by_row(found)["toy"].sources) == ("stop", ("the request",))
    line = licence(destinations=["CL"])
    held = before("license-required", LICENCE, line)
    assert (held.status, held.stopped) == ("available", False)
    none = before("license-required", LICENCE)
    assert (none.status, none.stopped) == ("ineligible", False), "its own reason: no line"


def test_a_prohibition_closes_a_licence_too() -> None:
    found = before("prohibited", LICENCE, licence(destinations=["CL"]))
    assert (found.status, found.stopped) == ("ineligible", True)


def test_a_doubt_leaves_an_authorization_open_and_a_cap_that_is_passed_goes_before_it() -> None:
    found = before("unresolved", LPP)
    assert (found.status, found.stopped) == ("unresolved", True)
    assert found.because == "CL: needs nothing that stops the lot: Chile (toy 9)"
    full = before("unresolved", LPP, used("u", LPP_YEAR, ["buyer"], 26900000))
    assert (full.status, full.stopped) == ("exceeds-cap", False)
    open_fact = of(LPP, destination="SA")
    assert (open_fact.status, open_fact.stopped) == ("unresolved", False)


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
