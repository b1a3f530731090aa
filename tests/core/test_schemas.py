import json

import pytest

from ledger.core.schemas import DRAFT, published

FILES = ["decision.schema.json", "event.schema.json", "pack.schema.json", "request.schema.json"]


def test_every_object_that_comes_in_or_goes_out_has_a_schema() -> None:
    assert sorted(published()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_schema_names_its_draft_and_title_and_is_plain_json(name: str) -> None:
    schema = published()[name]
    assert schema["$schema"] == DRAFT
    assert schema["title"].startswith("chipledger ")
    assert json.loads(json.dumps(schema)) == schema


def test_what_follows_from_other_fields_is_not_required() -> None:
    request = published()["request.schema.json"]
    assert {"transaction", "end_user"} & set(request["required"]) == set()
    assert {"device", "quantity", "destination", "on"} <= set(request["required"])
    exported = published()["event.schema.json"]["$defs"]["LotExported"]
    assert {"transaction", "end_user"} & set(exported["required"]) == set()
    assert {"id", "on", "authorization"} <= set(exported["required"])


def test_no_schema_allows_unknown_fields() -> None:
    request = published()["request.schema.json"]
    assert request["additionalProperties"] is False
