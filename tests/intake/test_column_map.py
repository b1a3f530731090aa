from pathlib import Path

import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.intake.column_map import ColumnMap, read_map

EXAMPLES = Path(__file__).parents[2] / "examples"

SMALL = """
source = "orders"
key = ["order"]

[fields]
on = { column = "day" }

[[party]]
as = "customer"
from = 2020-01-01
name = { column = "customer" }
location = { column = "country" }
headquarters = { column = "country" }

[[route]]
when = { units = "" }
reject = "no quantity"

[[route]]
kind = "stock.declared"

[route.fields]
party = { party = "customer" }
destination = { column = "country" }
device = { column = "product" }
quantity = { column = "units" }
"""


def _read(folder: Path, text: str) -> ColumnMap:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return read_map(path)


@pytest.mark.parametrize("name", ["shipments.map.toml", "public_shipments.map.toml"])
def test_the_maps_of_the_examples_are_maps(name: str) -> None:
    assert read_map(EXAMPLES / name).route


def test_a_map_names_every_column_that_it_reads(tmp_path: Path) -> None:
    columns = _read(tmp_path, SMALL).columns()
    assert list(columns) == ["order", "units", "day", "country", "product", "customer"]


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("keys", "key", "unknown field 'keys'"),
        ('{ colum = "day" }', '{ column = "day" }', "expected where the value comes from"),
        ('{ column = "day", spilt = ";" }', '{ column = "day" }', "unknown field"),
        ('reject = "no quantity"\nskip = "x"', 'reject = "no quantity"', "exactly one of kind"),
        ("", 'reject = "no quantity"', "exactly one of kind"),
        ('"lot.shipped"', '"stock.declared"', "unknown kind 'lot.shipped'"),
        ('"ledger.created"', '"stock.declared"', "unknown kind 'ledger.created'"),
        ('{ party = "buyer" }', '{ party = "customer" }', "no [[party]] stands under as = 'buyer'"),
        ("quantity_ = ", "quantity = ", "takes no field 'quantity_'"),
        ('units = { column = "u" }', 'quantity = { column = "units" }', "takes no field 'units'"),
        ("", 'quantity = { column = "units" }', "needs the field 'quantity'"),
        ('id = { column = "x" }\non', "on", "takes no field 'id'"),
        ("key = []", 'key = ["order"]', "at least 1 item"),
        ("from = 2020-01-01T00:00:00", "from = 2020-01-01", "expected a day"),
        ("{ matches = 'a', empty = true }", '""', "exactly one of matches"),
        ("{ value = 12:00:00 }", '{ column = "product" }', "expected text, a whole number"),
    ],
)
def test_a_wrong_map_says_which_field_and_what_is_expected(
    wrong: str, right: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput) as refused:
        _read(tmp_path, SMALL.replace(right, wrong, 1))
    assert said in refused.value.sentence
    assert "map.toml" in refused.value.sentence


def test_two_parties_stand_under_different_names(tmp_path: Path) -> None:
    party = SMALL[SMALL.index("[[party]]") : SMALL.index("[[route]]")]
    with pytest.raises(InvalidInput, match="same 'as'"):
        _read(tmp_path, SMALL.replace(party, party + party))


def test_a_map_without_a_route_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="route"):
        _read(tmp_path, SMALL[: SMALL.index("[[route]]")])


def test_a_file_that_is_no_toml_or_no_text_or_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not TOML"):
        _read(tmp_path, "source = ")
    (tmp_path / "latin.toml").write_bytes(b'source = "\xe4"')
    with pytest.raises(InvalidInput, match="not TOML"):
        read_map(tmp_path / "latin.toml")
    with pytest.raises(NotFound, match=r"none\.toml"):
        read_map(tmp_path / "none.toml")


def test_a_decimal_constant_stays_exact(tmp_path: Path) -> None:
    columns = _read(tmp_path, SMALL.replace('{ column = "product" }', "{ value = 19.4 }"))
    device = columns.route[1].fields["device"]
    assert str(getattr(device, "value", None)) == "19.4"


def test_the_model_has_a_schema_to_publish() -> None:
    schema = ColumnMap.model_json_schema()
    assert set(schema["required"]) == {"source", "key", "route"}
    assert "as" in schema["$defs"]["Party"]["properties"]
