"""The decision once more, from the text of the rules: plain if and else, literal days and numbers.

It was written from the digest of the law, before its author read how `ledger` decides, and
shares nothing with it. Where the text leaves a choice, the reading that was chosen is named.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.reference.amounts import (
    allocation_fits,
    china_volume_fits,
    covers,
    has_left,
    lpp_fits,
    nveu_fits,
    reading,
    uveu_fits,
)
from tests.reference.facts import (
    EMBARGOED,
    EMBARGOED_SEAT,
    Known,
    all_seats,
    class_of,
    d5_or_macau,
    every,
    ic_tpp,
    is_class,
    is_partner,
    licence_destination,
    named,
    negated,
    parent_of,
    seated_in_d5,
    seats,
    some,
)
from tests.reference.listed import free_in_the_emirates
from tests.reference.world import UNKNOWN, Answer, Ask, World

US_FIRMS = frozenset({"Amazon", "Apple", "Google", "Meta", "Microsoft", "OpenAI", "Oracle", "xAI"})
MAKING = frozenset({"development", "production", "storage", "storage before onward export"})


@dataclass(frozen=True)
class Case:
    """A world, a request, and which of the two laws is asked about."""

    world: World
    ask: Ask
    posture: str

    @property
    def diffusion(self) -> bool:
        """Whether the AI Diffusion text decides: on the books, from its compliance day."""
        return self.posture == "on-the-books" and self.ask.on >= "2025-05-15"

    @property
    def item(self) -> str:
        return class_of(self.world, self.ask.device, self.ask.on)

    @property
    def crosses(self) -> bool:
        """Export, reexport and in-country transfer; what comes to the United States is free."""
        return self.ask.destination != "US"

    @property
    def to_d5(self) -> Known:
        return d5_or_macau(self.ask.destination, self.ask.on)

    @property
    def seated_d5(self) -> Known:
        return seated_in_d5(self.world, self.ask)


def decide_naively(world: World, ask: Ask, posture: str) -> Answer:
    if ask.on < "2022-10-21":
        return Answer("unresolved", None, None)
    case = Case(world, ask, posture)
    statuses = {
        "us-ear/nlr": _status(_nlr(case)),
        "us-ear/aca": _status(_open(case, _aca(case))),
        "us-ear/nac": _status(_open(case, _nac(case))),
        "us-ear/acm": _status(_open(case, _acm(case))),
        "us-ear/aia": _status(_open(case, _aia(case))),
        "us-ear/dc-veu": _status(_open(case, _dc_veu(case))),
        "us-ear/uveu": _capped(case, _uveu(case), uveu_fits),
        "us-ear/nveu": _capped(case, _nveu(case), nveu_fits),
        "us-ear/lpp": _capped(case, _lpp(case), lpp_fits),
        "us-ear/license": _licence(case),
    }
    for authorization, status in statuses.items():
        if status == "available":
            return Answer("permitted", authorization, None, statuses)
    if "unresolved" in statuses.values():
        return Answer("unresolved", None, None, statuses)
    return Answer("license-required", None, _review(case), statuses)


def _status(holds: Known) -> str:
    if holds is None:
        return "unresolved"
    return "available" if holds else "ineligible"


def _capped(case: Case, asked: Known, cap: Callable[[World, Ask], Known]) -> str:
    holds = _open(case, asked)
    if holds is False:
        return "ineligible"
    fits = cap(case.world, case.ask)
    return "exceeds-cap" if fits is False else _status(every(holds, fits))


# ---- what needs a licence


def _needed_2022(case: Case) -> Known:
    """87 FR 62186 and 88 FR 2821: a-class to China with Hong Kong, then to Macau."""
    day, destination = case.ask.on, case.ask.destination
    if day >= "2023-11-17" or not case.crosses:
        return False
    there: Known = destination in {"CN", "HK"}
    if destination == "MO":
        there = None if day == "2023-01-17" else day >= "2023-01-18"
    return every(is_class(case.item, "a"), there)


def _needed_2023(case: Case) -> Known:
    """88 FR 73458: D:1, D:4 and D:5 without A:5 and A:6."""
    if case.ask.on < "2023-11-17" or not case.crosses:
        return False
    there = licence_destination(case.ask.destination, case.ask.on)
    return every(is_class(case.item, "a", "b"), there)


def _needed_by_headquarters(case: Case) -> Known:
    """744.23(a)(3), then 742.6(a)(6)(iii): any party seated in Macau or D:5, to anywhere."""
    if case.ask.on < "2023-11-17" or not case.crosses:
        return False
    return every(is_class(case.item, "a", "b"), case.seated_d5)


def _needed_worldwide(case: Case) -> Known:
    """742.6(a)(6)(iii)(A) as the AI Diffusion rule wrote it."""
    if not case.diffusion or not case.crosses:
        return False
    return every(is_class(case.item, "a"), negated(_uae_free(case)))


def _needed_uae(case: Case) -> Known:
    """91 FR 43034: the Emirates leave D:4, and the requirement stays but for the listed."""
    if case.ask.on < "2026-07-10" or not case.crosses or case.ask.destination != "AE":
        return False
    return every(is_class(case.item, "a", "b"), negated(_uae_free(case)))


def _uae_free(case: Case) -> Known:
    return free_in_the_emirates(case.world, case.ask)


def _letter(case: Case) -> Known:
    """The letters of April 2025 to two makers: fast memory outside 3A090, to D:5 parties."""
    device = case.world.devices[case.ask.device]
    if case.ask.on < "2025-04-09" or not case.crosses:
        return False
    fast = None if device.dram_gbps is None else device.dram_gbps >= 1400
    told = None if device.vendor == "unstated" else device.vendor in {"NVIDIA", "AMD"}
    return every(is_class(case.item, "none"), told, fast, some(case.to_d5, case.seated_d5))


# ---- what a lot may go under


def _embargo_leaves_open(case: Case) -> Known:
    """Part 746: nothing but a licence to some destinations; with some headquarters, ask."""
    if not case.crosses:
        return True
    if case.ask.destination in EMBARGOED:
        return False
    places = [case.world.parties[party].location for party in named(case.ask)]
    for seat in [*all_seats(case.world, case.ask), *places]:
        if seat == UNKNOWN or seat in EMBARGOED_SEAT:
            return None
    return True


def _open(case: Case, holds: Known) -> Known:
    return every(holds, case.crosses, _embargo_leaves_open(case))


def _nlr(case: Case) -> Known:
    needed = some(
        _needed_2022(case),
        _needed_2023(case),
        _needed_by_headquarters(case),
        _needed_worldwide(case),
        _needed_uae(case),
    )
    letter = None if _letter(case) in {True, None} else True
    return every(negated(needed), letter, _embargo_leaves_open(case))


def _consumer_or_b(case: Case) -> Known:
    """740.8: not an item for data centers that meets 3A090.a."""
    if case.world.devices[case.ask.device].data_center:
        return is_class(case.item, "b")
    return is_class(case.item, "a", "b")


def _aca(case: Case) -> Known:
    if case.ask.on < "2024-04-04":
        return False
    inside = case.ask.transaction == "transfer"
    elsewhere = negated(case.seated_d5)
    if case.to_d5 is None:  # D:5 or not: what both allow is allowed, what both bar is barred
        there = some(None, elsewhere) if inside else every(None, elsewhere)
    else:
        there = inside if case.to_d5 else elsewhere
    return every(_consumer_or_b(case), there)


def _nac(case: Case) -> Known:
    if case.ask.on < "2023-11-17":
        return False
    transfer = case.ask.transaction == "transfer"
    if case.ask.on < "2024-04-04":
        barred = every(transfer, negated(case.to_d5), case.seated_d5)
        return every(_consumer_or_b(case), negated(barred))
    return every(_consumer_or_b(case), not transfer, some(case.to_d5, case.seated_d5))


def _clean(case: Case) -> Known:
    """Neither to Macau or D:5, nor any party seated there."""
    return every(negated(case.to_d5), negated(case.seated_d5))


def _acm(case: Case) -> Known:
    """740.28: makers and stores that no government but that of the United States owns."""
    if not case.diffusion or case.ask.end_use not in MAKING:
        return False
    private: list[Known] = []
    for party in (case.ask.consignee, case.ask.end_user):
        private += [_private(case, party), _private(case, parent_of(case.world, party))]
    return every(is_class(case.item, "a", "b"), *private, _clean(case))


def _private(case: Case, party: str) -> Known:
    if party == UNKNOWN:
        return None
    facts = case.world.parties[party]
    if facts.kind != "government":
        return None if facts.kind == "university" else True
    return None if facts.headquarters == UNKNOWN else facts.headquarters == "US"


def _aia(case: Case) -> Known:
    """740.27: recipients located in Supp. No. 5(a), and every party and parent seated there."""
    if not case.diffusion:
        return False
    inside = [is_partner(seat) for seat in all_seats(case.world, case.ask)]
    places = [case.world.parties[p].location for p in (case.ask.consignee, case.ask.end_user)]
    inside += [is_partner(place) for place in [case.ask.destination, *places]]
    return every(is_class(case.item, "a"), *inside)


def _held(case: Case, authorization: str) -> bool:
    """Whether the owner holds a status for this destination, and the operator one of its own."""
    own = {"us-ear/dc-veu"} if authorization == "us-ear/dc-veu" else {"us-ear/uveu", "us-ear/nveu"}
    return _holds(case, case.ask.consignee, {authorization}) and _holds(
        case, case.ask.end_user, own
    )


def _holds(case: Case, party: str, authorizations: set[str]) -> bool:
    return any(
        one.party == party
        and one.authorization in authorizations
        and one.first <= case.ask.on < one.until
        and (not one.destinations or case.ask.destination in one.destinations)
        for one in case.world.statuses
    )


def _dc_veu(case: Case) -> Known:
    """89 FR 80080, until the AI Diffusion rule split it; enforced, it still stands."""
    if case.ask.on < "2024-10-02" or case.diffusion:
        return False
    held = _held(case, "us-ear/dc-veu")
    return every(is_class(case.item, "a", "b"), held, _clean(case))


def _uveu(case: Case) -> Known:
    if not case.diffusion:
        return False
    held = _held(case, "us-ear/uveu")
    partner = some(*(is_partner(seat) for seat in seats(case.world, case.ask.consignee)))
    return every(is_class(case.item, "a", "b"), held, partner, _clean(case))


def _nveu(case: Case) -> Known:
    if not case.diffusion:
        return False
    held = _held(case, "us-ear/nveu")
    return every(is_class(case.item, "a", "b"), held, _clean(case))


def _lpp(case: Case) -> Known:
    """740.29; where 740.2(a)(9)(ii) leaves LPP out, a signed reading decides."""
    if not case.diffusion or case.ask.transaction not in {"export", "reexport"}:
        return False
    conflict = licence_destination(case.ask.destination, case.ask.on)
    listed = some(negated(conflict), _lpp_reading(case))
    return every(is_class(case.item, "a"), _clean(case), listed)


def _lpp_reading(case: Case) -> Known:
    value = reading(case.world, "us-ear/lpp-in-d1-d4", case.ask.on)
    return None if not value else value == "available"


def _licence(case: Case) -> str:
    lines = [one for one in case.world.licences if covers(case.ask, one)]
    if any(has_left(case.world, case.ask, one) for one in lines):
        return "available"
    return "exceeds-cap" if lines else "ineligible"


# ---- how a licence would be reviewed


def _review(case: Case) -> str | None:
    window = _china_window(case)
    if window is None:
        return None
    if window:
        fits = china_volume_fits(case.world, case.ask)
        return "case-by-case" if fits else "presumption-of-denial"
    if case.diffusion:
        return _review_of_2025(case)
    if case.ask.on >= "2023-11-17":
        tainted = every(is_class(case.item, "a", "b"), _tainted(case))
        return "presumption-of-denial" if tainted else None
    return "presumption-of-denial" if _needed_2022(case) else None


def _tainted(case: Case) -> Known:
    """To Macau or D:5, or a party seated there; a destination in doubt leaves the review open."""
    return None if case.to_d5 is None else some(case.to_d5, case.seated_d5)


def _china_window(case: Case) -> Known:
    """91 FR 1684: from the United States to an end user in China or Macau, below two numbers."""
    ask, device = case.ask, case.world.devices[case.ask.device]
    if ask.on < "2026-01-15" or ask.transaction != "export":
        return False
    there = {"CN", "HK", "MO"}
    places = {ask.destination} | {
        case.world.parties[party].location for party in (ask.consignee, ask.end_user)
    }
    if not places <= there or ic_tpp(device) >= 21000:
        return False
    slow = None if device.dram_gbps is None else device.dram_gbps < 6500
    return every(is_class(case.item, "a", "b"), slow)


def _review_of_2025(case: Case) -> str | None:
    """742.6(b)(10)(iii) and (iv)."""
    tainted = _tainted(case)
    if case.item in {"none", UNKNOWN} or tainted is None:
        return None
    if tainted:
        return "presumption-of-denial"
    if case.item == "b":
        return "presumption-of-approval"
    partner = some(
        is_partner(case.ask.destination),
        *(is_partner(seat) for seat in seats(case.world, case.ask.consignee)),
    )
    fits = True if partner else allocation_fits(case.world, case.ask)
    if partner is None or fits is None:
        return None
    return "presumption-of-approval" if fits else "policy-of-denial"
