"""Style as tests: each message says what to do."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "ledger" / "core"
RULES = ROOT / "ledger" / "rules"
VECTORS = ROOT.parent / "shared" / "vectors"

LONGEST_FILE, LONGEST_FUNCTION = 400, 50
MIRRORED = {"core"}
"""Parts of ledger/ whose tests mirror them file by file."""

# The numbers that follow are those of the law: they stand in ledger/rules and nowhere else.
LAW = {1600, 2400, 4800, 26_900_000, 790_000_000, 253_000_000, 3_200_000}
LAW |= {633_000_000, 949_500_000, 1_266_000_000, 1_582_500_000, 1_899_000_000}
LAW |= {2_690_250_000, 3_481_500_000, 4_272_750_000, 5_064_000_000, 1_580_000_000}


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, node: ast.expr | ast.stmt) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def nodes(folder: Path) -> Iterator[tuple[Path, ast.AST]]:
    for path in sources(folder):
        for node in ast.walk(parsed(path)):
            yield path, node


def named(node: ast.AST) -> str | None:
    """The name that a piece of code uses, bare or behind a dot."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def imported(node: ast.AST) -> set[str]:
    match node:
        case ast.Import():
            return {alias.name for alias in node.names}
        case ast.ImportFrom():
            return {node.module or "", *(alias.name for alias in node.names)}
        case _:
            return set()


# ---- the core is exact and has no clock


def test_the_core_holds_no_float() -> None:
    found = []
    for path, node in nodes(CORE):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(place(path, node))
        if isinstance(node, ast.Call) and named(node.func) == "float":
            found.append(place(path, node))
    assert not found, f"count in integer tenths of TPP, Decimal or Fraction: {found}"


def test_the_core_has_no_clock() -> None:
    clocks = {"now", "utcnow", "today", "time_ns", "monotonic"}
    found = [
        place(path, node)
        for path, node in nodes(CORE)
        if isinstance(node, ast.Call) and named(node.func) in clocks
    ]
    found += [path.name for path, node in nodes(CORE) if {"time", "datetime.now"} & imported(node)]
    assert not found, f"take the day as an argument: {found}"


def test_no_number_of_law_stands_in_the_code() -> None:
    forbidden = LAW | {number * 10 for number in LAW}
    found = [
        f"{place(path, node)}: {node.value}"
        for path, node in nodes(ROOT / "ledger")
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in forbidden
    ]
    assert not found, f"put the number into a row of ledger/rules, with its citation: {found}"


def test_the_numbers_of_law_are_those_of_the_packs() -> None:
    allowances = {
        step["tpp"] for row in rows("cap") for step in row.get("allowance", []) if "tpp" in step
    }
    missing = allowances - LAW - {"unlimited"}
    assert not missing, f"add the new numbers of law to LAW in this file: {missing}"


# ---- every row of law is cited, every cap is exercised


def packs() -> list[dict[str, object]]:
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in RULES.glob("*/*.toml")]


def rows(kind: str) -> list[dict[str, list[dict[str, object]]]]:
    return [row for pack in packs() for row in pack.get(kind, [])]  # type: ignore[attr-defined]


def test_every_row_of_law_has_a_citation() -> None:
    found = [
        f"{pack['pack']}: {row.get('id', row)}"
        for pack in packs()
        for kind, listed in pack.items()
        if isinstance(listed, list)
        for row in [*listed, *(part for one in listed for part in one.get("requirements", []))]
        if not row.get("cite")
    ]
    assert packs()
    assert not found, f"give each row its cite: {found}"


def test_every_cap_is_exercised_by_a_case() -> None:
    cases = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    cases += [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.toml")]
    if VECTORS.is_dir():
        cases += [path.read_text(encoding="utf-8") for path in VECTORS.glob("*.toml")]
    text = "\n".join(cases)
    found = [str(row["id"]) for row in rows("cap") if f'"{row["id"]}"' not in text]
    assert rows("cap")
    assert not found, f"write a case for each cap under tests/: {found}"


# ---- size


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_bytes().splitlines()) for path in sources(ROOT / "ledger")}
    found = [
        f"{path.relative_to(ROOT)}: {length} lines"
        for path, length in lengths.items()
        if length > LONGEST_FILE
    ]
    assert not found, f"split each file before it passes {LONGEST_FILE} lines: {found}"


def test_no_function_is_too_long() -> None:
    found = []
    for path, node in nodes(ROOT / "ledger"):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"{place(path, node)} {node.name}: {length} lines")
    assert not found, f"split each function before it passes {LONGEST_FUNCTION} lines: {found}"


# ---- tests mirror modules


@pytest.mark.parametrize("part", sorted(MIRRORED))
def test_every_test_file_mirrors_a_module(part: str) -> None:
    tests = {
        path.relative_to(ROOT / "tests").with_name(path.name.removeprefix("test_"))
        for path in (ROOT / "tests" / part).rglob("test_*.py")
    }
    modules = {path.relative_to(ROOT / "ledger") for path in sources(ROOT / "ledger" / part)}
    strangers = sorted(str(path) for path in tests - modules)
    assert tests
    assert not strangers, f"name each test file after the module it tests: {strangers}"


@pytest.mark.parametrize("part", sorted(MIRRORED))
def test_every_module_has_a_test_file(part: str) -> None:
    tested = {
        path.relative_to(ROOT / "tests").with_name(path.name.removeprefix("test_"))
        for path in (ROOT / "tests" / part).rglob("test_*.py")
    }
    untested = sorted(
        str(path.relative_to(ROOT / "ledger"))
        for path in sources(ROOT / "ledger" / part)
        if path.name != "__init__.py"
        and has_code(path)
        and path.relative_to(ROOT / "ledger") not in tested
    )
    assert not untested, f"write tests/<the same path> with test_ before its name: {untested}"


def has_code(path: Path) -> bool:
    """Whether a module does something: a protocol of signatures has nothing to test."""
    bodies = [node.body for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)]
    return any(
        not (
            len(body) == 1
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        )
        for body in bodies
    )


def test_no_file_of_the_project_names_a_path_of_one_machine() -> None:
    absolute = re.compile(r"""["'`( ]/(?:home|root|work|Users)/""")
    found = [
        str(path.relative_to(ROOT))
        for folder in ("ledger", "tests")
        for path in sources(ROOT / folder)
        if absolute.search(path.read_text(encoding="utf-8").replace(absolute.pattern, ""))
    ]
    assert not found, f"build the path from the file's own place: {found}"
