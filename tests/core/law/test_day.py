import pytest

from ledger.core.law.conditions import Test as FactTest
from ledger.core.law.day import LawOfDay, among
from ledger.core.law.row import Posture
from tests.core.builders import adopted, device, law_of, ledger_of, on, pack_text
from tests.core.law.test_law import authorization, lasting

FRAMEWORK = "us-ear/ai-diffusion"
POSTURES: tuple[Posture, ...] = ("on-the-books", "enforced")


def of(day: str) -> LawOfDay:
    return ledger_of().law.of_day(on(day))


# ---- groups


def test_membership_has_days() -> None:
    law = law_of(lasting(g='members = [{ iso = "KH", from = 2025-01-01, until = 2026-02-03 }]'))
    days = ["2024-12-31", "2025-01-01", "2026-02-02", "2026-02-03"]
    assert [law.is_member("g", "KH", on(day)) for day in days] == [False, True, True, False]


def test_an_unconfirmed_membership_is_unknown() -> None:
    rows = 'members = ["AU", { iso = "GL", evidence = "UNCONFIRMED" }]'
    law = law_of(lasting(g=rows, h='evidence = "UNCONFIRMED"\nmembers = ["AU"]'))
    assert [law.is_member("g", iso, on("2025-01-01")) for iso in ("AU", "GL", "BR")] == [
        True,
        None,
        False,
    ]
    assert law.is_member("h", "AU", on("2025-01-01")) is None


def test_a_member_may_be_better_attested_than_its_group() -> None:
    rows = 'evidence = "UNCONFIRMED"\nmembers = [{ iso = "AU", evidence = "text" }]'
    assert law_of(lasting(g=rows)).is_member("g", "AU", on("2025-01-01")) is True


def test_a_group_is_a_union_of_groups_less_others() -> None:
    law = law_of(
        lasting(
            a='members = ["AA", "AB", "AC"]',
            b='members = ["AB", { iso = "AC", evidence = "UNCONFIRMED" }]',
            c='union = ["a"]\nminus = ["b"]\nmembers = ["AD"]',
        )
    )
    found = [law.is_member("c", iso, on("2025-01-01")) for iso in ("AA", "AB", "AC", "AD", "AE")]
    assert found == [True, False, None, True, False]


def test_a_group_is_empty_outside_its_days() -> None:
    law = law_of(lasting(g='from = 2025-01-13\nmembers = ["AU"]'))
    assert law.is_member("g", "AU", on("2025-01-12")) is False
    assert law.is_member("g", "AU", on("2025-01-13")) is True
    assert law.is_member("nowhere", "AU", on("2025-01-13")) is False


# ---- devices


def test_a_catalogued_device_is_classified_once_for_a_day() -> None:
    law = ledger_of().law
    day, row = law.of_day(on("2025-09-01")), law.catalogue["nvidia-h100-sxm"]
    found = day.classified(row)
    assert found.item_class == "a-class"
    assert day.classified(row) is found
    same = row.model_copy()
    assert day.classified(same) == found
    assert day.classified(same) is not found


def test_a_device_of_an_event_is_classified_by_what_it_says() -> None:
    day = of("2025-09-01")
    assert [day.classified(device("h100", tpp)).item_class for tpp in ("15832", "100")] == [
        "a-class",
        "none",
    ]


# ---- rows in force


def test_rows_of_every_kind_are_asked_for_a_day() -> None:
    law = ledger_of().law
    first, late, early = (law.of_day(on(d)) for d in ("2025-09-01", "2023-11-16", "2022-10-20"))
    assert [row.id for row in first.classes] == ["a-class", "b-class"]
    assert [row.id for row in late.classes] == ["a-class"]
    assert early.classes == []
    worldwide = "us-ear/worldwide-a-class"
    days = (on("2025-01-12"), on("2025-01-13"))
    asking = [[row.id for row in law.of_day(day).licence_requirements] for day in days]
    assert [worldwide in ids for ids in asking] == [False, True]
    assert early.licence_requirements == []
    orders = [row.order for row in first.reviews]
    assert orders == sorted(orders) != []
    assert early.reviews == []
    assert "us-ear/lpp/report" in {row.id for row in first.duties}
    letters = "us-ear/gap/company-letters-destination"
    gaps = [{row.id for row in law.of_day(on(day)).gaps} for day in ("2025-04-08", "2025-04-09")]
    assert [letters in ids for ids in gaps] == [False, True]
    ascend = "us-ear/stop/general-prohibition-10"
    stops = [{row.id for row in law.of_day(on(day)).stops} for day in ("2025-05-12", "2025-05-13")]
    assert [ascend in ids for ids in stops] == [False, True]
    free = "us-ear/uae-licence-free"
    listings = [
        {row.id for row in law.of_day(on(day)).listings} for day in ("2026-07-09", "2026-07-10")
    ]
    assert [free in ids for ids in listings] == [False, True]
    guidance = "us-ear/remark/headquarters-guidance"
    remarks = [
        {row.id for row in law.of_day(on(day)).remarks} for day in ("2026-05-30", "2026-05-31")
    ]
    assert [guidance in ids for ids in remarks] == [False, True]
    assert "us-ear/ai-diffusion" in {row.id for row in law.provisions}
    assert "us-ear/advanced-computing/enforced" in {row.id for row in law.coverage}
    assert "us-ear/lpp-in-d1-d4" in law.switches


def test_a_candidate_is_the_version_of_the_day_or_the_nearest_one() -> None:
    early = authorization("until = 2025-01-01\n")
    late = authorization("from = 2026-01-01\n")
    law = law_of(early + late)
    days = ["2024-12-31", "2025-06-01", "2026-01-01"]
    found = [[row.valid_from.year for row in law.of_day(on(day)).candidates] for day in days]
    assert found == [[1], [1], [2026]]


def test_the_law_is_known_for_the_days_and_postures_that_a_pack_covers() -> None:
    for posture in POSTURES:
        assert of("2022-10-20").coverage.get(posture) is None
        covered = of("2022-10-21").coverage[posture]
        assert covered.id == f"us-ear/advanced-computing/{posture}"
    ended = 'id = "toy"\ncite = "c"\nposture = "enforced"\nfrom = 2021-01-01\nuntil = 2021-02-01\n'
    law = ledger_of(adopted(pack_text(f"[[coverage]]\n{ended}"))).law
    days = ["2020-12-31", "2021-01-01", "2021-01-31", "2021-02-01"]
    found = ["enforced" in law.of_day(on(day)).coverage for day in days]
    assert found == [False, True, True, False]


def test_a_provision_decides_on_the_axis_of_the_posture() -> None:
    found = of("2025-09-01")
    assert found.decides(FRAMEWORK, "on-the-books") is True
    assert found.decides(FRAMEWORK, "enforced") is False
    assert found.decides("nowhere", "on-the-books") is False
    assert of("2025-05-14").decides(FRAMEWORK, "on-the-books") is False


def test_a_provision_that_was_replaced_decides_where_the_new_one_does_not() -> None:
    """The scope of 2023 for a-class items: replaced by the framework, which is not enforced."""
    scope = "us-ear/ac-2023/a-class"
    before, after = of("2025-05-14"), of("2025-05-15")
    assert [one.decides(scope, "on-the-books") for one in (before, after)] == [True, False]
    assert [one.decides(scope, "enforced") for one in (before, after)] == [True, True]


def test_the_first_rule_was_replaced_by_the_second_for_good() -> None:
    days = ["2022-10-20", "2022-10-21", "2023-11-16", "2023-11-17"]
    found = [of(day).decides("us-ear/ac-2022", "enforced") for day in days]
    assert found == [False, True, True, False]


# ---- whether a value is among those of a test


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, True),
        ({"values": ["AA"]}, True),
        ({"values": ["AB"]}, False),
        ({"groups": ["sure"]}, True),
        ({"groups": ["open"]}, None),
        ({"groups": ["open", "sure"]}, True),
        ({"values": ["AA"], "not_values": ["AA"]}, False),
        ({"not_values": ["AB"]}, True),
        ({"not_groups": ["sure"]}, False),
        ({"not_groups": ["open"]}, None),
        ({"not_groups": ["other"]}, True),
        ({"groups": ["open"], "not_groups": ["sure"]}, False),
        ({"groups": ["open"], "not_groups": ["other"]}, None),
        ({"groups": ["other"], "not_groups": ["open"]}, False),
    ],
)
def test_a_value_is_in_the_values_or_groups_and_in_none_of_the_others(
    *, asked: dict[str, list[str]], expected: bool | None
) -> None:
    rows = {"sure": 'members = ["AA"]', "other": 'members = ["AB"]'}
    rows["open"] = 'members = [{ iso = "AA", evidence = "UNCONFIRMED" }]'
    law = law_of(lasting(**rows)).of_day(on("2025-01-01"))
    test = FactTest.model_validate({"fact": "destination", **asked})
    assert among(test, "AA", law) is expected
