"""JSON Lines: one event a line, read as a stream; a line that is none is a row error."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ledger.core.encoding import parse_event, parse_json
from ledger.core.errors import InvalidEvent
from ledger.core.plain_lots import LotsAlike
from ledger.intake.rows import Brought, Facts, Rejected, Row, error_faults, rejected, shown

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_lines(path: Path) -> Iterator[Row]:
    """The rows of a JSON Lines file; a row's number is its line, empty lines are no rows."""
    at, alike = 0, LotsAlike()
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            at += len(line)
            content = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if content.strip():
                yield Row(number, at, _event(content, alike))


def _event(line: bytes, alike: LotsAlike) -> Brought:
    try:
        data = parse_json(line.decode())
    except UnicodeDecodeError:
        return rejected(
            "the line is not UTF-8 text; save the file as UTF-8",
            value=line.decode(errors="replace"),
            label="not UTF-8",
        )
    except (ValueError, RecursionError) as error:
        return rejected(
            f"the line is not JSON ({shown(error)}); write one event a line",
            value=line.decode(),
            label="not JSON",
        )
    if not isinstance(data, dict):
        return rejected(
            "the line holds no event; write one JSON object a line",
            value=data,
            label="not an event",
        )
    return alike.like(data) or _read(data, alike)


def _read(data: dict[str, Any], alike: LotsAlike) -> Brought:
    try:
        event = parse_event(data)
    except InvalidEvent as error:
        kind = data.get("kind")
        if error.what.startswith(("unknown kind", "the field 'kind'")):
            return rejected(error.sentence, column="kind", value=kind, label="unknown kind")
        return Rejected(error_faults(error, {}))
    alike.learn(data, event)
    return Facts(event)
