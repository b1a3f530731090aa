"""`chipledger rules`: what is modelled and what is not; `rules lint` and `rules adopt`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import emit, esc, heading, lines, put, table, tpp
from ledger.core.errors import InvalidRulePack
from ledger.core.headroom import ONE_DAY
from ledger.core.law.caps import Cap
from ledger.core.law.lint import RULES
from ledger.core.law.pack import READING, Pack
from ledger.core.law.row import OPEN_END, Row
from ledger.core.law.rows import Provision
from ledger.service.packs import Linted
from ledger.service.packs import adopt as adopt_pack
from ledger.service.packs import lint as lint_packs
from ledger.service.rules import Rules
from ledger.service.rules import rules as rules_of

rules = App(
    name="rules",
    help="""The adopted rules with citations and dates, and what is not modelled.

    Example: chipledger rules; chipledger rules adopt examples/house.toml
    """,
)


@rules.default
def list_rules(
    *,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the adopted rules with their citations and dates, and say what is not modelled.

    Example: chipledger rules --on 2026-01-01

    Parameters
    ----------
    on
        Only what is in force on this day; every row with its days if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    found = rules_of(common.url, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: _show(to, found), as_json=common.json)
    return 0


@rules.command
def lint(
    file: Path | None = None,
    *,
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Check the adopted rule packs together, or one file with them; nothing is adopted.

    Exit status: 0 without errors, 1 with errors, 2 where the file can't be read as a pack.

    Example: chipledger rules lint examples/house.toml

    Parameters
    ----------
    file
        The pack, in TOML; all adopted packs if left out.
    list_
        List the lint rules instead.
    """
    if list_:
        emit({"rules": _lint_rules()}, _show_rules, as_json=common.json)
        return 0
    try:
        linted = lint_packs(common.url, file)
    except InvalidRulePack as wrong:
        if not wrong.mistakes:
            raise
        unread = Linted((), wrong.mistakes)
        emit(_findings(unread), lambda to: _show_findings(to, unread), as_json=common.json)
        return wrong.exit_status
    emit(_findings(linted), lambda to: _show_findings(to, linted), as_json=common.json)
    return int(linted.count("error") > 0)


def _lint_rules() -> list[dict[str, str]]:
    reading = ((rule, "error", title) for rule, title in READING.items())
    linting = ((rule, one.severity, one.title) for rule, one in RULES.items())
    keys = ("rule", "severity", "title")
    return [dict(zip(keys, one, strict=True)) for one in (*reading, *linting)]


def _show_rules(to: Console) -> None:
    made = table("rule", "severity", "finds", whole=("rule",))
    for one in _lint_rules():
        made.add_row(one["rule"], _severity(one["severity"]), esc(one["title"]))
    put(to, made)


def _findings(linted: Linted) -> dict[str, Any]:
    return {
        "packs": [{"pack": one.pack, "version": one.version} for one in linted.packs],
        "checked_with": linted.checked_with,
        "findings": [asdict(one) for one in linted.findings],
        "errors": linted.count("error"),
        "warnings": linted.count("warning"),
    }


def _show_findings(to: Console, linted: Linted) -> None:
    for file in dict.fromkeys(one.file for one in linted.findings):
        heading(to, file)
        made = table("rule", "row", "field", "found", "expected", whole=("rule",))
        for one in linted.findings:
            if one.file == file:
                cells = (one.row, one.field, one.found, one.expected)
                made.add_row(f"{_severity(one.severity)} {one.rule}", *map(esc, cells))
        put(to, made)
    errors, warnings = linted.count("error"), linted.count("warning")
    if not errors:
        to.print(f"[bold green]fits[/]  {esc(_fitting(linted.packs))}")
    if linted.checked_with:
        to.print(f"[dim]checked together with {linted.checked_with}[/]")
    to.print(f"errors: {errors}, warnings: {warnings}")


def _fitting(packs_read: Sequence[Pack]) -> str:
    if len(packs_read) > 1:
        return f"{len(packs_read)} packs"
    return ", ".join(f"{one.pack} {one.version}: {one.title}" for one in packs_read)


def _severity(severity: str) -> str:
    return f"[{'bold red' if severity == 'error' else 'yellow'}]{severity}[/]"


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


def _show(to: Console, found: Rules) -> None:
    held = [one.pack for one in found.adopted]
    if found.on is not None:
        to.print(f"[bold]In force on {found.on}[/]")
    _show_authorizations(to, held)
    for provision in (row for pack in held for row in pack.provisions):
        _show_provision(to, provision)
    covered = [row for pack in held for row in pack.coverage]
    spans = "; ".join(f"{c.posture} {_days(c)}, known up to {c.known_until}" for c in covered)
    to.print(f"[bold]covered[/] {spans}; every other day and posture is unresolved")
    for stop in (row for pack in held for row in pack.stops):
        to.print(
            f"[bold]{esc(stop.id)}[/] {esc(stop.title)}: {stop.effect}, {_days(stop)} "
            f"({esc(stop.cite)})"
        )
    for switch in (row for pack in held for row in pack.switches):
        values = " | ".join(switch.values)
        to.print(f"[bold]{esc(switch.id)}[/] = {values} (unset: {switch.unset or 'unresolved'})")
    heading(to, "Not modelled")
    lines(to, (f"{gap.title} ({gap.cite})" for gap in found.gaps))
    names = esc(", ".join(f"{a.pack.pack} {a.digest[:12]}" for a in found.adopted))
    to.print(f"\n[dim]as of head {found.head.size}, root {found.head.root}\nlaw {names}[/]")


def _show_authorizations(to: Console, held: Sequence[Pack]) -> None:
    """Each authorization with the caps it draws on, then the caps that none names."""
    made = table(
        "authorization and cap", "limit", "in force", "cite", whole=("authorization and cap",)
    )
    caps = [cap for pack in held for cap in pack.caps]
    rows = [row for pack in held for row in pack.authorizations]
    for row in sorted(rows, key=lambda row: row.order):
        made.add_row(f"[bold]{esc(row.id)}[/]", esc(row.title), _days(row), esc(row.cite))
        for cap_id in row.caps:
            _add_caps(made, (cap for cap in caps if cap.id == cap_id))
    named = {cap_id for row in rows for cap_id in row.caps}
    _add_caps(made, (cap for cap in caps if cap.id not in named))
    put(to, made)


def _show_provision(to: Console, provision: Provision) -> None:
    held = f"; not enforced since {provision.suspended_on}" if provision.suspended_on else ""
    if provision.stayed_on is not None:
        held += f"; stayed {provision.stayed_on}…{provision.stayed_until - ONE_DAY}"
    if provision.replaced_by is not None:
        held += f"; replaced where {provision.replaced_by} decides"
    to.print(
        f"[bold]{esc(provision.id)}[/] on the books from {provision.compliance_on}{held} "
        f"({esc(provision.cite)})"
    )


def _add_caps(made: Any, caps: Iterable[Cap]) -> None:  # noqa: ANN401 -- a rich table
    for cap in caps:
        house = " [dim](house)[/]" if cap.beside else ""
        made.add_row(f"  {esc(cap.id)}{house}", _limit(cap), _days(cap), esc(cap.cite))


def _limit(cap: Cap) -> str:
    window = cap.window.kind if cap.window.days is None else f"rolling {cap.window.days} days"
    per = ", ".join(cap.per)
    if cap.share is not None:
        return f"{cap.share.percent} % of {cap.basis} per {per}"
    if cap.ratio is not None:
        against = ", ".join(cap.ratio.to_values)
        return f"{cap.ratio.percent} % of what went to {against}, {cap.basis} per {per}"
    if cap.of_licence_line:
        return "the line's own quantity"
    first, last = cap.allowance[0].tpp, cap.allowance[-1].tpp
    steps = f" to {tpp(last)} in {len(cap.allowance)} steps" if first != last else ""
    kind = "notice from " if cap.effect == "notice" else ""
    return f"{kind}{tpp(first)}{steps} {cap.basis} per {per}, {window}"


def _days(row: Row) -> str:
    start = "" if row.valid_from.year == 1 else f"{row.valid_from}"
    return f"{start}…" if row.until == OPEN_END else f"{start}…{row.until - ONE_DAY}"
