"""Comparing: the same questions asked of a base and of scenarios, row by row."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from ledger.core.decision import ENGINE
from ledger.core.errors import LedgerError
from ledger.core.law.row import Posture
from ledger.core.scenario import Breaches, Headroom, Question
from ledger.core.values import Tpp
from ledger.whatif.answering import Reports, answer, no_reports, title
from ledger.whatif.loading import Loaded
from ledger.whatif.reasons import Reasons
from ledger.whatif.tables import Cell, Column, Table, plain
from ledger.whatif.telling import days, sentence
from ledger.whatif.worlds import Ground, World

MOST_DAYS: Final = 4
"""On how many days headroom is asked for where a scenario asks nothing."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Told:
    """A scenario as an answer names it: its title and digest, and what it supposes."""

    title: str
    about: str | None
    source: str | None
    digest: str
    posture: str | None
    hypotheses: tuple[str, ...]
    law: tuple[dict[str, Any], ...]

    def as_data(self) -> dict[str, Any]:
        """The scenario for programs."""
        return {
            "title": self.title,
            "about": self.about,
            "source": self.source,
            "digest": self.digest,
            "posture": self.posture,
            "supposes": list(self.hypotheses),
            "law": list(self.law),
        }


class Row(NamedTuple):
    """One row of an answer: what it is about, and its cells in each world; None where it is not."""

    key: tuple[Cell, ...]
    cells: tuple[tuple[Cell, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's answers side by side: those of the base first, then of each scenario.

    `because` says for each scenario which of its hypotheses alone make its answer; it is empty
    where the answer is that of the base. `failed` says why a world has no answer.
    """

    title: str
    ask: str
    keys: tuple[Column, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    because: tuple[tuple[str, ...], ...]
    failed: tuple[str | None, ...]

    def differing(self, row: Row, world: int) -> list[int]:
        """The columns in which a row of a world differs from that of the base."""
        one, base = row.cells[world], row.cells[0]
        if one is None or base is None:
            return [] if one is base else list(range(len(self.columns)))
        return [
            place
            for place, column in enumerate(self.columns)
            if column.compared and one[place] != base[place]
        ]

    def differs(self, row: Row) -> bool:
        """Whether a row differs in any scenario."""
        return any(self.differing(row, world) for world in range(1, len(row.cells)))

    def difference(self, row: Row, world: int, place: int) -> Cell:
        """How much more a scenario has in a column of figures; None for what is no figure."""
        one, base = row.cells[world], row.cells[0]
        return None if one is None or base is None else more(one[place], base[place])

    def as_data(self) -> dict[str, Any]:
        """The answers for programs."""
        return {
            "question": self.title,
            "ask": self.ask,
            "keys": [column.name for column in self.keys],
            "columns": [column.name for column in self.columns],
            "rows": [self._row(row) for row in self.rows],
            "because": [list(one) for one in self.because],
            "failed": list(self.failed),
        }

    def _row(self, row: Row) -> dict[str, Any]:
        def named(cells: tuple[Cell, ...] | None) -> dict[str, Any] | None:
            if cells is None:
                return None
            return {c.name: plain(one) for c, one in zip(self.columns, cells, strict=True)}

        scenarios = []
        for world in range(1, len(row.cells)):
            differing = self.differing(row, world)
            amounts = {self.columns[p].name: self.difference(row, world, p) for p in differing}
            scenarios.append(
                {
                    "values": named(row.cells[world]),
                    "differs": [self.columns[place].name for place in differing],
                    "more": {k: plain(v) for k, v in amounts.items() if v is not None},
                }
            )
        key = {c.name: plain(one) for c, one in zip(self.keys, row.key, strict=True)}
        return {"key": key, "base": named(row.cells[0]), "scenarios": scenarios}


def more(one: Cell, base: Cell) -> Cell:
    """One figure less another; None for what is no figure."""
    if isinstance(one, bool | str) or isinstance(base, bool | str):
        return None
    if isinstance(one, Tpp) and isinstance(base, Tpp):
        return Tpp(int(one) - int(base))
    if isinstance(one, int) and isinstance(base, int):
        return one - base
    return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was asked of a base and of scenarios, and all that makes it reproducible."""

    base: Told
    scenarios: tuple[Told, ...]
    questions: tuple[Answered, ...]
    as_of: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        """The comparison for programs."""
        return {
            "as_of": self.as_of,
            "engine": ENGINE,
            "base": self.base.as_data(),
            "scenarios": [one.as_data() for one in self.scenarios],
            "questions": [one.as_data() for one in self.questions],
        }


def told(world: World, loaded: Loaded | None) -> Told:
    """A world as an answer names it."""
    by = () if world.supposed is None else world.supposed.by
    scenario = None if loaded is None else loaded.scenario
    return Told(
        title="the ledger as it is" if scenario is None else scenario.title,
        about=None if scenario is None else scenario.about,
        source=None if scenario is None else scenario.source,
        digest=world.digest,
        posture=world.posture,
        hypotheses=tuple(sentence(one, events) for one, events in by),
        law=tuple(one.model_dump() for one in world.law.digests),
    )


def compare(
    ground: Ground,
    base: World,
    base_loaded: Loaded | None,
    scenarios: Sequence[Loaded],
    reports: Reports,
    *,
    posture: Posture | None = None,
    progress: Progress = lambda _, __: None,
) -> Comparison:
    """Ask the questions of all scenarios of a base and of each of them, one after the other.

    A posture that is given goes before that of a scenario. Raises what a question is refused with
    by all of them, and what hypotheses are refused with.
    """
    loaded = [*([] if base_loaded is None else [base_loaded]), *scenarios]
    asked = questions(loaded) or _unasked(loaded, ground)
    below = _Asked.of(base, base_loaded, asked, reports)
    others: list[_Asked] = []
    for number, one in enumerate(scenarios):
        progress(number, len(scenarios))
        world = ground.world(one, posture)
        others.append(_Asked.of(world, one, asked, reports, below.tables))
        for place, question in enumerate(asked):
            reasons = Reasons(question, base, reports)
            tables = others[-1].tables[place], below.tables[place]
            others[-1].because.append(reasons.because(world, *tables))
    _told_of_all(asked, base, below, others)
    titles = unique([below.told.title, *(one.told.title for one in others)])
    told = [
        replace(one.told, title=named) for one, named in zip([below, *others], titles, strict=True)
    ]
    return Comparison(
        base=told[0],
        scenarios=tuple(told[1:]),
        questions=tuple(_answered(asked, below, others)),
        as_of=ground.as_of(),
    )


def unique(titles: Iterable[str]) -> list[str]:
    """Titles that can be told apart: one that stood before gets a number."""
    found: list[str] = []
    for one in titles:
        number, named = 1, one
        while named.casefold() in {known.casefold() for known in found}:
            number += 1
            named = f"{one} {number}"
        found.append(named)
    return found


def questions(loaded: Iterable[Loaded]) -> list[Question]:
    """The questions of some scenarios, each once, in their order."""
    found: list[Question] = []
    for one in loaded:
        found += [question for question in one.scenario.questions if question not in found]
    return found


def _unasked(loaded: Iterable[Loaded], ground: Ground) -> list[Question]:
    """What is asked where nothing is: which limits are passed, and headroom on days that count."""
    found: list[Question] = [Breaches()]
    some = days((one for each in loaded for one in each.hypotheses), ground.law)[:MOST_DAYS]
    if some:
        found.append(Headroom(days=tuple(some)))
    return found


class _Asked(NamedTuple):
    """A world's answers to all questions: its tables, why they differ, why there is none."""

    told: Told
    tables: list[Table | None]
    failed: list[LedgerError | None]
    because: list[tuple[str, ...]]

    @classmethod
    def of(
        cls,
        world: World,
        loaded: Loaded | None,
        asked: Sequence[Question],
        reports: Reports,
        below: Sequence[Table | None] = (),
    ) -> "_Asked":
        """Ask a world; of headroom with the rows that another one has, too."""
        found = cls(told(world, loaded), [], [], [])
        for place, question in enumerate(asked):
            known = below[place] if below else None
            try:
                found.tables.append(answer(question, world, reports, known))
                found.failed.append(None)
            except LedgerError as refused:
                # What a question names may only exist in another world.
                found.tables.append(None)
                found.failed.append(refused)
        return found


def _told_of_all(
    asked: Sequence[Question], base: World, below: _Asked, others: Sequence[_Asked]
) -> None:
    """Give the base the rows that only scenarios have; refuse what none of them can be asked."""
    for place, question in enumerate(asked):
        tables = [one.tables[place] for one in (below, *others)]
        refused = below.failed[place]
        if refused is not None and not any(tables):
            where = f"question '{title(question)}'"
            where += f", {refused.where.removeprefix('--')}" if refused.where else ""
            raise type(refused)(refused.what, where=where, cure=refused.cure) from refused
        if isinstance(question, Headroom) and tables[0] is not None:
            more_rows = [row for table in tables[1:] if table is not None for row in table.rows]
            also = replace(tables[0], rows=(*tables[0].rows, *more_rows))
            below.tables[place] = answer(question, base, no_reports, also)


def _answered(
    asked: Sequence[Question], below: _Asked, others: Sequence[_Asked]
) -> Iterator[Answered]:
    """Each question's answers side by side, under titles that differ."""
    for place, named in enumerate(unique(title(question) for question in asked)):
        tables = [one.tables[place] for one in (below, *others)]
        form = next(table for table in tables if table is not None)
        failed = [one.failed[place] for one in (below, *others)]
        yield Answered(
            title=named,
            ask=asked[place].ask,
            keys=form.columns[: form.keys],
            columns=form.columns[form.keys :],
            rows=_side_by_side(tables),
            because=tuple(one.because[place] for one in others),
            failed=tuple(None if one is None else one.sentence for one in failed),
        )


def _side_by_side(tables: Sequence[Table | None]) -> tuple[Row, ...]:
    """Rows about the same in all worlds together, in the order in which they first stand."""
    found: dict[tuple[Any, ...], list[tuple[Cell, ...] | None]] = {}
    for world, table in enumerate(tables):
        if table is None:
            continue
        times: Counter[tuple[Cell, ...]] = Counter()
        for row in table.rows:
            key = row[: table.keys]
            # Rows that are about the same are told apart by their order.
            cells = found.setdefault((key, times[key]), [None] * len(tables))
            cells[world] = row[table.keys :]
            times[key] += 1
    return tuple(Row(key, tuple(cells)) for (key, _), cells in found.items())
