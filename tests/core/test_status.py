from ledger.core.devices import unit_tpp
from ledger.core.law.row import Posture
from ledger.core.memory import MemoryPrefix
from ledger.core.situation import Situation
from ledger.core.status import StatusNote, covering_row, decides, status_notes
from tests.core.builders import (
    LPP,
    TABLE,
    adopted,
    device,
    house,
    ledger_of,
    on,
    pack_text,
    people,
    request,
)

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


def notes(
    found: Situation, posture: Posture = "on-the-books", *rested_on: str
) -> dict[str, StatusNote]:
    return {note.provision: note for note in status_notes(found, posture, rested_on)}


def test_a_reader_learns_that_the_framework_stands_and_is_not_enforced() -> None:
    found = notes(situation("2025-09-01"))
    framework = found[FRAMEWORK]
    assert (framework.on_the_books, framework.enforced) == (True, False)
    assert framework.since == on("2025-05-13")
    assert "not enforced" in framework.text
    assert "no screening list is adopted" in found["screening"].text


def test_a_provision_that_is_not_suspended_yet_is_named_by_its_title() -> None:
    framework = notes(situation("2025-05-12"))[FRAMEWORK]
    assert framework.since == on("2025-05-15")
    assert framework.text == "Framework for Artificial Intelligence Diffusion"


def test_a_provision_suspended_by_nobody_in_particular_keeps_its_title() -> None:
    ledger = ledger_of(*people("buyer"), adopted(pack_text(TOY + "suspended_on = 2025-06-01\n")))
    act = notes(situation("2025-09-01", ledger), "enforced")["toy/act"]
    assert (act.text, act.since) == ("an act", on("2025-06-01"))
    plain = ledger_of(*people("buyer"), adopted(pack_text(TOY)))
    standing = notes(situation("2025-09-01", plain), "enforced")["toy/act"]
    assert (standing.since, standing.enforced) == (on("2025-05-01"), True)


def test_after_the_last_day_that_was_looked_at_the_reader_is_told() -> None:
    covered = "us-ear/ai-diffusion/on-the-books"
    assert covered not in notes(situation("2026-09-29"))
    later = notes(situation("2026-09-30"))[covered]
    assert later.since == on("2026-09-30")
    assert later.text == "the law is known up to 2026-09-30; later changes were not looked for"


def test_a_reader_learns_which_rows_rest_on_one_source() -> None:
    assert "evidence" not in notes(situation("2025-09-01"))
    found = situation("2025-09-01")
    said = [n.text for n in status_notes(found, "on-the-books", ["A:5", LPP, TABLE, "house/x"])]
    assert "us-ear/nveu/company-country: known from one transcription of the text" in said
    assert "A:5: known from a later copy of the text" in said
    parts = [n.text for n in status_notes(found, "on-the-books", ["us-ear/d1-d4-d5"])]
    assert "A:5, A:6, D:1, D:4: known from a later copy of the text" in parts


def test_a_house_cap_needs_no_evidence() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    ledger = ledger_of(*people("buyer"), house(rows + "allowance = [{ tpp = 1 }]"))
    assert "evidence" not in notes(situation("2025-09-01", ledger), "enforced", "house/cap-1")


def test_what_is_not_modelled_and_may_matter_is_said() -> None:
    gap = '[[gap]]\nid = "toy/gap"\ntitle = "fog"\ncite = "toy 2"\n'
    asked = 'warn_when = [{ fact = "destination", values = ["CL"] }]\n'
    here = ledger_of(*people("buyer"), adopted(pack_text(gap + asked.replace("CL", "BR"))))
    assert notes(situation("2025-09-01", here))["toy/gap"].text == (
        "not modelled, and may matter here: fog"
    )
    for rows in (gap + asked, gap):
        elsewhere = ledger_of(*people("buyer"), adopted(pack_text(rows)))
        assert "toy/gap" not in notes(situation("2025-09-01", elsewhere))


def test_a_lot_of_another_tpp_than_its_device_is_pointed_out() -> None:
    ledger = ledger_of(*people("buyer"))
    stated = Situation(request(unit_tpp="15000.5"), ledger, ledger.law)
    said = [note for note in status_notes(stated, "on-the-books", []) if note.provision == "h100"]
    assert [note.text for note in said] == [
        "the lot states 15,000.5 TPP a unit, its classification 15,832"
    ]
    assert said[0].cite == "a test"
    assert "h100" not in notes(situation("2025-09-01"))


def test_a_device_rated_otherwise_than_in_the_catalogue_is_pointed_out() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("nvidia-h100-sxm", "16000", on="2025-03-01"),
        device("nvidia-h100-sxm", "17000", on="2025-08-01"),
        device("nvidia-h100-sxm", "18000", on="2025-10-01"),
    )
    rated = ledger.law.catalogue["nvidia-h100-sxm"]
    found = Situation(request(device=rated.device), ledger, ledger.law)
    note = notes(found)[rated.device]
    assert note.text == (
        "classified by an event with 17,000 TPP a unit; "
        f"the catalogue has {unit_tpp(rated).grouped()}"
    )
    assert note.since == on("2025-08-01")
    early = Situation(request(device=rated.device, on="2025-02-28"), ledger, ledger.law)
    assert rated.device not in notes(early)


def test_a_gap_that_may_matter_on_an_open_fact_is_said() -> None:
    gap = '[[gap]]\nid = "toy/gap"\ntitle = "fog"\ncite = "toy 2"\n'
    asked = 'warn_when = [{ fact = "headquarters", some = true, values = ["CL"] }]\n'
    pack = adopted(pack_text(gap + asked))
    open_fact = ledger_of(*people("buyer", headquarters="unknown"), pack)
    assert "toy/gap" in notes(situation("2025-09-01", open_fact))
    assert "toy/gap" not in notes(situation("2025-09-01", ledger_of(*people("buyer"), pack)))
