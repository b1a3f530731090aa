from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ledger.cli.flags import Common, LotFlags, as_day, as_of, ledger_url, requests_of
from ledger.core.errors import InvalidInput, InvalidRequest, NotFound
from ledger.core.lots import Request
from ledger.store.as_of import AsOf
from ledger.store.connection import DEFAULT_URL


def test_there_is_a_flag_for_every_field_of_a_request() -> None:
    assert set(LotFlags.__dataclass_fields__) == {*Request.model_fields, "request"}


def test_only_what_is_given_is_part_of_the_request() -> None:
    assert LotFlags().data() == {}
    found = LotFlags(device="h100", intermediate_consignees=("a", "b")).data()
    assert found == {"device": "h100", "intermediate_consignees": ["a", "b"]}


def test_a_flag_goes_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lot.json"
    file.write_text('{"device": "h100", "quantity": 5, "colour": "red"}', encoding="utf-8")
    found = LotFlags(request=str(file), quantity="7").data()
    assert found == {"device": "h100", "quantity": "7", "colour": "red"}


def test_a_file_is_read_as_its_name_says(tmp_path: Path) -> None:
    file = tmp_path / "lot.toml"
    file.write_text('device = "h100"\non = 2025-09-01\n', encoding="utf-8")
    assert LotFlags(request=str(file)).data() == {"device": "h100", "on": date(2025, 9, 1)}
    other = tmp_path / "lot.json"
    other.write_text('device = "h100"', encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"lot.json: is neither JSON nor TOML"):
        LotFlags(request=str(other)).data()


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"can't read .*none.json: No such file"):
        LotFlags(request=str(tmp_path / "none.json")).data()


def test_a_day_is_a_day() -> None:
    assert as_day(None, "--on") is None
    assert as_day("2025-09-01", "--on") == date(2025, 9, 1)
    for wrong in ("", "2025-13-01", "1.9.2025", "2025-09-01T00:00"):
        with pytest.raises(InvalidInput, match=r"^--on: expected a day as YYYY-MM-DD, found '"):
            as_day(wrong, "--on")


def test_the_ledger_is_that_of_the_flag_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CHIPLEDGER_URL", raising=False)
    assert (ledger_url(), Common().url) == (DEFAULT_URL, DEFAULT_URL)
    monkeypatch.setenv("CHIPLEDGER_URL", "sqlite:///x.db")
    assert (Common().url, Common(ledger="sqlite:///y.db").url) == (
        "sqlite:///x.db",
        "sqlite:///y.db",
    )


TWO = [{"device": "h100", "quantity": 5}, {"id": "mine", "quantity": 6}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lots.json", '[{"device": "h100", "quantity": 5}, {"id": "mine", "quantity": 6}]'),
        ("lots.jsonl", '{"device": "h100", "quantity": 5}\n\n{"id": "mine", "quantity": 6}\n'),
        (
            "lots.toml",
            '[[lot]]\ndevice = "h100"\nquantity = 5\n[[lot]]\nid = "mine"\nquantity = 6\n',
        ),
    ],
)
def test_the_lots_of_a_bundle_are_read_as_the_name_of_their_file_says(
    name: str, text: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert requests_of(str(file)) == TWO


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("lots.json", "{}", "holds no list of requests"),
        ("lots.json", "[1]", "holds no list of requests"),
        ("lots.json", "[", "is neither JSON nor TOML"),
        ("lots.jsonl", '{"a": 1}\n[]', "holds no list of requests"),
        ("lots.jsonl", '{"a": 1', "is neither JSON nor TOML"),
        ("lots.toml", 'device = "h100"', "unknown device"),
        ("lots.toml", 'lot = "h100"', "holds no list of requests"),
    ],
)
def test_a_file_of_no_lots_is_bad_input(name: str, text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidRequest, match=rf"{name}: {said}.*[Ww]rite a JSON list of objects"):
        requests_of(str(file))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", 0),
        ("120", 120),
        ("20261126", 20261126),
        ("2026-11-26", date(2026, 11, 26)),
        ("2026-11-26T10:00Z", datetime(2026, 11, 26, 10, tzinfo=UTC)),
        ("2026-11-26T10:00:01.5Z", datetime(2026, 11, 26, 10, 0, 1, 500_000, UTC)),
        ("2026-11-26 10:00:00.000001+00:00", datetime(2026, 11, 26, 10, 0, 0, 1, UTC)),
        (
            "2026-11-26T10:00:00-05:30",
            datetime(2026, 11, 26, 10, tzinfo=timezone(-timedelta(hours=5, minutes=30))),
        ),
    ],
)
def test_as_of_is_a_size_a_day_or_a_time(text: str, meant: AsOf) -> None:
    assert (as_of(text), type(as_of(text))) == (meant, type(meant))


def test_a_time_without_an_offset_is_refused_with_the_cure() -> None:
    for text in ("2026-11-26T10:00", "2026-11-26 10:00:00", "2026-11-26T10:00:00.5"):
        with pytest.raises(InvalidInput) as refused:
            as_of(text)
        assert refused.value.sentence == (
            f"--as-of: the time '{text}' says no offset from UTC. "
            f"Write {text}Z for UTC, or an offset such as {text}+09:00."
        )


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "-1", "1.5", "1_5", "7.6", "٣", "1e3", "+5"),
        *("2026-02-30", "2026-11", "2026-W48-4", "26.11.2026", "9999-12-31", "0001-01-01"),
        *("2026-02-30T10:00:00Z", "2026-11-26T24:00:01Z", "2026-11-26T10:00:60Z"),
        *("2026-11-26T10Z", "2026-11-26T10:00:00z", "2026-11-26T10:00:00.1234567Z"),
        *("2026-11-26T10:00:00+25:00", "0001-01-01T00:00:00+14:00", "2026-11-26T10:00:00 Z"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        as_of(text)
    assert refused.value.sentence == (
        f"--as-of: expected a size, a day or a time that is in the calendar, found '{text}'. "
        "Write 120, 2026-11-26 (its end) or 2026-11-26T10:00:00Z."
    )
