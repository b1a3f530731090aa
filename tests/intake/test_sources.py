import hashlib
from pathlib import Path

import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.intake.column_map import ColumnMap
from ledger.intake.rows import Facts, Rejected, Skipped
from ledger.intake.sources import is_table, open_source

COLUMNS = ColumnMap.model_validate(
    {
        "source": "test",
        "key": ["key"],
        "route": [
            {"when": {"key": "skip"}, "skip": "left out"},
            {
                "kind": "record.reversed",
                "fields": {
                    "on": {"column": "day"},
                    "target": {"value": "t"},
                    "reason": {"value": "r"},
                },
            },
        ],
    }
)


def test_a_source_carries_the_digest_and_the_size_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"key,day\na,2025-01-01\nskip,\na,2025-01-01\nb,x\n")
    source = open_source(file, COLUMNS)
    assert source.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (source.name, source.size) == (str(file), file.stat().st_size)
    for _ in range(2):
        rows = list(source.rows())
        assert [row.number for row in rows] == [2, 3, 4, 5]
        assert [type(row.brought) for row in rows] == [Facts, Skipped, Rejected, Rejected]
        assert rows[-1].at == source.size


def test_a_column_that_the_file_lacks_is_named_with_those_it_has(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,date\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"'day'.* Its columns are key, date"):
        open_source(tmp_path / "a.csv", COLUMNS)


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    assert is_table(Path("a.XLSX"))
    assert not is_table(Path("a.jsonl"))
    (tmp_path / "a.ndjson").write_text("", encoding="utf-8")
    assert list(open_source(tmp_path / "a.ndjson", None).rows()) == []
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"\.jsonl"):
        open_source(tmp_path / "a.json", None)
    with pytest.raises(NotFound):
        open_source(tmp_path / "none.csv", COLUMNS)
