"""What stands behind a lot that was imported: a decision derived now, under both postures."""

from pathlib import Path
from typing import Any

import pytest

from ledger.core.derivation import Derivation
from ledger.core.encoding import event_data
from ledger.core.events import AnyEvent
from ledger.service.explaining import explain
from ledger.service.settings import change
from tests.china import CAP, UNIT, chinese, gone, under
from tests.core.builders import (
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    exported,
    licence,
    on,
    party,
    reserved,
    used,
)
from tests.service import files
from tests.service.lots import (
    answer_to,
    asked,
    decision_of,
    explained,
    export,
    finding_of,
    reserved_as,
)
from tests.store.ledgers import LPP_UNITS, SIZE, head_of, put

NLR = "us-ear/nlr"


def imported(url: str, folder: Path, *events: AnyEvent) -> None:
    file = files.lines(folder / "lots.jsonl", [event_data(event) for event in events])
    assert files.run(url, file).appended == len(events)


# ---- the decision that nobody made


def test_the_decision_on_an_imported_lot_is_derived_at_the_head_before_it(
    url: str, tmp_path: Path
) -> None:
    imported(url, tmp_path, exported("e1", quantity=1000), exported("e2", quantity=500))
    found = explained(url, "e2")
    assert found.derived
    assert found.decision is not None
    assert (found.decision.outcome, found.decision.authorization) == ("permitted", LPP)
    assert found.decision.as_of.size == SIZE + 1
    assert finding_of(found.decision, LPP_YEAR).headroom_units == LPP_UNITS - 1000
    assert (found.decision.request.quantity, found.decision.request.on) == (500, on("2025-08-01"))
    assert found.as_data()["derived"] is True


def test_what_came_later_changes_nothing_of_a_derived_decision(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, exported("e1", quantity=1000))
    before = explained(url, "e1")
    put(
        url,
        used("u", LPP_YEAR, ["buyer"], 26900000),
        party("buyer", on="2025-01-15", location="CN"),
    )
    change(url, "posture/default", "enforced", reason="a test", on=on("2020-01-01"))
    after = explained(url, "e1")
    assert (after.decision, after.other) == (before.decision, before.other)


def test_a_lot_that_broke_a_cap_says_so(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, exported("e1", quantity=LPP_UNITS + 1))
    decision = explained(url, "e1").decision
    assert decision is not None
    assert (decision.outcome, decision.authorization) == ("license-required", None)


def test_an_imported_reservation_is_explained_as_well(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, reserved("r1", quantity=10))
    found = explained(url, "r1")
    assert found.derived
    assert found.decision is not None
    assert found.decision.outcome == "permitted"


def test_an_imported_lot_from_a_reservation_does_not_count_it_twice(
    url: str, tmp_path: Path
) -> None:
    imported(
        url,
        tmp_path,
        reserved("r1", quantity=LPP_UNITS),
        exported("e1", quantity=LPP_UNITS, reservation="r1"),
    )
    decision = explained(url, "e1").decision
    assert decision is not None
    assert (decision.outcome, decision.without) == ("permitted", "r1")


def test_an_imported_lot_under_a_named_line_is_decided_under_that_line(
    url: str, tmp_path: Path
) -> None:
    put(url, used("u", LPP_YEAR, ["buyer"], 26900000), licence("D1"), licence("D2", quantity=3))
    imported(
        url,
        tmp_path,
        exported("e1", quantity=5, authorization=LICENCE, reference="D2", line=1),
    )
    decision = explained(url, "e1").decision
    assert decision is not None
    assert finding_of(decision, "us-ear/license/line").holder == ("D2", "1")
    assert decision.outcome == "license-required"


@pytest.mark.parametrize("posture", ["on-the-books", "enforced"])
def test_the_default_posture_of_the_lots_day_derives_the_decision(
    posture: str, url: str, tmp_path: Path
) -> None:
    change(url, "posture/default", posture, reason="a test", on=on("2025-08-01"))
    imported(url, tmp_path, exported("e1", quantity=10), exported("e2", on="2025-07-31"))
    found = explained(url, "e1")
    assert found.decision is not None
    assert found.other is not None
    assert {found.decision.posture, found.other.posture} == {"on-the-books", "enforced"}
    assert found.decision.posture == posture
    earlier = explained(url, "e2").decision
    assert earlier is not None
    assert earlier.posture == "on-the-books"


def test_what_is_no_lot_has_no_decision(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, party("newcomer"))
    found = explained(url, "party-newcomer-2020-01-01")
    assert (found.decision, found.other, found.derived) == (None, None, False)
    data = found.as_data()
    assert (data["decision"], data["other_posture"], data["changes"]) == (None, None, [])


# ---- the decision that was made


def test_a_decision_that_was_made_is_not_derived(url: str) -> None:
    made = reserved_as("r1", url, 10)
    found = explained(url, "r1")
    assert (found.decision, found.derived) == (decision_of(made), False)


def test_the_other_posture_is_decided_at_the_same_head_on_the_same_lot(url: str) -> None:
    reserved_as("r0", url, 100)
    made = decision_of(export(url, "e1", **asked(5000, authorization="unknown")))
    put(url, exported("later", quantity=500))
    found = explained(url, "e1")
    assert found.decision == made
    assert found.other is not None
    assert (found.other.posture, found.other.as_of) == ("enforced", made.as_of)
    assert (found.other.request, found.other.without) == (made.request, made.without)
    assert (made.outcome, made.authorization) == ("license-required", None)
    assert (found.other.outcome, found.other.authorization) == ("permitted", NLR)
    assert made.other_posture is not None
    assert (made.other_posture.outcome, made.other_posture.authorization) == ("permitted", NLR)
    data = found.as_data()
    assert data["other_posture"]["authorization"] == NLR


def test_a_decision_made_as_enforced_has_the_books_beside_it(url: str) -> None:
    change(url, "posture/default", "enforced", reason="a test", on=on("2025-01-01"))
    made = decision_of(reserved_as("r1", url, 5000))
    found = explained(url, "r1")
    assert found.decision == made
    assert found.other is not None
    assert (found.other.posture, found.other.outcome) == ("on-the-books", "license-required")


def test_the_other_posture_uses_the_reservation_up_too(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS)
    change(url, "posture/default", "enforced", reason="a test", on=on("2025-01-01"))
    export(url, "e1", on="2025-09-01", reservation="r1")
    found = explained(url, "e1")
    assert found.other is not None
    assert (found.other.posture, found.other.outcome) == ("on-the-books", "permitted")


# ---- what would change it, and where it stands


def test_what_would_change_the_answer_is_told_for_programs(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, exported("e1", quantity=LPP_UNITS + 1))
    told: list[dict[str, Any]] = explained(url, "e1").as_data()["changes"]
    assert all(one["opens"] for one in told)
    (lpp,) = [one for one in told if one["authorization"] == LPP]
    (missing,) = lpp["missing"]
    assert missing["row"] == LPP_YEAR
    assert missing["needs"] == "at most 26,900,000 TPP for buyer"
    (nveu,) = [one for one in told if one["authorization"] == NVEU]
    assert NVEU in [one["row"] for one in nveu["missing"]]


def test_the_facts_of_an_answer_name_the_events_in_which_they_stand(
    url: str, tmp_path: Path
) -> None:
    imported(url, tmp_path, exported("e1", quantity=10))
    decision = explained(url, "e1").decision
    assert decision is not None
    requirements = [r for c in decision.candidates for r in c.requirements]
    events = {source for r in requirements for source in r.sources}
    assert {"party-buyer-2020-01-01", "device-h100-2020-01-01", "the request"} <= events
    assert all(r.row for r in requirements)
    named = events - {"the request"}
    for source in named:
        assert explained(url, source).entry.event.id == source


def test_a_fact_stands_in_the_version_of_its_day(url: str, tmp_path: Path) -> None:
    put(url, party("buyer", on="2025-07-01", location="CL"))
    imported(url, tmp_path, exported("e1"), exported("e2", on="2025-06-30"))
    sources = []
    for event_id in ("e1", "e2"):
        decision = explained(url, event_id).decision
        assert decision is not None
        found = {s for c in decision.candidates for r in c.requirements for s in r.sources}
        sources.append({s for s in found if s.startswith("party-buyer")})
    assert sources == [{"party-buyer-2025-07-01"}, {"party-buyer-2020-01-01"}]


def test_a_status_stands_in_its_grant(url: str) -> None:
    lot = asked(ultimate_consignee="op-ae", destination="AE")
    decision = answer_to(url, **lot).decision
    nveu = next(c for c in decision.candidates if c.authorization == NVEU)
    assert "grant-N-AE" in {source for r in nveu.requirements for source in r.sources}


def test_an_entry_says_which_row_of_which_file_it_came_from(url: str, tmp_path: Path) -> None:
    imported(url, tmp_path, exported("e1"), exported("e2"))
    batch = explained(url, "e2").as_data()["envelope"]["batch"]
    assert batch["row"] == 2
    assert len(batch["file"]) == 64


# ---- the half of China and Macau, from the stored totals


def test_a_ratio_is_derived_from_both_sides(url: str) -> None:
    put(
        url,
        party("cn", headquarters="CN", location="CN"),
        gone("old", "US", 50, "2026-01-14"),
        gone("first", "US", 20, "2026-01-15"),
        gone("next", "US", 10, "2026-02-01"),
        chinese("D1", 6, until="2026-12-01"),
        gone("cn-1", "CN", 4, "2026-02-03", **under("D1")),
        gone("hk", "HK", 3, "2026-01-20"),
        gone("mo-old", "MO", 3, "2026-01-10"),
    )
    found = explain(url, CAP, ("h100",), on=on("2026-03-01"))
    assert isinstance(found, Derivation)
    assert [part.event for part in found.against] == ["first", "next"]
    assert [part.event for part in found.counted if part.kind == "exported"] == ["hk", "cn-1"]
    assert found.finding.allowance_tpp == 15 * UNIT
    assert (found.finding.drawdown_tpp, found.finding.reserved_tpp) == (7 * UNIT, 2 * UNIT)
    assert found.finding.headroom_tpp == 6 * UNIT
    assert head_of(url).size == SIZE + 8
