import pytest

from ledger.core.decision import decide
from ledger.core.devices import unit_tpp
from ledger.core.events import AnyEvent
from ledger.core.law.amending import amended
from ledger.core.law.amendment import Amendment
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.row import Posture
from ledger.core.memory import MemoryPrefix
from ledger.core.situation import Situation
from ledger.core.status import StatusNote, screening_notes, status_notes
from tests.core.asking import near
from tests.core.builders import (
    LPP,
    TABLE,
    adopted,
    cleared,
    device,
    house,
    ledger_of,
    list_adopted,
    on,
    pack_text,
    party,
    people,
    request,
    set_to,
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
    assert FRAMEWORK not in notes(situation("2025-05-12"))
    framework = notes(situation("2025-05-12"), "on-the-books", FRAMEWORK)[FRAMEWORK]
    assert (framework.on_the_books, framework.enforced) == (False, False)
    assert framework.since == on("2025-05-15")
    assert framework.text == "Framework for Artificial Intelligence Diffusion"


def test_a_provision_that_the_answer_rests_on_is_named() -> None:
    found = situation("2025-09-01")
    assert "us-ear/ac-2023" not in notes(found)
    rule = notes(found, "enforced", "us-ear/ac-2023")["us-ear/ac-2023"]
    assert (rule.on_the_books, rule.enforced, rule.since) == (True, True, on("2023-11-17"))


@pytest.mark.parametrize(
    ("day", "on_the_books", "since"),
    [
        ("2025-11-09", True, "2025-09-29"),
        ("2025-11-10", False, "2025-11-10"),
        ("2026-11-09", False, "2025-11-10"),
        ("2026-11-10", True, "2025-09-29"),
    ],
)
def test_a_stay_is_told_on_its_days(day: str, since: str, *, on_the_books: bool) -> None:
    rule = "us-ear/affiliates"
    note = notes(situation(day), "on-the-books", rule)[rule]
    assert (note.on_the_books, note.since) == (on_the_books, on(since))
    assert note.text.startswith("Affiliates rule") is True
    assert ("stayed" in note.text) is not on_the_books


def test_a_stay_by_nobody_in_particular_keeps_the_title() -> None:
    ledger = ledger_of(*people("buyer"), adopted(pack_text(TOY + "stayed_on = 2025-06-01\n")))
    act = notes(situation("2025-09-01", ledger), "enforced", "toy/act")["toy/act"]
    assert (act.text, act.since, act.enforced) == ("an act", on("2025-06-01"), False)


def test_a_provision_suspended_by_nobody_in_particular_keeps_its_title() -> None:
    ledger = ledger_of(*people("buyer"), adopted(pack_text(TOY + "suspended_on = 2025-06-01\n")))
    act = notes(situation("2025-09-01", ledger), "enforced")["toy/act"]
    assert (act.text, act.since) == ("an act", on("2025-06-01"))
    plain = ledger_of(*people("buyer"), adopted(pack_text(TOY)))
    standing = notes(situation("2025-09-01", plain), "enforced", "toy/act")["toy/act"]
    assert (standing.since, standing.enforced) == (on("2025-05-01"), True)


def test_after_the_last_day_that_was_looked_at_the_reader_is_told() -> None:
    covered = "us-ear/advanced-computing/on-the-books"
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


# ---- remarks


def said(day: str, posture: Posture, **lot: object) -> set[str]:
    """The remarks on a lot to a buyer headquartered in China, by the ends of their ids."""
    ledger = ledger_of(*people("buyer", headquarters="CN"))
    found = Situation(request(on=day, **lot), ledger, ledger.law)
    start = "us-ear/remark/"
    ids = {note.provision for note in status_notes(found, posture, [])}
    return {one.removeprefix(start) for one in ids if one.startswith(start)}


IN_D5 = "located-in-d5"


@pytest.mark.parametrize(
    ("day", "books", "enforced"),
    [
        ("2025-05-12", {IN_D5}, {IN_D5}),
        ("2025-05-13", {IN_D5, "training"}, {IN_D5, "training", "headquarters-gap"}),
        ("2026-05-30", {IN_D5, "training"}, {IN_D5, "training", "headquarters-gap"}),
        ("2026-05-31", {IN_D5, "training", "headquarters-guidance"}, None),
    ],
)
def test_a_remark_is_made_on_its_days_and_in_its_posture(
    day: str, books: set[str], enforced: set[str] | None
) -> None:
    """From the statement to the guidance the headquarters test was arguable, if enforced."""
    assert said(day, "on-the-books") == books
    assert said(day, "enforced") == (books if enforced is None else enforced)


def test_a_remark_is_made_only_on_lots_that_it_may_be_about() -> None:
    assert said("2025-09-01", "enforced", destination="US", origin="US") == set()


# ---- the screening list


def screening(*events: AnyEvent, day: str = "2025-09-01", **lot: object) -> list[str]:
    ledger = ledger_of(*people("buyer"), *events, matcher=near)
    found = Situation(request(on=day, **lot), ledger, ledger.law)
    return [note.text for note in screening_notes(found)]


def test_an_answer_names_the_list_that_it_was_screened_against() -> None:
    adopted_list = list_adopted(count=25123)
    assert screening(adopted_list) == ["screened against us-csl of 2025-08-29 (25,123 parties)"]
    ledger = ledger_of(*people("buyer"), adopted_list)
    (note,) = screening_notes(situation("2025-09-01", ledger))
    assert (note.since, note.cite) == (on("2025-08-29"), f"digest {adopted_list.digest[:16]}")


def test_an_old_list_is_pointed_out_from_the_day_that_the_setting_says() -> None:
    listed = list_adopted()
    assert "days old" not in screening(listed, day="2025-09-28")[0]
    assert screening(listed, day="2025-09-29")[0].endswith(
        ": it is 31 days old, more than 30; adopt a new one: chipledger lists adopt"
    )
    week = set_to("screening/max-age-days", "7")
    assert "8 days old, more than 7" in screening(listed, week, day="2025-09-06")[0]


def test_a_list_that_is_newer_than_the_lot_is_pointed_out() -> None:
    (text,) = screening(list_adopted(), day="2025-08-28")
    assert text.endswith(": the oldest list there is, and newer than the lot's day")


def test_a_party_that_was_cleared_is_named_with_the_reason() -> None:
    evil = party("evil", name="Evil Chips")
    _, text = screening(list_adopted(), evil, cleared("evil", "EL:1"), exporter="evil")
    assert text == "evil matches 'Evil Chips' (EL:1, score 100, cleared by Ana): another address"
    (only,) = screening(list_adopted(), evil, exporter="evil")
    assert only.startswith("screened against")


def test_only_the_version_of_a_provision_that_is_in_force_is_told() -> None:
    ledger = ledger_of(*people("buyer"))
    change = {"kind": "provision", "row": "us-ear/ai-diffusion", "from": "2026-09-01"}
    pack = amended(ledger.law, Amendment.model_validate({**change, "enforced": True}))
    law = Law(
        AdoptedPack(pack, one.digest) if one.pack.pack == pack.pack else one
        for one in ledger.law.adopted
    )
    for day, enforced in (("2026-08-31", [False]), ("2026-09-01", [True])):
        notes = decide(request(on=day), law, ledger).status
        found = [note.enforced for note in notes if note.provision == "us-ear/ai-diffusion"]
        assert found == enforced
