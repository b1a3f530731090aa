"""Parties against listed names: the fast index beside pairs compared one at a time."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from ledger.core.errors import InvalidInput
from ledger.core.prefix import Match
from ledger.screening.index import FLOOR, Index
from ledger.screening.lists import ListedParty, read_list
from ledger.screening.names import Spelling, spellings
from ledger.screening.scoring import (
    CONTAINED,
    own_word,
    ratio,
    says_enough,
    says_enough_alone,
    stems,
)

SNAPSHOT = Path(__file__).parents[3] / "shared" / "data" / "screening" / "csl_2026-07-31.json"


def listed(entry: str, name: str, *aliases: str, kind: str | None = "Entity") -> ListedParty:
    return ListedParty(entry, entry.partition(":")[0], name, aliases, kind=kind)


LIST = (
    listed("EL:1", "Huawei Technologies Co., Ltd.", "HW Tech", kind=None),
    listed("EL:2", "Huawei Technologies (Yangon) Co., Ltd.", kind=None),
    listed("CMIC:3", "China Telecom Corporation Limited", "CHINA TELECOM"),
    listed("SDN:4", "GAZPROMBANK JOINT STOCK COMPANY"),
    listed("SDN:5", "IDI"),
    listed("SDN:6", "OCEAN STARLIGHT", kind="Vessel"),
    listed("SDN:7", "Advanced Technologies"),
    listed("DPL:8", "KHALED KHALIL EL-AWAR", kind="Individual"),
    listed("SDN:9", "ALEKSANDROVICH", kind="Individual"),
)
INDEX = Index.of(LIST)


def found(*names: str, at_least: int = 88) -> dict[str, int]:
    return {match.entry: match.score for match in INDEX.matches(names, at_least=at_least)}


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("Huawei Technologies", {"EL:1": 100, "EL:2": 100}),
        ("HUAWEI TECHNOLOGY CO LTD", {"EL:1": 90, "EL:2": 90}),
        ("Huawei Technologies Singapore Pte. Ltd.", {"EL:1": 90, "EL:2": 90}),
        ("Technologies Huawei", {"EL:1": 100, "EL:2": 100}),
        ("华为技术有限公司", {"EL:1": 90, "EL:2": 90}),
        ("Hua Wei Technologies", {"EL:1": 100, "EL:2": 100}),
        ("ChinaTelecom", {"CMIC:3": 100}),
        ("China Telecom Americas", {"CMIC:3": 90}),
        ("Газпромбанк (Акционерное общество)", {"SDN:4": 100}),
        ("Gazprombank Luxembourg", {"SDN:4": 90}),
        ("El-Awar, Khaled Khalil", {"DPL:8": 100}),
        ("NVIDIA Corporation", {}),
        ("Ocean Starlight Logistics", {}),
        ("Advanced Mobile Technologies Research", {}),
        ("Aleksandrovich Partners", {}),
    ],
)
def test_who_is_found(name: str, entries: dict[str, int]) -> None:
    assert found(name) == entries


def test_an_entry_is_found_once_by_the_best_of_all_names() -> None:
    match, other = INDEX.matches(["HW-Tech", "Huawei Technologeis"], at_least=88)
    assert (match.entry, match.score) == ("EL:1", 100)
    assert (match.listed_name, match.party_name) == ("HW Tech", "HW-Tech")
    assert other.entry == "EL:2"


def test_the_reason_names_the_words() -> None:
    match = INDEX.matches(["Huawei Technologies Singapore Pte. Ltd."], at_least=88)[0]
    assert match.why == (
        "'huawei singapore technologies' and 'huawei technologies' are 80 of 100 alike, and all "
        "words of one stand in the other (90); in common: huawei, technologies; only in the "
        "party's name: singapore; only in the listed name: none; left out as legal forms: co, "
        "ltd, pte."
    )


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("China Telecom", "'china telecom' and 'china telecom' are the same;"),
        ("ChinaTelecom", "are the same but for blanks;"),
        ("China Telecon", "are 93 of 100 alike;"),
    ],
)
def test_the_reason_says_how_alike(name: str, part: str) -> None:
    assert part in INDEX.matches([name], at_least=88)[0].why


def test_a_score_is_rounded_up() -> None:
    assert ratio("abcdefgh", "abcdefgx") == 88  # 87.5
    assert ratio("", "") == 0


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_score_is_the_ratio_of_rapidfuzz(first: str, second: str) -> None:
    if first or second:
        assert 0 <= ratio(first, second) - fuzz.ratio(first, second) < 1 + 1e-9


@pytest.mark.parametrize("at_least", [FLOOR - 1, 101])
def test_a_threshold_out_of_range_is_refused(at_least: int) -> None:
    with pytest.raises(InvalidInput, match="from 70 to 100"):
        INDEX.matches(["A"], at_least=at_least)
    with pytest.raises(InvalidInput, match="from 70 to 100"):
        INDEX.batch({"a": ["A"]}, at_least=at_least)


@pytest.mark.parametrize("names", [[], ["—"]])
def test_a_name_that_says_nothing_is_refused_and_not_passed(names: list[str]) -> None:
    with pytest.raises(InvalidInput, match="no name has a letter"):
        INDEX.matches(names, at_least=88)
    with pytest.raises(InvalidInput, match="party 'x': no name"):
        INDEX.batch({"x": names}, at_least=88)


def test_an_index_comes_back_from_its_bytes() -> None:
    data = INDEX.to_bytes()
    again = Index.from_bytes(data)
    assert again.to_bytes() == data == Index.of(LIST).to_bytes()
    assert again.matches(["Huawei"], at_least=70) == INDEX.matches(["Huawei"], at_least=70)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        INDEX.to_bytes()[:-1],
        INDEX.to_bytes().replace(b"chipledger-index-", b"chipledger-indox-"),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="no index"):
        Index.from_bytes(data)


def test_an_empty_list_matches_nobody() -> None:
    assert Index.of(()).matches(["Huawei"], at_least=70) == []
    assert Index.of(()).batch({}, at_least=70) == {}


@pytest.mark.parametrize("name", ["Redlamp", "Redlamp Ltd.", "Redlamp Group", "Redlamp Tech"])
def test_one_word_of_its_own_points_to_the_firm_that_has_it_with_common_words(name: str) -> None:
    listed = ListedParty(entry="EL:1", source="EL", name="Redlamp Technologies Co., Ltd.")
    (found,) = Index.of([listed]).matches([name], at_least=90)
    assert found.score == 90 if name != "Redlamp Tech" else found.score >= 90
    assert Index.of([listed]).matches(["Blue Redlamp Bakery"], at_least=90) == []


# ---- the naive reference


def pair(party: Spelling, other: Spelling, kinds: set[str | None]) -> int:
    """The score of two names from the definition; `kinds` are of all who bear the listed one."""
    if party.joined == other.joined:
        return 100
    alike = ratio(party.key, other.key)
    ours, theirs = stems(party.key), stems(other.key)
    company = not kinds <= {"Vessel", "Aircraft"}
    alone = says_enough_alone(theirs) and not kinds <= {"Vessel", "Aircraft", "Individual"}
    inside = company and theirs <= ours and (says_enough(theirs) or alone)
    around = company and len(theirs) > 1 and ours <= theirs and says_enough(ours)
    own = own_word(ours)
    alike_own = company and len(theirs) > 1 and own is not None and own == own_word(theirs)
    return max(alike, CONTAINED) if inside or around or alike_own else alike


def naive(parties: tuple[ListedParty, ...], names: list[str], at_least: int) -> dict[str, int]:
    bearers: dict[str, set[str | None]] = {}
    ways: dict[str, list[Spelling]] = {}
    for party in parties:
        for name in (party.name, *party.aliases):
            for read in spellings(name):
                bearers.setdefault(read.key, set()).add(party.kind)
                ways.setdefault(read.key, []).append(read)
    best: dict[str, int] = {}
    for party in parties:
        for name in (party.name, *party.aliases):
            for key in {read.key for read in spellings(name)}:
                for way in ways[key]:
                    for mine in names:
                        for ours in spellings(mine):
                            score = pair(ours, way, bearers[key])
                            best[party.entry] = max(best.get(party.entry, 0), score)
    return {entry: score for entry, score in best.items() if score >= at_least}


COMMON = (
    "huawei technology technologies china telecom chinatelecom gazprombank star stars bank "
    "trading ltd ocean hua wei international kaspersky kasperskys"
)
WORD = st.sampled_from(COMMON.split())
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
PARTIES = st.lists(
    st.tuples(
        NAME, st.lists(NAME, max_size=2), st.sampled_from([None, "Entity", "Vessel", "Individual"])
    ),
    min_size=1,
    max_size=8,
).map(
    lambda rows: tuple(
        listed(f"EL:{number}", name, *aliases, kind=kind)
        for number, (name, aliases, kind) in enumerate(rows)
    ),
)


@settings(deadline=None)
@given(PARTIES, st.lists(st.lists(NAME, min_size=1, max_size=3), max_size=4), st.integers(70, 100))
def test_one_and_many_give_what_pairs_give(
    parties: tuple[ListedParty, ...],
    asked: list[list[str]],
    at_least: int,
) -> None:
    index = Index.of(parties)
    many = index.batch({str(n): names for n, names in enumerate(asked)}, at_least=at_least)
    for number, names in enumerate(asked):
        one = index.matches(names, at_least=at_least)
        assert many[str(number)] == one
        assert one == sorted(one, key=lambda match: (-match.score, match.entry))
        assert {match.entry: match.score for match in one} == naive(parties, names, at_least)


@pytest.mark.skipif(not SNAPSHOT.exists(), reason="the shared snapshot of the list is not here")
def test_on_the_whole_list_one_and_many_agree() -> None:
    index = Index.from_bytes(Index.of(read_list(SNAPSHOT).parties).to_bytes())
    asked = {
        "hit": ["Huawei Technologies Singapore Pte. Ltd.", "华为技术有限公司"],
        "branch": ["Hikvision Digital Technology Europe"],
        "none": ["Quanta Computer Inc.", "QCT"],
        "clean": ["NVIDIA Corporation"],
    }
    many = index.batch(asked, at_least=80)
    ones = {party: index.matches(names, at_least=80) for party, names in asked.items()}
    assert many == ones
    assert best(many["hit"]) >= 90
    assert best(many["branch"]) >= 88
    assert best(many["clean"]) < 88


def best(matches: list[Match]) -> int:
    return max((match.score for match in matches), default=0)
