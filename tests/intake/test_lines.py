from pathlib import Path

import pytest

from ledger.core.events import RecordReversed
from ledger.intake.lines import read_lines
from ledger.intake.rows import Facts, Rejected

GOOD = b'{"kind":"record.reversed","id":"r","on":"2025-01-01","target":"t","reason":"x"}'


def _faults(folder: Path, line: bytes) -> list[tuple[str, str, str]]:
    (folder / "a.jsonl").write_bytes(line)
    (row,) = read_lines(folder / "a.jsonl")
    assert isinstance(row.brought, Rejected)
    return [(fault.column, fault.value, fault.reason) for fault in row.brought.faults]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD + b"\n",
        b"\xef\xbb\xbf" + GOOD + b"\r\n",
        b"  " + GOOD.replace(b",", b" , ") + b"  \n\n \n",
    ],
)
def test_a_line_is_an_event_whatever_its_ends_and_blanks(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    (row,) = read_lines(tmp_path / "a.jsonl")
    assert isinstance(row.brought, Facts)
    assert isinstance(row.brought.event, RecordReversed)
    assert (row.number, row.brought.parties) == (1, ())


def test_lines_keep_their_numbers_and_empty_ones_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n" + GOOD + b"\n\n{\n" + GOOD)
    rows = list(read_lines(tmp_path / "a.jsonl"))
    assert [row.number for row in rows] == [2, 4, 5]
    assert [isinstance(row.brought, Facts) for row in rows] == [True, False, True]
    assert rows[-1].at == (tmp_path / "a.jsonl").stat().st_size


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert list(read_lines(tmp_path / "a.jsonl")) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"kind":', "not JSON"),
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'{"a":NaN}', "NaN is no number"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"[1]", "no event"),
        (b"7", "no event"),
    ],
)
def test_a_line_that_is_no_event_is_a_row_error(line: bytes, said: str, tmp_path: Path) -> None:
    ((column, value, reason),) = _faults(tmp_path, line)
    assert column == ""
    assert said in reason
    assert len(value) <= 200


def test_a_kind_that_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    assert _faults(tmp_path, b"{}")[0][:2] == ("kind", "")
    ((column, value, reason),) = _faults(tmp_path, b'{"kind":"lot.shipped"}')
    assert (column, value) == ("kind", "lot.shipped")
    assert "lot.exported" in reason


def test_each_wrong_field_is_a_fault_of_its_own(tmp_path: Path) -> None:
    line = (
        b'{"kind":"stock.declared","id":"s","on":"2025-02-30","party":"p","destination":"AE",'
        b'"device":"d","quantity":1.5,"colour":"red"}'
    )
    found = {column: (value, reason) for column, value, reason in _faults(tmp_path, line)}
    assert set(found) == {"on", "quantity", "colour"}
    assert found["quantity"][0] == "1.5"
    assert "calendar" in found["on"][1]
    assert "unknown field" in found["colour"][1]


def test_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    faults = _faults(tmp_path, GOOD.replace(b'"x"', b'"\\ud800"'))
    assert [fault[0] for fault in faults] == ["reason"]
