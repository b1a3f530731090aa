"""Rule packs: the standard ones that come with the program, and those a house adopts."""

from pathlib import Path
from typing import Final

from ledger.core.errors import AlreadyRecorded, InvalidRulePack, NotFound
from ledger.core.events import PackAdopted
from ledger.core.law import pack as packs
from ledger.core.law.law import Law, check_fits
from ledger.core.law.pack import Pack
from ledger.paths import RULES
from ledger.service.recording import expire_overdue, record
from ledger.service.shell import legal_today, new_id, signature
from ledger.store.ledger import Ledger, Signature, Writer

STANDARD: Final = (
    "us_ear/groups.toml",
    "us_ear/items.toml",
    "us_ear/ai_diffusion.toml",
    "us_ear/advanced_computing.toml",
    "us_ear/parties.toml",
    "us_ear/validated_end_users.toml",
    "us_ear/licences.toml",
    "devices.toml",
)
"""The packs of a new ledger, each after those that it refers to."""


def adopt_standard(writer: Writer, mark: Signature) -> None:
    """Adopt every standard pack whose text is not in force already."""
    known = {adopted.pack: adopted.digest for adopted in writer.prefix.packs()}
    today = legal_today(writer.prefix)
    for name in STANDARD:
        text = (RULES / name).read_text(encoding="utf-8")
        pack = packs.read(text, where=name)
        digest = packs.digest(text)
        if known.get(pack.pack) != digest:
            event_id = f"pack {pack.pack} {digest[:16]}"
            known_id = writer.prefix.find(event_id) is not None
            event = PackAdopted(
                id=new_id(event_id) if known_id else event_id,
                on=today,
                pack=pack.pack,
                version=pack.version,
                text=text,
                digest=digest,
            )
            record(writer, event, mark)


def adopt(url: str, file: Path, *, actor: str | None = None) -> Pack:
    """Adopt a pack from a file; raises `InvalidRulePack` and records nothing if it is wrong."""
    text = read_text(file)
    pack = packs.read(text, where=str(file))
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            expire_overdue(writer, mark)
            law = writer.law
            _house_only(pack, str(file))
            _new_version(pack, packs.digest(text), law)
            check_fits(pack, packs.digest(text), law, where=str(file))
            event = PackAdopted(
                id=new_id(f"pack {pack.pack}"),
                on=legal_today(writer.prefix),
                pack=pack.pack,
                version=pack.version,
                text=text,
                digest=packs.digest(text),
            )
            if not any(adopted.digest == event.digest for adopted in law.adopted):
                record(writer, event, mark)
    finally:
        ledger.close()
    return pack


def _house_only(pack: Pack, where: str) -> None:
    if pack.kind != "house":
        raise InvalidRulePack(
            f"is a {pack.kind} pack",
            where=where,
            cure="adopt house packs; law and catalogue come with the program: chipledger init",
        )


def _new_version(pack: Pack, digest: str, law: Law) -> None:
    for adopted in law.adopted:
        same = (adopted.pack.pack, adopted.pack.version) == (pack.pack, pack.version)
        if same and adopted.digest != digest:
            raise AlreadyRecorded(
                f"{pack.pack} {pack.version} is adopted with another text",
                cure="give the changed pack a version of its own",
            )


def lint(url: str, file: Path) -> Pack:
    """Check a pack against the ledger's law without adopting it; raises `InvalidRulePack`."""
    text = read_text(file)
    pack = packs.read(text, where=str(file))
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            _house_only(pack, str(file))
            _new_version(pack, packs.digest(text), ledger.law(prefix))
            check_fits(pack, packs.digest(text), ledger.law(prefix), where=str(file))
    finally:
        ledger.close()
    return pack


def read_text(file: Path) -> str:
    """A pack's text; raises `NotFound` or `InvalidRulePack`."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"can't read {file}: {error.strerror}", cure="check the path") from error
    except UnicodeDecodeError as error:
        raise InvalidRulePack("is not UTF-8 text", where=str(file)) from error
