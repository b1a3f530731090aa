import pytest

from ledger.core.law.conditions import Exemption
from ledger.core.law.conditions import Test as FactTest
from ledger.core.verdicts import Verdict
from tests.core.asking import situation, verdict
from tests.core.builders import device, licence, signed

A_DEVICE = ("device-h100-2020-01-01",)
THE_LOT = ("the request",)


def asked(**test: object) -> FactTest:
    return FactTest.model_validate(test)


# ---- facts of the device


def test_the_item_class_is_tested_with_its_reason() -> None:
    found = verdict(situation(), fact="item_class", values=["a-class"])
    assert found == Verdict(holds=True, found="a-class (meets 3A090.a.1)", sources=A_DEVICE)
    dark = situation(device("dark", "3000", performance_density=None), device="dark")
    assert verdict(dark, fact="item_class", values=["a-class"]).holds is None
    assert verdict(dark, fact="item_class", values=["a-class"]).found.startswith("unknown (")


def test_the_paragraph_is_that_of_the_class_or_the_one_it_is_sold_under() -> None:
    test = {"fact": "eccn", "values": ["5A002.z.1.a"]}
    assert verdict(situation(), **test) == Verdict(holds=False, found="3A090.a", sources=A_DEVICE)
    card = situation(device("card", eccn="5A002.z.1.a"), device="card")
    assert verdict(card, **test).holds is True
    torn = situation(device("torn", eccn="3A090.b"), device="torn")
    assert verdict(torn, **test).holds is None, "its figures say a-class, its paragraph b-class"
    assert verdict(torn, **test).found == "unknown"


def test_a_vendor_is_known_only_where_it_is_stated() -> None:
    test = {"fact": "vendor", "values": ["NVIDIA", "AMD"]}
    nvidia = situation(device("chip", vendor="NVIDIA"), device="chip")
    source = ("device-chip-2020-01-01",)
    assert verdict(nvidia, **test) == Verdict(holds=True, found="NVIDIA", sources=source)
    other = situation(device("chip", vendor="Cambricon"), device="chip")
    assert verdict(other, **test).holds is False
    unstated = verdict(situation(), **test)
    assert unstated == Verdict(holds=None, found="the vendor is not stated", sources=A_DEVICE)


def test_whether_it_is_meant_for_data_centers_is_said_in_words() -> None:
    test = {"fact": "data_center", "values": ["no"]}
    found = verdict(situation(), **test)
    assert found == Verdict(False, "designed or marketed for data centers", A_DEVICE)  # noqa: FBT003
    gaming = situation(device("gaming", "5285", data_center=False), device="gaming")
    assert verdict(gaming, **test).holds is True
    assert verdict(gaming, **test).found == "not designed or marketed for data centers"


@pytest.mark.parametrize(
    ("tpp", "ics", "holds"),
    [("20999.9", 1, True), ("21000", 1, False), ("41999.8", 2, True), ("42000", 2, False)],
)
def test_the_tpp_of_one_ic_is_below_its_bound(tpp: str, ics: int, *, holds: bool) -> None:
    found = verdict(
        situation(device("chip", tpp, ics=ics), device="chip"), fact="ic_tpp", below=21000
    )
    assert found.holds is holds
    assert found.found.endswith(" TPP of one IC")


def test_the_bandwidth_is_tested_by_its_bounds() -> None:
    test = {"fact": "dram_bandwidth", "at_least": "1400", "below": "6500"}
    for known, holds in (("1399.9", False), ("1400", True), ("6499.9", True), ("6500", False)):
        fast = situation(device("chip", dram_bandwidth_gbps=known), device="chip")
        source = ("device-chip-2020-01-01",)
        assert verdict(fast, **test) == Verdict(holds=holds, found=f"{known} GB/s", sources=source)
    unknown = verdict(situation(device("chip"), device="chip"), **test)
    assert (unknown.holds, unknown.found) == (None, "DRAM bandwidth not known")


# ---- facts of the lot


def test_a_lot_field_is_tested_as_it_stands() -> None:
    found = situation()
    transaction = verdict(found, fact="transaction", values=["export"])
    assert transaction == Verdict(holds=True, found="export", sources=THE_LOT)
    assert verdict(found, fact="destination", groups=["us-ear/partners"]).holds is False
    assert verdict(found, fact="destination", not_values=["BR"]).holds is False
    assert verdict(found, fact="device", values=["h100"]).holds is True
    assert verdict(found, fact="end_use", values=["storage"]).holds is False


def test_a_place_whose_membership_is_unconfirmed_leaves_the_test_open() -> None:
    found = situation(destination="GL")
    assert verdict(found, fact="destination", groups=["us-ear/partners"]).holds is None
    assert verdict(found, fact="destination", not_groups=["us-ear/partners"]).holds is None
    assert verdict(found, fact="destination", values=["GL"]).holds is True


# ---- readings and licences


def test_a_switch_is_tested_by_its_reading() -> None:
    test = {"fact": "switch", "switch": "us-ear/lpp-in-d1-d4", "values": ["available"]}
    assert verdict(situation(), **test) == Verdict(
        holds=None, found="no reading adopted for us-ear/lpp-in-d1-d4"
    )
    barred = situation(signed("i", "us-ear/lpp-in-d1-d4", "barred"))
    assert verdict(barred, **test) == Verdict(
        holds=False, found="us-ear/lpp-in-d1-d4 = barred", sources=("i",)
    )


def test_a_switch_that_nobody_read_has_the_meaning_that_its_pack_gives_it() -> None:
    name = "us-ear/partner-hq-licences-use-allocation"
    found = verdict(situation(), fact="switch", switch=name, values=["yes"])
    assert found == Verdict(
        holds=True, found=f"{name} = yes", sources=(f"the unset value of {name}",)
    )


def test_a_licence_line_is_named_with_its_grant() -> None:
    grant = licence()
    assert verdict(situation(grant), fact="licence_line") == Verdict(
        holds=True, found="licence D100, line 1", sources=(grant.id,)
    )
    assert verdict(situation(), fact="licence_line") == Verdict(
        holds=False, found="no live licence line covers the lot"
    )


# ---- several tests


GOOD = asked(fact="transaction", values=["export"])
BAD = asked(fact="transaction", values=["transfer"])
OPEN = asked(fact="switch", switch="us-ear/lpp-in-d1-d4", values=["available"])


def test_all_of_several_tests_must_hold() -> None:
    found = situation()
    assert found.holds([GOOD, GOOD]) is True
    assert found.holds([GOOD, OPEN]) is None
    assert found.holds([GOOD, OPEN, BAD]) is False
    assert found.holds([]) is True


def test_one_exemption_is_enough() -> None:
    def exempt(*cases: tuple[FactTest, ...]) -> bool | None:
        return situation().exempt([Exemption(cite="a test", when=case) for case in cases])

    assert exempt() is False
    assert exempt((BAD,), (GOOD,)) is True
    assert exempt((BAD,), (GOOD, BAD)) is False
    assert exempt((BAD,), (GOOD, OPEN)) is None


def test_the_sources_of_several_tests_stand_once_each() -> None:
    a_class = asked(fact="item_class", values=["a-class"])
    data_center = asked(fact="data_center", values=["yes"])
    assert situation().sources([a_class, GOOD, data_center]) == (*A_DEVICE, *THE_LOT)
    assert situation().sources([]) == ()


def test_each_test_has_an_answer_of_its_own_however_short_it_lives() -> None:
    """Answers are remembered by the test: a new one in the place of a dead one is asked anew."""
    found = situation()
    places = ["BR", "CL", "DE", "CN"] * 5
    asked_of = [found.verdict(asked(fact="destination", values=[iso])).holds for iso in places]
    assert asked_of == [iso == "BR" for iso in places]


def test_the_groups_that_an_answer_rests_on_are_remembered() -> None:
    found = situation()
    verdict(found, fact="destination", groups=["D:1"])
    assert found.consulted == set()
    asked_about = [
        asked(fact="destination", groups=["us-ear/partners"]),
        asked(fact="headquarters", not_groups=["us-ear/d5-or-macau"]),
    ]
    found.rests_on(asked_about)
    assert found.consulted == {"us-ear/partners", "us-ear/d5-or-macau"}
