"""Requests as they come in: from flags or a file, checked field by field."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from ledger.core.encoding import faults
from ledger.core.errors import InvalidEvent, InvalidRequest
from ledger.core.events import Event
from ledger.core.lots import Request
from ledger.core.references import unknown_countries
from ledger.service.shell import countries, legal_today
from ledger.store.prefix import StorePrefix

Built = TypeVar("Built", bound=Event)


def built(kind: type[Built], where: str, **fields: object) -> Built:
    """An event from its fields, nulls left out; raises `InvalidEvent` naming every wrong one."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise InvalidEvent(faults(error), where=where) from error


def parse_request(data: Mapping[str, Any], prefix: StorePrefix) -> Request:
    """Read a request from plain data; without `on` it is about today.

    Raises `InvalidRequest`, which names every wrong field, the value and what is expected.
    """
    filled = data if "on" in data else {"on": legal_today(prefix), **data}
    try:
        request = Request.model_validate(filled)
    except ValidationError as error:
        raise InvalidRequest(faults(error), where="request") from error
    named: dict[str, str | None] = {"origin": request.origin, "destination": request.destination}
    unknown = list(unknown_countries(named, countries()))
    if unknown:
        said = "; ".join(f"{fault.field}: {fault.what}" for fault in unknown)
        raise InvalidRequest(said, where="request", cure=unknown[0].cure)
    return request
