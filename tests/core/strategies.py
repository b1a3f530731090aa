"""Random events of every kind, as people write them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.core.encoding import Envelope, parse_event
from ledger.core.events import AnyEvent
from ledger.core.values import LARGEST_QUANTITY, LARGEST_UNIT_TPP

Fields = dict[str, Any]

# \x7f-\x9f, line separators and surrogates are no part of an id or of well-formed text.
_letters = st.characters(exclude_categories=["C", "Z"])
ids = st.text(_letters, min_size=1, max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
dates = st.dates(date(1900, 1, 1), date(2999, 12, 31))
days = dates.map(str)
countries = st.sampled_from(["US", "BR", "DE", "MY", "CN"])
quantities = st.integers(min_value=1, max_value=LARGEST_QUANTITY)
amounts = st.integers(min_value=1, max_value=LARGEST_UNIT_TPP * 10).map(
    lambda n: f"{n // 10}.{n % 10}"
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
exacts = st.decimals(min_value="0.001", max_value=99, places=3).map(str)


def fields(required: Fields, optional: Fields | None = None) -> st.SearchStrategy[Fields]:
    return st.fixed_dictionaries(
        {"id": ids, "on": days} | required,
        optional=optional or {},
    )


def _line(number: int) -> st.SearchStrategy[Fields]:
    return st.fixed_dictionaries(
        {"line": st.just(number), "device": ids, "quantity": quantities},
        optional={"tolerance_percent": exacts},
    )


lines = st.integers(min_value=0, max_value=3).flatmap(
    lambda count: st.tuples(*(_line(number) for number in range(1, count + 1)))
)
LOT: Fields = {
    "device": ids,
    "quantity": quantities,
    "destination": countries,
    "exporter": ids,
    "ultimate_consignee": ids,
    "authorization": ids,
}
LOT_OPTIONAL: Fields = {
    "unit_tpp": amounts,
    "origin": countries,
    "purchaser": ids,
    "intermediate_consignees": st.lists(ids, max_size=2),
    "end_user": ids,
    "end_use": texts,
    "reference": ids,
    "decision_id": ids,
}

_owners = st.lists(st.fixed_dictionaries({"party": ids, "percent": exacts}), max_size=2)
_rates = st.dictionaries(st.sampled_from(["4", "8", "16"]), exacts, min_size=1)
_device = fields(
    {"device": ids, "data_center": st.booleans(), "source": texts},
    {
        "vendor": texts,
        "model": texts,
        "die_area_mm2": exacts,
        "performance_density": exacts,
        "dram_bandwidth_gbps": exacts,
        "interconnect_gbps": exacts,
        "eccn": texts,
        "ics": quantities,
        "note": texts,
    },
)


def _granted(begin: Any, end: Any) -> st.SearchStrategy[Fields]:  # noqa: ANN401 -- days
    first, until = sorted((begin, end))
    dates: Fields = {"from": st.just(str(first))}
    if first != until:
        dates["until"] = st.just(str(until))
    who = {"authorization": ids, "reference": ids, "party": ids}
    return st.one_of(
        fields(who | dates, {"destinations": st.lists(countries), "exporter": ids}),
        fields(who | dates | {"destinations": st.tuples(countries), "lines": lines}),
    )


verifier_keys = st.builds(
    lambda name, key_id, key: f"{name.replace('+', '-')}+{key_id}+{key}",
    ids,
    st.text("0123456789abcdef", min_size=8, max_size=8),
    st.text("ABCXYZabcxyz0189+/", min_size=44, max_size=44),
)

KINDS: dict[str, st.SearchStrategy[Fields]] = {
    "ledger.created": fields({"ledger": ids}, {"time_zone": ids}),
    "key.adopted": fields({"key": verifier_keys, "reason": texts}, {"endorsement": texts}),
    "device.classified": st.one_of(
        st.builds(lambda facts, tpp: facts | {"unit_tpp": tpp}, _device, amounts),
        st.builds(lambda facts, rates: facts | {"rates": rates}, _device, _rates),
    ),
    "party.registered": fields(
        {"party": ids, "name": texts, "location": countries, "headquarters": countries},
        {
            "aliases": st.lists(texts, max_size=2),
            "ultimate_parent": ids,
            "owners": _owners,
            "party_kind": st.sampled_from(["company", "government", "university"]),
        },
    ),
    "authorization.granted": st.tuples(dates, dates).flatmap(lambda two: _granted(*two)),
    "authorization.amended": fields(
        {"reference": ids, "reason": texts, "until": days},
        {"destinations": st.lists(countries), "lines": lines},
    ),
    "authorization.ended": fields({"reference": ids, "reason": texts}),
    "stock.declared": fields(
        {"party": ids, "destination": countries, "device": ids, "quantity": quantities}
    ),
    "lot.reserved": fields(
        LOT | {"hold_until": days}, LOT_OPTIONAL | {"reinstates": ids, "bundle": ids}
    ),
    "lot.extended": fields({"reservation": ids, "hold_until": days}),
    "lot.released": fields(
        {"reservation": ids, "reason": st.sampled_from(["released", "expired"])}
    ),
    "lot.exported": st.one_of(
        fields(LOT, LOT_OPTIONAL | {"document": texts}),
        fields(LOT | {"reservation": ids, "final": st.booleans()}, LOT_OPTIONAL),
        fields(LOT | {"reference": ids, "line": quantities}, {"document": texts}),
    ),
    "lot.attrited": fields(
        {
            "party": ids,
            "destination": countries,
            "device": ids,
            "quantity": quantities,
            "reason": st.sampled_from(["lost", "damaged", "failed", "returned"]),
        },
        {"lot": ids},
    ),
    "lot.relocated": fields(
        {
            "party": ids,
            "device": ids,
            "quantity": quantities,
            "destination_from": st.sampled_from(["US", "BR"]),
            "destination_to": st.sampled_from(["DE", "MY"]),
        }
    ),
    "usage.reported": fields(
        {"cap": ids, "holder": st.lists(ids, min_size=1), "tpp": amounts, "source": texts}
    ),
    "interpretation.adopted": fields(
        {"switch": ids, "value": ids, "cite": texts, "signed_by": texts}
    ),
    "list.adopted": fields(
        {"name": ids, "digest": digests, "source_on": days, "count": quantities},
        {"reason": texts},
    ),
    "party.cleared": fields({"party": ids, "hit": texts, "reason": texts, "signed_by": texts}),
    "setting.changed": fields({"setting": ids, "value": texts, "reason": texts}),
    "duty.done": fields({"duty": texts, "document": texts}),
    "pack.adopted": fields(
        {
            "pack": ids,
            "version": ids,
            "text": st.text(st.characters(exclude_categories=["Cs"])),
            "digest": digests,
        }
    ),
    "record.reversed": fields({"target": ids, "reason": texts}, {"replaced_by": ids}),
}


def events_of(kind: str) -> st.SearchStrategy[AnyEvent]:
    read: Callable[[Fields], AnyEvent] = lambda found: parse_event({**found, "kind": kind})  # noqa: E731 -- typed
    return KINDS[kind].map(read)


events = st.sampled_from(sorted(KINDS)).flatmap(events_of)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    data: Fields = {
        "seq": draw(st.integers(min_value=1, max_value=10**9)),
        "recorded_at": "2026-01-02T03:04:05Z",
        "actor": draw(texts),
        "via": draw(st.sampled_from(["cli", "import", "api"])),
    }
    if draw(st.booleans()):
        data["batch"] = {"file": draw(ids), "row": draw(st.integers(min_value=1, max_value=99))}
    return Envelope.model_validate(data)
