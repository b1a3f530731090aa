"""Running: scenario files asked side by side on one ledger."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ledger.core.errors import InvalidInput
from ledger.core.law.row import Posture
from ledger.whatif.comparing import Comparison, Progress, compare
from ledger.whatif.loading import Loaded, load
from ledger.whatif.reports import reports
from ledger.whatif.worlds import ground


def run(
    url: str,
    files: Sequence[Path],
    *,
    against: Path | None = None,
    posture: Posture | None = None,
    reports_in: Path | None = None,
    progress: Progress = lambda _, __: None,
) -> Comparison:
    """Ask the questions of some scenarios of the ledger, or of the scenario `against`, and of them.

    Raises `NotFound` and `InvalidInput` for files that can't be read or hypotheses that can't
    stand; nothing is recorded.
    """
    loaded = [load(file) for file in files]
    base = None if against is None else load(against)
    return run_loaded(
        url, loaded, base=base, posture=posture, reports_in=reports_in, progress=progress
    )


def run_loaded(
    url: str,
    loaded: Sequence[Loaded],
    *,
    base: Loaded | None = None,
    posture: Posture | None = None,
    reports_in: Path | None = None,
    progress: Progress = lambda _, __: None,
) -> Comparison:
    """The same for scenarios that are read by now."""
    head = _head([*loaded, *([] if base is None else [base])])
    with (
        ground(url, None if head == "latest" else head) as found,
        reports(url, reports_in) as asked,
    ):
        # The ledger is asked under the posture of the scenarios, where they have one.
        postures = {one.scenario.base.posture for one in loaded}
        common = posture or (postures.pop() if len(postures) == 1 else None)
        below = found.bare(common) if base is None else found.world(base, posture)
        return compare(found, below, base, loaded, asked, posture=posture, progress=progress)


def _head(loaded: Sequence[Loaded]) -> int | Literal["latest"]:
    """The one head that all of them stand on."""
    heads = {one.scenario.base.head: one.file for one in loaded}
    if len(heads) > 1:
        said = " and ".join(f"{head} in {file}" for head, file in heads.items())
        raise InvalidInput(
            f"the scenarios stand on different heads: {said}",
            where="base.head",
            cure="compare scenarios of one head",
        )
    return next(iter(heads))
