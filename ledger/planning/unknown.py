"""What deals name and the ledger does not know: parties, devices, countries, authorizations."""

from collections.abc import Container, Iterator

from ledger.core.deals import Deal
from ledger.core.errors import NotFound
from ledger.core.law.law import Law
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on
from ledger.core.references import Fault, unknown_countries, unregistered


def unknown_in(deal: Deal, prefix: Prefix, law: Law, countries: Container[str]) -> Iterator[Fault]:
    """Everything unknown that a deal names, each field once."""
    named: dict[str, str | None] = {"origin": deal.origin, "destination": deal.destination}
    yield from unknown_countries(named, countries)
    for field in ("exporter", "end_user", "ultimate_consignee"):
        party = str(getattr(deal, field))
        if not prefix.party(party) and (field == "end_user" or party != deal.end_user):
            yield unregistered(field, party)
    for device in deal.devices:
        try:
            device_on(device, deal.latest, prefix, law)
        except NotFound as unknown:
            field = "device" if device == deal.device else "instead"
            yield Fault(field, device, unknown.what, unknown.cure)
    forced = deal.authorization
    if forced is not None and forced not in law.authorization_ids():
        known = f"use one of {', '.join(law.authorization_ids())}, or leave it out"
        yield Fault("authorization", forced, f"no adopted pack knows '{forced}'", known)
