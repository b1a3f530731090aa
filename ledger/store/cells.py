"""How holders, shapes and movements are written in the cells of the tables."""

from datetime import date

from ledger.core.positions import Kind, Movement, Shape
from ledger.store.statements import SEPARATOR


def shape_text(shape: Shape) -> str:
    """How a shape is named in the totals."""
    return ",".join(shape)


def holder_text(holder: tuple[str, ...]) -> str:
    """How a holder is written in the registry."""
    return SEPARATOR.join(holder)


def position_row(seq: int, place: int, one: Movement) -> tuple[object, ...]:
    """A movement as a row of the positions table."""
    return (
        seq,
        place,
        str(one.on),
        one.kind.value,
        one.device,
        one.party,
        one.destination,
        one.units,
        one.tpp,
        one.lot,
        one.authorization,
        one.end_user,
        one.exporter,
        one.line,
    )


def movement(row: tuple[object, ...]) -> Movement:
    """A movement from a row of the positions table."""
    _, _, on, kind, device, party, destination, units, tpp, lot, *rest = row
    authorization, end_user, exporter, line = map(str, rest)
    return Movement(
        on=date.fromisoformat(str(on)),
        kind=Kind(str(kind)),
        device=str(device),
        party=str(party),
        destination=str(destination),
        units=int(str(units)),
        tpp=int(str(tpp)),
        lot=str(lot),
        authorization=authorization,
        end_user=end_user,
        exporter=exporter,
        line=line,
    )
