from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import InvalidRequest, NotFound
from ledger.service.checking import check, overdue_holds
from tests.core.builders import LPP, LPP_YEAR, exported, on, party, reserved, reversed_
from tests.service.lots import answer_to, asked, finding_of
from tests.store.ledgers import LPP_UNITS, SIZE, head_of, opened, put, stored


def test_a_lot_under_the_cap_is_permitted_and_nothing_is_written(url: str) -> None:
    before = stored(url)
    decision = answer_to(url, LPP_UNITS).decision
    assert (decision.outcome, decision.authorization) == ("permitted", LPP)
    finding = finding_of(decision, LPP_YEAR)
    assert (finding.headroom_units, finding.fits) == (LPP_UNITS, True)
    assert stored(url) == before


def test_a_lot_past_the_cap_is_not_and_the_answer_says_what_would_go(url: str) -> None:
    put(url, exported("e1", quantity=1000))
    answer = answer_to(url, 800)
    assert answer.decision.outcome == "license-required"
    changes = {(one.change, one.value) for one in answer.alternatives}
    assert ("quantity", LPP_UNITS - 1000) in changes
    assert ("on", on("2026-01-01")) in changes


def test_the_answer_for_programs_holds_the_alternatives(url: str) -> None:
    data = answer_to(url, LPP_UNITS + 1).as_data()
    assert data["outcome"] == "license-required"
    assert {"change": "quantity", "value": LPP_UNITS, "authorization": LPP} in data["alternatives"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": "h999"}, "device: the device 'h999' is not classified. Record device"),
        ({"ultimate_consignee": "who"}, "ultimate_consignee: the party 'who' is not registered"),
        ({"end_user": "who"}, "end_user: the party 'who' is not registered. Record party"),
        ({"exporter": "who"}, "exporter: the party 'who' is not registered"),
        ({"purchaser": "who"}, "purchaser: the party 'who' is not registered"),
        ({"intermediate_consignees": ["buyer", "who"]}, r"intermediate_consignees\[1\]: the party"),
        ({"authorization": "us-ear/x"}, "authorization: no adopted pack knows .* or leave it out"),
    ],
)
def test_an_unknown_id_inside_a_request_is_bad_input(
    changes: dict[str, Any], said: str, url: str
) -> None:
    with pytest.raises(InvalidRequest, match=said) as caught:
        answer_to(url, **changes)
    assert caught.value.exit_status == 2


def test_a_party_that_was_taken_back_is_not_known(url: str) -> None:
    put(url, reversed_("x", "party-buyer-2020-01-01"))
    with pytest.raises(InvalidRequest, match="the party 'buyer' is not registered"):
        answer_to(url)


def test_the_other_posture_is_another_question(url: str) -> None:
    found = check(url, asked(), posture="enforced").decision
    assert found.posture == "enforced"
    assert found.decision_id != answer_to(url).decision.decision_id


def test_the_same_head_gives_the_same_answer_whatever_came_later(url: str) -> None:
    put(url, exported("e1", quantity=1000))
    then = head_of(url).size
    first = check(url, asked(900)).as_data()
    put(url, exported("e2", quantity=600), party("buyer", on="2025-03-01", headquarters="CN"))
    put(url, reversed_("x", "e1"))
    assert check(url, asked(900), as_of=then).as_data() == first
    assert check(url, asked(900)).as_data() != first


@pytest.mark.parametrize("as_of", [-1, SIZE + 1, 10**30])
def test_a_size_that_was_not_reached_is_not_found(as_of: int, url: str) -> None:
    with pytest.raises(NotFound, match=f"--as-of: the ledger has {SIZE} entries"):
        check(url, asked(), as_of=as_of)


def test_overdue_holds_are_listed_and_still_counted(url: str, clock: FrozenDateTimeFactory) -> None:
    put(url, reserved("b", quantity=600, hold_until="2026-02-01"))
    put(url, reserved("a", quantity=400, hold_until="2026-02-02"))
    put(url, reserved("c", quantity=1, hold_until="2026-03-02"))
    answer = answer_to(url)
    assert answer.overdue == ("b", "a")
    finding = finding_of(answer.decision, LPP_YEAR)
    assert str(finding.reserved_tpp) == str(1001 * 15832)
    clock.move_to("2026-03-02")
    assert answer_to(url).overdue == ("b", "a", "c")


def test_overdue_holds_are_the_same_at_the_head_and_as_of_it(url: str) -> None:
    put(url, reserved("b", hold_until="2026-02-01"), reserved("a", hold_until="2026-02-02"))
    with opened(url) as ledger, ledger.reading() as prefix:
        at_the_head = overdue_holds(prefix, on("2026-03-01"))
        then = ledger.prefix_at(prefix.head.size)
        assert sorted(overdue_holds(then, on("2026-03-01"))) == sorted(at_the_head)
