"""The rejects file: one line for each fault of each rejected row."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path
from typing import Any, Final

from ledger.core.errors import InvalidInput
from ledger.intake.rows import Fault

HEADER: Final = ("file", "row", "column", "value", "reason")
UNFINISHED: Final = ".part"


class Rejects:
    """Collects the faults of rejected rows, into a file or only as a count."""

    def __init__(self, writer: Any = None) -> None:  # noqa: ANN401 -- csv has no public type
        """Write through a CSV writer; without one, only count."""
        self._writer = writer
        self.faults = 0

    def add(self, file: str, row: int, faults: Iterable[Fault]) -> None:
        """Write the faults of one row."""
        for fault in faults:
            self.faults += 1
            if self._writer is not None:
                self._writer.writerow((file, row, fault.column, fault.value, fault.reason))


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Rejects]:
    """Rejects that stand under their name once all rows are read; without any, no file is left.

    A crash leaves at most a file that ends in `.part`. Raises `InvalidInput` where it can't be
    written, before anything is imported.
    """
    if path is None:
        yield Rejects()
        return
    part = path.with_name(path.name + UNFINISHED)
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        file = part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise InvalidInput(
            f"the rejects file {path} can't be written ({error.strerror})",
            where="--rejects",
            cure="name another place with --rejects FILE",
        ) from error
    try:
        with file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            rejects = Rejects(writer)
            yield rejects
        if rejects.faults:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
