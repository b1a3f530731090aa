"""The rejects file: one line for each fault of each rejected row."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from typing import IO, Final

from ledger.core.errors import Conflict, InvalidInput
from ledger.intake.rows import Fault

HEADER: Final = ("file", "row", "column", "value", "reason")
UNFINISHED: Final = ".part"


class Rejects:
    """Collects the faults of rejected rows, into a file or only as a count."""

    def __init__(self, path: Path | None = None, file: IO[str] | None = None) -> None:
        """Write into an open file that will stand under a name; without one, only count."""
        self._path, self._file = path, file
        self._writer = None if file is None else csv.writer(file, lineterminator="\n")
        self.faults = 0
        if self._writer is not None:
            self._writer.writerow(HEADER)

    def add(self, file: str, row: int, faults: Iterable[Fault]) -> None:
        """Write the faults of one row; raises `Conflict` where there is no room for them."""
        for fault in faults:
            self.faults += 1
            if self._writer is not None:
                with self._told():
                    self._writer.writerow((file, row, fault.column, fault.value, fault.reason))

    def finish(self) -> None:
        """Have everything in the file; raises `Conflict` where there is no room for it."""
        if self._file is not None:
            with self._told():
                self._file.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Conflict(
                f"the rejects file {self._path} can't be written ({error.strerror})",
                where="--rejects",
                cure="make room or name another place, and import again: what is in the ledger "
                "by now is not recorded twice",
            ) from error


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Rejects]:
    """Rejects that stand under their name once all rows are read; without any, no file is left.

    A crash leaves at most a file that ends in `.part`; a device, such as standard output, is
    written straight away. Raises `InvalidInput` where it can't be written, before anything is
    imported.
    """
    if path is None:
        yield Rejects()
        return
    device = path.exists() and not path.is_file()
    part = path if device else path.with_name(path.name + UNFINISHED)
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
        rejects = Rejects(path, file)
        yield rejects
        rejects.finish()
        if rejects.faults and not device:
            part.replace(path)
    finally:
        with suppress(OSError):  # what could not be written is told by then
            file.close()
        if not device:
            part.unlink(missing_ok=True)
