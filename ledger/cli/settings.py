"""`chipledger settings`: what an operator may choose that changes answers."""

from typing import Any

from cyclopts import App
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import emit, esc, put, table
from ledger.service import settings as service

settings = App(
    name="settings",
    help="""What an operator may choose that changes answers; each change is an event.

    Example: chipledger settings set screening/threshold 90 --reason 'too many false alarms'
    """,
)


@settings.default
def list_settings(
    *,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the settings with their values on a day.

    Example: chipledger settings

    Parameters
    ----------
    on
        The day; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    found = service.settings(common.url, on=as_day(on, "--on"), as_of=as_of)
    emit(found, lambda to: _show(to, found), as_json=common.json)
    return 0


@settings.command(name="set")
def set_setting(
    name: str,
    value: str,
    *,
    reason: str,
    on: str | None = None,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Change a setting from a day on: lots of earlier days are judged as before.

    Example: chipledger settings set screening/max-age-days 14 --reason 'weekly updates'

    Parameters
    ----------
    name
        The setting, as `chipledger settings` lists it.
    value
        Its new value.
    reason
        Why.
    on
        The first day it holds; today if left out.
    actor
        Who changes it; else CHIPLEDGER_ACTOR, else the system's user.
    """
    event = service.change(
        common.url, name, value, reason=reason, on=as_day(on, "--on"), actor=actor
    )
    data = {"id": event.id, "setting": name, "value": value, "on": str(event.on)}
    emit(
        data,
        lambda to: to.print(f"[bold green]set[/]  {esc(name)} = {esc(value)} from {event.on}"),
        as_json=common.json,
    )
    return 0


def _show(to: Console, found: dict[str, Any]) -> None:
    made = table("setting", "value", "default", "takes", "what", whole=("setting",))
    for one in found["settings"]:
        changed = one["value"] != one["default"]
        value = f"[bold]{esc(one['value'])}[/]" if changed else esc(one["value"])
        made.add_row(esc(one["setting"]), value, one["default"], one["takes"], one["what"])
    put(to, made)
    head = found["as_of"]
    to.print(f"[dim]on {found['on']}; as of head {head['size']}, root {head['root']}[/]")
