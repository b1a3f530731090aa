"""What entries restated: figures before and after them, new breaches, and those that they cured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.core.breaches import Key
from ledger.core.events import AnyEvent, RecordReversed
from ledger.core.prefix import STATED
from ledger.core.restating import Pair, Restated, concerned, restate, touched
from ledger.service.sizes import Sizes, Told
from ledger.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Restatement:
    """Figures of caps and holders before and after, the breaches that are new, and those cured."""

    figures: tuple[Restated, ...]
    breaches: tuple[Told, ...]
    cured: tuple[Told, ...]

    def as_data(self) -> dict[str, Any]:
        """The restatement for programs."""
        return {
            "figures": [one.model_dump(mode="json") for one in self.figures],
            "breaches": [one.as_data() for one in self.breaches],
            "cured": [one.as_data() for one in self.cured],
        }


def restated(url: str, places: Sequence[int]) -> Restatement:
    """What entries restated together: the ledger before the first against that after the last.

    What stands in the ledger never changes, so it can be asked at any time, and always says the
    same.
    """
    first, last = min(places), max(places)
    ledger = Ledger.open(url)
    try:
        with ledger.reading(last) as prefix:
            sizes = Sizes(ledger, prefix)
            pair = Pair(
                sizes.at(first - 1),
                sizes.at(last),
                sizes.causes(first - 1),
                sizes.causes(last),
            )
            keys: dict[Key, Any] = {}
            for place in places:
                for key, on in _keys(sizes.entry(place).event, pair).items():
                    keys[key] = min(on, keys.get(key, on))
            found = restate(pair, keys)
            return Restatement(found.figures, sizes.told(found.breaches), sizes.told(found.cured))
    finally:
        ledger.close()


def _keys(event: AnyEvent, pair: Pair) -> dict[Key, Any]:
    """The caps and holders whose figures an entry may have changed, with the day of the change."""
    prefix = pair.after.prefix
    keys = touched(prefix.caused_by(event.id), pair.after)
    target = prefix.find(event.target) if isinstance(event, RecordReversed) else event
    if target is not None and target.kind in STATED:
        keys = concerned(target, pair, target.on) | keys
    return keys
