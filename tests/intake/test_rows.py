import pytest

from ledger.core.errors import NotFound
from ledger.intake.rows import error_faults, rejected, shown, source_column


@pytest.mark.parametrize(
    ("value", "line"),
    [(None, ""), (" a\n b\t", "a b"), (1.5, "1.5"), ("x" * 300, "x" * 199 + "…")],
)
def test_a_value_is_shown_as_one_short_line(value: object, line: str) -> None:
    assert shown(value) == line


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("quantity", "units"),
        ("lines[0].device", "product"),
        ("lines.0.device", "product"),
        ("lines.0.line", "numbers"),
        ("via.3", "via.3"),
        ("unknown", "unknown"),
    ],
)
def test_a_field_leads_back_to_its_column(path: str, column: str) -> None:
    columns = {"quantity": "units", "lines.0.device": "product", "lines": "numbers"}
    assert source_column(path, columns) == column


def test_an_error_is_a_fault_of_the_whole_row() -> None:
    error = NotFound("there is no reservation 'r'", where="lot", cure="look it up")
    (fault,) = error_faults(error, {})
    assert (fault.column, fault.label) == ("", "not found")
    assert fault.reason == "there is no reservation 'r'. Look it up."


def test_a_rejection_is_labelled_by_its_reason() -> None:
    (fault,) = rejected("domestic", column="country", value="US").faults
    assert (fault.column, fault.value, fault.label) == ("country", "US", "domestic")
