from datetime import date

from ledger.core.positions import Kind, Movement
from ledger.store.cells import holder_text, movement, shape_text
from ledger.store.statements import POSITION_COLUMNS, SEPARATOR


def test_a_shape_and_a_holder_are_one_text_each() -> None:
    assert shape_text(("party", "destination")) == "party,destination"
    assert holder_text(("buyer", "BR")) == f"buyer{SEPARATOR}BR"


def test_a_row_of_the_positions_table_is_read_back_as_its_movement() -> None:
    row = (7, 0, "2025-09-01", "exported", "h100", "buyer", "BR", 5, 791600, "x-1")
    rest = ("us-ear/lpp", "operator", "seller", "L1/2")
    assert len(POSITION_COLUMNS.split(", ")) == len((*row, *rest))
    assert movement((*row, *rest)) == Movement(
        on=date(2025, 9, 1),
        kind=Kind.EXPORTED,
        device="h100",
        party="buyer",
        destination="BR",
        units=5,
        tpp=791600,
        lot="x-1",
        authorization="us-ear/lpp",
        end_user="operator",
        exporter="seller",
        line="L1/2",
    )
