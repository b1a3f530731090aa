"""`chipledger rules`: what is modelled and what is not; `rules lint` and `rules adopt`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cyclopts import App
from rich.console import Console

from ledger.cli.flags import Common, WholeFlag
from ledger.cli.output import emit, esc, heading, lines, put, table, tpp
from ledger.core.headroom import ONE_DAY
from ledger.core.law import pack as packs
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.row import OPEN_END, Row
from ledger.core.law.rows import Gap
from ledger.service.packs import adopt as adopt_pack
from ledger.service.packs import lint as lint_pack
from ledger.store.ledger import Ledger

rules = App(
    name="rules",
    help="""The adopted rules with citations and dates, and what is not modelled.

    Example: chipledger rules; chipledger rules adopt examples/house.toml
    """,
)


@rules.default
def list_rules(*, as_of: WholeFlag = None, common: Common = Common()) -> int:  # noqa: B008 -- frozen
    """List the adopted rules with their citations and dates, and say what is not modelled.

    Example: chipledger rules

    Parameters
    ----------
    as_of
        As the ledger was known at an earlier size.
    """
    ledger = Ledger.open(common.url)
    try:
        with ledger.reading(as_of) as prefix:
            law = ledger.law(prefix)
            head = {"size": prefix.head.size, "root": prefix.head.root}
    finally:
        ledger.close()
    emit({**_data(law), "as_of": head}, lambda to: _show(to, law, head), as_json=common.json)
    return 0


@rules.command
def lint(file: Path, *, common: Common = Common()) -> int:  # noqa: B008 -- frozen
    """Check a rule pack without adopting it.

    Example: chipledger rules lint examples/house.toml

    Parameters
    ----------
    file
        The pack, in TOML.
    """
    pack = lint_pack(common.url, file)
    emit(
        {"pack": pack.pack, "version": pack.version, "fits": True},
        lambda to: to.print(
            f"[bold green]fits[/]  {esc(pack.pack)} {esc(pack.version)}: {esc(pack.title)}"
        ),
        as_json=common.json,
    )
    return 0


@rules.command
def adopt(file: Path, *, actor: str | None = None, common: Common = Common()) -> int:  # noqa: B008 -- frozen
    """Adopt a rule pack: from this entry on it decides beside the others.

    Example: chipledger rules adopt examples/house.toml

    Parameters
    ----------
    file
        The pack, in TOML.
    actor
        Who adopts it; else CHIPLEDGER_ACTOR, else the system's user.
    """
    pack = adopt_pack(common.url, file, actor=actor)
    emit(
        {"pack": pack.pack, "version": pack.version, "adopted": True},
        lambda to: to.print(
            f"[bold green]adopted[/]  {esc(pack.pack)} {esc(pack.version)}: {esc(pack.title)}"
        ),
        as_json=common.json,
    )
    return 0


def _data(law: Law) -> dict[str, Any]:
    """Every row of every pack, and the gaps once more by themselves."""
    adopted = [
        {
            "pack": a.pack.pack,
            "version": a.pack.version,
            "kind": a.pack.kind,
            "title": a.pack.title,
            "source": a.pack.source,
            "digest": a.digest,
            **{
                kind: [packs.as_data(row) for row in packs.rows(a.pack, kind)]
                for kind in packs.ROWS
                if packs.rows(a.pack, kind)
            },
            "devices": [d.model_dump(mode="json", exclude_defaults=True) for d in a.pack.devices],
        }
        for a in law.adopted
    ]
    return {"packs": adopted, "not_modelled": [packs.as_data(gap) for gap in _gaps(law)]}


def _gaps(law: Law) -> list[Gap]:
    return [gap for adopted in law.adopted for gap in adopted.pack.gaps]


def _show(to: Console, law: Law, head: dict[str, Any]) -> None:
    made = table(
        "authorization and cap", "limit", "in force", "cite", whole=("authorization and cap",)
    )
    authorizations = [row for a in law.adopted for row in a.pack.authorizations]
    shown: set[str] = set()
    for row in sorted(authorizations, key=lambda row: row.order):
        made.add_row(f"[bold]{esc(row.id)}[/]", esc(row.title), _days(row), esc(row.cite))
        for cap_id in row.caps:
            shown.add(cap_id)
            _add_caps(made, law.versions(cap_id))
    rest = [cap for cap in law.caps if cap.id not in shown]
    _add_caps(made, rest)
    put(to, made)
    for adopted in law.adopted:
        for provision in adopted.pack.provisions:
            held = (
                f"; not enforced since {provision.suspended_on}" if provision.suspended_on else ""
            )
            to.print(
                f"[bold]{esc(provision.id)}[/] on the books from {provision.compliance_on}{held} "
                f"({esc(provision.cite)})"
            )
    covered = [c for a in law.adopted for c in a.pack.coverage]
    spans = "; ".join(f"{c.posture} {_days(c)}, known up to {c.known_until}" for c in covered)
    to.print(f"[bold]covered[/] {spans}; every other day and posture is unresolved")
    for switch in law.switches.values():
        values = " | ".join(switch.values)
        to.print(f"[bold]{esc(switch.id)}[/] = {values} (unset: {switch.unset or 'unresolved'})")
    heading(to, "Not modelled")
    lines(to, (f"{gap.title} ({gap.cite})" for gap in _gaps(law)))
    names = esc(", ".join(f"{a.pack.pack} {a.digest[:12]}" for a in law.adopted))
    to.print(f"\n[dim]as of head {head['size']}, root {head['root']}\nlaw {names}[/]")


def _add_caps(made: Any, caps: Iterable[Cap]) -> None:  # noqa: ANN401 -- a rich table
    for cap in caps:
        house = " [dim](house)[/]" if cap.beside else ""
        made.add_row(f"  {esc(cap.id)}{house}", _limit(cap), _days(cap), esc(cap.cite))


def _limit(cap: Cap) -> str:
    window = cap.window.kind if cap.window.days is None else f"rolling {cap.window.days} days"
    per = ", ".join(cap.per)
    if cap.share is not None:
        return f"{cap.share.percent} % of {cap.basis} per {per}"
    if cap.of_licence_line:
        return "the line's own quantity"
    first, last = cap.allowance[0].tpp, cap.allowance[-1].tpp
    steps = f" to {tpp(last)} in {len(cap.allowance)} steps" if first != last else ""
    kind = "notice from " if cap.effect == "notice" else ""
    return f"{kind}{tpp(first)}{steps} {cap.basis} per {per}, {window}"


def _days(row: Row) -> str:
    start = "" if row.valid_from.year == 1 else f"{row.valid_from}"
    return f"{start}…" if row.until == OPEN_END else f"{start}…{row.until - ONE_DAY}"
