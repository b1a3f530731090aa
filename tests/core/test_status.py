from ledger.core.memory import MemoryPrefix
from ledger.core.situation import Situation
from ledger.core.status import covering_row, decides, status_notes
from tests.core.builders import adopted, ledger_of, on, pack_text, people, request

FRAMEWORK = "us-ear/ai-diffusion"
TOY = """[[provision]]
id = "toy/act"
title = "an act"
cite = "toy 1"
published_on = 2025-01-01
effective_on = 2025-01-01
compliance_on = 2025-05-01
"""


def situation(day: str, ledger: MemoryPrefix | None = None) -> Situation:
    found = ledger or ledger_of(*people("buyer"))
    return Situation(request(on=day), found, found.law)


def test_the_law_is_known_for_the_days_and_postures_that_a_pack_covers() -> None:
    assert covering_row(situation("2025-05-14"), "on-the-books") is None
    covered = covering_row(situation("2025-05-15"), "on-the-books")
    assert getattr(covered, "id", None) == "us-ear/ai-diffusion/on-the-books"
    assert covering_row(situation("2025-05-15"), "enforced") is None


def test_a_provision_decides_on_the_axis_of_the_posture() -> None:
    found = situation("2025-09-01")
    assert decides(FRAMEWORK, found, "on-the-books") is True
    assert decides(FRAMEWORK, found, "enforced") is False
    assert decides("nowhere", found, "on-the-books") is False
    assert decides(FRAMEWORK, situation("2025-05-14"), "on-the-books") is False


def test_a_reader_learns_that_the_framework_stands_and_is_not_enforced() -> None:
    framework, screening = status_notes(situation("2025-09-01"), "on-the-books")
    assert (framework.provision, framework.on_the_books, framework.enforced) == (
        FRAMEWORK,
        True,
        False,
    )
    assert framework.since == on("2025-05-13")
    assert "not enforced" in framework.text
    assert screening.provision == "screening"
    assert "no screening list is adopted" in screening.text


def test_a_provision_that_is_not_suspended_yet_is_named_by_its_title() -> None:
    framework, _ = status_notes(situation("2025-05-12"), "on-the-books")
    assert framework.since == on("2025-05-15")
    assert framework.text == "Framework for Artificial Intelligence Diffusion"


def test_a_provision_suspended_by_nobody_in_particular_keeps_its_title() -> None:
    ledger = ledger_of(*people("buyer"), adopted(pack_text(TOY + "suspended_on = 2025-06-01\n")))
    notes = {
        note.provision: note for note in status_notes(situation("2025-09-01", ledger), "enforced")
    }
    assert notes["toy/act"].text == "an act"
    assert notes["toy/act"].since == on("2025-06-01")
    plain = ledger_of(*people("buyer"), adopted(pack_text(TOY)))
    (_, act, _) = status_notes(situation("2025-09-01", plain), "enforced")
    assert (act.since, act.enforced) == (on("2025-05-01"), True)


def test_after_the_last_day_that_was_looked_at_the_reader_is_told() -> None:
    known = [note.provision for note in status_notes(situation("2026-09-29"), "on-the-books")]
    assert known == [FRAMEWORK, "screening"]
    later = list(status_notes(situation("2026-09-30"), "on-the-books"))
    assert later[1].provision == "us-ear/ai-diffusion/on-the-books"
    assert later[1].since == on("2026-09-30")
    assert later[1].text == ("the law is known up to 2026-09-30; later changes were not looked for")
