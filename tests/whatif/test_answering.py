"""Each question's answer is what the core says of the very same."""

from datetime import date
from typing import Any

import pytest

from ledger.core.decision import decide
from ledger.core.errors import InvalidInput, InvalidRequest, LedgerError, NotFound
from ledger.core.lots import Request
from ledger.core.values import Tpp
from ledger.service.checking import check
from ledger.service.overview import Filters, headroom
from ledger.whatif.answering import why
from ledger.whatif.worlds import World
from tests.whatif.asking import CLOUD, DOUBLED, TABLE, UNI, asked, column, in_world

LPP = "us-ear/lpp/parent-year"


def row(table: Any, **key: object) -> dict[str, Any]:  # noqa: ANN401 -- a table
    names = [one.name for one in table.columns]
    rows = [dict(zip(names, cells, strict=True)) for cells in table.rows]
    (found,) = [one for one in rows if all(one[name] == value for name, value in key.items())]
    return found


def test_a_decision_is_that_of_a_check(example_url: str) -> None:
    lots = [{**CLOUD, "quantity": 5000}, {**UNI, "quantity": 1200}]
    table = asked(example_url, {"ask": "decide", "lots": lots})
    for number, lot in enumerate(lots):
        known = check(example_url, lot).decision
        found = table.as_data()[number]
        assert found["outcome"] == known.outcome
        assert found["authorization"] == known.authorization
        assert found["decision_id"] == known.decision_id
        assert found["why"] == why(known)
    assert table.as_data()[0]["why"].startswith("us-ear/nveu is available: ")
    assert table.as_data()[1]["why"].startswith("us-ear/lpp is over a cap: ")
    assert table.as_data()[0]["binding_cap"] == TABLE
    assert table.as_data()[1]["binding_cap"] == LPP
    assert table.as_data()[0]["lot"] == (
        "5,000 nvidia-gb300-gpu to example-cloud-ae in AE on 2026-11-23"
    )


def test_a_forced_authorization_stands_in_what_a_lot_is_called(example_url: str) -> None:
    lots = [{**UNI, "quantity": 1, "authorization": LPP.rsplit("/", 1)[0]}]
    table = asked(example_url, {"ask": "decide", "lots": lots})
    assert column(table, "lot")[0].endswith(" under us-ear/lpp")


def test_every_authorization_says_how_it_stands(example_url: str) -> None:
    lot = {**CLOUD, "quantity": 60_000}
    table = asked(example_url, {"ask": "authorizations", "lots": [lot]})
    known = {c.authorization: c.status for c in check(example_url, lot).decision.candidates}
    names = column(table, "authorization"), column(table, "status")
    assert dict(zip(*names, strict=True)) == known
    assert row(table, authorization="us-ear/nveu")["status"] == "exceeds-cap"
    assert row(table, authorization="us-ear/nveu")["binding_cap"] == TABLE


def test_the_largest_quantity_goes_and_one_more_does_not(example_url: str) -> None:
    table = asked(example_url, {"ask": "largest", "lots": [CLOUD, UNI]})
    for number, lot in enumerate((CLOUD, UNI)):
        quantity = column(table, "quantity")[number]
        outcomes = [
            check(example_url, {**lot, "quantity": n}).decision.outcome
            for n in (quantity, quantity + 1)
        ]
        assert outcomes[0] == "permitted"
        assert outcomes[1] != "permitted"
        assert column(table, "limited")[number] == "yes"


def test_the_earliest_day_is_the_first_on_which_the_lot_goes(example_url: str) -> None:
    lots = [{**UNI, "quantity": 1200}, {**UNI, "quantity": 10}, {**UNI, "quantity": 10_000}]
    table = asked(example_url, {"ask": "earliest", "lots": lots})
    assert column(table, "on") == [date(2027, 1, 1), date(2026, 11, 23), None]
    assert column(table, "authorization") == ["us-ear/lpp", "us-ear/lpp", None]

    def outcomes(world: World) -> list[str]:
        requests = [
            Request.model_validate({**lots[0], "on": d}) for d in ("2026-12-31", "2027-01-01")
        ]
        return [decide(one, world.law, world.prefix).outcome for one in requests]

    assert in_world(example_url, outcomes) == ["license-required", "permitted"]


def test_headroom_is_that_of_the_overview(example_url: str) -> None:
    table = asked(example_url, {"ask": "headroom", "days": ["2026-12-31"]})
    known = headroom(example_url, Filters(), on=date(2026, 12, 31)).findings
    drawn = {(f.cap, ", ".join(f.holder)): f for f in known if f.drawdown_tpp or f.reserved_tpp}
    found = {(row[1], row[2]): row for row in table.rows}
    assert {key: found[key][6] for key in drawn} == {k: f.headroom_tpp for k, f in drawn.items()}
    # Beside them stand parties of which a limit is not drawn on, with all of it.
    rest = [row for key, row in found.items() if key not in drawn]
    assert {row[1] for row in rest} >= {LPP}
    assert all((row[4], row[5]) == (0, 0) for row in rest)


def test_a_cap_that_nobody_draws_on_yet_is_told_for_the_parties_it_may_concern(
    example_url: str,
) -> None:
    halved = {"cap": LPP, "from": "2027-01-01", "allowance_percent": 50}
    question = {"ask": "headroom", "days": ["2027-06-30"], "cap": LPP}
    bare, cut = asked(example_url, question), asked(example_url, question, law=[halved])
    place = column(bare, "holder").index("example-hyperscaler")
    assert column(bare, "headroom_tpp")[place] == Tpp.of(26_900_000)
    assert column(cut, "headroom_tpp")[place] == Tpp.of(13_450_000)


def test_lots_may_be_decided_one_after_the_other(example_url: str) -> None:
    lots = [{**UNI, "quantity": 1000, "on": day} for day in ("2027-02-01", "2027-03-01")]
    alone = asked(example_url, {"ask": "decide", "lots": lots})
    together = asked(example_url, {"ask": "decide", "lots": lots, "together": True})
    assert column(alone, "outcome") == ["permitted", "permitted"]
    assert column(together, "outcome") == ["permitted", "license-required"]
    assert column(together, "headroom_units")[1] == 1699 - 1000 - 30
    ids = column(alone, "decision_id"), column(together, "decision_id")
    assert ids[0][0] == ids[1][0]
    assert ids[0][1] != ids[1][1]


def test_a_day_on_which_a_group_changes_is_among_those_that_are_tried(example_url: str) -> None:
    joins = {"group": "us-ear/partners", "from": "2027-02-10", "until": "2027-02-20", "add": ["BR"]}
    lot = {**UNI, "quantity": 100_000}
    asks = {"ask": "earliest", "lots": [lot]}, {"ask": "largest", "lots": [UNI], "by": "2027-12-31"}
    first, most = (asked(example_url, one, law=[joins]) for one in asks)
    assert column(first, "on") == [date(2027, 2, 10)]
    assert (column(most, "limited"), column(most, "on")) == (["no"], [date(2027, 2, 10)])


def test_headroom_is_asked_of_a_cap_a_holder_or_a_destination(example_url: str) -> None:
    of_cap = asked(example_url, {"ask": "headroom", "days": ["2026-12-31"], "cap": TABLE})
    assert set(column(of_cap, "cap")) == {TABLE}
    holder = "example-university-br"
    of_holder = asked(example_url, {"ask": "headroom", "days": ["2026-12-31"], "holder": holder})
    assert set(column(of_holder, "holder")) == {holder}
    of_place = asked(example_url, {"ask": "headroom", "days": ["2026-12-31"], "destination": "CL"})
    assert column(of_place, "holder") == ["CL"]
    assert column(of_place, "headroom_tpp") == [Tpp.of(790_000_000)]


def test_breaches_are_asked_of_a_cap_a_holder_a_destination_and_from_a_day(
    example_url: str,
) -> None:
    every = asked(example_url, {"ask": "breaches"})
    assert len(every.rows) > 3
    place = asked(example_url, {"ask": "breaches", "destination": "SA"})
    assert column(place, "holder") == ["SA"]
    held = asked(example_url, {"ask": "breaches", "holder": "SA"})
    assert held == place
    cap = asked(example_url, {"ask": "breaches", "cap": "us-ear/allocation/country"})
    assert {*column(cap, "cap")} == {"us-ear/allocation/country"}
    assert asked(example_url, {"ask": "breaches", "since": "2029-01-01"}).rows == ()


@pytest.mark.parametrize(
    ("question", "kind", "said"),
    [
        ({"ask": "decide", "lots": [{**UNI, "quantity": 0}]}, InvalidRequest, "lots[0]: quantity"),
        (
            {
                "ask": "decide",
                "lots": [UNI | {"quantity": 1}, {**CLOUD, "quantity": 1, "device": "x"}],
            },
            InvalidRequest,
            "the device 'x' is not classified",
        ),
        (
            {"ask": "largest", "lots": [{k: v for k, v in UNI.items() if k != "on"}]},
            InvalidRequest,
            "lots[0]: the field 'on' is missing. Name a day",
        ),
        (
            {"ask": "headroom", "days": ["2026-01-01"], "cap": "quota"},
            NotFound,
            "no adopted pack has the cap 'quota'",
        ),
        (
            {"ask": "headroom", "days": ["2026-01-01"], "destination": "XX"},
            InvalidInput,
            "unknown country 'XX'",
        ),
        (
            {"ask": "headroom", "days": ["2026-01-01"], "holder": "nobody"},
            NotFound,
            "no cap is held by 'nobody' on these days",
        ),
        ({"ask": "breaches", "cap": "quota"}, NotFound, "no adopted pack has the cap 'quota'"),
        ({"ask": "report", "report": "headroom"}, InvalidInput, "is not run here"),
    ],
)
def test_a_question_about_what_is_not_there_says_so(
    example_url: str, question: dict[str, Any], kind: type[LedgerError], said: str
) -> None:
    with pytest.raises(kind) as refused:
        asked(example_url, question)
    assert said in refused.value.sentence


def test_answers_are_made_under_the_law_that_is_supposed(example_url: str) -> None:
    question = {"ask": "headroom", "days": ["2026-06-30", "2026-07-01"], "cap": TABLE}
    bare = asked(example_url, question)
    doubled = asked(example_url, question, law=[DOUBLED])
    before, after = column(bare, "allowance_tpp"), column(doubled, "allowance_tpp")
    assert after == [before[0], Tpp(2 * int(before[1]))]


def test_the_posture_of_a_scenario_decides(example_url: str) -> None:
    question = {"ask": "decide", "lots": [{**UNI, "quantity": 1200}]}
    event = {"kind": "duty.done", "on": "2026-01-01", "duty": "x", "document": "y"}
    enforced = asked(example_url, question, base={"posture": "enforced"}, event=[event])
    books = asked(example_url, question, event=[event])
    assert column(enforced, "authorization") == ["us-ear/nlr"]
    assert column(books, "outcome") == ["license-required"]
