from ledger.planning.sealing import sealed
from ledger.reporting.running import reporting
from ledger.service.lists import adopt
from ledger.store.ledger import Ledger
from tests.core.builders import ROOT, on
from tests.core.selling import world


def test_a_plan_rests_on_the_same_words_as_a_report(url: str) -> None:
    adopt(url, ROOT / "examples" / "screening.csv", published=on("2026-02-01"))
    ledger = Ledger.open(url)
    with ledger.reading() as prefix:
        found = sealed(prefix, ledger.law(prefix), "on-the-books")
    ledger.close()
    with reporting(url) as session:
        assert found == {**session.sealed(), "posture": "on-the-books"}
    assert len(found["lists"]) == 1


def test_a_prefix_that_no_ledger_began_is_nameless() -> None:
    found = sealed(world(), world().law, "enforced")
    assert (found["ledger"], found["time_zone"], found["posture"]) == ("", "UTC", "enforced")
