from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.events import AuthorizationGranted, LotExported, PartyRegistered
from ledger.intake.column_map import ColumnMap
from ledger.intake.mapped import bring, quarter_day, row_id, slug
from ledger.intake.rows import Brought, Facts, Rejected, Skipped
from ledger.intake.tables import Record

LOT = {
    "device": {"column": "product", "values": {"H100 board": "nvidia-h100-sxm"}},
    "quantity": {"column": "units"},
    "destination": {"column": "country"},
    "exporter": {"party": "seller"},
    "ultimate_consignee": {"party": "customer"},
    "intermediate_consignees": {"column": "via", "split": ";"},
    "authorization": {"value": "unknown"},
}
LICENCE = {
    "authorization": {"value": "us-ear/license"},
    "reference": {"row": "id"},
    "party": {"party": "customer"},
    "destinations": {"list": [{"column": "country"}]},
    "from": {"year": "year", "quarter": "quarter", "day": "last"},
    "until": {"year": "year", "quarter": "quarter", "day": "first", "plus_years": 1},
    "lines": {
        "list": [
            {
                "fields": {
                    "line": {"value": 1},
                    "device": {"value": "nvidia-h20"},
                    "quantity": {"column": "units"},
                }
            }
        ]
    },
}
COLUMNS = ColumnMap.model_validate(
    {
        "source": "orders",
        "key": ["order", "product"],
        "fields": {"on": {"year": "year", "quarter": "quarter", "day": "last"}},
        "party": [
            {
                "as": "seller",
                "from": date(2020, 1, 1),
                "name": {"value": "Example Seller"},
                "location": {"value": "US"},
                "headquarters": {"value": "US"},
            },
            {
                "as": "customer",
                "from": date(2020, 1, 1),
                "id": {"column": "customer_id", "empty": "nobody"},
                "name": {"column": "customer"},
                "aliases": {"column": "aliases", "split": ";"},
                "location": {"column": "country"},
                "headquarters": {"column": "headquarters", "empty": "unknown"},
            },
        ],
        "route": [
            {"when": {"units": ""}, "reject": "no quantity"},
            {"when": {"status": {"matches": "plan*"}}, "skip": "planned"},
            {"when": {"status": ["licensed", "approved"]}, "kind": "authorization.granted"}
            | {"fields": LICENCE},
            {
                "when": {"status": {"none_of": ["lost", "odd"]}, "country": {"empty": False}},
                "kind": "lot.exported",
                "fields": LOT,
            },
        ],
    }
)
CELLS = {
    "order": "7",
    "product": "H100 board",
    "units": "12",
    "country": "AE",
    "via": " forwarder ; broker ;",
    "customer": "Café Müller & Söhne",
    "customer_id": "cm",
    "aliases": "",
    "headquarters": "",
    "status": "shipped",
    "year": "2025",
    "quarter": "2",
}


def _bring(**cells: str) -> Brought:
    return bring(Record(2, 2, {**CELLS, **cells}), COLUMNS)


def _reasons(brought: Brought) -> list[tuple[str, str, str]]:
    assert isinstance(brought, Rejected)
    return [(fault.column, fault.value, fault.reason) for fault in brought.faults]


def test_a_row_becomes_an_event_and_the_parties_that_it_names() -> None:
    brought = _bring()
    assert isinstance(brought, Facts)
    assert brought.by_key
    assert brought.event == LotExported(
        id="orders/7/H100 board",
        on=date(2025, 6, 30),
        device="nvidia-h100-sxm",
        quantity=12,
        destination="AE",
        transaction="export",
        exporter="example-seller",
        ultimate_consignee="cm",
        end_user="cm",
        intermediate_consignees=("forwarder", "broker"),
        authorization="unknown",
    )
    assert [party.party for party in brought.parties] == ["example-seller", "cm"]
    assert brought.parties[1] == PartyRegistered(
        id="orders/party/cm",
        on=date(2020, 1, 1),
        party="cm",
        name="Café Müller & Söhne",
        location="AE",
        headquarters="unknown",
    )


def test_a_licence_has_its_line_and_never_lasts_longer_for_an_unknown_day() -> None:
    brought = _bring(status="approved")
    assert isinstance(brought, Facts)
    licence = brought.event
    assert isinstance(licence, AuthorizationGranted)
    assert (licence.reference, licence.destinations) == ("orders/7/H100 board", ("AE",))
    assert (licence.valid_from, licence.until) == (date(2025, 6, 30), date(2026, 4, 1))
    assert [(line.line, line.quantity) for line in licence.lines] == [(1, 12)]
    assert [party.party for party in brought.parties] == ["cm"], "only those the event names"


def test_the_first_route_that_fits_decides() -> None:
    assert _reasons(_bring(units="", status="planned")) == [("units", "", "no quantity")]
    assert _bring(status="planned 2026") == Skipped("planned")
    assert _reasons(_bring(status="odd")) == [("", "", "no route of the map fits")]


def test_every_fault_of_a_row_is_named_once_by_its_column() -> None:
    brought = _bring(units="0.5", year="", via="x\ty", customer_id="x" * 300, country="Narnia")
    found = [column for column, _, _ in _reasons(brought)]
    assert sorted(found) == ["country", "customer_id", "units", "via", "year"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("units", "-5", "expected a whole quantity from 1"),
        ("units", "0", "expected a whole quantity from 1"),
        ("units", "0.5", "expected a whole number"),
        ("units", "1,024", "expected a number"),
        ("units", "many", "expected a number"),
        ("units", "1e99999999", "at most 30 digits"),
        ("units", "NaN", "expected a number"),
        ("product", "H900", "don't list 'H900'"),
        ("year", "25", "year of four digits"),
        ("year", "0000", "year of four digits"),
        ("quarter", "5", "quarter from 1 to 4"),
        ("quarter", "", "'on' is missing"),
        ("country", "ae", "expected a country as two capital letters"),
        ("units", "1_000", "expected a number"),
        ("units", "\u0661\u0662", "expected a number"),
        ("country", "\u0410E", "expected a country as two capital letters"),
        (
            "headquarters",
            "Japan",
            "expected a country as two capital letters, such as AE or BR, or 'unknown'",
        ),
        ("customer", "", "'ultimate_consignee' is missing"),
    ],
)
def test_a_bad_cell_is_rejected_with_its_column_and_value(
    column: str, value: str, said: str
) -> None:
    faults = [fault for fault in _reasons(_bring(**{column: value})) if fault[0] == column]
    assert [fault[1] for fault in faults] == [value]
    assert said in faults[0][2]


def test_a_row_without_its_key_is_rejected() -> None:
    assert _reasons(_bring(order="", product=""))[0][2] == "the row has no key"


def test_a_broken_row_is_rejected_whatever_the_routes_say() -> None:
    broken = bring(Record(3, 3, {}, "the row has 2 cells"), COLUMNS)
    assert _reasons(broken) == [("", "", "the row has 2 cells")]


def test_a_party_with_two_headquarters_in_one_row_is_rejected() -> None:
    found = _reasons(_bring(customer_id="example-seller", headquarters="CN"))
    assert found == [
        ("headquarters", "CN", "the row gives 'example-seller' two headquarters, US and CN")
    ]


def test_aliases_are_split() -> None:
    brought = _bring(aliases="CM; Mueller ")
    assert isinstance(brought, Facts)
    assert brought.parties[1].aliases == ("CM", "Mueller")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("G42", "g42"),
        ("Microsoft (Azure UAE, hosted by Khazna/G42)", "microsoft-azure-uae-hosted-by-khazna-g42"),
        ("Café Müller & Söhne", "cafe-muller-sohne"),
        ("JD.com", "jd-com"),
        ("华为", "华为"),
        ("  --  ", ""),
    ],
)
def test_a_party_id_follows_from_the_name(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_name_without_a_letter_is_no_party() -> None:
    assert _reasons(_bring(customer="---", customer_id=" "))[0][0] == "customer_id"


cells = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.tuples(cells, cells), st.tuples(cells, cells))
def test_rows_have_the_same_id_only_if_their_keys_are_the_same(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    columns = COLUMNS.model_copy(update={"key": ("a", "b")})
    ids = [row_id(columns, dict(zip("ab", key, strict=True))) for key in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)
    assert not any(character < " " for character in ids[0])


@given(st.integers(1, 9998), st.integers(1, 4))
def test_a_quarter_ends_on_the_day_before_the_next_one(year: int, quarter: int) -> None:
    last, first = quarter_day(year, quarter, last=True), quarter_day(year, quarter, last=False)
    following = quarter_day(year + quarter // 4, quarter % 4 + 1, last=False)
    assert (following - last).days == 1
    assert first <= last
