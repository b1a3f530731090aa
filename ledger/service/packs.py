"""Rule packs: the standard ones that come with the program, and those a house adopts."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ledger.core.errors import AlreadyRecorded, InvalidRulePack, NotFound
from ledger.core.events import PackAdopted
from ledger.core.law import pack as packs
from ledger.core.law.law import AdoptedPack, Law, check_fits
from ledger.core.law.lint import lint as lint_law
from ledger.core.law.pack import Mistake, Pack
from ledger.paths import RULES
from ledger.service.recording import expire_overdue, record
from ledger.service.shell import legal_today, new_id
from ledger.service.writing import writing
from ledger.store.ledger import Ledger
from ledger.store.writer import Signature, Writer

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
    with writing(url, actor=actor) as (writer, mark):
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


@dataclass(frozen=True, slots=True)
class Linted:
    """What the lint rules found in some packs; `checked_with` says with which others."""

    packs: tuple[Pack, ...]
    findings: tuple[Mistake, ...]
    checked_with: str | None = None

    def count(self, severity: str) -> int:
        """How many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


_ADOPTED: Final = "the adopted packs"


def lint(url: str, file: Path | None = None) -> Linted:
    """Check the adopted packs together, or a file with them; nothing is adopted.

    A file is checked with the packs of the program where there is no ledger. Raises
    `InvalidRulePack` where the file can't be read as a pack or clashes with the others.
    """
    if file is None:
        law = _adopted(url)
        return Linted(tuple(one.pack for one in law.adopted), tuple(lint_law(law)), _ADOPTED)
    text, where = read_text(file), str(file)
    pack, digest = packs.read(text, where=where), packs.digest(text)
    try:
        law, checked_with = _adopted(url), _ADOPTED
    except NotFound:
        law, checked_with = _standard(), "the packs of the program, for there is no ledger"
    if pack.kind == "house":
        _new_version(pack, digest, law)
    check_fits(pack, digest, law, where=where)
    others = [adopted for adopted in law.adopted if adopted.pack.pack != pack.pack]
    found = lint_law(Law([*others, AdoptedPack(pack, digest)]))
    own = tuple(replace(one, file=where) for one in found if one.file == pack.pack)
    return Linted((pack,), own, checked_with)


def _adopted(url: str) -> Law:
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            return ledger.law(prefix)
    finally:
        ledger.close()


def _standard() -> Law:
    """The law of the packs that come with the program."""
    texts = [(RULES / name).read_text(encoding="utf-8") for name in STANDARD]
    return Law(AdoptedPack(packs.read(text), packs.digest(text)) for text in texts)


def read_text(file: Path) -> str:
    """A pack's text; raises `NotFound` or `InvalidRulePack`."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"can't read {file}: {error.strerror}", cure="check the path") from error
    except UnicodeDecodeError as error:
        raise InvalidRulePack("is not UTF-8 text", where=str(file)) from error
