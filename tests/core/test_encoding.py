import json
from collections.abc import Callable
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.encoding import (
    _EXACT,
    KINDS,
    Entry,
    Envelope,
    canonical,
    canonical_plain,
    decode,
    encode,
    event_data,
    parse_event,
    parse_json,
)
from ledger.core.errors import InvalidEvent, LedgerDamaged
from ledger.core.events import AnyEvent
from ledger.core.merkle import leaf_hash
from ledger.core.values import COUNTRY, PATTERN_WORDS
from tests.core import strategies
from tests.core.builders import ROOT, Fields, exported, party, used
from tests.core.examples import EXAMPLES, bodies

ENVELOPE = Envelope(seq=7, recorded_at="2026-01-02T03:04:05Z", actor="ana", via="cli")
PARTY = party("buyer", headquarters="BR")
BODY = encode(PARTY, ENVELOPE)


def changed(**changes: object) -> bytes:
    """The body of a good entry with fields of its envelope changed, in canonical form."""
    return canonical({**json.loads(BODY), **changes})


# ---- canonical bytes


def test_canonical_json_is_utf8_with_sorted_keys_and_no_spaces() -> None:
    assert canonical({"b": [1, None], "a": "Zürich"}) == '{"a":"Zürich","b":[1,null]}'.encode()


def test_canonical_json_holds_no_decimal_and_no_float_that_is_no_number() -> None:
    with pytest.raises(TypeError, match="canonical JSON holds no Decimal"):
        canonical({"a": Decimal("1.5")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
"""Everything that an event is made of once it is written."""


@given(st.dictionaries(st.text(), plain))
def test_a_body_is_canonical_by_whichever_library(record: dict[str, object]) -> None:
    assert canonical_plain(record) == canonical(record)


def test_a_text_that_is_no_utf8_is_refused_as_ever() -> None:
    for write in (canonical, canonical_plain):
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            write({"actor": "\udc80"})


def test_a_body_leaves_out_defaults_and_nulls_and_keeps_the_kind() -> None:
    assert event_data(PARTY) == {
        "headquarters": "BR",
        "id": "party-buyer-2020-01-01",
        "kind": "party.registered",
        "location": "BR",
        "name": "buyer",
        "on": "2020-01-01",
        "party": "buyer",
    }


def test_a_body_is_the_envelope_with_the_event_inside() -> None:
    head = b'"recorded_at":"2026-01-02T03:04:05Z","seq":7,"v":1,"via":"cli"}'
    event = canonical(event_data(PARTY))
    assert b'{"actor":"ana","event":' + event + b"," + head == BODY


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=12)
@given(data=st.data())
def test_every_kind_of_event_comes_back_from_its_bytes(kind: str, data: st.DataObject) -> None:
    event = data.draw(strategies.events_of(kind))
    envelope = data.draw(strategies.envelopes())
    body = encode(event, envelope)
    assert decode(body, seq=envelope.seq) == Entry(envelope=envelope, event=event)
    assert encode(event, envelope) == body


def test_the_random_events_are_of_every_kind() -> None:
    assert set(strategies.KINDS) == KINDS


@settings(max_examples=300)
@given(strategies.events, st.data())
def test_a_changed_byte_is_damage_or_another_leaf(event: AnyEvent, data: st.DataObject) -> None:
    body = encode(event, ENVELOPE)
    place = data.draw(st.integers(min_value=0, max_value=len(body) - 1))
    byte = data.draw(st.integers(min_value=0, max_value=255).filter(lambda b: b != body[place]))
    other = body[:place] + bytes([byte]) + body[place + 1 :]
    try:
        entry = decode(other, seq=7)
    except LedgerDamaged:
        return
    assert entry != Entry(envelope=ENVELOPE, event=event)
    assert encode(entry.event, entry.envelope) == other
    assert leaf_hash(other) != leaf_hash(body)


# ---- damage


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff", "can't decode byte"),
        (b"{", "body can't be read"),
        (b"7", "body can't be read"),
        (b"{}", "'event'"),
        (b"[" * 100_000, "it is nested too deeply"),
        (changed(event={"kind": "lot.teleported"}), "body can't be read"),
        (changed(actor=""), "body can't be read"),
        (changed(v=2), "body can't be read"),
        (changed(colour="green"), "body can't be read"),
        (changed(seq=8), "its body says it is entry 8"),
        (changed(batch=None), "its body is not in canonical form"),
        (BODY.replace(b'"seq":7', b'"seq":"7"'), "its body is not in canonical form"),
        (BODY.replace(b":", b": ", 1), "its body is not in canonical form"),
        (BODY + b"\n", "its body is not in canonical form"),
    ],
)
def test_a_body_in_another_form_is_damage(body: bytes, sentence: str) -> None:
    with pytest.raises(LedgerDamaged) as damage:
        decode(body, seq=7)
    assert sentence in damage.value.what
    assert damage.value.where == "entry 7"
    assert "stop writing" in damage.value.cure


def test_a_key_that_stands_twice_is_damage() -> None:
    with pytest.raises(LedgerDamaged, match="the field 'seq' stands twice"):
        decode(BODY.replace(b'"seq":7', b'"seq":7,"seq":7'), seq=7)


# ---- reading


def test_json_is_read_with_exact_numbers() -> None:
    assert parse_json('{"a": 19.40}') == {"a": Decimal("19.40")}
    with pytest.raises(ValueError, match="NaN is no number"):
        parse_json('{"a": NaN}')
    with pytest.raises(ValueError, match="-Infinity is no number"):
        parse_json('{"a": -Infinity}')


keys = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"c\\""', '""'])
values = (
    st.text().map(json.dumps)
    | st.text().map(lambda text: json.dumps(text, ensure_ascii=False))
    | st.integers(-(2**70), 2**70).map(str)
    | st.sampled_from(
        ("1.5", "1e3", "-0", "01", "NaN", "true", "null", "{}", '{"a": 1}', '["a"]', '"\\ud800"')
    )
)
pairs = st.tuples(keys, values).map(": ".join)
"""Fields of an object, some of which stand twice, hold fractions or are no JSON."""


@given(
    st.lists(pairs, max_size=4).map(", ".join).map("{{{}}}".format)
    | values
    | st.text('{}":,a1 \\', max_size=8)
)
def test_json_is_read_as_by_the_exact_reader_alone(text: str) -> None:
    assert _outcome(parse_json, text) == _outcome(_EXACT.decode, text)


def _outcome(read: Callable[[str], object], text: str) -> str:
    """What was read, its types with it, or why it was refused."""
    try:
        return repr(read(text))
    except ValueError as error:
        return str(error)


def test_the_key_that_stands_twice_is_named() -> None:
    with pytest.raises(ValueError, match="the field 'b' stands twice"):
        parse_json('{"a": 1, "b": 2, "b": 3}')


def test_an_event_without_a_kind_is_told_the_kinds() -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_event({"id": "a"}, where="row 3")
    assert refused.value.sentence.startswith("row 3: the field 'kind' is missing. Known kinds are ")
    assert all(kind in refused.value.cure for kind in KINDS)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(InvalidEvent, match=r"unknown kind 'lot\.teleported'") as refused:
        parse_event({"kind": "lot.teleported"}, where="row 3")
    assert refused.value.where == "row 3"
    assert "lot.exported" in refused.value.cure


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="row 3"):
        parse_event("lot.exported", where="row 3")


def test_every_wrong_field_is_named_with_what_was_found() -> None:
    fields = event_data(exported("e")) | {"quantity": "many", "colour": "green", "destination": "x"}
    del fields["device"]
    with pytest.raises(InvalidEvent) as refused:
        parse_event(fields)
    faults = refused.value.what.split("; ")
    assert "the field 'device' is missing" in faults
    assert "unknown field 'colour'" in faults
    assert "quantity: expected a number, found 'many'" in faults
    assert any(f.startswith("destination: ") and f.endswith("found 'x'") for f in faults)


def test_a_fault_of_the_whole_event_has_no_field_and_shows_no_table() -> None:
    fields = event_data(exported("e")) | {"line": 1}
    with pytest.raises(InvalidEvent) as refused:
        parse_event(fields)
    assert refused.value.what == "line needs the reference of its licence"


def test_a_fault_inside_a_list_is_named_by_its_path() -> None:
    fields = event_data(party("a")) | {"owners": [{"party": "b", "percent": "-1"}]}
    with pytest.raises(InvalidEvent) as refused:
        parse_event(fields)
    assert refused.value.what == "owners.0.percent: expected a number above 0, found -1"


def test_amounts_are_written_as_text_however_they_were_given() -> None:
    assert event_data(used("u", "cap", ["a"], 900))["tpp"] == "900"
    assert event_data(used("u", "cap", ["a"], "900.5"))["tpp"] == "900.5"


# ---- the golden file: old kinds decode for ever

GOLDEN = ROOT / "tests" / "golden" / "events.jsonl"


def golden_lines() -> list[str]:
    return GOLDEN.read_bytes().decode().splitlines()


def test_the_bodies_of_all_kinds_are_what_they_always_were(
    golden: Callable[[str, str], None],
) -> None:
    golden("events.jsonl", "".join(f"{body.decode()}\n" for body in bodies()))


def test_every_stored_body_decodes_for_ever_and_encodes_to_the_same_bytes() -> None:
    for seq, line in enumerate(golden_lines(), start=1):
        entry = decode(line.encode(), seq=seq)
        assert encode(entry.event, entry.envelope) == line.encode()


def test_every_kind_stands_in_the_golden_file() -> None:
    kinds = [json.loads(line)["event"]["kind"] for line in golden_lines()]
    assert set(kinds) == KINDS, "add the new kind to EXAMPLES and run pytest --update-golden"


def test_every_field_of_every_kind_stands_in_an_example() -> None:
    for event in get_args(get_args(AnyEvent)[0]):
        kind = event.model_fields["kind"].default
        shown = {field for example in EXAMPLES if example["kind"] == kind for field in example}
        fields = {field.alias or name for name, field in event.model_fields.items()}
        assert fields - shown - {"id", "on", "transaction"} == set()


@pytest.mark.parametrize("body", [b"[]", b'["event"]'])
def test_a_body_that_is_a_list_is_damage(body: bytes) -> None:
    with pytest.raises(LedgerDamaged):
        decode(body, seq=7)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            event_data(exported("e")) | {"destination": "brazil"},
            f"destination: expected {PATTERN_WORDS[COUNTRY]}, found 'brazil'",
        ),
        (
            event_data(party("a")) | {"headquarters": "Brazil"},
            f"headquarters: expected {PATTERN_WORDS[COUNTRY]}, or 'unknown', found 'Brazil'",
        ),
        (
            event_data(party("a")) | {"party": " a"},
            "party: expected an id of 1 to 200 characters without blanks at its ends, found ' a'",
        ),
    ],
)
def test_a_field_of_another_form_is_told_the_form_in_words(fields: Fields, sentence: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_event(fields)
    assert refused.value.what == sentence


def test_a_form_without_words_is_told_as_it_is() -> None:
    fields = event_data(party("a")) | {"name": "a\x00b"}
    with pytest.raises(InvalidEvent, match="name: String should match pattern"):
        parse_event(fields)
