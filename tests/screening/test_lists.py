"""Published lists: three forms of a file, one value."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import InvalidInput, NotFound
from ledger.screening.lists import ListedParty, parsed, read_content, read_list, written

SNAPSHOT = Path(__file__).parents[3] / "shared" / "data" / "screening" / "csl_2026-07-31.json"
COLUMNS = (
    "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,"
    "start_date,end_date,standard_order,license_requirement,license_policy,call_sign,"
    "vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,"
    "source_list_url,alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,"
    "source_information_url,ids"
)
HEADER = COLUMNS.split(",")
EL = "Entity List (EL) - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"
MBS = "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department"


def row(**cells: str) -> dict[str, str]:
    return cells


ROWS = [
    row(
        source=SDN,
        entity_number="906",
        type="Entity",
        name="HAVIN BANK LIMITED",
        addresses="4th Floor, 189 Marsh Wall, London, E14 9SH, GB; Oficina 4 H, Havana, 10400, CU",
        alt_names="HAVANA INTERNATIONAL BANK, LTD; HAVIN BANK",
    ),
    row(
        source=EL,
        name="CETC 13 ",
        addresses="113 Hezuo Road, Hebei, China; and 21 Changsheng Street, Hebei Province, CN",
        alt_names="Hebei Institute; HSRI; and CETC Research Institute 13",
    ),
    row(source=MBS, entity_number="7", type="Individual", name="Chris Tang", addresses="HK"),
]
PARTIES = (
    ListedParty(
        "EL:e2d5e12e2322",
        "EL",
        "CETC 13",
        ("Hebei Institute", "HSRI", "CETC Research Institute 13"),
        ("CN",),
    ),
    ListedParty("NS-MBS:7", "NS-MBS", "Chris Tang", (), ("HK",), "Individual"),
    ListedParty(
        "SDN:906",
        "SDN",
        "HAVIN BANK LIMITED",
        ("HAVANA INTERNATIONAL BANK, LTD", "HAVIN BANK"),
        ("CU", "GB"),
        "Entity",
    ),
)


def csv_file(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def json_file(*rows: dict[str, str], **more: object) -> bytes:
    results = [
        {
            "source": cells["source"],
            "entity_number": cells.get("entity_number"),
            "type": cells.get("type"),
            "name": cells["name"],
            "addresses": [
                {"address": "x", "country": address.rpartition(",")[2].strip()}
                for address in cells.get("addresses", "").split("; ")
            ],
            "alt_names": cells["alt_names"].split("; ") if "alt_names" in cells else None,
        }
        for cells in rows
    ]
    return json.dumps({"total": len(rows), "results": results, **more}).encode()


def snapshot_file(*rows: dict[str, str], generated: str) -> bytes:
    entries = [
        {
            "n": cells["name"],
            "s": place,
            "a": cells.get("alt_names", "").split("; "),
            "t": cells.get("type"),
            "e": cells.get("entity_number"),
            "c": [address[-2:] for address in cells.get("addresses", "").split("; ")],
        }
        for place, cells in enumerate(rows)
    ]
    tables = {"sources": [cells["source"] for cells in rows]}
    return json.dumps(
        {"sourceGeneratedAt": generated, "tables": tables, "entries": entries},
    ).encode()


def test_the_csv_of_trade_gov() -> None:
    found = parsed(csv_file(*ROWS), where="consolidated.csv")
    assert found.parties == PARTIES
    assert found.source_day is None


def test_all_forms_give_the_same_content() -> None:
    stamp = "2026-07-31T23:15:00-04:00"
    files = (
        csv_file(*ROWS),
        json_file(*ROWS, search_performed_at=stamp),
        snapshot_file(*ROWS, generated=stamp),
    )
    found = [parsed(file, where="a file") for file in files]
    assert {one.digest for one in found} == {found[0].digest}
    assert len({one.file_digest for one in found}) == 3
    assert [one.source_day for one in found] == [None, date(2026, 8, 1), date(2026, 8, 1)]


def test_without_a_day_of_its_own_the_json_is_from_when_a_list_last_changed() -> None:
    changed = [
        {"source": EL, "source_last_updated": "2026-07-29T10:00:00+00:00"},
        {"source": SDN, "source_last_updated": "2026-07-30T10:00:00+00:00"},
    ]
    assert parsed(json_file(*ROWS, sources_used=changed), where="a").source_day == date(2026, 7, 30)
    assert parsed(json_file(*ROWS), where="a").source_day is None


def test_the_order_of_rows_changes_nothing() -> None:
    assert parsed(csv_file(*ROWS[::-1]), where="a").content == written(PARTIES)


def test_a_byte_order_mark_and_an_end_of_file_sign_are_no_rows() -> None:
    marked = b"\xef\xbb\xbf" + csv_file(*ROWS) + b"\x1a\r\n"
    assert parsed(marked, where="a").parties == PARTIES


def test_a_party_that_stands_twice_is_kept_twice() -> None:
    twice = [
        row(source=EL, name="A Co", addresses="US", alt_names="B"),
        row(source=EL, name="A Co", addresses="US"),
    ]
    first, second = parsed(csv_file(*twice), where="a").parties
    assert second.entry == f"{first.entry}-2"
    assert (first.aliases, second.aliases) == ((), ("B",))


def test_regions_are_no_countries() -> None:
    odd = row(source=EL, name="A", addresses="Yalta, CRIMEA (OCCUPIED); Xian, PRC; Kyiv, UA")
    assert parsed(csv_file(odd), where="a").parties[0].countries == ("CN", "UA")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (EL, "EL"),
        (MBS, "NS-MBS"),
        ("Military End User (MEU) List - Bureau of Industry and Security", "MEU"),
        ("A New List - Some Department", "A-NEW-LIST"),
    ],
)
def test_the_code_of_a_list_comes_from_its_name(source: str, code: str) -> None:
    found = parsed(csv_file(row(source=source, name="A", entity_number="1")), where="a")
    assert found.parties[0].entry == f"{code}:1"


def refused(content: bytes) -> str:
    with pytest.raises(InvalidInput) as refusal:
        parsed(content, where="list.csv")
    return refusal.value.sentence


def test_every_faulty_row_is_told() -> None:
    said = refused(
        csv_file(
            row(source=EL, name=""),
            row(source="", name="A"),
            row(source=EL, name="B", type="Robot"),
        ),
    )
    assert "list.csv: 3 rows can't be read" in said
    assert "row 2: column name: found nothing, expected a name" in said
    assert "row 3: column source: found nothing" in said
    assert "row 4: column type: found 'Robot', expected Entity, Individual" in said


def test_of_many_faulty_rows_twenty_are_told() -> None:
    said = refused(csv_file(*[row(source=EL, name="")] * 25))
    assert "25 rows" in said
    assert said.count("column name") == 20


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "the file is empty"),
        (csv_file(), "lists no party"),
        (b'{"results": []}', "lists no party"),
        (b"name,source\nA,B\n", "lacks the column entity_number"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"results": ', "JSON can't be read"),
        (b'{"parties": []}', "expected 'results' or 'entries'"),
        (b'{"results": ["A"]}', "row 1: expected an object"),
        (b'{"entries": [7], "tables": {"sources": []}}', "row 1: expected an object"),
        (b'{"entries": [{"n": "A", "s": 3}], "tables": {"sources": []}}', "column source"),
        (b'{"results": [{}], "search_performed_at": "today"}', "found 'today'"),
        (csv_file(*ROWS) + b"a,b\r\n", "row 5: 2 cells, expected 29"),
        (csv_file(*ROWS) + b'"a" b\r\n', "row 5: the CSV can't be read"),
    ],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, part: str) -> None:
    assert part in refused(content)


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="can't read"):
        read_list(tmp_path / "none.csv")


TEXT = st.text(min_size=1, max_size=20)
LISTED = st.builds(
    ListedParty,
    entry=TEXT,
    source=TEXT,
    name=TEXT,
    aliases=st.lists(TEXT, max_size=3).map(tuple),
    countries=st.lists(st.sampled_from(["CN", "US"]), max_size=2).map(tuple),
    kind=st.sampled_from([None, "Entity", "Vessel"]),
)


@given(st.lists(LISTED, unique_by=lambda party: party.entry))
def test_reading_the_content_back_gives_the_parties(parties: list[ListedParty]) -> None:
    ordered = tuple(sorted(parties, key=lambda party: party.entry))
    assert read_content(written(parties)) == ordered


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"v":2,"parties":[]}', b'{"v":1,"parties":[{}]}']
)
def test_other_content_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"content of"):
        read_content(content)


@pytest.mark.skipif(not SNAPSHOT.exists(), reason="the shared snapshot of the list is not here")
def test_the_snapshot_of_31_july_2026() -> None:
    found = read_list(SNAPSHOT)
    assert len(found.parties) == 25_921
    assert found.source_day == date(2026, 7, 31)
    assert len({party.entry for party in found.parties}) == 25_921
    assert sum(party.source == "EL" for party in found.parties) == 3420
    assert read_content(found.content) == found.parties
