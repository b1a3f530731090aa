"""Days: on which few days a lot need be tried so that no plan is better for trying all of them.

A lot that goes later counts on fewer days, so every lot of a best plan may be put off until
something stops it: the last day of its stretch; the last day of a calendar window; under a rolling
window the last day that does not count on a day of less room, or together with a later lot of the
plan; and where a share is built up by other lots, a day on which one of these goes. Trying these
days alone is as good as trying all. Where there are too many of them the grid is coarse: a last day
of each stretch and quarter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from ledger.core.deals import Deal
from ledger.core.effects import Option
from ledger.core.headroom import ONE_DAY, counts_until, next_quarter
from ledger.core.law.caps import Window
from ledger.planning.choices import Choice, Market, Taken

MOST_CHOICES: Final = 150_000
"""How many choices are tried at most."""

MOST_ROUNDS: Final = 40
"""How often days that follow from other days are looked for."""

MOST_LOTS: Final = 31
"""How many lots of a deal follow each other day by day where a cap limits each lot."""

_CALENDAR: Final = ("calendar-year", "calendar-quarter")

Days = list[set[date]]
"""The days on which each option of a market is tried."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The choices of a plan, and whether their days are only some of those that matter."""

    choices: Sequence[Choice]
    coarse: bool


def grid(market: Market, *, cut: bool = False, most: int = MOST_CHOICES) -> Grid:
    """The choices of all deals on the days that matter, or on a coarse grid if these are more.

    With `cut` every deal may go with fewer units.
    """
    days = [set(_ends(market, at)) for at in range(len(market.options))]
    coarse = not _closed(market, days, most)
    if coarse:
        days = [set(_coarse(option)) for _, option in market.options]
    some = any(_has_more_lots(market, at) for at in range(len(market.options)))
    return Grid(list(_choices(market, days, cut=cut)), coarse or some)


def moving_grid(market: Market, *, most: int = MOST_CHOICES) -> Grid:
    """The same where every deal may also go later than it should, and had better go early.

    The deals of the market end on the last day to which they may be moved. A lot that is moved goes
    as early as something lets it: when a stretch or a window begins, when there is more room, when
    another lot of the plan counts no longer.
    """
    days = [{*_ends(market, at), *_begins(market, at)} for at in range(len(market.options))]
    coarse = not _closed(market, days, most, both=True)
    if coarse:
        days = [{option.first_on, *_coarse(option)} for _, option in market.options]
    return Grid(list(_choices(market, days)), coarse)


def _choices(market: Market, days: Days, *, cut: bool = False) -> Iterator[Choice]:
    for at, own in enumerate(days):
        deal, option = market.options[at]
        wanted = market.deals[deal]
        least = 1 if wanted.splittable or cut else wanted.devices[option.device]
        for on in sorted(own):
            most = market.most(deal, option, on)
            if most >= least:
                yield Choice(deal, at, option, on, most)


def within(option: Option, days: Iterable[date]) -> Iterator[date]:
    """Those of some days on which an option holds."""
    return (day for day in days if option.first_on <= day < option.until)


def window_starts(window: Window, first: date, until: date) -> Iterator[date]:
    """The first days of the calendar windows that begin on some days."""
    day = first
    while window.kind in _CALENDAR and day < until:
        day = counts_until(window, day)
        if day < until:
            yield day


def _ends(market: Market, at: int) -> Iterator[date]:
    """The days to which a lot may be put off, whatever other lots of the plan there are."""
    deal, option = market.options[at]
    yield option.until - ONE_DAY
    for stake in market.stakes[at]:
        account = market.accounts[stake.account]
        for start in window_starts(account.window, option.first_on, option.until):
            yield start - ONE_DAY
        if account.window.days is not None:
            later = timedelta(days=account.window.days)
            less = account.turning(more=False)
            yield from within(option, (day - later for day in less if day > date.min + later))
    yield from within(option, (day - ONE_DAY for day in market.lot_days if day > date.min))
    wanted = market.deals[deal]
    on = option.until - ONE_DAY
    if wanted.splittable and 0 < market.most(deal, option, on) < wanted.devices[option.device]:
        yield from within(option, (on - timedelta(days=before) for before in range(1, MOST_LOTS)))


def _has_more_lots(market: Market, at: int) -> bool:
    """Whether a deal needs more lots than there are days that are tried for it."""
    deal, option = market.options[at]
    wanted, most = market.deals[deal], market.most(deal, option, option.until - ONE_DAY)
    if not wanted.splittable or most < 1:
        return False
    lots, days = -(-wanted.devices[option.device] // most), (option.until - option.first_on).days
    return lots > 1 and min(lots, days) > MOST_LOTS


def _begins(market: Market, at: int) -> Iterator[date]:
    """The days on which a lot may first find room, whatever other lots of the plan there are."""
    option = market.options[at][1]
    yield option.first_on
    yield from within(option, market.lot_days)
    for stake in market.stakes[at]:
        account = market.accounts[stake.account]
        yield from window_starts(account.window, option.first_on, option.until)
        yield from within(option, account.turning(more=True))


def _closed(market: Market, days: Days, most: int, *, both: bool = False) -> bool:
    """Add the days that follow from other lots' days; whether they are few enough.

    Lots are put off, and with `both` brought forward as well.
    """
    linked = list(_linked(market))
    for _ in range(MOST_ROUNDS):
        before = sum(map(len, days))
        for window, members in linked:
            pool = {day for at in members for day in days[at]}
            if window.days is not None:
                shift = timedelta(days=window.days)
                later = {day + shift for day in pool} if both else set()
                pool = {day - shift for day in pool} | later
            for at in members:
                days[at].update(within(market.options[at][1], pool))
        after = sum(map(len, days))
        if after > most:
            return False
        if after == before:
            return True
    return not linked


def _linked(market: Market) -> Iterator[tuple[Window, list[int]]]:
    """The accounts in which the day of a lot may follow from that of another one."""
    members: dict[int, list[int]] = {}
    helped: set[int] = set()
    for at, stakes in enumerate(market.stakes):
        for stake in stakes:
            members.setdefault(stake.account, []).append(at)
            if stake.whole:
                helped.add(stake.account)
    for account, own in members.items():
        window = market.accounts[account].window
        if window.days is not None or account in helped:
            yield window, own


def _coarse(option: Option) -> Iterator[date]:
    """The last day of a stretch, and of each quarter in it."""
    yield option.until - ONE_DAY
    day = next_quarter(option.first_on)
    while day < option.until:
        yield day - ONE_DAY
        day = next_quarter(day)


def sooner(market: Market, taken: Sequence[Taken]) -> tuple[Market, list[Choice], list[int]]:
    """What a plan takes as deals of their own, and the days on which these may go instead.

    Those are the days, up to the last one that the plan has for them, on which a stretch or a
    calendar window begins, on which there is more room than before, and on which another lot of the
    plan goes or counts no longer. Each deal's own number is told with the market.
    """
    gone: dict[int, set[date]] = {}
    groups: dict[tuple[int, str, int], list[Taken]] = {}
    for one in taken:
        for stake in market.stakes[one.choice.at]:
            later = timedelta(days=market.accounts[stake.account].window.days or 0)
            gone.setdefault(stake.account, set()).add(one.choice.on + later)
        option = one.choice.option
        groups.setdefault((one.choice.deal, option.device, option.unit_tpp), []).append(one)
    of_deal: dict[int, list[int]] = {}
    for at, (deal, _) in enumerate(market.options):
        of_deal.setdefault(deal, []).append(at)
    own = [_as_deal(market, group) for group in groups.values()]
    apart = replace(market, deals=own)
    choices = [
        Choice(number, at, option, on, apart.most(number, option, on))
        for number, ((deal, device, unit), group) in enumerate(groups.items())
        for at in of_deal[deal]
        if (option := market.options[at][1]).device == device and option.unit_tpp == unit
        for on in _up_to(market, at, group, gone)
    ]
    least = [1 if deal.splittable else deal.quantity for deal in own]
    return (
        apart,
        [one for one in choices if one.most >= least[one.deal]],
        [deal for deal, *_ in groups],
    )


def _as_deal(market: Market, group: Sequence[Taken]) -> Deal:
    """The units that a plan takes of one device of a deal, as a deal."""
    choice = group[0].choice
    wanted = {"device": choice.option.device, "quantity": sum(one.units for one in group)}
    return market.deals[choice.deal].model_copy(update={**wanted, "instead": ()})


def _up_to(
    market: Market, at: int, group: Iterable[Taken], gone: Mapping[int, set[date]]
) -> list[date]:
    planned = {one.choice.on for one in group}
    days = {*planned, *_begins(market, at)}
    for stake in market.stakes[at]:
        if stake.whole or market.accounts[stake.account].window.days is not None:
            days |= gone.get(stake.account, set())
    return sorted(day for day in within(market.options[at][1], days) if day <= max(planned))
