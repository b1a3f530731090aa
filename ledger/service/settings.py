"""Settings: what they are on a day, and changing one."""

from datetime import date
from typing import Any

from ledger.core.events import SettingChanged
from ledger.core.settings import OF_THE_LEDGER, SETTINGS, ZONE, setting
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built
from ledger.service.shell import checked_zone, legal_today, new_id
from ledger.service.writing import writing
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger


def settings(url: str, *, on: date | None = None, as_of: AsOf | None = None) -> dict[str, Any]:
    """Every setting with its value on a day, its default and what it means."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            day = on or legal_today(prefix)
            return {
                "on": str(day),
                "settings": [
                    {
                        "setting": name,
                        "value": setting(name, day, prefix),
                        "default": known.default,
                        "takes": known.takes,
                        "what": known.what,
                    }
                    for name, known in SETTINGS.items()
                ],
                "as_of": {"size": prefix.head.size, "root": prefix.head.root},
            }
    finally:
        ledger.close()


def change(
    url: str,
    name: str,
    value: str,
    *,
    reason: str,
    on: date | None = None,
    actor: str | None = None,
) -> SettingChanged:
    """Change a setting from a day on; raises `InvalidEvent` for a value that it does not take."""
    if name == ZONE and value != OF_THE_LEDGER:
        checked_zone(value, "VALUE")
    with writing(url, actor=actor) as (writer, mark):
        expire_overdue(writer, mark)
        event = built(
            SettingChanged,
            "settings set",
            id=new_id("setting"),
            on=on or legal_today(writer.prefix),
            setting=name,
            value=value,
            reason=reason,
        )
        record(writer, event, mark)
    return event
