"""Stops: what stands before every authorization, such as a listed party or an embargo."""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.core.law.row import Posture
from ledger.core.law.rows import Stop
from ledger.core.situation import Situation


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop that a lot meets, surely or (in doubt) perhaps."""

    row: Stop
    surely: bool
    found: str
    sources: tuple[str, ...]

    def closes(self, kind: str) -> bool:
        """Whether it stands before an authorization of a kind: some are lifted by a licence."""
        lifted = self.row.lifted_by_licence and self.row.effect != "prohibited"
        return kind != "licence" or not lifted

    def surely_closes(self, kind: str) -> bool:
        """Whether it closes an authorization; a licence that it does not close is in doubt."""
        return self.surely and (self.row.effect == "prohibited" or kind != "licence")


def stops_of(situation: Situation, posture: Posture) -> Iterator[Stopped]:
    """Every stop that a lot meets or may meet under a posture."""
    for row in situation.rules.stops:
        if row.provision is not None and not situation.rules.decides(row.provision, posture):
            continue
        applies = situation.holds(row.when)
        if row.evidence == "UNCONFIRMED" and applies:
            applies = None
        if applies is False:
            continue
        situation.rests_on(row.when)
        yield Stopped(
            row=row,
            surely=bool(applies) and row.effect != "unresolved",
            found="; ".join(
                situation.verdict(test).found for test in row.when if test.fact != "transaction"
            ),
            sources=situation.sources(row.when),
        )
