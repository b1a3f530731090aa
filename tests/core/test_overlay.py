from hypothesis import given
from hypothesis import strategies as st

from ledger.core.overlay import Added, asked_for, drawn, overlay
from ledger.core.positions import BASIS, Kind, Movement, Query
from tests.core.builders import exported, ledger_of, on, people

MOVEMENT = Movement(
    on=on("2025-08-01"),
    kind=Kind.EXPORTED,
    device="h100",
    party="buyer",
    destination="BR",
    units=2,
    tpp=20,
    lot="e",
    authorization="us-ear/lpp",
)
QUERY = Query(("party", "destination"), ("buyer",), BASIS["exported"], on("2020-01-01"))


def test_a_query_asks_by_key_kind_authorization_and_days() -> None:
    assert asked_for(MOVEMENT, QUERY)
    assert asked_for(MOVEMENT, QUERY._replace(key=("buyer", "BR")))
    assert asked_for(MOVEMENT, QUERY._replace(authorizations=frozenset({"us-ear/lpp"})))
    assert asked_for(MOVEMENT, QUERY._replace(first_on=on("2025-08-01")))
    assert asked_for(MOVEMENT, QUERY._replace(until=on("2025-08-02")))
    assert not asked_for(MOVEMENT, QUERY._replace(until=on("2025-08-01")))
    assert not asked_for(MOVEMENT, QUERY._replace(key=("other",)))
    assert not asked_for(MOVEMENT, QUERY._replace(key=("buyer", "CL")))
    assert not asked_for(MOVEMENT, QUERY._replace(kinds=BASIS["licensed"]))
    assert not asked_for(MOVEMENT, QUERY._replace(authorizations=frozenset({"us-ear/aia"})))
    assert not asked_for(MOVEMENT, QUERY._replace(first_on=on("2025-08-02")))


def test_a_movement_becomes_a_sum_of_one() -> None:
    found = drawn(MOVEMENT)
    assert all(getattr(found, name) == getattr(MOVEMENT, name) for name in found._fields)


def test_an_overlay_adds_its_movements_to_those_below() -> None:
    below = ledger_of(*people("buyer"), exported("e"))
    above = overlay(below, [MOVEMENT, MOVEMENT._replace(party="other")])
    assert list(above.draws(QUERY)) == [*below.draws(QUERY), drawn(MOVEMENT)]
    assert len(list(below.draws(QUERY))) == 1


def test_an_overlay_answers_everything_else_from_below() -> None:
    below = ledger_of(*people("buyer"), exported("e"))
    above = overlay(below, [MOVEMENT])
    assert above.head == below.head
    assert above.party("buyer") == below.party("buyer")
    assert above.find("e") == below.find("e") is not None


QUERIES = st.builds(
    Query,
    shape=st.sampled_from([("party", "destination"), ("destination",), ("line",)]),
    key=st.sampled_from([(), ("buyer",), ("other",), ("BR",), ("",), ("L/1",)]),
    kinds=st.sampled_from([BASIS["exported"], BASIS["installed"]]),
    exact_from=st.just(on("2020-01-01")),
)


@given(
    movements=st.lists(
        st.builds(
            MOVEMENT._replace,
            party=st.sampled_from(["buyer", "other"]),
            destination=st.sampled_from(["BR", "CL"]),
            line=st.sampled_from(["", "L/1"]),
            kind=st.sampled_from([Kind.EXPORTED, Kind.DECLARED]),
        ),
        max_size=6,
    ),
    queries=st.lists(QUERIES, min_size=1, max_size=6),
)
def test_what_is_added_between_questions_is_found_as_a_scan_finds_it(
    movements: list[Movement], queries: list[Query]
) -> None:
    added = Added(ledger_of(standard=False))
    for place, movement in enumerate(movements):
        assert list(added.prefix.draws(queries[place % len(queries)])) == [
            drawn(one) for one in movements[:place] if asked_for(one, queries[place % len(queries)])
        ]
        added.add(movement)
    for query in queries:
        scanned = [drawn(one) for one in movements if asked_for(one, query)]
        assert list(added.prefix.draws(query)) == scanned
