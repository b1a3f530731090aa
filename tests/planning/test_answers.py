from datetime import date

import pytest

from ledger.core.references import Fault
from ledger.core.values import Tpp
from ledger.planning.answers import GO, STANDINGS, Answer, Checked
from ledger.planning.searching import Binding, Part
from tests.core.selling import deal_of

ON = date(2026, 9, 1)
PART = Part("h100", 3, ON, "us-ear/lpp")
HELD = Binding("cap", ("buyer",), ON, ON, Tpp.of("-0.5"), 0)
STOPPED = "every authorization is stopped: listed"
NO_LICENCE = "us-ear/license is not open: needs a line"


def checked(*reasons: str, held: Binding | None = None, unknown: tuple[Fault, ...] = ()) -> Checked:
    alone = Answer("none", binding=held)
    return Checked(2, deal_of("buyer"), 1, "prohibited", alone, alone, reasons, unknown)


def test_four_standings_go_whole() -> None:
    assert list(STANDINGS)[:4] == ["whole", "later", "instead", "parts"]
    assert set(STANDINGS) >= GO
    assert Answer("parts", (PART, PART)).goes
    assert Answer("parts", (PART, PART)).units == 6
    assert not Answer("part", (PART,)).goes


def test_an_answer_for_programs_writes_days_and_amounts_as_texts() -> None:
    assert Answer("part", (PART,), HELD).as_data() == {
        "standing": "part",
        "units": 3,
        "parts": [
            {
                "device": "h100",
                "quantity": 3,
                "on": "2026-09-01",
                "authorization": "us-ear/lpp",
                "line": "",
            }
        ],
        "binding": {
            "cap": "cap",
            "holder": ("buyer",),
            "on": "2026-09-01",
            "binding_on": "2026-09-01",
            "headroom_tpp": "-0.5",
            "headroom_units": 0,
        },
    }
    assert str(HELD.headroom) == "-0.5"


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (checked("a", STOPPED, "b is unresolved: c"), STOPPED),
        (checked("a", "b is unresolved: c", NO_LICENCE), "b is unresolved: c"),
        (checked("only a cap of your own stands", held=HELD), "only a cap of your own stands"),
        (checked("a is over a cap: b", NO_LICENCE, held=HELD), ""),
        (checked("a", NO_LICENCE, "b"), NO_LICENCE),
        (checked("a", "b"), "b"),
        (checked(), ""),
        (checked(unknown=(Fault("device", "x", "no x", "y"),)), "device: no x"),
    ],
)
def test_what_stands_in_the_way_first_is_told(one: Checked, why: str) -> None:
    assert one.why == why
