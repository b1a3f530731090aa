"""The law, case by case on both engines, through the command line: init, import, check.

The shared vectors stand beside the checkout; the cases of `tests/cases` are the project's own.
"""

import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.cli.app import run
from tests.store.servers import copied, database_of, drop, empty_database

VECTORS: Final = Path(__file__).parents[2] / "shared" / "vectors" / "law.toml"
NOT_AVAILABLE: Final = "ineligible-or-exceeds-or-unresolved"


def _cases() -> list[dict[str, Any]]:
    if not VECTORS.is_file():
        return []
    text = VECTORS.read_text(encoding="utf-8")
    cases: list[dict[str, Any]] = tomllib.loads(text, parse_float=Decimal)["case"]
    return cases


def _own() -> list[dict[str, Any]]:
    files = sorted((Path(__file__).parent / "cases").glob("*.toml"))
    texts = (file.read_text(encoding="utf-8") for file in files)
    return [case for text in texts for case in tomllib.loads(text, parse_float=Decimal)["case"]]


CASES: Final = _cases()
OWN: Final = _own()


Fresh = Callable[[Path], str]
"""Makes a fresh ledger for a case, in a folder of its own or beside it; its URL."""


@pytest.fixture(scope="session")
def in_a_file(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    file = tmp_path_factory.mktemp("vectors") / "fresh.db"
    assert run(["init", "--ledger", f"sqlite:///{file}"]) == 0

    def fresh(folder: Path) -> str:
        shutil.copyfile(file, folder / "case.db")
        return f"sqlite:///{folder}/case.db"

    return fresh


@pytest.fixture(scope="session")
def on_the_server() -> Fresh:
    template = empty_database()
    assert run(["init", "--ledger", template]) == 0
    return lambda _: copied(database_of(template))


@pytest.fixture(params=["in_a_file", "on_the_server"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh ledger on each engine."""
    fresh: Fresh = request.getfixturevalue(request.param)
    made = fresh(tmp_path)
    yield made
    if request.param == "on_the_server":
        drop(made)


@pytest.mark.skipif(not CASES, reason="the shared vectors are not beside this checkout")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_law_vector_holds(
    case: dict[str, Any], url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _differences(case["expect"], _decided(case, url, tmp_path, capsys)) == []


@pytest.mark.parametrize("case", OWN, ids=[case["id"] for case in OWN])
def test_a_case_of_the_project_holds(
    case: dict[str, Any], url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _differences(case["expect"], _decided(case, url, tmp_path, capsys)) == []


def _decided(
    case: dict[str, Any], url: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    events = folder / "given.jsonl"
    events.write_text("".join(_json(event) + "\n" for event in case["given"]), encoding="utf-8")
    request = folder / "request.json"
    request.write_text(_json(case["check"]), encoding="utf-8")
    capsys.readouterr()
    assert run(["import", str(events), "--ledger", url, "--json"]) == 0, capsys.readouterr()
    capsys.readouterr()
    posture = case.get("posture", "on-the-books")
    flags = ["--request", str(request), "--posture", posture, "--ledger", url, "--json"]
    status = run(["check", *flags])
    printed = capsys.readouterr()
    decision: dict[str, Any] = json.loads(printed.out)
    assert status == int(decision["outcome"] != "permitted")
    return decision


def _json(record: object) -> str:
    return json.dumps(record, default=str)


def _differences(expect: dict[str, Any], decision: dict[str, Any]) -> list[str]:
    wrong = [
        f"{field}: expected {expect[field]}, found {decision[field]}"
        for field in ("outcome", "authorization", "review")
        if field in expect and expect[field] != decision[field]
    ]
    status = {one["authorization"]: one["status"] for one in decision["candidates"]}
    for authorization, wanted in expect.get("candidates", {}).items():
        found = status[authorization]
        fits = found != "available" if wanted == NOT_AVAILABLE else found == wanted
        wrong += [] if fits else [f"{authorization}: expected {wanted}, found {found}"]
    findings = {f["cap"]: f for one in decision["candidates"] for f in one["findings"]}
    for cap, fields in expect.get("findings", {}).items():
        wrong += [
            f"{cap}.{name}: expected {wanted}, found {findings[cap][name]}"
            for name, wanted in fields.items()
            if not _equal(name, wanted, findings[cap][name])
        ]
    cites = " ".join(duty["cite"] for duty in decision["duties"])
    wrong += [
        f"no duty of {part}" for part in expect.get("duties_include", []) if part not in cites
    ]
    wrong += [f"a duty of {part}" for part in expect.get("duties_exclude", []) if part in cites]
    wrong += [
        f"no alternative {wanted}"
        for wanted in expect.get("alternatives_include", [])
        if not any(_covers(one, wanted) for one in decision["alternatives"])
    ]
    return wrong


def _equal(name: str, wanted: object, found: object) -> bool:
    if name.endswith("_tpp"):
        return Decimal(str(wanted)) == Decimal(str(found))
    return wanted == found


def _covers(one: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(one.get(field) == value for field, value in wanted.items())
