from ledger.core.candidates import Candidate, Ground
from ledger.core.events import AnyEvent
from ledger.core.footing import Footing
from ledger.core.law.row import Posture
from ledger.core.requirements import Requirements
from ledger.core.review import LicenceReview
from tests.core.asking import situation
from tests.core.builders import AIA, ALLOCATION, LICENCE, LPP, LPP_YEAR, list_adopted, party

FRAMEWORK = "us-ear/ai-diffusion"
NOTICE = "us-ear/lpp/shipment-notice"


def footing(*events: AnyEvent, posture: Posture = "on-the-books", **lot: object) -> Footing:
    return Footing(Requirements(situation(*events, **lot)), posture)


def of(found: Footing, authorization: str) -> Candidate | Ground:
    for one in found.candidates:
        if authorization == (one.row.id if isinstance(one, Ground) else one.authorization):
            return one
    raise KeyError(authorization)


def test_what_draws_on_a_cap_is_left_to_be_weighed() -> None:
    lpp = of(footing(), LPP)
    assert isinstance(lpp, Ground)
    assert lpp.caps == (LPP_YEAR, NOTICE)
    assert all(one.holds for one in lpp.requirements)


def test_what_draws_on_none_or_fails_is_a_candidate_already() -> None:
    licence, aia = of(footing(), LICENCE), of(footing(), AIA)
    assert [getattr(one, "status", None) for one in (licence, aia)] == ["ineligible"] * 2


def test_a_forced_authorization_is_the_only_one_that_is_asked() -> None:
    (only,) = footing(authorization=LPP).candidates
    assert isinstance(only, Ground)
    assert only.row.id == LPP


def test_each_posture_has_its_footing() -> None:
    books, enforced = footing(), footing(posture="enforced")
    assert isinstance(of(books, LPP), Ground)
    closed = of(enforced, LPP)
    assert isinstance(closed, Candidate)
    assert [one.fact for one in closed.requirements if one.holds is False] == ["provision"]


def test_a_stop_stands_before_every_authorization() -> None:
    found = footing(list_adopted(), party("evil", name="Evil Chips"), end_user="evil")
    assert [one.row.id for one in found.stops] == ["us-ear/stop/entity-list"]
    assert {getattr(one, "status", None) for one in found.candidates} == {"ineligible"}


def test_the_review_of_a_licence_is_a_row_where_a_cap_decides() -> None:
    assert getattr(footing().review, "cap", None) == ALLOCATION
    china = footing(destination="CN").review
    assert isinstance(china, LicenceReview)
    assert china.policy == "presumption-of-denial"


def test_duties_are_found_once_with_the_thresholds_that_they_wait_for() -> None:
    lot = situation()
    found = Footing(Requirements(lot), "on-the-books")
    duties = found.duties(LPP, lot)
    assert found.duties(LPP, lot) is duties
    waiting = {duty.duty: cap for duty, cap in duties}
    assert NOTICE in waiting.values()
    assert None in waiting.values()
    assert found.duties("us-ear/none-such", lot) == []


def test_an_answer_has_the_status_of_what_it_rests_on() -> None:
    lot = situation()
    found = Footing(Requirements(lot), "enforced")
    notes = found.notes(frozenset({LPP}), lot)
    assert found.notes(frozenset({LPP}), lot) is notes
    assert FRAMEWORK in {one.provision for one in notes}
    dated = "us-ear/dc-veu-2024"
    provisions = {one.provision for one in found.notes(frozenset({"us-ear/dc-veu"}), lot)}
    assert dated in provisions - {one.provision for one in notes}
