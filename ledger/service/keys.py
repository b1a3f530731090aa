"""Signing keys of a ledger: the first one, its successors, and the one that signs now."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ledger.checkpoint import keys as files
from ledger.checkpoint.endorsements import endorse, follow
from ledger.checkpoint.heads import origin_of
from ledger.checkpoint.notes import Signer, Verifier
from ledger.core.errors import Conflict, HeadMoved, InvalidInput, NotFound, NotProven
from ledger.core.events import KeyAdopted, LedgerCreated
from ledger.core.prefix import Head
from ledger.service.requests import built
from ledger.service.shell import legal_today, new_id, signature
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.writer import Writer

FIRST = "the first key of this ledger"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A key that the ledger names; `follows` is whether the key before it endorsed it."""

    key: Verifier
    event: KeyAdopted
    follows: bool


def origin(prefix: StorePrefix) -> str:
    """The name of a ledger on its heads and keys; raises `NotFound` for a ledger without id."""
    created = prefix.find("ledger")
    if not isinstance(created, LedgerCreated):
        raise NotFound("the ledger has no id", cure="create it: chipledger init")
    return origin_of(created.ledger)


def adopted(prefix: StorePrefix) -> list[Adopted]:
    """Every key that the ledger adopted, in order."""
    found: list[Adopted] = []
    for event in prefix.adopted_keys():
        key = Verifier.read(event.key, where=event.id)
        before = found[-1].key if found else None
        found.append(Adopted(key, event, _follows(event, key, before)))
    return found


def _follows(event: KeyAdopted, key: Verifier, before: Verifier | None) -> bool:
    if before is None or event.endorsement is None:
        return False
    try:
        return follow(before, [event.endorsement], where=event.id)[-1] == key
    except NotProven:
        return False


def endorsements(known: Sequence[Adopted]) -> tuple[str, ...]:
    """The notes that lead to the last key, since the last one that nothing endorsed."""
    notes: list[str] = []
    for one in known:
        if one.follows and one.event.endorsement is not None:
            notes.append(one.event.endorsement)
        else:
            notes.clear()
    return tuple(notes)


def signer(prefix: StorePrefix) -> Signer:
    """The key that signs now.

    Raises `NotFound` where the ledger has none or its file is not here, `Conflict` where others
    may read it.
    """
    known = adopted(prefix)
    if not known:
        raise NotFound("the ledger has no signing key", cure="make one: chipledger init")
    key = known[-1].key
    found = files.load(key)
    if found is None:
        raise NotFound(
            f"the signing key {key.label} is not in {files.folder()}",
            cure=f"put the file back, or name its folder in {files.FOLDER_VARIABLE}; if it is "
            "lost, adopt a new key, to which nobody can follow: chipledger keys adopt",
        )
    return found


@dataclass(frozen=True, slots=True)
class Signing:
    """The head, the key to hand out, and why heads can't be signed here, if they can't."""

    head: Head
    vkey: str | None
    unsigned: str | None


def ensure(url: str, *, actor: str | None = None) -> Signing:
    """Make a ledger's first key where it has none; the ledger is good without one.

    A key that can't be kept, or is not here, is told and no error: nothing of the ledger is lost.
    """
    ledger = Ledger.open(url)
    try:
        unsigned = None
        try:
            with suppress(HeadMoved):  # another process made it just now
                _first_key(ledger, actor)
            with ledger.reading() as prefix:
                signer(prefix)
        except (Conflict, NotFound, InvalidInput) as problem:
            unsigned = problem.sentence
        with ledger.reading() as prefix:
            known = prefix.adopted_keys()
            return Signing(prefix.head, known[-1].key if known else None, unsigned)
    finally:
        ledger.close()


def _first_key(ledger: Ledger, actor: str | None) -> None:
    with ledger.reading() as prefix:
        if prefix.adopted_keys():
            return
        name = origin(prefix)
    with files.made(name) as fresh, ledger.writing() as writer:
        if writer.prefix.adopted_keys():
            raise HeadMoved("another process made the ledger's first key just now")
        _append(writer, fresh, reason=FIRST, actor=actor)


def rotate(url: str, *, reason: str, actor: str | None = None) -> KeyAdopted:
    """Make a new key that signs from here on; the present one endorses it.

    Raises `NotFound` where the present key is not here, `Conflict` where no key can be kept.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            name = origin(prefix)
        with files.made(name) as fresh, ledger.writing() as writer:
            present = signer(writer.prefix)
            note = endorse(present, fresh.verifier)
            return _append(writer, fresh, reason=reason, actor=actor, endorsement=note)
    finally:
        ledger.close()


def adopt(url: str, *, reason: str, actor: str | None = None) -> KeyAdopted:
    """Make a new key after the present one was lost: nothing endorses it, and everyone sees that.

    Raises `Conflict` where the present key is here after all, or no key can be kept.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            name = origin(prefix)
        with files.made(name) as fresh, ledger.writing() as writer:
            known = adopted(writer.prefix)
            if known and files.load(known[-1].key) is not None:
                raise Conflict(
                    f"the signing key {known[-1].key.label} is here",
                    cure="let it endorse the new one: chipledger keys rotate",
                )
            return _append(writer, fresh, reason=reason, actor=actor)
    finally:
        ledger.close()


def _append(
    writer: Writer,
    fresh: Signer,
    *,
    reason: str,
    actor: str | None,
    endorsement: str | None = None,
) -> KeyAdopted:
    event = built(
        KeyAdopted,
        "keys",
        id=new_id("key"),
        on=legal_today(writer.prefix),
        key=str(fresh.verifier),
        reason=reason,
        endorsement=endorsement,
    )
    writer.append(event, signature("cli", actor=actor))
    return event


def listed(url: str) -> dict[str, Any]:
    """Every key of a ledger, whether one can follow to it from the one before, and its file."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            known = adopted(prefix)
            return {
                "origin": origin(prefix),
                "folder": str(files.folder()),
                "keys": [
                    {
                        "key": str(one.key),
                        "event": one.event.id,
                        "on": str(one.event.on),
                        "reason": one.event.reason,
                        "endorsed": one.follows,
                        "here": files.file_of(one.key).is_file(),
                        "signs": one is known[-1],
                    }
                    for one in known
                ],
                "as_of": {"size": prefix.head.size, "root": prefix.head.root},
            }
    finally:
        ledger.close()
