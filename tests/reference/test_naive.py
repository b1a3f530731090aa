"""What `ledger` decides against a naive reference, over situations that meet the law's edges."""

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from pprint import pformat
from random import Random
from typing import Any, Final

import pytest

from ledger.core.decision import Decision, decide
from ledger.core.law.row import Posture
from ledger.core.memory import MemoryPrefix
from tests.core.builders import ledger_of
from tests.reference.catalogue import THEMES
from tests.reference.naive import decide_naively
from tests.reference.situations import ask_of, world_of
from tests.reference.telling import events_of, request_of
from tests.reference.vectors import ask_from, told_naively, world_from
from tests.reference.world import Answer, Ask, World

SEEDS: Final = range(8)
WORLDS, ASKS = 125, 20
"""A seed makes so many worlds, and asks each so often: 20,000 requests in all."""

POSTURES: Final[tuple[Posture, Posture]] = ("on-the-books", "enforced")
SHOWN: Final = 5
SHARED: Final = Path(__file__).parents[3] / "shared" / "vectors" / "law.toml"
OWN: Final = sorted((Path(__file__).parents[1] / "cases").glob("*.toml"))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_naive_reference_decides_alike(seed: int) -> None:
    wrong: list[str] = []
    for number in range(WORLDS):
        random = Random(f"{seed}/{number}")  # noqa: S311 -- reproducible, and no secret
        theme = THEMES[number % len(THEMES)]
        world = world_of(random, theme)
        ledger = ledger_of(*events_of(world))
        for _ in range(ASKS):
            ask = ask_of(random, world, theme)
            wrong += _differences(world, ledger, ask, random.choice(POSTURES))
    assert not wrong, f"{len(wrong)} differ; the first:\n" + "\n".join(wrong[:SHOWN])


def _differences(world: World, ledger: MemoryPrefix, ask: Ask, posture: Posture) -> list[str]:
    """A decision against the naive one; the other posture's outcome stands in it, too."""
    other = POSTURES[1 - POSTURES.index(posture)]
    decision = decide(request_of(ask), ledger.law, ledger, posture)
    found = {
        posture: (decision.outcome, decision.authorization, decision.review),
        other: _other(decision),
    }
    naive = {one: decide_naively(world, ask, one) for one in POSTURES}
    expected = {
        posture: (naive[posture].outcome, naive[posture].authorization, naive[posture].review),
        other: (naive[other].outcome, naive[other].authorization),
    }
    if expected == found:
        return []
    return [_told(world, ask, naive[posture], decision, f"expected {expected}\nfound    {found}")]


def _other(decision: Decision) -> tuple[str, str | None]:
    other = decision.other_posture
    if other is None:
        return decision.outcome, decision.authorization
    return other.outcome, other.authorization


def _told(world: World, ask: Ask, naive: Answer, decision: Decision, what: str) -> str:
    """The whole case for a person."""
    asked = [ask.purchaser, *ask.between, ask.consignee, ask.end_user]
    parties = {one: world.parties[one] for one in asked if one}
    above = {p.parent: world.parties[p.parent] for p in parties.values() if p.parent in parties}
    recorded = [
        one
        for several in (world.exports, world.licences, world.statuses, world.stock, world.usage)
        for one in several
    ]
    found = {one.authorization: one.status for one in decision.candidates}
    statuses = {
        one: f"naive {status}, ledger {found.get(one)}"
        for one, status in naive.statuses.items()
        if found.get(one, "ineligible") != status
    }
    parts: list[object] = [what, ask, parties | above, world.devices[ask.device], *recorded]
    parts += [world.readings, statuses, decision.reasons]
    return "\n".join(part if isinstance(part, str) else pformat(part) for part in parts) + "\n"


def test_the_situations_meet_every_answer() -> None:
    met = Counter(
        (answer.outcome, answer.authorization, answer.review)
        for seed in range(2)
        for answer in _answers(seed)
    )
    named = {authorization for _, authorization, _ in met}
    exceptions = {"nlr", "aca", "nac", "acm", "aia", "dc-veu", "uveu", "nveu", "lpp", "license"}
    assert named == {None, *(f"us-ear/{name}" for name in exceptions)}
    reviews = {review for outcome, _, review in met if outcome == "license-required"}
    policies = {"case-by-case", "policy-of-denial"}
    assert reviews == policies | {None, "presumption-of-approval", "presumption-of-denial"}


def _answers(seed: int) -> list[Answer]:
    answers = []
    for number in range(WORLDS):
        random = Random(f"{seed}/{number}")  # noqa: S311 -- reproducible, and no secret
        theme = THEMES[number % len(THEMES)]
        world = world_of(random, theme)
        for _ in range(ASKS):
            ask = ask_of(random, world, theme)
            answers.append(decide_naively(world, ask, random.choice(POSTURES)))
    return answers


# ---- the cases that lawyers read, asked of the naive reference


@cache
def _cases() -> list[dict[str, Any]]:
    files = [SHARED] if SHARED.is_file() else []
    read = (tomllib.loads(file.read_text(encoding="utf-8")) for file in [*files, *OWN])
    every = [case for cases in read for case in cases["case"]]
    return [case for case in every if told_naively(case)]


@pytest.mark.parametrize("case", _cases(), ids=[case["id"] for case in _cases()])
def test_the_cases_hold_of_the_naive_reference(case: dict[str, Any]) -> None:
    world, ask = world_from(case["given"]), ask_from(case["check"])
    answer = decide_naively(world, ask, case.get("posture", "on-the-books"))
    found = {"outcome": answer.outcome, "authorization": answer.authorization}
    found["review"] = answer.review
    expected = {name: value for name, value in case["expect"].items() if name in found}
    assert {name: found[name] for name in expected} == expected
    for authorization, status in case["expect"].get("candidates", {}).items():
        assert answer.statuses.get(authorization, "ineligible") == status
