"""A desk: one open ledger for the many requests of a process, which share transactions.

While one transaction waits for the disk, requests gather; the next transaction takes all of them.
Each is decided after the ones before it, and is answered once what it recorded is durable.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, LifoQueue, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, Generic, Self, TypeVar

from ledger.core.errors import Conflict, HeadMoved, InvalidInput, NotFound
from ledger.service.shell import signature
from ledger.service.writing import only_expiries
from ledger.store.ledger import Ledger
from ledger.store.writer import Signature, Writer

MOST_AT_ONCE: Final = 500
"""Requests that one transaction takes: what a crash can make all of them ask again."""

Result = TypeVar("Result")
Work = Callable[[Writer, Signature], Result]
"""What a request does inside a transaction."""

REFUSALS: Final = (InvalidInput, NotFound, Conflict)


@dataclass(frozen=True, slots=True)
class _Asked(Generic[Result]):
    work: Work[Result]
    answer: "Future[Result]"


class _Halfway(Exception):
    """A request was refused after it had appended something: nothing of it may stay."""

    def __init__(self, asked: _Asked[Any], refusal: Exception) -> None:
        self.asked, self.refusal = asked, refusal


class Desk:
    """Takes requests from any thread; one thread of its own writes."""

    def __init__(self, url: str, *, actor: str | None = None) -> None:
        """Open the ledger; raises `NotFound`, `InvalidInput` or `LedgerDamaged`."""
        self._url, self._actor = url, actor
        self._readers: LifoQueue[Ledger] = LifoQueue()
        self._readers.put(Ledger.open(url))
        self._asked: SimpleQueue[_Asked[Any] | None] = SimpleQueue()
        self._closing, self._closed = Lock(), False
        self._writer = Thread(target=self._serve, name="chipledger desk", daemon=True)
        self._writer.start()

    def __enter__(self) -> Self:
        """Use it as a context: leaving it waits for what was asked."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def record(self, work: Work[Result]) -> Result:
        """Run what a request does inside a shared transaction; returns once it is durable.

        Raises what the work raises, of which nothing is then recorded, or `Conflict` where the
        ledger can't be written.
        """
        asked = _Asked(work, Future())
        with self._closing:
            if self._closed:
                raise Conflict("the desk is closed", cure="open another one")
            self._asked.put(asked)
        return asked.answer.result()

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        """An open ledger for a thread that reads; it is kept for the next one."""
        try:
            ledger = self._readers.get_nowait()
        except Empty:
            ledger = Ledger.open(self._url)
        try:
            yield ledger
        finally:
            if ledger.connection.alive:
                self._readers.put(ledger)
            else:
                ledger.close()

    def close(self) -> None:
        """Finish what was asked, then leave the ledger."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._asked.put(None)
        self._writer.join()
        while not self._readers.empty():
            self._readers.get_nowait().close()

    def _serve(self) -> None:
        """Take what was asked, some of it at a time, until the desk is closed."""
        ledger: Ledger | None = None
        more = True
        while more and (first := self._asked.get()) is not None:
            waiting, more = self._gathered(first)
            while waiting:
                ledger, waiting = self._served(ledger, waiting)
        if ledger is not None:
            ledger.close()

    def _served(
        self, ledger: Ledger | None, waiting: list[_Asked[Any]]
    ) -> tuple[Ledger | None, list[_Asked[Any]]]:
        """Answer requests; a ledger whose server is gone is opened anew for the next ones."""
        try:
            open_one = Ledger.open(self._url) if ledger is None else ledger
        except Exception as failed:  # noqa: BLE001 -- whoever waits must hear of it
            for asked in waiting:
                asked.answer.set_exception(failed)
            return None, []
        left = self._settled(open_one, waiting)
        if open_one.connection.alive:
            return open_one, left
        open_one.close()
        return None, left

    def _gathered(self, first: _Asked[Any]) -> tuple[list[_Asked[Any]], bool]:
        """A request with those that wait behind it, and whether more may come."""
        waiting = [first]
        while len(waiting) < MOST_AT_ONCE:
            try:
                asked = self._asked.get_nowait()
            except Empty:
                break
            if asked is None:
                return waiting, False
            waiting.append(asked)
        return waiting, True

    def _settled(self, ledger: Ledger, waiting: list[_Asked[Any]]) -> list[_Asked[Any]]:
        """Answer requests by one transaction; returns those that need another one."""
        answers: list[tuple[_Asked[Any], object, Exception | None]] = []
        try:
            with ledger.writing() as writer:
                answers.extend((asked, *self._done(asked, writer)) for asked in waiting)
        except _Halfway as halfway:
            halfway.asked.answer.set_exception(halfway.refusal)
            return [asked for asked in waiting if asked is not halfway.asked]
        except BaseException as failed:  # noqa: BLE001 -- whoever waits must hear of it
            for asked in waiting:
                asked.answer.set_exception(failed)
            return []
        for asked, result, refusal in answers:
            if refusal is None:
                asked.answer.set_result(result)
            else:
                asked.answer.set_exception(refusal)
        return []

    def _done(self, asked: _Asked[Any], writer: Writer) -> tuple[object, Exception | None]:
        """What a request gives; a refusal is its own and stops no other."""
        before = writer.size
        try:
            return asked.work(writer, signature("api", actor=self._actor)), None
        except HeadMoved:
            raise
        except REFUSALS as refusal:
            if not only_expiries(writer, before):
                raise _Halfway(asked, refusal) from refusal
            return None, refusal
