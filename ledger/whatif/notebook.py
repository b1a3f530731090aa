"""For notebooks and programs: scenarios on an open ledger, compared, as Polars frames."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.core.law.row import Posture
from ledger.store.connection import DEFAULT_URL
from ledger.whatif.comparing import Comparison
from ledger.whatif.loading import Loaded, load, of_data
from ledger.whatif.running import run_loaded
from ledger.whatif.writing import frames, page, write

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class OpenLedger:
    """A ledger that scenarios are made of; each comparison reads it once, and writes nothing."""

    url: str = DEFAULT_URL

    def scenario(self, file: str | Path | None = None, /, **fields: Any) -> "Scenarios":  # noqa: ANN401 -- any TOML value
        """A scenario from its file, or from the fields that a file has.

        Raises `NotFound` or `InvalidInput`; what it supposes is looked up when it is compared.
        """
        return Scenarios(self).scenario(file, **fields)


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Scenarios of one ledger, in the order in which they were named."""

    ledger: OpenLedger
    loaded: tuple[Loaded, ...] = ()

    def scenario(self, file: str | Path | None = None, /, **fields: Any) -> "Scenarios":  # noqa: ANN401 -- any TOML value
        """These and one more, from its file or from the fields that a file has."""
        if file is not None and not fields:
            return Scenarios(self.ledger, (*self.loaded, load(Path(file))))
        named = f"scenario {len(self.loaded) + 1}"
        below = {} if file is None else {"extends": str(Path(file).resolve())}
        data = {"title": named, **below, **fields}
        return Scenarios(self.ledger, (*self.loaded, of_data(data, named)))

    def compare(
        self,
        *questions: Mapping[str, Any],
        against: str | Path | None = None,
        posture: Posture | None = None,
    ) -> "Compared":
        """Ask the ledger as it is, or the scenario `against`, and each scenario.

        `questions` are asked besides those of the scenarios. Raises `NotFound` or `InvalidInput`.
        """
        loaded = list(self.loaded)
        if questions:
            loaded[0] = _asking(loaded[0], questions)
        base = None if against is None else load(Path(against))
        return Compared(run_loaded(self.ledger.url, loaded, base=base, posture=posture))


def _asking(one: Loaded, questions: tuple[Mapping[str, Any], ...]) -> Loaded:
    """A scenario that asks some questions more."""
    more = of_data({"title": one.scenario.title, "question": list(questions)}, "questions")
    asked = (*one.scenario.questions, *more.scenario.questions)
    scenario = one.scenario.model_copy(update={"questions": asked})
    return Loaded(scenario, one.hypotheses, one.file)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison as frames, by the titles of its questions, and as all else that it is."""

    comparison: Comparison

    @property
    def frames(self) -> "dict[str, pl.DataFrame]":
        """A frame for each question: a row for each of its rows in each world."""
        return frames(self.comparison)

    def frame(self, question: str | None = None) -> "pl.DataFrame":
        """The frame of a question, or of the first one."""
        found = self.frames
        return found[next(iter(found)) if question is None else question]

    def because(self) -> "pl.DataFrame":
        """Why each scenario's answers differ from those of the base, a row for each reason."""
        import polars as pl

        rows = [
            (one.title, scenario.title, said)
            for one in self.comparison.questions
            for scenario, reasons in zip(self.comparison.scenarios, one.because, strict=True)
            for said in reasons
        ]
        return pl.DataFrame(rows, schema=["question", "scenario", "because"], orient="row")

    def write(self, folder: str | Path, *formats: str) -> list[Path]:
        """Write it into a folder, as the command does."""
        return write(self.comparison, formats, Path(folder))

    def _repr_html_(self) -> str:
        """The comparison's page, where a notebook shows it."""
        return page(self.comparison)
