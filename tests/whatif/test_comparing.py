"""Answers side by side: differences, what binds, and the hypotheses that make them."""

from pathlib import Path
from typing import Any

import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.core.values import Tpp
from ledger.whatif.comparing import more, unique
from ledger.whatif.loading import load
from ledger.whatif.writing import write
from tests.whatif.asking import CLOUD, DOUBLED, SCENARIOS, TABLE, UNI, compared, scenario

ROOM = {"ask": "headroom", "days": ["2026-06-30", "2026-12-31"], "cap": TABLE}
LOTS = {"ask": "decide", "lots": [{**CLOUD, "quantity": 60_000}]}
FACT = {"kind": "lot.exported", **UNI, "quantity": 5}


def test_rows_of_all_worlds_stand_side_by_side_with_their_differences(example_url: str) -> None:
    found = compared(example_url, scenario(law=[DOUBLED], question=[ROOM]))
    (answered,) = found.questions
    assert [str(row.key[0]) for row in answered.rows] == ["2026-06-30", "2026-12-31"]
    early, late = answered.rows
    names = [column.name for column in answered.columns]
    assert answered.differing(early, 1) == []
    assert [names[n] for n in answered.differing(late, 1)] == ["allowance_tpp", "headroom_tpp"]
    place = names.index("headroom_tpp")
    assert answered.difference(late, 1, place) == Tpp.of(4_272_750_000)
    assert answered.difference(late, 1, names.index("cite")) is None
    assert not answered.differs(early)
    assert answered.differs(late)


def test_a_row_that_only_one_world_has_differs_as_a_whole(example_url: str) -> None:
    lot = {"kind": "lot.exported", **CLOUD, "quantity": 60_000, "authorization": "us-ear/nveu"}
    question = {"ask": "breaches", "cap": TABLE}
    one = scenario(event=[lot], question=[question])
    two = scenario(law=[DOUBLED], question=[question])
    (answered,) = compared(example_url, one, two).questions
    (row,) = answered.rows
    assert row.cells[0] is None
    assert row.cells[1] is not None
    assert len(answered.differing(row, 1)) == len(answered.columns)
    assert answered.differing(row, 2) == []
    assert answered.difference(row, 1, 0) is None
    assert answered.as_data()["rows"][0]["base"] is None


def test_only_the_hypotheses_that_make_the_difference_are_named(example_url: str) -> None:
    supposed = scenario(
        law=[{"cap": "us-ear/lpp/parent-year", "from": "2027-01-01", "allowance_tpp": 5}, DOUBLED],
        event=[FACT],
        question=[LOTS, ROOM, {"ask": "breaches", "since": "2027-01-01"}],
    )
    lots, room, passed = compared(example_url, supposed).questions
    doubled = "from 2026-07-01 the allowance of us-ear/nveu/company-country is 200 % of what it"
    assert [one.startswith(doubled) for one in lots.because[0]] == [True]
    assert lots.because == room.because
    assert [
        one.startswith("from 2027-01-01 the allowance of us-ear/lpp") for one in passed.because[0]
    ] == [True]


def test_two_hypotheses_that_only_work_together_are_both_named(example_url: str) -> None:
    party = {
        "kind": "party.registered",
        "on": "2026-01-01",
        "party": "new-buyer",
        "name": "New Buyer",
        "location": "BR",
        "headquarters": "BR",
    }
    lot = {"kind": "lot.exported", **UNI, "quantity": 5, "ultimate_consignee": "new-buyer"}
    question = {"ask": "headroom", "days": ["2026-12-31"], "cap": "us-ear/lpp/parent-year"}
    supposed = scenario(law=[DOUBLED], event=[party, lot], question=[question])
    (answered,) = compared(example_url, supposed).questions
    assert [one.split(" ")[0] for one in answered.because[0]] == ["party.registered", "5"]


def test_another_posture_is_a_reason_of_its_own(example_url: str) -> None:
    asked = {"ask": "decide", "lots": [{**UNI, "quantity": 1200}]}
    one = scenario(base={"posture": "enforced"}, law=[DOUBLED], question=[asked])
    two = scenario(law=[DOUBLED])
    (answered,) = compared(example_url, one, two).questions
    assert answered.because == (("it is asked under the posture enforced",), ())


def test_what_the_base_supposes_too_is_no_reason(example_url: str) -> None:
    base = scenario(event=[FACT])
    other = scenario(event=[FACT], law=[DOUBLED], question=[ROOM])
    (answered,) = compared(example_url, other, base=base).questions
    assert len(answered.because[0]) == 1
    assert answered.because[0][0].startswith("from 2026-07-01")


def test_a_scenario_against_itself_differs_in_nothing(example_url: str) -> None:
    one = load(SCENARIOS / "nveu-doubled.toml")
    found = compared(example_url, one, base=one)
    assert found.base.digest == found.scenarios[0].digest
    for answered in found.questions:
        assert not any(answered.differs(row) for row in answered.rows)
        assert answered.because == ((),)


def test_without_questions_limits_and_headroom_on_the_days_that_change_are_asked(
    example_url: str,
) -> None:
    reading = {"switch": "us-ear/lpp-in-d1-d4", "value": "barred", "from": "2026-09-01"}
    ends = {"pack": "us-ear/parties", "ends_on": "2028-01-01"}
    swap = {"device": "nvidia-h100-sxm", "by": "nvidia-h200-sxm"}
    one = scenario(law=[DOUBLED, reading, ends], event=[FACT], swap=[swap])
    passed, room = compared(example_url, one).questions
    assert (passed.ask, room.ask) == ("breaches", "headroom")
    days = {str(row.key[0]) for row in room.rows}
    assert days == {"2026-07-01", "2026-09-01", "2026-11-23", "2028-01-01"}
    (alone,) = compared(example_url, scenario(swap=[swap])).questions
    assert alone.ask == "breaches"


def test_the_same_question_is_asked_once_and_titles_differ(example_url: str) -> None:
    one = scenario(law=[DOUBLED], question=[ROOM, LOTS])
    two = scenario(event=[FACT], question=[{**ROOM, "days": ["2027-12-31"]}, LOTS])
    found = compared(example_url, one, two)
    assert [answered.title for answered in found.questions] == ["headroom", "decide", "headroom 2"]


def test_a_question_that_no_world_can_be_asked_is_refused(example_url: str) -> None:
    question = {"ask": "breaches", "cap": "house/x", "name": "the house"}
    with pytest.raises(NotFound, match="question 'the house', cap: no adopted pack has the cap"):
        compared(example_url, scenario(law=[DOUBLED], question=[question]))


def test_a_question_about_what_is_only_supposed_has_no_answer_in_the_base(
    example_url: str,
) -> None:
    party = {
        "kind": "party.registered",
        "on": "2026-01-01",
        "party": "new-buyer",
        "name": "New Buyer",
        "location": "BR",
        "headquarters": "BR",
    }
    lot = {**UNI, "quantity": 5, "ultimate_consignee": "new-buyer"}
    asks = {"ask": "decide", "lots": [lot]}
    (answered,) = compared(example_url, scenario(event=[party], question=[asks])).questions
    assert answered.failed[0] is not None
    assert "'new-buyer' is not registered" in answered.failed[0]
    (row,) = answered.rows
    assert row.cells[0] is None
    assert row.cells[1] is not None
    assert row.cells[1][0] == "permitted"
    assert answered.because[0][0].startswith("party.registered")


def test_what_only_the_base_supposes_is_named_as_left_out(example_url: str) -> None:
    base = scenario(law=[DOUBLED])
    lpp = {"cap": "us-ear/lpp/parent-year", "from": "2027-01-01", "allowance_tpp": 5}
    every: list[dict[str, Any]] = [{}, {"law": [lpp]}, {"law": [lpp], "event": [FACT]}]
    for fields in every:
        one = scenario(question=[ROOM], **fields)
        (answered,) = compared(example_url, one, base=base).questions
        (reason,) = answered.because[0]
        assert reason.startswith("without: from 2026-07-01 the allowance of us-ear/nveu/company")


def test_rows_that_only_another_world_has_are_told_of_the_base(example_url: str) -> None:
    grant = {
        "kind": "authorization.granted",
        "on": "2026-11-01",
        "authorization": "us-ear/license",
        "reference": "D-1",
        "party": "example-university-br",
        "destinations": ["BR"],
        "from": "2026-11-01",
        "exporter": "example-exporter",
        "lines": [{"line": 1, "device": "nvidia-h100-sxm", "quantity": 5000}],
    }
    room = {"ask": "headroom", "days": ["2026-12-31"], "cap": "us-ear/allocation/country"}
    (answered,) = compared(example_url, scenario(event=[grant], question=[room])).questions
    (row,) = [row for row in answered.rows if row.key[2] == "BR"]
    place = [column.name for column in answered.columns].index("headroom_tpp")
    assert [None if c is None else str(c[place]) for c in row.cells] == ["790000000", "710844000"]


def test_titles_and_files_can_be_told_apart(example_url: str, tmp_path: Path) -> None:
    named = [{**ROOM, "name": "LPP?"}, {**ROOM, "name": "LPP!", "days": ["2027-01-01"]}]
    more_rooms = [{**ROOM, "days": [f"2027-0{n}-01"]} for n in (2, 3)]
    last = {**ROOM, "name": "headroom 2", "days": ["2027-04-01"]}
    one = scenario(title="same", law=[DOUBLED], question=[*named, *more_rooms, last])
    found = compared(example_url, one, scenario(title="same", law=[DOUBLED]))
    assert [told.title for told in found.scenarios] == ["same", "same 2"]
    titles = [answered.title for answered in found.questions]
    assert len(set(titles)) == 5
    assert len({file.name for file in write(found, ["parquet"], tmp_path)}) == 5
    assert unique(["a", "A", "a 2", "a"]) == ["a", "A 2", "a 2 2", "a 3"]


def test_a_world_that_cannot_be_asked_says_why(example_url: str) -> None:
    ends = {"kind": "record.reversed", "on": "2026-11-23", "reason": "an error"}
    gone = scenario(
        event=[{**ends, "target": "demo/party/example-listed-de"}],
        question=[
            {
                "ask": "decide",
                "lots": [
                    {
                        **UNI,
                        "quantity": 5,
                        "destination": "DE",
                        "ultimate_consignee": "example-listed-de",
                    }
                ],
            }
        ],
    )
    (answered,) = compared(example_url, gone).questions
    assert answered.failed[0] is None
    assert answered.failed[1] is not None
    assert "is not registered" in answered.failed[1]
    assert answered.because == ((),)


def test_scenarios_of_different_heads_are_not_compared(example_url: str) -> None:
    one, two = scenario(base={"head": 40}), scenario(base={"head": "latest"})
    with pytest.raises(InvalidInput, match="stand on different heads: 40 in scenario and latest"):
        compared(example_url, one, two)
    with pytest.raises(NotFound, match="not 100000"):
        compared(example_url, scenario(base={"head": 100_000}))


def test_a_scenario_stands_on_an_earlier_head(example_url: str) -> None:
    found = compared(example_url, scenario(base={"head": 40}, law=[DOUBLED]))
    assert found.as_of["size"] == 40


def test_the_ledger_is_asked_under_the_posture_of_the_scenarios(example_url: str) -> None:
    event = {"event": [FACT], "question": [{"ask": "decide", "lots": [{**UNI, "quantity": 1200}]}]}
    one = scenario(base={"posture": "enforced"}, **event)
    two = scenario(**event)
    enforced = compared(example_url, one)
    assert (enforced.base.posture, enforced.scenarios[0].posture) == ("enforced", "enforced")
    assert compared(example_url, one, two).base.posture is None
    assert compared(example_url, one, posture="on-the-books").scenarios[0].posture == "on-the-books"


def test_the_same_comparison_is_the_same_bytes(example_url: str) -> None:
    loaded = [load(SCENARIOS / "nveu-doubled.toml"), load(SCENARIOS / "framework-rescinded.toml")]
    assert compared(example_url, *loaded).as_data() == compared(example_url, *loaded).as_data()


@pytest.mark.parametrize(
    ("one", "base", "less"),
    [
        (Tpp(15), Tpp(20), Tpp(-5)),
        (7, 2, 5),
        ("a", "b", None),
        (None, 5, None),
        (True, False, None),
    ],
)
def test_figures_are_subtracted_and_nothing_else(one: Any, base: Any, less: Any) -> None:  # noqa: ANN401 -- cells
    assert (more(one, base), type(more(one, base))) == (less, type(less))


def test_progress_is_told_scenario_by_scenario(example_url: str) -> None:
    told: list[tuple[int, int]] = []
    loaded = [scenario(law=[DOUBLED]), scenario(event=[FACT])]
    compared(example_url, *loaded, progress=lambda done, size: told.append((done, size)))
    assert told == [(0, 2), (1, 2)]


def test_a_comparison_names_all_that_it_was_made_from(example_url: str) -> None:
    found = compared(example_url, scenario(law=[DOUBLED], about="why", source="a letter"))
    data = found.as_data()
    assert set(data["as_of"]) == {"size", "root"}
    one = data["scenarios"][0]
    assert (one["title"], one["about"], one["source"]) == ("a scenario", "why", "a letter")
    changed = [a for a, b in zip(one["law"], data["base"]["law"], strict=True) if a != b]
    assert [pack["pack"] for pack in changed] == ["us-ear/validated-end-users"]
