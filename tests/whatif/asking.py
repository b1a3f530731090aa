"""Asking scenarios of a ledger in a few words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ledger.core.scenario import Scenario
from ledger.whatif.answering import answer, no_reports
from ledger.whatif.comparing import Comparison
from ledger.whatif.loading import Loaded, of_data
from ledger.whatif.running import run_loaded
from ledger.whatif.tables import Table
from ledger.whatif.worlds import World, ground

SCENARIOS: Final = Path(__file__).parents[2] / "examples" / "scenarios"
TABLE: Final = "us-ear/nveu/company-country"
CLOUD: Final[dict[str, Any]] = {
    "device": "nvidia-gb300-gpu",
    "destination": "AE",
    "ultimate_consignee": "example-cloud-ae",
    "exporter": "example-exporter",
    "on": "2026-11-23",
}
UNI: Final[dict[str, Any]] = {
    "device": "nvidia-h100-sxm",
    "destination": "BR",
    "ultimate_consignee": "example-university-br",
    "exporter": "example-exporter",
    "on": "2026-11-23",
}
DOUBLED: Final[dict[str, Any]] = {
    "cap": TABLE,
    "from": "2026-07-01",
    "allowance_percent": 200,
}


def scenario(**fields: Any) -> Loaded:  # noqa: ANN401 -- any TOML value
    return of_data({"title": "a scenario", **fields})


def compared(url: str, *loaded: Loaded, **more: Any) -> Comparison:  # noqa: ANN401 -- as `run_loaded` takes them
    return run_loaded(url, loaded, **more)


def asked(url: str, question: dict[str, Any], head: int | None = None, **fields: Any) -> Table:  # noqa: ANN401 -- any TOML value
    """The answer to one question in a scenario of these fields; without any, of the ledger."""
    found: Table = in_world(
        url, lambda world: answer(read(question), world, no_reports), head, **fields
    )
    return found


def read(question: dict[str, Any]) -> Any:  # noqa: ANN401 -- one of the questions
    return Scenario.model_validate({"title": "x", "question": [question]}).questions[0]


def in_world(
    url: str,
    ask: Callable[[World], Any],
    head: int | None = None,
    **fields: Any,  # noqa: ANN401 -- any TOML value
) -> Any:  # noqa: ANN401 -- what is asked
    """What is asked of the world of a scenario."""
    with ground(url, head) as found:
        return ask(found.world(scenario(**fields)) if fields else found.bare(None))


def column(table: Table, name: str) -> list[Any]:
    place = [one.name for one in table.columns].index(name)
    return [row[place] for row in table.rows]
