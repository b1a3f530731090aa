"""Processes that wait to be told what to do to a ledger, and then all do it at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from threading import Barrier
from time import perf_counter
from typing import Any, Final

from ledger.core.errors import Conflict, LedgerError
from ledger.service.creating import create
from ledger.service.exporting import export_lot
from ledger.service.recorded import Recorded
from ledger.service.recording import expire_overdue
from ledger.service.releasing import release
from ledger.service.reserving import reserve, reverse
from ledger.service.shell import signature
from ledger.store.ledger import Ledger

AT_ONCE: Final = 6
"""Processes of a race; more than the machine has cores, so that they are stopped anywhere."""

PATIENCE: Final = 100
"""How often a worker tries again that was told that another one holds the ledger."""


@dataclass(frozen=True)
class Command:
    """What a worker shall do: a use case by its name, and what it is called with."""

    name: str
    url: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of it: `seq` and `new` of what was recorded, or the code of the refusal.

    `busy` says how often the ledger was held by others for too long.
    """

    command: Command
    event_id: str = ""
    seq: int = 0
    new: bool = False
    refused: str = ""
    busy: int = 0
    seconds: float = 0

    @property
    def acknowledged(self) -> bool:
        return bool(self.seq)


def done(command: Command) -> Outcome:
    """Do what a command says; tries again where the ledger was busy for too long."""
    began = perf_counter()
    for busy in range(PATIENCE):
        try:
            event_id, seq, new, refused = _DO[command.name](command.url, command.fields)
        except LedgerError as error:
            if type(error) is Conflict and "try again" in error.sentence.lower():
                continue
            event_id, seq, new, refused = "", 0, False, error.code
        took = perf_counter() - began
        return Outcome(command, event_id, seq, new, refused, busy, took)
    return Outcome(command, refused="busy", busy=PATIENCE, seconds=perf_counter() - began)


Did = tuple[str, int, bool, str]


def _recorded(found: Recorded) -> Did:
    if found.appended is None:
        return "", 0, False, "not permitted"
    return found.event_id, found.appended.seq, found.appended.new, ""


def _reserve(url: str, fields: Mapping[str, Any]) -> Did:
    lot = {k: v for k, v in fields.items() if k not in {"id", "hold_until"}}
    until = fields.get("hold_until")
    return _recorded(reserve(url, lot, event_id=fields["id"], hold_until=until))


def _export(url: str, fields: Mapping[str, Any]) -> Did:
    extra = {k: v for k, v in fields.items() if k in {"reservation", "final"}}
    lot = {k: v for k, v in fields.items() if k not in {"id", *extra}}
    return _recorded(export_lot(url, lot, extra=extra, event_id=fields["id"]))


def _release(url: str, fields: Mapping[str, Any]) -> Did:
    return _recorded(release(url, fields["reservation"], event_id=fields["id"]))


def _reverse(url: str, fields: Mapping[str, Any]) -> Did:
    found = reverse(url, fields["target"], reason="a test", event_id=fields["id"])
    return _recorded(found)


def _expire(url: str, _: Mapping[str, Any]) -> Did:
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            expired = expire_overdue(writer, signature("cli", actor="ana"))
        return "", ledger.head().size if expired else 0, bool(expired), ""
    finally:
        ledger.close()


def _create(url: str, _: Mapping[str, Any]) -> Did:
    head, new = create(url, actor="ana")
    return "ledger", head.size, new, ""


_DO: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Did]]] = {
    "reserve": _reserve,
    "export": _export,
    "release": _release,
    "reverse": _reverse,
    "expire": _expire,
    "create": _create,
}


def done_in_turn(commands: Sequence[Command]) -> list[Outcome]:
    return [done(command) for command in commands]


def wait_for_work(pipe: Connection, start: Barrier) -> None:
    """A worker's life: begin together, do what is asked, tell what came of it."""
    while (work := pipe.recv()) is not None:
        do, arguments = work
        start.wait()
        pipe.send(do(*arguments))


class Workers:
    """Persistent processes; a round gives each its work and begins all at once."""

    def __init__(self, context: ForkServerContext, number: int = AT_ONCE) -> None:
        self._start = context.Barrier(number)  # which lives as long as somebody here holds it
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(number):
            here, there = context.Pipe()
            process = context.Process(target=wait_for_work, args=(there, self._start), daemon=True)
            process.start()
            there.close()  # so that a worker that is gone ends the wait for its answer
            self._pipes.append(here)
            self._processes.append(process)

    def __call__(self, work: Sequence[Sequence[Command]]) -> list[Outcome]:
        """Let every worker do its commands; one without any begins all the same."""
        idle: list[Sequence[Command]] = [()] * (len(self._pipes) - len(work))
        return self.each(done_in_turn, [(commands,) for commands in (*work, *idle)])

    def each(
        self, do: Callable[..., list[Outcome]], arguments: Sequence[tuple[object, ...]]
    ) -> list[Outcome]:
        """Let every worker call a function with arguments of its own."""
        for pipe, own in zip(self._pipes, arguments, strict=True):
            pipe.send((do, own))
        return [outcome for pipe in self._pipes for outcome in pipe.recv()]

    def stop(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join()


@contextmanager
def workers(number: int = AT_ONCE) -> Iterator[Workers]:
    """Processes made from one that has imported everything, and nothing else of the test."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    started = Workers(context, number)
    try:
        yield started
    finally:
        started.stop()
