"""Loading scenarios from files: with what they extend, and everything wrong told by field."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ledger.core.encoding import each_fault
from ledger.core.errors import InvalidInput, NotFound
from ledger.core.law.amendment import Amendment, check_apart
from ledger.core.scenario import Adoption, Scenario
from ledger.whatif.supposing import Hypothesis

FORMS: Final = frozenset({"row", "reading", "adoption", "end"})
"""What the reader calls the forms of a change of the law; people need not know."""

CURE: Final = "see docs/whatif.md for what a scenario holds"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario with all that it extends, its hypotheses in order, and the file it came from."""

    scenario: Scenario
    hypotheses: tuple[Hypothesis, ...]
    file: str


def load(path: Path) -> Loaded:
    """Read a scenario's file and those that it extends.

    Raises `NotFound` for a file that is not there, and `InvalidInput` that names file and field of
    everything that is wrong.
    """
    return _read(path, ())


def of_data(data: Mapping[str, Any], name: str = "scenario", folder: Path | None = None) -> Loaded:
    """The same from plain data, such as a notebook gives; files are looked for in a folder."""
    return _built(_parsed(dict(data), name), name, folder or Path(), ())


def _read(path: Path, inside: Sequence[Path]) -> Loaded:
    """A file's scenario on top of what it extends."""
    own = path.resolve()
    if own in inside:
        raise InvalidInput(
            "it extends itself, through " + " and ".join(one.name for one in inside),
            where=str(path),
            cure="let one of them stand on its own",
        )
    return _built(_parsed(_toml(path), str(path)), str(path), path.parent, (*inside, own))


def _built(scenario: Scenario, where: str, folder: Path, inside: Sequence[Path]) -> Loaded:
    """Its own hypotheses after those of the scenario that it extends."""
    texts = _texts(scenario, folder, where)
    before: tuple[Hypothesis, ...] = ()
    if scenario.extends is not None:
        earlier = _extended(folder / scenario.extends, inside, where)
        scenario, before, own = scenario.on(earlier.scenario), earlier.hypotheses, scenario
    else:
        own = scenario
    hypotheses = (*before, *_hypotheses(own, texts, where, before))
    changes = [one.source for one in hypotheses if isinstance(one.source, Amendment)]
    try:
        check_apart(changes)
    except InvalidInput as error:
        raise InvalidInput(error.what, where=f"{where}: {error.where}", cure=error.cure) from error
    return Loaded(scenario, hypotheses, where)


def _extended(path: Path, inside: Sequence[Path], where: str) -> Loaded:
    """What a file extends; a file that is not there is told with the one that names it."""
    if not path.is_file():
        raise NotFound(
            f"there is no file {path}",
            where=f"{where}: extends",
            cure="name a scenario's file, as seen from this one",
        )
    return _read(path, inside)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise NotFound(f"can't read {path}: {error.strerror}", cure="check the path") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"is not TOML: {error}", where=str(path), cure=CURE) from error


def _parsed(data: dict[str, Any], where: str) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise InvalidInput("; ".join(_faults(error)), where=where, cure=CURE) from error


def _faults(error: ValidationError) -> Iterator[str]:
    """Each wrong field with its place, such as `law[0].from`."""
    kinds = [(one["type"], one.get("ctx", {})) for one in error.errors(include_url=False)]
    for (kind, context), (path, found, said) in zip(kinds, each_fault(error), strict=True):
        place = _place(path)
        told = said.removeprefix(f"{path}: ").replace(f"'{path}'", f"'{path.split('.')[-1]}'")
        match kind:
            case "tuple_type":
                told = f"expected a list, in [ ], found {_shown(found)}"
            case "union_tag_invalid":
                told = f"ask = '{context['tag']}' is none of {context['expected_tags']}"
            case "union_tag_not_found":
                told = "the field 'ask' is missing"
            case "too_short":
                told = "expected at least one"
        yield f"{place}: {told}" if place else told


def _shown(found: object) -> str:
    """What was found, as a file has it."""
    return str(found) if isinstance(found, date) else repr(found)


def _place(path: str) -> str:
    steps = [step for step in path.split(".") if step not in FORMS]
    if steps[:1] == ["question"]:
        del steps[2:3]  # the form of the question, which `ask` says
    shown = "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in steps)
    return shown.removeprefix(".")


def _texts(scenario: Scenario, folder: Path, where: str) -> dict[str, str]:
    """The text of each pack that a scenario adopts, by the name of its file."""
    texts = {}
    for place, change in enumerate(scenario.law):
        if isinstance(change, Adoption):
            try:
                texts[change.adopt] = (folder / change.adopt).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise NotFound(
                    f"can't read {change.adopt}: {error}",
                    where=f"{where}: law[{place}].adopt",
                    cure="name a pack's file, as seen from the scenario's own",
                ) from error
    return texts


def _hypotheses(
    scenario: Scenario, texts: Mapping[str, str], where: str, before: Sequence[Hypothesis]
) -> Iterator[Hypothesis]:
    """What a file supposes, in order: the law first, then events and swaps.

    Each is named by its place among all of its kind, so that no file's name is in an answer.
    """
    listed: list[tuple[str, Sequence[Any]]] = [
        ("law", scenario.law),
        ("event", scenario.events),
        ("swap", scenario.swaps),
    ]
    for kind, found in listed:
        known = sum(one.name.startswith(f"what-if {kind} ") for one in before)
        for place, source in enumerate(found):
            yield Hypothesis(
                where=f"{where}: {kind}[{place}]",
                name=f"what-if {kind} {known + place + 1}",
                source=source,
                text=texts[source.adopt] if isinstance(source, Adoption) else "",
            )
