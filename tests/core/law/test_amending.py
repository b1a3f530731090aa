from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.core.errors import InvalidInput
from ledger.core.headroom import Book, Draw, level
from ledger.core.law.amending import amended, pack_ended
from ledger.core.law.amendment import Amendment
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import ROWS, rows
from ledger.core.law.row import POSTURES
from ledger.core.values import Tpp
from tests.core.builders import TABLE, law_of, ledger_of, on

STANDARD = ledger_of().law
SHARE = "us-ear/uveu/country"
PARTNERS = "us-ear/partners"
FRAMEWORK = "us-ear/ai-diffusion"


def change(kind: str, row: str, **fields: Any) -> Amendment:  # noqa: ANN401 -- as files hold it
    written = {"from" if name == "begins" else name: value for name, value in fields.items()}
    return Amendment.model_validate({"kind": kind, "row": row, **written})


def under(*changes: Amendment, law: Law = STANDARD) -> Law:
    """The law with some rows changed, one after the other."""
    for one in changes:
        pack = amended(law, one)
        law = Law(
            AdoptedPack(pack, "changed") if old.pack.pack == pack.pack else old
            for old in law.adopted
        )
    return law


def allowance(law: Law, cap_id: str, day: str) -> str | None:
    found = level(law.versions(cap_id), Book([]), on(day))
    return None if found is None else str(Tpp(found.allowance_tpp or 0))


def test_a_table_is_scaled_from_a_day_on_and_rounded_down() -> None:
    law = under(change("cap", TABLE, begins="2026-07-01", allowance_percent="150.000001"))
    days = ("2026-06-30", "2026-07-01", "2026-10-01", "2027-12-31", "2028-01-01")
    assert [allowance(law, TABLE, day) for day in days] == [
        "2690250000",
        "5222250034.8",
        "6409125042.7",
        "7596000050.6",
        None,
    ]
    assert [cap.valid_from for cap in law.versions(TABLE)] == [on("2025-01-01"), on("2026-07-01")]


def test_a_number_holds_for_its_days_and_the_table_goes_on_after_them() -> None:
    one = change("cap", TABLE, begins="2026-05-01", until="2026-11-15", allowance_tpp="1000")
    law = under(one)
    days = ("2026-04-30", "2026-05-01", "2026-10-01", "2026-11-14", "2026-11-15", "2027-01-01")
    assert [allowance(law, TABLE, day) for day in days] == [
        "2690250000",
        "1000",
        "1000",
        "1000",
        "4272750000",
        "5064000000",
    ]


def test_a_table_is_replaced_as_a_pack_writes_it() -> None:
    steps = [{"from": "2026-01-01", "tpp": 5}, {"from": "2026-02-01", "tpp": "unlimited"}]
    law = under(change("cap", TABLE, begins="2026-01-01", set={"allowance": steps}))
    assert [step.tpp for step in law.versions(TABLE)[1].allowance] == [Tpp.of(5), None]


def test_a_share_and_a_ratio_take_another_percentage() -> None:
    law = under(
        change("cap", SHARE, begins="2026-01-01", percent=14),
        change("cap", "us-ear/china/us-volume", begins="2026-03-01", percent="30.5"),
    )
    shares = [cap.share.percent for cap in law.versions(SHARE) if cap.share]
    ratios = [cap.ratio.percent for cap in law.versions("us-ear/china/us-volume") if cap.ratio]
    assert [str(one) for one in (*shares, *ratios)] == ["7", "14", "50", "30.5"]


def test_an_unlimited_step_stays_so_however_it_is_scaled() -> None:
    steps = [{"from": "2026-01-01", "tpp": "unlimited"}, {"from": "2027-01-01", "tpp": 5}]
    law = under(
        change("cap", TABLE, begins="2026-01-01", set={"allowance": steps}),
        change("cap", TABLE, begins="2026-02-01", allowance_percent=200),
    )
    assert [one.tpp for one in law.versions(TABLE)[-1].allowance] == [None, Tpp.of(10)]


@pytest.mark.parametrize(
    "one",
    [
        change("cap", TABLE, begins="2026-01-01", allowance_percent=100),
        change("cap", SHARE, begins="2026-01-01", allowance_percent=50),
        change("cap", SHARE, begins="2026-01-01", percent=7),
        change("cap", TABLE, ends_on="2028-01-01"),
        change("group", PARTNERS, begins="2026-01-01", add=["JP"]),
        change("group", PARTNERS, begins="2026-01-01", remove=["BR"]),
        change("provision", "us-ear/ac-2023", begins="2026-01-01", enforced=True),
    ],
    ids=lambda one: f"{one.kind} {sorted(one.touches)}",
)
def test_what_would_change_nothing_is_refused(one: Amendment) -> None:
    with pytest.raises(InvalidInput, match="it reads the same as before: nothing would change"):
        amended(STANDARD, one)


def test_what_is_rescinded_is_not_enforced_again() -> None:
    gone = under(change("provision", FRAMEWORK, rescinded_on="2027-01-01"))
    again = change("provision", FRAMEWORK, begins="2027-02-01", enforced=True)
    with pytest.raises(InvalidInput, match="it can't be enforced on 2027-02-01: it is not on the"):
        amended(gone, again)


def test_a_group_gains_and_loses_members_for_some_days() -> None:
    one = change(
        "group", PARTNERS, begins="2026-07-01", until="2026-09-01", add=["AE"], remove=["AU"]
    )
    law = under(one)
    found = [
        [law.is_member(PARTNERS, iso, on(day)) for iso in ("AE", "AU", "JP")]
        for day in ("2026-06-30", "2026-07-01", "2026-08-31", "2026-09-01")
    ]
    before, within = [False, True, True], [True, False, True]
    assert found == [before, within, within, before]


@pytest.mark.parametrize(
    ("fields", "books", "enforced"),
    [
        ({"rescinded_on": "2026-09-01"}, [True, False, False], [False, False, False]),
        ({"begins": "2026-09-01", "enforced": True}, [True, True, True], [False, True, True]),
        (
            {"begins": "2026-09-01", "until": "2026-09-02", "enforced": True},
            [True, True, True],
            [False, True, False],
        ),
        (
            {"begins": "2026-09-01", "enforced": False},
            [True, True, True],
            [False, False, False],
        ),
        (
            {"begins": "2026-09-01", "clear": ["suspended_on", "suspended_by"]},
            [True, True, True],
            [False, True, True],
        ),
    ],
)
def test_a_provision_changes_its_standing(
    fields: dict[str, Any], books: list[bool], enforced: list[bool]
) -> None:
    law = under(change("provision", FRAMEWORK, **fields))
    days = [law.of_day(on(day)) for day in ("2026-08-31", "2026-09-01", "2026-09-02")]
    assert [day.decides(FRAMEWORK, "on-the-books") for day in days] == books
    assert [day.decides(FRAMEWORK, "enforced") for day in days] == enforced


def test_a_provision_may_be_suspended_that_was_not() -> None:
    law = under(change("provision", "us-ear/ac-2023", suspended_on="2026-09-01"))
    assert law.of_day(on("2026-08-31")).decides("us-ear/ac-2023", "enforced")
    assert not law.of_day(on("2026-09-01")).decides("us-ear/ac-2023", "enforced")


@pytest.mark.parametrize("ends_on", ["2026-04-15", "2029-01-01"])
def test_a_row_ends_on_another_day_earlier_or_later(ends_on: str) -> None:
    law = under(change("cap", TABLE, ends_on=ends_on))
    last = law.versions(TABLE)[-1]
    assert last.until == on(ends_on)
    assert last.in_force(on(ends_on) - timedelta(days=1))
    assert all(step.valid_from < on(ends_on) for step in last.allowance)


def test_versions_after_the_end_of_a_row_are_gone() -> None:
    law = under(
        change("cap", TABLE, begins="2026-07-01", allowance_percent=200),
        change("cap", TABLE, ends_on="2026-06-01"),
    )
    assert [cap.until for cap in law.versions(TABLE)] == [on("2026-06-01")]
    with pytest.raises(InvalidInput, match="it can't end on 2025-01-01: its first day is 2025-01-"):
        under(change("cap", TABLE, ends_on="2025-01-01"))


def test_a_change_goes_on_in_the_versions_that_come_later() -> None:
    law = under(
        change("cap", TABLE, begins="2026-07-01", allowance_percent=200),
        change("cap", TABLE, begins="2026-06-01", set={"note": "looked at twice"}),
    )
    noted = [(cap.valid_from, cap.note == "looked at twice") for cap in law.versions(TABLE)]
    begun = [on(day) for day in ("2025-01-01", "2026-06-01", "2026-07-01")]
    assert noted == list(zip(begun, [False, True, True], strict=True))


def test_days_without_a_figure_make_no_version_of_a_cap() -> None:
    body = (
        '[[cap]]\nid = "toy/cap"\ntitle = "t"\ncite = "1"\nper = ["end_user"]\n'
        'basis = "exported"\nwindow = { kind = "calendar-year" }\nbeside = false\n'
        "allowance = [{ from = 2025-01-01, tpp = 5 }]\n"
    )
    law = under(change("cap", "toy/cap", begins="2024-01-01", allowance_tpp=3), law=law_of(body))
    assert [cap.valid_from for cap in law.versions("toy/cap")] == [on("2024-01-01")]


def test_a_change_is_cited_beside_the_row_that_it_changes() -> None:
    one = change("cap", TABLE, begins="2026-07-01", allowance_percent=200, cite="Supp. 5(b)")
    law = under(one, change("cap", TABLE, begins="2027-07-01", allowance_tpp=7))
    cites = [cap.cite for cap in law.versions(TABLE)]
    assert cites[1] == f"{cites[0]}, as changed by a hypothesis (Supp. 5(b))"
    own = change("cap", TABLE, begins="2026-07-01", allowance_tpp=7, set={"cite": "91 FR 1"})
    assert under(own).versions(TABLE)[-1].cite == "91 FR 1"


def test_every_row_of_a_pack_may_end_on_a_day() -> None:
    pack = next(one.pack for one in STANDARD.adopted if one.pack.pack == FRAMEWORK)
    found = pack_ended(pack, on("2026-01-01"))
    for name in ROWS:
        assert all(row.until <= on("2026-01-01") for row in rows(found, name))
    assert {row.id for row in found.provisions} == {row.id for row in pack.provisions}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            change("cap", "us-ear/nveu/company", begins="2026-01-01", allowance_tpp=1),
            "no adopted pack has the cap 'us-ear/nveu/company'. Did you mean us-ear/nveu/company-c",
        ),
        (
            change("cap", "quota", begins="2026-01-01", allowance_tpp=1),
            "no adopted pack has the cap 'quota'. List the rows: chipledger rules",
        ),
        (
            change("cap", TABLE, begins="2028-01-01", allowance_tpp=1),
            "it is in force from 2025-01-01 until 2028-01-01",
        ),
        (
            change("cap", TABLE, begins="2026-01-01", set={"per": ["nobody"]}),
            f"cap {TABLE}: field per.0: Input should be 'device'",
        ),
        (
            change("cap", TABLE, begins="2026-01-01", set={"quota": 5}),
            "field quota: Extra inputs are not permitted, found 5",
        ),
        (
            change("cap", TABLE, begins="2026-01-01", clear=["alowance"]),
            "it has no 'alowance' to clear. Clear one of allowance, basis, cite, counts",
        ),
        (
            change("cap", PARTNERS, begins="2026-01-01", allowance_tpp=1),
            f"no adopted pack has the cap '{PARTNERS}'. Its kind is group: name it so",
        ),
        (
            change("cap", TABLE, begins="2026-01-01", clear=["allowance"]),
            "a cap has an allowance, a share, a ratio or a licence line's balance",
        ),
        (
            change("cap", TABLE, begins="2026-01-01", percent=5),
            "field ratio.of_groups: Field required",
        ),
    ],
)
def test_a_change_that_no_pack_could_hold_is_refused(one: Amendment, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        amended(STANDARD, one)
    assert said in refused.value.sentence


def test_days_on_which_a_row_is_in_force_are_told_as_they_are() -> None:
    body = '[[provision]]\nid = "toy/p"\ntitle = "t"\ncite = "1"\npublished_on = 2025-01-01\n'
    body += "effective_on = 2025-01-01\ncompliance_on = 2025-01-01\n"
    law = law_of(
        body + "until = 2026-01-01\n", body.replace("toy/p", "toy/q") + "from = 2026-01-01\n"
    )
    for row, day, said in (
        ("toy/p", "2026-01-01", "until 2026-01-01"),
        ("toy/q", "2025-01-01", "on"),
    ):
        with pytest.raises(InvalidInput, match=f"it is in force .*{said}"):
            amended(law, change("provision", row, begins=day, set={"title": "x"}))


# ---- what is changed from a day on leaves every earlier day as it was

DAYS = [date(2025, 1, 1) + timedelta(days=30 * n) for n in range(40)]


def _changes(begins: date) -> Iterator[st.SearchStrategy[Amendment]]:
    first = str(begins)
    countries = st.lists(st.sampled_from(["AE", "SA", "JP", "AU", "CN"]), min_size=1, unique=True)
    yield st.integers(0, 10**9).map(lambda n: change("cap", TABLE, begins=first, allowance_tpp=n))
    yield st.integers(0, 400).map(lambda n: change("cap", TABLE, begins=first, allowance_percent=n))
    yield st.integers(1, 99).map(lambda n: change("cap", SHARE, begins=first, percent=n))
    yield countries.map(lambda isos: change("group", PARTNERS, begins=first, add=isos))
    yield countries.map(lambda isos: change("group", PARTNERS, begins=first, remove=isos))
    yield st.just(change("provision", FRAMEWORK, rescinded_on=first))
    yield st.booleans().map(lambda yes: change("provision", FRAMEWORK, begins=first, enforced=yes))
    yield st.just(change("cap", TABLE, ends_on=first))


changes = st.dates(date(2025, 6, 2), date(2027, 11, 30)).flatmap(
    lambda day: st.one_of(*_changes(day))
)


def _rows_of(law: Law, day: date) -> dict[str, Any]:
    """All that the law says of a day, without the days on which its rows begin and end."""
    books = Book([Draw(date(2025, 5, 1), 1000)])
    found: dict[str, Any] = {
        cap.id: level(law.versions(cap.id), books, day)
        for cap in law.caps
        if not cap.of_licence_line
    }
    found |= {
        f"{posture} {row.id}": law.of_day(day).decides(row.id, posture)
        for row in law.provisions
        for posture in POSTURES
    }
    found |= {
        f"{group.id} {iso}": law.is_member(group.id, iso, day)
        for group in law.groups
        for iso in ("AE", "SA", "JP", "AU", "CN", "BR")
    }
    return found


def _changed(*some: Amendment) -> Law:
    """The law with some changes; those that would change nothing are no examples."""
    try:
        return under(*some)
    except InvalidInput as refused:
        assume("reads the same" not in refused.what and "can't be enforced" not in refused.what)
        raise


BEFORE = {day: _rows_of(STANDARD, day) for day in DAYS}


@given(changes)
def test_a_change_leaves_the_law_of_every_earlier_day_as_it_was(one: Amendment) -> None:
    law = _changed(one)
    assert one.begins is not None
    for day in DAYS:
        if day < one.begins:
            assert _rows_of(law, day) == BEFORE[day]


@given(changes, changes)
def test_changes_of_different_rows_commute(one: Amendment, other: Amendment) -> None:
    if (one.kind, one.row) != (other.kind, other.row):
        forth, back = _changed(one, other), _changed(other, one)
        for day in DAYS[::4]:
            assert _rows_of(forth, day) == _rows_of(back, day)
