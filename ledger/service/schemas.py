"""The published JSON Schemas, from the models themselves."""

from typing import Any, Final

from pydantic import TypeAdapter

from ledger.core.events import AnyEvent
from ledger.core.law.pack import Pack
from ledger.core.lots import Request
from ledger.core.scenario import Scenario
from ledger.intake.column_map import ColumnMap
from ledger.service.checking import CheckedDecision

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def published() -> dict[str, dict[str, Any]]:
    """File name to schema, for every object that enters or leaves chipledger."""
    event: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
    return {
        "event.schema.json": _titled("chipledger event", event.json_schema()),
        "request.schema.json": _titled("chipledger request", Request.model_json_schema()),
        "pack.schema.json": _titled("chipledger rule pack", Pack.model_json_schema()),
        "scenario.schema.json": _titled("chipledger scenario", _scenario(event.json_schema())),
        "column-map.schema.json": _titled("chipledger column map", ColumnMap.model_json_schema()),
        "decision.schema.json": _titled(
            "chipledger decision", CheckedDecision.model_json_schema(mode="serialization")
        ),
    }


def _scenario(event: dict[str, Any]) -> dict[str, Any]:
    """The schema of a scenario, whose events and lots are those of the others.

    An event that is supposed may lack its id, a lot its authorization, and its quantity where that
    is the question.
    """
    found = Scenario.model_json_schema()
    events, defs = event["oneOf"], event["$defs"]
    for model in defs.values():
        model["required"] = [
            name for name in model.get("required", ()) if name not in {"id", "authorization"}
        ]
    lot = Request.model_json_schema()
    lot["required"] = [name for name in lot["required"] if name not in {"quantity", *FILLED_IN}]
    found["$defs"] |= {**defs, **lot.pop("$defs", {}), "SupposedLot": lot}
    found["properties"]["event"]["items"] = {"oneOf": events}
    for model in found["$defs"].values():
        lots = model.get("properties", {}).get("lots")
        if lots is not None:
            lots["items"] = {"$ref": "#/$defs/SupposedLot"}
    return found


FILLED_IN: Final = frozenset({"transaction", "end_user"})
"""Fields of a lot that follow from the others when they are left out."""


def _titled(title: str, schema: dict[str, Any]) -> dict[str, Any]:
    parts = [schema, *schema.get("$defs", {}).values()]
    for part in parts:
        required = [name for name in part.get("required", ()) if name not in FILLED_IN]
        if required:
            part["required"] = required
    return {"$schema": DRAFT, **schema, "title": title}
