"""Settings: what they are on a day, and which answers a change of one changes."""

from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.encoding import event_data
from ledger.core.errors import InvalidInput
from ledger.core.events import SettingChanged
from ledger.core.law.row import Posture
from ledger.service.checking import check
from ledger.service.exporting import export_lot
from ledger.service.reserving import reserve
from ledger.service.screening import screen
from ledger.service.settings import change, settings
from tests.core.builders import on, party, reserved, reversed_, set_to
from tests.service import files
from tests.service.lots import LONG, asked, decision_of, explained
from tests.service.published import adopted_list
from tests.store.ledgers import SIZE, entries_of, head_of, put, stored

DEFAULTS = {
    "screening/threshold": "88",
    "screening/max-age-days": "30",
    "screening/max-shrink-percent": "5",
    "reporting/time-zone": "ledger",
    "reporting/quarters-begin-in": "1",
    "posture/default": "on-the-books",
}
FROM = "2025-09-01"
"""The day of the tests' lots."""


def values(url: str, day: str | None = FROM, **more: Any) -> dict[str, str]:  # noqa: ANN401 -- passed on
    found = settings(url, on=None if day is None else on(day), **more)
    return {one["setting"]: one["value"] for one in found["settings"]}


def changed(url: str, name: str, value: str, day: str = FROM) -> SettingChanged:
    return change(url, name, value, reason="a test", on=on(day), actor="ana")


# ---- listing and changing


def test_a_new_ledger_has_the_defaults(url: str) -> None:
    assert values(url) == DEFAULTS
    found = settings(url, on=on(FROM))
    assert found["on"] == FROM
    assert found["as_of"]["size"] == SIZE
    assert {one["setting"]: one["default"] for one in found["settings"]} == DEFAULTS
    assert all(one["takes"] and one["what"] for one in found["settings"])
    assert head_of(url).size == SIZE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("screening/threshold", "95"),
        ("screening/max-age-days", "14"),
        ("screening/max-shrink-percent", "0"),
        ("posture/default", "enforced"),
    ],
)
def test_a_setting_changes_from_its_day_on_and_no_other_does(
    name: str, value: str, url: str
) -> None:
    event = changed(url, name, value)
    assert values(url, "2025-08-31") == DEFAULTS
    assert values(url) == values(url, "2030-01-01") == DEFAULTS | {name: value}
    assert values(url, as_of=SIZE) == DEFAULTS
    last = entries_of(url)[-1]
    assert last.event == event
    assert (last.envelope.actor, event.reason, event.on) == ("ana", "a test", on(FROM))


def test_without_a_day_it_is_today(url: str, clock: FrozenDateTimeFactory) -> None:
    event = change(url, "screening/threshold", "95", reason="a test")
    assert event.on == on("2026-03-01")
    assert values(url, None)["screening/threshold"] == "95"
    assert values(url, "2026-02-28")["screening/threshold"] == "88"
    clock.tick(1)


def test_the_last_of_two_changes_of_a_day_counts(url: str) -> None:
    for value in ("95", "70"):
        changed(url, "screening/threshold", value)
    assert values(url)["screening/threshold"] == "70"


def test_a_change_that_was_taken_back_changes_nothing(url: str) -> None:
    event = changed(url, "screening/threshold", "95")
    put(url, reversed_("x", event.id))
    assert values(url) == DEFAULTS


def test_a_change_releases_holds_that_are_past_their_day_first(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, reserved("r1", hold_until="2026-02-01"))
    changed(url, "screening/threshold", "95")
    kinds = [one.event.kind for one in entries_of(url)[SIZE + 1 :]]
    assert kinds == ["lot.released", "setting.changed"]
    clock.tick(1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "screening/threshold",
            "69",
            r"value: '69' is no value of screening/threshold\. Use a whole number from 70 to 100",
        ),
        ("screening/threshold", "high", "'high' is no value of screening/threshold"),
        ("screening/threshold", "\u0668\u0668", "is no value of screening/threshold"),
        ("screening/max-age-days", "0", r"Use a whole number from 1 to 3650\."),
        ("screening/max-shrink-percent", "-1", "'-1' is no value"),
        ("posture/default", "both", r"Use on-the-books or enforced\."),
        (
            "screening/treshold",
            "90",
            r"unknown setting 'screening/treshold'\. Use one of",
        ),
    ],
)
def test_a_bad_value_or_an_unknown_setting_is_refused(
    name: str, value: str, said: str, url: str
) -> None:
    before = stored(url)
    with pytest.raises(InvalidInput, match=said):
        changed(url, name, value)
    assert stored(url) == before


@pytest.mark.parametrize("empty", ["setting", "value", "reason"])
def test_nothing_of_a_change_is_empty(empty: str, url: str) -> None:
    before = stored(url)
    said = {"setting": "screening/threshold", "value": "90", "reason": "a test"} | {empty: ""}
    with pytest.raises(InvalidInput):
        change(url, said["setting"], said["value"], reason=said["reason"])
    assert stored(url) == before


# ---- by import


def test_a_change_can_be_imported_once(url: str, tmp_path: Path) -> None:
    file = files.lines(tmp_path / "a.jsonl", [event_data(set_to("posture/default", "enforced"))])
    assert [files.run(url, file).appended, files.run(url, file).already_present] == [1, 1]
    assert values(url)["posture/default"] == "enforced"


@pytest.mark.parametrize(
    ("name", "value", "column"),
    [("posture/default", "both", "value"), ("posture/defaults", "enforced", "setting")],
)
def test_a_bad_change_in_a_file_is_rejected(
    name: str, value: str, column: str, url: str, tmp_path: Path
) -> None:
    done = files.run(url, files.lines(tmp_path / "a.jsonl", [event_data(set_to(name, value))]))
    assert (done.appended, done.rejected.total()) == (0, 1)
    assert [fault["column"] for fault in files.faults(done)] == [column]
    assert values(url) == DEFAULTS


# ---- the threshold


def test_the_threshold_decides_what_is_a_hit(url: str, tmp_path: Path) -> None:
    put(url, party("near", name="Crimson Harbor Photonic Works"))
    adopted_list(url, tmp_path)
    (hit,) = screen(url, ["near"], on=on(FROM)).hits
    assert 88 <= hit.match.score < 100
    changed(url, "screening/threshold", str(hit.match.score))
    assert len(screen(url, ["near"], on=on(FROM)).hits) == 1
    changed(url, "screening/threshold", str(hit.match.score + 1), "2025-09-02")
    days = ["2025-09-01", "2025-09-02"]
    found = [screen(url, ["near"], on=on(day)) for day in days]
    assert [len(one.hits) for one in found] == [1, 0]
    assert [one.threshold for one in found] == [hit.match.score, hit.match.score + 1]
    lots = [asked(ultimate_consignee="near", on=day) for day in days]
    outcomes = [check(url, lot).decision.outcome for lot in lots]
    assert outcomes == ["license-required", "permitted"]


def test_a_lower_threshold_finds_more(url: str, tmp_path: Path) -> None:
    put(url, party("far", name="Crimson Harbor Pharmacy"))
    adopted_list(url, tmp_path)
    assert screen(url, ["far"], on=on(FROM)).hits == ()
    changed(url, "screening/threshold", "70")
    assert [hit.match.entry for hit in screen(url, ["far"], on=on(FROM)).hits] == ["EL:101"]


# ---- the posture


def posture_of_check(url: str, named: Posture | None, day: str) -> Posture:
    return check(url, asked(on=day), posture=named).decision.posture


def posture_of_reservation(url: str, named: Posture | None, day: str) -> Posture:
    return decision_of(reserve(url, asked(on=day), hold_until=LONG, posture=named)).posture


def posture_of_export(url: str, named: Posture | None, day: str) -> Posture:
    lot = asked(on=day, authorization="unknown")
    return decision_of(export_lot(url, lot, extra={}, posture=named)).posture


@pytest.mark.parametrize("asking", [posture_of_check, posture_of_reservation, posture_of_export])
def test_the_default_posture_of_the_lots_day_decides_where_none_is_named(
    asking: Any,  # noqa: ANN401 -- one of the functions above
    url: str,
) -> None:
    assert asking(url, None, FROM) == "on-the-books"
    changed(url, "posture/default", "enforced")
    assert asking(url, None, "2025-08-31") == "on-the-books"
    assert asking(url, None, FROM) == "enforced"
    assert asking(url, "on-the-books", FROM) == "on-the-books"
    assert asking(url, "enforced", "2025-08-31") == "enforced"


def test_the_default_posture_decides_which_authorization_is_recorded(url: str) -> None:
    changed(url, "posture/default", "enforced")
    made = reserve(url, asked(5000), event_id="r1", hold_until=LONG)
    assert made.appended is not None
    decision = decision_of(made)
    assert (decision.outcome, decision.authorization) == ("permitted", "us-ear/nlr")
    assert explained(url, "r1").decision == decision


def test_a_later_change_of_the_default_leaves_a_recorded_decision_as_it_was(url: str) -> None:
    made = decision_of(reserve(url, asked(5), event_id="r1", hold_until=LONG))
    changed(url, "posture/default", "enforced", "2025-01-01")
    found = explained(url, "r1")
    assert (found.decision, found.derived) == (made, False)
    assert check(url, asked(5), as_of=SIZE).decision.posture == "on-the-books"


def test_a_zone_that_nobody_knows_is_refused(url: str) -> None:
    before = head_of(url)
    with pytest.raises(InvalidInput, match="unknown time zone 'Nowhere/Town'"):
        changed(url, "reporting/time-zone", "Nowhere/Town")
    assert head_of(url) == before
    changed(url, "reporting/time-zone", "Asia/Tokyo")
    changed(url, "reporting/time-zone", "ledger", "2025-09-02")
    found = [values(url, day)["reporting/time-zone"] for day in ("2025-09-01", "2025-09-02")]
    assert found == ["Asia/Tokyo", "ledger"]
